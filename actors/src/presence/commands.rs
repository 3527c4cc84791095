//! The commands of the tracker. To add one: a file in `commands/`, a `mod` line and its place in
//! [`ALL`].

mod admin;
mod channels;
mod export;
mod inactive;
mod me;
mod preview;
mod run;
mod seen;
mod settings;
mod top;
mod user;
mod watch;

pub(super) use {
    admin::{
        GROUP as ADMIN,
        reset::{UNDO, submitted},
        said::said,
    },
    inactive::DAYS,
};

use super::{
    Presence, Refusal, Row, State,
    lists::{self, Query},
};
use crate::kernel::{
    call::{Call, Press},
    command::Command,
    ids::UserId,
    inbound::Inbound,
    machine::{Cx, Needs, Reply, RowKey},
    turn::is_moderator,
};

pub(super) const ALL: &[Command<Presence>] = &[
    seen::COMMAND,
    me::COMMAND,
    user::COMMAND,
    top::COMMAND,
    inactive::COMMAND,
    export::COMMAND,
    settings::COMMAND,
    preview::COMMAND,
    run::COMMAND,
    channels::COMMAND,
    admin::delete::COMMAND,
    admin::reload::COMMAND,
    admin::reset::COMMAND,
    admin::setup::COMMAND,
];

/// Whom a command asks about, if it changes nothing.
pub(super) fn asks_about(call: &Call) -> Option<UserId> {
    let one = [&seen::COMMAND, &me::COMMAND, &user::COMMAND];
    one.iter()
        .any(|command| command.spec.name == call.command)
        .then(|| seen::whom(call))
}

/// The rows a command, a button or a form needs.
pub(super) fn needs(state: &State, what: &Inbound) -> Needs {
    let about = match what {
        Inbound::Called(call) => asks_about(call),
        _ => None,
    };
    match about {
        Some(user) => Needs::Rows(vec![RowKey::user(user)]),
        None if is(what, &channels::COMMAND) => channels::needs(),
        None if is(what, &settings::COMMAND) || watch::stops(what) => {
            Needs::Rows(state.watch.rows().collect())
        }
        None if let Some(user) = watch::of_roles(what) => Needs::Rows(vec![RowKey::user(user)]),
        None => admin::needs(what)
            .or_else(|| lists::needs(what))
            .unwrap_or(Needs::Nothing),
    }
}

fn is(what: &Inbound, command: &Command<Presence>) -> bool {
    matches!(what, Inbound::Called(call) if call.command == command.spec.name)
}

/// Somebody decides about inactive members, or leafs through a list. What stays on the screen is replaced.
pub(super) fn pressed(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    press: &Press,
) -> Result<Reply, Refusal> {
    if press.id.action == UNDO {
        return admin::reset::undone(cx, state, press);
    }
    if press.id.action == admin::reset::FORM {
        return admin::reset::pressed(state, press);
    }
    if let Some(reply) = watch::pressed(cx, state, press) {
        return reply;
    }
    let caller = &press.origin.caller;
    let page = match Query::pressed(press) {
        Some((Query::Top(by), page)) => top::shown(cx, state, by, page)?,
        Some((Query::Inactive(days), page)) => {
            if !is_moderator(state.shared.as_ref(), caller) {
                return Err(Refusal::ForModerators);
            }
            inactive::shown(cx, state, days, page)?
        }
        Some((Query::Export(_), _)) | None => return Err(Refusal::OldButton),
    };
    Ok(Reply::Replace(page))
}
