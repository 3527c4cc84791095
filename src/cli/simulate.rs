//! `guildhall simulate`: placeholder.
use super::Stop;
#[derive(Debug, clap::Args)]
pub(super) struct Args {}
pub(super) fn run(_: &Args) -> Result<(), Stop> { Ok(()) }
