//! What is to be done about a member: a question with one answer at each moment, worked out from
//! what is stored. Whether it is done is for the round (`presence::round`) to say, and its limits.

use super::{
    State,
    case::{Inactive, Removal, RoleStep, SPARED_FOR, Stage, Warning},
    idle::{Standing, standing},
    row::Member,
};
use crate::kernel::{
    away::Away,
    ids::UserId,
    time::{Span, Timestamp},
};

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing; before so long has passed there will not be anything either.
    Nothing(Option<Span>),
    /// They are not inactive, and are taken for it.
    Wake,
    /// They have become inactive.
    Mark,
    /// They have not the role that they should have.
    Role,
    /// They are to be told.
    Warn,
    /// They are to be removed.
    Remove,
}

impl State {
    /// Whether rules do not concern this member.
    #[must_use]
    pub fn is_exempt(&self, user: UserId, member: &Member) -> bool {
        let owner = self.shared.as_ref().and_then(|shared| shared.owner);
        member.exempt || owner == Some(user) || self.rules.exempt_users.contains(&user)
    }

    /// How long somebody has done nothing by `now`; `None` where they are not idle, or that is not known.
    #[must_use]
    pub fn idle(&self, member: &Member, now: Timestamp) -> Option<Span> {
        match standing(self, member, now) {
            Standing::Idle { idle, .. } if !member.is_stranger() => Some(idle.rest()),
            _ => None,
        }
    }

    /// When somebody may be removed at the earliest, if nothing changes and everything can be seen.
    #[must_use]
    pub fn removed_from(&self, inactive: &Inactive, now: Timestamp) -> Timestamp {
        let away = self.away_by(now);
        let (rules, seen) = (&self.rules, |at| away.idle(at, now).rest());
        let since = left_of(rules.kick_after, seen(inactive.since));
        let warned = match inactive.warning {
            Warning::Told(at) | Warning::Untold(at) => left_of(rules.grace, seen(at)),
            _ => rules.grace,
        };
        now + since.max(warned)
    }
}

/// What of `whole` is left when `gone` has passed.
fn left_of(whole: Span, gone: Span) -> Span {
    Span::millis(whole.as_millis().saturating_sub(gone.as_millis())).max(Span::ZERO)
}

/// See the module docs.
#[must_use]
pub fn judge(state: &State, user: UserId, member: &Member, now: Timestamp) -> Verdict {
    if member.left.is_some() || *member.stage() == Stage::Pardoned {
        return Verdict::Nothing(None);
    }
    let idle = state.idle(member, now);
    let limits = state.rules.after.filter(|_| !state.is_exempt(user, member));
    let over = idle.zip(limits).map(|(idle, after)| left_of(after, idle));
    match (member.inactive(), over) {
        (Some(inactive), Some(Span::ZERO)) => next_step(state, inactive, now),
        (None, Some(Span::ZERO)) => Verdict::Mark,
        (None, left) => Verdict::Nothing(left),
        (Some(_), _) => Verdict::Wake,
    }
}

fn next_step(state: &State, inactive: &Inactive, now: Timestamp) -> Verdict {
    let rules = &state.rules;
    let role = match inactive.role {
        RoleStep::None => None,
        RoleStep::Giving(role) | RoleStep::Given(role) => Some(role),
    };
    if role != rules.role && !matches!(inactive.role, RoleStep::Giving(_)) {
        let refused = state.watch.role_is_refused(now) && rules.role.is_some();
        if !refused {
            return Verdict::Role;
        }
    }
    if !rules.kick {
        return Verdict::Nothing(None);
    }
    let away = state.away_by(now);
    removal_step(state, inactive, &away, now)
}

fn removal_step(state: &State, inactive: &Inactive, away: &Away, now: Timestamp) -> Verdict {
    let rules = &state.rules;
    let seen = |at: Timestamp| away.idle(at, now).rest();
    let since = seen(inactive.since);
    match (inactive.warning, inactive.removal) {
        (Warning::Sending, _) | (_, Removal::Looking | Removal::Kicking) => Verdict::Nothing(None),
        (Warning::None, _) => {
            let warned_after = left_of(rules.kick_after, rules.grace);
            match left_of(warned_after, since) {
                Span::ZERO => Verdict::Warn,
                left => Verdict::Nothing(Some(left)),
            }
        }
        (Warning::Told(at) | Warning::Untold(at), Removal::None) => {
            let left = left_of(rules.grace, seen(at)).max(left_of(rules.kick_after, since));
            let spared = inactive.spared.map_or(Span::ZERO, |spared| {
                left_of(SPARED_FOR, now.since(spared.at).max(Span::ZERO))
            });
            match left.max(spared) {
                Span::ZERO => Verdict::Remove,
                left => Verdict::Nothing(Some(left)),
            }
        }
    }
}
