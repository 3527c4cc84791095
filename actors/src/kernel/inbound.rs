//! What a machine can be told: one enum of past-tense events, already decoded and in our own types.
//!
//! The edges (Discord, timers, the outbox) make these; [`super::route`] decides which machines see
//! which; nothing in here refers to a foreign library. All of it can be stored, because an input
//! that makes a machine panic three times is parked on disk.

use super::{
    activity::Activity,
    address::Address,
    call::{Call, Press, Submit},
    effect::Outcome,
    fact::Fact,
    ids::{ChannelId, GuildId, MessageId, RoleId, UserId},
    note::Notes,
    owner::Said,
    record::{Codec, CodecFault, Snapshot},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where in the event stream of a shard: comparable across sessions because ordinals only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Seq {
    /// Which of this shard's gateway sessions; counts from 1 over the life of the store.
    pub session: u32,
    /// Discord's sequence number within the session.
    pub seq: u64,
    /// Which part, when one frame was cut into several inputs.
    pub part: u16,
}

/// The name of one effect: a stable hash of (address, input, n), so that a turn run again makes the
/// same effects under the same names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EffectId(pub u64);

impl fmt::Display for EffectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for EffectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EffectId({self})")
    }
}

/// Which input: the seed of its turn's randomness and of its effects' names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum InputId {
    /// A gateway event.
    Gateway {
        /// The shard it came in on.
        shard: u32,
        /// Its place in that shard's stream.
        at: Seq,
    },
    /// A timer's occurrence.
    Timer {
        /// The timer's key within its machine.
        key: String,
        /// The occurrence: when it was due.
        due: Timestamp,
    },
    /// A fact from another machine, named by the effect that told it.
    Fact(EffectId),
    /// What became of an effect of this machine.
    Outcome(EffectId),
}

/// One input of one or several machines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// Which one.
    pub id: InputId,
    /// When it happened, on our time line: event time where the event has one, else arrival.
    pub at: Timestamp,
    /// What happened.
    pub what: Inbound,
}

/// A member as gateway events show them. The name is used in texts and not stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The account.
    pub user: UserId,
    /// What people see: nickname, else display name, else user name.
    pub name: String,
    /// Whether it is a bot or system account.
    pub bot: bool,
    /// When they joined this guild, on Discord's clock: it tells one stay from the next, so it must
    /// not change when we learn how far the clocks are apart. Discord leaves it out for some (guests).
    pub joined_at: Option<Timestamp>,
    /// Roles besides `@everyone`.
    pub roles: Vec<RoleId>,
    /// Whether they still have to pass the guild's membership screening.
    pub pending: bool,
}

/// A span in which a guild's events were lost for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The last moment whose events we surely hold.
    pub from: Timestamp,
    /// When the new session began; where a machine is told, when the guild was seen again.
    pub to: Timestamp,
    /// Why, in words.
    pub reason: String,
}

/// A guild when it becomes visible: at the start of a session, after an outage, on invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuildView {
    /// The guild.
    pub guild: GuildId,
    /// Its name.
    pub name: String,
    /// Who owns it.
    pub owner: Option<UserId>,
    /// Where Discord posts its own notices; a polite place for a first greeting.
    pub system_channel: Option<ChannelId>,
    /// When the bot joined.
    pub joined_at: Option<Timestamp>,
    /// All channels and threads we can see.
    pub channels: Vec<ChannelId>,
    /// All roles with their names.
    pub roles: Vec<(RoleId, String)>,
    /// Members Discord sent along (all of a small guild with the members intent, else few).
    pub members: Vec<Member>,
    /// How many members it has.
    pub member_count: u64,
    /// Who is in which voice channel.
    pub voice: Vec<(UserId, ChannelId)>,
    /// Events were lost since we last saw it: reconcile. Its times are on Discord's clock, as those
    /// of the members are.
    pub gap: Option<Gap>,
}

/// What moderators did to a member, from the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Removal {
    /// Kicked.
    Kick,
    /// Banned.
    Ban,
    /// Removed by a prune of inactive members.
    Prune,
}

/// A line of the guild's audit log that removes a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// What was done.
    pub action: Removal,
    /// To whom; a prune names nobody.
    pub target: Option<UserId>,
    /// By whom.
    pub by: Option<UserId>,
    /// The reason given.
    pub reason: Option<String>,
}

