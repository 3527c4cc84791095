//! Restores: an older state in a new life that knows it.

use crate::kit::{Place, assert_good, commit, contents, key, options, put, record};
use actors::kernel::{
    record::{Key, Snapshot as _, Space, Write},
    stored::{Position, position_key},
    time::Timestamp,
};
use snapshots::{
    Bincode, DataDir, Entry, Restore, RestoreFault, RestoreReport, Store,
    export::{ExportHeader, ExportWriter, Reason, write},
    memory::Memory,
    open,
};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn position(session_id: &str) -> Position {
    Position {
        application: 1,
        shard: 0,
        shards: 1,
        gateway: "gateway.discord.gg".to_owned(),
        ordinal: 3,
        session_id: session_id.to_owned(),
        resume_url: "wss://gateway.discord.gg".to_owned(),
        seq: 9,
        at: Timestamp::from_seconds(1_794_999_999),
    }
}

fn in_space(space: Space, name: &str, payload: &str) -> Write {
    Write {
        key: Key::new(space, name.as_bytes()),
        record: Some(record(payload)),
    }
}

fn world() -> Box<dyn Store> {
    let mut store = Memory::default().open(7).unwrap();
    commit(
        &mut *store,
        vec![put("a", "one"), put("large", vec![2; 50_000])],
    );
    let writes = vec![
        Write {
            key: position_key(0),
            record: Some(position("resume me").to_record(&Bincode).unwrap()),
        },
        in_space(Space::Mark, "guild 1", "seq 8"),
        in_space(Space::Mark, "guild 2", "seq 9"),
        in_space(Space::Outbox, "1", "say hello"),
        in_space(Space::Outbox, "2", "kick bob"),
        in_space(Space::DeadLetter, "2", "given up long ago"),
        in_space(Space::Timer, "later", "ring"),
    ];
    commit(&mut *store, writes);
    store
}

fn export(store: &mut dyn Store, dir: &Path) -> PathBuf {
    let at = Timestamp::from_seconds(1_795_000_000);
    write(&store.view(), dir, Reason::Manual, at, &mut |_| {})
        .unwrap()
        .0
}

fn restore(export: &Path, data: &DataDir) -> Result<RestoreReport, RestoreFault> {
    let (filter, progress) = (&mut Some, &mut |_| {});
    let (incarnation, accept_incomplete) = (8, false);
    Restore {
        export,
        data,
        incarnation,
        options: options(0),
        accept_incomplete,
        filter,
        more: &[],
        progress,
    }
    .run()
}

#[test]
fn a_restored_store_holds_the_same_and_knows_that_it_was_restored() {
    let dir = TempDir::new().unwrap();
    let mut original = world();
    let file = export(&mut *original, dir.path());
    let place = Place::disk();
    let report = restore(&file, &place.data()).unwrap();
    assert_eq!(report.for_review, 2);

    let mut store = place.open();
    assert_good(&store.view());
    assert_eq!(store.last_epoch(), 3);
    let identity = store.identity().clone();
    assert_eq!((identity.incarnation, identity.created_at_epoch), (8, 2));
    let restored = identity.restored.unwrap();
    assert_eq!(
        (
            restored.from_incarnation,
            restored.at_epoch,
            restored.for_review
        ),
        (7, 2, 2)
    );

    let unchanged = |entries: Vec<Entry>| -> Vec<Entry> {
        let stays = |entry: &Entry| matches!(entry.key.space(), Some(Space::Row | Space::Timer));
        entries.into_iter().filter(stays).collect()
    };
    let after = contents(&*store.reader(), 100);
    assert_eq!(
        unchanged(after.clone()),
        unchanged(contents(&*original.reader(), 100))
    );
    // The session is over, and its number is taken.
    let kept = store.reader().get(&position_key(0)).unwrap().unwrap();
    let kept = Position::from_record(&Bincode, &kept.record).unwrap();
    assert_eq!(kept, position(""));
    let letters: Vec<(Vec<u8>, Vec<u8>)> = after
        .into_iter()
        .filter(|entry| entry.key.space() == Some(Space::DeadLetter))
        .map(|entry| (entry.key.body().to_vec(), entry.record.payload))
        .collect();
    let expected = [
        ("1", "say hello"),
        ("2", "given up long ago"),
        ("2+", "kick bob"),
    ];
    assert_eq!(
        letters,
        expected.map(|(key, text)| (key.into(), text.into()))
    );

    commit(&mut *store, vec![put("a", "life goes on")]);
    assert_good(&store.view());
}

