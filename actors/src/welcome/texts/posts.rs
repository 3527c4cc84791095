//! What is posted about those who come and go.

use crate::{
    kernel::{
        ids::{RoleId, UserId},
        inbound::Removal,
        text::{
            Message, TimeStyle, discord_time, escape_line, mention_role, mention_user, plural,
            width,
        },
    },
    welcome::{audit::Cause, departures::MAX_ROLES, placeholders::Person, roll::Gone},
};

pub(in crate::welcome) const NAMELESS: &str = "somebody without a name";
pub(in crate::welcome) const UNKNOWN_TIME: &str = "unknown";
pub(in crate::welcome) const NOBODY: &str = "nobody";

pub(in crate::welcome) fn server(name: &str) -> String {
    let name = escape_line(name);
    if name.is_empty() {
        "the server".to_owned()
    } else {
        name
    }
}

pub(in crate::welcome) fn welcome_many(users: &[UserId], guild: &str) -> Message {
    let mentions: Vec<String> = users.iter().copied().map(mention_user).collect();
    let names = match mentions.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        all => all.join(", "),
    };
    Message::text(format!("Welcome to {}, {names}!", server(guild)))
}

pub(in crate::welcome) fn what(cause: &Cause) -> String {
    match cause {
        Cause::Left => "left".to_owned(),
        Cause::Unreadable => {
            "left (I could not read the audit log, so it may have been a kick or a ban)".to_owned()
        }
        Cause::Removed { action, by, reason } => {
            let done = match action {
                Removal::Kick => "was kicked",
                Removal::Ban => "was banned",
                Removal::Prune => "was removed in a prune of inactive members",
            };
            let by = by.map_or_else(String::new, |by| format!(" by {}", mention_user(by)));
            let why = reason
                .as_deref()
                .map(escape_line)
                .filter(|reason| !reason.is_empty());
            let why = why.map_or_else(String::new, |reason| format!(" (reason: {reason})"));
            format!("{done}{by}{why}")
        }
    }
}

pub(in crate::welcome) fn reason(cause: Option<&Cause>) -> String {
    let reason = match cause {
        Some(Cause::Removed {
            reason: Some(reason),
            ..
        }) => escape_line(reason),
        _ => String::new(),
    };
    if reason.is_empty() {
        "none given".to_owned()
    } else {
        reason
    }
}

pub(in crate::welcome) fn roles(roles: Option<&[RoleId]>, more: u32) -> String {
    let Some(roles) = roles else {
        return "unknown".to_owned();
    };
    let shown = roles.iter().take(MAX_ROLES).copied().map(mention_role);
    let shown: Vec<String> = shown.collect();
    match (shown.is_empty(), more) {
        (true, _) => "none".to_owned(),
        (false, 0) => shown.join(" "),
        (false, more) => format!("{} and {more} more", shown.join(" ")),
    }
}

pub(in crate::welcome) fn left_line(person: &Person) -> String {
    let what = person
        .left
        .as_ref()
        .map_or_else(String::new, |(_, cause)| what(cause));
    format!(
        "**{}** {what} · member for: {}",
        person.shown_name(),
        person.stayed()
    )
}

/// A flood of departures: one message, or several where one would be too long.
pub(in crate::welcome) fn left_many(lines: &[String]) -> Vec<Message> {
    let title = format!(
        "**{}:**",
        plural(lines.len() as u64, "more departure", "more departures")
    );
    let mut messages = Vec::new();
    let mut text = title;
    for line in lines {
        if width(&text) + width(line) > 1_900 {
            messages.push(Message::text(std::mem::take(&mut text)));
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(line);
    }
    messages.push(Message::text(text));
    messages
}

pub(in crate::welcome) fn gone_unseen(gone: &[Gone], more: u32) -> Message {
    let count = gone.len() as u64 + u64::from(more);
    let mut text = format!(
        "**{} while I was away:**",
        plural(count, "member left", "members left")
    );
    let mut named = 0;
    for gone in gone {
        let since = gone.joined_at.map_or_else(
            || UNKNOWN_TIME.to_owned(),
            |at| discord_time(at, TimeStyle::LongDate),
        );
        let user = mention_user(gone.user);
        let line = format!(
            "\n{user} (member since: {since}, roles: {})",
            roles(Some(&gone.roles), 0)
        );
        if width(&text) + width(&line) > 1_900 {
            break;
        }
        text.push_str(&line);
        named += 1;
    }
    let unnamed = count - named;
    if unnamed > 0 {
        text.push_str(&format!("\n… and {unnamed} more"));
    }
    Message::text(text)
}
