//! The commands of the welcome desk. To add one: a file in `commands/`, a `mod` line and its place
//! in [`ALL`].

mod join;
mod leave;
mod off;
mod preview;
mod switch_on;

use super::Welcome;
use crate::kernel::command::Command;

pub(super) const ALL: &[Command<Welcome>] = &[
    join::COMMAND,
    leave::COMMAND,
    preview::COMMAND,
    off::COMMAND,
];