#[test]
fn a_restored_store_can_be_exported_and_restored_again() {
    let dir = TempDir::new().unwrap();
    let first = Place::disk();
    restore(&export(&mut *world(), dir.path()), &first.data()).unwrap();
    let mut store = first.open();
    commit(&mut *store, vec![put("b", "second life")]);
    let file = export(&mut *store, dir.path());
    let second = Place::disk();
    assert_eq!(restore(&file, &second.data()).unwrap().for_review, 0);
    let again = second.open();
    assert_eq!(contents(&*again.reader(), 9), contents(&*store.reader(), 9));
    assert_eq!(
        again.identity().restored.as_ref().unwrap().from_incarnation,
        8
    );
}

#[test]
fn a_directory_with_a_store_is_refused() {
    let dir = TempDir::new().unwrap();
    let file = export(&mut *world(), dir.path());
    let place = Place::disk();
    let store = place.open();
    assert!(matches!(
        restore(&file, &place.data()),
        Err(RestoreFault::Lock(_))
    ));
    drop(store);
    assert!(matches!(
        restore(&file, &place.data()),
        Err(RestoreFault::NotEmpty(_))
    ));
    assert_eq!(contents(&*place.open().reader(), 10), []);
}

#[test]
fn a_damaged_export_restores_nothing() {
    let dir = TempDir::new().unwrap();
    let file = export(&mut *world(), dir.path());
    let mut bytes = std::fs::read(&file).unwrap();
    let near_end = bytes.len() - 40;
    bytes[near_end] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let place = Place::disk();
    assert!(matches!(
        restore(&file, &place.data()),
        Err(RestoreFault::Export(_))
    ));
    assert!(!place.data().store().exists());
}

#[test]
fn an_export_of_a_newer_data_format_is_refused() {
    let dir = TempDir::new().unwrap();
    let header = ExportHeader {
        reason: Reason::Manual,
        data_format: 2,
        incarnation: 7,
        epoch: 1,
        created_at: Timestamp::EPOCH,
        totals: snapshots::Totals::default(),
    };
    let (file, _) = ExportWriter::create(dir.path(), header)
        .unwrap()
        .finish()
        .unwrap();
    let place = Place::disk();
    let fault = restore(&file, &place.data()).unwrap_err();
    assert!(
        matches!(fault, RestoreFault::Newer { found: 2, .. }),
        "{fault}"
    );
    assert!(!place.data().store().exists());
}

#[test]
fn an_incomplete_export_is_restored_only_on_request() {
    let dir = TempDir::new().unwrap();
    let memory = Memory::default();
    let mut store = memory.open(7).unwrap();
    commit(&mut *store, vec![put("a", "one"), put("b", "two")]);
    memory.tamper(key("a").bytes(), |_| Some(Vec::new()));
    let file = export(&mut *store, dir.path());
    let place = Place::disk();
    assert!(matches!(
        restore(&file, &place.data()),
        Err(RestoreFault::Incomplete { damaged: 1, .. })
    ));
    let (filter, progress) = (&mut Some, &mut |_| {});
    let data = place.data();
    let restore = Restore {
        export: &file,
        data: &data,
        incarnation: 8,
        options: options(0),
        accept_incomplete: true,
        filter,
        more: &[],
        progress,
    };
    restore.run().unwrap();
    assert_eq!(contents(&*place.open().reader(), 10).len(), 1);
}

#[test]
fn records_can_be_left_out_while_restoring() {
    let dir = TempDir::new().unwrap();
    let file = export(&mut *world(), dir.path());
    let place = Place::disk();
    let data = place.data();
    let mut seen = 0;
    let restore = Restore {
        export: &file,
        data: &data,
        incarnation: 8,
        options: options(0),
        accept_incomplete: false,
        filter: &mut |entry| (entry.key != key("a")).then_some(entry),
        more: &[],
        progress: &mut |done| seen = done,
    };
    restore.run().unwrap();
    assert_eq!(seen, 9);
    let mut store = place.open();
    assert!(store.reader().get(&key("a")).unwrap().is_none());
    assert!(store.reader().get(&key("large")).unwrap().is_some());
    assert_good(&store.view());
}

#[test]
fn what_a_killed_restore_left_is_removed() {
    let dir = TempDir::new().unwrap();
    let file = export(&mut *world(), dir.path());
    let place = Place::disk();
    let left = place.data().new_store();
    std::fs::create_dir_all(left.join("blobs")).unwrap();
    std::fs::write(left.join("db"), [0; 1000]).unwrap();
    restore(&file, &place.data()).unwrap();
    std::fs::create_dir_all(&left).unwrap();
    drop(open(&place.data(), &options(1)).unwrap());
    assert!(!left.exists());
}
