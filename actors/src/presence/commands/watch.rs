//! Buttons about inactive members: switching the rules on, answering the brake, giving roles back.

use crate::{
    kernel::{
        call::{Origin, Permissions, Press},
        ids::UserId,
        inbound::Inbound,
        machine::{Cx, Reply},
        turn::is_moderator,
    },
    presence::{Refusal, Row, State, round, stages, texts},
};

/// Whether a button ends what is under way.
pub(super) fn stops(what: &Inbound) -> bool {
    matches!(what, Inbound::Pressed(press) if press.id.action == "off")
}

/// Whose roles a button gives back.
pub(super) fn of_roles(what: &Inbound) -> Option<UserId> {
    match what {
        Inbound::Pressed(press) if press.id.action == "roles" => press.id.arg(0)?.parse().ok(),
        _ => None,
    }
}

/// Whether Discord lets us do what the rules say, as far as can be seen from here.
pub(super) fn permitted(state: &State, origin: &Origin) -> Result<(), Refusal> {
    let (rules, granted) = (&state.rules, origin.app_permissions);
    if rules.kick && !granted.allow(Permissions::KICK_MEMBERS) {
        return Err(Refusal::NeedsKick);
    }
    if rules.role.is_some() && !granted.allow(Permissions::MANAGE_ROLES) {
        return Err(Refusal::NeedsRoles);
    }
    Ok(())
}

/// `None`: it is a button of something else.
pub(super) fn pressed(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    press: &Press,
) -> Option<Result<Reply, Refusal>> {
    let of = |n| press.id.arg(n).unwrap_or_default();
    let known = ["arm", "go", "keep", "off", "roles"];
    if !known.contains(&press.id.action.as_str()) {
        return None;
    }
    if !is_moderator(state.shared.as_ref(), &press.origin.caller) {
        return Some(Err(Refusal::ForModerators));
    }
    if !state.tracks() {
        return Some(Err(Refusal::Off));
    }
    Some(match press.id.action.as_str() {
        "arm" => arm(cx, state, press),
        "go" => decide(cx, state, of(0), of(1).parse().ok()),
        "keep" => decide(cx, state, of(0), None),
        "off" => {
            stages::switch_removals_off(cx, state);
            Ok(Reply::text(texts::REMOVALS_OFF))
        }
        _ => roles(cx, state, press),
    })
}

fn arm(cx: &mut Cx<'_, Row>, state: &mut State, press: &Press) -> Result<Reply, Refusal> {
    if press.id.arg(0) != Some(&state.rules.edition.to_string()) || state.rules.armed {
        return Err(Refusal::ChangedSince);
    }
    if state.rules.after.is_none() {
        return Err(Refusal::NoRules);
    }
    permitted(state, &press.origin)?;
    state.rules.armed = true;
    (state.watch.role_refused, state.watch.kick_refused) = (None, None);
    round::soon(cx, state);
    stages::log(cx, state, texts::armed(press.origin.caller.user));
    Ok(Reply::text(texts::ARMED))
}

fn decide(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    day: &str,
    allowed: Option<u32>,
) -> Result<Reply, Refusal> {
    if !stages::decide(cx, state, day, allowed) {
        return Err(Refusal::OtherDay);
    }
    Ok(Reply::text(texts::DECIDED))
}

fn roles(cx: &mut Cx<'_, Row>, state: &mut State, press: &Press) -> Result<Reply, Refusal> {
    let caller = &press.origin.caller;
    if !caller.permissions.allow(Permissions::MANAGE_ROLES) {
        return Err(Refusal::ForRoleManagers);
    }
    let user = press.id.arg(0).and_then(|user| user.parse().ok());
    let given = user.and_then(|user| stages::promise(cx, state, user));
    match given {
        Some(here) => Ok(Reply::text(texts::promised(here))),
        None => Err(Refusal::NotKept),
    }
}
