//! Beginning anew with what is recorded of members, and taking that back.
//!
//! A reset moves every member's row aside, page by page, under a key that no other walk looks at; nothing is
//! recorded meanwhile. What the head says of the time before is kept in a row beside them. For [`UNDONE_WITHIN`] it
//! can be undone: what was set aside is joined with what was recorded since. Rows of channels stay, and so does what
//! moderators have set; rules about inactive members are a dry run again. After that time, and whenever everybody is forgotten, what was set aside goes.

use super::{
    Member, Refusal, State, catalogue, leavers,
    row::{Before, Deeds, Row},
    stages,
    sweep::{self, Purpose},
};
use crate::kernel::{
    away::Away,
    fact::Fact,
    ids::UserId,
    machine::{Cx, Needs, RowKey},
    time::{Span, Timestamp},
};

/// How long a reset can be undone.
pub(super) const UNDONE_WITHIN: Span = Span::hours(24);
/// The timer that ends that.
pub(super) const TIMER: &str = "undo";
/// What begins the keys of rows set aside.
const ASIDE: [u8; 2] = [0xff, b'u'];
/// Rows of one turn, which writes two for each.
pub(super) const PAGE: usize = 200;
/// Tags of the walks over what was set aside. No other walk ends them.
const UNDO: &str = "undo";
const JOIN: &str = "join";
const DROP: &str = "drop";

/// Where the row of a member lies while it is set aside.
pub(super) fn aside(user: UserId) -> RowKey {
    RowKey::new(&[&ASIDE[..], &user.get().to_be_bytes()].concat())
}

/// Where what the head said is kept: behind all rows set aside.
pub(super) fn before_key() -> RowKey {
    RowKey::new(&[&ASIDE[..], &[0xff; 8]].concat())
}

/// What was kept, unless it is being dealt with already.
fn before(cx: &Cx<'_, Row>) -> Result<Option<Before>, Refusal> {
    match cx.row(&before_key()) {
        Some(Row::Before(before)) if before.closing => Err(Refusal::StillResetting),
        Some(Row::Before(before)) => Ok(Some(before.clone())),
        _ => Ok(None),
    }
}

/// Begins a reset; until when it can be undone. What an earlier one has set aside is replaced.
///
/// # Errors
/// While another one is being undone.
pub(super) fn begin(cx: &mut Cx<'_, Row>, state: &mut State) -> Result<Timestamp, Refusal> {
    before(cx)?;
    let before = Before {
        since: state.since,
        away: state.away.clone(),
        closing: false,
    };
    cx.put(before_key(), Row::Before(before));
    state.mending = None;
    catalogue::forget(cx, state);
    leavers::forget(cx, state);
    state.since = Some(cx.now);
    state.away = Away::default();
    state.forgetting = true;
    state.rules.armed = false;
    sweep::begin(cx, state, Purpose::Reset);
    let until = cx.now + UNDONE_WITHIN;
    cx.wake_at(TIMER, until);
    Ok(until)
}

/// One row of the walk. Who was taken for inactive no longer is: nobody would watch over the role.
pub(super) fn set_aside(cx: &mut Cx<'_, Row>, state: &mut State, key: &RowKey, row: &Row) {
    if let (Some(user), Row::Member(member)) = (key.as_user(), row) {
        let mut member = member.clone();
        if member.inactive().is_some() {
            stages::wake(cx, state, user, &mut member);
        }
        cx.put(aside(user), Row::Member(member));
        cx.remove(key.clone());
    }
}

/// The walk is over: who is here is listed anew.
pub(super) fn done(cx: &mut Cx<'_, Row>, state: &mut State) {
    state.forgetting = false;
    catalogue::begin(cx, state, None);
    sweep::settle(cx, state);
}

/// Takes it back.
///
/// # Errors
/// When there is nothing to take back.
pub(super) fn undo(cx: &mut Cx<'_, Row>, state: &mut State) -> Result<(), Refusal> {
    let before = before(cx)?.ok_or(Refusal::NothingToUndo)?;
    cx.cancel(TIMER);
    state.since = before.since;
    for (from, to) in before.away.spans() {
        state.away.add(from, to);
    }
    close(cx, before, UNDO);
    Ok(())
}

/// The time to undo it is over.
pub(super) fn over(cx: &mut Cx<'_, Row>) {
    if let Ok(Some(before)) = before(cx) {
        close(cx, before, DROP);
    }
}

