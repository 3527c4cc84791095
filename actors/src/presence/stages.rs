//! How members come into the watch and out of it: step by step inwards, at once outwards.
//!
//! Whatever somebody does that counts ends their spell: what is under way against them is withdrawn,
//! and the role goes. A removal takes three turns, each of which judges anew: it is due, they are
//! looked at, they are removed.

use super::{
    Row, State, brake,
    case::{Inactive, Removal, RoleStep, Stage, Warning},
    outcomes, round,
    row::{Left, Member},
    texts,
    watch::{Act, What},
};
use crate::kernel::{
    effect::{Effect, Target},
    ids::{ChannelId, RoleId, UserId},
    inbound,
    machine::{Cx, RowKey},
    text::Message,
};

/// Tells moderators what was done: in the channel for that, else where they read everything.
pub(super) fn log(cx: &mut Cx<'_, Row>, state: &State, message: Message) {
    let shared = state.shared.as_ref();
    let channels = [
        state.rules.log,
        shared.and_then(|shared| shared.log_channel),
    ];
    let owner = shared.and_then(|shared| shared.owner).map(Target::User);
    let to: Vec<Target> = channels
        .into_iter()
        .flatten()
        .map(Target::Channel)
        .collect();
    let to: Vec<Target> = to.into_iter().chain(owner).collect();
    if !to.is_empty() {
        cx.effect(Effect::Say { to, message });
    }
}

pub(super) fn begin(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    user: UserId,
    what: What,
    effect: Effect,
) {
    let id = cx.ask(effect);
    state.watch.acts.insert(id, Act { user, what });
}

/// As [`begin`], of what cannot wait until there is room.
fn begin_at_once(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    user: UserId,
    what: What,
    effect: Effect,
) {
    if state.watch.room() > 0 {
        begin(cx, state, user, what, effect);
    } else {
        cx.effect(effect);
    }
}

fn change_role(cx: &Cx<'_, Row>, user: UserId, role: RoleId, give: bool, why: &str) -> Effect {
    Effect::ChangeRole {
        guild: cx.guild(),
        user,
        role,
        give,
        reason: why.to_owned(),
    }
}

/// They have the role that shows how they stand, or get it.
pub(super) fn show(cx: &mut Cx<'_, Row>, state: &mut State, user: UserId, member: &mut Member) {
    let now = cx.now;
    let Some(inactive) = member.inactive_mut() else {
        return;
    };
    if let RoleStep::Given(old) = inactive.role {
        let lift = change_role(cx, user, old, false, texts::ROLE_CHANGED);
        begin_at_once(cx, state, user, What::Lift(old), lift);
    }
    inactive.role = match state.rules.role {
        Some(role) if !state.watch.role_is_refused(now) => {
            let give = change_role(cx, user, role, true, texts::ROLE_GIVEN);
            begin(cx, state, user, What::Give(role), give);
            RoleStep::Giving(role)
        }
        _ => RoleStep::None,
    };
}

/// They become inactive.
pub(super) fn mark(cx: &mut Cx<'_, Row>, state: &mut State, user: UserId, member: &mut Member) {
    member.set_stage(Stage::Inactive(Inactive::new(cx.now)));
    if state.rules.role.is_some() {
        show(cx, state, user, member);
    }
}

/// They are told that they will be removed, or have as much time as if they had been.
pub(super) fn warn(cx: &mut Cx<'_, Row>, state: &mut State, user: UserId, member: &mut Member) {
    let now = cx.now;
    let idle = state.idle(member, now);
    let Some(inactive) = member.inactive_mut() else {
        return;
    };
    if !state.rules.warn {
        inactive.warning = Warning::Untold(now);
        return;
    }
    let from = state.removed_from(inactive, now);
    inactive.warning = Warning::Sending;
    let channel = state.rules.warn_channel.map(Target::Channel);
    let to = [Target::User(user)].into_iter().chain(channel).collect();
    let message = texts::warning(state, user, idle, from);
    begin(cx, state, user, What::Warn, Effect::Say { to, message });
}

/// They are looked at before they are removed.
pub(super) fn look(cx: &mut Cx<'_, Row>, state: &mut State, user: UserId, member: &mut Member) {
    if let Some(inactive) = member.inactive_mut() {
        inactive.removal = Removal::Looking;
        let guild = cx.guild();
        begin(
            cx,
            state,
            user,
            What::Look,
            Effect::ReadMember { guild, user },
        );
    }
}

/// Their spell is over: nothing is done to them any more, and the role goes.
pub(super) fn wake(cx: &mut Cx<'_, Row>, state: &mut State, user: UserId, member: &mut Member) {
    drop_acts(cx, state, user);
    if let Some(RoleStep::Giving(role) | RoleStep::Given(role)) =
        member.inactive().map(|inactive| inactive.role)
    {
        let lift = change_role(cx, user, role, false, texts::ROLE_LIFTED);
        begin_at_once(cx, state, user, What::Lift(role), lift);
    }
    member.set_stage(Stage::Active);
}

/// What is under way against somebody is withdrawn.
pub(super) fn drop_acts(cx: &mut Cx<'_, Row>, state: &mut State, user: UserId) {
    for (effect, what) in state.watch.acts_on(user) {
        match what {
            What::Lift(_) | What::GiveBack(_) | What::TooLate(_) => {}
            What::Kick => {
                cx.withdraw(effect);
                let what = What::TooLate(cx.now);
                state.watch.acts.insert(effect, Act { user, what });
            }
            What::Give(_) | What::Warn | What::Look => {
                cx.withdraw(effect);
                state.watch.acts.remove(&effect);
            }
        }
    }
}

