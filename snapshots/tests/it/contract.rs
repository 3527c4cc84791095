//! What a store promises, whatever the engine.

use crate::kit::{Place, SCHEMA, assert_good, commit, contents, key, payload, put, record, remove};
use actors::kernel::record::{Key, MAX_PAYLOAD, Record, Schema, Space, Write};
use snapshots::{Batch, CommitFault, Refused, Store, format::HEADER};

#[test]
fn what_was_committed_is_there_after_opening_again() {
    for place in Place::each() {
        let mut store = place.open();
        commit(&mut *store, vec![put("a", "one"), put("b", "two")]);
        commit(
            &mut *store,
            vec![put("a", "three"), remove("b"), put("c", "four")],
        );
        drop(store);
        let mut store = place.open();
        let reader = store.reader();
        assert_eq!(store.last_epoch(), 2);
        assert_eq!(store.identity().incarnation, 7);
        assert_eq!(payload(&*reader, "a"), Some(b"three".to_vec()));
        assert_eq!(payload(&*reader, "b"), None);
        assert_eq!(contents(&*reader, 1).len(), 2);
        assert_eq!(store.health().totals.records, 2);
        assert!(store.health().is_good());
        assert_good(&store.view());
    }
}

#[test]
fn records_of_every_size_round_trip_and_shrink_and_grow() {
    let edge = 4096 - HEADER;
    let sizes = [
        0,
        1,
        edge - 1,
        edge,
        edge + 1,
        4095,
        4096,
        4097,
        8192 - HEADER,
        100_000,
        MAX_PAYLOAD,
    ];
    for place in Place::each() {
        let mut store = place.open();
        let content = |size: usize| -> Vec<u8> { (0..size).map(|at| (at % 251) as u8).collect() };
        for from in sizes {
            for to in [MAX_PAYLOAD, 0, edge + 1] {
                commit(&mut *store, vec![put("x", content(from))]);
                assert_eq!(payload(&*store.reader(), "x").unwrap(), content(from));
                commit(&mut *store, vec![put("x", content(to)), put("y", "beside")]);
                assert_eq!(payload(&*store.reader(), "x").unwrap(), content(to));
            }
        }
        assert_eq!(contents(&*store.reader(), 100).len(), 2);
        assert_good(&store.view());
        commit(&mut *store, vec![remove("x")]);
        assert_good(&store.view());
        assert_eq!(store.health().blobs, 0);
    }
}

#[test]
fn a_scan_visits_each_record_once_in_order_across_pages() {
    for place in Place::each() {
        let mut store = place.open();
        let names: Vec<String> = (0..300).map(|n| format!("{n:04}")).collect();
        commit(
            &mut *store,
            names.iter().map(|name| put(name, "v")).collect(),
        );
        let longest = Key::new(Space::Row, &[0xff; 254]);
        let write = Write {
            key: longest.clone(),
            record: Some(record("last")),
        };
        commit(&mut *store, vec![write]);
        for page in [1, 7, 64, 65, 1_000] {
            let keys: Vec<Key> = contents(&*store.reader(), page)
                .into_iter()
                .map(|entry| entry.key)
                .collect();
            let expected = names.iter().map(|name| key(name)).chain([longest.clone()]);
            assert_eq!(keys, expected.collect::<Vec<_>>());
        }
        let reader = store.reader();
        let page = reader.scan_prefix(&key("01"), &key("01"), 1_000).unwrap();
        assert_eq!(page.entries.len(), 100);
        assert_eq!(page.next, None);
        assert_eq!(reader.scan(&key("5"), &key("4"), 10).unwrap().entries, []);
    }
}

#[test]
fn a_page_ends_early_when_its_records_are_large() {
    for place in Place::each() {
        let mut store = place.open();
        for n in 0..20 {
            commit(
                &mut *store,
                vec![put(&format!("{n:02}"), vec![1; MAX_PAYLOAD])],
            );
        }
        let reader = store.reader();
        let page = reader.scan(&key("00"), &key("99"), 100).unwrap();
        assert_eq!((page.entries.len(), page.next.is_some()), (16, true));
        let rest = reader.scan(&page.next.unwrap(), &key("99"), 100).unwrap();
        assert_eq!((rest.entries.len(), rest.next), (4, None));
    }
}

