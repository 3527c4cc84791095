//! The outbox driver: carries out what the core says may leave, and reports what became of it.

use super::{
    ground::{Ground, Reads},
    house::House,
    hub::{Hub, Outgoing},
};
use crate::{
    discord::executor::{Acknowledged, Executor, World},
    outside::Rosters,
};
use actors::kernel::{
    address::Address,
    answers::Route,
    call::Ticket,
    chore::Chore,
    core::Core,
    effect::{Instant, Outcome},
    ids::{ApplicationId, GuildId, UserId},
    inbound::InputId,
    outbox::{Job, Sent},
    time::{Span, Timestamp},
};
use snapshots::{Bincode, Reader};
use std::{collections::BTreeSet, pin::Pin, sync::Arc, time::Duration};
use tokio::sync::{mpsc, watch};
use twilight_gateway::Intents;

/// The longest sleep.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// What the executor may know of the rest of the bot.
pub struct Surroundings {
    /// The runtime.
    pub hub: Arc<Hub>,
    /// What lies beside the store.
    pub house: Arc<House>,
    /// Of the store.
    pub incarnation: u32,
    /// Who we are.
    pub bot: UserId,
    /// Our application.
    pub application: ApplicationId,
    /// What the shards ask for.
    pub intents: watch::Receiver<Intents>,
    /// Hands lists of accounts on, where there are places for them.
    pub rosters: Option<Rosters>,
    /// Whether messages carry nonces.
    #[cfg(feature = "sabotage")]
    pub nonces: bool,
}

impl World for Surroundings {
    fn incarnation(&self) -> u32 {
        self.incarnation
    }

    fn bot(&self) -> Option<UserId> {
        Some(self.bot)
    }

    fn application(&self) -> Option<ApplicationId> {
        Some(self.application)
    }

    fn answer_route(&self, ticket: &Ticket) -> Route {
        let now = self.hub.clock.now();
        self.hub
            .core(|core| core.answer_route(ticket, now, self.hub.clock.offset()))
    }

    fn now(&self) -> Timestamp {
        self.hub.clock.now()
    }

    fn offset(&self) -> Span {
        self.hub.clock.offset()
    }

    fn may_list_members(&self) -> bool {
        self.intents.borrow().contains(Intents::GUILD_MEMBERS)
    }

    fn request_members(&self, guild: GuildId, nonce: &str) -> bool {
        let command = serde_json::json!({
            "op": 8,
            "d": { "guild_id": guild.to_string(), "query": "", "limit": 0, "nonce": nonce },
        });
        self.hub.command(guild, command.to_string())
    }

    fn rosters(&self) -> Option<&Rosters> {
        self.rosters.as_ref()
    }

    fn chore(&self, chore: Chore) -> Pin<Box<dyn Future<Output = Sent> + Send + '_>> {
        let house = Arc::clone(&self.house);
        match chore {
            Chore::Erase { scope, user } => Box::pin(house.erase(scope, user, self.now())),
            Chore::Record { scope, user } => Box::pin(house.record_again(scope, user)),
            Chore::Reload { machine } => {
                self.hub.reload(machine);
                Box::pin(async { Sent::Done(Outcome::Done) })
            }
        }
    }

    #[cfg(feature = "sabotage")]
    fn nonces(&self) -> bool {
        self.nonces
    }
}

/// Everything that sends.
pub struct Sender {
    /// Carries out single jobs.
    pub executor: Executor,
    /// What it may know.
    pub world: Surroundings,
}

/// The running bot as the way in of events sees it.
#[derive(Clone)]
pub struct Live(pub Arc<Sender>);

impl Live {
    fn hub(&self) -> &Arc<Hub> {
        &self.0.world.hub
    }
}

impl Reads for Live {
    fn core<T>(&self, work: impl FnOnce(&mut Core<Bincode>) -> T) -> T {
        self.hub().core(work)
    }

    fn reader(&self) -> &dyn Reader {
        &*self.hub().reader
    }
}

impl Ground for Live {
    fn incarnation(&self) -> u32 {
        self.0.world.incarnation
    }

    fn now(&self) -> Timestamp {
        self.hub().clock.now()
    }

    fn offset(&self) -> Span {
        self.hub().clock.offset()
    }

    fn guilds(&self) -> BTreeSet<GuildId> {
        self.hub().guilds()
    }

    fn know_guild(&self, guild: GuildId) {
        self.hub().know_guild(guild);
    }

    fn forget_guild(&self, guild: GuildId) {
        self.hub().forget_guild(guild);
    }

