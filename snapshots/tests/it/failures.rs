//! Failing commits: what is known afterwards, and the way back.

use crate::kit::{assert_good, commit, contents, key, payload, put, remove};
use snapshots::{
    Batch, CommitFault, Store,
    memory::{Failure, Memory, Strike},
};

const STRIKES: [Strike; 3] = [
    Strike::BeforeApply,
    Strike::BeforeDurable,
    Strike::AfterDurable,
];

fn started() -> (Memory, Box<dyn Store>) {
    let memory = Memory::default();
    let mut store = memory.open(7).unwrap();
    commit(
        &mut *store,
        vec![put("a", "old"), put("b", vec![1; 9_000]), put("c", "stays")],
    );
    (memory, store)
}

fn batch() -> Batch {
    Batch {
        epoch: 2,
        writes: vec![put("a", "new"), remove("b"), put("d", vec![2; 20_000])],
    }
}

#[test]
fn after_a_failed_commit_reopening_and_committing_again_gives_the_same_store() {
    let (_, mut untroubled) = started();
    untroubled.commit(&batch()).unwrap();
    for strike in STRIKES {
        let (memory, mut store) = started();
        let reader = store.reader();
        memory.fail_next(1, strike, Failure::Io);
        let fault = store.commit(&batch()).unwrap_err();
        assert!(fault.needs_reopen() && !fault.is_full(), "{fault:?}");
        assert!(matches!(store.commit(&batch()), Err(CommitFault::Broken)));
        assert!(store.health().broken.is_some());
        assert_eq!(store.last_epoch(), 1);

        store.reopen().unwrap();
        assert_eq!(store.last_epoch(), 1);
        store.commit(&batch()).unwrap();
        assert_eq!(store.last_epoch(), 2);
        assert_eq!(contents(&*reader, 10), contents(&*untroubled.reader(), 10));
        assert_eq!(store.health(), untroubled.health());
        assert_good(&store.view());
    }
}

#[test]
fn a_crash_during_a_commit_leaves_all_of_it_or_nothing() {
    for strike in STRIKES {
        let (memory, mut store) = started();
        memory.fail_next(1, strike, Failure::Io);
        store.commit(&batch()).unwrap_err();
        memory.crash();
        assert!(store.reader().get(&key("a")).is_err());
        let mut store = memory.open(99).unwrap();
        let landed = strike == Strike::AfterDurable;
        assert_eq!(store.last_epoch(), if landed { 2 } else { 1 });
        assert_eq!(store.identity().incarnation, 7);
        assert_eq!(
            payload(&*store.reader(), "a").unwrap(),
            if landed { b"new" } else { b"old" }
        );
        assert_eq!(payload(&*store.reader(), "b").is_none(), landed);
        assert_good(&store.view());
    }
}

#[test]
fn readers_see_a_batch_before_it_is_durable_and_lose_it_with_the_power() {
    let (memory, mut store) = started();
    memory.fail_next(1, Strike::BeforeDurable, Failure::Io);
    store.commit(&batch()).unwrap_err();
    assert_eq!(payload(&*store.reader(), "a").unwrap(), b"new");
    let image = memory.image();
    let after = Memory::from_image(image).open(7).unwrap();
    assert_eq!(payload(&*after.reader(), "a").unwrap(), b"old");
}

#[test]
fn a_full_disk_is_waited_for() {
    let (memory, mut store) = started();
    memory.set_full(true);
    let fault = store.commit(&batch()).unwrap_err();
    assert!(fault.is_full() && fault.needs_reopen());
    for _ in 0..3 {
        assert!(store.reopen().unwrap_err().is_full());
        assert!(matches!(store.commit(&batch()), Err(CommitFault::Broken)));
    }
    assert_eq!(payload(&*store.reader(), "a").unwrap(), b"old");
    memory.set_full(false);
    store.reopen().unwrap();
    store.commit(&batch()).unwrap();
    assert_good(&store.view());
}

#[test]
fn failures_can_be_planned_for_later_commits() {
    let (memory, mut store) = started();
    memory.pass_next(2);
    memory.fail_next(1, Strike::BeforeApply, Failure::Io);
    commit(&mut *store, vec![put("x", "1")]);
    commit(&mut *store, vec![put("x", "2")]);
    assert!(
        store
            .commit(&Batch {
                epoch: 4,
                writes: vec![]
            })
            .is_err()
    );
    store.reopen().unwrap();
    commit(&mut *store, vec![put("x", "3")]);
}

#[test]
fn an_acknowledged_epoch_that_is_gone_after_reopening_is_a_fault() {
    let (memory, mut store) = started();
    let before = memory.image();
    store.commit(&batch()).unwrap();
    memory.fail_next(1, Strike::BeforeApply, Failure::Io);
    store
        .commit(&Batch {
            epoch: 3,
            writes: vec![],
        })
        .unwrap_err();
    for key in memory
        .image()
        .pairs()
        .map(|(key, _)| key.to_vec())
        .collect::<Vec<_>>()
    {
        memory.tamper(&key, |_| None);
    }
    for (key, value) in before.pairs() {
        memory.tamper(key, |_| Some(value.to_vec()));
    }
    let fault = store.reopen().unwrap_err();
    assert!(
        matches!(
            fault,
            CommitFault::Lost {
                acknowledged: 2,
                found: 1
            }
        ),
        "{fault:?}"
    );
    assert!(matches!(store.commit(&batch()), Err(CommitFault::Broken)));
}

#[test]
fn an_image_is_not_changed_by_what_comes_later() {
    let (memory, mut store) = started();
    let image = memory.image();
    let before: Vec<_> = image
        .pairs()
        .map(|(key, value)| (key.to_vec(), value.to_vec()))
        .collect();
    store.commit(&batch()).unwrap();
    let after: Vec<_> = image
        .pairs()
        .map(|(key, value)| (key.to_vec(), value.to_vec()))
        .collect();
    assert_eq!(before, after);
    assert_ne!(image, memory.image());
}
