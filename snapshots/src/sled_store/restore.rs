//! From an export back to a store.
//!
//! A restored store is an *older* state of the world in a new life, and must not pretend otherwise:
//!
//! - it gets a **new incarnation**, so that nonces of its messages never meet those of the lost life;
//! - **gateway sessions end**: each begins anew with a gap since its position in the export, and machines
//!   reconcile what they can ask Discord about. The positions stay, without the sessions' names, because the
//!   numbers of sessions go on from them: effects are named after the events that led to them, and two
//!   effects of one name would take each other's place;
//! - **outbox rows are put up for review**: they may have been carried out long ago, by the life that was
//!   lost. Each moves, payload and schema unchanged, from [`Space::Outbox`] to [`Space::DeadLetter`] under
//!   the same body. A dead letter that still has the *outbox* schema is one that waits for a person, who
//!   retries or drops it.
//!
//! Nothing is touched before the export was read and verified completely, and the new store takes its place
//! by one rename after it was read and verified as well.

use super::{
    build::{BuildFault, Builder},
    lock::{self, LockFault},
    open::Options,
    upgrade::{STEPS, Step, UpgradeFault, path, turn},
};
use crate::{
    Bincode,
    digest::Totals,
    export::{ExportFault, ExportReader, ExportSummary, verify_export_telling},
    files::{self, DataDir},
    meta::{DATA_FORMAT, Identity, Restored},
    store::Entry,
};
use actors::kernel::{
    record::{Key, Record, Snapshot as _, Space},
    stored::Position,
};
use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
};

