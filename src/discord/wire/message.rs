//! Messages: enough to recognise our own and direct ones, and how much is in them.

use super::{List, Maybe, Scalar, User, activity::OnlyId};
use serde::Deserialize;

/// `MESSAGE_CREATE`. Its text is not read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MessageCreated<'a> {
    /// The message.
    #[serde(borrow)]
    pub id: Scalar<'a>,
    /// Where it is.
    #[serde(borrow)]
    pub channel_id: Scalar<'a>,
    /// The guild; nothing in direct messages.
    #[serde(borrow)]
    pub guild_id: Scalar<'a>,
    /// Who wrote it.
    #[serde(borrow)]
    pub author: Maybe<User<'a>>,
    /// What its sender recognises it by.
    #[serde(borrow)]
    pub nonce: Scalar<'a>,
    /// The webhook that wrote it, if one did.
    #[serde(borrow)]
    pub webhook_id: Scalar<'a>,
    /// What sort of message it is (0: said, 19: a reply; others are notices by Discord).
    #[serde(borrow, rename = "type")]
    pub kind: Scalar<'a>,
}

/// `MESSAGE_CREATE` and `MESSAGE_UPDATE`, for those who want to know how much is in a message. Its text is
/// counted where it lies, and not kept.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MessageMeasured<'a> {
    /// The message.
    #[serde(borrow)]
    pub id: Scalar<'a>,
    /// Where it is.
    #[serde(borrow)]
    pub channel_id: Scalar<'a>,
    /// The guild; nothing in direct messages.
    #[serde(borrow)]
    pub guild_id: Scalar<'a>,
    /// Who wrote it.
    #[serde(borrow)]
    pub author: Maybe<User<'a>>,
    /// The webhook that wrote it, if one did.
    #[serde(borrow)]
    pub webhook_id: Scalar<'a>,
    /// What sort of message it is.
    #[serde(borrow, rename = "type")]
    pub kind: Scalar<'a>,
    /// Its text; empty where we may not see it.
    #[serde(borrow)]
    pub content: Scalar<'a>,
    /// Its files; none where we may not see them.
    #[serde(borrow)]
    pub attachments: List<Maybe<OnlyId<'a>>>,
    /// When it was edited.
    #[serde(borrow)]
    pub edited_timestamp: Scalar<'a>,
    /// The message it refers to.
    #[serde(borrow)]
    pub message_reference: Maybe<Reference<'a>>,
}

/// What a message refers to.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Reference<'a> {
    /// Another message.
    #[serde(borrow)]
    pub message_id: Scalar<'a>,
}

/// `MESSAGE_DELETE` and `MESSAGE_DELETE_BULK`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MessagesGone<'a> {
    /// The one message.
    #[serde(borrow)]
    pub id: Scalar<'a>,
    /// The messages.
    #[serde(borrow)]
    pub ids: List<Scalar<'a>>,
    /// Where they were.
    #[serde(borrow)]
    pub channel_id: Scalar<'a>,
    /// The guild; nothing in direct messages.
    #[serde(borrow)]
    pub guild_id: Scalar<'a>,
}
