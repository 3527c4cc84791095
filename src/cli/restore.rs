//! `guildhall restore`: a data directory from an export.

use super::{
    Exit, Global, Stop,
    out::{Out, remark},
    stop::chain,
};
use crate::admin;
use clap::Args as Arguments;
use snapshots::{DataDir, Options, Restore, RestoreFault};
use std::{
    hash::{BuildHasher as _, RandomState},
    path::PathBuf,
};

/// Says how far it is after so many records.
const REMARK_EVERY: u64 = 100_000;

/// `restore`
#[derive(Debug, Arguments)]
#[command(after_help = "\
The data directory must not hold a store; move an old one away first, do not delete it.

A restored bot begins a new life: it does not resume the old gateway session but asks Discord how
things are now, and messages that were still to be sent are put aside for a person to review, because the
lost life may have sent them.")]
pub(super) struct Args {
    /// The export, for example data/exports/guildhall-20261120T070739Z-e42-hourly.guildhall
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
    let restore = Restore {
        export: &args.export,
        data: &data,
        incarnation,
        options,
        accept_incomplete: args.accept_incomplete,
        filter: &mut Some,
        progress: &mut |records| {
            if records % REMARK_EVERY == 0 && records > 0 {
                remark(format_args!("({records} records)"));
            }
        },
    };
    let report = restore.run().map_err(|fault| explain(&fault))?;
    let out = Out::new();
    out.line(format_args!(
        "{} records are restored to {}.",
        report.totals.records,
        data.path().display()
    ));
    if report.for_review > 0 {
        out.line(format_args!(
            "{} messages were still to be sent and are put aside: guildhall inspect show --space dead-letter",
            report.for_review
        ));
    }
    out.line("Start the bot as usual; it asks Discord what happened since.");
    Ok(())
}

fn explain(fault: &RestoreFault) -> Stop {
    let exit = if matches!(fault, RestoreFault::Lock(_)) {
        Exit::NotNow
    } else {
        Exit::Failed
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
