//! The commands of the settings. To add one: a file in `commands/`, a `mod` line and its place in
//! [`ALL`].

mod log;
mod moderators;
mod show;
mod zone;

use super::Settings;
use crate::kernel::command::Command;

pub(super) const ALL: &[Command<Settings>] = &[
    show::COMMAND,
    log::COMMAND,
    moderators::COMMAND,
    zone::COMMAND,
];