/// Everything that can happen to a machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Inbound {
    /// A guild became visible.
    GuildAvailable(GuildView),
    /// A guild's name or owner may have changed.
    GuildChanged {
        /// The guild.
        guild: GuildId,
        /// Its name.
        name: String,
        /// Its owner.
        owner: Option<UserId>,
    },
    /// The bot is no longer in the guild.
    GuildLeft {
        /// The guild.
        guild: GuildId,
    },
    /// Somebody joined.
    MemberJoined {
        /// The guild.
        guild: GuildId,
        /// Who.
        member: Member,
    },
    /// A member's roles or names changed.
    MemberChanged {
        /// The guild.
        guild: GuildId,
        /// As they are now.
        member: Member,
    },
    /// Somebody left, was kicked or was banned: the event does not say which.
    MemberLeft {
        /// The guild.
        guild: GuildId,
        /// Who.
        user: UserId,
        /// Their display or user name.
        name: String,
        /// Whether it was a bot.
        bot: bool,
    },
    /// A page of the member list we asked for.
    MembersListed {
        /// The guild.
        guild: GuildId,
        /// Some of its members.
        members: Vec<Member>,
        /// Whether this was the last page.
        last: bool,
        /// The nonce we asked with.
        nonce: String,
    },
    /// The audit log has a new line about a removal.
    RemovalLogged {
        /// The guild.
        guild: GuildId,
        /// The line.
        entry: AuditEntry,
    },
    /// A channel or thread is gone.
    ChannelDeleted {
        /// The guild.
        guild: GuildId,
        /// The channel.
        channel: ChannelId,
    },
    /// A role is gone.
    RoleDeleted {
        /// The guild.
        guild: GuildId,
        /// The role.
        role: RoleId,
    },
    /// Members gave signs of life. Nobody waits for these, so they gather (see
    /// [`super::ledger`]): one input may hold the events of a quarter of a second.
    Activity(Activity),
    /// A direct message to the bot.
    DirectMessage {
        /// Who wrote it.
        user: UserId,
        /// The channel of this conversation.
        channel: ChannelId,
        /// The message.
        message: MessageId,
    },
    /// A slash command was run.
    Called(Call),
    /// A command's option is being typed: what could it be?
    Completing(Call),
    /// A button or select was used.
    Pressed(Press),
    /// A modal was submitted.
    Submitted(Submit),
    /// A timer of this machine is due.
    TimerFired {
        /// Its key.
        key: String,
        /// When it was due; compare with `cx.now` to see how late it is.
        due: Timestamp,
    },
    /// Another machine tells a fact.
    Told {
        /// Who.
        from: Address,
        /// What.
        fact: Fact,
    },
    /// What became of an effect whose outcome this machine asked for.
    Done {
        /// The effect.
        effect: EffectId,
        /// How it ended.
        outcome: Outcome,
        /// Who waits for it, if a person does.
        origin: Option<super::call::Origin>,
    },
    /// Discord cannot serve a guild for now. The bot is still in it; what happens there is lost, until
    /// the guild becomes available.
    GuildUnavailable {
        /// The guild.
        guild: GuildId,
    },
    /// What became of messages, for machines that asked for it ([`super::machine::IndexKey::Guild`]).
    /// Nobody waits for these, so they gather.
    Noted(Notes),
    /// The application's owner wrote a command.
    OwnerSaid(Said),
}

impl Inbound {
    /// A short name for spans, metrics and `inspect`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::GuildAvailable(_) => "guild_available",
            Self::GuildChanged { .. } => "guild_changed",
            Self::GuildLeft { .. } => "guild_left",
            Self::MemberJoined { .. } => "member_joined",
            Self::MemberChanged { .. } => "member_changed",
            Self::MemberLeft { .. } => "member_left",
            Self::MembersListed { .. } => "members_listed",
            Self::RemovalLogged { .. } => "removal_logged",
            Self::ChannelDeleted { .. } => "channel_deleted",
            Self::RoleDeleted { .. } => "role_deleted",
            Self::Activity(_) => "activity",
            Self::DirectMessage { .. } => "direct_message",
            Self::Called(_) => "called",
            Self::Completing(_) => "completing",
            Self::Pressed(_) => "pressed",
            Self::Submitted(_) => "submitted",
            Self::TimerFired { .. } => "timer_fired",
            Self::Told { .. } => "told",
            Self::Done { .. } => "done",
            Self::GuildUnavailable { .. } => "guild_unavailable",
            Self::Noted(_) => "noted",
            Self::OwnerSaid(_) => "owner_said",
        }
    }

    /// Whether nobody waits for it, so that it gathers: see [`super::ledger`].
    #[must_use]
    pub const fn gathers(&self) -> bool {
        matches!(self, Self::Activity(_) | Self::Noted(_))
    }

    /// The newest gateway event in it, if several gathered.
    #[must_use]
    pub const fn until(&self) -> Option<Seq> {
        match self {
            Self::Activity(activity) => Some(activity.until),
            Self::Noted(notes) => Some(notes.until),
            _ => None,
        }
    }

    /// The guild a gateway event is about; `None` for direct messages and local inputs.
    #[must_use]
    pub fn guild(&self) -> Option<GuildId> {
        match self {
            Self::GuildAvailable(view) => Some(view.guild),
            Self::Activity(activity) => Some(activity.guild),
            Self::Noted(notes) => Some(notes.guild),
            Self::OwnerSaid(said) => said.guild,
            Self::GuildChanged { guild, .. }
            | Self::GuildLeft { guild }
            | Self::GuildUnavailable { guild }
            | Self::MemberJoined { guild, .. }
            | Self::MemberChanged { guild, .. }
            | Self::MemberLeft { guild, .. }
            | Self::MembersListed { guild, .. }
            | Self::RemovalLogged { guild, .. }
            | Self::ChannelDeleted { guild, .. }
            | Self::RoleDeleted { guild, .. } => Some(*guild),
            Self::Called(call) | Self::Completing(call) => call.origin.guild,
            Self::Pressed(press) => press.origin.guild,
            Self::Submitted(submit) => submit.origin.guild,
            Self::DirectMessage { .. }
            | Self::TimerFired { .. }
            | Self::Told { .. }
            | Self::Done { .. } => None,
        }
    }

    /// The interaction behind it, if a person waits for an answer.
    #[must_use]
    pub const fn origin(&self) -> Option<&super::call::Origin> {
        match self {
            Self::Called(call) | Self::Completing(call) => Some(&call.origin),
            Self::Pressed(press) => Some(&press.origin),
            Self::Submitted(submit) => Some(&submit.origin),
            _ => None,
        }
    }
}

impl Snapshot for Input {
    const KIND: u16 = 0x8005;
    const VERSION: u16 = 1;

    fn upcast<C: Codec>(_: &C, version: u16, _: &[u8]) -> Result<Self, CodecFault> {
        Err(CodecFault::Newer {
            kind: Self::KIND,
            found: version,
            known: Self::VERSION,
        })
    }
}
