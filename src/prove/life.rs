//! One life of the process: everything that is in memory and gone after a crash.

use super::{air::Air, discord::APPLICATION, discord::BOT};
use crate::{
    discord::{
        executor::{self, Acknowledged, Executor},
        intake::{Intake, Place},
    },
    runtime::ground::{Ground, Reads},
};
use actors::kernel::{
    address::Address,
    answers::Route,
    call::Ticket,
    core::Core,
    effect::Instant,
    ids::{ApplicationId, GuildId, UserId},
    inbound::{EffectId, InputId},
    outbox::Sent,
    time::{Span, Timestamp},
    turn::Hosted,
};
use snapshots::{Batch, Bincode, Reader, Store};
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Where the pretended gateway is.
pub const GATEWAY: &str = "wss://gateway.example";

/// What else is in memory, for the drivers.
#[derive(Debug, Default)]
pub struct Aside {
    /// Now, on our clock.
    pub now: Timestamp,
    /// Discord's clock minus ours.
    pub offset: Span,
    /// Guilds the bot knows.
    pub guilds: BTreeSet<GuildId>,
    /// Answers that leave at once.
    pub instants: Vec<(Ticket, Instant)>,
    /// Interactions held back.
    pub judged: Vec<(Address, InputId, Ticket)>,
    /// Member lists to ask for again, and when.
    pub again: Vec<(Timestamp, GuildId, String)>,
    /// Gateway commands on their way.
    pub asked: Vec<(GuildId, String)>,
    /// Machines to wake.
    pub woken: BTreeSet<Address>,
    /// The shard is in step with Discord.
    pub connected: bool,
    /// Whether messages carry nonces.
    pub no_nonce: bool,
}

struct Inner {
    core: Mutex<Core<Bincode>>,
    reader: Arc<dyn Reader>,
    incarnation: u32,
    aside: Mutex<Aside>,
}

/// What the runtime's code stands on. Clones are the same.
#[derive(Clone)]
pub struct Here(Arc<Inner>);

impl Here {
    /// What else is in memory.
    pub fn aside(&self) -> MutexGuard<'_, Aside> {
        self.0.aside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reads for Here {
    fn core<T>(&self, work: impl FnOnce(&mut Core<Bincode>) -> T) -> T {
        let mut core = self.0.core.lock().unwrap_or_else(PoisonError::into_inner);
        let result = work(&mut core);
        let wakes = core.take_wakes();
        drop(core);
        self.aside().woken.extend(wakes);
        result
    }

    fn reader(&self) -> &dyn Reader {
        &*self.0.reader
    }
}

impl Ground for Here {
    fn incarnation(&self) -> u32 {
        self.0.incarnation
    }

    fn now(&self) -> Timestamp {
        self.aside().now
    }

    fn offset(&self) -> Span {
        self.aside().offset
    }

    fn guilds(&self) -> BTreeSet<GuildId> {
        self.aside().guilds.clone()
    }

    fn know_guild(&self, guild: GuildId) {
        self.aside().guilds.insert(guild);
    }

    fn forget_guild(&self, guild: GuildId) {
        self.aside().guilds.remove(&guild);
    }

    fn answer(&self, ticket: Ticket, instant: Instant) {
        self.aside().instants.push((ticket, instant));
    }

    fn circuit_is_open(&self, _: Address) -> bool {
        false
    }

    fn judge(&self, address: Address, id: InputId, ticket: Ticket) {
        self.aside().judged.push((address, id, ticket));
    }

    fn ask_again(&self, guild: GuildId, nonce: String, wait: Span) {
        let mut aside = self.aside();
        let due = aside.now + wait;
        aside.again.push((due, guild, nonce));
    }
}

impl executor::World for Here {
    fn incarnation(&self) -> u32 {
        self.0.incarnation
    }

    fn bot(&self) -> Option<UserId> {
        UserId::new(BOT)
    }

    fn application(&self) -> Option<ApplicationId> {
        ApplicationId::new(APPLICATION)
    }

    fn now(&self) -> Timestamp {
        self.aside().now
    }

    fn offset(&self) -> Span {
        self.aside().offset
    }

    fn answer_route(&self, ticket: &Ticket) -> Route {
        let (now, offset) = (Ground::now(self), Ground::offset(self));
        self.core(|core| core.answer_route(ticket, now, offset))
    }

    fn request_members(&self, guild: GuildId, nonce: &str) -> bool {
        let mut aside = self.aside();
        let connected = aside.connected;
        if connected {
            aside.asked.push((guild, nonce.to_owned()));
        }
        connected
    }

    fn nonces(&self) -> bool {
        !self.aside().no_nonce
    }
}

/// How something that was waited for ended.
#[derive(Debug)]
pub enum Landed {
    /// A job of the outbox.
    Sent(EffectId, Sent),
    /// An answer that nothing hangs on.
    Nothing,
    /// Whether somebody saw "thinking…".
    Judged(Address, InputId, Ticket, Acknowledged),
}

/// Something of the executor's that is under way.
pub struct Flight {
    /// For which effect.
    pub tag: Option<EffectId>,
    /// The executor at work.
    pub work: Pin<Box<dyn Future<Output = Landed> + Send>>,
}

/// The shard's connection.
#[derive(Debug)]
pub struct Link {
    /// Which of Discord's sessions.
    pub session: usize,
    /// The next frame, counted from 0.
    pub next: usize,
    /// The replay ends before this frame.
    pub until: usize,
    /// What comes is of the past.
    pub replaying: bool,
    /// A frame of this connection was taken in.
    pub continued: bool,
}

/// See the module docs.
pub struct Life {
    /// What the runtime's code stands on.
    pub here: Here,
    /// The real intake.
    pub intake: Intake<Here>,
    /// The real executor.
    pub executor: Arc<Executor>,
    /// REST calls under way.
    pub air: Air,
    /// The store.
    pub store: Box<dyn Store>,
    /// Machines that are awake.
    pub machines: BTreeMap<Address, Box<dyn Hosted>>,
    /// Executor work under way.
    pub flights: Vec<Flight>,
    /// The batch being written.
    pub writing: Option<Batch>,
    /// The connection, while there is one.
    pub link: Option<Link>,
    /// Events were noted as lost; READY need not say it again.
    pub lost: bool,
    /// Since when the shard has not been in step.
    pub behind_since: Option<Timestamp>,
    /// When to look at timers again.
    pub look_at: Timestamp,
    /// When the outbox driver looks again, whatever happens.
    pub send_at: Timestamp,
}

impl Life {
    /// A life around `core` on `store`.
    #[must_use]
    pub fn new(core: Core<Bincode>, store: Box<dyn Store>, aside: Aside, air: Air) -> Self {
        let incarnation = store.identity().incarnation;
        let now = aside.now;
        let here = Here(Arc::new(Inner {
            core: Mutex::new(core),
            reader: store.reader(),
            incarnation,
            aside: Mutex::new(aside),
        }));
        let place = Place {
            shard: 0,
            shards: 1,
            gateway: GATEWAY.to_owned(),
            application: ApplicationId::new(APPLICATION).expect("not zero"),
        };
        Self {
            intake: Intake::new(place, here.clone()),
            executor: Arc::new(Executor::new(Arc::new(air.clone()))),
            here,
            air,
            store,
            machines: BTreeMap::new(),
            flights: Vec::new(),
            writing: None,
            link: None,
            lost: false,
            behind_since: Some(now),
            look_at: now,
            send_at: Timestamp::EPOCH,
        }
    }
}
