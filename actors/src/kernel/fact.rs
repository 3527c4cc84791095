//! What machines tell each other. A fact is an outbox row that never leaves the process: it is
//! deleted in the batch that holds the receiver's turn, so it arrives exactly once. No machine may
//! depend on the order between a fact and a gateway event.

use super::{
    activity::Last,
    address::Kind,
    call::Permissions,
    civil::Zone,
    ids::{ChannelId, RoleId, UserId},
    own::Known,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What every feature of a guild needs to know; decided by the settings machine, and part of the
/// state of each machine it is told to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    /// The guild's time zone.
    pub zone: Zone,
    /// Roles whose members may use moderator commands, besides those who may manage the server.
    pub moderators: BTreeSet<RoleId>,
    /// Where alerts go.
    pub log_channel: Option<ChannelId>,
    /// Whom alerts reach by direct message while no log channel is set.
    pub owner: Option<UserId>,
    /// The guild's name, unescaped.
    pub guild_name: String,
}

/// One line of `/setup`: how a feature stands in this guild.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Which feature.
    pub kind: Kind,
    /// Whether it is switched on.
    pub on: bool,
    /// In words: "greets in <#1>".
    pub summary: String,
    /// What to do next, if anything: a command.
    pub next_step: Option<String>,
    /// What it must be allowed to do, and where; no channel means in the guild.
    pub needs: Vec<(Option<ChannelId>, Permissions)>,
    /// Privileged intents without which part of it stays dark, with what is lost.
    pub intents: Vec<(String, String)>,
}

/// Something one machine tells another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact {
    /// The settings all features share, after a change.
    Shared(Shared),
    /// A machine that has no settings yet asks for them.
    SharedWanted,
    /// How a feature stands, after a change.
    Standing(Standing),
    /// A machine reminds itself to go on with a sweep over its rows.
    Sweep {
        /// Which sweep.
        tag: String,
        /// Rows from this key on; the raw row key.
        from: Vec<u8>,
    },
    /// A member wants to know what a machine knows about them: see [`super::own`].
    KnowledgeWanted {
        /// Who.
        user: UserId,
        /// Which question.
        ask: u64,
    },
    /// A member wants to be forgotten; answered as the question is, with what stays.
    Forget {
        /// Who.
        user: UserId,
        /// Which question.
        ask: u64,
    },
    /// The answer.
    Knowledge {
        /// To which question.
        ask: u64,
        /// What is known.
        known: Vec<Known>,
    },
    /// A member who was forgotten may be recorded again.
    RecordAgain {
        /// Who.
        user: UserId,
    },
    /// What another bot recorded, brought by the operator; at most [`MAX_IMPORTED`].
    Imported(Vec<LastSeen>),
    /// The bot was removed from the server so long ago that what it knew there goes. From the runtime to the
    /// settings machine.
    GraceOver {
        /// When it was removed: it may have been invited again since.
        left_at: Timestamp,
    },
    /// Everything about the server goes.
    GuildForgotten,
    /// The owner wants what is done when the bot joins a server done once more.
    SetupAgain,
}

/// Most members of one [`Fact::Imported`]: a turn loads and writes a row for each.
pub const MAX_IMPORTED: usize = 400;

/// When another bot last saw somebody do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastSeen {
    /// Who.
    pub user: UserId,
    /// Their newest deed.
    pub last: Last,
    /// Their first one, where that is known.
    pub first: Option<Timestamp>,
}