/// Nothing is done to anybody any more, as long as nothing else is decided. The rows of
/// [`super::Watch::rows`] must be at hand.
pub(super) fn stop(cx: &mut Cx<'_, Row>, state: &mut State) {
    let users: std::collections::BTreeSet<UserId> =
        state.watch.acts.values().map(|act| act.user).collect();
    for user in users {
        let key = RowKey::user(user);
        let Some(mut member) = cx.row(&key).and_then(Row::member).cloned() else {
            continue;
        };
        drop_acts(cx, state, user);
        if let Some(inactive) = member.inactive_mut() {
            if let RoleStep::Giving(role) = inactive.role {
                // It may be there already: the next round sees to it.
                inactive.role = RoleStep::Given(role);
            }
            if inactive.warning == Warning::Sending {
                inactive.warning = Warning::Untold(cx.now);
            }
            inactive.removal = Removal::None;
            cx.put(key, Row::Member(member));
        }
    }
}

/// They have left. If that is our doing, what becomes of the removal will say so.
pub(super) fn left(cx: &mut Cx<'_, Row>, state: &mut State, user: UserId, member: &mut Member) {
    if !member.is_being_removed() {
        drop_acts(cx, state, user);
        member.set_stage(Stage::Active);
    }
}

/// They are here again; `gone`: they were known to have left.
pub(super) fn returned(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    user: UserId,
    member: &mut Member,
    gone: Option<Left>,
) {
    // Who left while they were being removed was removed: only the answer is not here yet.
    if gone.is_some() && member.is_being_removed() {
        outcomes::tell_removed(cx, state, user, member, texts::removed);
    }
    drop_acts(cx, state, user);
    member.set_stage(Stage::Active);
    member.let_go(cx.now);
    let Some(kept) = member.kept().filter(|kept| !kept.roles.is_empty()) else {
        return;
    };
    if kept.promised {
        give_back(cx, state, user, member);
    } else {
        let message = texts::returned(user, kept);
        log(cx, state, message);
    }
}

/// They get their roles back.
pub(super) fn give_back(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    user: UserId,
    member: &mut Member,
) {
    let Some(kept) = member.kept().cloned() else {
        return;
    };
    for role in &kept.roles {
        let give = change_role(cx, user, *role, true, texts::ROLE_GIVEN_BACK);
        begin_at_once(cx, state, user, What::GiveBack(*role), give);
    }
    member.set_kept(None);
    if kept.promised {
        log(cx, state, texts::given_back(user, &kept));
    }
}

/// A member's roles changed, or it is seen what they are.
pub(super) fn changed(cx: &mut Cx<'_, Row>, state: &mut State, shown: &inbound::Member) {
    let key = RowKey::user(shown.user);
    let Some(old) = cx.row(&key).and_then(Row::member) else {
        return;
    };
    let mut member = old.clone();
    let before = member.clone();
    member.exempt = state.rules.exempts(&shown.roles);
    if let Some(RoleStep::Given(role)) = member.inactive().map(|inactive| inactive.role)
        && !shown.roles.contains(&role)
    {
        // A moderator took it off. It is taken once more, in case this is old news.
        wake(cx, state, shown.user, &mut member);
        member.set_stage(Stage::Pardoned);
    } else if member.exempt && member.inactive().is_some() {
        wake(cx, state, shown.user, &mut member);
    }
    if member != before {
        cx.put(key, Row::Member(member));
    }
}

/// A role is gone. Rules that name it are not what a moderator switched on.
pub(super) fn role_gone(cx: &mut Cx<'_, Row>, state: &mut State, role: RoleId) {
    let rules = &mut state.rules;
    let was_shown = rules.role == Some(role);
    let was_exempt = rules.exempt_roles.remove(&role);
    if !was_shown && !was_exempt {
        return;
    }
    if was_shown {
        rules.role = None;
    }
    rules.edition += 1;
    let armed = std::mem::take(&mut rules.armed);
    if armed {
        stop(cx, state);
    }
    log(cx, state, texts::role_gone(was_shown, armed));
    super::tell_standing(cx, state);
}

/// A channel is gone.
pub(super) fn channel_gone(state: &mut State, channel: ChannelId) {
    for place in [&mut state.rules.log, &mut state.rules.warn_channel] {
        *place = place.filter(|known| *known != channel);
    }
}

/// A moderator wants somebody's roles given back: now, or when they return. `None`: nothing is kept.
pub(super) fn promise(cx: &mut Cx<'_, Row>, state: &mut State, user: UserId) -> Option<bool> {
    let key = RowKey::user(user);
    let mut member = cx.row(&key).and_then(Row::member)?.clone();
    member.let_go(cx.now);
    let mut kept = member.kept()?.clone();
    let here = member.left.is_none();
    if here {
        give_back(cx, state, user, &mut member);
    } else {
        kept.promised = true;
        member.set_kept(Some(kept));
    }
    cx.put(key, Row::Member(member));
    Some(here)
}

/// Whether `today` is what a brake's question was about is for [`brake`] to say; here it is done.
pub(super) fn switch_removals_off(cx: &mut Cx<'_, Row>, state: &mut State) {
    state.rules.kick = false;
    state.rules.edition += 1;
    stop(cx, state);
    super::tell_standing(cx, state);
}

/// Whether a question of the brake is still about today; it is answered then.
pub(super) fn decide(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    day: &str,
    allowed: Option<u32>,
) -> bool {
    let about_today = brake::decided(state, day, allowed, cx.now);
    if about_today {
        round::soon(cx, state);
    }
    about_today
}
