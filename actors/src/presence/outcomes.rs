//! What became of what was done to members: see [`super::stages`].

use super::{
    Row, State, brake,
    case::{Kept, Removal, RoleStep, Spared, Stage, Warning, Why},
    judge::{Verdict, judge},
    leavers, round,
    row::{Left, Member},
    stages::{begin, drop_acts, log, role_gone, wake},
    texts,
    watch::{Act, What},
};
use crate::kernel::{
    call::Permissions,
    effect::{Effect, Failure, MemberView, Outcome},
    ids::{RoleId, UserId},
    inbound::EffectId,
    machine::{Cx, RowKey},
    text::Message,
    time::Timestamp,
};

/// Discord's error code for a role that is gone.
const UNKNOWN_ROLE: u32 = 10_011;

/// What became of an act.
pub(super) fn heard(cx: &mut Cx<'_, Row>, state: &mut State, effect: EffectId, outcome: &Outcome) {
    let Some(Act { user, what }) = state.watch.acts.remove(&effect) else {
        return;
    };
    let key = RowKey::user(user);
    let Some(mut member) = cx.row(&key).and_then(Row::member).cloned() else {
        return;
    };
    let before = member.clone();
    let stays = match what {
        What::Give(role) => given(cx, state, &mut member, role, outcome),
        What::Lift(role) => lifted(cx, state, user, role, outcome),
        What::GiveBack(role) => {
            if !matches!(outcome, Outcome::Done) {
                log(cx, state, texts::not_given_back(user, role));
            }
            true
        }
        What::Warn => warned(cx, state, user, &mut member, outcome),
        What::Look => looked(cx, state, user, &mut member, outcome),
        What::Kick => kicked(cx, state, user, &mut member, outcome),
        What::TooLate(_) => {
            if *outcome == Outcome::Done && member.kept().is_some_and(|kept| !kept.removed) {
                gone(cx, state, &mut member, true);
                tell_removed(cx, state, user, &mut member, texts::removed_too_late);
            } else {
                member.let_go(cx.now);
            }
            true
        }
    };
    if !stays {
        cx.remove(key);
    } else if member != before {
        cx.put(key, Row::Member(member));
    }
}

fn given(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    member: &mut Member,
    role: RoleId,
    outcome: &Outcome,
) -> bool {
    let done = matches!(outcome, Outcome::Done);
    if let Some(inactive) = member.inactive_mut()
        && inactive.role == RoleStep::Giving(role)
    {
        inactive.role = if done {
            RoleStep::Given(role)
        } else {
            RoleStep::None
        };
    }
    match outcome {
        Outcome::Done => state.watch.role_refused = None,
        Outcome::Failed(Failure {
            code: UNKNOWN_ROLE, ..
        }) => role_gone(cx, state, role),
        Outcome::Failed(Failure { status: 403, .. }) => role_refused(cx, state, role),
        _ => {}
    }
    true
}

fn lifted(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    user: UserId,
    role: RoleId,
    outcome: &Outcome,
) -> bool {
    if matches!(outcome, Outcome::Failed(Failure { status: 403, .. })) {
        log(cx, state, texts::not_lifted(user, role));
    }
    true
}

/// Moderators are told once, and it is tried again after a day.
fn role_refused(cx: &mut Cx<'_, Row>, state: &mut State, role: RoleId) {
    if state.watch.role_refused.replace(cx.now).is_none() {
        log(cx, state, texts::role_refused(role));
    }
}

fn warned(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    user: UserId,
    member: &mut Member,
    outcome: &Outcome,
) -> bool {
    let now = cx.now;
    let Some(inactive) = member.inactive_mut() else {
        return true;
    };
    if matches!(outcome, Outcome::Sent { .. }) {
        inactive.warning = Warning::Told(now);
    } else {
        inactive.warning = Warning::Untold(now);
        let from = state.removed_from(inactive, now);
        log(cx, state, texts::untold(user, from));
    }
    true
}

/// They were looked at: everything is judged once more before they are removed.
fn looked(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    user: UserId,
    member: &mut Member,
    outcome: &Outcome,
) -> bool {
    if let Some(inactive) = member.inactive_mut() {
        inactive.removal = Removal::None;
    }
    match outcome {
        Outcome::Member(view) if view.member.bot => {
            drop_acts(cx, state, user);
            return false;
        }
        Outcome::Member(view) => found(cx, state, user, member, view),
        Outcome::Failed(failure) if failure.is_gone() => {
            member.set_stage(Stage::Active);
            gone(cx, state, member, false);
        }
        Outcome::Failed(Failure { status: 403, .. }) => kick_refused(cx, state),
        _ => {}
    }
    true
}

