//! The two faces of the store: [`Store`] for the one committer, [`Reader`] for everybody.
//!
//! - One thread owns the [`Store`] and commits one [`Batch`] at a time. A group of changes costs one
//!   flush; a flush per actor was 24 times slower with 256 writers.
//! - Any thread reads, without waiting for a flush. A reader sees a batch as a whole or not at all, but
//!   possibly *before* it is durable: a shell that loads state looks into the pending epoch first, which
//!   holds the same values.
//! - A [`View`] is a reader that stands still, for exports and verification of a running store.

use crate::{
    digest::Totals,
    fault::{CommitFault, ReadFault},
    format::Damage,
    meta::Identity,
    rebuild::{Rebuild, RebuildFault},
    view::View,
};
use actors::kernel::record::{Key, Record, Write};
use std::{sync::Arc, time::Duration};

/// Everything one epoch changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Number of the epoch: larger than every one committed before.
    pub epoch: u64,
    /// The changes. When a key occurs more than once the last one counts.
    ///
    /// The store sets no bound of its own on their number; `actors::kernel::record` says where an epoch
    /// is cut (1,000 records or 2 MiB).
    pub writes: Vec<Write>,
}

/// What a commit did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The epoch that is durable now.
    pub epoch: u64,
    /// Records that changed. Writes that change nothing are left out and keep their older version.
    pub records: usize,
    /// Raw pairs given to the engine: records, further pieces of large ones, meta.
    pub pairs: usize,
    /// Bytes of those pairs.
    pub bytes: usize,
    /// Time until the batch was applied (reading old values included) …
    pub apply: Duration,
    /// … and from there until it was durable.
    pub sync: Duration,
}

/// A durable store of records, owned by the one thread that commits.
pub trait Store: Send {
    /// Commits `batch` atomically; it is durable when this returns.
    ///
    /// # Errors
    /// See [`CommitFault`]. After a fault with [`CommitFault::needs_reopen`] nothing is known about the
    /// batch: call [`Store::reopen`] until it succeeds, then commit the same batch again. Every other
    /// fault means that nothing was changed.
    fn commit(&mut self, batch: &Batch) -> Result<Committed, CommitFault>;

    /// Opens the engine again after a fault. sled refuses all writes after its first I/O error, and every
    /// read that its cache cannot answer, so there is no other way back. Readers stay valid: they report
    /// faults meanwhile and work again afterwards.
    ///
    /// # Errors
    /// When the cause is still there: try again later.
    fn reopen(&mut self) -> Result<(), CommitFault>;

    /// A handle for reading, valid as long as the store.
    fn reader(&self) -> Arc<dyn Reader>;

    /// The store as it is now, standing still while commits go on. See [`View`] for its bound.
    fn view(&mut self) -> View;

    /// Who this store is.
    fn identity(&self) -> &Identity;

    /// The last durable epoch.
    fn last_epoch(&self) -> u64;

    /// Gives up the quarantined record under `key`: removes it from the store (its bytes stay in the
    /// quarantine directory), counts the totals again, and allows writes to `key`.
    ///
    /// # Errors
    /// As [`Store::commit`]; [`CommitFault::NotQuarantined`] when there is nothing to give up.
    fn discard_damaged(&mut self, key: &Key) -> Result<(), CommitFault>;

    /// Counts the totals again by a full scan and stores them: an operator's answer to a digest
    /// mismatch that was looked into. Commits wait meanwhile.
    ///
    /// # Errors
    /// As [`Store::commit`].
    fn recount(&mut self) -> Result<Totals, CommitFault>;

    /// Begins to build the store anew, so that what was removed is no longer anywhere on the disk: see
    /// [`crate::rebuild`]. `None` where it is gone already.
    ///
    /// # Errors
    /// When there is no room for another one; this one is as it was.
    fn rebuild(&mut self) -> Result<Option<Rebuild>, RebuildFault>;

    /// Goes on with the store built anew, in which everything was copied. What was before lies aside and is
    /// removed by [`crate::DataDir::remove_replaced`].
    ///
    /// # Errors
    /// As [`Store::commit`].
    fn exchange(&mut self, rebuild: Rebuild) -> Result<(), CommitFault>;

    /// How the store is.
    fn health(&self) -> Health;

