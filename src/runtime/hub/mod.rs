//! What all actors share: the core behind a lock that is never held over I/O, and the bells that
//! tell the drivers when there is something to do.

mod about;
mod ending;
mod look;
mod sinks;

pub use sinks::SinkState;

use super::{ground::Reads, meters::Meters};
use crate::clock::Clock;
use actors::kernel::{
    address::{Address, Scope},
    call::{Process, Ticket},
    core::Core,
    effect::Instant,
    ids::GuildId,
    time::{Span, Timestamp},
};
use ractor::{ActorId, ActorRef};
use snapshots::{Bincode, Reader};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::{Notify, mpsc, watch};

/// Inputs that may wait in all, and changes that are not durable, before shards stop taking in frames:
/// memory stays bounded however slow machines or the disk are. Signs of life count once per member.
pub const MAX_WAITING: usize = 20_480;
/// Shards go on when so few are left.
pub const FEW_WAITING: usize = 16_384;
/// Inputs that may wait for one machine; beyond that they are set aside, so that one broken guild
/// never holds back the rest.
pub const MAX_WAITING_FOR_ONE: usize = 2_000;

/// So many machines may be awake with nothing to do: an actor with its supervisor takes 14 KiB.
const AWAKE_AT_MOST: usize = 500;

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

impl Gateway {
    /// In a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Resuming => "resuming",
            Self::Connected => "connected",
        }
    }
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

/// The one actor that runs a machine at present.
#[derive(Debug)]
struct Seat {
    shell: ActorRef<Wake>,
    /// Who started it.
    supervisor: ActorId,
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
}

