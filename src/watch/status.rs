//! Everything the process shows of itself, as data. Metrics, the JSON of `guildhall status` and its text
//! are three ways to write this down.
//!
//! Units are in the names: `_ms` and `_us` are durations, `bytes` bytes. Numbers grow from the start of
//! the process, except where said.

use super::health::{Check, Level};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// See the module docs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The worst of the checks.
    pub level: Level,
    /// Whether it starts, runs or ends.
    pub phase: Phase,
    /// Every check and what it says, in a fixed order.
    pub checks: Vec<Check>,
    /// The process.
    pub about: About,
    /// Each shard, by its number.
    pub shards: Vec<Shard>,
    /// What comes in and what becomes of it.
    pub inputs: Inputs,
    /// The store.
    pub store: Store,
    /// What must still happen at Discord.
    pub outbox: Outbox,
    /// Calls of Discord's API.
    pub rest: Rest,
    /// Where lines about messages go, and what waits for each place.
    #[serde(default)]
    pub sinks: Vec<Sink>,
}

/// What a process is at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// It opens the store and waits for Discord to say who it is.
    #[default]
    Starting,
    /// It runs.
    Running,
    /// It was told to end.
    Stopping,
}

/// The process.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// Version of the program.
    pub version: String,
    /// Commit it was built from.
    pub commit: String,
    /// Its number.
    pub pid: u32,
    /// When it started, in milliseconds since 1970.
    pub started_at: i64,
    /// How long it has been running.
    pub up_ms: u64,
    /// Its memory, as the system counts it.
    pub rss_bytes: u64,
    /// How long its threads have not answered.
    pub pulse_ms: u64,
    /// Servers it is in.
    pub guilds: u64,
    /// Servers that missed events and have not caught up yet.
    pub open_gaps: u64,
    /// Gaps since the store was made.
    pub gaps_total: u64,
    /// Privileged intents that features want but Discord does not grant.
    pub missing_intents: Vec<String>,
    /// Discord's clock minus ours, once known.
    pub clock_offset_ms: Option<i64>,
    /// Version of the time zone database.
    pub tzdata: String,
}

/// One shard.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shard {
    /// `connected`, `resuming` or `offline`.
    pub gateway: String,
    /// How long it has not been connected; 0 when it is.
    pub behind_ms: u64,
    /// How long nobody has tended its connection.
    pub silent_ms: u64,
    /// Heartbeat round trip, once known.
    pub latency_ms: Option<u64>,
    /// The newest event taken in, within its session.
    pub received_seq: u64,
    /// The newest event up to which everything is durable, within its session; `None` before the first.
    pub durable_seq: Option<u64>,
    /// How many events are taken in but not durable.
    pub lag: u64,
    /// Connections made.
    pub connections: u64,
    /// Sessions that went on.
    pub resumed: u64,
    /// Sessions that began.
    pub began: u64,
    /// Sessions that Discord called invalid.
    pub refused: u64,
    /// Replays that did not go on where we were.
    pub holes: u64,
    /// Events by their name.
    pub events: BTreeMap<String, u64>,
}

/// What comes in and what becomes of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Inputs {
    /// How long the core could not be looked at; then its numbers are those of the last look.
    pub core_ms: u64,
    /// Inputs that wait for their turn.
    pub waiting: u64,
    /// Changes that inputs have led to and that are not durable yet.
    #[serde(default)]
    pub undurable: u64,
    /// So many of both together there may be before nothing more is taken in.
    pub room: u64,
    /// Nothing more is taken in, until there are clearly fewer.
    #[serde(default)]
    pub crowded: bool,
    /// How long the oldest of them has been the oldest.
    pub oldest_ms: u64,
    /// Machines that have an actor.
    pub awake: u64,
    /// Turns.
    pub turns: u64,
    /// Turns in which the rules said no.
    pub refusals: u64,
    /// Signs of life that joined another one on their way to a turn.
    pub merged: u64,
    /// Actors and parts started again after a panic.
    pub restarts: u64,
    /// Inputs set aside, in all lives of the store.
    pub parked: u64,
    /// Inputs that could not even be set aside.
    pub parked_dropped: u64,
    /// Interactions whose authors had seen them fail.
    pub dropped_interactions: u64,
    /// Frames and events that could not be read.
    pub undecodable: u64,
}

