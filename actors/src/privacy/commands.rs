//! The commands of the privacy machine. To add one: a file in `commands/`, a `mod` line and its place
//! in [`ALL`].

mod export;
mod forget;
mod show;

use super::Privacy;
use crate::kernel::command::Command;

pub(super) const ALL: &[Command<Privacy>] = &[show::COMMAND, export::COMMAND, forget::COMMAND];
