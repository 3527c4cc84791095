//! Messages: only enough to recognise our own and direct ones.

use super::{Maybe, Scalar, User};
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
