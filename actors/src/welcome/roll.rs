//! The roll call: learning who is here from the member list, and who came or went unseen.
//!
//! The list is called when members begin to be recorded and after each gap in the guild's events.
//! Each call has a number, the *generation*; a row carries the newest one that found its member.
//! When the list is complete, a sweep over the rows finds those whose members are no longer here.
//!
//! After a gap, whoever joined since its beginning is greeted, as in a flood if they are many, and
//! moderators get one report of those who left. The gap counts as closed when that is done, or when
//! the list cannot be had: then what is known must do, moderators are told once, and the list is called
//! again when the guild is next shown to us.

use super::{
    Greeting, Row, Side, State, arrivals, desk, own,
    sweep::{self, Sweep},
    texts,
};
use crate::kernel::{
    effect::{Effect, Outcome},
    ids::{RoleId, UserId},
    inbound::{EffectId, GuildView, Member},
    machine::{Cx, Needs, RowKey},
    time::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};

/// The timer that gives the list up.
pub(super) const TIMER: &str = "list";
/// Most members of one inbound; the edge cuts the list into pieces of at most 250.
const MAX_LISTED: usize = 450;
/// Most members named in the report of those who left unseen; more are counted.
pub(super) const MAX_NAMED: usize = 50;
/// A gap begins when we last wrote down our place; an event of shortly before may still have been on
/// its way. Where everybody had a row, one who has none is new even so.
const SLACK: Span = Span::minutes(10);
/// How long the list may keep quiet.
const PATIENCE: Span = Span::minutes(2);

/// What is known of the member list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roll {
    /// The number of the newest call or clearing.
    pub generation: u32,
    /// There is a row for everybody here.
    pub known: bool,
    /// Moderators were told that the list cannot be had.
    pub told: bool,
    /// The call under way.
    pub call: Option<Call>,
}

/// A call under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// How far it is.
    pub phase: Phase,
    /// The request for the list.
    pub request: EffectId,
    /// Since when events were missed, on Discord's clock, if it is made because of that.
    pub away: Option<Timestamp>,
    /// Members listed so far.
    pub counted: u64,
    /// Nothing of the list was too much to take.
    pub whole: bool,
    /// Members that left unseen, at most 50.
    pub gone: Vec<Gone>,
    /// How many more.
    pub gone_more: u32,
    /// The list was asked for before and kept quiet: a request can be lost with its connection.
    pub again: bool,
}

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// The list is arriving.
    Calling,
    /// The rows are being compared with it.
    Sweeping,
}

/// Somebody who left unseen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    /// Who.
    pub user: UserId,
    /// Since when they were here.
    pub joined_at: Option<Timestamp>,
    /// The first of their roles.
    pub roles: Vec<RoleId>,
}

impl Roll {
    pub(super) fn named(&self) -> usize {
        self.call.as_ref().map_or(0, |call| call.gone.len())
    }

    /// What the list carries so that a late answer to an earlier call is not taken for this one's.
    fn nonce(&self) -> String {
        format!("welcome-{}", self.generation)
    }
}

/// The rows of these members.
pub(super) fn rows_of(members: &[Member]) -> Needs {
    let keys = members
        .iter()
        .take(MAX_LISTED)
        .map(|member| RowKey::user(member.user));
    Needs::Rows(keys.collect())
}

/// A side was switched on.
pub(super) fn switched_on(cx: &mut Cx<'_, Row>, state: &mut State) {
    if !state.roll.known && state.roll.call.is_none() {
        begin(cx, state, None);
    }
}

/// Everybody is listed anew, where somebody wants to know.
pub(super) fn again(cx: &mut Cx<'_, Row>, state: &mut State) {
    if state.on() {
        begin(cx, state, None);
    }
}

/// Begins a call. What an unfinished one had found is kept: its gap is part of this one's.
fn begin(cx: &mut Cx<'_, Row>, state: &mut State, gap: Option<Timestamp>) {
    let before = state.roll.call.take();
    let earlier = before.as_ref().and_then(|call| call.away);
    let (gone, gone_more) =
        before.map_or_else(Default::default, |call| (call.gone, call.gone_more));
    state.roll.generation += 1;
    let guild = cx.guild();
    let request = cx.ask(Effect::RequestMembers {
        guild,
        nonce: state.roll.nonce(),
    });
    state.roll.call = Some(Call {
        phase: Phase::Calling,
        request,
        away: gap.into_iter().chain(earlier).min(),
        counted: 0,
        whole: true,
        gone,
        gone_more,
        again: false,
    });
}

