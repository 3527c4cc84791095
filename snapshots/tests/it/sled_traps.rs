//! The traps of sled, each with the rule that keeps us out of it.

use crate::kit::{
    Place, assert_good, closed, commit, contents, key, options, payload, put, remove, snapshots_of,
};
use actors::kernel::{record::MAX_PAYLOAD, time::Timestamp};
use snapshots::{
    OpenFault, Options, RolledBack,
    export::{Reason, take},
    open,
};
use std::{error::Error, fs, os::unix::fs::MetadataExt};

fn assert_all_there(place: &Place) {
    let mut store = place.open();
    let entries = contents(&*store.reader(), 100);
    assert_eq!(entries.len(), 30);
    for (n, entry) in (0..).zip(entries) {
        assert!(entry.record.payload.iter().all(|byte| *byte == 60 + n));
    }
    assert_eq!(store.last_epoch(), 90);
    assert_good(&store.view());
}

#[test]
fn an_unfinished_snapshot_of_a_killed_start_is_no_obstacle() {
    for content in [
        &b""[..],
        b"half a snapshot, long enough to have a length and a crc",
    ] {
        let place = closed();
        // Opening without a log behind the last snapshot leaves that snapshot as it is, unless it had to
        // be thrown away because something was in its way.
        drop(place.open());
        let [snapshot] = &snapshots_of(&place.data().store())[..] else {
            panic!("one snapshot")
        };
        let same_file = fs::metadata(snapshot).unwrap().ino();
        let path = place
            .data()
            .store()
            .join("snap.FFFFFFFFFFFFFFFF.generating");
        fs::write(&path, content).unwrap();
        assert_all_there(&place);
        assert!(!path.exists());
        assert_eq!(fs::metadata(snapshot).unwrap().ino(), same_file);
    }
}

#[test]
fn a_truncated_snapshot_costs_nothing_but_a_scan() {
    for length in [0, 5, 20] {
        let place = closed();
        let snapshots = snapshots_of(&place.data().store());
        assert!(!snapshots.is_empty());
        for path in snapshots {
            fs::OpenOptions::new()
                .write(true)
                .open(path)
                .unwrap()
                .set_len(length)
                .unwrap();
        }
        assert_all_there(&place);
    }
}

#[test]
fn a_second_process_is_told_who_has_the_store() {
    let place = closed();
    let store = place.open();
    let fault = open(&place.data(), &options(7)).err().unwrap();
    assert!(matches!(fault, OpenFault::Lock(_)));
    let said = fault.to_string();
    let expected = format!(
        "is already used by a running guildhall (pid {})",
        std::process::id()
    );
    assert!(said.ends_with(&expected), "{said}");
    store.close().unwrap();
    assert_all_there(&place);
}

#[test]
fn closing_lets_go_of_the_store_though_readers_remain() {
    let place = closed();
    let store = place.open();
    let reader = store.reader();
    store.close().unwrap();
    assert!(reader.get(&key("00")).is_err());
    assert_all_there(&place);
}

#[test]
fn a_store_that_does_not_open_is_moved_aside_and_never_replaced_by_nothing() {
    let place = closed();
    let data = place.data();
    let mut store = place.open();
    take(
        &store.view(),
        &data.exports(),
        Reason::Hourly,
        Timestamp::from_seconds(1_795_000_000),
        snapshots::export::Keep::default(),
    )
    .unwrap();
    commit(&mut *store, vec![]);
    drop(store);
    let conf = data.store().join("conf");
    let mut bytes = fs::read(&conf).unwrap();
    bytes[0] ^= 1;
    fs::write(&conf, &bytes).unwrap();

    let fault = open(&data, &options(7)).err().unwrap();
    let OpenFault::Damaged {
        moved_to,
        newest_export: Some(export),
        ..
    } = &fault
    else {
        panic!("{fault:?}");
    };
    assert!(fault.source().is_some());
    assert_eq!(fs::read(moved_to.join("conf")).unwrap(), bytes);
    assert!(moved_to.join("db").exists() && !data.store().exists());
    assert!(
        fault
            .to_string()
            .ends_with(&format!("restore {}", export.display()))
    );

    let again = open(&data, &options(7)).err().unwrap();
    assert!(
        matches!(&again, OpenFault::Vanished { damaged, .. } if damaged.len() == 1),
        "{again:?}"
    );
    fs::remove_dir_all(moved_to).unwrap();
    let again = open(&data, &options(7)).err().unwrap();
    assert!(
        matches!(&again, OpenFault::Vanished { damaged, .. } if damaged.is_empty()),
        "{again:?}"
    );
}

#[test]
fn a_missing_store_is_created_only_when_asked() {
    let place = Place::disk();
    let looking = Options {
        incarnation: None,
        ..options(0)
    };
    assert!(matches!(
        open(&place.data(), &looking),
        Err(OpenFault::Missing(_))
    ));
    assert!(open(&place.data(), &options(7)).unwrap().started.created);
    let opened = open(&place.data(), &looking).unwrap();
    assert!(!opened.started.created);
    assert_eq!(opened.store.identity().incarnation, 7);
}

