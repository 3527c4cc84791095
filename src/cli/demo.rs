//! `guildhall demo`: placeholder.
use super::{Global, Stop};
#[derive(Debug, clap::Args)]
pub(super) struct Args {}
pub(super) fn run(_: &Global, _: &Args) -> Result<(), Stop> { Ok(()) }
