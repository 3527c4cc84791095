//! What a machine wants done in the world, as data, and what became of it.
//!
//! A turn returns effects; nothing is sent while deciding. Each becomes an outbox row in the same
//! batch as the state that wanted it, is sent at least once after that batch is durable, and is made
//! harmless to repeat by whoever carries it out (nonce, look-up, idempotent route).
//!
//! To add one: a variant here, its arm in [`Effect::lane`], and the compiler names the executor and
//! the test printer.

use super::{
    address::{Address, Kind},
    call::{Origin, Permissions, Ticket},
    chore::Chore,
    civil::CivilDate,
    fact::Fact,
    ids::{ChannelId, GuildId, MessageId, RoleId, UserId},
    inbound::{AuditEntry, EffectId, Member},
    record::Snapshot,
    text::{Attachment, Choice, Message, Modal},
    time::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};

/// Where a message may go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// The ephemeral answer of an interaction.
    Answer(Ticket),
    /// A channel or thread.
    Channel(ChannelId),
    /// A user's direct messages.
    User(UserId),
    /// Last resort for an answer that could not be delivered: a line in the channel that pings the
    /// user and says so, without the answer itself, which was not meant for others.
    Notice {
        /// Where the command was used.
        channel: ChannelId,
        /// By whom.
        user: UserId,
    },
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Sends a message to the first of these places that takes it.
    Say {
        /// Tried in this order; the next one only when Discord refuses the one before for good.
        to: Vec<Target>,
        /// What to say.
        message: Message,
    },
    /// Replaces a message of ours.
    Edit {
        /// Where it is.
        channel: ChannelId,
        /// Which one.
        message_id: MessageId,
        /// Its new content.
        message: Message,
    },
    /// Deletes a message of ours. Already gone counts as done.
    Delete {
        /// Where it is.
        channel: ChannelId,
        /// Which one.
        message_id: MessageId,
    },
    /// Reads the newest removals in the audit log.
    ReadAuditLog {
        /// Of this guild.
        guild: GuildId,
        /// Only lines after this instant.
        since: Timestamp,
    },
    /// Asks what we may do in a guild and in some of its channels.
    ReadPermissions {
        /// The guild.
        guild: GuildId,
        /// The channels.
        channels: Vec<ChannelId>,
    },
    /// Asks the gateway for the whole member list; it comes as `MembersListed` with this nonce.
    RequestMembers {
        /// Of this guild.
        guild: GuildId,
        /// At most 32 characters.
        nonce: String,
    },
    /// Tells another machine a fact. Never leaves the process.
    Tell {
        /// Whom.
        to: Address,
        /// What.
        fact: Fact,
    },
    /// Looks at a member, and at what we may do to them.
    ReadMember {
        /// The guild.
        guild: GuildId,
        /// Whom.
        user: UserId,
    },
    /// Gives a member a role, or takes it. Twice is the same as once.
    ChangeRole {
        /// The guild.
        guild: GuildId,
        /// Whose.
        user: UserId,
        /// Which.
        role: RoleId,
        /// Whether they get it; else it is taken.
        give: bool,
        /// Why, for the guild's audit log; unescaped.
        reason: String,
    },
    /// Removes a member, if they are still in the guild since `joined_at`. Already gone counts as done.
    Kick {
        /// The guild.
        guild: GuildId,
        /// Whom.
        user: UserId,
        /// When they joined, on Discord's clock: only this stay is ended.
        joined_at: Option<Timestamp>,
        /// Why, for the guild's audit log; unescaped.
        reason: String,
    },
    /// Something to do in our own house. Never leaves the process.
    House(Chore),
    /// Takes the list of a guild's accounts, as they are when it is read, to where the community wants it. The
    /// list is in no record of ours.
    TakeRoster {
        /// The guild.
        guild: GuildId,
        /// Of which day it is: what is taken for one day twice replaces itself.
        day: CivilDate,
    },
}

/// What is sent one after the other: effects of one lane keep their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// One interaction's answer.
    Answer(u64),
    /// One channel.
    Channel(ChannelId),
    /// One user's direct messages.
    User(UserId),
    /// One guild's queries.
    Guild(GuildId),
    /// One machine's facts.
    Local(Address),
    /// What is done to one guild's members.
    Members(GuildId),
}

impl Effect {
    /// The lane it keeps its place in, with `stage` counting the targets already refused.
    #[must_use]
    pub fn lane(&self, stage: usize) -> Lane {
        match self {
            Self::Say { to, .. } => match to.get(stage).or(to.last()) {
                Some(Target::Answer(ticket)) => Lane::Answer(ticket.interaction.get()),
                Some(Target::Channel(channel) | Target::Notice { channel, .. }) => {
                    Lane::Channel(*channel)
                }
                Some(Target::User(user)) => Lane::User(*user),
                None => Lane::Answer(0),
            },
            Self::Edit { channel, .. } | Self::Delete { channel, .. } => Lane::Channel(*channel),
            Self::ReadAuditLog { guild, .. }
            | Self::ReadPermissions { guild, .. }
            | Self::RequestMembers { guild, .. }
            | Self::ReadMember { guild, .. } => Lane::Guild(*guild),
            Self::Tell { to, .. } => Lane::Local(*to),
            Self::ChangeRole { guild, .. } | Self::Kick { guild, .. } => Lane::Members(*guild),
            Self::House(chore) => chore.lane(),
            // It may take minutes, and nobody is to wait behind it.
            Self::TakeRoster { guild, .. } => Lane::Local(Address::guild(Kind::Messages, *guild)),
        }
    }

