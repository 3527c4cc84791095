//! The rules about inactive members, as a command changes them.

use crate::{
    kernel::{
        call::Call,
        machine::{Cx, IndexKey},
        time::Span,
    },
    presence::{
        Refusal, Row, Rules, State, catalogue, round,
        rules::{MAX_EXEMPT_ROLES, MAX_EXEMPT_USERS},
        stages, tell_standing,
    },
};
use std::collections::BTreeSet;

/// Options with `remove`.
const REMOVABLE: [&str; 5] = ["role", "warn_channel", "log", "exempt_role", "exempt_user"];

/// The rules once the command is done.
pub(super) fn wanted(state: &State, call: &Call) -> Result<Rules, Refusal> {
    let mut new = state.rules.clone();
    let remove = call.yes_or_no("remove").unwrap_or(false);
    if remove
        && !REMOVABLE
            .iter()
            .any(|option| call.options.contains_key(*option))
    {
        return Err(Refusal::NothingToRemove);
    }
    let days = |option| call.integer(option).map(Span::days);
    if let Some(after) = days("inactive_after_days") {
        new.after = Some(after).filter(|after| *after > Span::ZERO);
    }
    new.kick = call.yes_or_no("kick").unwrap_or(new.kick);
    new.kick_after = days("kick_after_days").unwrap_or(new.kick_after);
    new.warn = call.yes_or_no("warn").unwrap_or(new.warn);
    new.grace = days("grace_days").unwrap_or(new.grace);
    let small = |option| call.integer(option).and_then(|n| u16::try_from(n).ok());
    new.per_round = small("per_hour").unwrap_or(new.per_round);
    new.percent = small("percent").map_or(new.percent, |n| u8::try_from(n).unwrap_or(u8::MAX));
    put(&mut new.role, call.role("role"), remove);
    put(&mut new.warn_channel, call.channel("warn_channel"), remove);
    put(&mut new.log, call.channel("log"), remove);
    put_in(&mut new.exempt_roles, call.role("exempt_role"), remove);
    put_in(&mut new.exempt_users, call.user("exempt_user"), remove);
    if new.exempt_roles.len() > MAX_EXEMPT_ROLES || new.exempt_users.len() > MAX_EXEMPT_USERS {
        return Err(Refusal::TooManyExempt);
    }
    if new != state.rules && new.after.is_some() && state.tracks() {
        super::possible(state, call)?;
    }
    Ok(new)
}

fn put<T>(place: &mut Option<T>, given: Option<T>, remove: bool) {
    if given.is_some() {
        *place = given.filter(|_| !remove);
    }
}

fn put_in<T: Ord>(set: &mut BTreeSet<T>, given: Option<T>, remove: bool) {
    if let Some(given) = given {
        if remove {
            set.remove(&given);
        } else {
            set.insert(given);
        }
    }
}

/// These rules hold from now on.
pub(super) fn set(cx: &mut Cx<'_, Row>, state: &mut State, mut new: Rules) {
    let old = state.rules.clone();
    new.edition += 1;
    // Who ends the recording in the same breath has ended the rules as well.
    new.armed &= old.armed && new.after.is_some() && !old.milder_than(&new);
    let relist = new.exempt_roles != old.exempt_roles;
    let kicks_no_more = old.kick && !new.kick;
    let disarmed = old.armed && !new.armed;
    state.rules = new;
    if old.edition == 0 {
        cx.index(IndexKey::Members(cx.guild()), true);
    }
    if disarmed || kicks_no_more {
        stages::stop(cx, state);
    }
    if old.role != state.rules.role {
        state.watch.role_refused = None;
    }
    // Who has a role is known from the list alone.
    if relist && state.records() {
        catalogue::begin(cx, state, None);
    }
    if state.tracks() && (state.rules.after.is_some() || old.after.is_some()) {
        round::soon(cx, state);
    }
    tell_standing(cx, state);
}