#[test]
fn a_write_that_changes_nothing_keeps_the_version() {
    for place in Place::each() {
        let mut store = place.open();
        commit(&mut *store, vec![put("a", "same")]);
        let writes = vec![put("a", "same"), remove("never there")];
        let committed = store.commit(&Batch { epoch: 2, writes }).unwrap();
        assert_eq!((committed.records, committed.pairs), (0, 1));
        assert_eq!(store.reader().get(&key("a")).unwrap().unwrap().epoch, 1);
        let other = Record {
            schema: Schema {
                version: 2,
                ..SCHEMA
            },
            ..record("same")
        };
        let writes = vec![Write {
            key: key("a"),
            record: Some(other),
        }];
        assert_eq!(
            store.commit(&Batch { epoch: 3, writes }).unwrap().records,
            1
        );
        assert_good(&store.view());
    }
}

#[test]
fn the_last_write_to_a_key_counts() {
    for place in Place::each() {
        let mut store = place.open();
        commit(
            &mut *store,
            vec![
                put("a", "1"),
                remove("a"),
                put("a", "2"),
                put("b", "3"),
                remove("b"),
            ],
        );
        assert_eq!(payload(&*store.reader(), "a"), Some(b"2".to_vec()));
        assert_eq!(payload(&*store.reader(), "b"), None);
        assert_good(&store.view());
    }
}

#[test]
fn a_write_that_breaks_a_rule_is_refused_and_changes_nothing() {
    for place in Place::each() {
        let mut store = place.open();
        commit(&mut *store, vec![put("a", "before")]);
        let refused = |store: &mut dyn Store, key: Key, payload: Vec<u8>| {
            let write = Write {
                key,
                record: Some(record(payload)),
            };
            let batch = Batch {
                epoch: 2,
                writes: vec![put("a", "after"), write],
            };
            match store.commit(&batch).unwrap_err() {
                CommitFault::Refused { why, .. } => why,
                other => panic!("{other:?}"),
            }
        };
        let too_large = vec![0; MAX_PAYLOAD + 1];
        assert_eq!(
            refused(&mut *store, key("x"), too_large),
            Refused::TooLarge(MAX_PAYLOAD + 1)
        );
        let long = Key::new(Space::Row, &[b'x'; 255]);
        assert_eq!(refused(&mut *store, long, vec![]), Refused::KeyTooLong(256));
        for reserved in [
            Key::new(Space::Meta, b"progress"),
            Key::from_bytes(b"~x").unwrap(),
        ] {
            assert_eq!(refused(&mut *store, reserved, vec![]), Refused::Reserved);
        }
        let again = Batch {
            epoch: 1,
            writes: vec![put("a", "after")],
        };
        assert!(matches!(
            store.commit(&again),
            Err(CommitFault::Order { last: 1, got: 1 })
        ));
        assert_eq!(payload(&*store.reader(), "a"), Some(b"before".to_vec()));
        commit(&mut *store, vec![put("a", "after")]);
        assert_good(&store.view());
    }
}

#[test]
fn readers_never_see_half_of_a_large_record() {
    for place in Place::each() {
        let mut store = place.open();
        let content = |n: u8| vec![n; 5_000 + usize::from(n) * 3_000];
        commit(
            &mut *store,
            vec![put("a", content(0)), put("b", content(0))],
        );
        let done = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                let (reader, done) = (store.reader(), &done);
                scope.spawn(move || {
                    while !done.load(std::sync::atomic::Ordering::SeqCst) {
                        let page = reader.scan(&key(""), &key("z"), 10).unwrap();
                        assert_eq!((page.entries.len(), page.damaged.len()), (2, 0));
                        let [a, b] = [0, 1].map(|n| &page.entries[n].record.payload);
                        assert_eq!(a, b, "one batch, seen as a whole");
                        assert_eq!(*a, content(a[0]));
                    }
                });
            }
            for n in 1..60 {
                commit(
                    &mut *store,
                    vec![put("a", content(n)), put("b", content(n))],
                );
            }
            done.store(true, std::sync::atomic::Ordering::SeqCst);
        });
    }
}
