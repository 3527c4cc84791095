//! Building a whole store at once: a first one, a restored one, an upgraded one.
//!
//! It is built in a directory of its own, and its identity is written last and with everything durable:
//! a store without an identity does not open, so half a store cannot be taken for a whole one.

use super::engine::{SledEngine, Tuning, sync_new};
use crate::{
    chunk,
    core::Core,
    digest::Totals,
    engine::{Change, Engine, EngineFault},
    files,
    format::{self, Header},
    meta::{self, Identity, Progress},
    quarantine::Quarantine,
    start::{self, StartFault},
    store::Store,
    verify::{VerifyReport, verify},
};
use actors::kernel::record::{Key, Record};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Raw pairs per batch: at most 4 MiB.
const BATCH: usize = 1_000;

/// A store under construction. Keys must come once each.
pub(super) struct Builder {
    path: PathBuf,
    tuning: Tuning,
    engine: SledEngine,
    changes: Vec<Change>,
    totals: Totals,
}

/// Why a store could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildFault {
    /// A file operation failed.
    #[error("could not prepare the directory")]
    Io(#[from] io::Error),
    /// The engine failed.
    #[error("could not write the records")]
    Engine(#[from] EngineFault),
    /// What was built does not open.
    #[error("the new store does not open")]
    Start(#[from] StartFault),
    /// What was built could not be read.
    #[error("the new store cannot be read")]
    Read(#[from] crate::ReadFault),
    /// What was built is not what it should be.
    #[error("the new store is not what was written: {0:?}")]
    Verify(Box<VerifyReport>),
}

impl Builder {
    /// Begins a store at `path`; what a killed process left there is removed.
    pub(super) fn begin(path: PathBuf, tuning: Tuning) -> Result<Self, BuildFault> {
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        files::create_dir(&path)?;
        let engine = SledEngine::open(path.clone(), tuning)?;
        Ok(Self {
            path,
            tuning,
            engine,
            changes: Vec::new(),
            totals: Totals::default(),
        })
    }

    /// Adds a record.
    pub(super) fn put(&mut self, key: &Key, epoch: u64, record: &Record) -> Result<(), BuildFault> {
        let sealed = format::seal(key, epoch, record);
        let header = Header::parse(&sealed).expect("we have just sealed it");
        self.totals.add(key, epoch, header.crc);
        chunk::split(key, &sealed, &mut self.changes);
        if self.changes.len() >= BATCH {
            self.engine.apply(&std::mem::take(&mut self.changes))?;
        }
        Ok(())
    }

    /// Completes the store as `identity` with `epoch` as its last, verifies it, and closes it.
    pub(super) fn finish(mut self, identity: &Identity, epoch: u64) -> Result<Totals, BuildFault> {
        self.engine.apply(&std::mem::take(&mut self.changes))?;
        self.engine.sync()?;
        let progress = Progress::new(epoch, self.totals);
        let meta = [
            (Identity::key(), meta::record(identity)),
            (Progress::key(), meta::record(&progress)),
        ];
        for (key, record) in &meta {
            chunk::split(key, &format::seal(key, epoch, record), &mut self.changes);
        }
        self.engine.apply(&self.changes)?;
        self.engine.sync()?;
        self.engine.close()?;
        sync_new(&self.path)?;
        check(&self.path, self.tuning)?;
        Ok(self.totals)
    }
}

/// Opens the store at `path` as the next start will, and reads all of it.
fn check(path: &Path, tuning: Tuning) -> Result<(), BuildFault> {
    let engine = Arc::new(SledEngine::open(path.to_owned(), tuning)?);
    let (mut core, _): (Core<SledEngine>, _) =
        start::start(Arc::clone(&engine), Quarantine::new(None), None)?;
    let report = verify(&core.view(), &mut |_| {})?;
    drop(core);
    engine.close()?;
    if report.is_good() {
        Ok(())
    } else {
        Err(BuildFault::Verify(Box::new(report)))
    }
}
