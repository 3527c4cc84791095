//! From an older format of the data to this one.
//!
//! An upgrade never changes the store it reads. It exports it, builds the new one beside it record by
//! record, verifies that, and only then exchanges the two directories; the old one stays as
//! `store.replaced-N` until somebody removes it. A kill at any moment leaves either the old store (and the
//! upgrade begins again) or a complete `store.ready`, which the next start puts in place.
//!
//! **To add a format:** raise [`DATA_FORMAT`], and add the step from the one before to [`STEPS`]. New schemas
//! of single payloads need none of this: see `actors::kernel::record::Snapshot::upcast`.

use super::{
    build::{BuildFault, Builder},
    engine::{SledEngine, Tuning},
};
use crate::{
    EngineFault,
    engine::Engine,
    export::{self, ExportFault, Reason},
    fault::ReadFault,
    files::{self, DataDir},
    meta::{DATA_FORMAT, Identity, Progress},
    records::Records,
    store::{Entry, Reader, all},
    view::View,
};
use actors::kernel::{
    record::{Key, Record, Space},
    time::Timestamp,
};
use std::io;

/// How records of one format become records of the next.
#[derive(Clone, Copy)]
pub(super) struct Step {
    /// The format it reads; it writes the next.
    pub(super) from: u32,
    /// What becomes of one record. Keys must stay distinct.
    pub(super) turn: fn(&Key, &Record) -> Vec<(Key, Record)>,
}

/// Every step this program knows; none yet, 1 is the first format.
pub(super) const STEPS: &[Step] = &[];

/// Why an older store was not upgraded. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum UpgradeFault {
    /// This program does not know how.
    #[error("this program knows no step from data format {0} to the next")]
    NoStep(u32),
    /// The export that is made first failed.
    #[error("could not export the store before its upgrade")]
    Export(#[from] ExportFault),
    /// The old store could not be read.
    #[error("could not read the store")]
    Read(#[from] ReadFault),
    /// The old store has damaged records: they would not survive. Decide about them with the older
    /// program first.
    #[error("{0} records are damaged")]
    Damaged(u64),
    /// The new store could not be built.
    #[error("could not build the upgraded store")]
    Build(#[from] BuildFault),
    /// The old store could not be closed.
    #[error("could not close the store")]
    Close(#[from] EngineFault),
    /// The directories could not be exchanged; the next start tries again.
    #[error("could not put the upgraded store in place")]
    Exchange(#[from] io::Error),
}

/// Everything an upgrade needs to know.
pub(super) struct Upgrade<'a> {
    pub(super) data: &'a DataDir,
    pub(super) tuning: Tuning,
    pub(super) steps: &'a [Step],
    pub(super) now: Timestamp,
}

impl Upgrade<'_> {
    /// Upgrades the store in `engine`, which holds `identity` and `progress`, and closes it. Afterwards the
    /// upgraded store lies in its place.
    pub(super) fn run(
        &self,
        engine: &SledEngine,
        records: &Records,
        identity: &Identity,
        progress: Progress,
    ) -> Result<(), UpgradeFault> {
        let steps = path(self.steps, identity.data_format)?;
        let view = View::new(records, identity.clone(), progress.epoch, progress.totals());
        let (_, summary) = export::write(
            &view,
            &self.data.exports(),
            Reason::Upgrade,
            self.now,
            &mut |_| {},
        )?;
        if summary.damaged > 0 {
            return Err(UpgradeFault::Damaged(summary.damaged));
        }
        let mut builder = Builder::begin(self.data.new_store(), self.tuning)?;
        each(&view, |entry| {
            for (key, record) in turn(&steps, entry.key, entry.record) {
                builder.put(&key, entry.epoch, &record)?;
            }
            Ok(())
        })?;
        let identity = Identity {
            data_format: DATA_FORMAT,
            ..identity.clone()
        };
        builder.finish(&identity, progress.epoch)?;
        engine.close()?;
        put_new_in_place(self.data)?;
        Ok(())
    }
}

/// The same for a `store.new` that was just completed.
pub(super) fn put_new_in_place(data: &DataDir) -> io::Result<()> {
    files::rename(&data.new_store(), &data.ready_store())?;
    put_in_place(data)
}

/// Exchanges `store` for a complete `store.ready`, if there is one.
pub(super) fn put_in_place(data: &DataDir) -> io::Result<()> {
    let (live, ready) = (data.store(), data.ready_store());
    if !ready.exists() {
        return Ok(());
    }
    if live.exists() {
        files::rename(&live, &data.aside("replaced"))?;
    }
    files::rename(&ready, &live)
}

/// Puts a store built anew in the place of the live one, which goes aside, if there is one: at start, and
/// whenever the engine is opened again, so that nothing is ever written to the one that it replaces.
pub(super) fn put_rebuilt_in_place(data: &DataDir) -> io::Result<()> {
    let (live, rebuilt) = (data.store(), data.rebuilt_store());
    if !rebuilt.exists() {
        return Ok(());
    }
    if live.exists() {
        files::rename(&live, &data.aside("erased"))?;
    }
    files::rename(&rebuilt, &live)
}

/// The steps from format `from` to ours, in order.
pub(super) fn path(steps: &[Step], from: u32) -> Result<Vec<Step>, UpgradeFault> {
    let step = |from| steps.iter().find(|step| step.from == from).copied();
    (from..DATA_FORMAT)
        .map(|from| step(from).ok_or(UpgradeFault::NoStep(from)))
        .collect()
}

/// What becomes of a record on its way through `steps`.
pub(super) fn turn(steps: &[Step], key: Key, record: Record) -> Vec<(Key, Record)> {
    let mut records = vec![(key, record)];
    for step in steps {
        records = records
            .iter()
            .flat_map(|(key, record)| (step.turn)(key, record))
            .collect();
    }
    records
}

fn each(
    view: &View,
    mut visit: impl FnMut(Entry) -> Result<(), BuildFault>,
) -> Result<(), UpgradeFault> {
    let (mut next, end) = all();
    loop {
        let page = view.scan(&next, &end, 256)?;
        for entry in page.entries {
            if entry.key.space() != Some(Space::Meta) {
                visit(entry)?;
            }
        }
        let Some(further) = page.next else {
            return Ok(());
        };
        next = further;
    }
}