/// What a kill during the first start leaves is no store yet, whatever it looks like.
#[test]
fn a_store_that_was_never_completed_is_begun_again() {
    let place = Place::disk();
    let (data, begun) = (place.data(), place.data().new_store());
    drop(open(&data, &options(7)).unwrap());
    for torn in ["db", "conf"] {
        fs::rename(data.store(), &begun).unwrap();
        fs::remove_file(data.acknowledged()).unwrap();
        fs::write(begun.join(torn), "x").unwrap();
        let mut opened = open(&data, &options(8)).unwrap();
        assert!(opened.started.created);
        assert_eq!(opened.store.identity().incarnation, 8);
        assert_good(&opened.store.view());
        assert!(!begun.exists());
    }
}

#[test]
fn large_and_many_values_never_reach_the_blobs_directory() {
    let place = Place::disk();
    let mut store = place.open();
    for round in 0..10_u8 {
        let writes = (0..8)
            .map(|n| put(&format!("{n}"), vec![round; MAX_PAYLOAD - n]))
            .collect();
        commit(&mut *store, writes);
        let long = "k".repeat(250);
        commit(
            &mut *store,
            (0..64)
                .map(|n| put(&format!("{long}{n:03}"), vec![round; 4_064]))
                .collect(),
        );
        commit(&mut *store, vec![remove("3"), remove("4")]);
    }
    assert_eq!(store.health().blobs, 0);
    assert_good(&store.view());
}

#[test]
fn a_file_in_the_blobs_directory_is_refused() {
    let place = closed();
    fs::write(place.data().store().join("blobs/0"), "x").unwrap();
    let fault = open(&place.data(), &options(7)).err().unwrap();
    assert!(
        matches!(fault, OpenFault::Blobs { blobs: 1, .. }),
        "{fault:?}"
    );
}

#[test]
fn readers_stay_valid_when_the_store_is_opened_again() {
    let place = closed();
    let mut store = place.open();
    let reader = store.reader();
    store.reopen().unwrap();
    assert_eq!(payload(&*reader, "00").unwrap().len(), 9_000);
    commit(&mut *store, vec![put("00", "new")]);
    assert_eq!(payload(&*reader, "00").unwrap(), b"new");
    drop((reader, store));
    assert_eq!(payload(&*place.open().reader(), "00").unwrap(), b"new");
}

#[test]
fn records_set_aside_stay_protected_after_a_restart() {
    let place = closed();
    let store = place.open();
    store
        .reader()
        .quarantine(&key("07"), "schema 9 is unknown")
        .unwrap();
    drop(store);
    let mut store = place.open();
    assert_eq!(store.reader().damaged().len(), 1);
    let batch = snapshots::Batch {
        epoch: 91,
        writes: vec![put("07", "default")],
    };
    assert!(store.commit(&batch).is_err());
    store.discard_damaged(&key("07")).unwrap();
    drop(store);
    assert_eq!(place.open().reader().damaged(), []);
}

#[test]
fn an_emptied_store_is_not_taken_for_a_new_one() {
    let place = closed();
    let store = place.data().store();
    fs::write(store.join("db"), "").unwrap();
    for path in snapshots_of(&store) {
        fs::remove_file(path).unwrap();
    }
    let fault = open(&place.data(), &options(7)).err().unwrap();
    assert_eq!(
        fault.source().unwrap().to_string(),
        "the store is empty, but it was not before"
    );
    fs::remove_dir_all(store).unwrap();
    let fault = open(&place.data(), &options(7)).err().unwrap();
    assert!(matches!(fault, OpenFault::Vanished { .. }), "{fault:?}");
}

#[test]
fn a_store_that_lost_acknowledged_epochs_says_so_and_uses_no_number_twice() {
    let place = Place::disk();
    let data = place.data();
    let mut store = place.open();
    commit(&mut *store, vec![put("a", "old")]);
    drop(store);
    let db = fs::read(data.store().join("db")).unwrap();
    let mut store = place.open();
    commit(&mut *store, vec![put("a", "new")]);
    drop(store);
    for path in snapshots_of(&data.store()) {
        fs::remove_file(path).unwrap();
    }
    fs::write(data.store().join("db"), db).unwrap();

    let opened = open(&data, &options(7)).unwrap();
    assert_eq!(
        opened.started.rolled_back,
        Some(RolledBack {
            acknowledged: 2,
            found: 1
        })
    );
    assert_eq!(opened.store.last_epoch(), 2);
    assert_eq!(payload(&*opened.store.reader(), "a").unwrap(), b"old");
    drop(opened);
    assert_eq!(open(&data, &options(7)).unwrap().started.rolled_back, None);
}
