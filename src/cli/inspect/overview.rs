//! `inspect timers`, `outbox`, `position` and `stats`: what an operator wants to see at one glance.

use super::{Source, each, human, list::Whose};
use crate::{
    admin::{self, decode},
    cli::{Exit, Stop, out::Out, progress::Size, stop::chain},
};
use actors::kernel::record::Space;
use serde_json::{Value, json};
use snapshots::{Reader as _, all};
use std::collections::BTreeMap;

/// Timers are sorted by when they are due; beyond so many the last ones are left out, and that is said.
const MOST_TIMERS: usize = 10_000;
/// Records read at once.
const PIECE: usize = 256;

pub(super) fn timers(source: &mut Source, whose: &Whose, as_json: bool) -> Result<(), Stop> {
    let mut timers: BTreeMap<(i64, String), Value> = BTreeMap::new();
    let mut left_out = 0_u64;
    each(source, whose.of("timer"), &mut |record| {
        let key = human::text(&record, "/key").to_owned();
        timers.insert((human::instant(&record, "/value/due"), key), record);
        if timers.len() > MOST_TIMERS {
            timers.pop_last();
            left_out += 1;
        }
        Ok(())
    })?;
    let (out, now) = (Out::plain(), admin::now());
    for ((due, _), record) in &timers {
        if as_json {
            out.line(record);
            continue;
        }
        let careful = if record["value"]["punishing"] == json!(true) {
            "  (takes something from somebody: waits until the server is surely up to date)"
        } else {
            ""
        };
        out.line(format_args!(
            "{}  {:<12} {:<34} {}{careful}",
            human::time(*due),
            human::distance(now, *due),
            human::text(record, "/address"),
            human::text(record, "/timer"),
        ));
    }
    if !as_json && timers.is_empty() {
        out.line("Nothing: no timer is set.");
    }
    if left_out > 0 {
        crate::cli::out::remark(format_args!("({left_out} more, due later)"));
    }
    Ok(())
}

pub(super) fn outbox(source: &mut Source, whose: &Whose, as_json: bool) -> Result<(), Stop> {
    let (out, now) = (Out::plain(), admin::now());
    let mut count = 0_u64;
    each(source, whose.of("outbox"), &mut |record| {
        count += 1;
        if as_json {
            out.line(record);
            return Ok(());
        }
        let row = &record["value"];
        out.line(format_args!(
            "{:<32} {:<30} wanted {}, given up {}  {}",
            human::effect(&row["effect"]),
            human::text(&record, "/address"),
            human::distance(now, human::instant(row, "/made_at")),
            human::distance(now, human::instant(row, "/expires_at")),
            human::text(&record, "/key"),
        ));
        Ok(())
    })?;
    if !as_json && count == 0 {
        out.line("Nothing is on its way.");
    }
    Ok(())
}

pub(super) fn position(source: &mut Source, as_json: bool) -> Result<(), Stop> {
    let out = Out::plain();
    if let Source::File(file, _) = source {
        let header = file.summary().header;
        if as_json {
            out.line(json!({
                "space": "export", "epoch": header.epoch, "incarnation": header.incarnation,
                "created_at": header.created_at.millis(), "reason": header.reason.name(),
            }));
        } else {
            out.line(format_args!(
                "export ({}) of {}, after epoch {}, incarnation {:08x}",
                header.reason.name(),
                human::time(header.created_at.millis()),
                header.epoch,
                header.incarnation
            ));
        }
    }
    for space in ["meta", "position", "gap"] {
        let mut count = 0_u64;
        each(source, Whose::default().of(space), &mut |record| {
            count += 1;
            if as_json {
                out.line(record);
            } else if let Some(line) = place(space, &record) {
                out.line(line);
            }
            Ok(())
        })?;
        if !as_json && count == 0 {
            match space {
                "position" => out.line(
                    "no place in Discord's event stream: the next start begins a new session",
                ),
                "gap" => out.line("no gap: every server is up to date"),
                _ => {}
            }
        }
    }
    Ok(())
}

/// One line of `position`.
fn place(space: &str, record: &Value) -> Option<String> {
    let value = &record["value"];
    Some(match space {
        "meta" if value["incarnation"].is_u64() => {
            let from = match &value["restored"] {
                Value::Object(restored) => format!(
                    ", restored from epoch {} of incarnation {:08x} with {} effects up for review",
                    restored["at_epoch"],
                    restored["from_incarnation"].as_u64().unwrap_or(0),
                    restored["for_review"]
                ),
                _ => String::new(),
            };
            format!(
                "incarnation {:08x}, data format {}{from}",
                value["incarnation"].as_u64().unwrap_or(0),
                value["data_format"]
            )
        }
        // The other record of the store itself is written with every epoch.
        "meta" => format!("last change: epoch {}", record["epoch"]),
        "position" => format!(
            "shard {} of {}: contains Discord's events up to {} of session {}, noted {}",
            value["shard"],
            value["shards"],
            value["seq"],
            value["ordinal"],
            human::time(human::instant(value, "/at"))
        ),
        _ => format!(
            "gap: server {} missed events from {} to {} ({}); {}",
            human::text(record, "/guild"),
            human::time(human::instant(value, "/gap/from")),
            human::time(human::instant(value, "/gap/to")),
            human::text(value, "/gap/reason"),
            match human::scalar(&value["busy"]) {
                Some(busy) if busy != "none" => format!("still catching up: {busy}"),
                _ => "waits until the server is seen again".to_owned(),
            }
        ),
    })
}

#[derive(Default)]
struct Sum {
    records: u64,
    bytes: u64,
    largest: u64,
}

pub(super) fn stats(source: &mut Source, as_json: bool) -> Result<(), Stop> {
    let moment = source.moment()?;
    let mut sums: BTreeMap<(&str, &str), Sum> = BTreeMap::new();
    let (mut next, end) = all();
    loop {
        let page = moment
            .file
            .scan(&next, &end, PIECE)
            .map_err(|why| Stop::new(Exit::Failed, chain(&why)))?;
        for entry in &page.entries {
            let about = decode::about(entry);
            let space = about.space.map_or("?", Space::name);
            let kind = about.kind().map_or("-", |kind| kind.name());
            let bytes = entry.record.payload.len() as u64;
            let sum = sums.entry((space, kind)).or_default();
            sum.records += 1;
            sum.bytes += bytes;
            sum.largest = sum.largest.max(bytes);
        }
        let Some(further) = page.next else { break };
        next = further;
    }
    let out = Out::plain();
    let total = sums.values().fold(Sum::default(), |total, sum| Sum {
        records: total.records + sum.records,
        bytes: total.bytes + sum.bytes,
        largest: total.largest.max(sum.largest),
    });
    if !as_json {
        out.line(format_args!(
            "{:<12} {:<12} {:>10} {:>12} {:>12}",
            "SPACE", "KIND", "RECORDS", "BYTES", "LARGEST"
        ));
    }
    let rows = sums.iter().map(|((space, kind), sum)| (*space, *kind, sum));
    for (space, kind, sum) in rows.chain([("all", "", &total)]) {
        if as_json {
            out.line(json!({
                "space": space, "kind": kind, "records": sum.records, "bytes": sum.bytes,
                "largest": sum.largest,
            }));
        } else {
            out.line(format_args!(
                "{space:<12} {kind:<12} {:>10} {:>12} {:>12}",
                sum.records,
                Size(sum.bytes).to_string(),
                Size(sum.largest).to_string()
            ));
        }
    }
    Ok(())
}
