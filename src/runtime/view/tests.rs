use super::*;
use crate::runtime::{committer::batch, ground::Reads};
use actors::kernel::{
    address::Kind,
    core::{Core, Loaded},
    effect::Outcome,
    ids::GuildId,
    inbound::{EffectId, Inbound, InputId},
    record::{Schema, Write},
    time::Timestamp,
    turn::Commit,
};
use proptest::prelude::*;
use snapshots::{Bincode, Reader, Store, memory::Memory};
use std::sync::{Arc, Mutex};

const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

/// A core and a store, with one machine's rows anywhere between them.
struct Ground {
    core: Mutex<Core<Bincode>>,
    store: Mutex<Box<dyn Store>>,
    reader: Arc<dyn Reader>,
    inputs: u64,
}

impl Reads for Ground {
    fn core<T>(&self, work: impl FnOnce(&mut Core<Bincode>) -> T) -> T {
        work(&mut self.core.lock().unwrap())
    }

    fn reader(&self) -> &dyn Reader {
        &*self.reader
    }
}

fn address(guild: u64) -> Address {
    Address::guild(Kind::Presence, GuildId::new(guild).unwrap())
}

fn record(value: u8) -> Record {
    let schema = Schema {
        kind: 1,
        version: 1,
    };
    Record {
        schema,
        payload: vec![value],
    }
}

fn key(n: u16) -> RowKey {
    RowKey::new(&n.to_be_bytes())
}

impl Ground {
    fn new() -> Self {
        let store = Memory::default().open(1).unwrap();
        let (core, _) = Core::load(Bincode, 1, &Loaded::default(), NOW);
        Self {
            core: Mutex::new(core),
            reader: store.reader(),
            store: Mutex::new(store),
            inputs: 0,
        }
    }

    /// A turn of the machine in `guild` writes these rows.
    fn writes(&mut self, guild: u64, rows: impl Iterator<Item = (u16, Option<u8>)>) {
        self.inputs += 1;
        let effect = EffectId(self.inputs);
        let input = Input {
            id: InputId::Outcome(effect),
            at: NOW,
            what: Inbound::Done {
                effect,
                outcome: Outcome::Done,
                origin: None,
            },
        };
        let write = |(n, value): (u16, Option<u8>)| Write {
            key: row_key(address(guild), &key(n)),
            record: value.map(record),
        };
        let commit = Commit {
            writes: rows.map(write).collect(),
            ..Commit::empty(address(guild))
        };
        self.core(|core| core.absorb(&input, commit, NOW));
    }

    /// Closes the epoch; `durable`: and writes it.
    fn commits(&self, durable: bool) {
        let Some(batch) = self.core(|core| core.prepare_last(NOW).map(batch)) else {
            return;
        };
        if durable {
            self.store.lock().unwrap().commit(&batch).unwrap();
            self.core(|core| core.durable(batch.epoch, NOW));
        }
    }

    fn walked(&self, from: &RowKey, to: &RowKey) -> Vec<(RowKey, Record)> {
        let mut walk = Walk::new(address(2), from, to);
        let mut all = Vec::new();
        while let Some(page) = walk.page(self).unwrap() {
            assert!(page.len() <= PAGE);
            all.extend(page);
        }
        all
    }
}

#[derive(Clone, Debug)]
enum Act {
    Put(u16, u16, u8),
    Remove(u16, u16),
    Seal,
    Commit,
}

fn act() -> impl Strategy<Value = Act> {
    let row = || 0_u16..1_800;
    prop_oneof![
        4 => (row(), 1_u16..400, any::<u8>()).prop_map(|(from, many, value)| Act::Put(from, many, value)),
        2 => (row(), 1_u16..100).prop_map(|(from, many)| Act::Remove(from, many)),
        1 => Just(Act::Seal),
        1 => Just(Act::Commit),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Wherever rows are, pending, on their way or durable, a walk shows each of them once, in order, as
    /// it is now; and who asks for some of them gets those, near to each other or far apart.
    #[test]
    fn every_row_is_found_as_it_is_now_wherever_it_is(
        acts in prop::collection::vec(act(), 1..20),
        from in 0_u16..2_000,
        to in 0_u16..2_400,
        (many, apart) in (0_u16..100, 1_u16..20),
    ) {
        let mut ground = Ground::new();
        let mut model = BTreeMap::new();
        // Neighbours whose rows are none of its business.
        ground.writes(1, (0..600).map(|n| (n, Some(1))));
        ground.writes(3, (0..600).map(|n| (n, Some(3))));
        for act in acts {
            match act {
                Act::Put(from, many, value) => {
                    ground.writes(2, (from..from + many).map(|n| (n, Some(value))));
                    model.extend((from..from + many).map(|n| (key(n), record(value))));
                }
                Act::Remove(from, many) => {
                    ground.writes(2, (from..from + many).map(|n| (n, None)));
                    for n in from..from + many {
                        model.remove(&key(n));
                    }
                }
                Act::Seal => ground.commits(false),
                Act::Commit => ground.commits(true),
            }
        }
        let whole: Vec<_> = model.clone().into_iter().collect();
        let all = ground.walked(&RowKey::default(), &RowKey::after_users());
        prop_assert_eq!(all, whole);
        let asked: Vec<RowKey> = (0..many).rev().map(|n| key(from + n * apart)).collect();
        let known: Vec<_> = asked
            .iter()
            .filter_map(|key| Some((key.clone(), model.get(key)?.clone())))
            .collect();
        prop_assert_eq!(rows(&ground, address(2), Needs::Rows(asked)).unwrap(), known);
        let (from, to) = (key(from), key(to));
        let part: Vec<_> = model.into_iter().filter(|(key, _)| *key >= from && *key < to).collect();
        prop_assert_eq!(ground.walked(&from, &to), part);
    }
}
