//! The commands. To add one: a file in `commands/`, a `mod` line and its place in [`ALL`].

mod roster;
mod settings;
mod stats;

pub(super) use stats::days;

use super::Messages;
use crate::kernel::command::Command;

pub(super) const ALL: &[Command<Messages>] = &[settings::COMMAND, stats::COMMAND, roster::COMMAND];
