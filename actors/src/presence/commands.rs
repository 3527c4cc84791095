//! The commands of the tracker. To add one: a file in `commands/`, a `mod` line and its place in
//! [`ALL`].

mod seen;
mod settings;

use super::Presence;
use crate::kernel::{call::Call, command::Command, machine::Needs};

pub(super) const ALL: &[Command<Presence>] = &[seen::COMMAND, settings::COMMAND];

/// The rows a command needs.
pub(super) fn needs(call: &Call) -> Needs {
    if call.command == seen::COMMAND.spec.name {
        seen::needs(call)
    } else {
        Needs::Nothing
    }
}
