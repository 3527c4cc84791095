//! Looks at the running bot without being held up by it, and notices what stands still.
//!
//! Nothing in the bot keeps the time for this. The observer looks every few seconds at numbers that
//! move while all is well, and adds up how long each has been the same. Time in which nobody looked (the
//! machine slept, the process was stopped) counts little, because nobody knows what happened in it.

use super::{
    health,
    status::{About, Calls, Histogram, Inputs, Outbox, Phase, Rest, Shard, Sink, Status, Store},
};
use crate::{
    build_info,
    discord::rest::{self, CallResult},
    runtime::{
        Hub,
        hub::{Gateway, MAX_WAITING},
        meters,
    },
};
use actors::kernel::{
    core::{Core, Waiting},
    inbound::Seq,
    time::{Span, Timestamp},
};
use snapshots::{Bincode, DataDir};
use std::{
    fs,
    path::Path,
    process,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// How long to try to get hold of the core.
const CORE_PATIENCE: Duration = Duration::from_millis(50);
/// A pause between two looks counts as this much at most, in milliseconds.
pub const STEP_AT_MOST: u64 = 15_000;

/// What is looked at.
#[derive(Clone)]
pub struct Subject {
    /// The runtime of the bot.
    pub hub: Arc<Hub>,
    /// Its way to Discord's API.
    pub rest: Arc<rest::Rest>,
    /// Where its store is.
    pub data: DataDir,
}

/// How long something has been the same.
#[derive(Clone, Debug, Default)]
struct Steady<T> {
    value: T,
    ms: u64,
}

impl<T: PartialEq> Steady<T> {
    /// It is `value` now, `step` milliseconds after the last look.
    fn look(&mut self, value: T, step: u64) -> u64 {
        if self.value == value {
            self.ms += step;
        } else {
            *self = Self { value, ms: 0 };
        }
        self.ms
    }
}

/// Numbers of the core, all of one moment.
struct CoreNumbers {
    inputs: Inputs,
    outbox: Outbox,
    oldest: Option<u64>,
    oldest_effect: Option<Timestamp>,
    /// Something is not durable yet.
    waits: bool,
    lag_ms: u64,
    epochs: u64,
    durable_epoch: u64,
    open_gaps: u64,
    gaps_total: u64,
    seqs: Vec<(Seq, Option<Seq>)>,
    sinks: Vec<Sink>,
}

#[derive(Clone, Debug, Default)]
struct ShardSteady {
    tended: Steady<u64>,
    connected: Steady<(bool, u64)>,
}

/// See the module docs.
pub(super) struct Observer {
    subject: Subject,
    /// When the last look was.
    looked: Option<Span>,
    last: Status,
    core_ms: u64,
    oldest: Steady<Option<u64>>,
    oldest_effect: Steady<Option<Timestamp>>,
    written: Steady<(bool, u64)>,
    committing: Steady<u64>,
    down: Steady<bool>,
    failing: Steady<(bool, u64)>,
    shards: Vec<ShardSteady>,
    store_bytes: Arc<AtomicU64>,
}

impl Observer {
    /// Will look at `subject`.
    #[must_use]
    pub(super) fn new(subject: Subject) -> Self {
        let shards = subject.hub.meters.shards().len();
        Self {
            subject,
            looked: None,
            last: Status::default(),
            core_ms: 0,
            oldest: Steady::default(),
            oldest_effect: Steady::default(),
            written: Steady::default(),
            committing: Steady::default(),
            down: Steady::default(),
            failing: Steady::default(),
            shards: vec![ShardSteady::default(); shards],
            store_bytes: Arc::default(),
        }
    }

    /// A way to measure the store on another thread, because walking a directory may take long.
    pub(super) fn measuring(&self) -> impl FnOnce() + Send + 'static {
        let (bytes, path) = (Arc::clone(&self.store_bytes), self.subject.data.store());
        move || bytes.store(size_of(&path), Ordering::Relaxed)
    }

    /// Looks. Takes microseconds, or `CORE_PATIENCE` where the core is not to be had.
    pub(super) fn look(&mut self, phase: Phase, pulse_ms: u64) -> Status {
        let running = self.subject.hub.clock.running();
        let passed = self
            .looked
            .map_or(0, |looked| ms(running) - ms(looked).min(ms(running)));
        let step = passed.min(STEP_AT_MOST);
        self.looked = Some(running);
        let core = self.look_at_core(step);
        let mut status = Status {
            phase,
            about: self.about(running, pulse_ms),
            ..Status::default()
        };
        match core {
            Some(numbers) => self.take(&mut status, numbers, step),
            None => self.repeat(&mut status),
        }
        let (inputs, meters) = (&mut status.inputs, &self.subject.hub.meters);
        inputs.core_ms = self.core_ms;
        inputs.awake = self.subject.hub.awake_count() as u64;
        inputs.restarts = meters.restarts.get();
        inputs.undecodable = meters.undecodable.get();
        self.look_at_store(&mut status.store, step);
        self.look_at_shards(&mut status.shards, step);
        self.look_at_rest(&mut status.rest, step);
        self.look_at_sinks(&mut status.sinks, running);
        // Wall-clock times may jump; what lies before this life does not count.
        status.outbox.oldest_ms = status.outbox.oldest_ms.min(ms(running));
        health::judge(&mut status);
        self.last = status.clone();
        status
    }

    fn look_at_core(&mut self, step: u64) -> Option<CoreNumbers> {
        let hub = &self.subject.hub;
        let numbers = hub.look(CORE_PATIENCE, |core| core_numbers(core, hub));
        self.core_ms = match numbers {
            Some(_) => 0,
            None => self.core_ms + step.max(1),
        };
        numbers
    }

    fn take(&mut self, status: &mut Status, numbers: CoreNumbers, step: u64) {
        status.inputs = numbers.inputs;
        status.outbox = numbers.outbox;
        let oldest_ms = self.oldest.look(numbers.oldest, step);
        status.inputs.oldest_ms = numbers.oldest.map_or(0, |_| oldest_ms);
        let stuck_ms = self.oldest_effect.look(numbers.oldest_effect, step);
        status.outbox.stuck_ms = numbers.oldest_effect.map_or(0, |_| stuck_ms);
        let waits = numbers.waits;
        let stuck_ms = self.written.look((waits, numbers.durable_epoch), step);
        status.store.stuck_ms = if waits { stuck_ms } else { 0 };
        status.store.lag_ms = numbers.lag_ms;
        status.store.epochs = numbers.epochs;
        status.store.durable_epoch = numbers.durable_epoch;
        status.about.open_gaps = numbers.open_gaps;
        status.about.gaps_total = numbers.gaps_total;
        let places = numbers.seqs.into_iter().map(|(received, durable)| Shard {
            received_seq: received.seq,
            durable_seq: durable.map(|durable| durable.seq),
            lag: lag(received, durable),
            ..Shard::default()
        });
        status.shards = places.collect();
        status.sinks = numbers.sinks;
    }

    /// The core is not to be had: its numbers are those of the last look.
    fn repeat(&self, status: &mut Status) {
        let last = self.last.clone();
        status.inputs = last.inputs;
        status.outbox = last.outbox;
        status.store = last.store;
        status.shards = last.shards;
        status.sinks = last.sinks;
        status.shards.resize(self.shards.len(), Shard::default());
        status.about.open_gaps = last.about.open_gaps;
        status.about.gaps_total = last.about.gaps_total;
    }

    fn about(&self, running: Span, pulse_ms: u64) -> About {
        let hub = &self.subject.hub;
        let facts = hub.facts();
        About {
            version: build_info::VERSION.to_owned(),
            commit: build_info::commit().to_owned(),
            pid: process::id(),
            started_at: facts.started_at.millis(),
            up_ms: ms(running),
            rss_bytes: rss_bytes(),
            pulse_ms,
            guilds: hub.guilds().len() as u64,
            missing_intents: facts.missing_intents,
            clock_offset_ms: hub.clock.known_offset(),
            tzdata: facts.tzdata,
            ..About::default()
        }
    }

    fn look_at_store(&mut self, store: &mut Store, step: u64) {
        let hub = &self.subject.hub;
        let meters = &hub.meters;
        let down = hub.store_is_down();
        let down_ms = self.down.look(down, step);
        store.down_ms = down.then_some(down_ms);
        store.faults = meters.commit_faults.get();
        let steps = meters.committing.get();
        let busy_ms = self.committing.look(steps, step);
        // Odd: at work.
        store.busy_ms = if steps % 2 == 1 { busy_ms } else { 0 };
        store.commit_us = histogram(&meters.commit, meters::LATENCY_US);
        store.batch_bytes = histogram(&meters.batch_bytes, meters::SIZE_BYTES);
        store.batch_records = histogram(&meters.batch_records, meters::SIZE_RECORDS);
        store.bytes = self.store_bytes.load(Ordering::Relaxed);
        store.quarantined = hub.reader.damaged().len() as u64;
    }

    fn look_at_shards(&mut self, shards: &mut [Shard], step: u64) {
        let hub = &self.subject.hub;
        let all = shards.iter_mut().zip(&mut self.shards);
        for (number, ((shard, steady), meters)) in (0..).zip(all.zip(hub.meters.shards())) {
            let state = hub.shard(number);
            let gateway = state
                .as_ref()
                .map_or(Gateway::Offline, |state| state.gateway);
            shard.gateway = gateway.word().to_owned();
            shard.latency_ms = state.and_then(|state| state.latency_ms);
            let connected = gateway == Gateway::Connected;
            // Each new session counts: a connection that breaks all the time is not offline all the time.
            let sessions = meters.began.get() + meters.resumed.get();
            let same_ms = steady.connected.look((connected, sessions), step);
            shard.behind_ms = if connected { 0 } else { same_ms };
            shard.silent_ms = steady.tended.look(meters.rounds.get(), step);
            shard.connections = meters.connections.get();
            shard.resumed = meters.resumed.get();
            shard.began = meters.began.get();
            shard.refused = meters.refused.get();
            shard.holes = meters.holes.get();
            let events = meters.events();
            shard.events = events
                .map(|(name, count)| (name.to_owned(), count))
                .collect();
        }
    }

    fn look_at_sinks(&self, sinks: &mut [Sink], running: Span) {
        let states = self.subject.hub.sinks();
        for sink in sinks {
            let state = states.get(sink.name.as_str()).cloned().unwrap_or_default();
            sink.took = state.took;
            (sink.away_ms, sink.why) = match state.away {
                Some((since, why)) => (Some(ms(running) - ms(since).min(ms(running))), why),
                None => (None, String::new()),
            };
        }
    }

    fn look_at_rest(&mut self, rest: &mut Rest, step: u64) {
        let calls = self.subject.rest.calls();
        let failing = calls.failing.get() > 0;
        let same_ms = self.failing.look((failing, calls.answered.get()), step);
        rest.failing_ms = failing.then_some(same_ms);
        for (sort, count) in calls.by_sort() {
            if sort.result == CallResult::Status(429) {
                rest.too_fast += count;
            }
            rest.calls.push(Calls {
                method: sort.method.to_owned(),
                route: sort.route.to_owned(),
                result: sort.result.to_string(),
                count,
            });
        }
    }
}

