//! The loop of one sink: takes what waits for it to it, for as long as it takes.
//!
//! A sink that is away is tried again after a pause that grows from a second to five minutes. What waits
//! meanwhile lies in the store, up to a bound; beyond that the oldest is given up, counted and said.

use super::{Outlet, Page, Settings, Sink, SinkFault};
use crate::runtime::Hub;
use actors::kernel::{
    core::Waiting,
    record::Snapshot as _,
    spool::{Line, Place, SpoolRow, spool_key},
    time::Timestamp,
};
use snapshots::Bincode;
use std::{sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// Rows of one page …
const ROWS: usize = 64;
/// … and its lines, unless one row has more.
const LINES: usize = 1_000;
/// The longest pause after failures.
const MAX_PAUSE: Duration = Duration::from_secs(300);
/// So often what waits is compared with its bound while a sink is away.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// Tells the core who gets lines; the sinks, each to be given to [`drive`].
///
/// # Errors
/// What is wrong with the settings, in words.
pub fn prepare(hub: &Hub, settings: &Settings) -> Result<Vec<Outlet>, String> {
    let sinks = Sink::all(settings)?;
    sinks.iter().for_each(Sink::tidy);
    let names: Vec<&str> = sinks.iter().map(Sink::name).collect();
    let now = hub.clock.now();
    hub.core(|core| core.set_sinks(&names, now));
    Ok(sinks
        .into_iter()
        .map(|sink| Outlet {
            name: sink.name(),
            sink: Arc::new(Mutex::new(sink)),
        })
        .collect())
}

/// Runs until the bot stops. `spool_bytes` may wait.
pub async fn drive(hub: Arc<Hub>, outlet: Outlet, spool_bytes: u64) {
    let name = outlet.name;
    let mut durable = hub.durable_epochs();
    let mut failures = 0;
    while !hub.is_stopping() {
        durable.mark_unchanged();
        let Some(waiting) = hub.core(|core| core.waits_for(name)) else {
            return;
        };
        if waiting.lines() == 0 {
            tidy(&hub);
            tokio::select! {
                _ = durable.changed() => {}
                () = hub.stopped() => {}
            }
            continue;
        }
        let said = match next(&hub, &waiting, spool_bytes).await {
            Ok(Next::Page(page)) => outlet.sink.lock().await.deliver(&page).await,
            Ok(Next::Gone(to, lines, between)) => {
                tracing::error!(
                    sink = name,
                    lines,
                    "given up: the oldest of what waits for it"
                );
                let now = hub.clock.now();
                hub.core(|core| core.given_up(name, to, between, now));
                continue;
            }
            Err(fault) => Err(SinkFault::Away(format!("the store: {fault}"))),
        };
        match said {
            Ok(cursor) => {
                if failures > 0 {
                    tracing::info!(sink = name, "it is back");
                }
                failures = 0;
                let lines = cursor.at.lines.saturating_sub(waiting.cursor.at.lines);
                let now = hub.clock.now();
                let begins = cursor.at == waiting.cursor.at;
                hub.core(|core| core.arrived(name, cursor, now));
                hub.sink_took(name, lines);
                if begins {
                    // The sink has noted where it begins, and writes nothing before that is durable.
                    tokio::select! {
                        () = hub.all_durable() => {}
                        () = hub.stopped() => {}
                    }
                }
            }
            Err(fault) => {
                note(&hub, name, &fault, failures);
                pause(&hub, name, failures, spool_bytes).await;
                failures += 1;
            }
        }
    }
}

/// What every sink has goes, a little at a time.
fn tidy(hub: &Hub) {
    let now = hub.clock.now();
    hub.core(|core| {
        if core.untrimmed() {
            core.trim(now);
        }
    });
}

fn note(hub: &Hub, name: &'static str, fault: &SinkFault, failures: u32) {
    // A sink that is away for a day is not to fill the log.
    match fault {
        SinkFault::Refused(why) if failures == 0 => {
            tracing::error!(sink = name, why, "it says no; somebody has to look");
        }
        SinkFault::Away(why) if failures == 0 => {
            tracing::warn!(sink = name, why, "away; what is for it waits");
        }
        fault => tracing::debug!(sink = name, %fault, failures, "still away"),
    }
    hub.sink_failed(name, fault.to_string());
}

/// 1, 2, 4, … seconds with a random half; ends early when too much waits, or the bot stops.
async fn pause(hub: &Hub, name: &str, failures: u32, spool_bytes: u64) {
    let full = Duration::from_secs(1 << failures.min(9)).min(MAX_PAUSE);
    let end = tokio::time::Instant::now() + full.mul_f64(0.5 + fastrand::f64() / 2.0);
    while tokio::time::Instant::now() < end && !hub.is_stopping() {
        let waiting = hub.core(|core| core.waits_for(name));
        if waiting.is_none_or(|waiting| waiting.bytes() > spool_bytes) {
            return;
        }
        let look = tokio::time::Instant::now() + LOOK_EVERY;
        tokio::select! {
            () = tokio::time::sleep_until(end.min(look)) => {}
            () = hub.stopped() => {}
        }
    }
}

/// What a sink gets next.
enum Next {
    Page(Page),
    /// Nothing of what is before this place: so many lines, made between these times.
    Gone(Place, u64, (Timestamp, Timestamp)),
}

async fn next(hub: &Arc<Hub>, waiting: &Waiting, spool_bytes: u64) -> Result<Next, String> {
    let (reader, from) = (Arc::clone(&hub.reader), waiting.clone());
    let reading = tokio::task::spawn_blocking(move || {
        let end = spool_key(from.until.row);
        let mut at = Some(spool_key(from.cursor.at.row));
        let mut rows = Vec::new();
        while let Some(from) = at.take().filter(|_| rows.is_empty()) {
            let page = reader.scan(&from, &end, ROWS);
            let page = page.map_err(|fault| fault.to_string())?;
            for damaged in &page.damaged {
                tracing::error!(key = ?damaged.key, damage = %damaged.damage, "lines for sinks are damaged");
            }
            for entry in page.entries {
                let row = SpoolRow::from_record(&Bincode, &entry.record);
                let bytes = entry.record.payload.len() as u64;
                rows.extend(row.ok().map(|row| (row, bytes)));
            }
            at = page.next;
        }
        Ok::<_, String>(rows)
    });
    let rows: Vec<(SpoolRow, u64)> = reading.await.map_err(|why| why.to_string())??;
    Ok(decide(
        rows,
        waiting,
        hub.core(|core| core.incarnation),
        spool_bytes,
    ))
}

/// A page of what was read, or that some of it is lost: damaged, or too much for too long.
fn decide(
    rows: Vec<(SpoolRow, u64)>,
    waiting: &Waiting,
    incarnation: u32,
    spool_bytes: u64,
) -> Next {
    let at = waiting.cursor.at;
    let gone = |to: Place, from, until| Next::Gone(to, to.lines - at.lines, (from, until));
    let Some((first, _)) = rows.first() else {
        let when = Timestamp::EPOCH;
        return gone(waiting.until, when, when);
    };
    if first.before.row > at.row {
        return gone(first.before, first.made_at, first.made_at);
    }
    let after = |(row, bytes): &(SpoolRow, u64)| Place {
        row: row.before.row + 1,
        lines: row.before.lines + row.lines.len() as u64,
        bytes: row.before.bytes + bytes,
    };
    if waiting.bytes() > spool_bytes {
        let keep_from = waiting.until.bytes - spool_bytes;
        let given = rows
            .iter()
            .take_while(|(row, _)| row.before.bytes < keep_from);
        if let Some(last) = given.last() {
            return gone(after(last), first.made_at, last.0.made_at);
        }
    }
    let count = page_of(&rows);
    let end = rows[..count].last().map_or(at, after);
    Next::Page(Page {
        same_life: waiting.cursor.incarnation == incarnation,
        cursor: waiting.cursor.clone(),
        rows: rows.into_iter().take(count).map(|(row, _)| row).collect(),
        end,
    })
}

/// How many of the rows make a page: without a hole in it, not too much, and to forget stands alone.
fn page_of(rows: &[(SpoolRow, u64)]) -> usize {
    let forgets = |row: &SpoolRow| {
        row.lines
            .iter()
            .any(|line| matches!(line, Line::Forget { .. }))
    };
    let (mut count, mut lines) = (0, 0);
    for (row, _) in rows {
        let next = rows[0].0.before.row + count as u64;
        lines += row.lines.len();
        let stops = forgets(row) || lines > LINES || row.before.row != next;
        if stops && count > 0 {
            break;
        }
        count += 1;
        if stops {
            break;
        }
    }
    count
}

#[cfg(test)]
mod tests;
