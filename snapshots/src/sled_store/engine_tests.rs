//! What cannot be provoked from outside.

use super::engine::{SledEngine, Tuning};
use crate::engine::{Engine, EngineFault, Raw};
use std::{fs, os::unix::fs::MetadataExt};
use tempfile::TempDir;

fn tuning() -> Tuning {
    Tuning {
        cache_bytes: 1024 * 1024,
        collect_garbage_every_ms: 1_000,
    }
}

#[test]
fn after_a_failed_fdatasync_the_file_is_written_anew_before_it_is_believed() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("store");
    let engine = SledEngine::open(path.clone(), tuning()).unwrap();
    let put = |key: &[u8]| engine.apply(&[(key.to_vec(), Some(vec![7; 4096]))]);
    put(b"a").unwrap();
    engine.sync().unwrap();
    let inode = || fs::metadata(path.join("db")).unwrap().ino();
    let before = inode();

    engine.reopen().unwrap();
    assert_eq!(inode(), before, "nothing failed");
    engine.pretend_that_a_sync_failed();
    engine.reopen().unwrap();
    assert_ne!(inode(), before);
    assert_eq!(engine.get(b"a").unwrap().unwrap(), [7; 4096]);
    put(b"b").unwrap();
    engine.sync().unwrap();

    engine.close().unwrap();
    assert!(matches!(engine.get(b"a"), Err(EngineFault::Closed)));
    let engine = SledEngine::open(path, tuning()).unwrap();
    assert_eq!(engine.range(&[0], &[255], 9).unwrap().len(), 2);
}

#[test]
fn a_panic_inside_sled_is_a_fault() {
    let dir = TempDir::new().unwrap();
    let engine = SledEngine::open(dir.path().join("store"), tuning()).unwrap();
    let fault = engine.panicking_call().unwrap_err();
    assert!(
        matches!(&fault, EngineFault::Panicked(text) if text == "on purpose"),
        "{fault:?}"
    );
    assert!(engine.get(b"a").unwrap().is_none());
}