    /// Closes the store; everything committed is durable already.
    ///
    /// # Errors
    /// When the engine cannot write its own bookkeeping.
    fn close(self: Box<Self>) -> Result<(), CommitFault>;
}

/// Reads records, from any thread.
pub trait Reader: Send + Sync {
    /// The record under `key`.
    ///
    /// # Errors
    /// [`ReadFault::Damaged`] when it is damaged (it is in quarantine then, see [`Reader::damaged`]), or
    /// a fault of the engine.
    fn get(&self, key: &Key) -> Result<Option<Entry>, ReadFault>;

    /// As [`Reader::get`]; `None` when that would have to wait for a batch that is being applied, a few
    /// milliseconds. Only the live store has such batches.
    fn get_now(&self, key: &Key) -> Option<Result<Option<Entry>, ReadFault>> {
        Some(self.get(key))
    }

    /// Records with `from <= key < to` in key order: at most `limit`, fewer when they are large.
    ///
    /// Damaged records are quarantined and reported in the page, never left out silently.
    ///
    /// # Errors
    /// A fault of the engine.
    fn scan(&self, from: &Key, to: &Key, limit: usize) -> Result<Page, ReadFault>;

    /// Puts the record under `key` into quarantine because its payload cannot be understood: an unknown
    /// kind or schema, or bytes that do not decode. Its bytes are kept and writes to it refused.
    ///
    /// # Errors
    /// A fault of the engine; writes to it are refused all the same.
    fn quarantine(&self, key: &Key, why: &str) -> Result<(), ReadFault>;

    /// Every record in quarantine.
    fn damaged(&self) -> Vec<Damaged>;

    /// Records whose keys begin with `prefix`, from `from` on (a [`Page::next`], or `prefix` itself).
    ///
    /// # Errors
    /// As [`Reader::scan`].
    fn scan_prefix(&self, prefix: &Key, from: &Key, limit: usize) -> Result<Page, ReadFault> {
        self.scan(from.max(prefix), &end_of(prefix), limit)
    }
}

/// One record as it lies in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where.
    pub key: Key,
    /// The epoch that wrote it.
    pub epoch: u64,
    /// CRC of key, header and payload.
    pub crc: u32,
    /// The value.
    pub record: Record,
}

/// A part of a scan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Intact records in key order.
    pub entries: Vec<Entry>,
    /// Damaged ones met on the way.
    pub damaged: Vec<Damaged>,
    /// Where to go on; `None` at the end.
    pub next: Option<Key>,
}

/// A record that is not what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// Where it lies.
    pub key: Key,
    /// What is wrong with it.
    pub damage: Damage,
    /// The name of the file in the quarantine directory that holds its bytes; `None` when they could not
    /// be copied (tried again whenever the record is met). They stay in the store in either case.
    pub copy: Option<String>,
}

/// How a store is; see [`Store::health`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The last durable epoch.
    pub epoch: u64,
    /// Records and digest.
    pub totals: Totals,
    /// Bytes on disk; 0 in memory.
    pub bytes_on_disk: u64,
    /// Files in sled's `blobs/`, which are not durable: anything but 0 is a bug to report.
    pub blobs: usize,
    /// Records in quarantine.
    pub quarantined: usize,
    /// Set while the store refuses commits until it is re-opened: the fault in words.
    pub broken: Option<String>,
    /// Views that are in use.
    pub views: usize,
}

impl Health {
    /// Nothing needs a person.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.blobs == 0 && self.quarantined == 0 && self.broken.is_none()
    }
}

/// The first key after all that begin with `prefix`.
#[must_use]
pub fn end_of(prefix: &Key) -> Key {
    let mut bytes = prefix.bytes().to_vec();
    while let Some(last) = bytes.pop() {
        if last < u8::MAX {
            bytes.push(last + 1);
            return Key::from_bytes(&bytes).expect("no longer than the prefix and not empty");
        }
    }
    Key::from_bytes(&[u8::MAX; 255]).expect("255 bytes are a key")
}

/// The bounds of everything: `scan(&all().0, &all().1, …)` visits each record, meta included.
#[must_use]
pub fn all() -> (Key, Key) {
    let key = |byte| Key::from_bytes(&[byte]).expect("one byte is a key");
    (key(0), key(crate::chunk::SPACE))
}
