//! Chores: what a machine wants done in our own house, around the store, instead of in Discord.
//!
//! They lie in the outbox like every other effect, so none is lost; the runtime carries them out. Each
//! can be done twice without harm.

use super::{
    address::{Address, Kind, Scope},
    effect::Lane,
    ids::UserId,
};
use serde::{Deserialize, Serialize};

/// One thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Chore {
    /// Notes beside the store that somebody asked to be forgotten here, so that an older copy of it does
    /// not bring them back, and sees to the copies. Done when the note is durable; the copies follow.
    Erase {
        /// Where.
        scope: Scope,
        /// Who.
        user: UserId,
    },
    /// Takes that note away: they may be recorded again.
    Record {
        /// Where.
        scope: Scope,
        /// Who.
        user: UserId,
    },
    /// Starts a machine's actor again from what the store holds.
    Reload {
        /// Which.
        machine: Address,
    },
}

impl Chore {
    /// Chores of one lane are done in their order.
    #[must_use]
    pub fn lane(&self) -> Lane {
        match *self {
            Self::Erase { scope, .. } | Self::Record { scope, .. } => Lane::Local(Address {
                scope,
                kind: Kind::Privacy,
                number: 0,
            }),
            Self::Reload { machine } => Lane::Local(machine),
        }
    }

    /// A short name for logs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Erase { .. } => "erase",
            Self::Record { .. } => "record_again",
            Self::Reload { .. } => "reload",
        }
    }
}
