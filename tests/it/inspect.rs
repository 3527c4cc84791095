//! `guildhall inspect`, `backup` and `restore` as operators use them: on a running bot, on what a stopped one
//! left, and on backups.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod backups;
mod damage;
mod running;
mod stopped;

use crate::{
    cli::{ends_with, err, guildhall, out},
    process::Process,
    support::{SOON, Town},
};
use actors::{
    kernel::{
        address::{Address, Kind},
        ids::GuildId,
        inbound::{EffectId, Inbound, Input, InputId, Member, Seq},
        machine::{IndexKey, RowKey},
        record::{Key, Record, Schema, Snapshot as _, Space, Write},
        stored::{Parked, effect_key, timer_key},
        time::Timestamp,
        turn::{head_key, index_key, row_key},
    },
    registry,
};
use guildhall::cli::Exit;
use serde_json::Value;
use simulator::{Fault, FaultKind};
use snapshots::{Batch, Bincode, DATA_FORMAT, DataDir, Identity, Options, Store, format::seal};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Output,
    time::Instant,
};
use tempfile::TempDir;
/// Runs `guildhall` in `dir`, where `data` is the data directory.
async fn run(dir: &Path, line: &str) -> Output {
    let arguments: Vec<&str> = line.split(' ').collect();
    guildhall(&arguments, &[], dir).await
}

/// As [`run`], expecting it to work; its lines as JSON.
async fn json(dir: &Path, line: &str) -> Vec<Value> {
    let output = run(dir, &format!("{line} --json")).await;
    ends_with(&output, Exit::Good);
    let lines = out(&output);
    let lines = lines.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().expect("lines of JSON")
}

/// Every file below `dir`: its bytes and when it was changed.
fn files(dir: &Path) -> BTreeMap<PathBuf, (Vec<u8>, std::time::SystemTime)> {
    let mut files = BTreeMap::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        let changed = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
        files.insert(dir.clone(), (Vec::new(), changed(&dir)));
        for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                dirs.push(path);
            } else {
                files.insert(path.clone(), (fs::read(&path).unwrap(), changed(&path)));
            }
        }
    }
    files
}

const GUILD: u64 = 81_384_788_765_712_384;

fn guild() -> GuildId {
    GuildId::new(GUILD).unwrap()
}

fn welcome() -> Address {
    Address::guild(Kind::Welcome, guild())
}

/// The sample of this name: see `registry::samples`.
fn sample(name: &str) -> Record {
    let samples = registry::samples(&Bincode).unwrap();
    let found = samples.into_iter().find(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("no sample {name}")).1
}

fn put(key: Key, record: Record) -> Write {
    Write {
        key,
        record: Some(record),
    }
}

fn row(n: u64) -> Key {
    row_key(welcome(), &RowKey::new(&(n + 1000).to_be_bytes()))
}

/// Opens something that is locked. A process that another test starts has every lock of this one for the
/// instant between fork and exec.
fn unlocked<T, E: std::fmt::Debug>(mut open: impl FnMut() -> Result<T, E>) -> T {
    let end = Instant::now() + SOON;
    loop {
        match open() {
            Ok(opened) => return opened,
            Err(fault) => assert!(Instant::now() < end, "{fault:?}"),
        }
        std::thread::yield_now();
    }
}

fn open(data: &Path) -> Box<dyn Store> {
    let options = Options::new(7, Timestamp::from_seconds(1_795_158_459));
    unlocked(|| snapshots::open(&DataDir::new(data), &options)).store
}

/// Commits `writes` to the store of a stopped bot, as its next epoch.
fn commit(data: &Path, writes: Vec<Write>) {
    let mut store = open(data);
    let epoch = store.last_epoch() + 1;
    store.commit(&Batch { epoch, writes }).unwrap();
    store.close().unwrap();
    // Only processes that are just being started can still have its lock.
    let lock = fs::File::open(data.join("lock")).unwrap();
    unlocked(|| lock.try_lock_shared());
}

/// A directory with the data of a bot that is stopped, of several epochs.
fn stopped() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let settings = Address::guild(Kind::Settings, guild());
    commit(
        &data,
        vec![
            put(head_key(settings), sample("settings-head-full")),
            put(head_key(welcome()), sample("welcome-head-fresh")),
        ],
    );
    let mut writes = vec![
        put(head_key(welcome()), sample("welcome-head-full")),
        put(timer_key(welcome(), "greet"), sample("runtime-timer")),
        put(
            effect_key(Space::Outbox, EffectId(1)),
            sample("runtime-outbox-say"),
        ),
        put(
            effect_key(Space::DeadLetter, EffectId(2)),
            sample("runtime-dead-letter"),
        ),
        put(Key::new(Space::Parked, &[1; 31]), sample("runtime-parked")),
    ];
    writes.extend((0..20).map(|n| put(row(n), sample("welcome-row-greeted"))));
    commit(&data, writes);
    dir
}

/// The sled below a stopped store, opened to damage it.
fn raw(dir: &Path) -> sled::Db {
    let config = sled::Config::new().path(dir.join("data/store"));
    let config = config.flush_every_ms(None);
    unlocked(|| config.open())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_help_names_what_an_operator_needs() {
    let dir = tempfile::tempdir().unwrap();
    let help = out(&run(dir.path(), "inspect --help").await);
    for word in [
        "list",
        "show",
        "verify",
        "diff",
        "timers",
        "outbox",
        "dead-letters",
        "parked",
        "position",
        "stats",
        "export",
        "import",
        "redact",
        "--from",
        "--json",
        "Looking changes nothing",
    ] {
        assert!(help.contains(word), "{word} is missing in:\n{help}");
    }
    let backup = out(&run(dir.path(), "backup --help").await);
    assert!(
        backup.contains("guildhall restore FILE") && backup.contains("Examples"),
        "{backup}"
    );
}
