//! `inspect dead-letters` and `inspect parked`: what was set aside for a person to decide.

use super::{Source, each, human, list::Whose};
use crate::{
    admin::{self, Verdict},
    cli::{
        Exit, Stop,
        out::{Out, remark},
    },
};
use actors::kernel::{effect::OutboxRow, record::Snapshot as _};
use clap::{Args as Arguments, Subcommand};
use serde_json::{Value, json};

/// `dead-letters`
#[derive(Debug, Arguments)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  guildhall inspect dead-letters                     what there is, and why
  guildhall inspect dead-letters retry 6c01…         send it again
  guildhall inspect dead-letters drop --all          forget all of it

*given up*: Discord refused it for good, or it could not be delivered for a day. When the reason is gone (the bot
may write there again, say), `retry` sends it; what did arrive after all is recognised and not sent twice.
*for review*: it was still to be sent when the backup was made that this store was restored from. The life that
was lost may have sent it since: look into the channel, then `retry` or `drop`.

When `retry` or `drop` returns, the decision is on disk. At most 1000 are kept; beyond that the oldest goes."
)]
pub(super) struct DeadLetters {
    #[command(subcommand)]
    act: Option<DeadLetterAct>,
    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, Subcommand)]
enum DeadLetterAct {
    /// Send it again
    Retry(Which),
    /// Forget it
    Drop(Which),
}

/// `parked`
#[derive(Debug, Arguments)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  guildhall inspect parked                      what there is, and why
  guildhall inspect parked release 6b00…        let the feature have it now
  guildhall inspect parked drop --all           forget all of it

An input that makes the rules of a feature fail three times is set aside, so that the rest goes on. That is a bug:
please report it (`guildhall inspect redact` makes a file to attach). After an upgrade that mends it, `release` gives
the input back; the feature sees it after everything that came since. Commands and buttons cannot be released: who
used them saw them fail.

It stays where it is until it is handled and that is on disk."
)]
pub(super) struct Parked {
    #[command(subcommand)]
    act: Option<ParkedAct>,
    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, Subcommand)]
enum ParkedAct {
    /// Give it back to the feature
    Release(Which),
    /// Forget it
    Drop(Which),
}

#[derive(Debug, Arguments)]
#[group(required = true, multiple = false)]
struct Which {
    /// Keys, as the list shows them
    #[arg(value_name = "KEY")]
    keys: Vec<String>,
    /// All that there are
    #[arg(long)]
    all: bool,
}

pub(super) fn dead_letters(
    source: &mut Source,
    args: &DeadLetters,
    as_json: bool,
) -> Result<(), Stop> {
    match &args.act {
        Some(DeadLetterAct::Retry(which)) => {
            decide(source, "dead-letter", which, Verdict::Again, as_json)
        }
        Some(DeadLetterAct::Drop(which)) => {
            decide(source, "dead-letter", which, Verdict::Drop, as_json)
        }
        None => {
            let count = show(source, "dead-letter", &args.whose, as_json, &dead_letter)?;
            hint(
                as_json,
                count,
                "dead-letters retry KEY",
                "dead-letters drop KEY",
            );
            Ok(())
        }
    }
}

pub(super) fn parked(source: &mut Source, args: &Parked, as_json: bool) -> Result<(), Stop> {
    match &args.act {
        Some(ParkedAct::Release(which)) => decide(source, "parked", which, Verdict::Again, as_json),
        Some(ParkedAct::Drop(which)) => decide(source, "parked", which, Verdict::Drop, as_json),
        None => {
            let count = show(source, "parked", &args.whose, as_json, &parked_input)?;
            hint(as_json, count, "parked release KEY", "parked drop KEY");
            Ok(())
        }
    }
}

fn show(
    source: &mut Source,
    space: &str,
    whose: &Whose,
    as_json: bool,
    line: &dyn Fn(&Value) -> String,
) -> Result<u64, Stop> {
    let out = Out::plain();
    let mut count = 0;
    each(source, whose.of(space), &mut |mut record| {
        count += 1;
        if as_json {
            if space == "dead-letter" {
                record["for_review"] = json!(for_review(&record));
            }
            out.line(record);
        } else {
            out.line(line(&record));
        }
        Ok(())
    })?;
    if !as_json && count == 0 {
        out.line("Nothing is set aside.");
    }
    Ok(count)
}

fn hint(as_json: bool, count: u64, again: &str, drop: &str) {
    if !as_json && count > 0 {
        remark(format_args!(
            "(guildhall inspect {again} or guildhall inspect {drop} decides about it)"
        ));
    }
}

/// A restored store has outbox rows among its dead letters.
fn for_review(record: &Value) -> bool {
    record["schema"]["kind"] == json!(OutboxRow::KIND)
}

fn dead_letter(record: &Value) -> String {
    let (value, key) = (&record["value"], human::text(record, "/key"));
    let now = admin::now();
    let (row, state) = if for_review(record) {
        let made = human::instant(value, "/made_at");
        let state = format!(
            "for review: wanted {} ({}) in the life before the restore",
            human::time(made),
            human::distance(now, made)
        );
        (value, state)
    } else {
        let at = human::instant(value, "/at");
        let why = &value["why"];
        let status = match why["status"].as_u64() {
            Some(0) | None => String::new(),
            Some(status) => format!(" (HTTP {status}, code {})", why["code"]),
        };
        let state = format!(
            "given up {} ({}): {}{status}",
            human::time(at),
            human::distance(now, at),
            human::scalar(&why["text"]).unwrap_or_default()
        );
        (&value["row"], state)
    };
    format!(
        "{key}  {:<32} {:<28} {state}",
        human::effect(&row["effect"]),
        human::text(record, "/address")
    )
}

fn parked_input(record: &Value) -> String {
    let value = &record["value"];
    let what = value["input"]["what"].as_object();
    let what = what.and_then(|what| what.keys().next());
    let at = human::instant(value, "/at");
    format!(
        "{}  {:<20} {:<28} set aside {} ({}): {}",
        human::text(record, "/key"),
        what.map_or_else(|| "?".to_owned(), |what| human::words(what)),
        human::text(record, "/address"),
        human::time(at),
        human::distance(admin::now(), at),
        human::scalar(&value["why"]).unwrap_or_default()
    )
}

fn decide(
    source: &mut Source,
    space: &str,
    which: &Which,
    verdict: Verdict,
    as_json: bool,
) -> Result<(), Stop> {
    let keys = if which.all {
        let mut keys = Vec::new();
        let filter = crate::admin::page::Filter {
            values: false,
            ..Whose::default().of(space)
        };
        each(source, filter, &mut |record| {
            // A damaged one is for `verify`.
            if record["damaged"].is_null() {
                keys.push(human::text(&record, "/key").to_owned());
            }
            Ok(())
        })?;
        keys
    } else {
        which.keys.clone()
    };
    let out = Out::plain();
    let mut refused = 0_u64;
    for key in &keys {
        let (done, said) = match source.decide(key, verdict) {
            Ok(done) => (true, done),
            // The first one already tells that nothing can be decided here.
            Err(stop) if stop.exit == Exit::NotNow => return Err(stop),
            Err(stop) => (false, stop.text),
        };
        refused += u64::from(!done);
        if as_json {
            out.line(json!({ "key": key, "done": done, "said": said }));
        } else {
            out.line(format_args!("{key}  {said}"));
        }
    }
    if keys.is_empty() && !as_json {
        out.line("Nothing is set aside.");
    }
    if refused > 0 {
        return Err(Stop::new(
            Exit::Failed,
            format!("{refused} of {} were not decided", keys.len()),
        ));
    }
    Ok(())
}
