//! What is counted while the bot runs, since the process started.
//!
//! Counting must cost next to nothing, because some of it happens for every event: a relaxed addition
//! to a number that is there already. No lock, no allocation, no clock. Whoever wants to see the
//! numbers pays for reading them (`watch`).

use std::sync::atomic::{AtomicU64, Ordering};

/// Bounds of the commit latency's buckets, in microseconds.
pub const LATENCY_US: &[u64] = &[
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 5_000_000, 10_000_000,
];
/// Bounds of the buckets for a batch's size in bytes.
pub const SIZE_BYTES: &[u64] = &[
    256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 2_097_152,
];
/// Bounds of the buckets for the number of records in a batch.
pub const SIZE_RECORDS: &[u64] = &[1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000];

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// One more.
    pub fn up(&self) {
        self.add(1);
    }

    /// So many more.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// How many.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Begins anew.
    pub fn clear(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// How often values fell into each of some buckets.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [u64],
    /// One per bound, and one for what is beyond the last.
    buckets: Box<[Count]>,
    sum: Count,
}

impl Histogram {
    /// For values up to each of `bounds`, which grow.
    #[must_use]
    pub fn new(bounds: &'static [u64]) -> Self {
        Self {
            bounds,
            buckets: (0..=bounds.len()).map(|_| Count::default()).collect(),
            sum: Count::default(),
        }
    }

    /// Takes note of a value.
    pub fn note(&self, value: u64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        self.buckets[bucket].up();
        self.sum.add(value);
    }

    /// How many values fell into each bucket, the last being the one beyond all bounds.
    #[must_use]
    pub fn counts(&self) -> Vec<u64> {
        self.buckets.iter().map(Count::get).collect()
    }

    /// The sum of all values.
    #[must_use]
    pub fn sum(&self) -> u64 {
        self.sum.get()
    }
}

/// Numbers of the runtime itself.
#[derive(Debug)]
pub struct Meters {
    /// Actors started again after a panic.
    pub restarts: Count,
    /// Idle actors let go.
    pub passivated: Count,
    /// Frames and events that could not be read.
    pub undecodable: Count,
    /// Duration of a recent commit in microseconds (moving average).
    pub commit_us: AtomicU64,
    /// How long each batch took from the committer's hands to durable, in microseconds.
    pub commit: Histogram,
    /// Bytes of keys and records in each durable batch.
    pub batch_bytes: Histogram,
    /// Records in each durable batch.
    pub batch_records: Histogram,
    /// Steps of the committer: odd while it is at a batch or an errand.
    pub committing: Count,
    /// Batches the store refused.
    pub commit_faults: Count,
    /// One per shard.
    shards: Box<[ShardMeters]>,
}

impl Meters {
    /// For a bot with so many shards.
    #[must_use]
    pub fn new(shards: u32) -> Self {
        Self {
            restarts: Count::default(),
            passivated: Count::default(),
            undecodable: Count::default(),
            commit_us: AtomicU64::new(0),
            commit: Histogram::new(LATENCY_US),
            batch_bytes: Histogram::new(SIZE_BYTES),
            batch_records: Histogram::new(SIZE_RECORDS),
            committing: Count::default(),
            commit_faults: Count::default(),
            shards: (0..shards.max(1)).map(|_| ShardMeters::new()).collect(),
        }
    }

    /// The numbers of one shard.
    ///
    /// # Panics
    /// When the bot has no such shard.
    #[must_use]
    pub fn shard(&self, shard: u32) -> &ShardMeters {
        &self.shards[shard as usize]
    }

    /// The numbers of each shard.
    #[must_use]
    pub fn shards(&self) -> &[ShardMeters] {
        &self.shards
    }
}

/// Numbers of one shard.
#[derive(Debug)]
pub struct ShardMeters {
    /// Rounds of its loop: they stand still when nobody tends the connection, because even where
    /// nothing happens an answer to a heartbeat comes every 41 seconds.
    pub rounds: Count,
    /// Connections made.
    pub connections: Count,
    /// Sessions that went on (RESUMED).
    pub resumed: Count,
    /// Sessions that began (READY).
    pub began: Count,
    /// Sessions that Discord called invalid.
    pub refused: Count,
    /// Replays that did not go on where we were.
    pub holes: Count,
    /// One per entry of [`EVENTS`], and one for all others.
    events: Box<[Count]>,
}

impl ShardMeters {
    fn new() -> Self {
        Self {
            rounds: Count::default(),
            connections: Count::default(),
            resumed: Count::default(),
            began: Count::default(),
            refused: Count::default(),
            holes: Count::default(),
            events: (0..=EVENTS.len()).map(|_| Count::default()).collect(),
        }
    }

    /// An event of this name came in.
    pub fn event(&self, name: &str) {
        self.events[place(name)].up();
    }

    /// How many events of each name came in; those that never came are left out, and those whose name
    /// is not in [`EVENTS`] are together under `other`.
    pub fn events(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let names = EVENTS.iter().copied().chain(["other"]);
        names
            .zip(&self.events)
            .map(|(name, count)| (name, count.get()))
            .filter(|(_, count)| *count > 0)
    }
}

