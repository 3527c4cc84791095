//! `guildhall bench`, tiny: that it measures everything, and that what it counts is right. Never how fast.

use serde_json::Value;
use std::process::Command;

/// Events of the flood.
const EVENTS: f64 = 500.0;

fn bench(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_guildhall"))
        .args([
            "bench",
            "--guilds",
            "2",
            "--members",
            "5",
            "--events",
            "500",
        ])
        .args(["--rate", "500", "--seconds", "1", "--rounds", "1"])
        .args(arguments)
        .env_clear()
        .output()
        .expect("the binary starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).expect("it is text")
}

fn figure(sample: &Value, name: &str) -> f64 {
    sample["figures"][name]
        .as_f64()
        .unwrap_or_else(|| panic!("no {name} in {sample:#}"))
}

#[test]
fn every_client_is_measured_and_nothing_is_lost_stale_or_doubled() {
    let report: Value = serde_json::from_str(&bench(&["--json", "--zstd", "both"])).expect("JSON");
    let samples = report["samples"].as_array().expect("samples");
    let names: Vec<_> = samples.iter().map(|one| one["client"].as_str()).collect();
    let turn = ["guildhall", "frames", "decode", "loop"].map(Some);
    assert_eq!(names, [turn, turn].concat());
    for sample in samples {
        for name in ["cpu_us", "events_per_s", "peak_mib", "guilds_ms"] {
            assert!(figure(sample, name) > 0.0, "{name} of {sample:#}");
        }
        for name in ["stale", "lost", "surplus", "doubled", "unanswered"] {
            assert_eq!(figure(sample, name), 0.0, "{name} of {sample:#}");
        }
        match sample["client"].as_str() {
            Some("guildhall") => the_bot_is_durable(sample),
            Some("loop") => {
                the_stream_was_read(sample, 2.0 * EVENTS);
                assert!(figure(sample, "counted") > 10.0, "{sample:#}");
            }
            _ => the_stream_was_read(sample, EVENTS),
        }
    }
    // The stream is the same for all.
    let bytes: Vec<f64> = samples
        .iter()
        .map(|one| figure(one, "bytes_of_json").round())
        .collect();
    assert!(
        bytes.iter().all(|one| (one - bytes[0]).abs() < 10.0),
        "{bytes:?}"
    );
}

fn the_bot_is_durable(sample: &Value) {
    let names = [
        "read_p99_ms@500",
        "durable_p50_ms",
        "durable_p99_ms",
        "ready_ms",
        "warm_ready_ms",
        "warm_guilds_ms",
        "recovery_ms",
        "replayed",
    ];
    for name in names {
        assert!(figure(sample, name) > 0.0, "{name} of {sample:#}");
    }
}

/// A yardstick saw every event, READY and guilds included, and could read each.
fn the_stream_was_read(sample: &Value, events: f64) {
    assert!(figure(sample, "seen") >= events, "{sample:#}");
    assert_eq!(figure(sample, "undecodable"), 0.0, "{sample:#}");
}

#[test]
fn the_table_names_the_goals() {
    let table = bench(&["--clients", "guildhall,loop"]);
    for line in [
        "CPU per event, x loop",
        "recovery after kill -9",
        "peak memory, MiB",
    ] {
        assert!(table.contains(line), "{line} is missing in\n{table}");
    }
}
