//! A copy of a stopped bot's store, opened. The data directory itself is only read: not even its lock file
//! is written.

use super::fault;
use crate::{
    admin,
    cli::{Exit, Stop, scratch::Scratch},
};
use snapshots::{DataDir, Options, Reader, Started, Store};
use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
};

/// See the module docs.
pub(in crate::cli) struct Copied {
    pub(super) data: PathBuf,
    pub(super) reader: Arc<dyn Reader>,
    /// The store itself; for what a reader cannot do.
    pub(in crate::cli) store: Box<dyn Store>,
    /// What was noticed when it was opened.
    pub(in crate::cli) started: Started,
    _scratch: Scratch,
}

impl Copied {
    /// Copies the store in `data` and opens the copy. The bot must not start meanwhile, so its lock is
    /// held until the copy is made.
    pub(in crate::cli) fn of(data: &Path) -> Result<Self, Stop> {
        let from = DataDir::new(data);
        if !from.store().join("db").exists() {
            let text = format!(
                "there is no store in {} (--data names another directory)",
                data.display()
            );
            return Err(Stop::new(Exit::Failed, text));
        }
        let scratch = Scratch::new("inspect")?;
        let to = DataDir::new(scratch.path());
        let lock = lock(&from)?;
        copy_all(&from, &to).map_err(|why| Stop::failed("the store cannot be copied", &why))?;
        if lock.is_none() && from.lock().exists() {
            return Err(Stop::new(
                Exit::NotNow,
                "a bot was started while the store was being copied; ask again",
            ));
        }
        drop(lock);
        let options = Options {
            incarnation: None,
            ..Options::new(1, admin::now())
        };
        let opened = snapshots::open(&to, &options).map_err(|why| fault::open(&from, &why))?;
        Ok(Self {
            data: data.to_owned(),
            reader: opened.store.reader(),
            store: opened.store,
            started: opened.started,
            _scratch: scratch,
        })
    }
}

/// Keeps a bot from starting. Shared: several may look at the same time. `None` where no bot ever made
/// the lock file; it is not made here.
fn lock(data: &DataDir) -> Result<Option<File>, Stop> {
    let failed =
        |fault: io::Error| Stop::failed("the data directory's lock cannot be used", &fault);
    let mut file = match File::open(data.lock()) {
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(failed)?,
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => {
            let mut pid = String::new();
            // Only for the message.
            let _ = file.read_to_string(&mut pid);
            let text = format!(
                "a bot (pid {}) uses {} but does not answer; it may be starting or ending",
                pid.trim(),
                data.path().display()
            );
            Err(Stop::new(Exit::NotNow, text))
        }
        Err(fs::TryLockError::Error(fault)) => Err(failed(fault)),
    }
}

/// The store, the note of how far it must reach (an old one has none), and what is in quarantine.
fn copy_all(from: &DataDir, to: &DataDir) -> io::Result<()> {
    copy(&from.store(), &to.store())?;
    if from.quarantine().is_dir() {
        copy(&from.quarantine(), &to.quarantine())?;
    }
    if from.acknowledged().exists() {
        fs::copy(from.acknowledged(), to.acknowledged())?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
