//! What the watch over inactive members keeps in the head: what is under way, when the next round is,
//! what was refused.

use super::{Row, State, brake::Brake};
use crate::kernel::{
    ids::{RoleId, UserId},
    inbound::EffectId,
    machine::{Cx, RowKey},
    time::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Acts under way at a time; rounds begin no more, and what must be done at once is done unwatched.
pub(super) const MAX_ACTS: usize = 150;
/// How long what Discord does not let us do is not tried again.
const REFUSED_FOR: Span = Span::days(1);

/// See the module docs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// What is under way, by the effect whose outcome will tell.
    pub acts: BTreeMap<EffectId, Act>,
    /// When the next round is.
    pub round_at: Option<Timestamp>,
    /// Nobody is removed before.
    pub calm_until: Option<Timestamp>,
    /// What holds removals back.
    pub brake: Brake,
    /// When a change of roles was refused; moderators were told then.
    pub role_refused: Option<Timestamp>,
    /// When it was found that we may remove nobody; moderators were told the first time.
    pub kick_refused: Option<Timestamp>,
}

/// Something done to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// Whom.
    pub user: UserId,
    /// What.
    pub what: What,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// They get the role of inactive members.
    Give(RoleId),
    /// It is taken off them.
    Lift(RoleId),
    /// They are told.
    Warn,
    /// They are looked at.
    Look,
    /// They are removed.
    Kick,
    /// They were to be removed, and did something at that moment: it may have been too late.
    TooLate(Timestamp),
    /// They get back a role that they had when they were removed.
    GiveBack(RoleId),
}

impl Watch {
    /// Whether changes of roles are not tried.
    #[must_use]
    pub fn role_is_refused(&self, now: Timestamp) -> bool {
        is_fresh(self.role_refused, now)
    }

    /// Whether removals are not tried.
    #[must_use]
    pub fn kick_is_refused(&self, now: Timestamp) -> bool {
        is_fresh(self.kick_refused, now)
    }

    /// How many acts may be begun.
    pub(super) fn room(&self) -> usize {
        MAX_ACTS.saturating_sub(self.acts.len())
    }

    /// What is under way with somebody.
    pub(super) fn acts_on(&self, user: UserId) -> Vec<(EffectId, What)> {
        let theirs = self.acts.iter().filter(|(_, act)| act.user == user);
        theirs.map(|(id, act)| (*id, act.what)).collect()
    }

    /// The rows of everybody with whom something is under way.
    pub(super) fn rows(&self) -> impl Iterator<Item = RowKey> {
        self.acts.values().map(|act| RowKey::user(act.user))
    }
}

fn is_fresh(refused: Option<Timestamp>, now: Timestamp) -> bool {
    refused.is_some_and(|at| now.since(at) < REFUSED_FOR && now >= at)
}

/// Nothing is done to anybody any more. The rows are not looked at.
pub(super) fn forget(cx: &mut Cx<'_, Row>, state: &mut State) {
    for (effect, act) in std::mem::take(&mut state.watch.acts) {
        if !matches!(act.what, What::Lift(_)) {
            cx.withdraw(effect);
        }
    }
    if state.watch.round_at.is_some() {
        cx.cancel(super::round::TIMER);
    }
    state.watch = Watch::default();
}
