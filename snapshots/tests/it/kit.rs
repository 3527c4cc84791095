//! Shorthand for the other tests.

use actors::kernel::{
    record::{Key, Record, Schema, Space, Write},
    time::Timestamp,
};
use snapshots::{
    Batch, DataDir, Entry, Options, Reader, Store, View, all, memory::Memory, open, verify,
};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

pub(crate) const SCHEMA: Schema = Schema {
    kind: 1,
    version: 1,
};

pub(crate) fn key(name: &str) -> Key {
    Key::new(Space::Row, name.as_bytes())
}

pub(crate) fn record(payload: impl Into<Vec<u8>>) -> Record {
    Record {
        schema: SCHEMA,
        payload: payload.into(),
    }
}

pub(crate) fn put(name: &str, payload: impl Into<Vec<u8>>) -> Write {
    Write {
        key: key(name),
        record: Some(record(payload)),
    }
}

pub(crate) fn remove(name: &str) -> Write {
    Write {
        key: key(name),
        record: None,
    }
}

/// Commits `writes` as the next epoch.
pub(crate) fn commit(store: &mut dyn Store, writes: Vec<Write>) {
    let epoch = store.last_epoch() + 1;
    store.commit(&Batch { epoch, writes }).unwrap();
}

pub(crate) fn payload(reader: &dyn Reader, name: &str) -> Option<Vec<u8>> {
    reader
        .get(&key(name))
        .unwrap()
        .map(|entry| entry.record.payload)
}

/// Every record but those of the store itself, page by page.
pub(crate) fn contents(reader: &dyn Reader, page: usize) -> Vec<Entry> {
    let (mut from, to) = all();
    let mut entries = Vec::new();
    loop {
        let page = reader.scan(&from, &to, page).unwrap();
        assert_eq!(page.damaged, []);
        entries.extend(page.entries);
        match page.next {
            Some(next) => from = next,
            None => break,
        }
    }
    entries.retain(|entry| entry.key.space() != Some(Space::Meta));
    entries
}

pub(crate) fn assert_good(view: &View) {
    let report = verify(view, &mut |_| {}).unwrap();
    assert!(report.is_good(), "{report:?}");
}

/// A place that stores can be opened on again and again.
pub(crate) enum Place {
    Memory(Memory),
    Disk(TempDir),
}

impl Place {
    pub(crate) fn each() -> [Self; 2] {
        [Self::Memory(Memory::default()), Self::disk()]
    }

    pub(crate) fn disk() -> Self {
        Self::Disk(TempDir::new().unwrap())
    }

    pub(crate) fn data(&self) -> DataDir {
        match self {
            Self::Memory(_) => panic!("a memory store has no directory"),
            Self::Disk(dir) => DataDir::new(dir.path().join("data")),
        }
    }

    pub(crate) fn open(&self) -> Box<dyn Store> {
        match self {
            Self::Memory(memory) => memory.open(7).unwrap(),
            Self::Disk(_) => open(&self.data(), &options(7)).unwrap().store,
        }
    }

    /// Changes raw pairs of a closed store behind its back.
    pub(crate) fn tamper(
        &self,
        key: &[u8],
        change: impl FnOnce(Option<Vec<u8>>) -> Option<Vec<u8>>,
    ) {
        let mut change = Some(change);
        self.tamper_each(&[key.to_vec()], &mut |_, value| {
            change.take().expect("there is one key")(value)
        });
    }

    /// As [`Place::tamper`], for many keys at once.
    pub(crate) fn tamper_each(
        &self,
        keys: &[Vec<u8>],
        change: &mut dyn FnMut(usize, Option<Vec<u8>>) -> Option<Vec<u8>>,
    ) {
        match self {
            Self::Memory(memory) => {
                for (n, key) in keys.iter().enumerate() {
                    memory.tamper(key, |value| change(n, value));
                }
            }
            Self::Disk(_) => {
                let db = raw_sled(&self.data());
                for (n, key) in keys.iter().enumerate() {
                    match change(n, db.get(key).unwrap().map(|value| value.to_vec())) {
                        Some(value) => db.insert(&key[..], value).unwrap(),
                        None => db.remove(key).unwrap(),
                    };
                }
                db.flush().unwrap();
            }
        }
    }
}

pub(crate) fn options(incarnation: u32) -> Options {
    Options::new(incarnation, Timestamp::from_seconds(1_795_158_459))
}

/// The sled below, opened directly.
pub(crate) fn raw_sled(data: &DataDir) -> sled::Db {
    let config = sled::Config::new().path(data.store()).flush_every_ms(None);
    loop {
        match config.open() {
            // Background jobs of a store that was closed hold the file a little longer.
            Err(sled::Error::Io(fault)) if fault.to_string().contains("acquire lock") => {
                std::thread::yield_now();
            }
            opened => return opened.unwrap(),
        }
    }
}

/// A closed store with a few epochs, some of them in sled's log behind its last snapshot.
pub(crate) fn closed() -> Place {
    let place = Place::disk();
    for round in 0..3 {
        let mut store = place.open();
        for n in 0..30 {
            let size = if n % 10 == 0 { 9_000 } else { 300 };
            commit(
                &mut *store,
                vec![put(&format!("{n:02}"), vec![round * 30 + n; size])],
            );
        }
    }
    place
}

/// sled's snapshots of its page table in the directory `store`.
pub(crate) fn snapshots_of(store: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(store)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .filter(|path| {
            path.file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with("snap.")
        })
        .collect()
}
