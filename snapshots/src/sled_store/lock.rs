//! One process per data directory.
//!
//! sled locks its own file, but only *while* it opens, after the point where `snap.*.generating` must be
//! deleted; deleting it under a running process would be our own damage. So our lock comes first. The
//! operating system releases it when the process ends, however it ends: no stale locks.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

/// A lock that is held is tried this often …
const TRIES: u32 = 25;
/// … with this pause, half a second in all: its holder may be ending at this moment, and a child that some
/// thread has just forked holds every file of its parent until it runs its own program.
const PAUSE: Duration = Duration::from_millis(20);

/// Held as long as the store is open.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "holding it open is its use")] File);

/// Why the lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockFault {
    /// Another process has it.
    #[error("{} is already used by a running guildhall (pid {pid})", data.display())]
    Held {
        /// The data directory.
        data: PathBuf,
        /// What the lock file says about its holder.
        pid: String,
    },
    /// The lock file cannot be used.
    #[error("could not lock {}", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
}

pub(super) fn take(data: &Path, path: &Path) -> Result<Lock, LockFault> {
    let io = |source| LockFault::Io {
        path: path.to_owned(),
        source,
    };
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(io)?;
    match try_patiently(&file) {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            // It may be empty for a moment after it was taken.
            let _ = file.take(20).read_to_string(&mut pid);
            let pid = if pid.trim().is_empty() {
                "unknown".into()
            } else {
                pid.trim().to_owned()
            };
            return Err(LockFault::Held {
                data: data.to_owned(),
                pid,
            });
        }
        Err(TryLockError::Error(source)) => return Err(io(source)),
    }
    file.set_len(0).map_err(io)?;
    file.rewind().map_err(io)?;
    writeln!(file, "{}", std::process::id()).map_err(io)?;
    Ok(Lock(file))
}

/// A process that is being started holds copies of all files of the one that starts it, for an instant:
/// our own earlier lock may so outlive its holder a little.
fn try_patiently(file: &File) -> Result<(), TryLockError> {
    for _ in 1..TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            done => return done,
        }
    }
    file.try_lock()
}
