//! `guildhall restore`, also called `inspect import`: a data directory from an export.

use super::{
    Exit, Global, Stop,
    out::Out,
    progress::{Meter, Unit},
    stop::chain,
};
use crate::admin;
use clap::Args as Arguments;
use snapshots::{
    DataDir, Options, Restore, RestoreFault,
    export::{ExportFault, read_header},
};
use std::{
    hash::{BuildHasher as _, RandomState},
    path::PathBuf,
};

/// `restore`
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  guildhall restore /mnt/usb/bot.guildhall --data data-new
  guildhall restore data.old/exports/guildhall-…-hourly.guildhall

The whole file is checked first; the new store takes its place when it is complete and was read back. The data
directory must not hold a store: move an old one away, do not delete it. A backup of a newer guildhall is refused.

A restored bot begins a new life: it does not resume the old gateway session but asks Discord how things are now.
What was still to be sent is put aside for you to review, because the lost life may have sent it:
`guildhall inspect dead-letters`.")]
pub(super) struct Args {
    /// The backup: what `guildhall backup` wrote, or a file from `exports` in the data directory
    #[arg(value_name = "FILE")]
    export: PathBuf,
    /// Also if records are missing in it because they were damaged when it was made
    #[arg(long)]
    accept_incomplete: bool,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<(), Stop> {
    let config = global.load()?.config;
    let data = DataDir::new(&config.store.data);
    let incarnation = incarnation();
    let mut options = Options::new(incarnation, admin::now());
    options.cache_bytes = config.store.cache_bytes();
    let of = read_header(&args.export).map_or(0, |header| header.totals.records);
    let mut meter = Meter::new("checking, then restoring", Unit::Records);
    let restore = Restore {
        export: &args.export,
        data: &data,
        incarnation,
        options,
        accept_incomplete: args.accept_incomplete,
        filter: &mut Some,
        progress: &mut |records| meter.at(records, of),
    };
    let report = restore.run().map_err(|fault| explain(&fault));
    drop(meter);
    let report = report?;
    let out = Out::new();
    out.line(format_args!(
        "{} records are restored to {}.",
        report.totals.records,
        data.path().display()
    ));
    if report.for_review > 0 {
        out.line(format_args!(
            "What was still to be sent ({}) is put aside for review: guildhall inspect dead-letters",
            report.for_review
        ));
    }
    out.line("Start the bot as usual; it asks Discord what happened since.");
    Ok(())
}

fn explain(fault: &RestoreFault) -> Stop {
    let exit = match fault {
        RestoreFault::Lock(_) => Exit::NotNow,
        RestoreFault::Export(ExportFault::Damaged { .. }) | RestoreFault::Incomplete { .. } => {
            Exit::Damaged
        }
        _ => Exit::Failed,
    };
    let hint = match fault {
        RestoreFault::Incomplete { .. } => "; --accept-incomplete restores what there is",
        _ => "",
    };
    Stop::new(exit, format!("{}{hint}", chain(fault)))
}

/// A number that tells this life of the store from every other. The hasher's keys come from the
/// operating system's randomness.
fn incarnation() -> u32 {
    let [a, b, c, d, ..] = RandomState::new().hash_one("incarnation").to_le_bytes();
    u32::from_le_bytes([a, b, c, d]).max(1)
}
