//! The roster: once a day a list of all accounts goes to where the community wants it.
//!
//! The list is in no record of ours. What is stored is when it is due and of which day the newest one is; the
//! list itself is read and handed on page after page by whoever carries out [`Effect::TakeRoster`], as often as it
//! takes, and replaces itself where it arrives.
//!
//! One rule decides: what is taken is the list of the newest day whose time has come ([`civil::latest`]), unless
//! that day's was taken. It is asked when the timer fires, however late, and when time or zone are changed. So
//! clocks that are put forward or back neither skip a day nor double it, a list that was missed is caught up
//! with as soon as the bot is back, and of several that were missed only the last is made.

use super::{Hour, State, tell_standing, texts};
use crate::kernel::{
    civil::{self, CivilDate, CivilTime, Zone},
    effect::{Effect, Failure, Outcome},
    inbound::EffectId,
    machine::Cx,
    text::Message,
    time::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};

/// When the next list is due.
pub(super) const TIMER: &str = "roster";
/// When moderators are told that one has not arrived.
pub(super) const OVERDUE: &str = "roster overdue";
/// After so long.
const PATIENCE: Span = Span::hours(2);
/// A timer that fires so late is one of a bot that did not run.
const LATE: Span = Span::minutes(10);
/// How far ahead of the day that is due the newest one may be: as far as one zone is ahead of another.
const AHEAD: i64 = 2;

/// The daily list of accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// When it is taken, by the guild's clocks; `None`: it is not.
    pub at: Option<CivilTime>,
    /// The newest day whose list was wanted.
    pub last: Option<CivilDate>,
    /// That list is on its way.
    pub taking: Option<EffectId>,
    /// Why the newest one has not arrived, once moderators were told.
    pub trouble: Option<Failure>,
    /// The newest one that arrived everywhere: its day, and how many accounts are on it.
    pub arrived: Option<(CivilDate, u64)>,
}

impl Roster {
    /// Whether the list of `day` was wanted. A day far ahead of it is one of a clock that was wrong.
    fn has(&self, day: CivilDate) -> bool {
        let ahead = self.last.map(|last| last.days_since(day));
        ahead.is_some_and(|days| (0..=AHEAD).contains(&days))
    }
}

/// By which clocks the time is meant.
pub(super) fn zone(state: &State) -> Zone {
    let shared = state.shared.as_ref();
    shared.map(|shared| shared.zone).unwrap_or_default()
}

/// Takes it daily at this time from now on; beginning, with the next time it comes.
pub(super) fn take_at(cx: &mut Cx<'_, Hour>, state: &mut State, at: CivilTime) {
    let begins = state.roster.at.replace(at).is_none();
    state.listed = true;
    let day = civil::latest(cx.now, at, &zone(state));
    if begins && !state.roster.has(day) {
        state.roster.last = Some(day);
    }
    look(cx, state);
}

/// Takes it no longer; what is on its way is no longer wanted.
pub(super) fn stop(cx: &mut Cx<'_, Hour>, state: &mut State) {
    if let Some(taking) = state.roster.taking.take() {
        cx.withdraw(taking);
    }
    if state.roster.at.take().is_some() {
        cx.cancel(TIMER);
        cx.cancel(OVERDUE);
    }
    state.roster.trouble = None;
}

/// Takes the list of the day that is due, if that was not done; looks again when the next one is.
pub(super) fn look(cx: &mut Cx<'_, Hour>, state: &mut State) {
    let Some(at) = state.roster.at else { return };
    let zone = zone(state);
    let day = civil::latest(cx.now, at, &zone);
    if !state.roster.has(day) {
        take(cx, state, day);
    }
    cx.wake_at(TIMER, civil::next(cx.now, at, &zone));
}

fn take(cx: &mut Cx<'_, Hour>, state: &mut State, day: CivilDate) {
    if let Some(late) = state.roster.taking.take() {
        cx.withdraw(late);
        trouble(cx, state, overdue());
    }
    let guild = cx.guild();
    state.roster.taking = Some(cx.ask(Effect::TakeRoster { guild, day }));
    state.roster.last = Some(day);
    cx.wake_at(OVERDUE, cx.now + PATIENCE);
}

/// One has not arrived for long. It goes on being tried; but if the bot did not run, it was not.
pub(super) fn waited(cx: &mut Cx<'_, Hour>, state: &mut State, due: Timestamp) {
    if state.roster.taking.is_none() {
        return;
    }
    if cx.now.since(due) > LATE {
        cx.wake_at(OVERDUE, cx.now + PATIENCE);
    } else {
        trouble(cx, state, overdue());
    }
}

/// What became of the list.
pub(super) fn ended(cx: &mut Cx<'_, Hour>, state: &mut State, effect: EffectId, outcome: &Outcome) {
    if state.roster.taking != Some(effect) {
        return;
    }
    state.roster.taking = None;
    cx.cancel(OVERDUE);
    match outcome {
        Outcome::Listed { accounts } => {
            state.roster.arrived = state.roster.last.map(|day| (day, *accounts));
            if state.roster.trouble.take().is_some() {
                tell_standing(cx, state);
            }
        }
        Outcome::Failed(failure) => trouble(cx, state, failure.clone()),
        _ => trouble(cx, state, overdue()),
    }
}

/// Tells moderators what is the matter: once, until a list arrives again. Where the bot is no longer, nobody
/// is told.
fn trouble(cx: &mut Cx<'_, Hour>, state: &mut State, why: Failure) {
    let (text, is_gone) = (texts::roster_trouble(&why), why.is_gone());
    if state.roster.trouble.replace(why).is_some() {
        return;
    }
    if let Some(shared) = state.shared.as_ref().filter(|_| !is_gone) {
        cx.alert(shared, Message::text(text));
    }
    tell_standing(cx, state);
}

fn overdue() -> Failure {
    Failure {
        status: 0,
        code: 0,
        text: texts::OVERDUE.to_owned(),
    }
}
