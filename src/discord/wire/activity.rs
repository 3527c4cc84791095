//! Signs of life: only who, where, and whether it was a person.

use super::{List, Maybe, Scalar, User};
use serde::Deserialize;

/// `PRESENCE_UPDATE`. What the status is, is not read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PresenceUpdate<'a> {
    /// The guild.
    #[serde(borrow)]
    pub guild_id: Scalar<'a>,
    /// Whose; only the id is sure to be there.
    #[serde(borrow)]
    pub user: Maybe<OnlyId<'a>>,
}

/// `TYPING_START`, `MESSAGE_REACTION_ADD`, `MESSAGE_REACTION_REMOVE`, voice states, and
/// `GUILD_SCHEDULED_EVENT_USER_ADD` and `_REMOVE`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Sign<'a> {
    /// The guild; nothing in direct messages, and in the voice states of `GUILD_CREATE`.
    #[serde(borrow)]
    pub guild_id: Scalar<'a>,
    /// Where; nothing for who left voice.
    #[serde(borrow)]
    pub channel_id: Scalar<'a>,
    /// Who.
    #[serde(borrow)]
    pub user_id: Scalar<'a>,
    /// The member behind it.
    #[serde(borrow)]
    pub member: Maybe<Behind<'a>>,
}

/// `THREAD_CREATE`. It also comes when the bot is let into a thread that was there before.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ThreadCreated<'a> {
    /// The thread.
    #[serde(borrow)]
    pub id: Scalar<'a>,
    /// The guild.
    #[serde(borrow)]
    pub guild_id: Scalar<'a>,
    /// Who began it.
    #[serde(borrow)]
    pub owner_id: Scalar<'a>,
    /// Whether it began just now.
    #[serde(borrow)]
    pub newly_created: Scalar<'a>,
}

/// `THREAD_MEMBERS_UPDATE`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ThreadMembers<'a> {
    /// The thread.
    #[serde(borrow)]
    pub id: Scalar<'a>,
    /// The guild.
    #[serde(borrow)]
    pub guild_id: Scalar<'a>,
    /// Who joined; without the members intent only the bot itself.
    #[serde(borrow)]
    pub added_members: List<Maybe<Sign<'a>>>,
}

/// A member of whom only the account matters.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Behind<'a> {
    /// The account.
    #[serde(borrow)]
    pub user: Maybe<Account<'a>>,
}

/// An account of which only matters whether it is a person.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Account<'a> {
    /// Whether it is a bot.
    #[serde(borrow)]
    pub bot: Scalar<'a>,
}

/// An object of which only the id matters.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct OnlyId<'a> {
    /// The id.
    #[serde(borrow)]
    pub id: Scalar<'a>,
}

/// `MESSAGE_UPDATE`. A link that unfolds is one as well: it has no time of editing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MessageUpdated<'a> {
    /// Where it is.
    #[serde(borrow)]
    pub channel_id: Scalar<'a>,
    /// The guild; nothing in direct messages.
    #[serde(borrow)]
    pub guild_id: Scalar<'a>,
    /// Who wrote it.
    #[serde(borrow)]
    pub author: Maybe<User<'a>>,
    /// When it was edited.
    #[serde(borrow)]
    pub edited_timestamp: Scalar<'a>,
    /// The webhook that wrote it, if one did.
    #[serde(borrow)]
    pub webhook_id: Scalar<'a>,
}

/// Who is in voice, in `GUILD_CREATE`.
pub type VoiceStates<'a> = List<Maybe<Sign<'a>>>;