fn found(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    user: UserId,
    member: &mut Member,
    view: &MemberView,
) {
    member.exempt = state.rules.exempts(&view.member.roles);
    if view.member.joined_at != member.joined {
        member.joined = view.member.joined_at;
        wake(cx, state, user, member);
        return;
    }
    let may = view.granted.allow(Permissions::KICK_MEMBERS);
    if may {
        state.watch.kick_refused = None;
    }
    let due = judge(state, user, member, cx.now) == Verdict::Remove;
    let allowed = state.rules.armed && !round::is_calm(state, cx.now);
    if !due || !allowed {
        return;
    }
    if view.owner {
        spare(cx, state, user, member, Why::Owner);
    } else if !may {
        kick_refused(cx, state);
    } else if !view.outranked {
        spare(cx, state, user, member, Why::Above);
    } else if brake::take(state, cx.now) {
        kick(cx, state, user, member, view);
    }
}

fn kick(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    user: UserId,
    member: &mut Member,
    view: &MemberView,
) {
    let idle = state.idle(member, cx.now);
    let Some(inactive) = member.inactive_mut() else {
        return;
    };
    inactive.removal = Removal::Kicking;
    let reason = texts::reason(state, idle, inactive);
    let shown = match inactive.role {
        RoleStep::None => None,
        RoleStep::Giving(role) | RoleStep::Given(role) => Some(role),
    };
    let roles = view.assignable.iter().copied();
    member.set_kept(Some(Kept {
        at: cx.now,
        roles: roles.filter(|role| Some(*role) != shown).collect(),
        removed: false,
        promised: false,
    }));
    let effect = Effect::Kick {
        guild: cx.guild(),
        user,
        joined_at: view.member.joined_at,
        reason,
    };
    begin(cx, state, user, What::Kick, effect);
}

fn kicked(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    user: UserId,
    member: &mut Member,
    outcome: &Outcome,
) -> bool {
    match outcome {
        Outcome::Done => {
            tell_removed(cx, state, user, member, texts::removed);
            member.set_stage(Stage::Active);
            gone(cx, state, member, true);
        }
        Outcome::Failed(_) => {
            member.set_kept(None);
            if let Some(inactive) = member.inactive_mut() {
                inactive.removal = Removal::None;
            }
            spare(cx, state, user, member, Why::Refused);
        }
        _ => {
            member.set_kept(None);
            if let Some(inactive) = member.inactive_mut() {
                inactive.removal = Removal::None;
            }
        }
    }
    if member.left.is_some() {
        member.set_stage(Stage::Active);
    }
    true
}

/// They are no longer here, which was not told before.
fn gone(cx: &mut Cx<'_, Row>, state: &mut State, member: &mut Member, seen: bool) {
    if member.left.is_none() {
        member.left = Some(Left { at: cx.now, seen });
        if let Some(deeds) = &mut member.deeds {
            deeds.voice.ended(cx.now, seen);
        }
        leavers::left(cx, state, cx.now);
    }
}

/// A removal has happened, as is kept and told.
pub(super) fn tell_removed(
    cx: &mut Cx<'_, Row>,
    state: &State,
    user: UserId,
    member: &mut Member,
    say: impl Fn(&State, UserId, &Member, &Kept, Timestamp) -> Message,
) {
    let Some(mut kept) = member.kept().cloned() else {
        return;
    };
    kept.removed = true;
    let message = say(state, user, member, &kept, cx.now);
    member.set_kept(Some(kept));
    log(cx, state, message);
}

/// Somebody cannot be removed: told once for each reason, and looked at again after a week.
fn spare(cx: &mut Cx<'_, Row>, state: &State, user: UserId, member: &mut Member, why: Why) {
    let at = cx.now;
    let Some(inactive) = member.inactive_mut() else {
        return;
    };
    let known = inactive.spared.replace(Spared { why, at });
    if known.is_none_or(|known| known.why != why) {
        log(cx, state, texts::spared(user, why));
    }
}

/// We may remove nobody: told once, and tried again after a day.
fn kick_refused(cx: &mut Cx<'_, Row>, state: &mut State) {
    if state.watch.kick_refused.replace(cx.now).is_none() {
        log(cx, state, texts::kick_refused());
    }
}