    fn answer(&self, ticket: Ticket, instant: Instant) {
        self.hub().answer(ticket, instant);
    }

    fn circuit_is_open(&self, address: Address) -> bool {
        self.hub().circuit_is_open(address)
    }

    fn judge(&self, address: Address, id: InputId, ticket: Ticket) {
        tokio::spawn(judge(Arc::clone(&self.0), address, id, ticket));
    }

    fn ask_again(&self, guild: GuildId, nonce: String, wait: Span) {
        tokio::spawn(ask_again(Arc::clone(&self.0), guild, nonce, wait));
    }
}

/// Runs until the bot stops.
pub async fn drive(sender: Arc<Sender>) {
    let hub = Arc::clone(&sender.world.hub);
    while !hub.is_stopping() {
        let now = hub.clock.now();
        let shards = hub.shards();
        let behind = |shard| {
            let state = shards.get(&shard);
            state.map_or(Some(now), |state| state.behind_since)
        };
        let (jobs, overdue) =
            hub.core(|core| (core.poll_outbox(now, behind), core.overdue_answers(now)));
        for job in jobs {
            tokio::spawn(carry_out(Arc::clone(&sender), job));
        }
        for ticket in overdue {
            let sender = Arc::clone(&sender);
            tokio::spawn(async move {
                sender
                    .executor
                    .send_instant(&ticket, &Instant::Defer, Route::Callback)
                    .await;
            });
        }
        let pause = hub.send_sleeps().map_or(LOOK_EVERY, |next| {
            let ms = next
                .since(hub.clock.now())
                .as_millis()
                .max(0)
                .unsigned_abs();
            Duration::from_millis(ms).min(LOOK_EVERY)
        });
        tokio::select! {
            () = hub.send_bell.notified() => {}
            () = tokio::time::sleep(pause) => {}
            () = hub.stopped() => {}
        }
    }
}

async fn carry_out(sender: Arc<Sender>, job: Job) {
    let id = job.row.id;
    let sent = sender.executor.run(&job, &sender.world).await;
    tracing::debug!(effect = %id, what = job.row.effect.name(), ?sent, "effect carried out");
    let hub = &sender.world.hub;
    hub.core(|core| core.report(id, sent, hub.clock.now()));
}

/// Sends instant answers until nobody can make any more.
pub async fn answer(sender: Arc<Sender>, mut outgoing: mpsc::UnboundedReceiver<Outgoing>) {
    while let Some(Outgoing { ticket, instant }) = outgoing.recv().await {
        let sender = Arc::clone(&sender);
        tokio::spawn(async move {
            let route = sender.world.answer_route(&ticket);
            sender.executor.send_instant(&ticket, &instant, route).await;
        });
    }
}

/// How often [`ask_again`] looks at the clock.
const ASK_LOOK_EVERY: Duration = Duration::from_secs(1);

/// Discord gives a whole member list only so often: asks for it again after `wait`, as soon as the
/// guild's shard is connected.
pub async fn ask_again(sender: Arc<Sender>, guild: GuildId, nonce: String, wait: Span) {
    let hub = &sender.world.hub;
    let due = hub.clock.now() + wait;
    while hub.clock.now() < due || !sender.world.request_members(guild, &nonce) {
        let left = u64::try_from(due.since(hub.clock.now()).as_millis()).unwrap_or(0);
        let pause = if left == 0 {
            ASK_LOOK_EVERY
        } else {
            Duration::from_millis(left)
        };
        tokio::select! {
            () = tokio::time::sleep(pause.min(ASK_LOOK_EVERY)) => {}
            () = hub.stopped() => return,
        }
        if !sender.world.may_list_members() {
            return;
        }
    }
}

/// Finds out whether the author of a held interaction still waits, and lets it go on or drops it.
pub async fn judge(sender: Arc<Sender>, address: Address, id: InputId, ticket: Ticket) {
    let hub = &sender.world.hub;
    let age = (hub.clock.now() + hub.clock.offset()).since(ticket.interaction.created_at());
    let verdict = sender.executor.was_acknowledged(&ticket, age).await;
    let now = hub.clock.now();
    match verdict {
        Acknowledged::Yes => hub.core(|core| core.release(address, &id, &ticket, now)),
        Acknowledged::No | Acknowledged::Unknown => {
            tracing::warn!(%address, ?verdict, "an interaction of the past was seen to fail; dropped");
            hub.core(|core| core.drop_interaction(address, &id));
        }
    }
}