fn core_numbers(core: &mut Core<Bincode>, hub: &Hub) -> CoreNumbers {
    let now = hub.clock.now();
    let age = |since| ms(now.since(since));
    let (waiting, oldest) = core.outbox_size();
    let outbox = Outbox {
        waiting: waiting as u64,
        oldest_ms: oldest.map_or(0, age),
        braked: core.braked(now),
        sent: core.counters.sent,
        failed: core.counters.failed,
        dead_letters: core.dead_letter_count() as u64,
        ..Outbox::default()
    };
    let inputs = Inputs {
        waiting: core.waiting() as u64,
        undurable: core.unfinished().saturating_sub(core.waiting()) as u64,
        room: MAX_WAITING as u64,
        crowded: hub.has_too_much(),
        turns: core.counters.turns,
        refusals: core.counters.refusals,
        merged: core.merged(),
        parked: core.counters.parked,
        parked_dropped: core.counters.parked_dropped,
        dropped_interactions: core.counters.dropped_interactions,
        ..Inputs::default()
    };
    let shards = 0..u32::try_from(hub.meters.shards().len()).unwrap_or(u32::MAX);
    CoreNumbers {
        inputs,
        outbox,
        oldest: core.oldest_waiting(),
        oldest_effect: oldest,
        waits: core.gathering() > core.durable_until(),
        lag_ms: ms(core.store_lag(now)),
        epochs: core.counters.epochs,
        durable_epoch: core.durable_until(),
        open_gaps: core.gaps.len() as u64,
        gaps_total: core.process().gaps_total,
        seqs: shards
            .map(|shard| (core.received(shard), core.positions.durable(shard)))
            .collect(),
        sinks: core.sinks().map(sink).collect(),
    }
}

