//! From numbers to a judgement: is something the matter, and would a restart help?
//!
//! | level | meaning | `/healthz` | `/readyz` | watchdog |
//! |---|---|---|---|---|
//! | good | it works | 200 | 200 | fed |
//! | behind | it cannot serve at this moment: starting, ending, reconnecting, crowded | 200 | 503 | fed |
//! | ill | something it needs has been broken for long; a restart would not help | 503 | 503 | fed |
//! | hung | something in the process stands still; a restart helps, and loses nothing | 503 | 503 | not fed |
//!
//! Everything here is a pure function of [`Status`].
//!
//! To add a check: a line in [`CHECKS`], a function, and a row in `deploy/README.md`.

use super::status::{Phase, Shard, Status};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How bad it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It works.
    #[default]
    Good,
    /// It cannot serve at this moment.
    Behind,
    /// Something it needs has been broken for long.
    Ill,
    /// Something in the process stands still.
    Hung,
}

/// What one check says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What was looked at.
    pub name: String,
    /// How bad it is.
    pub level: Level,
    /// What is the matter; empty when nothing is.
    pub text: String,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Good => "good",
            Self::Behind => "behind",
            Self::Ill => "ill",
            Self::Hung => "hung",
        })
    }
}

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;

/// The threads of the process have not answered for so long: hung.
pub const PULSE_MS: u64 = 30 * SECOND;
/// Nobody got hold of the core for so long: hung. It is held for microseconds at a time.
pub const CORE_MS: u64 = 30 * SECOND;
/// One step of a commit takes so long, or nothing becomes durable for so long: hung. An SD card may
/// need seconds.
pub const COMMIT_MS: u64 = MINUTE;
/// The same input has been the oldest for so long: hung. A machine that panics all the time has its
/// pauses of a minute, three times for one input.
pub const INPUT_MS: u64 = 5 * MINUTE;
/// Nobody has tended a shard's connection for so long: hung. Heartbeats are answered every 41
/// seconds; without a connection there is a try at least every minute and a try may take two.
pub const SILENT_MS: u64 = 5 * MINUTE;
/// A shard is not connected for so long, though it tries: ill …
pub const OFFLINE_ILL_MS: u64 = 5 * MINUTE;
/// … and after so long a new process may do better: hung.
pub const OFFLINE_HUNG_MS: u64 = 60 * MINUTE;
/// Discord's API has not answered for so long: ill.
pub const REST_MS: u64 = MINUTE;
/// The same effect has been the oldest for so long: ill.
pub const EFFECT_MS: u64 = 15 * MINUTE;

type Finding = (Level, String);
type Look = fn(&Status) -> Finding;

/// Every check, in the order in which they are shown.
pub const CHECKS: [(&str, Look); 8] = [
    ("phase", phase),
    ("threads", threads),
    ("core", core),
    ("inputs", inputs),
    ("store", store),
    ("gateway", gateway),
    ("discord", discord),
    ("outbox", outbox),
];

/// Makes every check and notes what it says, and the worst.
pub fn judge(status: &mut Status) {
    let checks = CHECKS.map(|(name, look)| {
        let (level, text) = look(status);
        Check {
            name: name.to_owned(),
            level,
            text,
        }
    });
    status.level = checks
        .iter()
        .map(|check| check.level)
        .max()
        .unwrap_or_default();
    status.checks = checks.to_vec();
}

fn good() -> Finding {
    (Level::Good, String::new())
}

fn phase(status: &Status) -> Finding {
    match status.phase {
        Phase::Running => good(),
        Phase::Starting => (
            Level::Behind,
            "starting: opening the store, or waiting for Discord".to_owned(),
        ),
        Phase::Stopping => (Level::Behind, "ending".to_owned()),
    }
}

fn threads(status: &Status) -> Finding {
    let ms = status.about.pulse_ms;
    match ms {
        0..PULSE_MS => good(),
        _ => (
            Level::Hung,
            format!("no thread has been free for {}", span(ms)),
        ),
    }
}

fn core(status: &Status) -> Finding {
    let ms = status.inputs.core_ms;
    match ms {
        0..CORE_MS => good(),
        _ => (Level::Hung, format!("not to be had for {}", span(ms))),
    }
}

