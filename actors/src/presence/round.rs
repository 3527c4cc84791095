//! Rounds: every few hours everybody is looked at, and what is to be done is done, within limits.
//!
//! A round is due six hours after the last one at the latest, and so proves that we were there. One that
//! comes more than an hour late tells of time in which we were not, whatever the reason was (a machine
//! that slept, a clock that was set): that time counts for nobody, and nobody is judged in that round.

use super::{
    Row, State, brake,
    judge::{Verdict, judge},
    row::Member,
    stages, texts,
    watch::What,
};
use crate::kernel::{
    ids::UserId,
    inbound::{Inbound, Input},
    machine::{Cx, Needs, RowKey, Scanned},
    time::{Span, Timestamp},
};
use std::collections::BTreeMap;

/// The timer of the next round.
pub(super) const TIMER: &str = "round";
/// The longest and the shortest time between two rounds.
const LONGEST: Span = Span::hours(6);
const SHORTEST: Span = Span::hours(1);
/// The time until the next one where a limit has cut one short, or something has changed.
const CUT_SHORT: Span = Span::minutes(10);
const SOON: Span = Span::minutes(1);
/// So much late is late.
const LATE: Span = Span::hours(1);
/// A longer time away makes us careful …
const LONG: Span = Span::days(1);
/// … for as long, or for the grace if that is longer.
const CALM: Span = Span::days(1);
/// How long it may take until a removal that came too late is heard of.
const HEARD_WITHIN: Span = Span::minutes(10);

/// Members woken, marked or given the right role in one round.
const MOST: usize = 100;
/// Members told in one round: direct messages are what Discord minds most.
const MOST_WARNED: usize = 20;

/// Members with whom the same is to be done; those who have been idle longest come first.
#[derive(Debug, Default)]
pub(super) struct Due {
    first: BTreeMap<(Span, UserId), Member>,
    /// How many there are in all.
    pub(super) all: u32,
}

impl Due {
    fn add(&mut self, most: usize, idle: Span, user: UserId, member: &Member) {
        self.all = self.all.saturating_add(1);
        let last = self.first.last_key_value().map(|(key, _)| *key);
        let key = (Span::millis(idle.as_millis().saturating_neg()), user);
        if self.first.len() < most || last.is_some_and(|last| key < last) {
            self.first.insert(key, member.clone());
        }
        if self.first.len() > most {
            self.first.pop_last();
        }
    }

    /// Those who come first, with how long they have been idle.
    pub(super) fn iter(&self) -> impl Iterator<Item = (UserId, Span)> {
        self.first
            .keys()
            .map(|(idle, user)| (*user, Span::millis(idle.as_millis().saturating_neg())))
    }

    fn take(self, most: usize) -> impl Iterator<Item = (UserId, Member)> {
        let first = self.first.into_iter().take(most);
        first.map(|((_, user), member)| (user, member))
    }
}

/// What a walk over all members has found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Members who are here.
    pub(super) members: u64,
    /// Those of them who are taken for inactive.
    pub(super) inactive: u32,
    /// Those of them who are exempt.
    pub(super) exempt: u32,
    pub(super) wake: Due,
    pub(super) mark: Due,
    pub(super) role: Due,
    pub(super) warn: Due,
    pub(super) remove: Due,
    /// Before so long has passed nothing more is to be done.
    next: Option<Span>,
}

/// The walk that a round needs.
pub(super) fn needs() -> Needs {
    Needs::Every {
        rows: Vec::new(),
        from: RowKey::default(),
        to: RowKey::after_users(),
    }
}

/// Whether this input asks what is to be done with everybody.
pub(super) fn asks(what: &Inbound) -> bool {
    match what {
        Inbound::TimerFired { key, .. } => key == TIMER,
        Inbound::Called(call) => call.command == "presence preview",
        _ => false,
    }
}

/// One row of such a walk.
pub(super) fn scan(state: &State, input: &Input, into: &mut Scanned, key: &RowKey, row: &Row) {
    let of = row.member().zip(key.as_user());
    let Some((member, user)) = of.filter(|(member, _)| member.left.is_none()) else {
        return;
    };
    let (now, found) = (input.at, into.gathered::<Found>());
    found.members += 1;
    found.inactive += u32::from(member.inactive().is_some());
    found.exempt += u32::from(state.is_exempt(user, member));
    let idle = state.idle(member, now).unwrap_or(Span::ZERO);
    let (due, most) = match judge(state, user, member, now) {
        Verdict::Nothing(next) => {
            found.next = found.next.into_iter().chain(next).min();
            return;
        }
        Verdict::Wake => (&mut found.wake, MOST),
        Verdict::Mark => (&mut found.mark, MOST),
        Verdict::Role => (&mut found.role, MOST),
        Verdict::Warn => (&mut found.warn, MOST_WARNED),
        Verdict::Remove => (&mut found.remove, MOST),
    };
    due.add(most, idle, user, member);
}

