//! Going over all rows, page by page: to mend voice sessions after a gap, to forget who left long ago,
//! or to forget everybody.
//!
//! A machine goes on by a fact to itself, which names the sweep it is for; a newer one ends it.

use super::{Row, Session, State, leavers, own, state::Mending, tell_standing};
use crate::kernel::{
    address::{Address, Kind},
    fact::Fact,
    inbound::GuildView,
    machine::{Cx, RowKey},
};

/// Rows of one turn, which writes at most 500.
pub(super) const PAGE: usize = 400;
/// Members in voice that are remembered while a gap is mended; of more, the session is noticed with
/// their next move.
const MAX_IN_VOICE: usize = 2_000;

/// What a sweep is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Comparing voice sessions with who is in voice.
    Voice,
    /// Forgetting who left long ago.
    Tidy,
    /// Forgetting everybody.
    Forget,
}

impl Purpose {
    fn tag(self, generation: u32) -> String {
        let name = match self {
            Self::Voice => "voice",
            Self::Tidy => "tidy",
            Self::Forget => "forget",
        };
        format!("{name} {generation}")
    }
}

/// Begins a sweep. A comparison that was under way begins again as part of this one.
pub(super) fn begin(cx: &mut Cx<'_, Row>, state: &mut State, purpose: Purpose) {
    state.generation += 1;
    let purpose = match purpose {
        Purpose::Tidy if state.mending.is_some() => Purpose::Voice,
        purpose => purpose,
    };
    go_on(cx, purpose, state.generation, &RowKey::default());
}

fn go_on(cx: &mut Cx<'_, Row>, purpose: Purpose, generation: u32, from: &RowKey) {
    let (me, tag, from) = (cx.me, purpose.tag(generation), from.0.clone());
    cx.tell(me, Fact::Sweep { tag, from });
}

/// The guild became visible, perhaps after a gap.
pub(super) fn available(cx: &mut Cx<'_, Row>, state: &mut State, view: &GuildView) {
    if state.shared.is_none() {
        let settings = Address::guild(Kind::Settings, cx.guild());
        cx.tell(settings, Fact::SharedWanted);
    }
    if !state.tracks() {
        return;
    }
    let gap = view.gap.as_ref();
    if gap.is_some() {
        cx.still_reconciling();
    }
    let earlier = state.mending.as_ref().map(|mending| mending.from);
    let from = gap.map_or(cx.now, |gap| gap.from.min(cx.now));
    let voice = view.voice.iter().copied();
    let voice = voice.filter(|(user, _)| !own::is_forgotten(cx.me, state, *user));
    let voice = voice.take(MAX_IN_VOICE).collect();
    state.mending = Some(Mending {
        from: earlier.map_or(from, |earlier| earlier.min(from)),
        to: cx.now,
        voice,
    });
    begin(cx, state, Purpose::Voice);
}

/// Nobody is tracked any more: rows go page by page.
pub(super) fn forget(cx: &mut Cx<'_, Row>, state: &mut State) {
    if state.mending.take().is_some() {
        cx.reconciled();
    }
    leavers::forget(cx, state);
    begin(cx, state, Purpose::Forget);
}

/// The next page of rows.
pub(super) fn swept(cx: &mut Cx<'_, Row>, state: &mut State, tag: &str) {
    let generation = state.generation;
    let all = [Purpose::Voice, Purpose::Tidy, Purpose::Forget];
    let Some(purpose) = all
        .into_iter()
        .find(|purpose| purpose.tag(generation) == tag)
    else {
        return;
    };
    let page: Vec<_> = cx
        .loaded()
        .map(|(key, row)| (key.clone(), row.clone()))
        .collect();
    for (key, row) in &page {
        if purpose == Purpose::Forget || leavers::is_over(cx, state, row) {
            cx.remove(key.clone());
        } else if purpose == Purpose::Voice {
            mend(cx, state, key, row);
        }
    }
    match page.last() {
        Some((last, _)) if page.len() >= PAGE => {
            go_on(cx, purpose, generation, &last.successor());
        }
        _ if purpose == Purpose::Voice => finish(cx, state),
        _ => {}
    }
}

/// Compares one member's session with where they are.
fn mend(cx: &mut Cx<'_, Row>, state: &mut State, key: &RowKey, row: &Row) {
    let Some((mending, user)) = state.mending.as_mut().zip(key.as_user()) else {
        return;
    };
    let here = mending.voice.remove(&user);
    // What began since the guild became visible was seen.
    let known = row.session.filter(|session| session.since < mending.to);
    if known.is_none() && (here.is_none() || row.session.is_some()) {
        return;
    }
    if known.map(|session| session.channel) == here {
        return;
    }
    let mut row = row.clone();
    row.ended(mending.from);
    row.session = here.map(|channel| Session {
        channel,
        since: mending.to,
    });
    cx.put(key.clone(), row);
}

/// Who is in voice and has no row yet gets one; the gap is closed.
fn finish(cx: &mut Cx<'_, Row>, state: &mut State) {
    let Some(mending) = state.mending.as_mut() else {
        return;
    };
    for _ in 0..PAGE {
        let Some((user, channel)) = mending.voice.pop_first() else {
            state.mending = None;
            cx.reconciled();
            return;
        };
        let since = mending.to;
        let row = Row {
            session: Some(Session { channel, since }),
            ..Row::new(since)
        };
        cx.put(RowKey::user(user), row);
    }
    // More than one turn writes: the rest with an empty page from behind the last row.
    let (generation, end) = (state.generation, RowKey(vec![0xff; 9]));
    go_on(cx, Purpose::Voice, generation, &end);
}

/// Tracking was switched off or on.
pub(super) fn switch(cx: &mut Cx<'_, Row>, state: &mut State, on: bool) {
    state.off = !on;
    if !on {
        forget(cx, state);
    }
    tell_standing(cx, state);
}
