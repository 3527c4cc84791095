//! A status as a page of text.

use crate::{
    cli::out::Out,
    watch::{
        health::{Level, servers, span},
        status::{Histogram, Phase, Shard, Sink, Status},
    },
};
use anstyle::{AnsiColor, Style};
use std::fmt::Write as _;

/// More shards than this are summed up.
const SHARDS_SHOWN: usize = 8;
/// The most frequent events that are named.
const EVENTS_SHOWN: usize = 5;
/// Width of the first column.
const NAME_WIDTH: usize = 10;

/// The page, without a line break at its end. Rates are shown where it is known how it was `before`.
pub(super) fn page(status: &Status, before: Option<&Status>, out: Out) -> String {
    let mut page = heading(status, out);
    for check in status.checks.iter().filter(|check| !check.text.is_empty()) {
        let level = out.paint(style(check.level), check.level);
        let _ = write!(page, "\n  {level}: {} {}", check.name, check.text);
    }
    for note in notes(status) {
        let _ = write!(page, "\n  note: {note}");
    }
    page.push('\n');
    if status.phase == Phase::Starting {
        return page;
    }
    for (name, text) in lines(status, before) {
        let _ = write!(page, "\n{name:NAME_WIDTH$} {text}");
    }
    page
}

fn style(level: Level) -> Style {
    let colour = match level {
        Level::Good => AnsiColor::Green,
        Level::Behind => AnsiColor::Yellow,
        Level::Ill | Level::Hung => AnsiColor::Red,
    };
    Style::new().fg_color(Some(colour.into())).bold()
}

fn heading(status: &Status, out: Out) -> String {
    let about = &status.about;
    format!(
        "guildhall {} ({}) is {}, up for {}",
        about.version,
        about.commit,
        out.paint(style(status.level), status.level),
        span(about.up_ms)
    )
}

/// What is no illness and yet worth knowing, with what to do about it.
fn notes(status: &Status) -> Vec<String> {
    let mut notes = Vec::new();
    let mut note = |number: u64, what: &str, advice: &str| {
        if number > 0 {
            notes.push(format!("{number} {what} ({advice})"));
        }
    };
    note(
        status.store.quarantined,
        "records are damaged and set aside",
        "guildhall inspect list",
    );
    note(
        status.inputs.parked,
        "inputs were set aside after crashes",
        "guildhall inspect show --space parked",
    );
    note(
        status.outbox.dead_letters,
        "messages were given up",
        "guildhall inspect show --space dead-letter",
    );
    note(
        status.about.open_gaps,
        "servers missed events and are catching up",
        "guildhall inspect show --space gap",
    );
    note(
        status.inputs.restarts,
        "times something panicked and was started again",
        "see the log",
    );
    let lost: u64 = status.sinks.iter().map(|sink| sink.lost).sum();
    note(
        lost,
        "lines about messages were given up because their sink was away for too long",
        "stream.spool_mb in the settings says how much may wait",
    );
    if status.outbox.braked {
        notes.push("sending is slowed down because Discord refused too much".to_owned());
    }
    if !status.about.missing_intents.is_empty() {
        let names = status.about.missing_intents.join(", ");
        notes.push(format!(
            "Discord does not grant: {names} (the application's page, Bot, Privileged Gateway Intents)"
        ));
    }
    if let Some(offset) = status.about.clock_offset_ms.filter(|ms| ms.abs() >= 10_000) {
        notes.push(format!(
            "this machine's clock is {} off Discord's",
            span(offset.unsigned_abs())
        ));
    }
    notes
}

fn lines(status: &Status, before: Option<&Status>) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        ("gateway", gateway(&status.shards)),
        ("events", events(status, before)),
        ("inputs", inputs(status, before)),
        (
            "commits",
            commits(&status.store.commit_us, &status.store.batch_bytes),
        ),
        ("store", store(status)),
        ("outbox", outbox(status)),
        ("API", api(status)),
        ("process", process(status)),
    ];
    lines.extend(status.sinks.iter().map(|sink| ("sink", self::sink(sink))));
    lines
}

fn gateway(shards: &[Shard]) -> String {
    let one = |shard: &Shard| {
        let latency = shard.latency_ms;
        let latency = latency.map_or_else(String::new, |ms| format!(", heartbeat {}", span(ms)));
        let state = match shard.behind_ms {
            0 => shard.gateway.clone(),
            ms => format!("{} for {}", shard.gateway, span(ms)),
        };
        format!(
            "{state}{latency}; sessions: {} begun, {} resumed, {} refused, {} with a hole",
            shard.began, shard.resumed, shard.refused, shard.holes
        )
    };
    if let [shard] = shards {
        return one(shard);
    }
    let connected = shards.iter().filter(|shard| shard.gateway == "connected");
    let mut text = format!("{} of {} shards connected", connected.count(), shards.len());
    let indent = " ".repeat(NAME_WIDTH + 1);
    for (number, shard) in shards.iter().enumerate().take(SHARDS_SHOWN) {
        let _ = write!(text, "\n{indent}{number}: {}", one(shard));
    }
    text
}

