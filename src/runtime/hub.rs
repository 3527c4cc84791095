//! What all actors share: the core behind a lock that is never held over I/O, and the bells that
//! tell the drivers when there is something to do.

use crate::clock::Clock;
use actors::kernel::{
    address::{Address, Scope},
    call::{Process, Ticket},
    core::Core,
    effect::Instant,
    ids::GuildId,
    time::{Span, Timestamp},
};
use ractor::ActorRef;
use snapshots::{Bincode, Reader};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};
use tokio::sync::{Notify, mpsc, watch};

/// Inputs that may wait in all before shards stop taking in frames.
pub const MAX_WAITING: usize = 8_192;
/// Shards go on when so few are left.
pub const FEW_WAITING: usize = 2_048;
/// Inputs that may wait for one machine; beyond that they are set aside, so that one broken guild
/// never holds back the rest.
pub const MAX_WAITING_FOR_ONE: usize = 2_000;

/// After early ends, this many inputs are handled with care.
const CAREFUL_INPUTS: u64 = 1_000;

/// Wakes a machine.
#[derive(Debug)]
pub struct Wake;

/// An instant answer on its way out.
#[derive(Debug)]
pub struct Outgoing {
    /// Whom to answer.
    pub ticket: Ticket,
    /// What to say.
    pub instant: Instant,
}

/// Where one shard's connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gateway {
    /// Not connected.
    Offline,
    /// Connected, events of the past are coming in.
    Resuming,
    /// Connected and up to date.
    Connected,
}

/// A shard as others see it.
#[derive(Clone, Debug)]
pub struct ShardState {
    /// Where its connection stands.
    pub gateway: Gateway,
    /// Since when it is not in step with Discord; `None` when it is.
    pub behind_since: Option<Timestamp>,
    /// Heartbeat round trip in milliseconds.
    pub latency_ms: Option<u64>,
}

/// When each driver will look again by itself.
#[derive(Debug)]
struct Sleepers {
    commit: Timestamp,
    send: Timestamp,
    timer: Timestamp,
}

/// What the lock guards.
#[derive(Debug)]
struct Inside {
    core: Core<Bincode>,
    sleepers: Sleepers,
    /// Full: shards wait for room.
    crowded: bool,
}

/// Numbers of the runtime itself, since the process started.
#[derive(Debug, Default)]
pub struct Meters {
    /// Actors started again after a panic.
    pub restarts: AtomicU64,
    /// Frames that did not decode.
    pub undecodable: AtomicU64,
    /// Duration of a recent commit in microseconds (moving average).
    pub commit_us: AtomicU64,
    /// Gateway connections made.
    pub connections: AtomicU64,
}

/// See the module docs.
pub struct Hub {
    inside: Mutex<Inside>,
    /// Rung for the committer thread.
    pub(super) commit_bell: Condvar,
    /// Rung for the outbox driver.
    pub(super) send_bell: Notify,
    /// Rung for the timer driver.
    pub(super) timer_bell: Notify,
    /// Rung when a crowded ledger has room again, or the store works again.
    pub room: Notify,
    directory: Mutex<HashMap<Address, ActorRef<Wake>>>,
    routers: Mutex<BTreeMap<u32, ActorRef<super::router::Ask>>>,
    instants: mpsc::UnboundedSender<Outgoing>,
    /// The store, for reading.
    pub reader: Arc<dyn Reader>,
    /// The time line.
    pub clock: Arc<Clock>,
    /// Longest time a change waits for its commit when nobody waits for it.
    pub tick: Span,
    /// Numbers for people.
    pub meters: Meters,
    shards: Mutex<BTreeMap<u32, ShardState>>,
    guilds: Mutex<BTreeSet<GuildId>>,
    facts: Mutex<Process>,
    store_down: AtomicBool,
    careful_for: AtomicU64,
    one_at_a_time: tokio::sync::Mutex<()>,
    durable: watch::Sender<u64>,
    intake_closed: AtomicBool,
    stopping: AtomicBool,
    stop_bell: Notify,
    op8: Mutex<BTreeMap<u32, mpsc::UnboundedSender<String>>>,
}

impl Hub {
    /// Puts everything together; instant answers come out of the returned channel.
    pub fn new(
        core: Core<Bincode>,
        reader: Arc<dyn Reader>,
        clock: Arc<Clock>,
        tick: Span,
        facts: Process,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<Outgoing>) {
        let (instants, outgoing) = mpsc::unbounded_channel();
        let (durable, _) = watch::channel(core.durable_until());
        let asleep = Sleepers {
            commit: Timestamp::MAX,
            send: Timestamp::MAX,
            timer: Timestamp::MAX,
        };
        let hub = Self {
            inside: Mutex::new(Inside {
                core,
                sleepers: asleep,
                crowded: false,
            }),
            commit_bell: Condvar::new(),
            send_bell: Notify::new(),
            timer_bell: Notify::new(),
            room: Notify::new(),
            directory: Mutex::default(),
            routers: Mutex::default(),
            instants,
            reader,
            clock,
            tick,
            meters: Meters::default(),
            shards: Mutex::default(),
            guilds: Mutex::default(),
            facts: Mutex::new(facts),
            store_down: AtomicBool::new(false),
            careful_for: AtomicU64::new(0),
            one_at_a_time: tokio::sync::Mutex::new(()),
            durable,
            intake_closed: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            stop_bell: Notify::new(),
            op8: Mutex::default(),
        };
        (Arc::new(hub), outgoing)
    }

