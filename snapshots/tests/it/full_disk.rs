//! A disk that is really full: sled on a small tmpfs, where mounting one is allowed.

use crate::kit::{assert_good, contents, key, options, put};
use snapshots::{Batch, DataDir, OpenFault, ReadFault, Store, open};
use std::{fs, io::Write as _, path::PathBuf, process::Command};
use tempfile::TempDir;

/// A mounted file system that goes away with the test.
struct Small {
    dir: TempDir,
}

impl Small {
    fn mount(size: &str) -> Option<Self> {
        let dir = TempDir::new().unwrap();
        let size = format!("size={size}");
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(dir.path());
        match mount.output() {
            Ok(done) if done.status.success() => Some(Self { dir }),
            _ => {
                // Past what catches the output of tests, so that it is seen.
                let why = "skipped: this test mounts a tmpfs, which takes root";
                let _ = writeln!(std::io::stderr(), "{why}");
                None
            }
        }
    }

    fn data(&self) -> DataDir {
        DataDir::new(self.dir.path().join("data"))
    }

    /// Takes all space that is left.
    fn fill(&self) -> PathBuf {
        let ballast = self.dir.path().join("ballast");
        let full = fs::write(&ballast, vec![0; 64 * 1024 * 1024]).unwrap_err();
        assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
        ballast
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // Lazily: nothing may hold up the end of the test.
        let _ = Command::new("umount")
            .arg("-l")
            .arg(self.dir.path())
            .status();
    }
}

fn batch(epoch: u64) -> Batch {
    let name = |n: u64| format!("{:03}", (epoch * 7 + n) % 50);
    Batch {
        epoch,
        writes: (0..8)
            .map(|n| put(&name(n), vec![epoch as u8; 4_000]))
            .collect(),
    }
}

/// Commits until the disk is full; the epoch that failed.
fn commit_until_full(store: &mut dyn Store) -> u64 {
    loop {
        let epoch = store.last_epoch() + 1;
        match store.commit(&batch(epoch)) {
            Ok(_) => {}
            Err(fault) => {
                assert!(fault.is_full() && fault.needs_reopen(), "{fault:?}");
                return epoch;
            }
        }
        assert!(epoch < 5_000, "the disk never got full");
    }
}

#[test]
fn on_a_full_disk_nothing_acknowledged_is_lost_and_commits_go_on_when_space_returns() {
    let Some(disk) = Small::mount("16m") else {
        return;
    };
    let mut store = open(&disk.data(), &options(7)).unwrap().store;
    let reader = store.reader();
    store.commit(&batch(1)).unwrap();
    for _ in 0..3 {
        let ballast = disk.fill();
        let failed = commit_until_full(&mut *store);
        assert!(store.reopen().unwrap_err().is_full());
        // What is in sled's cache can be read meanwhile, the rest reports the same fault.
        if let Err(fault) = reader.get(&key("007")) {
            assert!(matches!(fault, ReadFault::Engine { .. }), "{fault:?}");
        }

        fs::remove_file(ballast).unwrap();
        store.reopen().unwrap();
        assert_eq!(store.last_epoch(), failed - 1);
        store.commit(&batch(failed)).unwrap();
        assert_good(&store.view());
    }
    let before = contents(&*reader, 100);
    drop((reader, store));
    let opened = open(&disk.data(), &options(7)).unwrap();
    assert_eq!(opened.started.rolled_back, None);
    assert_eq!(contents(&*opened.store.reader(), 100), before);
}

#[test]
fn a_store_on_a_full_disk_is_not_taken_for_a_damaged_one() {
    let Some(disk) = Small::mount("16m") else {
        return;
    };
    let mut store = open(&disk.data(), &options(7)).unwrap().store;
    let ballast = disk.fill();
    let failed = commit_until_full(&mut *store);
    drop(store);
    match open(&disk.data(), &options(7)) {
        Ok(opened) => assert_eq!(opened.store.last_epoch(), failed - 1),
        Err(fault) => assert!(matches!(fault, OpenFault::Io { .. }), "{fault:?}"),
    }
    assert!(disk.data().damaged_stores().is_empty());
    fs::remove_file(ballast).unwrap();
    let opened = open(&disk.data(), &options(7)).unwrap();
    assert_eq!(opened.started.rolled_back, None);
    assert_eq!(opened.store.last_epoch(), failed - 1);
}
