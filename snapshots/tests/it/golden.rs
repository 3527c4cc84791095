//! Old bytes: what an earlier program wrote is read for ever, and written the same way.
//!
//! A golden file is never edited. A new version gets a new file: run the test once with
//! `GUILDHALL_BLESS=1`, which writes missing files and leaves existing ones alone.

use crate::kit::{commit, key, put};
use actors::kernel::{
    record::{Codec, Key, Record, Schema, Snapshot, Space},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use snapshots::{
    Bincode, DATA_FORMAT, Identity, Restored,
    export::{EXPORT_VERSION, Reason, read_header, verify_export, write},
    format,
    memory::Memory,
};
use std::{collections::BTreeMap, fs, path::PathBuf};

fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "golden", name]
        .iter()
        .collect()
}

/// The bytes of the golden file `name`, which are those that the program writes now.
fn golden(name: &str, now: &[u8]) -> Vec<u8> {
    let path = path(name);
    if !path.exists() && std::env::var_os("GUILDHALL_BLESS").is_some() {
        fs::write(&path, now).unwrap();
    }
    let old = fs::read(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
    assert!(
        old == now,
        "{name} is written differently now: a version is missing"
    );
    old
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Unit,
    Tuple(u8, i64),
    Named { text: String },
}

/// One of everything that stored types are made of.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Sample {
    flag: bool,
    small: u8,
    large: u64,
    negative: i32,
    fraction: f64,
    letter: char,
    text: String,
    some: Option<u16>,
    none: Option<u16>,
    list: Vec<Shape>,
    map: BTreeMap<u32, (u8, u8)>,
    at: Timestamp,
}

fn sample() -> Sample {
    Sample {
        flag: true,
        small: 7,
        large: u64::MAX - 1,
        negative: -5,
        fraction: 0.5,
        letter: 'ß',
        text: "Grüße".into(),
        some: Some(9),
        none: None,
        list: vec![
            Shape::Unit,
            Shape::Tuple(3, -3),
            Shape::Named {
                text: String::new(),
            },
        ],
        map: BTreeMap::from([(1, (2, 3)), (300, (4, 5))]),
        at: Timestamp::from_millis(1_795_158_459_999),
    }
}

#[test]
fn the_codec_writes_and_reads_as_ever() {
    let bytes = golden("codec-1.bin", &Bincode.encode(&sample()).unwrap());
    assert_eq!(Bincode.decode::<Sample>(&bytes).unwrap(), sample());
}

#[test]
fn the_envelope_is_written_and_read_as_ever() {
    let key = Key::new(Space::Head, b"golden");
    let record = Record {
        schema: Schema {
            kind: 3,
            version: 2,
        },
        payload: b"payload".to_vec(),
    };
    let bytes = golden(
        "record-1.bin",
        &format::seal(&key, 0x0102_0304_0506_0708, &record),
    );
    let (header, read) = format::open(&key, bytes).unwrap();
    assert_eq!((header.epoch, read), (0x0102_0304_0506_0708, record));
}

#[test]
fn the_identity_is_written_and_read_as_ever() {
    let restored = Some(Restored {
        from_incarnation: 5,
        at_epoch: 41,
        for_review: 2,
    });
    let identity = Identity {
        created_at_epoch: 41,
        restored,
        ..Identity::new(0xdead_beef)
    };
    let record = identity.to_record(&Bincode).unwrap();
    let bytes = golden("identity-1.bin", &record.payload);
    let record = Record {
        payload: bytes,
        ..record
    };
    assert_eq!(Identity::from_record(&Bincode, &record).unwrap(), identity);
}

#[test]
fn a_whole_store_is_written_as_ever() {
    let memory = Memory::default();
    let mut store = memory.open(0x0a0b_0c0d).unwrap();
    commit(
        &mut *store,
        vec![put("small", "one"), put("large", vec![7; 5_000])],
    );
    let mut bytes = Vec::new();
    for (key, value) in memory.image().pairs() {
        for part in [key, value] {
            bytes.extend((part.len() as u32).to_le_bytes());
            bytes.extend(part);
        }
    }
    golden("store-1.bin", &bytes);
}

#[test]
fn an_export_is_written_and_read_as_ever() {
    let mut store = Memory::default().open(0x0a0b_0c0d).unwrap();
    commit(
        &mut *store,
        vec![put("small", "one"), put("large", vec![7; 5_000])],
    );
    let dir = tempfile::TempDir::new().unwrap();
    let at = Timestamp::from_millis(1_795_158_459_999);
    let (written, _) = write(&store.view(), dir.path(), Reason::Manual, at, &mut |_| {}).unwrap();
    golden("export-1.guildhall", &fs::read(written).unwrap());
    let old = path("export-1.guildhall");
    let header = read_header(&old).unwrap();
    assert_eq!(
        (header.incarnation, header.epoch, header.created_at),
        (0x0a0b_0c0d, 1, at)
    );
    assert!(verify_export(&old).unwrap().is_complete());
}

#[test]
fn the_numbers_on_disk_are_what_the_golden_files_are_named_after() {
    assert_eq!((DATA_FORMAT, EXPORT_VERSION), (1, 1));
    assert_eq!(key("x").bytes(), b"rx");
}

/// `runtime-position` of version 1 lies in `golden/records/runtime-position-v1.bin`.
fn record_file(name: &str, record: &Record) -> String {
    format!("records/{name}-v{}.bin", record.schema.version)
}

#[test]
fn every_stored_type_is_written_as_its_newest_golden_file_says() {
    for (name, record) in actors::registry::samples(&Bincode).unwrap() {
        let mut bytes = record.schema.kind.to_le_bytes().to_vec();
        bytes.extend_from_slice(&record.schema.version.to_le_bytes());
        bytes.extend_from_slice(&record.payload);
        golden(&record_file(&name, &record), &bytes);
    }
}

#[test]
fn every_golden_record_of_any_version_can_still_be_read() {
    let files = fs::read_dir(path("records")).unwrap();
    let mut read = 0;
    for file in files {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        let bytes = fs::read(file.path()).unwrap();
        let number = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let schema = Schema {
            kind: number(0),
            version: number(2),
        };
        let record = Record {
            schema,
            payload: bytes[4..].to_vec(),
        };
        renew(&name, &record).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        read += 1;
    }
    assert!(read >= 15, "only {read} golden records");
}

/// Reads a record through the code that reads it in a store.
fn renew(name: &str, record: &Record) -> Result<(), actors::kernel::record::CodecFault> {
    let mut parts = name.split('-');
    let (kind, part) = (parts.next().unwrap(), parts.next().unwrap());
    if kind == "runtime" {
        return actors::kernel::samples::renew(&Bincode, record).map(|_| ());
    }
    let features = actors::registry::features::<Bincode>();
    let feature = features.iter().find(|feature| feature.kind.name() == kind);
    let feature = feature.unwrap_or_else(|| panic!("{name} belongs to no feature"));
    let read = if part == "head" {
        feature.head_json
    } else {
        feature.row_json
    };
    read(&Bincode, record).map(|_| ())
}
