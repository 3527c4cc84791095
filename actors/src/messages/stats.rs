//! The numbers of the last days, by channel: made anew from the hours for whoever asks.

use super::{Hour, Messages, Refusal, State, Tally, commands, hour, texts};
use crate::kernel::{
    call::Press,
    ids::ChannelId,
    inbound::{Inbound, Input},
    machine::{Cx, Machine as _, Reply, RowKey, Scanned},
    pages::{self, Page},
    text::Message,
    time::Span,
    turn::is_moderator,
};
use std::collections::BTreeMap;

/// The button that leafs.
pub(super) const ACTION: &str = "stats";
/// Channels told apart in one list.
const MAX_CHANNELS: usize = 2_000;

/// What a walk over the hours gathers.
#[derive(Default)]
struct Sums {
    channels: BTreeMap<ChannelId, Tally>,
    others: Tally,
    /// Messages written, by the hour of the day.
    of_day: [u64; 24],
}

/// For how many days an input asks for numbers, if it does.
pub(super) fn asked(what: &Inbound) -> Option<u16> {
    match what {
        Inbound::Called(call) => commands::days(call),
        Inbound::Pressed(press) if press.id.action == ACTION => press.id.arg(1)?.parse().ok(),
        _ => None,
    }
}

pub(super) fn scan(input: &Input, into: &mut Scanned, key: &RowKey, row: &Hour) {
    let Some((days, hour)) = asked(&input.what).zip(hour::of_key(key)) else {
        return;
    };
    if hour < hour::of(input.at - Span::days(i64::from(days))) {
        return;
    }
    let sums: &mut Sums = into.gathered();
    sums.others.add(&row.others);
    let mut written = u64::from(row.others.written);
    for (channel, tally) in &row.channels {
        written += u64::from(tally.written);
        let room = sums.channels.len() < MAX_CHANNELS;
        match sums.channels.get_mut(channel) {
            Some(sum) => sum.add(tally),
            None if room => _ = sums.channels.insert(*channel, *tally),
            None => sums.others.add(tally),
        }
    }
    let of_day = usize::try_from(hour % 24).unwrap_or(0);
    sums.of_day[of_day] += written;
}

pub(super) fn pressed(
    cx: &mut Cx<'_, Hour>,
    state: &State,
    press: &Press,
) -> Result<Reply, Refusal> {
    let asked = asked(&Inbound::Pressed(press.clone()));
    let (page, days) = pages::asked(&press.id)
        .zip(asked)
        .ok_or(Refusal::OldButton)?;
    if !is_moderator(state.shared.as_ref(), &press.origin.caller) {
        return Err(Refusal::ForModerators);
    }
    Ok(Reply::Replace(shown(cx, state, days, page)?))
}

/// One page of the list.
pub(super) fn shown(
    cx: &mut Cx<'_, Hour>,
    state: &State,
    days: u16,
    page: usize,
) -> Result<Message, Refusal> {
    let sums: Sums = cx.scanned();
    let mut all: Vec<(Option<ChannelId>, Tally)> = sums
        .channels
        .into_iter()
        .map(|(channel, tally)| (Some(channel), tally))
        .collect();
    all.sort_by_key(|(channel, tally)| (std::cmp::Reverse(tally.written), *channel));
    if sums.others != Tally::default() {
        all.push((None, sums.others));
    }
    if all.is_empty() && !state.record {
        return Err(Refusal::Off);
    }
    let mut whole = Tally::default();
    all.iter().for_each(|(_, tally)| whole.add(tally));
    let page = pages::within(page, all.len());
    let lines = all.iter().skip(page * pages::LINES).take(pages::LINES);
    let lines = lines.map(|(channel, tally)| texts::line(*channel, tally));
    let view = Page {
        title: texts::title(days, &whole),
        lines: lines.collect(),
        page,
        of: all.len(),
        foot: texts::busiest(&sums.of_day),
    };
    Ok(pages::view(
        Messages::KIND,
        ACTION,
        &[&days.to_string()],
        view,
    ))
}
