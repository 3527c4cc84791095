//! What the store knows about itself, as two records in [`Space::Meta`].
//!
//! - [`Identity`] is written when the store is created or restored: format of the data, incarnation. It
//!   hardly changes, so nothing that happens often can damage it.
//! - `Progress` is written in the atomic batch of every epoch: its number, and the totals.
//!
//! They are two because they fail differently. A damaged `Progress` can be counted again (the last epoch
//! is the newest version of any record), with an alert; a damaged `Identity` cannot be guessed, because
//! message nonces are derived from the incarnation and a new one would let messages appear twice. A
//! store without a readable identity does not open.

use crate::{
    Bincode,
    digest::{Digest, Totals},
    format::Damage,
};
use actors::kernel::record::{Codec, CodecFault, Key, Record, Snapshot, Space};
use serde::{Deserialize, Serialize};

/// The format of the data this program writes: keys, spaces, envelope, meaning of the meta records.
///
/// Schemas of single payloads have versions of their own and do not change this number.
pub const DATA_FORMAT: u32 = 1;

/// Who this store is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The format of the data.
    pub data_format: u32,
    /// Drawn at random when the store was created or restored. Part of every message nonce: effects of
    /// different lives of a store never pass for each other.
    pub incarnation: u32,
    /// The last epoch before this store existed: 0, or the epoch of the restored export.
    pub created_at_epoch: u64,
    /// Set when the store was restored from an export: which.
    ///
    /// The runtime takes this as: positions are gone, every shard begins with a gap, and records in
    /// [`Space::DeadLetter`] that have the schema of an outbox row wait for a person's decision.
    pub restored: Option<Restored>,
}

/// Where a restored store came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// The incarnation of the store that was exported.
    pub from_incarnation: u32,
    /// Its last epoch then. The restored store's first epoch is this plus one.
    pub at_epoch: u64,
    /// How many outbox rows are up for review.
    pub for_review: u64,
}

/// How far the store has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    pub(crate) epoch: u64,
    records: u64,
    digest: u128,
}

impl Progress {
    pub(crate) fn new(epoch: u64, totals: Totals) -> Self {
        Self {
            epoch,
            records: totals.records,
            digest: totals.digest.0,
        }
    }

    pub(crate) fn totals(&self) -> Totals {
        Totals {
            records: self.records,
            digest: Digest(self.digest),
        }
    }

    pub(crate) fn key() -> Key {
        Key::new(Space::Meta, b"progress")
    }
}

impl Identity {
    /// A new store.
    #[must_use]
    pub fn new(incarnation: u32) -> Self {
        Self {
            data_format: DATA_FORMAT,
            incarnation,
            created_at_epoch: 0,
            restored: None,
        }
    }

    /// The key it lies under.
    #[must_use]
    pub fn key() -> Key {
        Key::new(Space::Meta, b"identity")
    }
}

impl Snapshot for Identity {
    const KIND: u16 = 0xff01;
    const VERSION: u16 = 1;
}

impl Snapshot for Progress {
    const KIND: u16 = 0xff02;
    const VERSION: u16 = 1;
}

/// The record of a meta value. They are small and of plain fields, so encoding cannot fail.
pub(crate) fn record<T: Snapshot>(value: &T) -> Record {
    value
        .to_record(&Bincode)
        .expect("a meta record is a few plain numbers")
}

/// The meta value in `record`.
pub(crate) fn read<T: Snapshot>(record: &Record) -> Result<T, Damage> {
    T::from_record(&Bincode, record).map_err(|fault| Damage::Undecodable(fault.to_string()))
}

/// The data format alone: the first field of every version of the identity, so that a store of a newer
/// program is refused with its number and not as damage.
pub(crate) fn data_format(record: &Record) -> Result<u32, Damage> {
    let front = record.payload.get(..4).unwrap_or_default();
    Bincode
        .decode(front)
        .map_err(|fault: CodecFault| Damage::Undecodable(fault.to_string()))
}
