//! The catalogue: a row for everybody who is here, and for no bot.
//!
//! The member list is asked for when the tracker begins in a guild, and again whenever events were
//! missed; what joins and leaves tell keeps it true in between. Each request has a number; a row
//! carries the newest one that found its member. When the list is complete, a walk over the rows
//! (`presence::sweep`) finds those whose members are no longer here.
//!
//! Discord gives a guild's list once in half a minute, also to other features; who asks too soon is
//! asked again by the edge. Any page says who is here, whoever asked for it. A list that cannot be had
//! (the intent is missing) is asked for again when the guild is next shown to us; until then whoever
//! does something is recorded, and nobody else.

use super::{
    State, leavers, own,
    row::{Left, Member, Row},
    stages, sweep,
};
use crate::kernel::{
    effect::{Effect, Outcome},
    ids::UserId,
    inbound::{self, EffectId, GuildView},
    machine::{Cx, Needs, RowKey},
    time::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};

/// The timer that gives the list up.
pub(super) const TIMER: &str = "list";
/// What begins the nonces of our requests; their numbers follow.
const NONCE: &str = "presence-";
/// Most members of one inbound; the edge cuts the list into pieces of at most 250.
const MAX_LISTED: usize = 450;
/// How long the list may keep quiet.
const PATIENCE: Span = Span::minutes(2);

/// What is known of the member list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// The number of the newest request.
    pub number: u32,
    /// There is a row for everybody who is here.
    pub known: bool,
    /// The request under way.
    pub call: Option<Call>,
}

/// A request under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// How far it is.
    pub phase: Phase,
    /// The request for the list.
    pub request: EffectId,
    /// Since when events were missed, if it is made because of that.
    pub missed_from: Option<Timestamp>,
    /// Nothing of the list was too much to take.
    pub whole: bool,
    /// The list was asked for before and kept quiet: a request can be lost with its connection.
    pub again: bool,
}

/// How far a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// The list is arriving.
    Listing,
    /// The rows are being compared with it.
    Comparing,
}

impl Catalogue {
    /// What the list carries so that a late answer to an earlier request does not end this one.
    fn nonce(&self) -> String {
        format!("{NONCE}{}", self.number)
    }

    /// When the list is complete: the last sure moment before it, for those who are not on it.
    pub(super) fn compares(&self) -> Option<Option<Timestamp>> {
        let call = self.call.as_ref()?;
        (call.phase == Phase::Comparing).then_some(call.missed_from)
    }
}

/// The rows of these members, and `more`.
pub(super) fn rows_of(members: &[inbound::Member], more: impl Iterator<Item = RowKey>) -> Needs {
    let keys = members.iter().take(MAX_LISTED);
    let keys = keys.map(|member| RowKey::user(member.user));
    Needs::Rows(keys.chain(more).collect())
}

/// The members whom a guild shows as it becomes visible, and who are recorded by that. After missed events
/// none are: the list is asked for and names everybody, so a bot that starts need not read a row for each.
pub(super) fn shown(view: &GuildView) -> &[inbound::Member] {
    match view.gap {
        Some(_) => &[],
        None => &view.members,
    }
}

/// Asks for the list. What an unfinished request was made for is part of this one.
pub(super) fn begin(cx: &mut Cx<'_, Row>, state: &mut State, missed_from: Option<Timestamp>) {
    let before = state.catalogue.call.take();
    let earlier = before.and_then(|call| call.missed_from);
    state.catalogue.number += 1;
    state.catalogue.known = false;
    let guild = cx.guild();
    let request = cx.ask(Effect::RequestMembers {
        guild,
        nonce: state.catalogue.nonce(),
    });
    state.catalogue.call = Some(Call {
        phase: Phase::Listing,
        request,
        missed_from: missed_from.into_iter().chain(earlier).min(),
        whole: true,
        again: false,
    });
}

/// The guild became visible. `missed_from`: since when events were missed, if any were.
pub(super) fn available(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    view: &GuildView,
    missed_from: Option<Timestamp>,
) {
    let catalogue = &state.catalogue;
    if missed_from.is_some() || (!catalogue.known && catalogue.call.is_none()) {
        begin(cx, state, missed_from);
    }
    enroll(cx, state, shown(view), Source::Guild);
}

/// A piece of a list.
pub(super) fn listed(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    members: &[inbound::Member],
    last: bool,
    nonce: &str,
) {
    let number = nonce.strip_prefix(NONCE).and_then(|n| n.parse().ok());
    enroll(
        cx,
        state,
        members,
        number.map_or(Source::Other, Source::Ours),
    );
    let ours = state.catalogue.nonce() == nonce;
    let call = state.catalogue.call.as_mut();
    let Some(call) = call.filter(|call| ours && call.phase == Phase::Listing) else {
        return;
    };
    call.whole &= members.len() <= MAX_LISTED;
    if !last {
        cx.wake_at(TIMER, cx.now + PATIENCE);
        return;
    }
    cx.cancel(TIMER);
    if call.whole {
        call.phase = Phase::Comparing;
        state.catalogue.known = true;
        sweep::begin(cx, state, sweep::Purpose::Tidy);
    } else {
        give_up(cx, state);
    }
}

