//! What a person asked for: slash commands, clicks, submitted modals, and who asked from where.

use super::{
    custom_id::CustomId,
    ids::{ApplicationId, ChannelId, GuildId, InteractionId, MessageId, RoleId, UserId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// The secret of one interaction, good for 15 minutes. Does not print.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(pub String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// How to answer an interaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The interaction; its snowflake says when it was made.
    pub interaction: InteractionId,
    /// Our application, part of the follow-up routes.
    pub application: ApplicationId,
    /// The secret that lets us answer.
    pub token: Token,
}

/// A set of Discord permission bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Permissions(pub u64);

impl Permissions {
    /// May kick members.
    pub const KICK_MEMBERS: Self = Self(1 << 1);
    /// May ban members.
    pub const BAN_MEMBERS: Self = Self(1 << 2);
    /// May do everything.
    pub const ADMINISTRATOR: Self = Self(1 << 3);
    /// May change the guild's settings; our measure of a moderator where no role is set.
    pub const MANAGE_GUILD: Self = Self(1 << 5);
    /// May read the audit log.
    pub const VIEW_AUDIT_LOG: Self = Self(1 << 7);
    /// May see a channel.
    pub const VIEW_CHANNEL: Self = Self(1 << 10);
    /// May write in a channel.
    pub const SEND_MESSAGES: Self = Self(1 << 11);
    /// May show embeds.
    pub const EMBED_LINKS: Self = Self(1 << 14);
    /// May read earlier messages.
    pub const READ_MESSAGE_HISTORY: Self = Self(1 << 16);

    /// May change roles below their own, and give and take them.
    pub const MANAGE_ROLES: Self = Self(1 << 28);
    /// Owns the application. Discord has no such permission and does not use this bit; the edge sets it for
    /// whom it knows to. Ask [`Caller::owns_application`]: an administrator is not allowed this.
    pub const OWNS_APPLICATION: Self = Self(1 << 63);

    /// Names, as Discord's client shows them, of the permissions this project uses.
    pub const NAMES: [(Self, &'static str); 9] = [
        (Self::VIEW_CHANNEL, "View Channels"),
        (Self::SEND_MESSAGES, "Send Messages"),
        (Self::EMBED_LINKS, "Embed Links"),
        (Self::READ_MESSAGE_HISTORY, "Read Message History"),
        (Self::VIEW_AUDIT_LOG, "View Audit Log"),
        (Self::KICK_MEMBERS, "Kick Members"),
        (Self::MANAGE_ROLES, "Manage Roles"),
        (Self::MANAGE_GUILD, "Manage Server"),
        (Self::ADMINISTRATOR, "Administrator"),
    ];

    /// Whether all of `wanted` is granted; an administrator is granted everything.
    #[must_use]
    pub const fn allow(self, wanted: Self) -> bool {
        self.0 & Self::ADMINISTRATOR.0 != 0 || self.0 & wanted.0 == wanted.0
    }

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Names of what is `wanted` but not granted.
    #[must_use]
    pub fn missing(self, wanted: Self) -> Vec<&'static str> {
        Self::NAMES
            .into_iter()
            .filter(|(bit, _)| wanted.0 & bit.0 != 0 && !self.allow(*bit))
            .map(|(_, name)| name)
            .collect()
    }
}

/// Who asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// The account.
    pub user: UserId,
    /// What people see: nickname, else display name, else user name. Unescaped.
    pub name: String,
    /// Their roles here; empty in direct messages.
    pub roles: Vec<RoleId>,
    /// Their permissions in the channel, as Discord computed them; none in direct messages.
    pub permissions: Permissions,
    /// The language of their client, such as `en-GB`.
    pub locale: String,
}

impl Caller {
    /// Whether they own the application, or are of the team that does.
    #[must_use]
    pub const fn owns_application(&self) -> bool {
        self.permissions.0 & Permissions::OWNS_APPLICATION.0 != 0
    }
}

/// Who asked, from where, and how to answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// How to answer.
    pub ticket: Ticket,
    /// The guild; `None` in direct messages.
    pub guild: Option<GuildId>,
    /// The channel, where Discord says it.
    pub channel: Option<ChannelId>,
    /// Who asked.
    pub caller: Caller,
    /// What we may do in that channel.
    pub app_permissions: Permissions,
    /// What the process knows about itself at this moment.
    pub process: Process,
}

