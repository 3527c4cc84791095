//! When something was last done in a channel: a row for each in which something was. A thread counts
//! for itself.

use super::{
    State,
    row::{Channel, Row, channel_key},
};
use crate::kernel::{
    activity::{Activity, Last},
    ids::ChannelId,
    machine::{Cx, RowKey},
    time::Span,
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
    touched(activity).into_keys().map(channel_key)
}

/// The newest deed in each channel, and how many there were.
fn touched(activity: &Activity) -> BTreeMap<ChannelId, (Last, u32)> {
    let mut touched: BTreeMap<ChannelId, (Last, u32)> = BTreeMap::new();
    for signs in activity.members.values() {
        let Some((last, channel)) = signs.last.and_then(|last| Some((last, last.channel?))) else {
            continue;
        };
        let deeds = signs.counts.sum();
        let room = touched.len() < MAX_AT_ONCE;
        match touched.entry(channel) {
            Entry::Occupied(mut known) => {
                let (newest, sum) = known.get_mut();
                if newest.at <= last.at {
                    *newest = last;
                }
                *sum = sum.saturating_add(deeds);
            }
            Entry::Vacant(place) if room => {
                place.insert((last, deeds));
            }
            Entry::Vacant(_) => {}
        }
    }
    touched
}

/// Notes what members did where.
pub(super) fn add(cx: &mut Cx<'_, Row>, state: &mut State, activity: &Activity) {
    for (channel, (last, deeds)) in touched(activity) {
        let key = channel_key(channel);
        let channel = match cx.row(&key).and_then(Row::channel) {
            Some(known) => Channel {
                last: last.at,
                deed: last.deed,
                deeds: known.deeds.saturating_add(deeds),
                ..*known
            },
            None if state.channels < MAX_CHANNELS => {
                state.channels += 1;
                Channel {
                    first: last.at,
                    last: last.at,
                    deed: last.deed,
                    deeds,
                }
            }
            None => continue,
        };
        cx.put(key, Row::Channel(channel));
    }
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
