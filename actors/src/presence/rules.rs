//! What moderators decide about members who do nothing.
//!
//! Rules do nothing by themselves until a moderator has seen whom they would meet and switched them
//! on ([`Rules::armed`]). A change that could meet more members, or sooner, switches them off again.

use crate::kernel::{
    ids::{ChannelId, RoleId, UserId},
    machine::Broken,
    time::Span,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Roles that can be exempt at a time.
pub(super) const MAX_EXEMPT_ROLES: usize = 20;
/// Members that can be exempt at a time.
pub(super) const MAX_EXEMPT_USERS: usize = 50;

/// See the module docs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Who has done nothing for so long is inactive; without it nobody ever is.
    pub after: Option<Span>,
    /// The role that inactive members have.
    pub role: Option<RoleId>,
    /// Whether inactive members are removed.
    pub kick: bool,
    /// How long after they became inactive.
    pub kick_after: Span,
    /// Whether they are told before.
    pub warn: bool,
    /// Where, if they take no direct messages.
    pub warn_channel: Option<ChannelId>,
    /// How long they have from then on, at least; also where nobody could tell them.
    pub grace: Span,
    /// Whoever has one of these is never inactive.
    pub exempt_roles: BTreeSet<RoleId>,
    /// These are never inactive.
    pub exempt_users: BTreeSet<UserId>,
    /// Where it is told what was done; else where moderators read everything.
    pub log: Option<ChannelId>,
    /// So many are removed in an hour at most …
    pub per_round: u16,
    /// … and so many of a hundred members in a day, unless somebody decides otherwise.
    pub percent: u8,
    /// Grows with every change: a preview shows what one edition would do.
    pub edition: u32,
    /// A moderator has seen what would happen, and switched it on.
    pub armed: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            after: None,
            role: None,
            kick: false,
            kick_after: Span::days(30),
            warn: true,
            warn_channel: None,
            grace: Span::days(7),
            exempt_roles: BTreeSet::new(),
            exempt_users: BTreeSet::new(),
            log: None,
            per_round: 10,
            percent: 5,
            edition: 0,
            armed: false,
        }
    }
}

impl Rules {
    /// Whether a member with these roles is exempt because of one of them.
    #[must_use]
    pub fn exempts(&self, roles: &[RoleId]) -> bool {
        roles.iter().any(|role| self.exempt_roles.contains(role))
    }

    /// Whether `new` could meet somebody whom these do not, or sooner, or say less before.
    #[must_use]
    pub fn milder_than(&self, new: &Self) -> bool {
        let sooner = |old: Option<Span>, new: Option<Span>| {
            new.is_some_and(|new| old.is_none_or(|old| new < old))
        };
        let removal = |rules: &Self| rules.kick.then_some(rules.kick_after);
        sooner(self.after, new.after)
            || sooner(removal(self), removal(new))
            || (new.role != self.role && new.role.is_some())
            || new.grace < self.grace
            || (self.warn && !new.warn)
            || !self.exempt_roles.is_subset(&new.exempt_roles)
            || !self.exempt_users.is_subset(&new.exempt_users)
            || new.per_round > self.per_round
            || new.percent > self.percent
    }

    /// How many of so many members may be removed in a day.
    #[must_use]
    pub fn daily(&self, members: u64) -> u32 {
        let share = members.saturating_mul(u64::from(self.percent)) / 100;
        u32::try_from(share.max(1)).unwrap_or(u32::MAX)
    }

    pub(super) fn invariants(&self) -> Vec<Broken> {
        let held = [
            (
                self.exempt_roles.len() <= MAX_EXEMPT_ROLES
                    && self.exempt_users.len() <= MAX_EXEMPT_USERS,
                "too many are exempt",
            ),
            (
                !self.armed || self.after.is_some(),
                "rules that say nothing are switched on",
            ),
            (
                self.after.is_none_or(|after| after > Span::ZERO) && self.grace > Span::ZERO,
                "everybody would be inactive at once",
            ),
        ];
        let broken = held.into_iter().filter(|(holds, _)| !holds);
        broken.map(|(_, what)| Broken(what.to_owned())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_meets_more_members_or_sooner_is_harsher() {
        let old = Rules {
            after: Some(Span::days(90)),
            kick: true,
            exempt_users: UserId::new(1).into_iter().collect(),
            ..Rules::default()
        };
        let harsher: [fn(&mut Rules); 9] = [
            |new| new.after = Some(Span::days(89)),
            |new| new.kick_after = Span::days(29),
            |new| new.grace = Span::days(6),
            |new| new.warn = false,
            |new| new.role = RoleId::new(5),
            |new| new.exempt_users.clear(),
            |new| new.per_round = 11,
            |new| new.percent = 6,
            |new| (new.after, new.percent) = (None, 6),
        ];
        for change in harsher {
            let mut new = old.clone();
            change(&mut new);
            assert!(old.milder_than(&new), "{new:?}");
        }
        let milder: [fn(&mut Rules); 6] = [
            |_| {},
            |new| new.after = Some(Span::days(91)),
            |new| new.after = None,
            |new| (new.kick, new.kick_after) = (false, Span::days(1)),
            |new| new.exempt_roles.extend(RoleId::new(5)),
            |new| new.percent = 1,
        ];
        for change in milder {
            let mut new = old.clone();
            change(&mut new);
            assert!(!old.milder_than(&new), "{new:?}");
        }
    }

    #[test]
    fn somebody_may_always_be_removed_in_a_day() {
        let rules = Rules::default();
        let daily = [0, 1, 20, 1_000, u64::MAX].map(|members| rules.daily(members));
        assert_eq!(daily, [1, 1, 1, 50, u32::MAX]);
    }
}
