//! Every sentence of the welcome desk, in English, for languages to follow.

mod posts;

pub(super) use posts::*;

use super::{Desk, Side, State, Why};
use crate::kernel::{
    ids::ChannelId,
    text::{Message, Placeholder, mention_channel, plural},
};

pub(super) const ANOTHER: &str = "Another variant";
pub(super) const EDIT_AGAIN: &str = "Edit again";
pub(super) const SAVED: &str = "Saved. So it will look:";
pub(super) const FORM_LABEL: &str = "Text; || between spaces separates variants";
pub(super) const INTENT_LOSS: &str = "joins and leaves are not seen";

pub(super) const fn default_text(side: Side) -> &'static str {
    match side {
        Side::Join => "Welcome to {server}, {user}!",
        Side::Leave => "**{name}** {what}.\nMember for: {stayed} · Roles: {roles}",
    }
}

pub(super) fn unlisted() -> Message {
    Message::text(
        "Discord did not give me the list of this server's members. Of those who are here already I \
         do not know since when and with which roles, and who came or went while I was away may go \
         unnoticed. If `/setup show` names the intent Server Members, the bot's operator must switch \
         it on.",
    )
}

pub(super) fn broken(side: Side, channel: ChannelId, why: Why) -> Message {
    let deed = match side {
        Side::Join => "greet new members",
        Side::Leave => "report who leaves",
    };
    let channel = mention_channel(channel);
    let name = side.name();
    let why = match why {
        Why::Gone => format!("the channel {channel} is gone. Set"),
        Why::Forbidden => format!("I may not write in {channel}. Allow it again, or set"),
    };
    Message::text(format!(
        "I cannot {deed} any more: {why} another with `/welcome {name} channel:…`. Until then I only \
         count."
    ))
}

pub(super) fn works_again(side: Side, channel: ChannelId) -> Message {
    let deed = match side {
        Side::Join => "New members are greeted",
        Side::Leave => "Who leaves is reported",
    };
    Message::text(format!("{deed} in {} again.", mention_channel(channel)))
}

pub(super) fn summary<'a>(sides: impl Iterator<Item = (Side, &'a Desk)>) -> String {
    let sentences: Vec<String> = sides
        .map(|(side, desk)| {
            let channel = mention_channel(desk.channel);
            match (side, &desk.broken) {
                (Side::Join, None) => format!("greets in {channel}"),
                (Side::Leave, None) => format!("reports who leaves in {channel}"),
                (Side::Join, Some(_)) => format!("cannot greet in {channel}"),
                (Side::Leave, Some(_)) => format!("cannot report who leaves in {channel}"),
            }
        })
        .collect();
    if sentences.is_empty() {
        return "greets nobody and reports nobody".to_owned();
    }
    sentences.join("; ")
}

pub(super) fn next_step(state: &State) -> Option<String> {
    let broken = |side: &Side| state.desk(*side).is_some_and(|desk| desk.broken.is_some());
    let missing = |side: &Side| state.desk(*side).is_none();
    let side = Side::ALL
        .into_iter()
        .find(broken)
        .or_else(|| Side::ALL.into_iter().find(missing))?;
    Some(format!("`/welcome {} channel:…`", side.name()))
}

pub(super) fn switched_on(side: Side, channel: ChannelId, missed: u32, blind: bool) -> String {
    let channel = mention_channel(channel);
    let mut text = match side {
        Side::Join => format!("New members are greeted in {channel}. So it will look:"),
        Side::Leave => format!("Who leaves is reported in {channel}. So it will look:"),
    };
    if missed > 0 {
        let members = plural(u64::from(missed), "member", "members");
        let note = match side {
            Side::Join => "joined and not greeted; nobody is greeted late",
            Side::Leave => "left and not reported",
        };
        text = format!("{text}\nWhile the channel was closed: {members} {note}.");
    }
    if blind {
        text = format!(
            "{text}\n⚠️ Discord does not tell me about members yet: the bot's operator must switch on \
             the intent Server Members."
        );
    }
    text
}

pub(super) fn switched_off(sides: &[Side]) -> String {
    match sides {
        [Side::Join] => "New members are no longer greeted.".to_owned(),
        [Side::Leave] => "Who leaves is no longer reported.".to_owned(),
        _ => "The welcome desk is off. What I had recorded about members is being deleted."
            .to_owned(),
    }
}

pub(super) fn side_off(side: Side) -> String {
    let name = side.name();
    format!("That is switched off already. `/welcome {name} channel:…` switches it on.")
}

pub(super) fn channel_closed(channel: ChannelId, missing: &[&str]) -> String {
    format!(
        "I could not write in {}: I lack {} there. Allow me that in the channel's settings, or \
         choose another channel.",
        mention_channel(channel),
        missing.join(", ")
    )
}

pub(super) const fn preview_title(side: Side) -> &'static str {
    match side {
        Side::Join => "When somebody joins",
        Side::Leave => "When somebody leaves",
    }
}

pub(super) const fn edit_label(side: Side) -> &'static str {
    match side {
        Side::Join => "Edit greeting",
        Side::Leave => "Edit report",
    }
}

pub(super) const fn form_title(side: Side) -> &'static str {
    match side {
        Side::Join => "Text for who joins",
        Side::Leave => "Text for who leaves",
    }
}

pub(super) fn form_hint(placeholders: &[Placeholder]) -> String {
    let names: Vec<String> = placeholders
        .iter()
        .map(|known| format!("{{{}}}", known.name))
        .collect();
    names.join(" ")
}

pub(super) fn variant(index: usize, of: usize) -> String {
    format!("Variant {} of {of}", index + 1)
}

pub(super) fn placeholder_list(side: Side, placeholders: &[Placeholder]) -> String {
    let lines = placeholders
        .iter()
        .map(|known| format!("`{{{}}}` {}", known.name, known.meaning));
    let lines: Vec<String> = lines.collect();
    format!("Placeholders for {}: {}", side.name(), lines.join(" · "))
}
