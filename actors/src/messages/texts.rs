//! What people read.

use super::{State, Tally, roster, state::MAX_IGNORED};
use crate::kernel::{
    civil,
    effect::Failure,
    ids::ChannelId,
    text::{TimeStyle, discord_time, escape_line, plural},
    time::Timestamp,
};

/// How the portal and `/setup` call it.
pub(super) const CONTENT_INTENT: &str = "Message Content";
/// What is lost without it.
pub(super) const LOSS: &str = "length and attachments of messages are not known";

pub(super) const OFF: &str = "Messages are not counted here. A moderator can switch that on with \
    `/messages settings record:True`.";
pub(super) const BOTH_WAYS: &str =
    "You ask for something and against it at once. Say one of the two: nothing was changed.";
pub(super) const YOU_ARE_IGNORED: &str =
    "A moderator has set that your messages are not counted and not passed on.";
pub(super) const PASSED_ON: &str = "What became of messages in this server is or was passed on to where \
    whoever runs me keeps it: ids, author, channel, time, length, number of files, edited, deleted; never \
    what they say. `/mydata forget` has what is about your messages removed there too, where it can be.";

/// How the portal and `/setup` call it.
pub(super) const MEMBERS_INTENT: &str = "Server Members";
/// What is lost without it.
pub(super) const NO_LIST: &str = "the list of accounts cannot be read";
pub(super) const NO_MEMBERS: &str = "Discord does not grant me the *Server Members* intent, and without it I \
    cannot read who is here. Whoever runs me can switch it on in Discord's developer portal.";
const NO_ROSTER: &str = "The list of accounts here is not passed on. `/messages roster at:04:00` has me take it \
    every day at that time to where whoever runs me has set up: id, name, display name, address of the picture, \
    bot or not, and names of roles, of everybody.";
const ON_IT: &str =
    "id, name, display name, address of the picture, bot or not, and names of roles";
pub(super) const OVERDUE: &str = "It has not arrived everywhere for hours, or for a day. Whoever runs me sees in \
    the log and with `guildhall status` what is away.";
pub(super) const LISTED: &str = "A list of all accounts in this server is or was passed on every day to where \
    whoever runs me keeps it, with yours: id, name, display name, address of the picture, whether it is a bot, \
    names of roles. `/mydata forget` has yours removed there too, where it can be, and left out from then on.";

pub(super) fn too_many_ignored() -> String {
    format!(
        "{MAX_IGNORED} channels and {MAX_IGNORED} people can be ignored. Take one off with \
         `/messages settings heed:` or `heed_user:` first."
    )
}

pub(super) fn summary(state: &State) -> String {
    let counted = match (state.record, state.stream) {
        (false, _) => "messages are not counted (`/messages settings record:True`)",
        (true, false) => "counts messages per hour and channel",
        (true, true) => {
            "counts messages, and passes on what becomes of each, without what they say"
        }
    };
    let Some(at) = state.roster.at else {
        return counted.to_owned();
    };
    let trouble = match &state.roster.trouble {
        Some(_) => ", which does not work at present (`/messages roster`)",
        None => "",
    };
    format!("{counted}; passes on the list of accounts daily at {at}{trouble}")
}

/// How the list of accounts is set; `blind`: the intent is missing.
pub(super) fn roster(state: &State, now: Timestamp, blind: bool) -> String {
    let Some(at) = state.roster.at else {
        return NO_ROSTER.to_owned();
    };
    let zone = roster::zone(state);
    let next = discord_time(civil::next(now, at, &zone), TimeStyle::LongDateTime);
    let mut lines = vec![format!(
        "Every day at **{at}** ({zone}) I take the list of all accounts here to where whoever runs me has set \
         up: {ON_IT}. I keep no copy of it. Who has said `/mydata forget` is not on it. The next one: {next}."
    )];
    if let Some((day, accounts)) = state.roster.arrived {
        let accounts = plural(accounts, "account", "accounts");
        lines.push(format!("The last one that arrived: {day}, {accounts}."));
    }
    if state.roster.taking.is_some() {
        lines.push("One is on its way.".to_owned());
    }
    if let Some(why) = &state.roster.trouble {
        lines.push(format!("⚠️ {}", reason(why)));
    }
    if blind {
        lines.push(format!("⚠️ {NO_MEMBERS}"));
    }
    lines.join("\n")
}

