//! `inspect list` and `inspect show`.

use super::{Source, each, human, print};
use crate::{
    admin::page::Filter,
    cli::{Exit, Stop, out::Out, progress::Size},
};
use clap::{Args as Arguments, ValueEnum};
use serde_json::Value;
use std::{cmp::Reverse, collections::BTreeSet};

/// Sorting holds what it sorts, so it holds no more than this.
const MOST_SORTED: usize = 10_000;
/// Shown when sorted and no limit is given.
const USUALLY: usize = 100;

/// Whose records.
#[derive(Debug, Default, Arguments)]
pub(super) struct Whose {
    /// Only of this feature: welcome, settings, …
    #[arg(long)]
    kind: Option<String>,
    /// Only of this server
    #[arg(long, value_name = "ID")]
    guild: Option<String>,
}

impl Whose {
    /// What they have of one family, with its content.
    pub(super) fn of(&self, space: &str) -> Filter {
        Filter {
            space: Some(space.to_owned()),
            kind: self.kind.clone(),
            guild: self.guild.clone(),
            values: true,
            from: None,
        }
    }
}

/// Which records.
#[derive(Debug, Default, Arguments)]
struct Choice {
    #[command(flatten)]
    whose: Whose,
    /// Only of this family: head, row, timer, outbox, dead-letter, gap, parked, position, …
    #[arg(long)]
    space: Option<String>,
}

impl Choice {
    fn filter(&self, values: bool) -> Filter {
        Filter {
            space: self.space.clone(),
            values,
            ..self.whose.of("")
        }
    }
}

/// `list`
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  guildhall inspect list --kind welcome --space row
  guildhall inspect list --sort size --limit 20      the 20 largest
  guildhall inspect list --sort age --limit 20       what was not written for the longest time
  guildhall inspect list --since 4200                what changed since epoch 4200

A head is the state of one feature in one server; rows are what it has many of, one for each member say.
Each change of the store is an epoch and has a number; a record's is that of its last change.")]
pub(super) struct Args {
    #[command(flatten)]
    choice: Choice,
    /// In which order; the largest and the oldest come first
    #[arg(long, value_enum, default_value_t = Sort::Key)]
    sort: Sort,
    /// At most so many (100 when sorted by size or age, at most 10000 then)
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Only what has at least so many bytes
    #[arg(long, value_name = "BYTES")]
    larger: Option<u64>,
    /// Only what changed after this epoch
    #[arg(long, value_name = "EPOCH")]
    since: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Sort {
    /// By where it lies: what belongs together stands together
    Key,
    /// The largest first
    Size,
    /// What was not changed for the longest time first
    Age,
}

pub(super) fn list(source: &mut Source, args: &Args, json: bool) -> Result<(), Stop> {
    let out = Out::plain();
    if !json {
        out.line(format_args!(
            "{:<11} {:<34} {:>10} {:>9}  KEY",
            "SPACE", "WHOSE", "SIZE", "EPOCH"
        ));
    }
    let show = |record: &Value| {
        if json {
            out.line(record);
        } else {
            out.line(line(record));
        }
    };
    let number = |record: &Value, name: &str| record[name].as_u64().unwrap_or(0);
    let wanted = |record: &Value| {
        args.larger
            .is_none_or(|least| number(record, "bytes") >= least)
            && args
                .since
                .is_none_or(|epoch| number(record, "epoch") > epoch)
    };
    let filter = args.choice.filter(false);
    if args.sort == Sort::Key {
        let mut left = args.limit.unwrap_or(usize::MAX);
        return each_until(source, filter, &mut |record| {
            if left > 0 && wanted(&record) {
                left -= 1;
                show(&record);
            }
            left > 0
        });
    }
    // The best so far, ordered by what is asked for and then by key.
    let limit = args.limit.unwrap_or(USUALLY).min(MOST_SORTED);
    let mut best: BTreeSet<(Reverse<u64>, String, String)> = BTreeSet::new();
    each(source, filter, &mut |record| {
        if wanted(&record) {
            let rank = match args.sort {
                Sort::Age => u64::MAX - number(&record, "epoch"),
                _ => number(&record, "bytes"),
            };
            let key = human::text(&record, "/key").to_owned();
            best.insert((Reverse(rank), key, record.to_string()));
            if best.len() > limit {
                best.pop_last();
            }
        }
        Ok(())
    })?;
    for (_, _, record) in best {
        show(&serde_json::from_str(&record).unwrap_or_default());
    }
    Ok(())
}

/// As [`each`], until `each` has enough.
fn each_until(
    source: &mut Source,
    mut filter: Filter,
    each: &mut dyn FnMut(Value) -> bool,
) -> Result<(), Stop> {
    loop {
        let page = source.page(&filter)?;
        for record in page.records {
            if !each(record) {
                return Ok(());
            }
        }
        match page.next {
            Some(next) => filter.from = Some(next),
            None => return Ok(()),
        }
    }
}

fn line(record: &Value) -> String {
    let title = human::title(record);
    let (space, whose) = title.split_once(' ').unwrap_or((&title, "-"));
    let key = human::text(record, "/key");
    if let Some(damage) = record["damaged"].as_str() {
        return format!("{space:<11} {whose:<34} DAMAGED: {damage}  {key}");
    }
    let size = Size(record["bytes"].as_u64().unwrap_or(0)).to_string();
    let epoch = record["epoch"].as_u64().unwrap_or(0);
    format!("{space:<11} {whose:<34} {size:>10} {epoch:>9}  {key}")
}

/// `show`
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  guildhall inspect show --guild 81384788765712384 --kind settings
  guildhall inspect show --space outbox --json
  guildhall inspect show 6800… (a key from `list`)")]
pub(super) struct ShowArgs {
    /// One record, by its key as `list` prints it
    key: Option<String>,
    #[command(flatten)]
    choice: Choice,
}

pub(super) fn show(source: &mut Source, args: &ShowArgs, json: bool) -> Result<(), Stop> {
    if let Some(key) = &args.key {
        let record = source.show(key)?;
        if record.is_null() {
            return Err(Stop::new(Exit::Failed, "there is no record with this key"));
        }
        return show_one(&record, json);
    }
    each(source, args.choice.filter(true), &mut |record| {
        show_one(&record, json)
    })
}

fn show_one(record: &Value, json: bool) -> Result<(), Stop> {
    if json {
        return print(record, true);
    }
    let out = Out::plain();
    out.line(format_args!(
        "{}  (epoch {}, key {})",
        human::title(record),
        record["epoch"],
        human::text(record, "/key")
    ));
    let content = match (&record["undecodable"], &record["damaged"]) {
        (Value::String(why), _) => vec![format!("cannot be decoded: {why}")],
        (_, Value::String(why)) => vec![format!("DAMAGED: {why}")],
        _ => human::lines(&record["value"]),
    };
    for line in content {
        out.line(format_args!("  {line}"));
    }
    Ok(())
}
