//! Random batches: sled, memory and a plain map hold the same after each step.

use crate::kit::{Place, assert_good, contents, key, put, remove};
use actors::kernel::record::Write;
use proptest::{prelude::*, sample::select};
use snapshots::{
    Batch, Store,
    memory::{Failure, Memory, Strike},
};
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum Step {
    Commit(Vec<Write>),
    Restart,
}

fn write() -> impl Strategy<Value = Write> {
    let name = select(vec!["a", "a\0", "a\0\0\x01", "b", "bb", "c", "\u{1}", "zz"]);
    let size = prop_oneof![0..40_usize, Just(4_064), Just(4_065), 4_000..14_000_usize];
    (name, prop::option::weighted(0.75, (size, any::<u8>()))).prop_map(|(name, value)| {
        value.map_or_else(|| remove(name), |(size, byte)| put(name, vec![byte; size]))
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => prop::collection::vec(write(), 0..8).prop_map(Step::Commit),
        1 => Just(Step::Restart),
    ]
}

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

fn apply(model: &mut Model, writes: &[Write]) {
    for write in writes {
        let key = write.key.bytes().to_vec();
        match &write.record {
            Some(record) => model.insert(key, record.payload.clone()),
            None => model.remove(&key),
        };
    }
}

fn held(store: &dyn Store, page: usize) -> Model {
    let entries = contents(&*store.reader(), page);
    entries
        .into_iter()
        .map(|entry| (entry.key.bytes().to_vec(), entry.record.payload))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn sled_and_memory_hold_what_a_map_holds(steps in prop::collection::vec(step(), 1..14)) {
        let (memory, disk) = (Place::Memory(Memory::default()), Place::disk());
        let mut stores = [memory.open(), disk.open()];
        let mut model = Model::new();
        for step in steps {
            match step {
                Step::Commit(writes) => {
                    let epoch = stores[0].last_epoch() + 1;
                    let batch = Batch { epoch, writes };
                    let committed = stores.each_mut().map(|store| store.commit(&batch).unwrap());
                    prop_assert_eq!(committed[0].pairs, committed[1].pairs);
                    apply(&mut model, &batch.writes);
                }
                Step::Restart => {
                    drop(stores);
                    stores = [memory.open(), disk.open()];
                }
            }
            prop_assert_eq!(stores[0].health().totals, stores[1].health().totals);
            prop_assert_eq!(stores[0].last_epoch(), stores[1].last_epoch());
            for store in &mut stores {
                prop_assert_eq!(&held(&**store, 3), &model);
                assert_good(&store.view());
            }
        }
    }
}

fn strike() -> impl Strategy<Value = Option<Strike>> {
    let strike = select(vec![
        Strike::BeforeApply,
        Strike::BeforeDurable,
        Strike::AfterDurable,
    ]);
    prop::option::weighted(0.4, strike)
}

proptest! {
    #[test]
    fn batches_are_whole_under_failures_and_crashes(
        steps in prop::collection::vec((prop::collection::vec(write(), 0..6), strike(), any::<bool>()), 1..20),
    ) {
        let memory = Memory::default();
        let mut store = memory.open(1).unwrap();
        let mut model = Model::new();
        for (writes, strike, power_cut) in steps {
            let batch = Batch { epoch: store.last_epoch() + 1, writes };
            let mut after = model.clone();
            apply(&mut after, &batch.writes);
            match strike {
                None => {
                    store.commit(&batch).unwrap();
                    model = after;
                }
                Some(strike) => {
                    memory.fail_next(1, strike, Failure::Io);
                    store.commit(&batch).unwrap_err();
                    if power_cut {
                        store = memory.open(1).unwrap();
                        if strike == Strike::AfterDurable {
                            model = after;
                        }
                    } else {
                        store.reopen().unwrap();
                        store.commit(&batch).unwrap();
                        model = after;
                    }
                }
            }
            prop_assert_eq!(&held(&*store, 4), &model);
            assert_good(&store.view());
        }
    }

    #[test]
    fn a_view_never_moves(
        before in prop::collection::vec(write(), 0..12),
        later in prop::collection::vec(prop::collection::vec(write(), 0..6), 0..6),
        page in 1..9_usize,
    ) {
        let mut store = Memory::default().open(1).unwrap();
        store.commit(&Batch { epoch: 1, writes: before }).unwrap();
        let view = store.view();
        let seen = contents(&view, page);
        for (epoch, writes) in (2..).zip(later) {
            store.commit(&Batch { epoch, writes }).unwrap();
            prop_assert_eq!(&contents(&view, page), &seen);
            assert_good(&view);
        }
        prop_assert!(view.epoch() == 1 && store.reader().get(&key("never")).unwrap().is_none());
    }
}
