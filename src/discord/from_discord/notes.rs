//! What becomes of messages, for guilds that asked to hear of it. Everybody else's events never come here.
//!
//! Discord leaves out text and files where the application may not see them, without a word: it sends an empty
//! text and no files. That is not known then, rather than nothing.

use super::{Context, Frame, read};
use crate::discord::wire;
use actors::kernel::{
    ids::{ChannelId, GuildId, MessageId, UserId},
    note::{Note, Noted, Notes, Size, Writer},
    time::{Span, Timestamp},
};

/// Message types that somebody writes: said, replied, and the answers of commands (20) and menus (23).
/// Others are notices by Discord.
const WRITTEN: [u64; 4] = [0, REPLY, 20, 23];
const REPLY: u64 = 19;

/// What the frame says of messages, if it does. One that cannot be read is reported by whoever decodes it.
#[must_use]
pub fn notes(frame: &Frame<'_>, cx: &Context) -> Option<Notes> {
    match frame.event()? {
        "MESSAGE_CREATE" => one(frame, cx, written),
        "MESSAGE_UPDATE" => one(frame, cx, edited),
        "MESSAGE_DELETE" | "MESSAGE_DELETE_BULK" => deleted(frame, cx),
        _ => None,
    }
}

type Wire<'a> = wire::MessageMeasured<'a>;

/// When, on Discord's clock, and what.
type Happened = (Timestamp, Noted);

fn one(
    frame: &Frame<'_>,
    cx: &Context,
    what: fn(&Wire<'_>, MessageId, &Context) -> Option<Happened>,
) -> Option<Notes> {
    let wire: Wire<'_> = read(frame).ok()?;
    if !WRITTEN.contains(&wire.kind.number().unwrap_or(0)) {
        return None;
    }
    let guild = wire.guild_id.id(GuildId::new)?;
    let message = wire.id.id(MessageId::new)?;
    let channel = wire.channel_id.id(ChannelId::new)?;
    let (at, what) = what(&wire, message, cx)?;
    let note = Note {
        at,
        channel,
        message,
        what,
    };
    Some(Notes::of(guild, vec![note]))
}

fn written(wire: &Wire<'_>, message: MessageId, cx: &Context) -> Option<Happened> {
    let author = wire.author.get()?;
    let writer = if wire.webhook_id.is_some() {
        Writer::Webhook
    } else if author.bot.is_true() || author.system.is_true() {
        Writer::Bot
    } else {
        Writer::Person
    };
    let replies = wire.kind.number() == Some(REPLY);
    let answered = wire.message_reference.get().filter(|_| replies);
    let what = Noted::Written {
        author: author.id.id(UserId::new)?,
        writer,
        size: size(wire, cx),
        reply: answered.and_then(|answered| answered.message_id.id(MessageId::new)),
    };
    Some((plausible(message.created_at(), cx), what))
}

/// A link that unfolds is an update as well: it has no time of editing, or an old one, and then it is the
/// same edit once more.
fn edited(wire: &Wire<'_>, _: MessageId, cx: &Context) -> Option<Happened> {
    let at = wire.edited_timestamp.instant()?;
    let what = Noted::Edited {
        size: size(wire, cx),
    };
    Some((at, what))
}

/// An id that carries no time (of a server that only counts) says nothing about when.
fn plausible(at: Timestamp, cx: &Context) -> Timestamp {
    let arrived = cx.now + cx.offset;
    let far = arrived.since(at).as_millis().saturating_abs() > Span::days(1).as_millis();
    if far { arrived } else { at }
}

fn size(wire: &Wire<'_>, cx: &Context) -> Option<Size> {
    let text = wire.content.text()?;
    let ours = || {
        let author = wire
            .author
            .get()
            .and_then(|author| author.id.id(UserId::new));
        author.is_some() && author == cx.bot
    };
    let files = wire.attachments.0.len();
    let shown = cx.content || !text.is_empty() || files > 0 || ours();
    shown.then(|| Size {
        length: u32::try_from(text.chars().count()).unwrap_or(u32::MAX),
        files: u16::try_from(files).unwrap_or(u16::MAX),
    })
}

fn deleted(frame: &Frame<'_>, cx: &Context) -> Option<Notes> {
    let wire: wire::MessagesGone<'_> = read(frame).ok()?;
    let guild = wire.guild_id.id(GuildId::new)?;
    let channel = wire.channel_id.id(ChannelId::new)?;
    let gone = std::iter::once(&wire.id).chain(&wire.ids.0);
    let gone = gone.filter_map(|id| id.id(MessageId::new));
    let note = |message| Note {
        at: cx.now + cx.offset,
        channel,
        message,
        what: Noted::Deleted,
    };
    Some(Notes::of(guild, gone.map(note).collect()))
}
