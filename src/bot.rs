//! The bot, from start to stop: opens the store, learns who it is, brings the core up, and lets the
//! supervision tree run.

mod deciding;
mod erasing;
mod exports;
mod identity;
mod importing;
mod leaving;
pub(crate) mod load;
mod parts;
mod register;

use self::identity::Identity;
use crate::{
    clock::Clock,
    config::IntentSwitches,
    discord::{
        self,
        executor::Executor,
        intents::Plan,
        rest::{CALL_WITHIN, Rest, Settings},
    },
    outside,
    runtime::{
        Hub,
        committer::{Committer, Errands},
        house::House,
        outbox::{self, Sender, Surroundings},
        priority,
        root::{Root, RootAsk},
    },
    secret::Secret,
    watch::Subject,
};
use actors::kernel::{
    address::Scope,
    call::Process,
    core::{Core, Verdict},
    fact::LastSeen,
    ids::GuildId,
    own::Veiled,
    record::Key,
    time::{Span, Timestamp},
};
use ractor::{Actor as _, ActorRef};
use snapshots::{
    Bincode, DataDir, OpenFault, Reader, Started, Store,
    erasures::{Erasures, ErasuresFault},
    export::Keep,
};
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::sync::{oneshot, watch};

/// How long machines may take to work off what waits, at shutdown.
const DRAIN_PATIENCE: Duration = Duration::from_secs(10);
/// How long effects under way may take to report, at shutdown.
const SEND_PATIENCE: Duration = Duration::from_secs(3);

pub use erasing::ErasingFault;
pub use leaving::LeavingFault;

/// Everything a bot is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// The bot's token.
    pub token: Secret,
    /// `host:port` of a plain-HTTP API to use in Discord's place.
    pub proxy: Option<String>,
    /// Gateway to use instead of the one the API names.
    pub gateway_url: Option<String>,
    /// The data directory.
    pub data: PathBuf,
    /// Longest time a change waits for its commit when nobody waits for it.
    pub tick: Span,
    /// The store's cache.
    pub cache_bytes: u64,
    /// Number of shards; what Discord recommends when absent.
    pub shards: Option<u32>,
    /// Which privileged intents may be asked for.
    pub intents: IntentSwitches,
    /// How many exports stay.
    pub keep: Keep,
    /// Where lines about messages go.
    pub sinks: outside::Settings,
    /// How long data of a server that removed the bot is kept, in case it is invited again.
    pub keep_left: Span,
    /// How far its clock is ahead of the system's: nothing but in tests of what takes days.
    pub ahead: Span,
    /// Deliberate faults: only for tests that prove that tests would notice.
    #[cfg(feature = "sabotage")]
    pub sabotage: actors::kernel::core::Sabotage,
}