fn sink((name, waiting): (&str, Waiting)) -> Sink {
    Sink {
        name: name.to_owned(),
        waiting: waiting.lines(),
        waiting_bytes: waiting.bytes(),
        lost: waiting.cursor.lost,
        ..Sink::default()
    }
}

/// Events that are taken in and not durable. Numbers begin anew with each session.
fn lag(received: Seq, durable: Option<Seq>) -> u64 {
    match durable {
        Some(durable) if durable.session == received.session => {
            received.seq.saturating_sub(durable.seq)
        }
        _ => received.seq,
    }
}

fn histogram(histogram: &meters::Histogram, bounds: &[u64]) -> Histogram {
    Histogram {
        bounds: bounds.to_vec(),
        counts: histogram.counts(),
        sum: histogram.sum(),
    }
}

fn ms(span: Span) -> u64 {
    span.as_millis().max(0).unsigned_abs()
}

/// Resident memory; 0 where the system does not say.
pub(super) fn rss_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix("kB"));
    kilobytes.map_or(0, |number| number.trim().parse::<u64>().unwrap_or(0) * 1024)
}

/// What a directory holds in bytes; what vanishes meanwhile counts nothing.
fn size_of(dir: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(dir) else {
        return 0;
    };
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(meta) if meta.is_dir() => size_of(&entry.path()),
        Ok(meta) => meta.len(),
        Err(_) => 0,
    };
    entries.filter_map(Result::ok).map(size).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_adds_up_and_what_changes_begins_anew() {
        let mut steady = Steady::default();
        assert_eq!(steady.look(1, 5), 0, "another value");
        assert_eq!(steady.look(1, 5), 5);
        assert_eq!(steady.look(1, 7), 12);
        assert_eq!(steady.look(2, 7), 0);
    }

    #[test]
    fn the_lag_of_a_new_session_is_all_of_it() {
        let at = |session, seq| Seq {
            session,
            seq,
            part: 0,
        };
        assert_eq!(lag(at(1, 9), Some(at(1, 4))), 5);
        assert_eq!(lag(at(2, 9), Some(at(1, 4))), 9);
        assert_eq!(lag(at(1, 9), None), 9);
    }

    #[test]
    fn this_process_has_some_memory() {
        assert!(rss_bytes() > 1024 * 1024);
    }
}