fn at(cx: &mut Cx<'_, Row>, state: &mut State, at: Timestamp) {
    state.watch.round_at = Some(at);
    cx.punish_at(TIMER, at);
}

/// Something has changed: a round is due in a moment.
pub(super) fn soon(cx: &mut Cx<'_, Row>, state: &mut State) {
    let soon = cx.now + SOON;
    if state.watch.round_at.is_none_or(|next| next > soon) {
        at(cx, state, soon);
    }
}

/// A round now.
pub(super) fn now(cx: &mut Cx<'_, Row>, state: &mut State) {
    let now = cx.now;
    at(cx, state, now);
}

/// Whether nobody is removed at the moment because we were away for long.
pub(super) fn is_calm(state: &State, now: Timestamp) -> bool {
    state.watch.calm_until.is_some_and(|until| now < until)
}

/// We were away from `from` to now. After a long time nobody is removed before everybody has had the time
/// to show up.
pub(super) fn was_away(cx: &mut Cx<'_, Row>, state: &mut State, from: Timestamp) {
    let away = cx.now.since(from);
    if away < LONG || !state.rules.armed || !state.rules.kick {
        return;
    }
    let until = cx.now + CALM.max(state.rules.grace);
    state.watch.calm_until = Some(until);
    stages::log(cx, state, texts::calm(away, until));
}

/// The guild became visible: there is a next round, and a clock that was set back must not put it off.
pub(super) fn available(cx: &mut Cx<'_, Row>, state: &mut State) {
    let latest = cx.now + LONGEST;
    match state.watch.round_at {
        Some(next) if next > latest => at(cx, state, latest),
        None if state.rules.after.is_some() => soon(cx, state),
        _ => {}
    }
}

/// A round is due.
pub(super) fn fired(cx: &mut Cx<'_, Row>, state: &mut State, due: Timestamp) {
    let found: Found = cx.scanned();
    state.watch.round_at = None;
    if !state.tracks() {
        return;
    }
    state.away.cut(cx.now);
    if cx.now.since(due) > LATE {
        state.away.add(due, cx.now);
        was_away(cx, state, due);
        soon(cx, state);
        return;
    }
    if !state.catalogue.known || state.unavailable.is_some() || state.forgetting {
        let next = cx.now + SHORTEST;
        at(cx, state, next);
        return;
    }
    forget_too_late(state, cx.now);
    if let Some(pause) = go_round(cx, state, found) {
        let next = cx.now + pause;
        at(cx, state, next);
    }
}

/// Does what is to be done, and says how long until the next round; `None`: there is nothing to watch
/// any more.
fn go_round(cx: &mut Cx<'_, Row>, state: &mut State, found: Found) -> Option<Span> {
    let Found {
        members,
        inactive,
        wake,
        mark,
        role,
        warn,
        remove,
        next,
        ..
    } = found;
    let (waking, removing) = (wake.all, remove.all);
    let mut left = wake.all - each(cx, state, wake, MOST, stages::wake);
    if state.rules.after.is_none() && inactive == waking && left == 0 {
        return None;
    }
    if state.rules.armed {
        let most = removals(cx, state, removing, members);
        each(cx, state, remove, most, stages::look);
        let (marks, warnings) = (mark.all, warn.all);
        let told = each(cx, state, warn, MOST_WARNED, stages::warn);
        left += role.all - each(cx, state, role, MOST, stages::show);
        let marked = each(cx, state, mark, MOST, stages::mark);
        left += marks - marked + warnings - told;
        if marked + told > 0 {
            let message = texts::round(marked, told);
            stages::log(cx, state, message);
        }
    }
    Some(match next {
        _ if left > 0 => CUT_SHORT,
        _ if removing > 0 => SHORTEST,
        Some(next) => next.max(SHORTEST).min(LONGEST),
        None => LONGEST,
    })
}

/// How many removals may be begun.
fn removals(cx: &mut Cx<'_, Row>, state: &mut State, due: u32, members: u64) -> usize {
    if is_calm(state, cx.now) || state.watch.kick_is_refused(cx.now) {
        return 0;
    }
    brake::room(cx, state, due, members)
}

type Step = fn(&mut Cx<'_, Row>, &mut State, UserId, &mut Member);

/// Takes a step with those who come first. Returns how many they were.
fn each(cx: &mut Cx<'_, Row>, state: &mut State, due: Due, most: usize, step: Step) -> u32 {
    let mut done = 0;
    for (user, mut member) in due.take(most.min(state.watch.room())) {
        step(cx, state, user, &mut member);
        cx.put(RowKey::user(user), Row::Member(member));
        done += 1;
    }
    done
}

/// Removals that came too late, and of which nothing will be heard any more.
fn forget_too_late(state: &mut State, now: Timestamp) {
    state.watch.acts.retain(|_, act| match act.what {
        What::TooLate(at) => now.since(at) < HEARD_WITHIN,
        _ => true,
    });
}