/// Why a bot did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartFault {
    /// Discord does not know the token.
    #[error("Discord does not accept the token; check DISCORD_TOKEN or the token file")]
    BadToken,
    /// The store does not open.
    #[error("the store does not open")]
    Store(#[from] OpenFault),
    /// The store opens but what the runtime needs cannot be read.
    #[error("the store cannot be read")]
    Read(#[from] snapshots::ReadFault),
    /// The list of who asked to be forgotten cannot be read: older copies of them could come back.
    #[error(transparent)]
    Erasures(#[from] ErasuresFault),
    /// Where lines go is not set up right.
    #[error("{0}")]
    Sinks(String),
    /// Discord cannot be reached or understood.
    #[error("could not {doing}: {why}")]
    Network {
        /// What was attempted.
        doing: &'static str,
        /// What went wrong.
        why: String,
    },
    /// The operating system refuses a thread or an actor.
    #[error("could not start {0}")]
    System(String),
}

/// How a bot ended by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The token is no longer accepted.
    BadToken,
    /// It cannot go on, in words.
    Failed(String),
}

/// A running bot.
pub struct Bot {
    hub: Arc<Hub>,
    house: Arc<House>,
    root: ActorRef<RootAsk>,
    committer: Committer,
    errands: Errands,
    data: DataDir,
    keep: Keep,
    keep_left: Span,
    rest: Arc<Rest>,
    ended: watch::Receiver<Option<Ended>>,
    deciding: Arc<tokio::sync::Mutex<()>>,
}

impl Bot {
    /// Starts the bot. Waits for Discord as long as it takes; drop the future to give up.
    ///
    /// # Errors
    /// See [`StartFault`].
    pub async fn start(options: Options) -> Result<Self, StartFault> {
        let clock = Arc::new(Clock::default());
        clock.turn_on(options.ahead);
        let store = open_store(&options, clock.now()).await?;
        Self::start_on(store, options, clock).await
    }

    /// As [`Bot::start`], with a store that is open already, and on a clock that a test may turn on.
    ///
    /// # Errors
    /// See [`StartFault`].
    pub async fn start_on(
        store: Box<dyn Store>,
        options: Options,
        clock: Arc<Clock>,
    ) -> Result<Self, StartFault> {
        discord::install_tls_provider();
        let data = DataDir::new(&options.data);
        let (store, loaded) = read_store(store).await?;
        let erasures = Erasures::open(&data)?;
        let rest = rest(&options, &clock);
        let identity = Identity::learn(&rest, &options).await?;
        if !clock.is_sane() {
            clock.trust();
        }
        let shards = options
            .shards
            .unwrap_or(identity.start.gateway.shards)
            .max(1);
        let plan = Plan::new(switches(options.intents), identity.start.application.flags);
        let now = clock.now();
        let (mut core, faults) = Core::load(Bincode, shards, &loaded.core, now);
        core.forgot(erasures.list().filter_map(in_guild));
        core.tell_questions_by(actors::registry::asks_about);
        load::report(&*store.reader(), &faults);
        core.counters.parked = loaded.parked;
        #[cfg(feature = "sabotage")]
        {
            core.sabotage = options.sabotage;
        }
        load::check_positions(
            &mut core,
            identity.application.get(),
            &identity.gateway,
            shards,
        );
        load::count_start(&mut core, now);
        let facts = facts(&plan, now);
        let (hub, outgoing) = Hub::new(core, store.reader(), clock, options.tick, facts);
        for guild in loaded.guilds {
            hub.know_guild(guild);
        }
        let sinks = outside::prepare(&hub, &options.sinks).map_err(StartFault::Sinks)?;
        let committer = Committer::start(Arc::clone(&hub), store)
            .map_err(|why| StartFault::System(format!("the committer thread: {why}")))?;
        let errands = committer.errands(&hub);
        let house = House::new(erasures, data.clone(), errands.clone());
        let (intents, asked) = watch::channel(plan.ask);
        let world = Surroundings {
            hub: Arc::clone(&hub),
            house: Arc::clone(&house),
            incarnation: loaded.core.incarnation,
            bot: identity.bot,
            application: identity.application,
            intents: asked,
            rosters: outside::Rosters::new(&hub, &sinks),
            #[cfg(feature = "sabotage")]
            nonces: !options.sabotage.no_nonce,
        };
        let executor = Executor::new(rest.clone());
        let sender = Arc::new(Sender { executor, world });
        tokio::spawn(outbox::answer(Arc::clone(&sender), outgoing));
        tokio::spawn(register::keep(
            Arc::clone(&rest),
            Arc::clone(&hub),
            identity.application,
        ));
        let (over, ended) = watch::channel(None);
        let mut parts = parts::parts(&options, &identity, shards, intents, &sender, &over);
        parts.extend(parts::sinks(&hub, sinks, options.sinks.spool_bytes));
        let (root, _) = Root::spawn(None, Root, (Arc::clone(&hub), parts))
            .await
            .map_err(|why| StartFault::System(format!("the root supervisor: {why}")))?;
        exports::keep(errands.clone(), &hub, &data, options.keep);
        leaving::keep(Arc::clone(&hub), data.clone(), options.keep_left);
        erasing::keep(Arc::clone(&house), Arc::clone(&hub), data.clone());
        Ok(Self {
            hub,
            house,
            root,
            committer,
            errands,
            data,
            keep: options.keep,
            keep_left: options.keep_left,
            rest,
            ended,
            deciding: Arc::default(),
        })
    }

    /// Resolves when the bot ends by itself.
    pub async fn ended(&self) -> Ended {
        let mut ended = self.ended.clone();
        let mut look = tokio::time::interval(Duration::from_secs(1));
        loop {
            tokio::select! {
                changed = ended.changed() => {
                    let end = ended.borrow_and_update().clone();
                    match (changed, end) {
                        (_, Some(end)) => return end,
                        (Err(_), None) => return Ended::Failed("the shards are gone".into()),
                        (Ok(()), None) => {}
                    }
                }
                _ = look.tick() => {
                    if self.rest.token_is_bad() {
                        return Ended::BadToken;
                    }
                    if self.committer.is_finished() {
                        return Ended::Failed("the committer thread has ended".into());
                    }
                }
            }
        }
    }

    /// Ends the bot: no more intake, everything that waits is worked off, the last batch is
    /// written, the sessions are left resumable, an export is taken if anything changed.
    pub async fn stop(self) {
        tracing::info!("stopping");
        self.hub.close_intake();
        // Everything accepted is decided, durable and sent.
        wait_until(DRAIN_PATIENCE, || self.hub.core(|core| core.decided())).await;
        wait_until(SEND_PATIENCE, || {
            self.hub.core(|core| core.outbox_size().0) == 0
        })
        .await;
        // An end in good order is progress.
        self.hub.core(|core| {
            let process = core.process().clone();
            let process = actors::kernel::stored::ProcessRecord {
                starts_without_progress: 0,
                ..process
            };
            core.set_process(process, self.hub.clock.now());
        });
        self.hub.stop();
        self.root
            .drain_and_wait(Some(Duration::from_secs(5)))
            .await
            .unwrap_or_else(|why| {
                tracing::debug!(%why, "supervision tree did not end in time");
            });
        let Self {
            hub,
            committer,
            data,
            keep,
            ..
        } = self;
        let last = move || {
            let Some(mut store) = committer.join() else {
                return;
            };
            exports::at_shutdown(&hub, &mut *store, &data, keep);
            if let Err(fault) = store.close() {
                tracing::warn!(%fault, "store did not close cleanly; everything committed is durable");
            }
        };
        if let Err(why) = tokio::task::spawn_blocking(last).await {
            tracing::error!(%why, "the store was not closed");
        }
        tracing::info!("stopped");
    }

    /// Reads of the live store.
    pub fn reader(&self) -> Arc<dyn Reader> {
        Arc::clone(&self.hub.reader)
    }

    /// The runtime, for the admin socket and tests.
    pub const fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    /// A way to do something with the store between two batches.
    pub const fn errands(&self) -> &Errands {
        &self.errands
    }

    /// Carries out what a person decided about something set aside, in a task of its own; `reply` gets
    /// what was done once it is durable, or why not, in words.
    pub fn decide(
        &self,
        key: Key,
        verdict: Verdict,
        reply: oneshot::Sender<Result<String, String>>,
    ) {
        let (hub, one_at_a_time) = (Arc::clone(&self.hub), Arc::clone(&self.deciding));
        tokio::spawn(async move {
            let _turn = one_at_a_time.lock().await;
            // Whoever asked may have gone; it is decided all the same.
            let _ = reply.send(deciding::decide(&hub, key, verdict).await);
        });
    }

    /// Hands what another bot recorded to a guild's presence tracker, in a task of its own; `reply` hears when it
    /// is durable, or why nothing was done, in words.
    pub fn import(
        &self,
        guild: GuildId,
        last_seen: Vec<LastSeen>,
        reply: oneshot::Sender<Result<(), String>>,
    ) {
        let hub = Arc::clone(&self.hub);
        tokio::spawn(async move {
            let _ = reply.send(importing::import(&hub, guild, last_seen).await);
        });
    }

    /// Removes everything that is left of members who have asked to be forgotten so far: from exports, and
    /// from unused parts of the store. It happens by itself within a day.
    ///
    /// # Errors
    /// See [`ErasingFault`]; it is tried again by itself.
    pub async fn remove_copies(&self) -> Result<(), ErasingFault> {
        erasing::remove_all(&self.house, &self.hub, &self.data).await
    }

    /// Says farewell to servers that removed the bot so long ago that they are forgotten. It happens by itself
    /// every hour.
    ///
    /// # Errors
    /// See [`LeavingFault`]; it is tried again by itself.
    pub async fn say_farewell(&self) -> Result<(), LeavingFault> {
        leaving::look(&self.hub, &self.data, self.keep_left).await
    }

    /// What an observer looks at.
    pub fn subject(&self) -> Subject {
        Subject {
            hub: Arc::clone(&self.hub),
            rest: Arc::clone(&self.rest),
            data: self.data.clone(),
        }
    }

    /// Numbers as in `/about`.
    pub fn status(&self) -> Process {
        self.hub.process(0)
    }
}

/// Those that are not to be recorded; a person's own machine forgets only what was.
const fn in_guild((scope, veiled, _): (Scope, Veiled, Timestamp)) -> Option<(Scope, Veiled)> {
    match scope {
        Scope::Guild(_) => Some((scope, veiled)),
        Scope::User(_) => None,
    }
}

fn rest(options: &Options, clock: &Arc<Clock>) -> Arc<Rest> {
    let clock = Arc::clone(clock);
    Arc::new(Rest::new(Settings {
        token: options.token.clone(),
        proxy: options.proxy.clone(),
        call_within: CALL_WITHIN,
        on_date: Box::new(move |date| clock.learn(date)),
    }))
}

/// What the features want, as far as the operator allows it.
fn switches(allowed: IntentSwitches) -> discord::intents::Switches {
    use crate::config::Switch::Auto;
    discord::intents::Switches {
        members: allowed.members == Auto,
        presences: allowed.presences == Auto,
        message_content: allowed.message_content == Auto,
    }
}

async fn open_store(
    options: &Options,
    now: actors::kernel::time::Timestamp,
) -> Result<Box<dyn Store>, StartFault> {
    let data = DataDir::new(&options.data);
    let mut settings = snapshots::Options::new(fastrand::u32(1..), now);
    settings.cache_bytes = options.cache_bytes;
    let opening = tokio::task::spawn_blocking(move || {
        // The store's own threads inherit it.
        priority::yield_to_others();
        snapshots::open(&data, &settings)
    });
    let opened = opening.await.map_err(|why| lost_thread(&why))??;
    report_start(&opened.started);
    Ok(opened.store)
}

async fn read_store(
    store: Box<dyn Store>,
) -> Result<(Box<dyn Store>, load::LoadedStore), StartFault> {
    let reading = tokio::task::spawn_blocking(move || {
        let loaded = load::read(&*store.reader(), &*store)?;
        Ok((store, loaded))
    });
    reading.await.map_err(|why| lost_thread(&why))?
}

fn lost_thread(why: &tokio::task::JoinError) -> StartFault {
    StartFault::System(format!("the store: {why}"))
}

/// What an operator must hear about how the store opened.
fn report_start(started: &Started) {
    if let Some(lost) = &started.rolled_back {
        let (acknowledged, found) = (lost.acknowledged, lost.found);
        tracing::error!(
            acknowledged,
            found,
            "the store lost epochs that were durable: the disk lied or was tampered with; going on from what is there"
        );
    }
    if started.recounted {
        tracing::warn!("the store's record of its own progress was damaged; counted again");
    }
    if let Some(from) = started.upgraded_from {
        tracing::info!(
            from,
            "store upgraded; an export of the older format was made first"
        );
    }
}

fn facts(plan: &Plan, now: actors::kernel::time::Timestamp) -> Process {
    Process {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: crate::build_info::commit().to_owned(),
        started_at: now,
        missing_intents: plan.missing.iter().map(|name| (*name).to_owned()).collect(),
        tzdata: actors::kernel::civil::tzdata_version().to_owned(),
        ..Process::default()
    }
}

/// Looks until `done`, at most for `patience`.
async fn wait_until(patience: Duration, done: impl Fn() -> bool) {
    let end = tokio::time::Instant::now() + patience;
    while !done() && tokio::time::Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
