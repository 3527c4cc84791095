//! When something was last done in a channel: a row for each in which something was. A thread counts
//! for itself.

use super::{
    State,
    row::{Channel, Row, channel_key},
};
use crate::kernel::{
    activity::{Activity, Did, Last, Signs},
    ids::ChannelId,
    machine::{Cx, RowKey},
    time::{Span, Timestamp},
};
use std::collections::{BTreeMap, btree_map::Entry};

/// Most channels of a guild that have a row; what is done in more of them is not noted there.
pub(super) const MAX_CHANNELS: u32 = 5_000;
/// Most channels of one turn, which writes at most 500 rows.
const MAX_AT_ONCE: usize = 200;
/// A row nobody has touched for so long goes: threads are many, and not deleted when they are over.
const KEPT: Span = Span::days(400);

/// The rows of the channels in which something was done.
pub(super) fn rows_of(activity: &Activity) -> impl Iterator<Item = RowKey> {
    touched(activity, |_| true).into_keys().map(channel_key)
}

/// The channels in which something was done, each with the newest deed of those that count.
fn touched(
    activity: &Activity,
    counts: impl Fn(&Did) -> bool,
) -> BTreeMap<ChannelId, Option<Last>> {
    let mut touched: BTreeMap<ChannelId, Option<Last>> = BTreeMap::new();
    let deeds = activity.members.values().flat_map(Signs::all);
    for (channel, did) in deeds.filter_map(|did| Some((did.channel?, did))) {
        let room = touched.len() < MAX_AT_ONCE;
        let newest = match touched.entry(channel) {
            Entry::Occupied(newest) => newest.into_mut(),
            Entry::Vacant(place) if room => place.insert(None),
            Entry::Vacant(_) => continue,
        };
        if counts(did) && newest.is_none_or(|last| last.at <= did.at) {
            *newest = Some(did.last());
        }
    }
    touched
}

/// Notes what members did where. A busy channel's row is written once a minute: a channel is silent for
/// days before anybody wonders.
pub(super) fn add(cx: &mut Cx<'_, Row>, state: &mut State, activity: &Activity) {
    let touched = touched(activity, |did| state.counted.here(did));
    for (channel, last) in touched {
        let Some(Last { at, deed, .. }) = last else {
            continue;
        };
        let key = channel_key(channel);
        let channel = match cx.row(&key).and_then(Row::channel) {
            Some(known) if minute(at) <= minute(known.last) => continue,
            Some(known) => Channel {
                last: at,
                deed,
                minutes: known.minutes.saturating_add(1),
                ..*known
            },
            None if state.channels < MAX_CHANNELS => {
                state.channels += 1;
                Channel {
                    first: at,
                    last: at,
                    deed,
                    minutes: 1,
                }
            }
            None => continue,
        };
        cx.put(key, Row::Channel(channel));
    }
}

fn minute(at: Timestamp) -> i64 {
    at.seconds().div_euclid(60)
}

/// A channel is gone.
pub(super) fn deleted(cx: &mut Cx<'_, Row>, state: &mut State, channel: ChannelId) {
    let key = channel_key(channel);
    if cx.row(&key).is_some() {
        remove(cx, state, key);
    }
}

/// Looks whether the time of a row is over.
pub(super) fn tidy(cx: &mut Cx<'_, Row>, state: &mut State, key: &RowKey, channel: &Channel) {
    if channel.last + KEPT < cx.now {
        remove(cx, state, key.clone());
    }
}

fn remove(cx: &mut Cx<'_, Row>, state: &mut State, key: RowKey) {
    cx.remove(key);
    state.channels = state.channels.saturating_sub(1);
}