/// What a restore did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestoreReport {
    /// The export it came from.
    pub export: ExportSummary,
    /// What the new store holds.
    pub totals: Totals,
    /// Outbox rows that are up for review.
    pub for_review: u64,
}

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreFault {
    /// Somebody else uses the data directory.
    #[error(transparent)]
    Lock(#[from] LockFault),
    /// There is a store already.
    #[error("{} holds a store already; move it away first", .0.display())]
    NotEmpty(PathBuf),
    /// The export cannot be read.
    #[error("the export cannot be restored")]
    Export(#[from] ExportFault),
    /// Some records of the exported store were damaged and are not in the export.
    #[error("{damaged} damaged records are missing in {}", export.display())]
    Incomplete {
        /// The export.
        export: PathBuf,
        /// How many.
        damaged: u64,
    },
    /// The export was written by a newer program.
    #[error("{} holds data of format {found}, this program knows up to {DATA_FORMAT}", export.display())]
    Newer {
        /// The export.
        export: PathBuf,
        /// The format of its data.
        found: u32,
    },
    /// The export is of an older format that this program cannot turn into its own.
    #[error("the export is of an older format")]
    Older(#[from] UpgradeFault),
    /// The new store could not be built.
    #[error("could not build the store")]
    Build(#[from] BuildFault),
    /// A file operation failed.
    #[error("could not {doing} {}", path.display())]
    Io {
        /// What was attempted …
        doing: &'static str,
        /// … on what.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
}

/// How to restore.
pub struct Restore<'a> {
    /// The export.
    pub export: &'a Path,
    /// Where the store shall be; must not hold one.
    pub data: &'a DataDir,
    /// The incarnation of the new store: random, drawn by the caller.
    pub incarnation: u32,
    /// How to open sled.
    pub options: Options,
    /// Also restore an export that misses records because they were damaged.
    pub accept_incomplete: bool,
    /// What becomes of each record, or `None` to leave it out: the erasure list is applied here.
    pub filter: &'a mut dyn FnMut(Entry) -> Option<Entry>,
    /// Records that the export lacks, put beside what is in it.
    pub more: &'a [(Key, Record)],
    /// Told how many records of the export were checked, and then, from 1 on, how many are restored.
    pub progress: &'a mut dyn FnMut(u64),
}

impl Restore<'_> {
    /// Restores.
    ///
    /// # Errors
    /// See [`RestoreFault`]; there is no store then, as before.
    pub fn run(self) -> Result<RestoreReport, RestoreFault> {
        self.run_with(STEPS)
    }

    pub(super) fn run_with(mut self, steps: &[Step]) -> Result<RestoreReport, RestoreFault> {
        let io = |doing, path: PathBuf| {
            move |source| RestoreFault::Io {
                doing,
                path,
                source,
            }
        };
        let data = self.data;
        files::create_dir(data.path()).map_err(io("create", data.path().to_owned()))?;
        let _lock = lock::take(data.path(), &data.lock())?;
        let store = data.store();
        if store.exists() || data.ready_store().exists() || data.rebuilt_store().exists() {
            return Err(RestoreFault::NotEmpty(store));
        }
        let export = verify_export_telling(self.export, self.progress)?;
        self.acceptable(&export)?;
        let steps = path(steps, export.header.data_format)?;
        let (builder, counts) = self.build(&steps, &export)?;
        let identity = Identity {
            data_format: DATA_FORMAT,
            incarnation: self.incarnation,
            created_at_epoch: export.header.epoch,
            restored: Some(Restored {
                from_incarnation: export.header.incarnation,
                at_epoch: export.header.epoch,
                for_review: counts.for_review,
            }),
        };
        let totals = builder.finish(&identity, export.header.epoch + 1)?;
        files::rename(&data.new_store(), &store).map_err(io("put in place", data.new_store()))?;
        let Counts { for_review, .. } = counts;
        Ok(RestoreReport {
            export,
            totals,
            for_review,
        })
    }

    fn acceptable(&self, export: &ExportSummary) -> Result<(), RestoreFault> {
        let (path, damaged) = (self.export.to_owned(), export.damaged);
        let found = export.header.data_format;
        if found > DATA_FORMAT {
            return Err(RestoreFault::Newer {
                export: path,
                found,
            });
        }
        if damaged > 0 && !self.accept_incomplete {
            return Err(RestoreFault::Incomplete {
                export: path,
                damaged,
            });
        }
        Ok(())
    }

    fn build(
        &mut self,
        steps: &[Step],
        export: &ExportSummary,
    ) -> Result<(Builder, Counts), RestoreFault> {
        let mut builder = Builder::begin(self.data.new_store(), self.options.tuning())?;
        let mut reader = ExportReader::open(self.export)?;
        let mut counts = Counts::default();
        while let Some(entry) = reader.next()? {
            counts.read += 1;
            (self.progress)(counts.read);
            let Some(entry) = (self.filter)(entry) else {
                continue;
            };
            for (key, record) in turn(steps, entry.key, entry.record) {
                if let Some((key, epoch, record)) = counts.settle(key, record, entry.epoch, export)
                {
                    builder.put(&key, epoch, &record)?;
                }
            }
        }
        for (key, record) in self.more {
            builder.put(key, export.header.epoch + 1, record)?;
        }
        Ok((builder, counts))
    }
}

#[derive(Default)]
struct Counts {
    read: u64,
    for_review: u64,
    dead_letters: BTreeSet<Key>,
}

impl Counts {
    /// What becomes of a record in its new life.
    fn settle(
        &mut self,
        key: Key,
        record: Record,
        epoch: u64,
        export: &ExportSummary,
    ) -> Option<(Key, u64, Record)> {
        match key.space() {
            Some(Space::Position) => Some((key, epoch, without_session(&record)?)),
            Some(Space::Outbox) => {
                self.for_review += 1;
                let mut key = Key::new(Space::DeadLetter, key.body());
                while self.dead_letters.contains(&key) {
                    key = Key::new(Space::DeadLetter, &[key.body(), b"+"].concat());
                }
                Some((key, export.header.epoch + 1, record))
            }
            Some(Space::DeadLetter) => {
                // They come before outbox rows, whose keys are greater.
                self.dead_letters.insert(key.clone());
                Some((key, epoch, record))
            }
            _ => Some((key, epoch, record)),
        }
    }
}

/// A position that nobody resumes from. Nothing when it cannot be read: then nobody could either.
fn without_session(record: &Record) -> Option<Record> {
    let mut position = Position::from_record(&Bincode, record).ok()?;
    position.session_id.clear();
    position.to_record(&Bincode).ok()
}
