//! Guilds and who is in them.

use super::{List, Maybe, Scalar, VoiceStates};
use serde::Deserialize;

/// `GUILD_CREATE` and `GUILD_UPDATE`, read in part.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Guild<'a> {
    /// The guild.
    #[serde(borrow)]
    pub id: Scalar<'a>,
    /// Its name.
    #[serde(borrow)]
    pub name: Scalar<'a>,
    /// Who owns it.
    #[serde(borrow)]
    pub owner_id: Scalar<'a>,
    /// Where Discord posts its own notices.
    #[serde(borrow)]
    pub system_channel_id: Scalar<'a>,
    /// When the bot joined.
    #[serde(borrow)]
    pub joined_at: Scalar<'a>,
    /// How many members it has.
    #[serde(borrow)]
    pub member_count: Scalar<'a>,
    /// There is an outage: nothing else is filled in.
    #[serde(borrow)]
    pub unavailable: Scalar<'a>,
    /// Channels.
    #[serde(borrow)]
    pub channels: List<Maybe<Channel<'a>>>,
    /// Threads that are not archived.
    #[serde(borrow)]
    pub threads: List<Maybe<Channel<'a>>>,
    /// Roles.
    #[serde(borrow)]
    pub roles: List<Maybe<Role<'a>>>,
    /// Members: all of them in a small guild, else some.
    #[serde(borrow)]
    pub members: List<Maybe<Member<'a>>>,
    /// Who is in voice.
    #[serde(borrow)]
    pub voice_states: VoiceStates<'a>,
}

/// `GUILD_DELETE`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct GuildGone<'a> {
    /// The guild.
    #[serde(borrow)]
    pub id: Scalar<'a>,
    /// It is an outage and not a goodbye.
    #[serde(borrow)]
    pub unavailable: Scalar<'a>,
}

/// A channel or thread of a guild.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Channel<'a> {
    /// The channel.
    #[serde(borrow)]
    pub id: Scalar<'a>,
}

/// `CHANNEL_DELETE` and `THREAD_DELETE`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ChannelGone<'a> {
    /// The channel.
    #[serde(borrow)]
    pub id: Scalar<'a>,
    /// Its guild; nothing for direct messages.
    #[serde(borrow)]
    pub guild_id: Scalar<'a>,
}

/// A role.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Role<'a> {
    /// The role.
    #[serde(borrow)]
    pub id: Scalar<'a>,
    /// Its name.
    #[serde(borrow)]
    pub name: Scalar<'a>,
}

/// `GUILD_ROLE_DELETE`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RoleGone<'a> {
    /// The guild.
    #[serde(borrow)]
    pub guild_id: Scalar<'a>,
    /// The role.
    #[serde(borrow)]
    pub role_id: Scalar<'a>,
}

/// An account.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct User<'a> {
    /// The account.
    #[serde(borrow)]
    pub id: Scalar<'a>,
    /// Its unique name.
    #[serde(borrow)]
    pub username: Scalar<'a>,
    /// What it wants to be called.
    #[serde(borrow)]
    pub global_name: Scalar<'a>,
    /// Whether it belongs to an application.
    #[serde(borrow)]
    pub bot: Scalar<'a>,
    /// Whether it is Discord's own.
    #[serde(borrow)]
    pub system: Scalar<'a>,
}

/// A member of a guild; `GUILD_MEMBER_ADD` and `GUILD_MEMBER_UPDATE` are one with a guild id.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Member<'a> {
    /// The guild, in events about one member.
    #[serde(borrow)]
    pub guild_id: Scalar<'a>,
    /// The account.
    #[serde(borrow)]
    pub user: Maybe<User<'a>>,
    /// What it is called here.
    #[serde(borrow)]
    pub nick: Scalar<'a>,
    /// Roles besides `@everyone`.
    #[serde(borrow)]
    pub roles: List<Scalar<'a>>,
    /// When it joined.
    #[serde(borrow)]
    pub joined_at: Scalar<'a>,
    /// Whether it still has to accept the guild's rules.
    #[serde(borrow)]
    pub pending: Scalar<'a>,
    /// What it may do where it used a command; only in interactions.
    #[serde(borrow)]
    pub permissions: Scalar<'a>,
}

/// `GUILD_MEMBER_REMOVE`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MemberGone<'a> {
    /// The guild.
    #[serde(borrow)]
    pub guild_id: Scalar<'a>,
    /// Who is gone.
    #[serde(borrow)]
    pub user: Maybe<User<'a>>,
}

/// `GUILD_MEMBERS_CHUNK`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MembersChunk<'a> {
    /// The guild.
    #[serde(borrow)]
    pub guild_id: Scalar<'a>,
    /// Some of its members.
    #[serde(borrow)]
    pub members: List<Maybe<Member<'a>>>,
    /// Which chunk, from 0.
    #[serde(borrow)]
    pub chunk_index: Scalar<'a>,
    /// Of how many.
    #[serde(borrow)]
    pub chunk_count: Scalar<'a>,
    /// What we asked with.
    #[serde(borrow)]
    pub nonce: Scalar<'a>,
}

/// `RATE_LIMITED`: a gateway command that came too soon.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RateLimited<'a> {
    /// Which command.
    #[serde(borrow)]
    pub opcode: Scalar<'a>,
    /// Seconds until it may come again.
    #[serde(borrow)]
    pub retry_after: Scalar<'a>,
    /// What it was about.
    #[serde(borrow)]
    pub meta: Maybe<RateLimitedMeta<'a>>,
}

/// `RATE_LIMITED`, of a request for members.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RateLimitedMeta<'a> {
    /// The guild.
    #[serde(borrow)]
    pub guild_id: Scalar<'a>,
    /// What we asked with.
    #[serde(borrow)]
    pub nonce: Scalar<'a>,
}

/// `GUILD_AUDIT_LOG_ENTRY_CREATE`, and an entry of the audit log read over REST.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Audited<'a> {
    /// The guild; not in answers over REST.
    #[serde(borrow)]
    pub guild_id: Scalar<'a>,
    /// The entry; its snowflake says when.
    #[serde(borrow)]
    pub id: Scalar<'a>,
    /// What was done.
    #[serde(borrow)]
    pub action_type: Scalar<'a>,
    /// To whom.
    #[serde(borrow)]
    pub target_id: Scalar<'a>,
    /// By whom.
    #[serde(borrow)]
    pub user_id: Scalar<'a>,
    /// Why.
    #[serde(borrow)]
    pub reason: Scalar<'a>,
}

/// `GUILD_BAN_ADD`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Banned<'a> {
    /// The guild.
    #[serde(borrow)]
    pub guild_id: Scalar<'a>,
    /// Who was banned.
    #[serde(borrow)]
    pub user: Maybe<User<'a>>,
}
