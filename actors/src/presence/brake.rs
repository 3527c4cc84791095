//! What holds removals back: so many in an hour, and so many of all members in a day. Where more are
//! due than the day allows, nobody is removed until a moderator has decided.

use super::{Row, State, stages, texts};
use crate::kernel::{
    civil,
    machine::Cx,
    time::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};

const HOUR: Span = Span::hours(1);

/// See the module docs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brake {
    /// The day, in the server's zone, that the next four are about; empty before the first.
    pub day: String,
    /// Removals decided that day.
    pub removed: u32,
    /// So many are the day's share of all members.
    pub share: u32,
    /// A moderator decided how many there may be instead.
    pub allowed: Option<u32>,
    /// Moderators were asked.
    pub asked: bool,
    /// When an hour began that is counted …
    pub hour: Timestamp,
    /// … and how many removals were begun in it.
    pub begun: u32,
}

/// The day it is in the server.
pub(super) fn today(state: &State, now: Timestamp) -> String {
    let shared = state.shared.clone().unwrap_or_default();
    civil::local(now, &shared.zone).0.to_string()
}

impl Brake {
    /// A new day or hour begins to be counted, if it does.
    fn turn(&mut self, today: &str, share: u32, now: Timestamp) {
        if self.day != today {
            today.clone_into(&mut self.day);
            (self.removed, self.allowed, self.asked) = (0, None, false);
        }
        self.share = share;
        if now < self.hour || now.since(self.hour) >= HOUR {
            (self.hour, self.begun) = (now, 0);
        }
    }

    /// How many more may be removed today.
    const fn left_today(&self) -> u32 {
        let ceiling = match self.allowed {
            Some(allowed) => allowed,
            None => self.share,
        };
        ceiling.saturating_sub(self.removed)
    }
}

/// Whether one more removal may be decided, which counts from here on.
pub(super) fn take(state: &mut State, now: Timestamp) -> bool {
    let day = today(state, now);
    let brake = &mut state.watch.brake;
    brake.turn(&day, brake.share, now);
    let free = brake.left_today() > 0;
    if free {
        brake.removed += 1;
    }
    free
}

/// How many of `due` removals may be begun now. Where the day does not allow them all, moderators are
/// asked, and until they have decided it is none.
pub(super) fn room(cx: &mut Cx<'_, Row>, state: &mut State, due: u32, members: u64) -> usize {
    let (day, share) = (today(state, cx.now), state.rules.daily(members));
    let per_hour = u32::from(state.rules.per_round);
    let brake = &mut state.watch.brake;
    brake.turn(&day, share, cx.now);
    if brake.allowed.is_none() && due > brake.left_today() {
        if !std::mem::replace(&mut brake.asked, true) {
            let wanted = brake.removed.saturating_add(due);
            let question = texts::too_many(due, brake.left_today(), share, wanted, &day);
            stages::log(cx, state, question);
        }
        return 0;
    }
    let left = brake.left_today().min(per_hour.saturating_sub(brake.begun));
    let begun = left.min(due);
    brake.begun += begun;
    begun as usize
}

/// What a moderator decided about a day. `false`: that day is over.
pub(super) fn decided(state: &mut State, day: &str, allowed: Option<u32>, now: Timestamp) -> bool {
    let today = today(state, now);
    let brake = &mut state.watch.brake;
    if brake.day != today || today != day {
        return false;
    }
    brake.allowed = Some(allowed.unwrap_or(brake.share));
    true
}