fn close(cx: &mut Cx<'_, Row>, before: Before, tag: &str) {
    let closing = Before {
        closing: true,
        ..before
    };
    cx.put(before_key(), Row::Before(closing));
    go_on(cx, tag, ASIDE.to_vec());
}

fn go_on(cx: &mut Cx<'_, Row>, tag: &str, from: Vec<u8>) {
    let (me, tag) = (cx.me, tag.to_owned());
    cx.tell(me, Fact::Sweep { tag, from });
}

/// The rows of the next page, if the walk is one of these.
pub(super) fn needs(tag: &str, from: &[u8]) -> Option<Needs> {
    match tag {
        UNDO | DROP => Some(Needs::Range {
            from: RowKey::new(from),
            limit: PAGE,
        }),
        JOIN => {
            let both = users(from).flat_map(|user| [RowKey::user(user), aside(user)]);
            Some(Needs::Rows(both.collect()))
        }
        _ => None,
    }
}

fn users(from: &[u8]) -> impl Iterator<Item = UserId> {
    let (ids, _) = from.as_chunks::<8>();
    ids.iter()
        .filter_map(|id| UserId::new(u64::from_be_bytes(*id)))
}

/// The next page; `false` when the walk is another one.
pub(super) fn swept(cx: &mut Cx<'_, Row>, state: &mut State, tag: &str, from: &[u8]) -> bool {
    if tag == JOIN {
        users(from).for_each(|user| join(cx, user));
        go_on(cx, UNDO, ASIDE.to_vec());
        return true;
    }
    if tag != UNDO && tag != DROP {
        return false;
    }
    let keys: Vec<RowKey> = cx.loaded().map(|(key, _)| key.clone()).collect();
    let ids = keys
        .iter()
        .filter(|key| key.0.starts_with(&ASIDE) && **key != before_key());
    let ids: Vec<RowKey> = ids.cloned().collect();
    if ids.is_empty() {
        cx.remove(before_key());
        if tag == UNDO && state.records() {
            catalogue::begin(cx, state, None);
        }
    } else if tag == UNDO {
        let ids = ids.iter().flat_map(|key| key.0[ASIDE.len()..].to_vec());
        let ids = ids.collect();
        go_on(cx, JOIN, ids);
    } else {
        ids.into_iter().for_each(|key| cx.remove(key));
        go_on(cx, DROP, ASIDE.to_vec());
    }
    true
}

fn join(cx: &mut Cx<'_, Row>, user: UserId) {
    let kept = cx.row(&aside(user)).and_then(Row::member).cloned();
    if let Some(old) = kept {
        let new = cx.row(&RowKey::user(user)).and_then(Row::member).cloned();
        let member = new.map_or_else(|| old.clone(), |new| joined(&old, &new));
        cx.put(RowKey::user(user), Row::Member(member));
        cx.remove(aside(user));
    }
}

/// What was recorded before and what was since.
fn joined(old: &Member, new: &Member) -> Member {
    let deeds = match (&old.deeds, &new.deeds) {
        (Some(old), Some(new)) => Some(both(old, new)),
        (old, new) => new.as_ref().or(old.as_ref()).copied(),
    };
    Member {
        joined: new.joined.or(old.joined),
        listed: new.listed.max(old.listed),
        online: new.online.max(old.online),
        deeds,
        ..new.clone()
    }
}

fn both(old: &Deeds, new: &Deeds) -> Deeds {
    let mut deeds = *old;
    deeds.counts.add_all(&new.counts);
    for (hour, times) in (0..).zip(new.hours.all()) {
        deeds
            .hours
            .add(Timestamp::from_seconds(hour * 3_600), u32::from(*times));
    }
    deeds.first = old.first.min(new.first);
    deeds.last = new.last.or(old.last);
    // What went on when it was set aside ended at the latest when what is new began.
    deeds.cut_short(new.first);
    let total = deeds.voice.total.as_millis();
    deeds.voice.total = Span::millis(total.saturating_add(new.voice.total.as_millis()));
    deeds.voice.sessions = deeds.voice.sessions.saturating_add(new.voice.sessions);
    deeds.voice.cut_short = deeds.voice.cut_short.saturating_add(new.voice.cut_short);
    deeds.voice.open = new.voice.open;
    deeds
}
