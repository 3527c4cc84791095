//! `/presence settings`: whether members are tracked, and what counts as a sign of life.

use crate::{
    kernel::{
        activity::Deed,
        call::Call,
        command::{Command, Place, Spec, Who, opt},
        machine::{Cx, Reply},
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
        ],
    },
    run: settings,
    complete: None,
};

fn settings(cx: &mut Cx<'_, Row>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    let counted = wanted(state, call)?;
    let track = call.yes_or_no("track");
    if !state.tracks() && track.is_none() && counted != state.counted {
        return Err(Refusal::Off);
    }
    if let Some(track) = track.filter(|track| *track != state.tracks()) {
        sweep::switch(cx, state, track);
    }
    if counted != state.counted {
        sweep::count(cx, state, counted);
    }
    let missing = &call.origin.process.missing_intents;
    let lost = lost_without(state).filter(|(intent, _)| missing.iter().any(|name| name == intent));
    let lost = lost.filter(|(_, loss)| *loss != texts::PRESENCE_LOSS || status_counts(state));
    Ok(Reply::text(texts::settings(state, lost)))
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
