//! `/messages settings`: what is recorded of messages, and whether it is passed on.

use crate::{
    kernel::{
        call::Call,
        command::{Command, Place, Spec, Who, opt},
        machine::{Cx, Reply},
    },
    messages::{Days, Hour, Messages, Refusal, State, state::MAX_IGNORED, switch, texts},
};
use std::collections::BTreeSet;

pub(in crate::messages) const COMMAND: Command<Messages> = Command {
    spec: Spec {
        name: "messages settings",
        summary: "Show or set what is recorded of messages; never what they say",
        who: Who::Moderators,
        place: Place::Guild,
        options: &[
            opt::flag("record", "Count messages per hour and channel"),
            opt::flag(
                "stream",
                "Also pass on what becomes of each message, to where my operator keeps it",
            ),
            opt::integer("keep_days", "Keep the numbers for so many days", 1, 730),
            opt::place("ignore", "Record nothing in this channel from now on"),
            opt::place("heed", "This channel is no longer ignored"),
            opt::user("ignore_user", "Record nothing that they write from now on"),
            opt::user("heed_user", "They are no longer ignored"),
        ],
    },
    run: settings,
    complete: None,
};

fn settings(cx: &mut Cx<'_, Hour>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    let (record, stream) = wanted(state, call)?;
    let (ignore, heed) = (call.channel("ignore"), call.channel("heed"));
    let channels = changed(
        &state.ignored_channels,
        ignore,
        heed,
        Refusal::ChannelNotIgnored,
    )?;
    let (ignore, heed) = (call.user("ignore_user"), call.user("heed_user"));
    let users = changed(&state.ignored_users, ignore, heed, Refusal::UserNotIgnored)?;
    (state.ignored_channels, state.ignored_users) = (channels, users);
    let keep = call
        .integer("keep_days")
        .and_then(|days| days.try_into().ok());
    state.keep = keep.map_or(state.keep, Days);
    if (record, stream) != (state.record, state.stream) {
        switch(cx, state, record, stream);
    }
    let missing = &call.origin.process.missing_intents;
    let blind = missing.iter().any(|name| name == texts::CONTENT_INTENT);
    Ok(Reply::text(texts::settings(state, blind)))
}

/// Whether to record and to pass on once the command is done. Passing on needs recording, so whoever asks
/// for the one gets the other.
fn wanted(state: &State, call: &Call) -> Result<(bool, bool), Refusal> {
    let (record, stream) = (call.yes_or_no("record"), call.yes_or_no("stream"));
    match (record, stream) {
        (Some(false), Some(true)) => Err(Refusal::BothWays),
        (Some(false), _) => Ok((false, false)),
        (_, Some(true)) => Ok((true, true)),
        (record, stream) => {
            let record = record.unwrap_or(state.record);
            Ok((record, stream.unwrap_or(state.stream) && record))
        }
    }
}

/// What is ignored once one was added and one taken off.
fn changed<T: Copy + Ord>(
    ignored: &BTreeSet<T>,
    ignore: Option<T>,
    heed: Option<T>,
    refusal: fn(T) -> Refusal,
) -> Result<BTreeSet<T>, Refusal> {
    let mut ignored = ignored.clone();
    if ignore.is_some() && ignore == heed {
        return Err(Refusal::BothWays);
    }
    if let Some(heed) = heed.filter(|heed| !ignored.remove(heed)) {
        return Err(refusal(heed));
    }
    ignored.extend(ignore);
    if ignored.len() > MAX_IGNORED {
        return Err(Refusal::TooManyIgnored);
    }
    Ok(ignored)
}