/// See the module docs.
pub struct Hub {
    inside: Mutex<Inside>,
    /// Too much waits: shards wait for room. Changed only under the lock.
    crowded: AtomicBool,
    /// Rung for the committer thread.
    pub(in crate::runtime) commit_bell: Condvar,
    /// Rung for the outbox driver.
    pub(in crate::runtime) send_bell: Notify,
    /// Rung for the timer driver.
    pub(in crate::runtime) timer_bell: Notify,
    /// Rings when what waits for sinks names somebody who is to be forgotten.
    pub forget_bell: Notify,
    /// Rung when a crowded ledger has room again, or the store works again.
    pub room: Notify,
    directory: Mutex<HashMap<Address, Seat>>,
    routers: Mutex<BTreeMap<u32, ActorRef<crate::runtime::router::Ask>>>,
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
    one_at_a_time: tokio::sync::Mutex<()>,
    durable: watch::Sender<u64>,
    intake_closed: AtomicBool,
    stopping: AtomicBool,
    stop_bell: Notify,
    op8: Mutex<BTreeMap<u32, mpsc::Sender<String>>>,
    circuits: Mutex<BTreeSet<Address>>,
    sinks: Mutex<BTreeMap<&'static str, SinkState>>,
    /// Trouble on purpose.
    #[cfg(feature = "sabotage")]
    pub sabotage: crate::runtime::sabotage::Sabotage,
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
        let meters = Meters::new(core.positions.shards());
        let asleep = Sleepers {
            commit: Timestamp::MAX,
            send: Timestamp::MAX,
            timer: Timestamp::MAX,
        };
        let hub = Self {
            inside: Mutex::new(Inside {
                core,
                sleepers: asleep,
            }),
            crowded: AtomicBool::new(false),
            commit_bell: Condvar::new(),
            send_bell: Notify::new(),
            timer_bell: Notify::new(),
            forget_bell: Notify::new(),
            room: Notify::new(),
            directory: Mutex::default(),
            routers: Mutex::default(),
            instants,
            reader,
            clock,
            tick,
            meters,
            shards: Mutex::default(),
            guilds: Mutex::default(),
            facts: Mutex::new(facts),
            store_down: AtomicBool::new(false),
            one_at_a_time: tokio::sync::Mutex::new(()),
            durable,
            intake_closed: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            stop_bell: Notify::new(),
            op8: Mutex::default(),
            circuits: Mutex::default(),
            sinks: Mutex::default(),
            #[cfg(feature = "sabotage")]
            sabotage: crate::runtime::sabotage::Sabotage::from_environment(),
        };
        (Arc::new(hub), outgoing)
    }

    /// See [`Reads::core`].
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
        let waiting = inside.core.unfinished();
        if waiting >= MAX_WAITING {
            self.crowded.store(true, Ordering::SeqCst);
        } else if waiting <= FEW_WAITING && self.crowded.load(Ordering::Relaxed) {
            self.crowded.store(false, Ordering::SeqCst);
            self.room.notify_waiters();
        }
    }

    /// Whether shards may hand in frames. When not, [`Hub::room`] rings once they may.
    pub fn has_room(&self) -> bool {
        !self.store_down.load(Ordering::Relaxed) && !self.has_too_much()
    }

    /// Whether shards wait because too much is not finished.
    pub fn has_too_much(&self) -> bool {
        self.crowded.load(Ordering::SeqCst)
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
    pub(in crate::runtime) fn commit_wait<T>(
        &self,
        mut ready: impl FnMut(&mut Core<Bincode>) -> Option<T>,
        deadline: impl Fn(&Core<Bincode>) -> Option<Timestamp>,
    ) -> Option<T> {
        let mut inside = lock(&self.inside);
        loop {
            let found = ready(&mut inside.core);
            let wakes = inside.core.take_wakes();
            if !wakes.is_empty() {
                drop(inside);
                for address in wakes {
                    self.wake(address);
                }
                inside = lock(&self.inside);
                if found.is_none() {
                    continue;
                }
            }
            if found.is_some() {
                inside.sleepers.commit = Timestamp::EPOCH;
                return found;
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
    pub(in crate::runtime) fn send_sleeps(&self) -> Option<Timestamp> {
        let mut inside = lock(&self.inside);
        if inside.core.has_sendable() {
            return Some(Timestamp::EPOCH);
        }
        let next = inside.core.next_send();
        inside.sleepers.send = next.unwrap_or(Timestamp::MAX);
        next
    }

    /// When the timer driver must look again; from now on it counts as asleep until then.
    pub(in crate::runtime) fn timer_sleeps(&self) -> Option<Timestamp> {
        let mut inside = lock(&self.inside);
        let next = inside.core.next_timer();
        inside.sleepers.timer = next.unwrap_or(Timestamp::MAX);
        next
    }

    /// Wakes a machine, starting its actor if need be.
    pub fn wake(&self, address: Address) {
        let awake = lock(&self.directory)
            .get(&address)
            .is_some_and(|seat| seat.shell.cast(Wake).is_ok());
        if !awake {
            let shard = address.guild_id().map_or(0, |guild| self.shard_of(guild));
            let routers = lock(&self.routers);
            // One that is not there yet, or no longer, wakes everybody who waits when it starts.
            // Another shard's must not: the machine would run twice.
            if let Some(router) = routers.get(&shard) {
                let _ = router.cast(crate::runtime::router::Ask::Activate(address));
            }
        }
    }

    /// The shard a guild belongs to.
    pub fn shard_of(&self, guild: GuildId) -> u32 {
        lock(&self.inside).core.positions.shard_of(guild)
    }

    /// A shell is at work for `address`. One that was before is not any more: see [`Hub::core_for`].
    pub(in crate::runtime) fn register(
        &self,
        address: Address,
        shell: ActorRef<Wake>,
        supervisor: ActorId,
    ) {
        lock(&self.directory).insert(address, Seat { shell, supervisor });
    }

    /// This shell no longer is.
    pub(in crate::runtime) fn unregister(&self, address: Address, shell: ActorId) {
        let mut directory = lock(&self.directory);
        if directory
            .get(&address)
            .is_some_and(|seat| seat.shell.get_id() == shell)
        {
            directory.remove(&address);
        }
    }

    /// Ends the actor of a machine, if one is at work; whatever waits for it starts another one from what the
    /// store holds.
    pub fn reload(&self, address: Address) {
        let seat = lock(&self.directory).remove(&address);
        if seat.is_some_and(|seat| seat.shell.drain().is_err()) {
            tracing::debug!(%address, "shell has ended by itself");
        }
    }

    /// A guild's supervisor is gone, and its shells with it: what waits for them starts them again.
    pub(in crate::runtime) fn orphaned(&self, scope: Scope, supervisor: ActorId) {
        lock(&self.directory).retain(|_, seat| seat.supervisor != supervisor);
        self.core(|core| core.all_asleep(scope));
    }

    /// Runs `work` on the core for this shell, unless another one runs its machine by now, or nobody
    /// does: `None`. An actor that was told to end may still be in the middle of a turn, on another
    /// thread, while the next one begins with the same input; only one of them may keep what it decides.
    pub(in crate::runtime) fn core_for<T>(
        &self,
        address: Address,
        shell: ActorId,
        work: impl FnOnce(&mut Core<Bincode>) -> T,
    ) -> Option<T> {
        self.core(|core| {
            // Looked up within the core's lock, so that it is still so when `work` is done.
            let seated = lock(&self.directory)
                .get(&address)
                .is_some_and(|seat| seat.shell.get_id() == shell);
            seated.then(|| work(core))
        })
    }

    /// Rings the committer's bell while nobody can be between looking and sleeping.
    pub(in crate::runtime) fn ring_committer(&self) {
        let _inside = lock(&self.inside);
        self.commit_bell.notify_one();
    }

    /// Machines take nothing until they are let go on.
    #[cfg(feature = "sabotage")]
    pub fn hold_machines(&self, held: bool) {
        self.sabotage.set_held(held);
        if !held {
            self.core(Core::wake_waiting);
        }
    }

    /// The shell at work for `address`.
    #[cfg(all(test, feature = "sabotage"))]
    pub(in crate::runtime) fn shell(&self, address: Address) -> Option<ActorRef<Wake>> {
        lock(&self.directory)
            .get(&address)
            .map(|seat| seat.shell.clone())
    }

    /// Whether so many machines are awake that those without work make room.
    pub(in crate::runtime) fn is_crowded(&self) -> bool {
        let most = AWAKE_AT_MOST;
        #[cfg(feature = "sabotage")]
        let most = self.sabotage.room(most);
        lock(&self.directory).len() > most
    }

    /// Addresses with a shell.
    pub fn awake(&self) -> Vec<Address> {
        lock(&self.directory).keys().copied().collect()
    }

    pub(in crate::runtime) fn set_router(
        &self,
        shard: u32,
        router: ActorRef<crate::runtime::router::Ask>,
    ) {
        lock(&self.routers).insert(shard, router);
    }

    /// Sends an answer that carries no decision.
    pub fn answer(&self, ticket: Ticket, instant: Instant) {
        // The receiver lives as long as the process; at shutdown nobody waits any more.
        let _ = self.instants.send(Outgoing { ticket, instant });
    }

    /// A machine fails all the time: what comes for it is set aside until it may try again.
    pub(in crate::runtime) fn open_circuit(&self, address: Address) {
        lock(&self.circuits).insert(address);
        let now = self.clock.now();
        self.core(|core| core.spool_waiting(address, "its machine fails all the time", now));
    }

    /// It may try again.
    pub(in crate::runtime) fn close_circuit(&self, address: Address) {
        lock(&self.circuits).remove(&address);
    }

    /// Whether what comes for this machine is set aside.
    pub fn circuit_is_open(&self, address: Address) -> bool {
        lock(&self.circuits).contains(&address)
    }

    /// The shard's way to send a gateway command.
    pub fn set_commands(&self, shard: u32, commands: mpsc::Sender<String>) {
        lock(&self.op8).insert(shard, commands);
    }

    /// Sends a gateway command on `guild`'s shard; `false` when it is not there, or busy.
    pub fn command(&self, guild: GuildId, json: String) -> bool {
        let shard = self.shard_of(guild);
        let connected = self
            .shard(shard)
            .is_some_and(|state| state.gateway == Gateway::Connected);
        connected
            && lock(&self.op8)
                .get(&shard)
                .is_some_and(|commands| commands.try_send(json).is_ok())
    }
}

impl Reads for Hub {
    fn core<T>(&self, work: impl FnOnce(&mut Core<Bincode>) -> T) -> T {
        Self::core(self, work)
    }

    fn reader(&self) -> &dyn Reader {
        &*self.reader
    }
}

/// A lock that survives a panic of another holder: what it guards is only changed by calls that
/// finish or leave it as it was.
pub(in crate::runtime) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