/// `, 12/s` where it is known how it was before.
fn rate(status: &Status, before: Option<&Status>, number: impl Fn(&Status) -> u64) -> String {
    let Some(before) = before.filter(|before| before.about.pid == status.about.pid) else {
        return String::new();
    };
    let more = number(status).saturating_sub(number(before));
    let ms = status.about.up_ms.saturating_sub(before.about.up_ms).max(1);
    format!(", {}/s", more * 1000 / ms)
}

fn all_events(status: &Status) -> u64 {
    let shards = status.shards.iter();
    shards.flat_map(|shard| shard.events.values()).sum()
}

fn events(status: &Status, before: Option<&Status>) -> String {
    let mut sums: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
    for (name, count) in status.shards.iter().flat_map(|shard| &shard.events) {
        *sums.entry(name).or_default() += count;
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    let named: Vec<_> = sums
        .iter()
        .take(EVENTS_SHOWN)
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    let lag: u64 = status.shards.iter().map(|shard| shard.lag).sum();
    let mut text = format!(
        "{}{}; not durable yet {lag}; unreadable {}",
        all_events(status),
        rate(status, before, all_events),
        status.inputs.undecodable
    );
    if !named.is_empty() {
        let indent = " ".repeat(NAME_WIDTH + 1);
        let _ = write!(text, "\n{indent}most: {}", named.join(", "));
    }
    text
}

fn inputs(status: &Status, before: Option<&Status>) -> String {
    let inputs = &status.inputs;
    format!(
        "{} turns{}, {} refused; {}, {} changes not durable (room for {} of both); {} machines awake",
        inputs.turns,
        rate(status, before, |status| status.inputs.turns),
        inputs.refusals,
        waiting(inputs.waiting, inputs.oldest_ms),
        inputs.undurable,
        inputs.room,
        inputs.awake
    )
}

fn waiting(number: u64, oldest_ms: u64) -> String {
    match number {
        0 => "none wait".to_owned(),
        1 => format!("1 waits for {}", span(oldest_ms)),
        _ => format!("{number} wait, the oldest for {}", span(oldest_ms)),
    }
}

fn commits(took: &Histogram, size: &Histogram) -> String {
    let total = took.total();
    if total == 0 {
        return "none yet".to_owned();
    }
    let within = |part: f64| match took.quantile(part) {
        Some(us) if us < 1_000 => format!("{us} µs"),
        Some(us) => span_us(us),
        None => "more than 10 s".to_owned(),
    };
    format!(
        "{total}; half within {}, 99 of 100 within {}; {} on average",
        within(0.5),
        within(0.99),
        bytes(size.sum / total)
    )
}

fn span_us(us: u64) -> String {
    match us {
        0..1_000_000 => format!("{} ms", decimal(us, 1_000)),
        _ => format!("{} s", decimal(us, 1_000_000)),
    }
}

/// One digit after the point, if it is not 0.
fn decimal(number: u64, unit: u64) -> String {
    let tenths = number * 10 / unit;
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        digit => format!("{}.{digit}", tenths / 10),
    }
}

fn bytes(number: u64) -> String {
    match number {
        0..1_024 => format!("{number} bytes"),
        1_024..1_048_576 => format!("{} KiB", decimal(number, 1_024)),
        _ => format!("{} MiB", decimal(number, 1_048_576)),
    }
}

fn store(status: &Status) -> String {
    let store = &status.store;
    let refused = match store.faults {
        0 => String::new(),
        faults => format!("; refused {faults} batches"),
    };
    format!(
        "{} on disk, epoch {}; oldest change not durable: {}{refused}",
        bytes(store.bytes),
        store.durable_epoch,
        span(store.lag_ms)
    )
}

fn outbox(status: &Status) -> String {
    let outbox = &status.outbox;
    format!(
        "{}; {} sent, {} failed",
        waiting(outbox.waiting, outbox.oldest_ms),
        outbox.sent,
        outbox.failed
    )
}

fn sink(sink: &Sink) -> String {
    let away = sink.away_ms.map_or_else(String::new, |ms| {
        format!("; takes nothing for {}: {}", span(ms), sink.why)
    });
    let waiting = match sink.waiting {
        0 => "nothing waits".to_owned(),
        lines => format!("{lines} lines wait ({})", bytes(sink.waiting_bytes)),
    };
    format!("{}: {waiting}; {} lines taken{away}", sink.name, sink.took)
}

fn api(status: &Status) -> String {
    let rest = &status.rest;
    let calls: u64 = rest.calls.iter().map(|calls| calls.count).sum();
    let good = rest
        .calls
        .iter()
        .filter(|calls| calls.result.starts_with('2'));
    let good: u64 = good.map(|calls| calls.count).sum();
    let failing = rest.failing_ms.map_or_else(String::new, |ms| {
        format!("; has not answered for {}", span(ms))
    });
    format!(
        "{calls} calls, {good} of them good, {} too fast (429){failing}",
        rest.too_fast
    )
}

