//! What `/setup show` says: how each feature stands, what it lacks, what to do next.

use super::{State, texts};
use crate::kernel::{
    call::{Permissions, Process},
    effect::{Granted, Outcome},
    fact::Standing,
    ids::ChannelId,
    text::{Embed, Message},
};
use std::collections::BTreeSet;

/// Most channels asked about at once; features name a handful.
const MAX_CHANNELS: usize = 50;

/// What alerts in the log channel need.
const ALERTS: Permissions = Permissions::VIEW_CHANNEL.and(Permissions::SEND_MESSAGES);

/// The channels somebody needs something in.
pub(super) fn channels(state: &State) -> Vec<ChannelId> {
    let named = state
        .standings
        .values()
        .flat_map(|standing| &standing.needs);
    let channels = named
        .filter_map(|(channel, _)| *channel)
        .chain(state.shared.log_channel);
    let channels: BTreeSet<ChannelId> = channels.collect();
    channels.into_iter().take(MAX_CHANNELS).collect()
}

/// The whole report. Without an answer about permissions it says so and shows the rest.
pub(super) fn report(state: &State, process: &Process, outcome: &Outcome) -> Message {
    let granted = match outcome {
        Outcome::Permissions(granted) => Some(granted),
        _ => None,
    };
    let log = state.shared.log_channel;
    let log_lacks = log.and_then(|channel| lacks(granted?, Some(channel), ALERTS));
    let mut problems = usize::from(log_lacks.is_some());
    let mut fields = Vec::new();
    for standing in state.standings.values() {
        let lacking = lacking(standing, process, granted);
        problems += lacking.len();
        fields.push((
            texts::feature_title(standing),
            texts::feature_body(standing, &lacking),
        ));
    }
    let settings = texts::settings(&state.shared, log_lacks);
    let health = texts::health(problems, granted.is_some());
    let mut embed = Embed::new(texts::report_title(&state.shared.guild_name)).description(health);
    for (name, value) in fields {
        embed = embed.field(name, value, false);
    }
    Message::default().embed(embed.field(texts::SETTINGS_TITLE, settings, false))
}

fn lacking(standing: &Standing, process: &Process, granted: Option<&Granted>) -> Vec<String> {
    let permissions = standing.needs.iter();
    let permissions =
        permissions.filter_map(|(channel, wanted)| lacks(granted?, *channel, *wanted));
    let missing = |intent: &str| process.missing_intents.iter().any(|name| name == intent);
    let intents = standing
        .intents
        .iter()
        .filter(|(intent, _)| missing(intent));
    permissions
        .chain(intents.map(|(intent, loss)| texts::intent_missing(intent, loss)))
        .collect()
}

fn lacks(granted: &Granted, channel: Option<ChannelId>, wanted: Permissions) -> Option<String> {
    let Some(channel) = channel else {
        let missing = granted.guild.missing(wanted);
        return (!missing.is_empty()).then(|| texts::missing_in_guild(&missing));
    };
    let known = granted.channels.iter().find(|(known, _)| *known == channel);
    let Some((_, permissions)) = known else {
        return Some(texts::channel_missing(channel));
    };
    let missing = permissions.missing(wanted);
    (!missing.is_empty()).then(|| texts::missing_in_channel(channel, &missing))
}
