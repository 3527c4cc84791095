//! Going over all rows, page by page: to find members that are no longer here, or to forget them all.
//!
//! A machine goes on by a fact to itself. The fact names the generation it is for, so a newer call or
//! clearing ends an older sweep.

use super::{
    Row, Side, State, arrivals,
    departures::{self, MAX_ROLES},
    roll::{self, Gone, MAX_NAMED, Phase, Roll},
};
use crate::kernel::{
    fact::Fact,
    machine::{Cx, RowKey},
};

/// Rows of one turn, which writes at most 500.
pub(super) const PAGE: usize = 400;

/// What a sweep over the rows is for, and for which generation; a newer call or clearing ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sweep {
    /// Finding members that are no longer here.
    Away(u32),
    /// Removing every row.
    Forget(u32),
}

impl Sweep {
    fn tag(self) -> String {
        match self {
            Self::Away(generation) => format!("away {generation}"),
            Self::Forget(generation) => format!("forget {generation}"),
        }
    }
}

/// Begins a sweep.
pub(super) fn begin(cx: &mut Cx<'_, Row>, sweep: Sweep) {
    go_on(cx, sweep, &RowKey::default());
}

fn go_on(cx: &mut Cx<'_, Row>, sweep: Sweep, from: &RowKey) {
    let (me, tag, from) = (cx.me, sweep.tag(), from.0.to_vec());
    cx.tell(me, Fact::Sweep { tag, from });
}

/// The next page of rows.
pub(super) fn swept(cx: &mut Cx<'_, Row>, state: &mut State, tag: &str) {
    let generation = state.roll.generation;
    let sweeping = state
        .roll
        .call
        .as_ref()
        .is_some_and(|call| call.phase == Phase::Sweeping);
    let (away, forget) = (Sweep::Away(generation), Sweep::Forget(generation));
    let purpose = if tag == away.tag() && sweeping {
        away
    } else if tag == forget.tag() {
        forget
    } else {
        return;
    };
    let page: Vec<_> = cx
        .loaded()
        .map(|(key, row)| (key.clone(), row.clone()))
        .collect();
    for (key, row) in &page {
        match purpose {
            Sweep::Forget(_) => cx.remove(key.clone()),
            Sweep::Away(_) if row.seen != generation => {
                cx.remove(key.clone());
                note_gone(state, key, row);
            }
            Sweep::Away(_) => {}
        }
    }
    match page.last() {
        Some((last, _)) if page.len() >= PAGE => go_on(cx, purpose, &last.successor()),
        _ if purpose == away => roll::finish(cx, state),
        _ => {}
    }
}

fn note_gone(state: &mut State, key: &RowKey, row: &Row) {
    let Some(call) = state.roll.call.as_mut() else {
        return;
    };
    match key.as_user() {
        Some(user) if call.gone.len() < MAX_NAMED => {
            let roles = row.roles.iter().copied().take(MAX_ROLES).collect();
            call.gone.push(Gone {
                user,
                joined_at: row.joined_at,
                roles,
            });
        }
        _ => call.gone_more += 1,
    }
}

/// The bot was removed and is not invited again: what was set here goes with the rows. Who asked not to be
/// recorded stays noted.
pub(super) fn guild_forgotten(cx: &mut Cx<'_, Row>, state: &mut State) {
    forget(cx, state);
    *state = State {
        roll: Roll {
            generation: state.roll.generation,
            ..Roll::default()
        },
        forgotten: std::mem::take(&mut state.forgotten),
        ..State::default()
    };
}

/// Nobody is recorded any more: both sides are off. Rows go page by page.
pub(super) fn forget(cx: &mut Cx<'_, Row>, state: &mut State) {
    let known = state.roll.known;
    pause(cx, state);
    if known || state.roll.generation > 0 {
        state.roll.generation += 1;
        begin(cx, Sweep::Forget(state.roll.generation));
    }
}

/// Nothing more is awaited: nobody is recorded, or the bot was removed. What is known of members stays; they
/// are listed again when there is a reason to.
pub(super) fn pause(cx: &mut Cx<'_, Row>, state: &mut State) {
    if state
        .roll
        .call
        .take()
        .is_some_and(|call| call.away.is_some())
    {
        cx.reconciled();
    }
    for side in Side::ALL {
        // Nothing is awaited from a guild that is gone.
        if let Some(desk) = state.desk_mut(side) {
            desk.probe = None;
        }
    }
    state.members = None;
    state.arrivals = arrivals::Arrivals::default();
    state.departures = departures::Departures::default();
    state.drafts.clear();
    for timer in [roll::TIMER, arrivals::TIMER, departures::TIMER] {
        cx.cancel(timer);
    }
    state.roll.known = false;
}
