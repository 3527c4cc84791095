//! Damage: found, kept, reported, protected.

use crate::kit::{Place, assert_good, commit, key, options, payload, put};
use actors::kernel::record::{Key, Record, Schema, Snapshot, Space, Write};
use snapshots::{
    Batch, Bincode, CommitFault, Damage, Identity, LoadFault, ReadFault, format::HEADER, load,
    verify,
};

#[test]
fn a_damaged_record_is_quarantined_reported_and_protected() {
    for place in Place::each() {
        let mut store = place.open();
        commit(
            &mut *store,
            vec![
                put("a", "one"),
                put("b", vec![3; 10_000]),
                put("c", "three"),
            ],
        );
        drop(store);
        place.tamper(key("b").bytes(), |value| {
            let mut value = value.unwrap();
            value[HEADER + 5] ^= 4;
            Some(value)
        });

        let mut store = place.open();
        let reader = store.reader();
        let fault = reader.get(&key("b")).unwrap_err();
        assert!(
            matches!(
                fault,
                ReadFault::Damaged {
                    damage: Damage::Crc { .. },
                    ..
                }
            ),
            "{fault:?}"
        );
        let page = reader.scan(&key("a"), &key("z"), 10).unwrap();
        assert_eq!(page.entries.len(), 2);
        assert_eq!(page.damaged.len(), 1);
        assert_eq!(reader.damaged().len(), 1);
        assert!(!store.health().is_good());

        let batch = Batch {
            epoch: 2,
            writes: vec![put("a", "new"), put("b", "new")],
        };
        match store.commit(&batch).unwrap_err() {
            CommitFault::Quarantined { keys, .. } => assert_eq!(keys, [key("b")]),
            other => panic!("{other:?}"),
        }
        assert_eq!(payload(&*reader, "a"), Some(b"one".to_vec()));
        let report = verify(&store.view(), &mut |_| {}).unwrap();
        assert_eq!((report.damaged_count, report.is_good()), (1, false));

        store.discard_damaged(&key("b")).unwrap();
        assert!(matches!(
            store.discard_damaged(&key("b")),
            Err(CommitFault::NotQuarantined(_))
        ));
        assert_eq!(payload(&*reader, "b"), None);
        assert_good(&store.view());
        commit(&mut *store, vec![put("b", "new")]);
        assert_eq!(payload(&*reader, "b"), Some(b"new".to_vec()));
        assert!(store.health().is_good());
        assert_good(&store.view());
        drop(reader);
        drop(store);
        assert!(place.open().health().is_good());
    }
}

#[test]
fn a_damaged_record_is_noticed_before_it_is_overwritten() {
    for place in Place::each() {
        let mut store = place.open();
        commit(&mut *store, vec![put("a", vec![3; 10_000])]);
        drop(store);
        let second_piece = [b"~", key("a").bytes(), &1_u16.to_be_bytes()].concat();
        place.tamper(&second_piece, |_| None);
        let mut store = place.open();
        let batch = Batch {
            epoch: 2,
            writes: vec![put("a", "new")],
        };
        assert!(matches!(
            store.commit(&batch),
            Err(CommitFault::Quarantined { .. })
        ));
        let damaged = store.reader().damaged();
        assert_eq!(damaged[0].damage, Damage::Chunk(1));
    }
}

#[test]
fn a_record_that_its_reader_cannot_understand_is_protected_too() {
    for place in Place::each() {
        let mut store = place.open();
        commit(&mut *store, vec![put("a", "from the future")]);
        store
            .reader()
            .quarantine(&key("a"), "kind 1 has schema 9")
            .unwrap();
        let batch = Batch {
            epoch: 2,
            writes: vec![put("a", "default")],
        };
        assert!(matches!(
            store.commit(&batch),
            Err(CommitFault::Quarantined { .. })
        ));
        assert!(matches!(
            store.reader().get(&key("a")),
            Err(ReadFault::Damaged { .. })
        ));
    }
}