/// The store.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Store {
    /// How long it has refused batches; `None` while it takes them.
    pub down_ms: Option<u64>,
    /// Batches it refused.
    pub faults: u64,
    /// How long the committer has been at what it is at.
    pub busy_ms: u64,
    /// How long no batch became durable though something waits for it.
    pub stuck_ms: u64,
    /// Age of the oldest change that is not durable.
    pub lag_ms: u64,
    /// Batches made durable.
    pub epochs: u64,
    /// Number of the last of them, over all lives of the store.
    pub durable_epoch: u64,
    /// How long commits took, in microseconds.
    pub commit_us: Histogram,
    /// Bytes in a batch.
    pub batch_bytes: Histogram,
    /// Records in a batch.
    pub batch_records: Histogram,
    /// Its size on disk; looked up once a minute.
    pub bytes: u64,
    /// Records that were found damaged.
    pub quarantined: u64,
}

/// What must still happen at Discord.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outbox {
    /// Effects on their way.
    pub waiting: u64,
    /// Age of the oldest, as far as it fell into the life of this process.
    pub oldest_ms: u64,
    /// How long it has been the oldest.
    pub stuck_ms: u64,
    /// Whether sending is slowed down because Discord refused too much.
    pub braked: bool,
    /// Effects that ended well.
    pub sent: u64,
    /// Effects that could not be done.
    pub failed: u64,
    /// Effects given up that are kept for people to look at.
    pub dead_letters: u64,
}

/// A place that lines about messages go to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sink {
    /// `lines`, `postgres` or `sqs`.
    pub name: String,
    /// Lines that wait for it.
    pub waiting: u64,
    /// And their bytes.
    pub waiting_bytes: u64,
    /// Lines it took.
    pub took: u64,
    /// Lines given up because it was away for too long, over all lives of the store.
    pub lost: u64,
    /// How long it has taken nothing; `None` while it does.
    pub away_ms: Option<u64>,
    /// Why.
    pub why: String,
}

/// Calls of Discord's API.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rest {
    /// How long calls have been failing; `None` while Discord answers.
    pub failing_ms: Option<u64>,
    /// Answers that said "too fast" (429).
    pub too_fast: u64,
    /// All calls.
    pub calls: Vec<Calls>,
}

/// Calls of one sort.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Calls {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path as a template.
    pub route: String,
    /// The HTTP status, or in a word why there was no answer.
    pub result: String,
    /// How many.
    pub count: u64,
}

/// How often values fell into each bucket.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// The largest value of each bucket but the last.
    pub bounds: Vec<u64>,
    /// How many values are in each, the last being what is beyond all bounds.
    pub counts: Vec<u64>,
    /// Of all values.
    pub sum: u64,
}

impl Histogram {
    /// How many values there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The bound below which `part` (0 to 1) of the values are; `None` when there are no values, or it is
    /// beyond the last bound.
    #[must_use]
    pub fn quantile(&self, part: f64) -> Option<u64> {
        let total = self.total();
        let mut seen = 0;
        for (bound, count) in self.bounds.iter().zip(&self.counts) {
            seen += count;
            #[expect(clippy::cast_precision_loss, reason = "a share of a count")]
            if total > 0 && seen as f64 >= part * total as f64 {
                return Some(*bound);
            }
        }
        None
    }
}

impl Status {
    /// Whether it does its work: nothing hangs, and nothing has been broken for long.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.level < Level::Ill
    }

    /// Whether it can take something on right now.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.level == Level::Good
    }

    /// The worst check, if anything is the matter.
    #[must_use]
    pub fn worst(&self) -> Option<&Check> {
        let worst = self.checks.iter().rev().max_by_key(|check| check.level)?;
        (worst.level > Level::Good).then_some(worst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_read_from_the_buckets() {
        let histogram = Histogram {
            bounds: vec![1, 10, 100],
            counts: vec![50, 49, 0, 1],
            sum: 0,
        };
        assert_eq!(histogram.quantile(0.5), Some(1));
        assert_eq!(histogram.quantile(0.99), Some(10));
        assert_eq!(histogram.quantile(1.0), None, "beyond the last bound");
        assert_eq!(Histogram::default().quantile(0.5), None);
    }
}