    /// How long it is worth trying, unless the machine says otherwise.
    #[must_use]
    pub fn lifetime(&self) -> Span {
        match self {
            // A day: later than that nobody expects the message any more.
            Self::Say { .. } | Self::Edit { .. } | Self::Delete { .. } => Span::hours(24),
            Self::ReadAuditLog { .. } | Self::ReadPermissions { .. } | Self::ReadMember { .. } => {
                Span::minutes(10)
            }
            Self::RequestMembers { .. } => Span::hours(1),
            // Facts are not given up.
            Self::Tell { .. } | Self::House(_) => Span::days(36_500),
            // A role that is wanted is wanted until somebody changes their mind.
            Self::ChangeRole { .. } => Span::days(7),
            // Late is not wrong, but the decision should be fresh.
            Self::Kick { .. } => Span::hours(6),
            // The next day has a list of its own; a day may be longer by an hour or two.
            Self::TakeRoster { .. } => Span::hours(26),
        }
    }

    /// The guild that must surely be up to date before this may leave, because it cannot be taken back:
    /// what would have prevented it may be on its way.
    #[must_use]
    pub const fn punishes(&self) -> Option<GuildId> {
        match self {
            Self::Kick { guild, .. } => Some(*guild),
            _ => None,
        }
    }

    /// The same effect with its texts cut to Discord's limits.
    #[must_use]
    pub fn fit(self) -> Self {
        match self {
            Self::Say { to, message } => Self::Say {
                to,
                message: message.fit(),
            },
            Self::Edit {
                channel,
                message_id,
                message,
            } => Self::Edit {
                channel,
                message_id,
                message: message.fit(),
            },
            other => other,
        }
    }

    /// A short name for logs, metrics and `inspect`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Say { .. } => "say",
            Self::Edit { .. } => "edit",
            Self::Delete { .. } => "delete",
            Self::ReadAuditLog { .. } => "read_audit_log",
            Self::ReadPermissions { .. } => "read_permissions",
            Self::RequestMembers { .. } => "request_members",
            Self::Tell { .. } => "tell",
            Self::ReadMember { .. } => "read_member",
            Self::ChangeRole { .. } => "change_role",
            Self::Kick { .. } => "kick",
            Self::House(chore) => chore.name(),
            Self::TakeRoster { .. } => "take_roster",
        }
    }
}

/// Why an effect failed for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// HTTP status, 0 when there was none.
    pub status: u16,
    /// Discord's error code, 0 when there was none.
    pub code: u32,
    /// What Discord or we say about it.
    pub text: String,
}

impl Failure {
    /// The place is gone (channel, user, message unknown), as opposed to forbidden.
    #[must_use]
    pub const fn is_gone(&self) -> bool {
        self.status == 404
    }
}

/// What the bot may do in a guild and some channels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// In the guild as a whole.
    pub guild: Permissions,
    /// In each channel asked about; a channel that is gone is missing here.
    pub channels: Vec<(ChannelId, Permissions)>,
}

/// A member, and what we may do to them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberView {
    /// Who, with their roles.
    pub member: Member,
    /// Whether they own the guild.
    pub owner: bool,
    /// Whether our highest role is above theirs.
    pub outranked: bool,
    /// What we may do in the guild.
    pub granted: Permissions,
    /// Of their roles, those that we could give them again and that give no power over others.
    pub assignable: Vec<RoleId>,
}

/// How an effect ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The message exists.
    Sent {
        /// Its id.
        message_id: MessageId,
        /// Where it ended up.
        channel: ChannelId,
        /// Which of the targets took it, counted from 0.
        target: u8,
    },
    /// Done; nothing more to say.
    Done,
    /// Removals in the audit log, newest first.
    AuditLog(Vec<AuditEntry>),
    /// Permissions as they are now.
    Permissions(Granted),
    /// It cannot be done.
    Failed(Failure),
    /// Its time ran out.
    Expired,
    /// The member as they are now.
    Member(MemberView),
    /// The list has arrived everywhere.
    Listed {
        /// How many accounts are on it.
        accounts: u64,
    },
}

/// An effect on its way, as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxRow {
    /// Its name; also the source of the nonce.
    pub id: EffectId,
    /// Its place among all effects of this store; a lane keeps this order.
    pub order: u64,
    /// Who wanted it.
    pub from: Address,
    /// What.
    pub effect: Effect,
    /// When it was wanted.
    pub made_at: Timestamp,
    /// When it is no longer worth doing.
    pub expires_at: Timestamp,
    /// Whether `from` wants to hear how it ended.
    pub reports: bool,
    /// Who waits for the outcome, if a person does.
    pub origin: Option<Origin>,
}

impl Snapshot for OutboxRow {
    const KIND: u16 = 0x8001;
    const VERSION: u16 = 1;
}

/// An effect given up, kept for people to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The effect as it was.
    pub row: OutboxRow,
    /// When it was given up.
    pub at: Timestamp,
    /// Why.
    pub why: Failure,
}

impl Snapshot for DeadLetter {
    const KIND: u16 = 0x8002;
    const VERSION: u16 = 1;
}

/// An answer that carries no decision and leaves at once, without a row: if it is lost, nothing is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Instant {
    /// A read-only reply.
    Message(Message),
    /// Completions for the option being typed.
    Choices(Vec<Choice>),
    /// A form to fill in.
    Modal(Modal),
    /// "Thinking…"; the answer follows.
    Defer,
    /// A read-only reply in the place of the message whose button was pressed.
    Replace(Message),
    /// A read-only reply with files.
    Files(Message, Vec<Attachment>),
}
