//! `guildhall restore`, also called `inspect import`: a data directory from an export.

use super::{
    Exit, Global, Stop,
    out::Out,
    progress::{Meter, Unit},
    stop::chain,
};
use crate::admin;
use actors::{
    kernel::{
        address::{Address, Kind},
        erase::{Erased, Gone},
        record::{Key, Record, Snapshot as _, Space},
        time::Timestamp,
    },
    privacy, registry,
};
use clap::Args as Arguments;
use snapshots::{
    Bincode, DataDir, Entry, Options, Restore, RestoreFault,
    erasures::{Erasures, GoneFrom},
    export::{ExportFault, ExportReader, read_header},
};
use std::{
    collections::BTreeSet,
    hash::{BuildHasher as _, RandomState},
    path::{Path, PathBuf},
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
`guildhall inspect dead-letters`. Members who asked to be forgotten stay forgotten: who they are is noted in the
file `erasures` of the data directory, or of the one that FILE lies in.")]
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
    let header = read_header(&args.export).ok();
    let of = header.map_or(0, |header| header.totals.records);
    let erasures = erasures(&data, &args.export)?;
    let made_at = header.map_or(Timestamp::EPOCH, |header| header.created_at);
    let gone = GoneFrom {
        erasures: &erasures,
        made_at,
    };
    let more = restored_lists(&args.export, &gone).map_err(|fault| explain(&fault.into()))?;
    let mut meter = Meter::new("checking, then restoring", Unit::Records);
    let restore = Restore {
        export: &args.export,
        data: &data,
        incarnation,
        options,
        accept_incomplete: args.accept_incomplete,
        filter: &mut |entry| without(entry, &gone),
        more: &more,
        progress: &mut |records| meter.at(records, of),
    };
    let report = restore.run().map_err(|fault| explain(&fault));
    drop(meter);
    let report = report?;
    erasures
        .write()
        .map_err(|fault| Stop::new(Exit::Failed, chain(&fault)))?;
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

/// Who asked to be forgotten, as noted in the data directory, and in the one that the export lies in.
fn erasures(data: &DataDir, export: &Path) -> Result<Erasures, Stop> {
    let open = |data: &DataDir| {
        Erasures::open(data).map_err(|fault| Stop::new(Exit::Failed, chain(&fault)))
    };
    let mut erasures = open(data)?;
    let beside = export.parent().and_then(Path::parent);
    if let Some(beside) = beside {
        erasures.merge(&open(&DataDir::new(beside))?);
    }
    Ok(erasures)
}

fn without(entry: Entry, gone: &dyn Gone) -> Option<Entry> {
    match registry::erased(&Bincode, &entry.key, &entry.record, gone) {
        Erased::Same => Some(entry),
        Erased::Changed(record) => Some(Entry { record, ..entry }),
        Erased::Removed => None,
    }
}

/// Heads of privacy machines that the export lacks: nobody had asked there when it was made.
fn restored_lists(export: &Path, gone: &GoneFrom<'_>) -> Result<Vec<(Key, Record)>, ExportFault> {
    if gone.erasures.list().next().is_none() {
        return Ok(Vec::new());
    }
    let (mut known, mut asked) = (BTreeSet::new(), BTreeSet::new());
    let mut reader = ExportReader::open(export)?;
    while let Some(entry) = reader.next()? {
        let address = entry.key.address();
        match address.filter(|_| entry.key.space() == Some(Space::Head)) {
            Some(address) if address.kind == Kind::Privacy => asked.insert(address.scope),
            Some(address) => known.insert(address.scope),
            None => true,
        };
    }
    let lists = known.difference(&asked).filter_map(|scope| {
        let mut state = privacy::State::default();
        state.forgotten.extend(gone.all(*scope));
        let (scope, kind) = (*scope, Kind::Privacy);
        let number = 0;
        let key = Key::of(
            Space::Head,
            Address {
                scope,
                kind,
                number,
            },
            &[],
        );
        let written = state != privacy::State::default();
        written.then(|| Some((key, state.to_record(&Bincode).ok()?)))?
    });
    Ok(lists.collect())
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
