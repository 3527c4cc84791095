//! Every sentence of the tracker, in English, for languages to follow.

use super::{
    Row, State,
    counted::{Counted, MAX_IGNORED},
};
use crate::kernel::{
    activity::{Deed, Last},
    ids::{ChannelId, UserId},
    text::{TimeStyle, discord_time, mention_channel, mention_user, plural},
    time::{Span, Timestamp},
};

pub(super) const PRESENCE_LOSS: &str = "who is online is not seen";
pub(super) const MEMBERS_LOSS: &str = "who joins a thread is not seen";
pub(super) const NOTHING_COUNTS: &str = "Then nothing would count as a sign of life any more, and everybody would seem to be away. \
     To record nothing at all: `/presence settings track:False`.";
pub(super) const BOTH_WAYS: &str =
    "You asked me to take the same into account and to leave it out. Please choose one of the two.";
pub(super) const UNKNOWN_KIND: &str = "I do not know this kind of activity. Please restart Discord, which still shows an older list, \
     and choose again.";
pub(super) const OFF: &str = "It is not recorded here when members were last active. A moderator can change that: \
     `/presence settings track:True`.";

pub(super) const fn summary(on: bool) -> &'static str {
    if on {
        "records when members were last active"
    } else {
        "records nothing"
    }
}

/// How it is set. `lost`: what is not seen for lack of an intent, with the intent's name.
pub(super) fn settings<'a>(
    state: &State,
    lost: impl Iterator<Item = (&'a str, &'a str)>,
) -> String {
    if !state.tracks() {
        return "I do not record when members were last active. What I had recorded is being \
                deleted. `track:True` begins anew."
            .to_owned();
    }
    let mut lines = vec![
        "I record when members were last active and how often: `/seen` shows it. `track:False` \
         ends that and forgets everything."
            .to_owned(),
    ];
    lines.extend(counted(&state.counted));
    lines.extend(lost.map(|(intent, loss)| {
        format!("⚠️ I was not granted the intent {intent}, so {loss}: `/setup show`.")
    }));
    lines.join("\n")
}

fn counted(counted: &Counted) -> impl Iterator<Item = String> {
    let list = |counting: bool| counted.kinds(counting).collect::<Vec<_>>().join(" · ");
    let (on, off) = (list(true), list(false));
    let off = match off.as_str() {
        "" => "**Does not count:** nothing is left out (`skip:` changes that).".to_owned(),
        off => format!("**Does not count:** {off} (`count:` changes that)."),
    };
    let ignored: Vec<String> = counted
        .ignored
        .iter()
        .copied()
        .map(mention_channel)
        .collect();
    let ignored = match ignored.as_slice() {
        [] => "**Ignored channels:** none (`ignore:` adds one; a thread is a channel of its own)."
            .to_owned(),
        ignored => format!(
            "**Ignored channels:** {} (`heed:` takes one off the list).",
            ignored.join(", ")
        ),
    };
    [format!("**Counts as a sign of life:** {on}."), off, ignored].into_iter()
}

pub(super) fn not_ignored(channel: ChannelId) -> String {
    format!(
        "I do not ignore {}. `/presence settings` lists the channels that I do.",
        mention_channel(channel)
    )
}

pub(super) fn too_many_ignored() -> String {
    format!(
        "I can ignore {MAX_IGNORED} channels and no more. Take one off the list first: \
         `/presence settings heed:…`."
    )
}

pub(super) fn never_seen(user: UserId) -> String {
    format!(
        "I have not seen {} do anything here yet.",
        mention_user(user)
    )
}

pub(super) fn seen(user: UserId, row: &Row, now: Timestamp) -> String {
    let mut lines = vec![match &row.last {
        Some(last) => format!("{} {}.", mention_user(user), deed(last)),
        None => never_seen(user),
    }];
    let shown = |last: &Last| last.deed == Deed::Appeared;
    if let Some(online) = row.online.filter(|_| !row.last.as_ref().is_some_and(shown)) {
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
        Deed::Muted => "changed their microphone, camera or stream",
        Deed::Threaded => "joined the thread",
        Deed::Answered => "said whether an event interests them",
        Deed::Appeared => "changed their status",
    };
    let place = last.channel.map_or_else(String::new, |channel| {
        let preposition = if last.deed == Deed::Threaded {
            ""
        } else {
            " in"
        };
        format!("{preposition} {}", mention_channel(channel))
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
