//! What can go wrong between the store and its users, and what to do about it.

use crate::{engine::EngineFault, format::Damage, rebuild::RebuildFault};
use actors::kernel::record::{Key, MAX_PAYLOAD};

/// Why an epoch was not committed.
#[derive(Debug, thiserror::Error)]
pub enum CommitFault {
    /// The engine failed. Whether the batch is durable is unknown until [`crate::Store::reopen`].
    #[error("could not {doing} epoch {epoch}")]
    Engine {
        /// Which step: "read the old values of", "apply", "make durable", …
        doing: &'static str,
        /// The epoch.
        epoch: u64,
        /// What the engine says.
        #[source]
        source: EngineFault,
    },
    /// The store built anew cannot take the place of this one, which is as it was.
    #[error("could not complete the store built anew")]
    Rebuild(#[from] RebuildFault),
    /// The engine could not be opened again.
    #[error("could not re-open the store")]
    Reopen(#[source] EngineFault),
    /// The store failed before and was not re-opened since.
    #[error("the store needs to be re-opened after an earlier fault")]
    Broken,
    /// The batch writes to records that are in quarantine. Nothing was changed: commit the epoch again
    /// without the machines they belong to.
    #[error("epoch {epoch} writes to {} records in quarantine, first {:?}", keys.len(), keys.first())]
    Quarantined {
        /// The epoch.
        epoch: u64,
        /// All of them.
        keys: Vec<Key>,
    },
    /// Asked to give up a record that is not in quarantine.
    #[error("{0:?} is not in quarantine")]
    NotQuarantined(Key),
    /// A bug of the caller: this write is not allowed.
    #[error("write to {key:?} refused: {why}")]
    Refused {
        /// Where.
        key: Key,
        /// The rule it breaks.
        why: Refused,
    },
    /// A bug of the caller: epochs go up.
    #[error("epoch {got} does not follow epoch {last}")]
    Order {
        /// The last durable epoch.
        last: u64,
        /// The epoch of the batch.
        got: u64,
    },
    /// After re-opening, less is durable than was acknowledged: the disk lied, or the files were changed.
    /// Nothing can be committed on top; restore an export.
    #[error("epoch {acknowledged} was acknowledged, but the store ends at epoch {found}")]
    Lost {
        /// The last epoch that was reported durable.
        acknowledged: u64,
        /// The last one that is there.
        found: u64,
    },
    /// The scan that counts the records failed.
    #[error("could not count the records")]
    Count(#[source] ReadFault),
    /// The meta record that travels with each epoch is unreadable after re-opening.
    #[error("the store's own record of its progress is damaged")]
    Progress(#[source] Damage),
}

/// A rule for writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Larger than a record may be; the kernel's codec refuses it earlier.
    #[error("payload of {0} bytes, more than {MAX_PAYLOAD}")]
    TooLarge(usize),
    /// Longer than a key may be.
    #[error("key of {0} bytes, more than 255")]
    KeyTooLong(usize),
    /// Written by this crate only.
    #[error("its space belongs to the store itself")]
    Reserved,
}

impl CommitFault {
    /// The store must be re-opened, then the same batch committed again.
    #[must_use]
    pub fn needs_reopen(&self) -> bool {
        matches!(
            self,
            Self::Engine { .. } | Self::Reopen(_) | Self::Broken | Self::Progress(_)
        )
    }

    /// The cause is a full disk: wait for space.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let (Self::Engine { source, .. } | Self::Reopen(source)) = self else {
            return false;
        };
        matches!(source, EngineFault::Full(_))
    }
}

/// Why a record could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadFault {
    /// It is damaged, and now in quarantine.
    #[error("the record under {key:?} is damaged")]
    Damaged {
        /// Where.
        key: Key,
        /// What is wrong.
        #[source]
        damage: Damage,
    },
    /// The engine failed.
    #[error("could not read {key:?}")]
    Engine {
        /// Where, or from where on.
        key: Key,
        /// What the engine says.
        #[source]
        source: EngineFault,
    },
    /// So much changed since the view was taken that it was given up; take a new one.
    #[error("the view of epoch {0} was given up because too much changed since")]
    ViewExpired(u64),
}