/// A value given to a command's option.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Flag(bool),
    /// A member or user.
    User(UserId),
    /// A channel.
    Channel(ChannelId),
    /// A role.
    Role(RoleId),
}

/// A channel named in an option, as Discord resolved it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolvedChannel {
    /// Its name.
    pub name: String,
    /// What we may do there, where Discord says it (since 2026-07-16).
    pub app_permissions: Option<Permissions>,
}

/// A slash command as somebody ran it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Who, where, how to answer.
    pub origin: Origin,
    /// Full name with subcommands: `welcome join`.
    pub command: String,
    /// Options by name.
    pub options: BTreeMap<String, Value>,
    /// The option being typed, when this asks for completions.
    pub focused: Option<String>,
    /// Channels named in options.
    pub channels: BTreeMap<ChannelId, ResolvedChannel>,
}

impl Call {
    /// The text given for `option`.
    #[must_use]
    pub fn text(&self, option: &str) -> Option<&str> {
        match self.options.get(option)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The channel given for `option`.
    #[must_use]
    pub fn channel(&self, option: &str) -> Option<ChannelId> {
        match self.options.get(option)? {
            Value::Channel(channel) => Some(*channel),
            _ => None,
        }
    }

    /// The role given for `option`.
    #[must_use]
    pub fn role(&self, option: &str) -> Option<RoleId> {
        match self.options.get(option)? {
            Value::Role(role) => Some(*role),
            _ => None,
        }
    }

    /// The user given for `option`.
    #[must_use]
    pub fn user(&self, option: &str) -> Option<UserId> {
        match self.options.get(option)? {
            Value::User(user) => Some(*user),
            _ => None,
        }
    }

    /// Whether yes was said to `option`; not given means no.
    #[must_use]
    pub fn flag(&self, option: &str) -> bool {
        matches!(self.options.get(option), Some(Value::Flag(true)))
    }

    /// What was said to `option`, if anything was.
    #[must_use]
    pub fn yes_or_no(&self, option: &str) -> Option<bool> {
        match self.options.get(option)? {
            Value::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    /// The number given for `option`.
    #[must_use]
    pub fn integer(&self, option: &str) -> Option<i64> {
        match self.options.get(option)? {
            Value::Integer(number) => Some(*number),
            _ => None,
        }
    }
}

/// A button pressed or a select used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Press {
    /// Who, where, how to answer.
    pub origin: Origin,
    /// What was pressed.
    pub id: CustomId,
    /// The message it hangs on.
    pub message: Option<MessageId>,
    /// What was selected; empty for a button.
    pub values: Vec<String>,
}

/// A modal submitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submit {
    /// Who, where, how to answer.
    pub origin: Origin,
    /// Which modal.
    pub id: CustomId,
    /// Its fields by custom id.
    pub fields: BTreeMap<String, String>,
}

/// What the process knows about itself, taken when an interaction arrives, so that `/about` and
/// `/setup` are turns like any other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Version of the program.
    pub version: String,
    /// Commit it was built from.
    pub commit: String,
    /// When it started.
    pub started_at: Timestamp,
    /// Gateway state of the asking guild's shard, in a word: `connected`, `resuming`, …
    pub gateway: String,
    /// Which shard of how many.
    pub shard: (u32, u32),
    /// Heartbeat round trip in milliseconds, once known.
    pub gateway_ms: Option<u64>,
    /// Median of the last durable commits in microseconds, once known.
    pub commit_us: Option<u64>,
    /// Age in milliseconds of the oldest accepted change that is not durable yet.
    pub store_lag_ms: u64,
    /// Guilds in the store.
    pub guilds: u64,
    /// Guilds that missed events and are not reconciled yet.
    pub open_gaps: u64,
    /// Gaps since the store was made.
    pub gaps_total: u64,
    /// Effects waiting to be sent.
    pub outbox: u64,
    /// Effects given up.
    pub dead_letters: u64,
    /// Damaged records set aside.
    pub quarantined: u64,
    /// Inputs set aside after panics.
    pub parked: u64,
    /// Privileged intents the features want but the application was not granted.
    pub missing_intents: Vec<String>,
    /// Version of the time zone database.
    pub tzdata: String,
    /// Difference between Discord's clock and ours in milliseconds, once known.
    pub clock_offset_ms: Option<i64>,
}
