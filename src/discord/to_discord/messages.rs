//! Messages in channels and direct messages.

use super::{Method, Request};
use actors::kernel::{
    ids::{ChannelId, MessageId, UserId},
    text::{Message, mention_user, to_json},
};
use serde_json::json;

const MESSAGES: &str = "channels/{channel}/messages";
const MESSAGE: &str = "channels/{channel}/messages/{message}";

/// Posts a message. With a nonce Discord answers a repetition with the message already there, for a
/// few minutes (docs, "Create message", `enforce_nonce`).
#[must_use]
pub fn create_message(channel: ChannelId, message: &Message, nonce: Option<&str>) -> Request {
    Request::new(
        Method::Post,
        MESSAGES,
        format!("channels/{channel}/messages"),
    )
    .with(to_json::message(message, nonce, false))
}

/// Replaces a message of ours.
#[must_use]
pub fn edit_message(channel: ChannelId, id: MessageId, message: &Message) -> Request {
    Request::new(
        Method::Patch,
        MESSAGE,
        format!("channels/{channel}/messages/{id}"),
    )
    .with(to_json::message_edit(message))
}

/// Deletes a message.
#[must_use]
pub fn delete_message(channel: ChannelId, id: MessageId) -> Request {
    Request::new(
        Method::Delete,
        MESSAGE,
        format!("channels/{channel}/messages/{id}"),
    )
}

/// At most 100 messages of a channel whose ids are greater than `after`.
#[must_use]
pub fn messages_after(channel: ChannelId, after: u64) -> Request {
    let path = format!("channels/{channel}/messages?after={after}&limit=100");
    Request::get(MESSAGES, path)
}

/// Opens the direct messages with a user, or finds them open.
#[must_use]
pub fn open_dm(user: UserId) -> Request {
    Request::new(
        Method::Post,
        "users/@me/channels",
        "users/@me/channels".to_owned(),
    )
    .with(json!({ "recipient_id": user.to_string() }))
}

/// What stands in for an answer that could not be delivered: it pings only the one who asked, and
/// keeps the answer itself to itself.
#[must_use]
pub fn notice(user: UserId) -> Message {
    let text = "I carried out what you asked for, but could not deliver the answer.";
    Message::text(format!("{} {text}", mention_user(user))).ping_user(user)
}
