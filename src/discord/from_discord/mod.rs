//! Gateway events become what a machine can be told: our own ids, our own time line.
//!
//! [`decode`] is one match over event names. An event nobody reads costs no more than its name; one
//! that lacks what we need is a [`DecodeFault`], which the caller counts and logs, and which is never
//! fatal: the stream goes on. Times are event time where the event has one (a snowflake, a join
//! date), moved from Discord's clock to ours, else the arrival.
//!
//! Sources: Discord's documentation, "Gateway events" and "Receiving and responding"; the audit
//! log's action types are in "Audit log resource".

mod activity;
mod guild;
mod interaction;
mod member;
mod message;
mod notes;
mod options;
mod session;

pub use notes::notes;
pub use session::Ready;

pub(crate) use member::{audit_line, read_member};

use super::{frame::Frame, wire::Maybe};
use actors::kernel::{
    activity::{Deed, Sign},
    call::{Origin, Process},
    custom_id::Foreign,
    ids::{ApplicationId, ChannelId, GuildId, MessageId, UserId},
    inbound::{EffectId, Inbound},
    time::{Span, Timestamp},
};
use serde::Deserialize;
use std::sync::Arc;

/// Members that one input carries at most; longer lists are cut into several.
pub const MEMBERS_PER_PART: usize = 250;

/// What decoding must know besides the frame.
#[derive(Clone, Debug)]
pub struct Context {
    /// Our account, once known: its messages are recognised, its own departures left out.
    pub bot: Option<UserId>,
    /// Our application, once known.
    pub application: Option<ApplicationId>,
    /// Who owns it, as far as is known: what they write may be a command.
    pub owners: Arc<[UserId]>,
    /// The store's incarnation, which our nonces carry.
    pub incarnation: u32,
    /// When the frame arrived, on our time line.
    pub now: Timestamp,
    /// Discord's clock minus ours.
    pub offset: Span,
    /// What the process knows about itself, for interactions.
    pub process: Process,
    /// Whether we may see the text and files of every message.
    pub content: bool,
}

impl Context {
    /// An instant of Discord's clock on our time line.
    #[must_use]
    pub fn ours(&self, discord: Timestamp) -> Timestamp {
        discord - self.offset
    }
}

/// What a frame says.
#[derive(Clone, Debug, PartialEq)]
pub enum Decoded {
    /// A session began.
    Ready(Ready),
    /// A session goes on: everything missed has been replayed.
    Resumed,
    /// Something machines may want to hear, in this order, each at its time. Usually one; several
    /// where a big member list was cut.
    Inputs(Vec<(Timestamp, Inbound)>),
    /// Somebody gave a sign of life, and nothing else.
    Sign(Sign),
    /// A message of ours came back: its effect has happened.
    Own {
        /// The effect that wanted it.
        effect: EffectId,
        /// The message.
        message: MessageId,
        /// Where it is.
        channel: ChannelId,
    },
    /// We asked for a guild's member list too soon.
    MembersTooSoon {
        /// The guild.
        guild: GuildId,
        /// What we asked with.
        nonce: String,
        /// When to ask again.
        wait: Span,
    },
    /// An outage: the guild is not left.
    Unavailable(GuildId),
    /// Somebody used a button, menu or form that is not ours, or of another version. It must be
    /// answered, or they see it fail.
    ForeignPress {
        /// Who, where, and how to answer.
        origin: Box<Origin>,
        /// Whose it is.
        why: Foreign,
    },
    /// Nothing for us.
    Ignored,
}

impl Decoded {
    fn one(at: Timestamp, what: Inbound) -> Self {
        Self::Inputs(vec![(at, what)])
    }
}

/// An event that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("decode {event}: {field}: {reason}")]
pub struct DecodeFault {
    /// The event.
    pub event: String,
    /// The field that is at fault; `data` for the event as a whole.
    pub field: &'static str,
    /// What is the matter with it.
    pub reason: String,
}

/// A fault before the event's name is known to it.
#[derive(Debug)]
struct Trouble {
    field: &'static str,
    reason: String,
}

type Found = Result<Decoded, Trouble>;

/// Reads an event.
///
/// # Errors
/// When the event's JSON is broken, or a field is missing without which it means nothing.
pub fn decode(frame: &Frame<'_>, cx: &Context) -> Result<Decoded, DecodeFault> {
    let Some(event) = frame.event() else {
        return Ok(Decoded::Ignored);
    };
    let found = find(frame, event, cx).or_else(|trouble| match frame.again() {
        Some(Ok(again)) => find(&again, event, cx),
        _ => Err(trouble),
    });
    found.map_err(|Trouble { field, reason }| DecodeFault {
        event: event.to_owned(),
        field,
        reason,
    })
}

fn find(frame: &Frame<'_>, event: &str, cx: &Context) -> Found {
    match event {
        "READY" => session::ready(frame, cx),
        "RESUMED" => Ok(Decoded::Resumed),
        "GUILD_CREATE" => guild::created(frame, cx),
        "GUILD_UPDATE" => guild::updated(frame, cx),
        "GUILD_DELETE" => guild::deleted(frame, cx),
        "CHANNEL_DELETE" | "THREAD_DELETE" => guild::channel_deleted(frame, cx),
        "GUILD_ROLE_DELETE" => guild::role_deleted(frame, cx),
        "GUILD_MEMBER_ADD" => member::joined(frame, cx),
        "GUILD_MEMBER_UPDATE" => member::changed(frame, cx),
        "GUILD_MEMBER_REMOVE" => member::left(frame, cx),
        "GUILD_MEMBERS_CHUNK" => member::listed(frame, cx),
        "RATE_LIMITED" => member::too_soon(frame),
        "GUILD_AUDIT_LOG_ENTRY_CREATE" => member::audited(frame, cx),
        "GUILD_BAN_ADD" => member::banned(frame, cx),
        "MESSAGE_CREATE" => message::created(frame, cx),
        "MESSAGE_UPDATE" => activity::edited(frame, cx),
        "PRESENCE_UPDATE" => activity::presence(frame, cx),
        "TYPING_START" => activity::deed(frame, cx, Deed::Typed),
        "MESSAGE_REACTION_ADD" | "MESSAGE_REACTION_REMOVE" => {
            activity::deed(frame, cx, Deed::Reacted)
        }
        "VOICE_STATE_UPDATE" => activity::deed(frame, cx, Deed::Spoke),
        "THREAD_CREATE" => activity::thread_began(frame, cx),
        "THREAD_MEMBERS_UPDATE" => activity::thread_joined(frame, cx),
        "GUILD_SCHEDULED_EVENT_USER_ADD" | "GUILD_SCHEDULED_EVENT_USER_REMOVE" => {
            activity::deed(frame, cx, Deed::Answered)
        }
        "INTERACTION_CREATE" => interaction::created(frame, cx),
        _ => Ok(Decoded::Ignored),
    }
}

fn read<'a, T: Deserialize<'a>>(frame: &Frame<'a>) -> Result<T, Trouble> {
    let read: Result<Maybe<T>, _> = serde_json::from_str(frame.data.unwrap_or("null"));
    let trouble = |reason: String| Trouble {
        field: "data",
        reason,
    };
    let Maybe(object) = read.map_err(|error| trouble(error.to_string()))?;
    object.ok_or_else(|| trouble("not an object".to_owned()))
}

fn need<T>(value: Option<T>, field: &'static str) -> Result<T, Trouble> {
    value.ok_or_else(|| Trouble {
        field,
        reason: "missing or of another type".to_owned(),
    })
}

#[cfg(test)]
mod tests;
