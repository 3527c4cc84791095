//! Every sentence of the tracker, in English, for languages to follow.

mod lists;
mod watch;

pub(super) use lists::{
    NOTHING_TO_EXPORT, exported, file_description, inactive, nobody_inactive, nobody_on_top, top,
};

pub(super) use watch::*;

use super::{
    State,
    commands::UNDO,
    counted::{Counted, MAX_IGNORED},
    idle::{Since, Standing, standing},
    row::{Channel, Deeds, Left, Member},
};
use crate::kernel::{
    activity::{Deed, Last},
    address::Kind,
    away::Idle,
    custom_id::CustomId,
    ids::{ChannelId, UserId},
    text::{
        Button, ButtonStyle, Message, Row, TimeStyle, discord_time, mention_channel, mention_user,
        plural,
    },
    time::{Span, Timestamp},
};

pub(super) const PRESENCE_LOSS: &str = "who is online is not seen";
pub(super) const MEMBERS_LOSS: &str =
    "members who never do anything are not known, and who joins or leaves is not seen";
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

pub(super) fn not_recorded(user: UserId) -> String {
    format!("{} asked not to be recorded here.", mention_user(user))
}

/// `known`: everybody who is here is recorded.
pub(super) fn nobody(user: UserId, known: bool) -> String {
    if !known {
        return never_seen(user);
    }
    format!(
        "I have no record of {}. I keep one of everybody who is here; not of bots, and of those who left \
         only for 30 days.",
        mention_user(user)
    )
}

/// When somebody was last active. `detail`: also when they are to be removed.
pub(super) fn seen(
    state: &State,
    user: UserId,
    member: &Member,
    now: Timestamp,
    detail: bool,
) -> String {
    let mut lines = vec![match member.last() {
        Some(last) => format!("{} {}.", mention_user(user), deed(&last)),
        None => never_seen(user),
    }];
    lines.extend(stands(standing(state, member, now)));
    lines.extend(stage(state, user, member, now, detail));
    let shown = |last: Last| last.deed == Deed::Appeared;
    if let Some(online) = member.online.filter(|_| !member.last().is_some_and(shown)) {
        let when = discord_time(online, TimeStyle::Relative);
        lines.push(format!("Status last changed {when}."));
    }
    if let Some(deeds) = &member.deeds {
        lines.push(format!("{}.", counts(deeds, now)));
    }
    let day = |at| discord_time(at, TimeStyle::LongDate);
    let joined = member.joined.filter(|_| member.left.is_none());
    let here = joined.map(|at| format!("Here since {}.", day(at)));
    let first = member.deeds.as_ref().map(|deeds| deeds.first);
    let first = first.map(|at| format!("First seen {}.", day(at)));
    let dates: Vec<String> = here.into_iter().chain(first).collect();
    if !dates.is_empty() {
        lines.push(dates.join(" "));
    }
    lines.join("\n")
}

/// All that is recorded about somebody.
pub(super) fn all(state: &State, user: UserId, member: &Member, now: Timestamp) -> String {
    let tally = member.deeds.as_ref().map(lists::tally);
    let lines: Vec<String> = [seen(state, user, member, now, true)]
        .into_iter()
        .chain(tally)
        .collect();
    lines.join("\n")
}

fn stands(standing: Standing) -> Option<String> {
    Some(match standing {
        Standing::Gone(Left { at, seen: true }) => {
            let when = discord_time(at, TimeStyle::Relative);
            format!("Left the server {when}.")
        }
        Standing::Gone(Left { at, seen: false }) => {
            let when = discord_time(at, TimeStyle::Relative);
            format!("No longer in the server; I noticed {when}.")
        }
        Standing::InVoice(session) => {
            let when = discord_time(session.since, TimeStyle::Relative);
            format!("Not idle: in voice since {when}.")
        }
        Standing::Idle { since, idle } => format!("{}.", why(since, idle)),
        Standing::Unknown => return None,
    })
}