    /// Runs `work` on the core, then wakes whom it made work for. Never block inside.
    pub fn core<T>(&self, work: impl FnOnce(&mut Core<Bincode>) -> T) -> T {
        let mut inside = lock(&self.inside);
        let result = work(&mut inside.core);
        let wakes = inside.core.take_wakes();
        self.ring(&mut inside);
        drop(inside);
        for address in wakes {
            self.wake(address);
        }
        result
    }

    /// Rings the bell of each driver whose next look is later than the core wants.
    fn ring(&self, inside: &mut Inside) {
        let commit = if inside.core.urgent() {
            Timestamp::EPOCH
        } else {
            inside.core.next_commit(self.tick).unwrap_or(Timestamp::MAX)
        };
        if commit < inside.sleepers.commit {
            inside.sleepers.commit = commit;
            self.commit_bell.notify_one();
        }
        if inside.core.has_sendable()
            || inside
                .core
                .next_send()
                .is_some_and(|at| at < inside.sleepers.send)
        {
            inside.sleepers.send = Timestamp::EPOCH;
            self.send_bell.notify_one();
        }
        if inside
            .core
            .next_timer()
            .is_some_and(|at| at < inside.sleepers.timer)
        {
            inside.sleepers.timer = Timestamp::EPOCH;
            self.timer_bell.notify_one();
        }
        let waiting = inside.core.waiting();
        if inside.crowded && waiting <= FEW_WAITING {
            inside.crowded = false;
            self.room.notify_waiters();
        } else if waiting >= MAX_WAITING {
            inside.crowded = true;
        }
    }

    /// Whether shards may hand in frames. When not, [`Hub::room`] rings once they may.
    pub fn has_room(&self) -> bool {
        !self.store_down.load(Ordering::Relaxed) && !lock(&self.inside).crowded
    }

    /// The committer says whether the store takes batches.
    pub fn set_store_down(&self, down: bool) {
        if self.store_down.swap(down, Ordering::Relaxed) && !down {
            self.room.notify_waiters();
        }
    }

    /// Whether the store refuses batches at the moment.
    pub fn store_is_down(&self) -> bool {
        self.store_down.load(Ordering::Relaxed)
    }

