//! Answers of interactions. All are ephemeral; what is public is a channel message with a nonce.
//!
//! Types of the first response (docs, "Receiving and responding", "Interaction callback type"):
//! 4 message, 5 "thinking…", 7 in the place of the message pressed, 8 completions, 9 form.

use super::{Method, Request, escape_path};
use actors::kernel::{
    call::Ticket,
    effect::Instant,
    text::{Attachment, Message, to_json},
};
use serde_json::{Value, json};

const MESSAGE: u8 = 4;
const DEFER: u8 = 5;
const UPDATE: u8 = 7;
const CHOICES: u8 = 8;
const MODAL: u8 = 9;
const ORIGINAL: &str = "webhooks/{application}/{token}/messages/@original";

fn respond(ticket: &Ticket, kind: u8, data: &Value) -> Request {
    let token = escape_path(&ticket.token.0);
    let path = format!("interactions/{}/{token}/callback", ticket.interaction);
    Request::new(
        Method::Post,
        "interactions/{interaction}/{token}/callback",
        path,
    )
    .with(json!({ "type": kind, "data": data }))
}

/// Answers with a message, as first response.
#[must_use]
pub fn callback(ticket: &Ticket, message: &Message) -> Request {
    respond(ticket, MESSAGE, &to_json::message(message, None, true))
}

/// "Thinking…", as first response: buys fifteen minutes.
#[must_use]
pub fn bare_defer(ticket: &Ticket) -> Request {
    respond(ticket, DEFER, &json!({ "flags": to_json::EPHEMERAL }))
}

/// Any instant answer, as first response.
#[must_use]
pub fn instant_callback(ticket: &Ticket, instant: &Instant) -> Request {
    match instant {
        Instant::Message(message) => callback(ticket, message),
        Instant::Choices(choices) => respond(ticket, CHOICES, &to_json::choices(choices)),
        Instant::Modal(modal) => respond(ticket, MODAL, &to_json::modal(modal)),
        Instant::Replace(message) => respond(ticket, UPDATE, &to_json::message_edit(message)),
        // The files follow: to upload them may take longer than a first response may.
        Instant::Defer | Instant::Files(..) => bare_defer(ticket),
    }
}

fn original_path(ticket: &Ticket) -> String {
    let token = escape_path(&ticket.token.0);
    format!("webhooks/{}/{token}/messages/@original", ticket.application)
}

/// Replaces the first response.
#[must_use]
pub fn edit_original(ticket: &Ticket, message: &Message) -> Request {
    Request::new(Method::Patch, ORIGINAL, original_path(ticket))
        .with(to_json::message_edit(message))
}

/// Replaces the first response by a message with files.
#[must_use]
pub fn edit_original_with(ticket: &Ticket, message: &Message, files: &[Attachment]) -> Request {
    Request::new(Method::Patch, ORIGINAL, original_path(ticket))
        .with(to_json::message_edit_with(message, files))
        .with_files(files)
}

/// Reads the first response; there is one only if the interaction was acknowledged.
#[must_use]
pub fn original(ticket: &Ticket) -> Request {
    Request::get(ORIGINAL, original_path(ticket))
}
