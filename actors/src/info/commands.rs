//! The information commands. To add one: a file in `commands/`, a `mod` line and its place in
//! [`ALL`].

mod about;
mod help;
mod modversion;
mod ping;

use super::Info;
use crate::kernel::command::Command;

pub(super) const ALL: &[Command<Info>] = &[
    help::COMMAND,
    about::COMMAND,
    ping::COMMAND,
    modversion::COMMAND,
];
