//! `/presence settings`: whether members are tracked, what counts as a sign of life, and what becomes of
//! members who give none (`rules`).

mod rules;

use crate::{
    kernel::{
        activity::Deed,
        call::Call,
        command::{Command, Place, Spec, Who, opt},
        machine::{Cx, Reply},
        text::Message,
    },
    presence::{
        Counted, Presence, Refusal, Row, State,
        counted::{self, MAX_IGNORED},
        lost_without, sweep, texts,
    },
};

pub(in crate::presence) const COMMAND: Command<Presence> = Command {
    spec: Spec {
        name: "presence settings",
        summary: "Show or set what is recorded of when members were last active",
        who: Who::Moderators,
        place: Place::Guild,
        options: &[
            opt::flag("track", "False forgets everything recorded so far"),
            opt::choice(
                "count",
                "This counts as a sign of life from now on",
                &counted::CHOICES,
            ),
            opt::choice("skip", "This counts no more", &counted::CHOICES),
            opt::place("ignore", "Nothing counts in this channel from now on"),
            opt::place("heed", "This channel is no longer ignored"),
            opt::integer(
                "inactive_after_days",
                "Who does nothing for so long is inactive; 0 is nobody",
                0,
                365,
            ),
            opt::role("role", "Inactive members have this role"),
            opt::flag("kick", "Whether inactive members are removed"),
            opt::integer(
                "kick_after_days",
                "So long after they became inactive; 30 at first",
                1,
                365,
            ),
            opt::flag("warn", "Whether they are told before"),
            opt::channel(
                "warn_channel",
                "Where they are told if they take no direct messages",
            ),
            opt::integer(
                "grace_days",
                "How long they have once they were told; 7 at first",
                1,
                60,
            ),
            opt::role("exempt_role", "Who has this role is never inactive"),
            opt::user("exempt_user", "They are never inactive"),
            opt::channel("log", "Where I tell what I do about inactive members"),
            opt::integer("per_hour", "So many are removed in an hour at most", 1, 100),
            opt::integer(
                "percent",
                "So many of a hundred members in a day; for more I ask",
                1,
                50,
            ),
            opt::flag(
                "remove",
                "True takes this role, channel or member out of the rules",
            ),
        ],
    },
    run: settings,
    complete: None,
};

fn settings(cx: &mut Cx<'_, Row>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    let counted = wanted(state, call)?;
    let new = rules::wanted(state, call)?;
    let rules_change = new != state.rules;
    let track = call.yes_or_no("track");
    if !state.tracks() && track.is_none() && (counted != state.counted || rules_change) {
        return Err(Refusal::Off);
    }
    if let Some(track) = track.filter(|track| *track != state.tracks()) {
        sweep::switch(cx, state, track);
    }
    if counted != state.counted {
        sweep::count(cx, state, counted);
    }
    if rules_change {
        rules::set(cx, state, new);
    }
    let missing = &call.origin.process.missing_intents;
    let lost = lost_without(state).filter(|(intent, _)| missing.iter().any(|name| name == intent));
    let lost = lost.filter(|(_, loss)| *loss != texts::PRESENCE_LOSS || status_counts(state));
    let message = Message::text(texts::settings(state, lost));
    Ok(Reply::Say(if state.tracks() {
        message.embed(texts::rules(state))
    } else {
        message
    }))
}

/// Whether members can be judged at all.
pub(super) fn possible(state: &State, call: &Call) -> Result<(), Refusal> {
    if !state.tracks() {
        return Err(Refusal::Off);
    }
    let missing = &call.origin.process.missing_intents;
    if missing.iter().any(|name| name == "Server Members") {
        return Err(Refusal::NeedsMembers);
    }
    Ok(())
}

fn status_counts(state: &State) -> bool {
    state.counted.deed(Deed::Appeared)
}

/// What counts once the command is done.
fn wanted(state: &State, call: &Call) -> Result<Counted, Refusal> {
    let mut counted = state.counted.clone();
    let kind = |option| {
        let value = call.text(option);
        value.map(|value| counted::chosen(value).ok_or(Refusal::UnknownKind))
    };
    let (count, skip) = (kind("count").transpose()?, kind("skip").transpose()?);
    let (ignore, heed) = (call.channel("ignore"), call.channel("heed"));
    if (count.is_some() && count == skip) || (ignore.is_some() && ignore == heed) {
        return Err(Refusal::BothWays);
    }
    if let Some(deed) = count {
        counted.switch(deed, true);
    }
    if let Some(deed) = skip {
        counted.switch(deed, false);
    }
    if counted.kinds(true).next().is_none() {
        return Err(Refusal::NothingCounts);
    }
    if let Some(channel) = heed.filter(|channel| !counted.ignored.remove(channel)) {
        return Err(Refusal::NotIgnored(channel));
    }
    counted.ignored.extend(ignore);
    if counted.ignored.len() > MAX_IGNORED {
        return Err(Refusal::TooManyIgnored);
    }
    Ok(counted)
}

#[cfg(test)]
mod tests;
