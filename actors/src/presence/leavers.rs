//! Members who left: kept for a while, since many come back, and then forgotten.

use super::{
    State,
    row::{Member, Row},
    sweep,
};
use crate::kernel::{
    machine::Cx,
    time::{Span, Timestamp},
};

/// How long somebody who left is remembered.
pub(super) const KEPT: Span = Span::days(30);
/// The timer that looks for those to be forgotten.
pub(super) const TIMER: &str = "tidy";

/// Somebody left, was kicked or was banned, at `at`: they are forgotten in time.
pub(super) fn left(cx: &mut Cx<'_, Row>, state: &mut State, at: Timestamp) {
    let over = at + KEPT;
    if state.tidies_at.is_none_or(|tidies| over < tidies) {
        tidy_at(cx, state, over);
    }
}

/// Somebody may have to be forgotten.
pub(super) fn tidy(cx: &mut Cx<'_, Row>, state: &mut State) {
    state.tidies_at = None;
    sweep::begin(cx, state, sweep::Purpose::Tidy);
}

/// Whether the time of a row is over; if not yet, it is looked at again when it is.
pub(super) fn is_over(cx: &mut Cx<'_, Row>, state: &mut State, member: &Member) -> bool {
    let Some(left_at) = member.left.map(|left| left.at) else {
        return false;
    };
    let over = left_at + KEPT <= cx.now;
    if !over {
        left(cx, state, left_at);
    }
    over
}

fn tidy_at(cx: &mut Cx<'_, Row>, state: &mut State, at: Timestamp) {
    state.tidies_at = Some(at);
    cx.wake_at(TIMER, at);
}

/// Nobody is to be forgotten any more.
pub(super) fn forget(cx: &mut Cx<'_, Row>, state: &mut State) {
    if state.tidies_at.take().is_some() {
        cx.cancel(TIMER);
    }
}
