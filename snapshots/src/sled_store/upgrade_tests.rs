//! Upgrades from a format that never was: 0, in which texts were written in capitals.

use super::{
    engine::SledEngine,
    fault::OpenFault,
    open::{Opened, Options, open_with},
    restore::Restore,
    upgrade::{Step, UpgradeFault, put_in_place},
};
use crate::{
    Batch, DATA_FORMAT, DataDir, Identity, StartFault,
    engine::{Engine, Raw},
    export::{self, Reason},
    files, format, meta,
    store::Reader,
    verify,
};
use actors::kernel::{
    record::{Key, Record, Schema, Space, Write},
    time::Timestamp,
};
use std::fs;
use tempfile::TempDir;

const SCHEMA: Schema = Schema {
    kind: 1,
    version: 1,
};
/// Format 1 writes small letters, and keeps a length beside each text.
const STEPS: &[Step] = &[Step {
    from: 0,
    turn: to_small_letters,
}];

fn to_small_letters(key: &Key, record: &Record) -> Vec<(Key, Record)> {
    let length = vec![u8::try_from(record.payload.len().min(255)).unwrap()];
    let beside = Key::new(Space::Index, key.body());
    let small = Record {
        schema: record.schema,
        payload: record.payload.to_ascii_lowercase(),
    };
    vec![
        (key.clone(), small),
        (
            beside,
            Record {
                schema: SCHEMA,
                payload: length,
            },
        ),
    ]
}

fn options() -> Options {
    Options::new(7, Timestamp::from_seconds(1_795_000_000))
}

fn key(name: &str) -> Key {
    Key::new(Space::Row, name.as_bytes())
}

/// A closed store of `format`.
fn store_of(format: u32) -> (TempDir, DataDir) {
    let dir = TempDir::new().unwrap();
    let data = DataDir::new(dir.path());
    let mut store = open_with(&data, &options(), &[]).unwrap().store;
    let put = |name: &str, payload: Vec<u8>| Write {
        key: key(name),
        record: Some(Record {
            schema: SCHEMA,
            payload,
        }),
    };
    store
        .commit(&Batch {
            epoch: 1,
            writes: vec![put("a", b"HELLO".to_vec())],
        })
        .unwrap();
    store
        .commit(&Batch {
            epoch: 2,
            writes: vec![put("b", vec![b'X'; 9_000])],
        })
        .unwrap();
    drop(store);
    let identity = Identity {
        data_format: format,
        ..Identity::new(7)
    };
    let sealed = format::seal(&Identity::key(), 0, &meta::record(&identity));
    raw(&data, |engine| {
        engine
            .apply(&[(Identity::key().bytes().to_vec(), Some(sealed))])
            .unwrap();
        engine.sync().unwrap();
    });
    (dir, data)
}

fn raw<T>(data: &DataDir, work: impl FnOnce(&SledEngine) -> T) -> T {
    let engine = SledEngine::open(data.store(), options().tuning()).unwrap();
    let done = work(&engine);
    engine.close().unwrap();
    done
}

fn text(reader: &dyn Reader, name: &str) -> Vec<u8> {
    reader.get(&key(name)).unwrap().unwrap().record.payload
}

fn assert_upgraded(opened: Opened) {
    let mut store = opened.store;
    let reader = store.reader();
    assert_eq!(text(&*reader, "a"), b"hello");
    assert_eq!(text(&*reader, "b"), vec![b'x'; 9_000]);
    assert_eq!(reader.get(&key("b")).unwrap().unwrap().epoch, 2);
    assert_eq!((store.last_epoch(), store.health().totals.records), (2, 4));
    assert_eq!(store.identity(), &Identity::new(7));
    assert!(verify(&store.view(), &mut |_| {}).unwrap().is_good());
}

#[test]
fn an_older_store_is_exported_and_then_upgraded() {
    let (_dir, data) = store_of(0);
    let opened = open_with(&data, &options(), STEPS).unwrap();
    assert_eq!(opened.started.upgraded_from, Some(0));
    assert_upgraded(opened);

    let exports = export::exports(&data.exports()).unwrap();
    assert_eq!(
        exports.iter().map(|name| name.reason).collect::<Vec<_>>(),
        [Reason::Upgrade]
    );
    let before = data.path().join("store.replaced-1");
    assert!(before.join("db").exists() && !data.new_store().exists());

    let again = open_with(&data, &options(), STEPS).unwrap();
    assert_eq!(again.started.upgraded_from, None);
    assert_upgraded(again);
}

