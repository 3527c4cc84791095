//! `guildhall inspect`: what is stored, for people or as JSON, one object per line.
//!
//! A running bot is asked through its admin socket. Of a stopped one the store is *copied* and the copy
//! opened, because opening a store writes to it. An export is read as it is. Which of these happened is said
//! on standard error. To add a subcommand: its variant in `What`, its arm in `run`, its function in the file
//! of its kind below.

mod copy;
mod diff;
pub(super) mod fault;
pub(super) mod human;
mod list;
mod overview;
mod redact;
mod set_aside;
mod source;
mod verify;

use super::{
    Global, Stop, backup,
    out::{Out, remark},
    restore,
};
use crate::admin::page::Filter;
use clap::{Args as Arguments, Subcommand};
use serde_json::Value;
use std::path::{Path, PathBuf};
pub(super) use {copy::Copied, source::Source};

/// `inspect`
#[derive(Debug, Arguments)]
#[command(after_help = "\
Looking changes nothing. A running bot is asked and goes on; a stopped one's store is copied and the copy
read; --from reads a backup instead. Only `dead-letters` and `parked` can change something, with `retry`,
`release` and `drop`, and only in a running bot.

What to use when:
  Is the data good?                     guildhall inspect verify
  Is this backup good?                  guildhall inspect --from FILE verify
  What does the bot know of a server?   guildhall inspect show --guild ID
  What changed since the backup?        guildhall inspect diff FILE
  What does it wait for?                guildhall inspect timers
  What could not be sent, and why?      guildhall inspect dead-letters
  What takes so much room?              guildhall inspect stats
  What can I attach to a bug report?    guildhall inspect redact FILE

Interaction tokens and session ids are never shown.")]
pub(super) struct Args {
    /// Read this backup (or any export) instead of the data directory
    #[arg(long, global = true, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Print JSON, one object per line. Ids are texts, as Discord writes them; times are milliseconds since 1970
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List what is stored, without its content
    List(list::Args),
    /// Show the content of what is stored
    Show(list::ShowArgs),
    /// Check that everything is as it was written and makes sense; exit code 65 if not
    Verify,
    /// Compare two backups, or a backup with what is stored now
    Diff(diff::Args),
    /// Show what the bot will do by itself, and when
    Timers(list::Whose),
    /// Show what is on its way to Discord
    Outbox(list::Whose),
    /// Show what could not be sent and what a restore put up for review; send it again or drop it
    DeadLetters(set_aside::DeadLetters),
    /// Show what a feature could not take in, which is a bug; give it back or drop it
    Parked(set_aside::Parked),
    /// Show how far the bot is: its last change, its place in Discord's event stream, gaps
    Position,
    /// Show how many records and bytes there are of each kind
    Stats,
    /// Show how the running bot is
    Status,
    /// Write everything to one file (the same as `guildhall backup FILE`)
    Export(ExportTo),
    /// Make a data directory from an export (the same as `guildhall restore`)
    Import(restore::Args),
    /// Write an export without ids of people and servers and without texts, to attach to a bug report
    Redact(redact::Args),
}

#[derive(Debug, Arguments)]
struct ExportTo {
    /// The file to write
    file: PathBuf,
    /// Write over it if it is there
    #[arg(long)]
    replace: bool,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<(), Stop> {
    if let What::Import(args) = &args.what {
        return restore::run(global, args);
    }
    if let What::Diff(diff) = &args.what
        && let Some((old, new)) = diff.files()
    {
        return diff::run(Source::file(old)?, Source::file(new)?, args.json);
    }
    let mut source = open(global, args.from.as_deref())?;
    remark(source.described());
    let json = args.json;
    match &args.what {
        What::List(args) => list::list(&mut source, args, json),
        What::Show(args) => list::show(&mut source, args, json),
        What::Verify => verify::run(&mut source, json),
        What::Diff(args) => diff::run(Source::file(args.old())?, source, json),
        What::Timers(whose) => overview::timers(&mut source, whose, json),
        What::Outbox(whose) => overview::outbox(&mut source, whose, json),
        What::DeadLetters(args) => set_aside::dead_letters(&mut source, args, json),
        What::Parked(args) => set_aside::parked(&mut source, args, json),
        What::Position => overview::position(&mut source, json),
        What::Stats => overview::stats(&mut source, json),
        What::Status => print(&source.status()?, json),
        What::Export(args) => backup::take(&mut source, &args.file, false, args.replace),
        What::Redact(args) => redact::run(&mut source, args, json),
        What::Import(_) => Ok(()),
    }
}

fn open(global: &Global, from: Option<&Path>) -> Result<Source, Stop> {
    match from {
        Some(file) => Source::file(file),
        None => Source::open(&global.load()?.config.store.data),
    }
}

/// Shows every record that `filter` wants to `each`, page by page.
fn each(
    source: &mut Source,
    mut filter: Filter,
    each: &mut dyn FnMut(Value) -> Result<(), Stop>,
) -> Result<(), Stop> {
    loop {
        let page = source.page(&filter)?;
        for record in page.records {
            each(record)?;
        }
        match page.next {
            Some(next) => filter.from = Some(next),
            None => return Ok(()),
        }
    }
}

/// One value: indented, or in one line.
fn print(value: &Value, json: bool) -> Result<(), Stop> {
    if json {
        Out::plain().line(value);
        return Ok(());
    }
    for line in human::lines(value) {
        Out::plain().line(line);
    }
    Ok(())
}