/// What moderators read when one does not arrive.
pub(super) fn roster_trouble(why: &Failure) -> String {
    format!(
        "The daily list of accounts: {} I say this once, and go on trying each day; `/messages roster` shows how it \
         stands.",
        reason(why)
    )
}

fn reason(why: &Failure) -> String {
    match why.status {
        0 => why.text.clone(),
        status => format!(
            "Discord does not let me read it ({status}: {}).",
            escape_line(&why.text)
        ),
    }
}

/// How it is set; `blind`: the intent is missing.
pub(super) fn settings(state: &State, blind: bool) -> String {
    let mut lines = Vec::new();
    if state.record {
        lines.push(format!(
            "Messages are counted per hour and channel: how many, how long, with how many files. Never what \
             they say, and not who wrote them. The numbers are kept for **{} days** and shown by \
             `/messages stats`.",
            state.keep.0
        ));
        lines.push(
            if state.stream {
                "What becomes of each message is **passed on** to where whoever runs me has set up, and \
                 nowhere if they have not: ids, author, channel, time, length, number of files, the message \
                 it answers, edited, deleted. Never what it says."
            } else {
                "Single messages are not passed on to anywhere; `stream:True` would do that."
            }
            .to_owned(),
        );
    } else {
        lines.push(OFF.to_owned());
    }
    let channels = state.ignored_channels.iter().map(|id| format!("<#{id}>"));
    let users = state.ignored_users.iter().map(|id| format!("<@{id}>"));
    let ignored: Vec<String> = channels.chain(users).collect();
    if !ignored.is_empty() {
        lines.push(format!(
            "Left out: {}. A thread counts for itself. Edits and deletions do not say whose message it was, \
             so those of people who are left out are counted all the same.",
            ignored.join(", ")
        ));
    }
    if blind && state.record {
        lines.push(format!(
            "⚠️ Discord does not grant me the *{CONTENT_INTENT}* intent: {LOSS}."
        ));
    }
    lines.join("\n")
}

pub(super) fn title(days: u16, whole: &Tally) -> String {
    let last = match days {
        1 => "the last day".to_owned(),
        days => format!("the last {days} days"),
    };
    format!("{} in {last}", count(whole.written, "message"))
}

/// A channel's line; `None` is all those that are not told apart.
pub(super) fn line(channel: Option<ChannelId>, tally: &Tally) -> String {
    let place = channel.map_or("Elsewhere".to_owned(), |id| format!("<#{id}>"));
    let mut parts = vec![count(tally.written, "message")];
    let known = tally.written.saturating_sub(tally.unknown);
    if known > 0 {
        let average = tally.letters / u64::from(known);
        parts.push(format!("{average} characters on average"));
    }
    for (number, what) in [(tally.files, "file"), (tally.edited, "edit")] {
        if number > 0 {
            parts.push(count(number, what));
        }
    }
    if tally.deleted > 0 {
        parts.push(format!("{} deleted", tally.deleted));
    }
    if tally.unknown > 0 {
        parts.push(format!("{} of unknown length", tally.unknown));
    }
    format!("{place}: {}", parts.join(", "))
}

/// At which hour most was written.
pub(super) fn busiest(of_day: &[u64; 24]) -> String {
    let busiest = of_day
        .iter()
        .enumerate()
        .max_by_key(|(hour, written)| (**written, std::cmp::Reverse(*hour)));
    match busiest {
        Some((hour, written)) if *written > 0 => {
            format!(
                "Most was written from {hour}:00 to {}:00 UTC",
                (hour + 1) % 24
            )
        }
        _ => "Nothing was counted in this time".to_owned(),
    }
}

fn count(number: u32, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}