/// Who says who is here.
#[derive(Clone, Copy)]
enum Source {
    /// The guild as it became visible: in order with all events.
    Guild,
    /// A page of the list with this number, perhaps older than events that came before it.
    Ours(u32),
    /// A page of a list that another feature asked for.
    Other,
}

/// Records who is here.
fn enroll(cx: &mut Cx<'_, Row>, state: &mut State, members: &[inbound::Member], source: Source) {
    let number = match source {
        Source::Ours(page) => page,
        Source::Guild | Source::Other => state.catalogue.number,
    };
    // The list is on its way and will name them: most rows stay as they are when a bot starts.
    let named_later = matches!(source, Source::Guild) && state.catalogue.call.is_some();
    for member in members.iter().take(MAX_LISTED) {
        if own::is_forgotten(cx.me, state, member.user) {
            continue;
        }
        let key = RowKey::user(member.user);
        let old = cx.row(&key).and_then(Row::member);
        if member.bot {
            let recorded = old.is_some();
            state.forget_seat(member.user);
            stages::drop_acts(cx, state, member.user);
            if recorded {
                cx.remove(key);
            }
            continue;
        }
        if old.is_some_and(|old| ended(old, member, source)) {
            continue;
        }
        let before = old.filter(|old| old.left.is_none());
        let mut new = Member {
            // A page may also be older than the join of a stay that began meanwhile.
            joined: member.joined_at.max(before.and_then(|old| old.joined)),
            listed: match old {
                Some(old) if named_later => old.listed,
                old => old.map_or(number, |old| old.listed.max(number)),
            },
            left: None,
            exempt: state.rules.exempts(&member.roles),
            ..old.cloned().unwrap_or_default()
        };
        if let Some(mending) = &mut state.mending {
            // A walk may be past this row's place.
            sweep::mend(mending, member.user, &mut new);
        }
        if old == Some(&new) {
            continue;
        }
        if new.case.is_some() {
            let gone = old.and_then(|old| old.left);
            let again = gone.is_some() || old.is_some_and(|old| old.joined != new.joined);
            if again {
                stages::returned(cx, state, member.user, &mut new, gone);
            }
        }
        cx.put(key, Row::Member(new));
    }
}

/// Whether the stay that a page tells of was seen to end meanwhile. A list that was asked for after a
/// departure knows of it: who is on it came back since.
fn ended(old: &Member, listed: &inbound::Member, source: Source) -> bool {
    let older = match source {
        Source::Guild => false,
        Source::Ours(number) => number <= old.listed,
        Source::Other => true,
    };
    let left = old.left.filter(|left| left.seen);
    match (left, listed.joined_at) {
        (Some(left), Some(joined)) => {
            let known = old.joined.is_some_and(|known| joined <= known);
            known || (older && joined <= left.at)
        }
        _ => false,
    }
}

/// Compares one member with the complete list. `false`: nobody ever said that they are a member, and
/// they are not.
pub(super) fn compare(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    user: Option<UserId>,
    member: &mut Member,
) -> bool {
    let Some(missed_from) = state.catalogue.compares() else {
        return true;
    };
    if member.listed == state.catalogue.number || member.left.is_some() {
        return true;
    }
    if member.is_stranger() {
        return false;
    }
    if let Some(user) = user.filter(|_| member.case.is_some()) {
        stages::left(cx, state, user, member);
    }
    if let Some(deeds) = &mut member.deeds {
        deeds.cut_short(missed_from.unwrap_or(cx.now));
    }
    member.left = Some(Left {
        at: cx.now,
        seen: false,
    });
    leavers::left(cx, state, cx.now);
    true
}

/// What became of the request. Only once it is out does the list's silence mean something: while
/// the gateway is down the request waits, and so does the gap.
pub(super) fn heard(cx: &mut Cx<'_, Row>, state: &mut State, effect: EffectId, outcome: &Outcome) {
    let call = state.catalogue.call.as_ref();
    if !call.is_some_and(|call| call.request == effect && call.phase == Phase::Listing) {
        return;
    }
    match outcome {
        Outcome::Failed(_) => give_up(cx, state),
        Outcome::Expired => overdue(cx, state),
        _ => cx.wake_at(TIMER, cx.now + PATIENCE),
    }
}

/// The list has kept quiet for too long, or its request was too old to be sent: it is asked for once
/// more, then given up until the guild is next shown to us.
pub(super) fn overdue(cx: &mut Cx<'_, Row>, state: &mut State) {
    let call = state.catalogue.call.as_ref();
    let Some(call) = call.filter(|call| call.phase == Phase::Listing) else {
        return;
    };
    if call.again {
        give_up(cx, state);
        return;
    }
    begin(cx, state, None);
    if let Some(call) = &mut state.catalogue.call {
        call.again = true;
    }
}

fn give_up(cx: &mut Cx<'_, Row>, state: &mut State) {
    cx.cancel(TIMER);
    state.catalogue.call = None;
    if state.mending.is_some() {
        sweep::begin(cx, state, sweep::Purpose::Tidy);
    } else {
        sweep::settle(cx, state);
    }
}

/// Nobody is recorded any more.
pub(super) fn forget(cx: &mut Cx<'_, Row>, state: &mut State) {
    state.catalogue.known = false;
    if state.catalogue.call.take().is_some() {
        cx.cancel(TIMER);
    }
}
