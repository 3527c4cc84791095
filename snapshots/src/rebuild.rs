//! Building a store anew beside itself, and exchanging the two: sled writes what changes to the end of its
//! log, so what was removed lies on the disk until its segment is written over, which may be never.
//!
//! 1. [`Store::rebuild`](crate::Store::rebuild) begins it: a view, and an empty engine beside the live one.
//! 2. [`Rebuild::copy`] copies what the view shows, on any thread, while commits go on; it is then read back
//!    and compared.
//! 3. [`Store::exchange`](crate::Store::exchange), on the committer's thread, adds what has changed since,
//!    puts the new one in the place of the live one, and goes on with it. That takes as long as a few commits.
//!
//! Raw pairs are copied as they are, so damaged records stay what they are. Nothing is lost when it fails or is
//! killed at any point: until the new store has its final name the old one is the store, and from then on
//! nothing is written to the old one any more.

use crate::{
    engine::{Change, Engine, EngineFault, Pair, Raw},
    fault::ReadFault,
    view::View,
};

/// Pairs copied at once: at most 4 MiB.
const PAGE: usize = 1_000;

/// Why a store was not built anew. The live one is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RebuildFault {
    /// The new store could not be written or read.
    #[error("could not build the store anew")]
    Engine(#[from] EngineFault),
    /// So much changed meanwhile that the old values were given up; try again when there is less to do.
    #[error(transparent)]
    Expired(#[from] ReadFault),
    /// What is read back is not what was written.
    #[error("the new store does not hold what was copied into it")]
    Differs,
}

/// A store on its way to the place of the live one.
pub struct Rebuild {
    pub(crate) view: View,
    pub(crate) fresh: Box<dyn Engine>,
}

impl Rebuild {
    /// Copies everything, and checks that it is there.
    ///
    /// # Errors
    /// See [`RebuildFault`].
    pub fn copy(&self) -> Result<(), RebuildFault> {
        self.each(&|page| {
            let changes: Vec<Change> = page
                .iter()
                .map(|(key, value)| (key.clone(), Some(value.clone())))
                .collect();
            Ok(self.fresh.apply(&changes)?)
        })?;
        self.fresh.sync()?;
        self.fresh.reopen()?;
        self.each(&|page| {
            let (Some((first, _)), Some((last, _))) = (page.first(), page.last()) else {
                return Ok(());
            };
            let end = [last, &[0][..]].concat();
            let there = self.fresh.range(first, &end, page.len() + 1)?;
            (there == page).then_some(()).ok_or(RebuildFault::Differs)
        })
    }

    fn each(&self, work: &dyn Fn(&[Pair]) -> Result<(), RebuildFault>) -> Result<(), RebuildFault> {
        let (mut from, to) = (Vec::new(), vec![u8::MAX; 300]);
        loop {
            let page = {
                let _gate = self.view.records().gate.reading();
                self.view.raw().range(&from, &to, PAGE)?
            };
            self.view.checked(Ok(()))?;
            let Some((last, _)) = page.last() else {
                return Ok(());
            };
            from = [last, &[0][..]].concat();
            work(&page)?;
        }
    }

    /// Adds what has changed in `live` since the view was taken.
    pub(crate) fn catch_up(&self, live: &dyn Raw) -> Result<(), RebuildFault> {
        let changed = self.view.old().keys();
        self.view.checked(Ok(()))?;
        for keys in changed.chunks(PAGE) {
            let mut changes: Vec<Change> = Vec::new();
            for key in keys {
                changes.push((key.clone(), live.get(key)?));
            }
            self.fresh.apply(&changes)?;
        }
        Ok(self.fresh.sync()?)
    }
}