fn inputs(status: &Status) -> Finding {
    let inputs = &status.inputs;
    // Machines cannot be loaded from a store that is down; that is the store's affair.
    if inputs.oldest_ms >= INPUT_MS && status.store.down_ms.is_none() {
        let text = format!("one has waited for its turn for {}", span(inputs.oldest_ms));
        return (Level::Hung, text);
    }
    if inputs.crowded {
        let text = format!(
            "{} wait and {} changes are not durable; taking in nothing more for the moment",
            inputs.waiting, inputs.undurable
        );
        return (Level::Behind, text);
    }
    good()
}

fn store(status: &Status) -> Finding {
    let store = &status.store;
    if store.busy_ms >= COMMIT_MS {
        let text = format!("at the same step for {}", span(store.busy_ms));
        return (Level::Hung, text);
    }
    if let Some(ms) = store.down_ms {
        let text = format!(
            "refuses to write for {}; taking in nothing, losing nothing; the log says why",
            span(ms)
        );
        return (Level::Ill, text);
    }
    if store.stuck_ms >= COMMIT_MS {
        let text = format!("nothing was written for {}", span(store.stuck_ms));
        return (Level::Hung, text);
    }
    good()
}

fn gateway(status: &Status) -> Finding {
    let judged = status.shards.iter().enumerate().map(|(number, shard)| {
        let (level, text) = shard_of(shard);
        (level, format!("shard {number} {text}"))
    });
    // The first of the worst.
    let worst = judged.rev().max_by_key(|(level, _)| *level);
    match worst {
        Some((level, text)) if level > Level::Good => {
            let offline = status.shards.iter().filter(|shard| shard.behind_ms > 0);
            let others = offline.count().saturating_sub(1);
            let more = match others {
                0 => String::new(),
                _ => format!(" (and {others} more not connected)"),
            };
            (level, text + &more)
        }
        _ => good(),
    }
}

fn shard_of(shard: &Shard) -> Finding {
    if shard.silent_ms >= SILENT_MS {
        let text = format!("has not been tended for {}", span(shard.silent_ms));
        return (Level::Hung, text);
    }
    if shard.gateway == "connected" {
        return good();
    }
    let level = match shard.behind_ms {
        0..OFFLINE_ILL_MS => Level::Behind,
        OFFLINE_ILL_MS..OFFLINE_HUNG_MS => Level::Ill,
        _ => Level::Hung,
    };
    let text = format!("is {} for {}; trying", shard.gateway, span(shard.behind_ms));
    (level, text)
}

fn discord(status: &Status) -> Finding {
    match status.rest.failing_ms {
        Some(ms) if ms >= REST_MS => (
            Level::Ill,
            format!("the API has not answered for {}; trying", span(ms)),
        ),
        _ => good(),
    }
}

fn outbox(status: &Status) -> Finding {
    let outbox = &status.outbox;
    if outbox.stuck_ms < EFFECT_MS {
        return good();
    }
    let text = format!(
        "{} to be sent, and the oldest does not leave for {}",
        outbox.waiting,
        span(outbox.stuck_ms)
    );
    (Level::Ill, text)
}

