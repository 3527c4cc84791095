//! Stores built anew: what was removed is nowhere on the disk, and a kill at any step leaves a whole store.

use crate::kit::{Place, assert_good, commit, contents, payload, put, remove};
use snapshots::{DataDir, Store};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

const NO_FILE: [PathBuf; 0] = [];
const NEEDLE: &[u8] = b"what somebody wants to be forgotten";

/// Every file below `dir`.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

fn holding(dir: &Path) -> Vec<PathBuf> {
    let holds = |path: &PathBuf| {
        let bytes = fs::read(path).unwrap();
        bytes.windows(NEEDLE.len()).any(|part| part == NEEDLE)
    };
    files(dir).into_iter().filter(holds).collect()
}

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_dir(&path, &to);
        } else {
            match fs::copy(&path, to) {
                // sled tidies up meanwhile.
                Err(fault) if fault.kind() == io::ErrorKind::NotFound => {}
                copied => drop(copied.unwrap()),
            }
        }
    }
}

/// Many records, large ones among them, and one that was removed.
fn filled(place: &Place) -> Box<dyn Store> {
    let mut store = place.open();
    for n in 0..40_u8 {
        let size = if n % 10 == 0 { 9_000 } else { 300 };
        commit(&mut *store, vec![put(&format!("{n:02}"), vec![n; size])]);
    }
    commit(&mut *store, vec![put("secret", NEEDLE)]);
    commit(&mut *store, vec![remove("secret")]);
    store
}

/// What happens while the store is copied.
fn meanwhile(store: &mut dyn Store) {
    commit(
        store,
        vec![
            put("05", "changed"),
            remove("10"),
            put("new", vec![1; 9_000]),
        ],
    );
    commit(store, vec![put("new", "smaller")]);
}

fn rebuild(store: &mut dyn Store) {
    let rebuild = store.rebuild().unwrap().expect("there is a disk");
    rebuild.copy().unwrap();
    meanwhile(store);
    store.exchange(rebuild).unwrap();
}

#[test]
fn what_was_removed_is_nowhere_any_more_and_everything_else_is() {
    let place = Place::disk();
    let mut store = filled(&place);
    assert!(
        !holding(place.data().path()).is_empty(),
        "it would be found"
    );
    let reader = store.reader();
    rebuild(&mut *store);
    place.data().remove_replaced().unwrap();
    assert_eq!(holding(place.data().path()), NO_FILE);
    // Readers go on, and so do commits.
    assert_eq!(payload(&*reader, "05").unwrap(), b"changed");
    assert_eq!(payload(&*reader, "10"), None);
    commit(&mut *store, vec![put("later", "later")]);
    assert_good(&store.view());
    let before = contents(&*reader, 7);
    assert_eq!(before.len(), 41);
    store.close().unwrap();
    let mut store = place.open();
    assert_eq!(contents(&*store.reader(), 100), before);
    assert_good(&store.view());
}

#[test]
fn memory_has_nothing_to_build_anew() {
    let [memory, _] = Place::each();
    assert!(memory.open().rebuild().unwrap().is_none());
}

#[test]
fn one_that_is_given_up_leaves_the_store_as_it_was() {
    let place = Place::disk();
    let mut store = filled(&place);
    drop(store.rebuild().unwrap());
    meanwhile(&mut *store);
    // The next one begins anew.
    rebuild(&mut *store);
    assert_eq!(payload(&*store.reader(), "new").unwrap(), b"smaller");
}

#[test]
fn a_kill_at_any_step_leaves_a_whole_store() {
    let place = Place::disk();
    let data = place.data();
    let mut store = filled(&place);
    let rebuild = store.rebuild().unwrap().unwrap();
    let begun = TempDir::new().unwrap();
    copy_dir(data.path(), begun.path());
    rebuild.copy().unwrap();
    let before = contents(&*store.reader(), 100);
    let copied = TempDir::new().unwrap();
    copy_dir(data.path(), copied.path());
    meanwhile(&mut *store);
    let after = contents(&*store.reader(), 100);
    store.exchange(rebuild).unwrap();
    store.close().unwrap();
    for dir in [&begun, &copied] {
        opens_with(dir.path(), &before);
    }
    // From here on the new store counts, whether or not the old one is out of its way.
    let steps: [&[(&str, &str)]; 3] = [
        &[("store", "store.rebuilt"), ("store.erased-1", "store")],
        &[("store", "store.rebuilt")],
        &[],
    ];
    for renames in steps {
        let dir = TempDir::new().unwrap();
        copy_dir(data.path(), dir.path());
        for (from, to) in renames {
            fs::rename(dir.path().join(from), dir.path().join(to)).unwrap();
        }
        opens_with(dir.path(), &after);
        assert_eq!(holding(dir.path()), NO_FILE, "{renames:?}");
    }
    // Killed while the old one was being removed.
    fs::remove_file(data.path().join("store.erased-1/conf")).unwrap();
    opens_with(data.path(), &after);
    assert_eq!(holding(data.path()), NO_FILE);
}

fn opens_with(dir: &Path, expected: &[snapshots::Entry]) {
    let data = DataDir::new(dir);
    let mut store = snapshots::open(&data, &crate::kit::options(7))
        .unwrap()
        .store;
    assert_eq!(contents(&*store.reader(), 100), expected);
    assert_good(&store.view());
    commit(&mut *store, vec![put("goes on", "yes")]);
    for left in [
        data.new_store(),
        data.rebuilt_store(),
        dir.join("store.erased-1"),
    ] {
        assert!(!left.exists(), "{}", left.display());
    }
}