/// The guild became visible, perhaps after a gap.
pub(super) fn available(cx: &mut Cx<'_, Row>, state: &mut State, view: &GuildView) {
    if !state.on() {
        return;
    }
    state.members = Some(view.member_count);
    for side in Side::ALL {
        let channel = state.desk(side).map(|desk| desk.channel);
        let gone = channel.filter(|channel| !view.channels.contains(channel));
        // An empty list means that Discord did not say, not that there are none.
        if let Some(channel) = gone.filter(|_| !view.channels.is_empty()) {
            desk::channel_gone(cx, state, channel);
        }
    }
    let gap = view.gap.as_ref().map(|gap| gap.from);
    if gap.is_some() {
        begin(cx, state, gap);
        cx.still_reconciling();
    } else {
        switched_on(cx, state);
    }
    for member in view.members.iter().take(MAX_LISTED) {
        enroll(cx, state, member);
    }
}

/// A piece of the list.
pub(super) fn listed(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    members: &[Member],
    last: bool,
    nonce: &str,
) {
    let ours = state.roll.nonce() == nonce;
    let Some(call) = state
        .roll
        .call
        .as_mut()
        .filter(|call| call.phase == Phase::Calling && ours)
    else {
        return;
    };
    call.counted += members.len() as u64;
    call.whole &= members.len() <= MAX_LISTED;
    let (counted, whole) = (call.counted, call.whole);
    for member in members.iter().take(MAX_LISTED) {
        enroll(cx, state, member);
    }
    if !last {
        cx.wake_at(TIMER, cx.now + PATIENCE);
        return;
    }
    cx.cancel(TIMER);
    state.members = Some(counted);
    state.roll.told = false;
    if !whole {
        finish(cx, state);
        return;
    }
    state.roll.known = true;
    if let Some(call) = &mut state.roll.call {
        call.phase = Phase::Sweeping;
    }
    sweep::begin(cx, Sweep::Away(state.roll.generation));
}

/// Records somebody who is here; greets them if they came while events were missed.
fn enroll(cx: &mut Cx<'_, Row>, state: &mut State, member: &Member) {
    if own::is_forgotten(cx.me, state, member.user) {
        return;
    }
    let key = RowKey::user(member.user);
    let old = cx.row(&key).cloned();
    let same_stay = old.as_ref().filter(|row| row.joined_at == member.joined_at);
    let away = state.roll.call.as_ref().and_then(|call| call.away);
    let slack = if state.roll.known { SLACK } else { Span::ZERO };
    let came_unseen = away.is_some_and(|away| member.joined_at.is_some_and(|at| at > away - slack));
    let waits = member.pending && !member.bot && state.join.is_some();
    let greeting = match same_stay.map(|row| row.greeting) {
        Some(Greeting::Due) => arrivals::greet(cx, state, member),
        Some(decided) => decided,
        None if came_unseen => arrivals::greet(cx, state, member),
        None if waits => Greeting::Due,
        None => Greeting::None,
    };
    let row = Row {
        joined_at: member.joined_at,
        roles: member.roles.clone(),
        greeting,
        seen: state.roll.generation,
    };
    if old.as_ref() != Some(&row) {
        cx.put(key, row);
    }
}

/// The call is over: report, and close the gap.
pub(super) fn finish(cx: &mut Cx<'_, Row>, state: &mut State) {
    let Some(call) = state.roll.call.take() else {
        return;
    };
    if call.away.is_none() {
        return;
    }
    cx.reconciled();
    let count = call.gone.len() + usize::try_from(call.gone_more).unwrap_or(0);
    if count > 0 && desk::open(cx, state, Side::Leave, count) {
        let message = texts::gone_unseen(&call.gone, call.gone_more);
        desk::post(cx, state, Side::Leave, message);
    }
}

/// The list has kept quiet for too long, or its request was too old to be sent (after a long outage, or
/// a clock set forward): it is asked for once more, then given up.
pub(super) fn overdue(cx: &mut Cx<'_, Row>, state: &mut State) {
    let call = state.roll.call.as_ref();
    let Some(call) = call.filter(|call| call.phase == Phase::Calling) else {
        return;
    };
    if call.again {
        give_up(cx, state);
        return;
    }
    begin(cx, state, None);
    if let Some(call) = &mut state.roll.call {
        call.again = true;
    }
}

/// What became of the request. Only once it is out does the list's silence mean something: while
/// the gateway is down the request waits, and so does the gap.
pub(super) fn heard(cx: &mut Cx<'_, Row>, state: &mut State, effect: EffectId, outcome: &Outcome) {
    let calling = |call: &Call| call.request == effect && call.phase == Phase::Calling;
    if !state.roll.call.as_ref().is_some_and(calling) {
        return;
    }
    match outcome {
        Outcome::Failed(_) => give_up(cx, state),
        Outcome::Expired => overdue(cx, state),
        _ => cx.wake_at(TIMER, cx.now + PATIENCE),
    }
}

fn give_up(cx: &mut Cx<'_, Row>, state: &mut State) {
    cx.cancel(TIMER);
    let missed = |call: &Call| call.away.is_some();
    if state.roll.call.as_ref().is_some_and(missed) {
        // Who came or went unseen remains unknown.
        state.roll.known = false;
    }
    finish(cx, state);
    if !std::mem::replace(&mut state.roll.told, true) {
        desk::alert(cx, state, texts::unlisted());
    }
}
