//! Why somebody is gone, as far as the audit log says.
//!
//! Its lines come over the gateway where the bot may read it; else, or when one is late, the log is
//! asked. While it may not be read it is asked at most once an hour.

use super::{
    Row, State,
    departures::{Leaver, arm, report},
};
use crate::kernel::{
    effect::{Effect, Outcome},
    ids::UserId,
    inbound::{AuditEntry, EffectId, Removal},
    machine::Cx,
    text::cut,
    time::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};

/// Most lines kept for departures that have not arrived yet.
pub(super) const MAX_REMOVALS: usize = 100;
/// How far a line and a departure may lie apart.
const APART: Span = Span::seconds(60);
/// How long a log that may not be read is left alone.
const DENIED_FOR: Span = Span::hours(1);
/// Longest reason kept, of the 512 characters Discord allows.
const MAX_REASON: usize = 200;

/// Why somebody is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// By themselves, as far as the audit log says.
    Left,
    /// Moderators removed them.
    Removed {
        /// How.
        action: Removal,
        /// Who did it.
        by: Option<UserId>,
        /// The reason given, cut.
        reason: Option<String>,
    },
    /// The audit log could not be read.
    Unreadable,
}

impl Cause {
    pub(super) fn of(entry: &AuditEntry) -> Self {
        let reason = entry
            .reason
            .as_deref()
            .map(|reason| cut(reason, MAX_REASON).into_owned());
        Self::Removed {
            action: entry.action,
            by: entry.by,
            reason,
        }
    }

    /// Whether `entry` says more about the same: the event of a ban names nobody, the log does.
    fn is_vaguer_than(&self, entry: &AuditEntry) -> bool {
        matches!(self, Self::Removed { action, by: None, .. } if *action == entry.action && entry.by.is_some())
    }
}

/// The line that explains a departure best: the newest, and one that says who did it.
pub(super) fn best<'a>(
    lines: impl Iterator<Item = &'a AuditEntry> + Clone,
) -> Option<&'a AuditEntry> {
    let newest = lines.clone().max_by_key(|entry| entry.at)?;
    let named = lines
        .filter(|entry| entry.action == newest.action && entry.by.is_some())
        .last();
    named.or(Some(newest))
}

/// Whether `entry` explains that `user` was gone at `at`. A prune names nobody and explains all
/// departures around it.
pub(super) fn explains(entry: &AuditEntry, user: UserId, at: Timestamp) -> bool {
    let who =
        entry.target == Some(user) || (entry.target.is_none() && entry.action == Removal::Prune);
    who && entry.at.since(at).as_millis().abs() <= APART.as_millis()
}

/// A new line of the audit log.
pub(super) fn logged(cx: &mut Cx<'_, Row>, state: &mut State, entry: &AuditEntry) {
    if state.leave.is_none() {
        return;
    }
    let departures = &mut state.departures;
    let mut used = false;
    for leaver in &mut departures.leaving {
        let news = leaver
            .cause
            .as_ref()
            .is_none_or(|cause| cause.is_vaguer_than(entry));
        if news && explains(entry, leaver.user, leaver.at) {
            leaver.cause = Some(Cause::of(entry));
            used = true;
        }
    }
    if used && entry.target.is_some() {
        return;
    }
    let removals = &mut departures.removals;
    removals.retain(|old| cx.now.since(old.at) <= APART);
    if removals.len() >= MAX_REMOVALS {
        removals.remove(0);
    }
    let reason = entry
        .reason
        .as_deref()
        .map(|reason| cut(reason, MAX_REASON).into_owned());
    removals.push(AuditEntry {
        reason,
        ..entry.clone()
    });
}

/// Asks the log about everybody unexplained, the first of whom left at `earliest`.
pub(super) fn ask(cx: &mut Cx<'_, Row>, state: &mut State, earliest: Timestamp) {
    let denied = state
        .departures
        .denied_at
        .is_some_and(|at| cx.now.since(at) < DENIED_FOR);
    if denied {
        give_up_explaining(state, |_| true);
        return;
    }
    let guild = cx.guild();
    let asked = cx.ask(Effect::ReadAuditLog {
        guild,
        since: earliest - APART,
    });
    state.departures.asked = Some(asked);
    for leaver in state
        .departures
        .leaving
        .iter_mut()
        .filter(|leaver| leaver.cause.is_none())
    {
        leaver.asked = true;
    }
}

/// The audit log has answered, or will not.
pub(super) fn heard(cx: &mut Cx<'_, Row>, state: &mut State, effect: EffectId, outcome: &Outcome) {
    if state.departures.asked != Some(effect) {
        return;
    }
    state.departures.asked = None;
    match outcome {
        Outcome::AuditLog(entries) => {
            state.departures.denied_at = None;
            explain(state, entries);
        }
        Outcome::Failed(failure) => {
            let denied = failure.status == 403;
            state.departures.denied_at = denied.then_some(cx.now);
            give_up_explaining(state, |leaver| leaver.asked);
        }
        _ => give_up_explaining(state, |leaver| leaver.asked),
    }
    report(cx, state);
    if !state.departures.leaving.is_empty() {
        arm(cx, state);
    }
}

fn explain(state: &mut State, entries: &[AuditEntry]) {
    let waiting = state.departures.leaving.iter_mut();
    for leaver in waiting.filter(|leaver| leaver.asked && leaver.cause.is_none()) {
        let line = entries
            .iter()
            .find(|entry| explains(entry, leaver.user, leaver.at));
        leaver.cause = Some(line.map_or(Cause::Left, Cause::of));
    }
}

/// Says of these that the log could not be read.
pub(super) fn give_up_explaining(state: &mut State, about: impl Fn(&Leaver) -> bool) {
    for leaver in state
        .departures
        .leaving
        .iter_mut()
        .filter(|leaver| about(leaver))
    {
        leaver.cause.get_or_insert(Cause::Unreadable);
    }
}
