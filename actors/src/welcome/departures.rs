//! Who left is reported to moderators: with roles, how long they stayed, and whether it was a kick.
//!
//! Discord's event does not say why somebody is gone; the audit log does, a moment before or after.
//! So each departure waits in the state for its line of the log, which comes over the gateway. When
//! the timer fires, the log is asked once for all that are still unexplained ([`super::audit`]).

use super::{
    Row, Side, State,
    audit::{self, Cause, explains, give_up_explaining},
    burst::{Burst, WITHIN},
    desk, own,
    placeholders::{self, Person},
    texts,
};
use crate::kernel::{
    ids::{RoleId, UserId},
    inbound::{AuditEntry, EffectId},
    machine::{Cx, RowKey},
    text::{Message, cut},
    time::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};

/// The timer that ends the waiting for the audit log.
pub(super) const TIMER: &str = "leave";
/// Most departures waiting; with that many, they are reported without the audit log.
pub(super) const MAX_LEAVING: usize = 200;
/// Roles named in a report.
pub(super) const MAX_ROLES: usize = 20;
/// How long a departure waits for its line.
const PATIENCE: Span = Span::seconds(2);

/// Departures not reported yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departures {
    /// Those reported singly of late.
    pub recent: Burst,
    /// Those waiting for an explanation or the next report.
    pub leaving: Vec<Leaver>,
    /// Lines of the audit log whose departure has not arrived.
    pub removals: Vec<AuditEntry>,
    /// The question to the audit log that is under way.
    pub asked: Option<EffectId>,
    /// When the timer fires.
    pub due: Option<Timestamp>,
    /// When the audit log was last refused.
    pub denied_at: Option<Timestamp>,
}

/// Somebody who left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaver {
    /// Who.
    pub user: UserId,
    /// Their name; forgotten with the report.
    pub name: String,
    /// Since when they were here, if known.
    pub joined_at: Option<Timestamp>,
    /// The first of their roles; `None` when they were not recorded.
    pub roles: Option<Vec<RoleId>>,
    /// How many more roles they had.
    pub more_roles: u32,
    /// When they left.
    pub at: Timestamp,
    /// Why, once known.
    pub cause: Option<Cause>,
    /// The question under way is also about them.
    pub asked: bool,
}

pub(super) fn left(cx: &mut Cx<'_, Row>, state: &mut State, user: UserId, name: &str) {
    if !state.on() {
        return;
    }
    let key = RowKey::user(user);
    let row = cx.row(&key).cloned();
    // When everybody here has a row, who has none is gone already: the event is a repetition.
    let forgotten = own::is_forgotten(cx.me, state, user);
    let complete = state.roll.known && state.roll.call.is_none() && !forgotten;
    let waiting = state
        .departures
        .leaving
        .iter()
        .any(|leaver| leaver.user == user);
    if row.is_none() && (waiting || complete) {
        return;
    }
    if row.is_some() {
        cx.remove(key);
    }
    state.members = state.members.map(|members| members.saturating_sub(1));
    if state.leave.is_none() {
        return;
    }
    let departures = &mut state.departures;
    let mut leaver = Leaver {
        user,
        name: cut(name, 100).into_owned(),
        joined_at: row.as_ref().and_then(|row| row.joined_at),
        roles: None,
        more_roles: 0,
        at: cx.now,
        cause: None,
        asked: false,
    };
    if let Some(mut roles) = row.map(|row| row.roles) {
        leaver.more_roles = u32::try_from(roles.len().saturating_sub(MAX_ROLES)).unwrap_or(0);
        roles.truncate(MAX_ROLES);
        leaver.roles = Some(roles);
    }
    let lines = departures.removals.iter();
    let lines = lines.filter(|entry| explains(entry, user, cx.now));
    leaver.cause = audit::best(lines).map(Cause::of);
    departures
        .removals
        .retain(|entry| entry.target != Some(user));
    departures.leaving.push(leaver);
    if departures.leaving.len() >= MAX_LEAVING {
        give_up_explaining(state, |_| true);
        report(cx, state);
    } else {
        arm(cx, state);
    }
}

/// Wakes the machine when those waiting have waited long enough: soon, or in a flood when a
/// handful has come together.
pub(super) fn arm(cx: &mut Cx<'_, Row>, state: &mut State) {
    let departures = &mut state.departures;
    if departures.due.is_none() {
        let wait = if departures.recent.exhausted(cx.now) {
            WITHIN
        } else {
            PATIENCE
        };
        departures.due = Some(cx.now + wait);
        cx.wake_at(TIMER, cx.now + wait);
    }
}

/// The timer fired.
pub(super) fn due(cx: &mut Cx<'_, Row>, state: &mut State) {
    state.departures.due = None;
    let unexplained = state
        .departures
        .leaving
        .iter()
        .filter(|leaver| leaver.cause.is_none());
    let earliest = unexplained.map(|leaver| leaver.at).min();
    if let Some(earliest) = earliest.filter(|_| state.departures.asked.is_none()) {
        audit::ask(cx, state, earliest);
    }
    report(cx, state);
}

/// Reports everybody whose departure is explained: a few singly, a flood together.
pub(super) fn report(cx: &mut Cx<'_, Row>, state: &mut State) {
    let leaving = std::mem::take(&mut state.departures.leaving);
    let (explained, waiting): (Vec<_>, Vec<_>) = leaving
        .into_iter()
        .partition(|leaver| leaver.cause.is_some());
    state.departures.leaving = waiting;
    if explained.is_empty() || !desk::open(cx, state, Side::Leave, explained.len()) {
        return;
    }
    let mut together = Vec::new();
    for leaver in &explained {
        let person = Person::of_leaver(leaver);
        if together.is_empty() && state.departures.recent.take(cx.now) {
            let text = placeholders::render(cx, state, Side::Leave, &person);
            desk::post(cx, state, Side::Leave, Message::text(text));
        } else {
            together.push(texts::left_line(&person));
        }
    }
    if together.is_empty() {
        return;
    }
    state.departures.recent.exhaust(cx.now);
    for message in texts::left_many(&together) {
        desk::post(cx, state, Side::Leave, message);
    }
}
