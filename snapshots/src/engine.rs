//! What a storage engine must be able to do, and nothing about records.
//!
//! An engine is an ordered map from bytes to bytes with one atomic batch and one way to make it durable.
//! Envelope, chunks, digest, quarantine and views are built on top once, in `core.rs`, so sled and
//! memory behave the same by construction and a third engine is a page of code (redb 4.4 held up just as
//! well in the crash tests and is the one to take if sled has to go).

use std::io;

/// An ordered set of raw pairs that can be read from any thread.
pub(crate) trait Raw: Send + Sync {
    /// The value under `key`.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineFault>;

    /// The first `limit` pairs with `from <= key < to`, in key order.
    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Pair>, EngineFault>;
}

/// A key and its value.
pub(crate) type Pair = (Vec<u8>, Vec<u8>);

/// A key and its new value; `None` removes it. Keys of one batch are distinct.
pub(crate) type Change = (Vec<u8>, Option<Vec<u8>>);

/// A place for raw pairs. Changed by one thread, read by many.
pub(crate) trait Engine: Raw + 'static {
    /// Applies all of `changes` or, after a crash, none. Readers may see them before they are durable.
    fn apply(&self, changes: &[Change]) -> Result<(), EngineFault>;

    /// Returns when everything applied before is durable.
    fn sync(&self) -> Result<(), EngineFault>;

    /// Opens the store again after a fault, with what is durable.
    fn reopen(&self) -> Result<(), EngineFault>;

    /// Notes outside of the store that `epoch` was acknowledged; cheap, and best effort.
    fn acknowledge(&self, _incarnation: u32, _epoch: u64) {}

    /// The newest epoch so noted; at most the last one that was acknowledged.
    fn acknowledged(&self, _incarnation: u32) -> Option<u64> {
        None
    }

    /// An empty engine beside this one, which is to take its place; `None` where what was removed is gone
    /// by itself.
    fn beside(&self) -> Result<Option<Box<dyn Engine>>, EngineFault> {
        Ok(None)
    }

    /// Goes on with what `fresh` holds, which is closed; after a fault only [`Engine::reopen`] helps.
    fn take_place(&self, fresh: &dyn Engine) -> Result<(), EngineFault> {
        let _ = fresh;
        Ok(())
    }

    /// Figures for operators.
    fn facts(&self) -> Facts;

    /// Lets go of files and locks.
    fn close(&self) -> Result<(), EngineFault>;
}

/// What an engine says about itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Bytes on disk.
    pub(crate) bytes_on_disk: u64,
    /// Files in sled's `blobs/`; must be 0.
    pub(crate) blobs: usize,
}

/// Why the engine did not do it.
#[derive(Debug, thiserror::Error)]
pub enum EngineFault {
    /// No space is left, or a quota is used up.
    #[error("no space is left on the device")]
    Full(#[source] io::Error),
    /// The operating system refused a read or a write.
    #[error("the operating system refused it")]
    Io(#[source] io::Error),
    /// The engine found its own files damaged.
    #[error("the engine finds its files damaged: {0}")]
    Corrupt(String),
    /// The engine panicked; the panic was caught.
    #[error("the engine panicked: {0}")]
    Panicked(String),
    /// It is closed, or could not be re-opened yet.
    #[error("the store is closed")]
    Closed,
}

impl From<io::Error> for EngineFault {
    fn from(fault: io::Error) -> Self {
        match fault.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(fault),
            _ => Self::Io(fault),
        }
    }
}