fn process(status: &Status) -> String {
    let about = &status.about;
    format!(
        "pid {}, {} of memory, {}, {} gaps since the store was made",
        about.pid,
        bytes(about.rss_bytes),
        servers(about.guilds),
        about.gaps_total
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::{health, status};
    use expect_test::expect;

    fn status() -> Status {
        let shard = Shard {
            gateway: "connected".to_owned(),
            latency_ms: Some(41),
            began: 1,
            resumed: 2,
            lag: 3,
            events: [("MESSAGE_CREATE", 1200), ("READY", 1)]
                .map(|(name, count)| (name.to_owned(), count))
                .into(),
            ..Shard::default()
        };
        let mut status = Status {
            phase: Phase::Running,
            shards: vec![shard],
            ..Status::default()
        };
        status.about = status::About {
            version: "0.1.0".to_owned(),
            commit: "abc1234".to_owned(),
            pid: 7,
            up_ms: 90_061_000,
            rss_bytes: 30 << 20,
            guilds: 2,
            ..status.about
        };
        status.inputs.turns = 600;
        status.inputs.room = 8192;
        status.store.commit_us = Histogram {
            bounds: vec![500, 2_500, 1_000_000],
            counts: vec![5, 4, 1, 0],
            sum: 1,
        };
        status.store.batch_bytes.sum = 15_360;
        status.store.bytes = 1_572_864;
        status
    }

    #[test]
    fn a_healthy_bot_on_one_page() {
        let mut status = status();
        health::judge(&mut status);
        expect![[r#"
            guildhall 0.1.0 (abc1234) is good, up for 1 d 1 h

            gateway    connected, heartbeat 41 ms; sessions: 1 begun, 2 resumed, 0 refused, 0 with a hole
            events     1201; not durable yet 3; unreadable 0
                       most: MESSAGE_CREATE 1200, READY 1
            inputs     600 turns, 0 refused; none wait, 0 changes not durable (room for 8192 of both); 0 machines awake
            commits    10; half within 500 µs, 99 of 100 within 1 s; 1.5 KiB on average
            store      1.5 MiB on disk, epoch 0; oldest change not durable: 0 ms
            outbox     none wait; 0 sent, 0 failed
            API        0 calls, 0 of them good, 0 too fast (429)
            process    pid 7, 30 MiB of memory, 2 servers, 0 gaps since the store was made"#]].assert_eq(&page(&status, None, Out::plain()));
    }

    #[test]
    fn trouble_comes_first_and_rates_follow_from_the_page_before() {
        let mut before = status();
        before.about.up_ms -= 2_000;
        before.inputs.turns -= 50;
        let mut status = status();
        status.store.down_ms = Some(61_000);
        status.store.faults = 9;
        status.inputs.parked = 3;
        status.about.missing_intents = vec!["Server Members".to_owned()];
        status.about.clock_offset_ms = Some(-70_000);
        let other = Shard {
            gateway: "offline".to_owned(),
            behind_ms: 2_000,
            ..Shard::default()
        };
        status.shards.push(other);
        health::judge(&mut status);
        expect![[r#"
            guildhall 0.1.0 (abc1234) is ill, up for 1 d 1 h
              ill: store refuses to write for 1 min 1 s; taking in nothing, losing nothing; the log says why
              behind: gateway shard 1 is offline for 2 s; trying
              note: 3 inputs were set aside after crashes (guildhall inspect show --space parked)
              note: Discord does not grant: Server Members (the application's page, Bot, Privileged Gateway Intents)
              note: this machine's clock is 1 min 10 s off Discord's

            gateway    1 of 2 shards connected
                       0: connected, heartbeat 41 ms; sessions: 1 begun, 2 resumed, 0 refused, 0 with a hole
                       1: offline for 2 s; sessions: 0 begun, 0 resumed, 0 refused, 0 with a hole
            events     1201, 0/s; not durable yet 3; unreadable 0
                       most: MESSAGE_CREATE 1200, READY 1
            inputs     600 turns, 25/s, 0 refused; none wait, 0 changes not durable (room for 8192 of both); 0 machines awake
            commits    10; half within 500 µs, 99 of 100 within 1 s; 1.5 KiB on average
            store      1.5 MiB on disk, epoch 0; oldest change not durable: 0 ms; refused 9 batches
            outbox     none wait; 0 sent, 0 failed
            API        0 calls, 0 of them good, 0 too fast (429)
            process    pid 7, 30 MiB of memory, 2 servers, 0 gaps since the store was made"#]].assert_eq(&page(&status, Some(&before), Out::plain()));
    }

    #[test]
    fn sizes_and_times_are_short() {
        assert_eq!(
            [0, 1023, 1536, 5 << 20].map(bytes),
            ["0 bytes", "1023 bytes", "1.5 KiB", "5 MiB"]
        );
        assert_eq!([2_500, 1_000_000].map(span_us), ["2.5 ms", "1 s"]);
    }
}
