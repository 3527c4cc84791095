//! How far it is with a member who does nothing: stored beside what they did, for those alone whom it
//! concerns.
//!
//! What is under way in the world has its name in [`super::Watch::acts`]; here is what it means for
//! the member.

use super::row::Member;
use crate::kernel::{
    ids::RoleId,
    time::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};

/// How long somebody whom nobody may touch is left alone before that is looked at again.
pub(super) const SPARED_FOR: Span = Span::days(7);
/// How long roles are kept for somebody who was removed.
pub(super) const KEPT_FOR: Span = Span::days(30);

/// See the module docs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// How they stand.
    pub stage: Stage,
    /// What they get back if they return.
    pub kept: Option<Kept>,
}

/// How a member stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Like everybody else.
    #[default]
    Active,
    /// They have done nothing for too long.
    Inactive(Inactive),
    /// A moderator took the role of inactive members off them: they are not judged before they do
    /// something again.
    Pardoned,
}

/// A spell of doing nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inactive {
    /// When they became inactive.
    pub since: Timestamp,
    /// The role that shows it.
    pub role: RoleStep,
    /// What they were told.
    pub warning: Warning,
    /// How far their removal is.
    pub removal: Removal,
    /// Why they could not be removed when that was tried.
    pub spared: Option<Spared>,
}

/// The role of inactive members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RoleStep {
    /// They do not have it.
    None,
    /// They are getting it.
    Giving(RoleId),
    /// They have it.
    Given(RoleId),
}

/// The warning of a spell. There is one at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Warning {
    /// None yet.
    None,
    /// It is on its way.
    Sending,
    /// They were told then.
    Told(Timestamp),
    /// They could not be told, or were not to be, and have as much time from then on.
    Untold(Timestamp),
}

/// How far a removal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Removal {
    /// Nothing was begun.
    None,
    /// They are looked at first.
    Looking,
    /// It is decided, and under way.
    Kicking,
}

/// A removal that could not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spared {
    /// Why.
    pub why: Why,
    /// When that was found.
    pub at: Timestamp,
}

/// Why somebody cannot be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// They own the server.
    Owner,
    /// Their highest role is not below ours.
    Above,
    /// Discord refused it.
    Refused,
}

/// The roles of somebody who was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// When.
    pub at: Timestamp,
    /// Which they had, of those that can be given back.
    pub roles: Vec<RoleId>,
    /// It has happened; else it was decided, and may still fail.
    pub removed: bool,
    /// A moderator wants them given back as soon as they return.
    pub promised: bool,
}

impl Inactive {
    /// They become inactive now.
    #[must_use]
    pub const fn new(since: Timestamp) -> Self {
        Self {
            since,
            role: RoleStep::None,
            warning: Warning::None,
            removal: Removal::None,
            spared: None,
        }
    }
}

impl Member {
    /// How they stand.
    #[must_use]
    pub fn stage(&self) -> &Stage {
        self.case
            .as_ref()
            .map_or(&Stage::Active, |case| &case.stage)
    }

    /// Their spell of doing nothing, if they are in one.
    #[must_use]
    pub fn inactive(&self) -> Option<&Inactive> {
        match self.stage() {
            Stage::Inactive(inactive) => Some(inactive),
            _ => None,
        }
    }

    pub(super) fn inactive_mut(&mut self) -> Option<&mut Inactive> {
        match &mut self.case.as_mut()?.stage {
            Stage::Inactive(inactive) => Some(inactive),
            _ => None,
        }
    }

    /// Whether their removal is decided and under way.
    #[must_use]
    pub fn is_being_removed(&self) -> bool {
        self.inactive()
            .is_some_and(|inactive| inactive.removal == Removal::Kicking)
    }

    /// What is kept for them.
    #[must_use]
    pub fn kept(&self) -> Option<&Kept> {
        self.case.as_ref()?.kept.as_ref()
    }

    pub(super) fn set_stage(&mut self, stage: Stage) {
        self.change_case(|case| case.stage = stage);
    }

    pub(super) fn set_kept(&mut self, kept: Option<Kept>) {
        self.change_case(|case| case.kept = kept);
    }

    /// There is no case where there is nothing to say.
    fn change_case(&mut self, change: impl FnOnce(&mut Case)) {
        let mut case = self.case.take().unwrap_or_default();
        change(&mut case);
        self.case = (*case != Case::default()).then_some(case);
    }

    /// What was kept for too long, or for a removal that never happened, goes.
    pub(super) fn let_go(&mut self, now: Timestamp) {
        let over = |kept: &Kept| kept.at + KEPT_FOR <= now || !kept.removed;
        if self.kept().is_some_and(over) && !self.is_being_removed() {
            self.set_kept(None);
        }
    }
}
