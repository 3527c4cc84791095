//! Every sentence of the tracker, in English, for languages to follow.

use super::Row;
use crate::kernel::{
    activity::{Deed, Last},
    ids::UserId,
    text::{TimeStyle, discord_time, mention_channel, mention_user, plural},
    time::{Span, Timestamp},
};

pub(super) const INTENT_LOSS: &str = "who is online is not seen";
pub(super) const OFF: &str = "It is not recorded here when members were last active. A moderator can change that: \
     `/presence settings track:True`.";

pub(super) const fn summary(on: bool) -> &'static str {
    if on {
        "records when members were last active"
    } else {
        "records nothing"
    }
}

pub(super) const fn settings(on: bool) -> &'static str {
    if on {
        "I record when members were last active and how often: `/seen` shows it. `track:False` ends \
         that and forgets everything."
    } else {
        "I do not record when members were last active. What I had recorded is being deleted. \
         `track:True` begins anew."
    }
}

pub(super) fn never_seen(user: UserId) -> String {
    format!(
        "I have not seen {} do anything here yet.",
        mention_user(user)
    )
}

pub(super) fn not_recorded(user: UserId) -> String {
    format!("{} asked not to be recorded here.", mention_user(user))
}

pub(super) fn seen(user: UserId, row: &Row, now: Timestamp) -> String {
    let mut lines = vec![match &row.last {
        Some(last) => format!("{} {}.", mention_user(user), deed(last)),
        None => never_seen(user),
    }];
    if let Some(online) = row.online {
        let when = discord_time(online, TimeStyle::Relative);
        lines.push(format!("Status last changed {when}."));
    }
    lines.push(format!("{}.", counts(row, now)));
    if let Some(left) = row.left {
        let when = discord_time(left, TimeStyle::Relative);
        lines.push(format!("Left the server {when}."));
    }
    let first = discord_time(row.first, TimeStyle::LongDate);
    lines.push(format!("Recorded since {first}."));
    lines.join("\n")
}

fn deed(last: &Last) -> String {
    let did = match last.deed {
        Deed::Wrote => "wrote",
        Deed::Edited => "edited a message of theirs",
        Deed::Reacted => "reacted",
        Deed::Typed => "typed",
        Deed::Spoke if last.channel.is_none() => "left voice",
        Deed::Spoke => "was in voice",
        Deed::Used => "used a command",
    };
    let place = last.channel.map_or_else(String::new, |channel| {
        format!(" in {}", mention_channel(channel))
    });
    let when = discord_time(last.at, TimeStyle::Relative);
    format!("{did}{place} {when}")
}

fn counts(row: &Row, now: Timestamp) -> String {
    let messages = u64::from(row.counts.of(Deed::Wrote));
    let reactions = u64::from(row.counts.of(Deed::Reacted));
    let mut text = format!(
        "{}, {}",
        plural(messages, "message", "messages"),
        plural(reactions, "reaction", "reactions")
    );
    let going_on = row.session.map_or(Span::ZERO, |session| {
        now.since(session.since).max(Span::ZERO)
    });
    let voice = Span::millis(row.voice.as_millis() + going_on.as_millis());
    text.push_str(&if voice == Span::ZERO {
        ", no time in voice".to_owned()
    } else {
        format!(", {voice} in voice")
    });
    if let Some(session) = row.session {
        text.push_str(&format!(" (now in {})", mention_channel(session.channel)));
    }
    text
}
