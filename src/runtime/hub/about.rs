//! What the process knows about itself, for `/about`, `/setup` and the operator.

use super::*;

impl Hub {
    /// Where a shard stands.
    pub fn shard(&self, shard: u32) -> Option<ShardState> {
        lock(&self.shards).get(&shard).cloned()
    }

    /// All shards.
    pub fn shards(&self) -> BTreeMap<u32, ShardState> {
        lock(&self.shards).clone()
    }

    /// Says where a shard stands.
    pub fn set_shard(&self, shard: u32, gateway: Gateway, latency_ms: Option<u64>) {
        let now = self.clock.now();
        let mut shards = lock(&self.shards);
        let before = shards.get(&shard).and_then(|state| state.behind_since);
        let behind_since = match gateway {
            Gateway::Connected => None,
            Gateway::Offline | Gateway::Resuming => Some(before.unwrap_or(now)),
        };
        shards.insert(
            shard,
            ShardState {
                gateway,
                behind_since,
                latency_ms,
            },
        );
        drop(shards);
        self.timer_bell.notify_one();
    }

    /// The clock was turned on: whoever sleeps until some instant looks at it again.
    pub fn clock_turned(&self) {
        for bell in [&self.timer_bell, &self.send_bell] {
            bell.notify_one();
        }
    }

    /// Guilds with a row in the store.
    pub fn guilds(&self) -> BTreeSet<GuildId> {
        lock(&self.guilds).clone()
    }

    /// A guild is known from now on.
    pub fn know_guild(&self, guild: GuildId) {
        lock(&self.guilds).insert(guild);
    }

    /// A guild is no longer known.
    pub fn forget_guild(&self, guild: GuildId) {
        lock(&self.guilds).remove(&guild);
    }

    /// Changes what is said about the process in `/about`.
    pub fn set_facts(&self, change: impl FnOnce(&mut Process)) {
        change(&mut lock(&self.facts));
    }

    /// What the process knows about itself, as seen from `shard`.
    pub fn process(&self, shard: u32) -> Process {
        let mut facts = lock(&self.facts).clone();
        let now = self.clock.now();
        let state = self.shard(shard);
        let gateway = state
            .as_ref()
            .map_or(Gateway::Offline, |state| state.gateway);
        facts.gateway = gateway.word().to_owned();
        facts.gateway_ms = state.and_then(|state| state.latency_ms);
        let commit_us = self.meters.commit_us.load(Ordering::Relaxed);
        facts.commit_us = (commit_us > 0).then_some(commit_us);
        facts.clock_offset_ms = self.clock.known_offset();
        facts.guilds = lock(&self.guilds).len() as u64;
        facts.quarantined = self.reader.damaged().len() as u64;
        let inside = lock(&self.inside);
        let core = &inside.core;
        facts.shard = (shard, core.positions.shards());
        facts.store_lag_ms = core.store_lag(now).as_millis().max(0).unsigned_abs();
        facts.open_gaps = core.gaps.len() as u64;
        facts.gaps_total = core.process().gaps_total;
        facts.outbox = core.outbox_size().0 as u64;
        facts.dead_letters = core.dead_letter_count() as u64;
        facts.parked = core.counters.parked;
        facts
    }
}