#[test]
fn an_older_store_without_a_step_is_left_as_it_is() {
    let (_dir, data) = store_of(0);
    let fault = open_with(&data, &options(), &[]).err().unwrap();
    let no_step = |source: &UpgradeFault| matches!(source, UpgradeFault::NoStep(0));
    assert!(
        matches!(&fault, OpenFault::Upgrade { found: 0, source, .. } if no_step(source)),
        "{fault:?}"
    );
    assert_upgraded(open_with(&data, &options(), STEPS).unwrap());
}

#[test]
fn a_newer_store_is_refused_and_left_as_it_is() {
    let (_dir, data) = store_of(DATA_FORMAT + 1);
    let before = raw(&data, |engine| engine.range(&[0], &[255], 100).unwrap());
    let fault = open_with(&data, &options(), STEPS).err().unwrap();
    let newer = |source: &StartFault| matches!(source, StartFault::Newer { found: 2 });
    assert!(
        matches!(&fault, OpenFault::Start { source, .. } if newer(source)),
        "{fault:?}"
    );
    assert_eq!(
        raw(&data, |engine| engine.range(&[0], &[255], 100).unwrap()),
        before
    );
}

#[test]
fn a_store_with_damaged_records_is_not_upgraded() {
    let (_dir, data) = store_of(0);
    raw(&data, |engine| {
        engine
            .apply(&[(key("a").bytes().to_vec(), Some(b"rubbish".to_vec()))])
            .unwrap();
        engine.sync().unwrap();
    });
    let fault = open_with(&data, &options(), STEPS).err().unwrap();
    let damaged = |source: &UpgradeFault| matches!(source, UpgradeFault::Damaged(1));
    assert!(
        matches!(&fault, OpenFault::Upgrade { source, .. } if damaged(source)),
        "{fault:?}"
    );
    assert_eq!(
        raw(&data, |engine| engine
            .get(key("a").bytes())
            .unwrap()
            .unwrap()),
        b"rubbish"
    );
}

#[test]
fn an_upgrade_killed_while_directories_are_exchanged_is_finished_by_the_next_start() {
    for old_is_moved in [false, true] {
        let (_dir, data) = store_of(0);
        drop(open_with(&data, &options(), STEPS).unwrap());
        // Back to the moment before the exchange, or to the one in its middle.
        files::rename(&data.store(), &data.ready_store()).unwrap();
        if !old_is_moved {
            files::rename(&data.path().join("store.replaced-1"), &data.store()).unwrap();
        }
        let opened = open_with(&data, &options(), STEPS).unwrap();
        assert_eq!(opened.started.upgraded_from, None);
        assert_upgraded(opened);
        assert!(data.path().join("store.replaced-1").exists() && !data.ready_store().exists());
    }
}

#[test]
fn an_upgrade_killed_while_building_begins_again() {
    let (_dir, data) = store_of(0);
    fs::create_dir_all(data.new_store()).unwrap();
    fs::write(data.new_store().join("db"), "half").unwrap();
    assert_upgraded(open_with(&data, &options(), STEPS).unwrap());
    put_in_place(&data).unwrap();
}

#[test]
fn an_older_export_is_upgraded_while_it_is_restored() {
    let (_dir, data) = store_of(0);
    drop(open_with(&data, &options(), STEPS).unwrap());
    let export = export::newest(&data.exports()).unwrap().unwrap();
    assert_eq!(export::read_header(&export).unwrap().data_format, 0);
    let dir = TempDir::new().unwrap();
    let data = DataDir::new(dir.path());
    let restore = |steps| {
        Restore {
            export: &export,
            data: &data,
            incarnation: 8,
            options: options(),
            accept_incomplete: false,
            filter: &mut Some,
            more: &[],
            progress: &mut |_| {},
        }
        .run_with(steps)
    };
    assert!(restore(&[]).is_err());
    restore(STEPS).unwrap();
    let store = open_with(&data, &options(), STEPS).unwrap().store;
    assert_eq!(text(&*store.reader(), "a"), b"hello");
    assert_eq!(store.health().totals.records, 4);
}