/// Names of Discord's events (docs, "Gateway events: receive events"), by their length. A fixed list,
/// because every name becomes a metric of its own.
pub const EVENTS: &[&str] = &[
    "READY",
    "RESUMED",
    "USER_UPDATE",
    "GUILD_CREATE",
    "GUILD_DELETE",
    "GUILD_UPDATE",
    "RATE_LIMITED",
    "TYPING_START",
    "GUILD_BAN_ADD",
    "INVITE_CREATE",
    "INVITE_DELETE",
    "THREAD_CREATE",
    "THREAD_DELETE",
    "THREAD_UPDATE",
    "CHANNEL_CREATE",
    "CHANNEL_DELETE",
    "CHANNEL_UPDATE",
    "MESSAGE_CREATE",
    "MESSAGE_DELETE",
    "MESSAGE_UPDATE",
    "PRESENCE_UPDATE",
    "WEBHOOKS_UPDATE",
    "GUILD_BAN_REMOVE",
    "GUILD_MEMBER_ADD",
    "THREAD_LIST_SYNC",
    "GUILD_ROLE_CREATE",
    "GUILD_ROLE_DELETE",
    "GUILD_ROLE_UPDATE",
    "SOUNDBOARD_SOUNDS",
    "ENTITLEMENT_CREATE",
    "ENTITLEMENT_DELETE",
    "ENTITLEMENT_UPDATE",
    "INTEGRATION_CREATE",
    "INTEGRATION_DELETE",
    "INTEGRATION_UPDATE",
    "INTERACTION_CREATE",
    "VOICE_STATE_UPDATE",
    "CHANNEL_PINS_UPDATE",
    "GUILD_EMOJIS_UPDATE",
    "GUILD_MEMBERS_CHUNK",
    "GUILD_MEMBER_REMOVE",
    "GUILD_MEMBER_UPDATE",
    "MESSAGE_DELETE_BULK",
    "SUBSCRIPTION_CREATE",
    "SUBSCRIPTION_DELETE",
    "SUBSCRIPTION_UPDATE",
    "VOICE_SERVER_UPDATE",
    "MESSAGE_REACTION_ADD",
    "THREAD_MEMBER_UPDATE",
    "GUILD_STICKERS_UPDATE",
    "MESSAGE_POLL_VOTE_ADD",
    "STAGE_INSTANCE_CREATE",
    "STAGE_INSTANCE_DELETE",
    "STAGE_INSTANCE_UPDATE",
    "THREAD_MEMBERS_UPDATE",
    "MESSAGE_REACTION_REMOVE",
    "MESSAGE_POLL_VOTE_REMOVE",
    "GUILD_INTEGRATIONS_UPDATE",
    "VOICE_CHANNEL_EFFECT_SEND",
    "AUTO_MODERATION_RULE_CREATE",
    "AUTO_MODERATION_RULE_DELETE",
    "AUTO_MODERATION_RULE_UPDATE",
    "MESSAGE_REACTION_REMOVE_ALL",
    "VOICE_CHANNEL_STATUS_UPDATE",
    "GUILD_AUDIT_LOG_ENTRY_CREATE",
    "GUILD_SCHEDULED_EVENT_CREATE",
    "GUILD_SCHEDULED_EVENT_DELETE",
    "GUILD_SCHEDULED_EVENT_UPDATE",
    "GUILD_SOUNDBOARD_SOUND_CREATE",
    "GUILD_SOUNDBOARD_SOUND_DELETE",
    "GUILD_SOUNDBOARD_SOUND_UPDATE",
    "MESSAGE_REACTION_REMOVE_EMOJI",
    "GUILD_SCHEDULED_EVENT_USER_ADD",
    "GUILD_SOUNDBOARD_SOUNDS_UPDATE",
    "AUTO_MODERATION_ACTION_EXECUTION",
    "GUILD_SCHEDULED_EVENT_USER_REMOVE",
    "APPLICATION_COMMAND_PERMISSIONS_UPDATE",
];

/// The longest name is shorter than this.
const LENGTHS: usize = 48;

/// Where in [`EVENTS`] the names of each length begin: two or three of each, so the place of a name is
/// found by looking at hardly more than itself.
const BEGINNINGS: [usize; LENGTHS + 1] = {
    let (mut beginnings, mut length, mut place) = ([0; LENGTHS + 1], 0, 0);
    while length <= LENGTHS {
        while place < EVENTS.len() && EVENTS[place].len() < length {
            place += 1;
        }
        beginnings[length] = place;
        length += 1;
    }
    beginnings
};

/// The place of a name in [`EVENTS`], or the one behind the last.
fn place(name: &str) -> usize {
    let length = name.len().min(LENGTHS - 1);
    let (from, to) = (BEGINNINGS[length], BEGINNINGS[length + 1]);
    let found = EVENTS[from..to].iter().position(|event| *event == name);
    found.map_or(EVENTS.len(), |at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_where_it_is_and_no_other() {
        assert!(EVENTS.is_sorted_by_key(|name| name.len()));
        for (at, name) in EVENTS.iter().enumerate() {
            assert_eq!(place(name), at, "{name}");
        }
        let long = "X".repeat(1_000);
        for name in ["", "R", "READX", "TYPING_STARTS", long.as_str()] {
            assert_eq!(place(name), EVENTS.len(), "{name}");
        }
    }

    #[test]
    fn events_are_counted_by_name_and_strange_ones_together() {
        let meters = Meters::new(2);
        let shard = meters.shard(1);
        for name in ["TYPING_START", "NEW_THING", "OTHER_THING", "TYPING_START"] {
            shard.event(name);
        }
        let counted: Vec<_> = shard.events().collect();
        assert_eq!(counted, [("TYPING_START", 2), ("other", 2)]);
        assert_eq!(meters.shard(0).events().count(), 0);
    }

    #[test]
    fn a_value_at_a_bound_belongs_below_it() {
        let histogram = Histogram::new(&[1, 10]);
        for value in [0, 1, 2, 10, 11, 1_000] {
            histogram.note(value);
        }
        assert_eq!(histogram.counts(), [2, 2, 2]);
        assert_eq!(histogram.sum(), 1_024);
    }
}
