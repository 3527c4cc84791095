//! The commands of the tracker. To add one: a file in `commands/`, a `mod` line and its place in
//! [`ALL`].

mod channels;
mod seen;
mod settings;

use super::Presence;
use crate::kernel::{call::Call, command::Command, ids::UserId, machine::Needs};

pub(super) const ALL: &[Command<Presence>] = &[seen::COMMAND, settings::COMMAND, channels::COMMAND];

/// Whom a command asks about, if it changes nothing.
pub(super) fn asks_about(call: &Call) -> Option<UserId> {
    (call.command == seen::COMMAND.spec.name).then(|| seen::whom(call))
}

/// The rows a command needs.
pub(super) fn needs(call: &Call) -> Needs {
    if call.command == seen::COMMAND.spec.name {
        seen::needs(call)
    } else if call.command == channels::COMMAND.spec.name {
        channels::needs()
    } else {
        Needs::Nothing
    }
}