/// A duration for people: the two largest units that say something.
#[must_use]
pub fn span(ms: u64) -> String {
    let seconds = ms / SECOND;
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
    match seconds {
        0 => format!("{ms} ms"),
        1..60 => format!("{seconds} s"),
        60..3_600 => format!("{minutes} min {rest} s"),
        3_600..86_400 => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

/// A number of servers for people.
#[must_use]
pub fn servers(number: u64) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} server{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn well() -> Status {
        Status {
            phase: Phase::Running,
            shards: vec![
                Shard {
                    gateway: "connected".to_owned(),
                    ..Shard::default()
                };
                2
            ],
            inputs: super::super::status::Inputs {
                room: 10,
                ..Default::default()
            },
            ..Status::default()
        }
    }

    /// What the one check says that is not good.
    fn after(change: impl FnOnce(&mut Status)) -> String {
        let mut status = well();
        change(&mut status);
        judge(&mut status);
        let bad = status
            .checks
            .iter()
            .filter(|check| check.level > Level::Good);
        let said: Vec<_> = bad
            .map(|check| format!("{} {}: {}", check.level, check.name, check.text))
            .collect();
        assert_eq!(status.level > Level::Good, !said.is_empty());
        said.join("\n")
    }

    #[test]
    fn each_limit_is_where_it_is_said_to_be() {
        type Case = (fn(&mut Status, u64), u64, &'static str);
        let cases: [Case; 8] = [
            (|s, ms| s.about.pulse_ms = ms, PULSE_MS, "hung threads"),
            (|s, ms| s.inputs.core_ms = ms, CORE_MS, "hung core"),
            (|s, ms| s.inputs.oldest_ms = ms, INPUT_MS, "hung inputs"),
            (|s, ms| s.store.busy_ms = ms, COMMIT_MS, "hung store"),
            (|s, ms| s.store.stuck_ms = ms, COMMIT_MS, "hung store"),
            (
                |s, ms| s.shards[1].silent_ms = ms,
                SILENT_MS,
                "hung gateway: shard 1",
            ),
            (|s, ms| s.rest.failing_ms = Some(ms), REST_MS, "ill discord"),
            (|s, ms| s.outbox.stuck_ms = ms, EFFECT_MS, "ill outbox"),
        ];
        for (set, limit, expected) in cases {
            assert_eq!(after(|status| set(status, limit - 1)), "", "{expected}");
            let said = after(|status| set(status, limit));
            assert!(said.starts_with(expected), "{said}");
        }
    }

    #[test]
    fn a_shard_without_a_connection_is_behind_then_ill_then_hung() {
        let offline = |ms| {
            after(|status| {
                status.shards[1].gateway = "offline".to_owned();
                status.shards[1].behind_ms = ms;
            })
        };
        assert_eq!(
            offline(0),
            "behind gateway: shard 1 is offline for 0 ms; trying"
        );
        assert!(offline(OFFLINE_ILL_MS - 1).starts_with("behind"));
        assert_eq!(
            offline(OFFLINE_ILL_MS),
            "ill gateway: shard 1 is offline for 5 min 0 s; trying"
        );
        assert!(offline(OFFLINE_HUNG_MS).starts_with("hung"));
    }

    #[test]
    fn the_worst_shard_speaks_for_all() {
        let said = after(|status| {
            for (shard, ms) in status.shards.iter_mut().zip([MINUTE, OFFLINE_ILL_MS]) {
                shard.gateway = "resuming".to_owned();
                shard.behind_ms = ms;
            }
        });
        assert!(
            said.starts_with("ill gateway: shard 1") && said.contains("1 more"),
            "{said}"
        );
    }

    #[test]
    fn a_store_that_is_down_is_ill_at_once_and_excuses_what_waits_for_it() {
        let said = after(|status| {
            status.store.down_ms = Some(0);
            status.store.stuck_ms = 2 * COMMIT_MS;
            status.inputs.oldest_ms = 2 * INPUT_MS;
        });
        assert!(said.starts_with("ill store: refuses"), "{said}");
        // Unless a single try never comes back.
        let said = after(|status| {
            status.store.down_ms = Some(0);
            status.store.busy_ms = COMMIT_MS;
        });
        assert!(said.starts_with("hung store"), "{said}");
    }

    #[test]
    fn starting_ending_and_being_crowded_are_no_illness() {
        assert!(after(|status| status.phase = Phase::Starting).starts_with("behind phase"));
        assert!(after(|status| status.phase = Phase::Stopping).starts_with("behind phase"));
        let said = after(|status| {
            status.inputs.waiting = 10;
            status.inputs.undurable = 90;
            status.inputs.crowded = true;
        });
        assert!(
            said.starts_with("behind inputs: 10 wait and 90 changes"),
            "{said}"
        );
    }

    #[test]
    fn spans_have_two_units_at_most() {
        let spans = [0, 999, 1_000, 61_000, 3_660_000, 90_000_000].map(span);
        assert_eq!(
            spans,
            ["0 ms", "999 ms", "1 s", "1 min 1 s", "1 h 1 min", "1 d 1 h"]
        );
    }
}
