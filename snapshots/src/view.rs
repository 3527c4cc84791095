//! A store that stands still while commits go on.
//!
//! An export or a verification reads everything and takes seconds on a Pi with a large store; commits must
//! not wait for it, and a scan over a moving store is not a backup (positions from now, tickets from a
//! second ago). So while a [`View`] is alive the committer keeps the *old* value of each raw pair that it
//! changes, the first time it changes it, and the view looks there before it looks into the store.
//!
//! **Bound:** at most [`MOST_KEPT`] bytes of old values. Beyond that the view is given up, not the
//! commits: its reads fail with [`ReadFault::ViewExpired`], and whoever needs it takes another, or reads
//! on the committer's thread between two epochs, where nothing changes meanwhile.

use crate::{
    digest::Totals,
    engine::{Change, EngineFault, Pair, Raw},
    fault::ReadFault,
    meta::Identity,
    records::Records,
    store::{Damaged, Entry, Page, Reader},
};
use actors::kernel::record::Key;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// The most bytes of old values that are kept for one view.
pub const MOST_KEPT: usize = 32 * 1024 * 1024;

/// A consistent, read-only picture of the store after one epoch.
pub struct View {
    records: Records,
    old: Arc<Old>,
    identity: Identity,
    epoch: u64,
    totals: Totals,
}

impl View {
    pub(crate) fn new(live: &Records, identity: Identity, epoch: u64, totals: Totals) -> Self {
        let old = Arc::new(Old::default());
        let raw = Arc::new(Overlay {
            base: Arc::clone(&live.raw),
            old: Arc::clone(&old),
        });
        Self {
            records: Records {
                raw,
                cache: None,
                ..live.clone()
            },
            old,
            identity,
            epoch,
            totals,
        }
    }

    pub(crate) fn old(&self) -> &Arc<Old> {
        &self.old
    }

    pub(crate) fn raw(&self) -> &dyn Raw {
        &*self.records.raw
    }

    pub(crate) fn records(&self) -> &Records {
        &self.records
    }

    /// Whose picture it is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// After which epoch it was taken.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// What the store says it holds: to be compared with what a scan finds.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// An answer counts only if the view was still complete when it was read.
    pub(crate) fn checked<T>(&self, answer: Result<T, ReadFault>) -> Result<T, ReadFault> {
        if self.old.expired.load(Ordering::SeqCst) {
            return Err(ReadFault::ViewExpired(self.epoch));
        }
        answer
    }
}

impl Reader for View {
    fn get(&self, key: &Key) -> Result<Option<Entry>, ReadFault> {
        self.checked(self.records.get(key))
    }

    fn scan(&self, from: &Key, to: &Key, limit: usize) -> Result<Page, ReadFault> {
        self.checked(self.records.scan(from, to, limit))
    }

    fn quarantine(&self, key: &Key, why: &str) -> Result<(), ReadFault> {
        self.records.quarantine(key, why)
    }

    fn damaged(&self) -> Vec<Damaged> {
        self.records.damaged()
    }
}

/// The old values of what changed since a view was taken; `None` for what did not exist then.
#[derive(Default)]
pub(crate) struct Old {
    pairs: Mutex<BTreeMap<Vec<u8>, Option<Vec<u8>>>>,
    bytes: Mutex<usize>,
    expired: AtomicBool,
}

impl Old {
    /// Keeps the values that `changes` are about to replace in `store`.
    pub(crate) fn keep(&self, changes: &[Change], store: &dyn Raw) -> Result<(), EngineFault> {
        if self.expired.load(Ordering::SeqCst) {
            return Ok(());
        }
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, _) in changes {
            if self.pairs().contains_key(key) {
                continue;
            }
            let value = store.get(key)?;
            *bytes += key.len() + value.as_ref().map_or(0, Vec::len) + 96;
            if *bytes > MOST_KEPT {
                self.expired.store(true, Ordering::SeqCst);
                self.pairs().clear();
                return Ok(());
            }
            self.pairs().insert(key.clone(), value);
        }
        Ok(())
    }

    /// Everything that has changed since.
    pub(crate) fn keys(&self) -> Vec<Vec<u8>> {
        self.pairs().keys().cloned().collect()
    }

    fn pairs(&self) -> MutexGuard<'_, BTreeMap<Vec<u8>, Option<Vec<u8>>>> {
        self.pairs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The store with the old values laid over it. The caller holds the gate.
struct Overlay {
    base: Arc<dyn Raw>,
    old: Arc<Old>,
}

impl Raw for Overlay {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineFault> {
        match self.old.pairs().get(key) {
            Some(value) => Ok(value.clone()),
            None => self.base.get(key),
        }
    }

    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Pair>, EngineFault> {
        let mut from = from.to_vec();
        while *from < *to {
            let base = self.base.range(&from, to, limit)?;
            let covered = match base.last() {
                Some((last, _)) if base.len() >= limit => after(last),
                _ => to.to_vec(),
            };
            let merged = self.as_it_was(base, &from, &covered);
            if !merged.is_empty() {
                return Ok(merged.into_iter().take(limit).collect());
            }
            // Everything there came later than the view: look behind it.
            from = covered;
        }
        Ok(Vec::new())
    }
}

impl Overlay {
    /// What lay between `from` and `to` when the view was taken, given what the store holds there now.
    fn as_it_was(&self, now: Vec<Pair>, from: &[u8], to: &[u8]) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let mut pairs: BTreeMap<_, _> = now.into_iter().collect();
        for (key, value) in self.old.pairs().range(from.to_vec()..to.to_vec()) {
            match value {
                Some(value) => pairs.insert(key.clone(), value.clone()),
                None => pairs.remove(key),
            };
        }
        pairs
    }
}

/// The smallest bytes greater than `key`.
fn after(key: &[u8]) -> Vec<u8> {
    [key, &[0]].concat()
}
