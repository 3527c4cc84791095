//! Hours whose time is over go; once a day somebody looks.

use super::{Hour, State, hour};
use crate::kernel::{
    machine::Cx,
    time::{Span, Timestamp},
};

/// Hours looked at in one turn.
pub(super) const PAGE: usize = 400;
pub(super) const TIMER: &str = "tidy";

/// Sees to it that somebody looks, not in every guild at the same time.
pub(super) fn schedule(cx: &mut Cx<'_, Hour>, state: &mut State) {
    if state.tidies_at.is_none() {
        let spread = Span::minutes(i64::try_from(cx.random_below(6 * 60)).unwrap_or(0));
        let due = cx.now + Span::hours(21) + spread;
        at(cx, state, due);
    }
}

pub(super) fn at(cx: &mut Cx<'_, Hour>, state: &mut State, due: Timestamp) {
    state.tidies_at = Some(due);
    cx.wake_at(TIMER, due);
}

/// Removes what is over; at once again where there is more of it, tomorrow where something is left.
pub(super) fn tidy(cx: &mut Cx<'_, Hour>, state: &mut State) {
    let kept = Span::days(i64::from(state.keep.0));
    let oldest = if state.emptying {
        u64::MAX
    } else {
        hour::of(cx.now - kept)
    };
    let all: Vec<_> = cx.loaded().map(|(key, _)| key.clone()).collect();
    let over = |key: &&_| hour::of_key(key).is_some_and(|hour| hour < oldest);
    let gone: Vec<_> = all.iter().filter(over).cloned().collect();
    let (more, left) = (gone.len() == PAGE, gone.len() < all.len());
    for key in gone {
        cx.remove(key);
    }
    state.tidies_at = None;
    if more {
        at(cx, state, cx.now);
    } else if left || state.record {
        schedule(cx, state);
    } else {
        state.emptying = false;
    }
}