    /// Waits on the commit bell until `until` or a ring; for the committer thread.
    pub(super) fn commit_wait<T>(
        &self,
        mut ready: impl FnMut(&mut Core<Bincode>) -> Option<T>,
        deadline: impl Fn(&Core<Bincode>) -> Option<Timestamp>,
    ) -> Option<T> {
        let mut inside = lock(&self.inside);
        loop {
            if let Some(found) = ready(&mut inside.core) {
                inside.sleepers.commit = Timestamp::EPOCH;
                return Some(found);
            }
            if self.is_stopping() {
                return None;
            }
            let until = deadline(&inside.core).unwrap_or(Timestamp::MAX);
            inside.sleepers.commit = until;
            let pause = until
                .since(self.clock.now())
                .as_millis()
                .clamp(1, 60_000)
                .unsigned_abs();
            let pause = std::time::Duration::from_millis(pause);
            inside = self
                .commit_bell
                .wait_timeout(inside, pause)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// When the outbox driver must look again; from now on it counts as asleep until then.
    pub(super) fn send_sleeps(&self) -> Option<Timestamp> {
        let mut inside = lock(&self.inside);
        if inside.core.has_sendable() {
            return Some(Timestamp::EPOCH);
        }
        let next = inside.core.next_send();
        inside.sleepers.send = next.unwrap_or(Timestamp::MAX);
        next
    }

    /// When the timer driver must look again; from now on it counts as asleep until then.
    pub(super) fn timer_sleeps(&self) -> Option<Timestamp> {
        let mut inside = lock(&self.inside);
        let next = inside.core.next_timer();
        inside.sleepers.timer = next.unwrap_or(Timestamp::MAX);
        next
    }

    /// Wakes a machine, starting its actor if need be.
    pub fn wake(&self, address: Address) {
        let awake = lock(&self.directory)
            .get(&address)
            .is_some_and(|shell| shell.cast(Wake).is_ok());
        if !awake {
            let shard = address.guild_id().map_or(0, |guild| self.shard_of(guild));
            let routers = lock(&self.routers);
            let router = routers.get(&shard).or_else(|| routers.values().next());
            if let Some(router) = router {
                // A router that is gone is being restarted, and wakes everybody who waits then.
                let _ = router.cast(super::router::Ask::Activate(address));
            }
        }
    }

    /// The shard a guild belongs to.
    pub fn shard_of(&self, guild: GuildId) -> u32 {
        lock(&self.inside).core.positions.shard_of(guild)
    }

    /// A shell is at work for `address`.
    pub(super) fn register(&self, address: Address, shell: ActorRef<Wake>) {
        lock(&self.directory).insert(address, shell);
    }

    /// It no longer is.
    pub(super) fn unregister(&self, address: Address) {
        lock(&self.directory).remove(&address);
    }

    /// A guild's supervisor is gone, and its shells with it: what waits for them starts them again.
    pub(super) fn orphaned(&self, scope: Scope) {
        let orphans: Vec<Address> = lock(&self.directory)
            .keys()
            .copied()
            .filter(|address| address.scope == scope)
            .collect();
        for address in orphans {
            self.unregister(address);
        }
        self.core(|core| core.all_asleep(scope));
    }

    /// Rings the committer's bell while nobody can be between looking and sleeping.
    pub(super) fn ring_committer(&self) {
        let _inside = lock(&self.inside);
        self.commit_bell.notify_one();
    }

    /// Addresses with a shell.
    pub fn awake(&self) -> Vec<Address> {
        lock(&self.directory).keys().copied().collect()
    }

    pub(super) fn set_router(&self, shard: u32, router: ActorRef<super::router::Ask>) {
        lock(&self.routers).insert(shard, router);
    }

    /// Sends an answer that carries no decision.
    pub fn answer(&self, ticket: Ticket, instant: Instant) {
        // The receiver lives as long as the process; at shutdown nobody waits any more.
        let _ = self.instants.send(Outgoing { ticket, instant });
    }

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

    /// Guilds with a row in the store.
    pub fn guilds(&self) -> BTreeSet<GuildId> {
        lock(&self.guilds).clone()
    }

    /// A guild is known from now on.
    pub fn know_guild(&self, guild: GuildId) {
        lock(&self.guilds).insert(guild);
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
        facts.gateway = match state.as_ref().map(|state| state.gateway) {
            Some(Gateway::Connected) => "connected",
            Some(Gateway::Resuming) => "resuming",
            Some(Gateway::Offline) | None => "offline",
        }
        .to_owned();
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

    /// The shard's way to send a gateway command.
    pub fn set_commands(&self, shard: u32, commands: mpsc::UnboundedSender<String>) {
        lock(&self.op8).insert(shard, commands);
    }

    /// Sends a gateway command on `guild`'s shard; `false` when it is not there.
    pub fn command(&self, guild: GuildId, json: String) -> bool {
        let shard = self.shard_of(guild);
        let connected = self
            .shard(shard)
            .is_some_and(|state| state.gateway == Gateway::Connected);
        connected
            && lock(&self.op8)
                .get(&shard)
                .is_some_and(|commands| commands.send(json).is_ok())
    }

    /// Whether the bot is shutting down.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// Shards take in nothing more from here on, and close so that their sessions live on.
    pub fn close_intake(&self) {
        self.intake_closed.store(true, Ordering::SeqCst);
        self.stop_bell.notify_waiters();
    }

    /// Whether [`Hub::close_intake`] was called.
    pub fn intake_is_closed(&self) -> bool {
        self.intake_closed.load(Ordering::SeqCst)
    }

    /// Resolves when [`Hub::close_intake`] was called.
    pub async fn intake_closed(&self) {
        loop {
            let rung = self.stop_bell.notified();
            if self.intake_closed.load(Ordering::SeqCst) {
                return;
            }
            rung.await;
        }
    }

    /// One input at a time from here on, each noted before it is handled: the last lives ended early.
    pub fn be_careful(&self) {
        self.careful_for.store(CAREFUL_INPUTS, Ordering::SeqCst);
    }

    /// Whether care is taken; counts this input.
    pub(super) fn is_careful(&self) -> bool {
        let count = |left: u64| left.checked_sub(1);
        self.careful_for
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, count)
            .is_ok()
    }

    /// Held while one input is handled with care.
    pub(super) const fn one_at_a_time(&self) -> &tokio::sync::Mutex<()> {
        &self.one_at_a_time
    }

    /// Resolves when everything absorbed so far is durable.
    pub async fn all_durable(&self) {
        let epoch = self.core(|core| core.gathering());
        let mut durable = self.durable.subscribe();
        // The sender lives as long as the hub.
        let _ = durable.wait_for(|number| *number >= epoch).await;
    }

    /// The committer says what is durable.
    pub(super) fn set_durable(&self, epoch: u64) {
        self.durable.send_replace(epoch);
    }

    /// Begins the shutdown of whatever listens.
    pub fn stop(&self) {
        self.intake_closed.store(true, Ordering::SeqCst);
        self.stopping.store(true, Ordering::SeqCst);
        let _inside = lock(&self.inside);
        self.commit_bell.notify_all();
        self.stop_bell.notify_waiters();
    }

    /// Resolves when [`Hub::stop`] was called.
    pub async fn stopped(&self) {
        loop {
            let rung = self.stop_bell.notified();
            if self.is_stopping() {
                return;
            }
            rung.await;
        }
    }
}

/// A lock that survives a panic of another holder: what it guards is only changed by calls that
/// finish or leave it as it was.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
