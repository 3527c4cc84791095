//! The report for people.

use super::{
    Client,
    report::{Goal, Report, Spread},
};
use std::fmt::Write as _;

/// The whole report, in plain text.
#[must_use]
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    let settings = &report.settings;
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(
        out,
        "{}, {} CPUs; {} guilds x {} members, seed {}, {} rounds: median (least - most)",
        report.program,
        report.cpus,
        settings.guilds,
        settings.members,
        settings.seed,
        settings.rounds
    );
    for zstd in &settings.zstd {
        let how = if *zstd { "zstd" } else { "no compression" };
        let _ = writeln!(out, "\nOver a websocket with {how}");
        figures(&mut out, report, *zstd);
        let _ = writeln!(out, "\nGoals");
        goals(&mut out, &report.goals(*zstd));
    }
    out
}

/// What the figures are called; a rate follows where there is one.
fn rows(rates: &[u32]) -> Vec<(String, String)> {
    let row = |name: &str, label: &str| (name.to_owned(), label.to_owned());
    let mut rows = vec![
        row("cpu_us", "CPU per event, us"),
        row("events_per_s", "events per second"),
        row("bytes_of_json", "JSON per event, bytes"),
    ];
    for rate in rates {
        for (name, label) in [
            ("cpu_us", "CPU per event, us"),
            ("read_p50_ms", "answer p50, ms"),
            ("read_p99_ms", "answer p99, ms"),
            ("written", "to the device per event, bytes"),
        ] {
            rows.push((format!("{name}@{rate}"), format!("{label}, at {rate}/s")));
        }
    }
    rows.extend([
        row("durable_p50_ms", "change durable p50, ms"),
        row("durable_p99_ms", "change durable p99, ms"),
        row("peak_mib", "peak memory, MiB"),
        row("warm_mib", "memory after a warm start, MiB"),
        row("stored_per_member", "on the disk per member, bytes"),
        row("ready_ms", "start to READY, ms"),
        row("guilds_ms", "start to all guilds, ms"),
        row("warm_ready_ms", "warm start to READY, ms"),
        row("warm_guilds_ms", "warm start to all guilds, ms"),
        row("recovery_ms", "kill -9 to up to date, ms"),
        row("replayed", "events replayed for that"),
        row("answered", "answers"),
        row("counted", "of them with a count to check"),
        row("audited", "members audited"),
        row("undecodable", "events not decoded"),
    ]);
    rows
}

fn figures(out: &mut String, report: &Report, zstd: bool) {
    let clients = Client::ALL.map(|client| format!("{:>28}", client.name()));
    let _ = writeln!(out, "{:32}{}", "", clients.concat());
    for (name, label) in rows(&report.settings.rates) {
        let spreads = Client::ALL.map(|client| report.spread(client, zstd, &name));
        if spreads.iter().all(Option::is_none) {
            continue;
        }
        let cells = spreads.map(|spread| format!("{:>28}", spread.map_or("-".into(), cell)));
        let _ = writeln!(out, "{label:32}{}", cells.concat());
    }
}

fn cell(spread: Spread) -> String {
    let Spread { min, median, max } = spread;
    if min == max {
        return number(median);
    }
    format!("{} ({} - {})", number(median), number(min), number(max))
}

/// Three digits that count.
fn number(value: f64) -> String {
    let digits = match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.digits$}")
}

fn goals(out: &mut String, goals: &[Goal]) {
    let _ = writeln!(out, "{:46}{:>8}{:>8}{:>26}", "", "must", "aim", "reached");
    for goal in goals {
        let (reached, verdict) = match goal.reached {
            None => ("not measured".to_owned(), ""),
            Some(spread) if spread.median <= goal.aim => (cell(spread), "  aim"),
            Some(spread) if spread.median <= goal.must => (cell(spread), "  must"),
            Some(spread) => (cell(spread), "  MISSED"),
        };
        let (must, aim) = (number(goal.must), number(goal.aim));
        let _ = writeln!(
            out,
            "{:46}{must:>8}{aim:>8}{reached:>26}{verdict}",
            goal.measure
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_show_what_counts() {
        let shown = [1234.5, 12.34, 1.234, 3.0].map(number);
        assert_eq!(shown, ["1234", "12.3", "1.23", "3"]);
    }
}