#[test]
fn an_old_value_with_a_correct_crc_is_noticed_by_the_digest() {
    for place in Place::each() {
        let mut store = place.open();
        commit(&mut *store, vec![put("a", "old")]);
        drop(store);
        let mut old = None;
        place.tamper(key("a").bytes(), |value| {
            old.clone_from(&value);
            value
        });
        let mut store = place.open();
        commit(&mut *store, vec![put("a", "new"), put("b", "beside")]);
        drop(store);
        place.tamper(key("a").bytes(), |_| old);

        let mut store = place.open();
        assert_eq!(payload(&*store.reader(), "a"), Some(b"old".to_vec()));
        let report = verify(&store.view(), &mut |_| {}).unwrap();
        assert!(!report.is_good());
        assert_eq!(report.damaged_count, 0);
        assert_eq!(report.expected.records, report.found.records);
        assert_ne!(report.expected.digest, report.found.digest);
        store.recount().unwrap();
        assert_good(&store.view());
    }
}

#[test]
fn a_record_that_vanished_and_a_stray_piece_are_noticed() {
    for place in Place::each() {
        let mut store = place.open();
        commit(&mut *store, vec![put("a", vec![1; 9_000]), put("b", "two")]);
        drop(store);
        place.tamper(key("a").bytes(), |_| None);
        let mut store = place.open();
        let report = verify(&store.view(), &mut |_| {}).unwrap();
        assert_eq!((report.found.records, report.expected.records), (1, 2));
        assert_eq!(report.stray_pieces, 2);
    }
}

#[test]
fn a_damaged_progress_record_is_counted_again_and_said() {
    let place = Place::disk();
    let mut store = place.open();
    commit(&mut *store, vec![put("a", "one")]);
    commit(&mut *store, vec![put("b", "two")]);
    drop(store);
    place.tamper(Key::new(Space::Meta, b"progress").bytes(), |_| {
        Some(b"nonsense".to_vec())
    });
    let opened = snapshots::open(&place.data(), &options(1)).unwrap();
    assert!(opened.started.recounted);
    let mut store = opened.store;
    assert_eq!((store.last_epoch(), store.health().totals.records), (2, 2));
    assert_good(&store.view());
}

#[test]
fn a_damaged_identity_is_refused() {
    for place in Place::each() {
        drop(place.open());
        place.tamper(Key::new(Space::Meta, b"identity").bytes(), |value| {
            let mut value = value.unwrap();
            value[HEADER + 4] ^= 1;
            Some(value)
        });
        let said = match &place {
            Place::Memory(memory) => memory.open(7).err().unwrap().to_string(),
            Place::Disk(_) => {
                let fault = snapshots::open(&place.data(), &options(1)).err().unwrap();
                std::error::Error::source(&fault).unwrap().to_string()
            }
        };
        assert_eq!(said, "the store's identity is damaged");
    }
}

#[test]
fn loading_a_value_of_a_newer_schema_protects_it() {
    for place in Place::each() {
        let mut store = place.open();
        let newer = Schema {
            kind: Identity::KIND,
            version: Identity::VERSION + 1,
        };
        let record = Record {
            schema: newer,
            payload: vec![1],
        };
        let known = Identity::new(3).to_record(&Bincode).unwrap();
        let write = |name, record| Write {
            key: key(name),
            record: Some(record),
        };
        commit(
            &mut *store,
            vec![write("new", record), write("known", known)],
        );
        let reader = store.reader();
        let load = |name| load::<Identity>(&*reader, &key(name));
        assert_eq!(load("known").unwrap(), Some(Identity::new(3)));
        assert_eq!(load("missing").unwrap(), None);
        assert!(matches!(load("new"), Err(LoadFault::Decode { .. })));
        assert!(matches!(load("new"), Err(LoadFault::Read(_))));
        let batch = Batch {
            epoch: 2,
            writes: vec![put("new", "default")],
        };
        assert!(matches!(
            store.commit(&batch),
            Err(CommitFault::Quarantined { .. })
        ));
    }
}