/// How long somebody has been idle, and why that long.
fn why(since: Since, Idle { whole, away }: Idle) -> String {
    let rest = Idle { whole, away }.rest();
    let since = match since {
        Since::Deed if away == Span::ZERO => return format!("Idle for **{rest}**"),
        Since::Deed => "since then",
        Since::Joining => "since they joined",
        Since::Recording => "since I began to record",
    };
    if away == Span::ZERO {
        return format!("Idle for **{rest}**, {since}");
    }
    format!(
        "Idle for **{rest}** = {whole} {since} minus {away} in which I could not see this server"
    )
}

/// Channels, the quietest first, and how many more there are.
pub(super) fn channels(
    all: &[(ChannelId, Channel)],
    more: usize,
    since: Option<Timestamp>,
) -> String {
    let began = since.map_or_else(String::new, |since| {
        format!(" ({})", discord_time(since, TimeStyle::LongDate))
    });
    let silent = format!(
        "Channels in which nobody has done anything since I began to record{began} are not listed."
    );
    let lines = all.iter().map(|(id, channel)| {
        let when = discord_time(channel.last, TimeStyle::Relative);
        let minutes = plural(u64::from(channel.minutes), "minute", "minutes");
        format!("{}: {when}, active in {minutes}", mention_channel(*id))
    });
    let more = (more > 0).then(|| format!("… and {more} more, livelier ones."));
    let lines: Vec<String> = lines.chain(more).chain([silent]).collect();
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

fn counts(deeds: &Deeds, now: Timestamp) -> String {
    let messages = u64::from(deeds.counts.of(Deed::Wrote));
    let reactions = u64::from(deeds.counts.of(Deed::Reacted));
    let mut text = format!(
        "{}, {}",
        plural(messages, "message", "messages"),
        plural(reactions, "reaction", "reactions")
    );
    let voice = deeds.voice.by(now);
    text.push_str(&if voice == Span::ZERO {
        ", no time in voice".to_owned()
    } else {
        format!(", {voice} in voice")
    });
    if deeds.voice.cut_short > 0 {
        let times = plural(u64::from(deeds.voice.cut_short), "session", "sessions");
        text.push_str(&format!(" (of {times} I did not see the end)"));
    }
    if let Some(session) = deeds.voice.open {
        text.push_str(&format!(" (now in {})", mention_channel(session.channel)));
    }
    text
}
pub(super) const SETUP_AGAIN: &str = "I read the member list again and tell every feature the settings, as I do when I am invited. \
     `/setup show` shows how everything stands.";

pub(super) const FOR_THE_BOTS_OWNER: &str =
    "This button is for whoever owns this bot. The server's owner has `/presence admin reset`.";

/// `form`: what the button opens.
pub(super) fn offer_reset(form: &str) -> Message {
    let text = "This forgets what is recorded here of members; for a day it can be undone. I ask for the server's name \
                before I do it.";
    let id = CustomId::new(Kind::Presence, form, &[]).to_string();
    let begin = Button::press(id, "Reset", ButtonStyle::Danger);
    Message::text(text).row(Row::Buttons(vec![begin]))
}

pub(super) const UNDONE: &str =
    "What was recorded before comes back, joined with what was recorded since.";

pub(super) fn reset(until: Timestamp) -> Message {
    let until = discord_time(until, TimeStyle::LongDateTime);
    let text = format!(
        "**What was recorded here of members begins anew.** What counts and who is recorded stays as it was set, and so \
         do the records of channels. Until {until} the owner can bring everything back."
    );
    let id = CustomId::new(Kind::Presence, UNDO, &[]).to_string();
    let undo = Button::press(id, "Undo", ButtonStyle::Secondary);
    Message::text(text).row(Row::Buttons(vec![undo]))
}

pub(super) fn deleted_member(user: UserId, known: bool) -> String {
    if known {
        format!("All that was recorded about <@{user}> is deleted; their record begins anew.")
    } else {
        format!("Nothing was recorded about <@{user}>.")
    }
}

pub(super) fn deleted_channel(channel: ChannelId, known: bool) -> String {
    if known {
        format!(
            "All that was recorded about <#{channel}> is deleted; its record begins anew with what is done there next."
        )
    } else {
        format!("Nothing was recorded about <#{channel}>.")
    }
}

pub(super) fn reloaded(kinds: &[Kind]) -> String {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    format!(
        "These start again from what is stored here: {}. Nothing that waits for them is lost.",
        names.join(", ")
    )
}
