//! The guild supervisor: starts a guild's shells, starts them again when they fail, and lets them
//! go when they have been idle for a while.
//!
//! The default reaction of ractor to the end of a child is to end too; here nothing but an idle
//! guild ends a supervisor.

use super::{
    hub::Hub,
    restart::Restarts,
    shell::{Arguments, Shell},
};
use actors::kernel::address::{Address, Scope};
use ractor::{Actor, ActorId, ActorProcessingErr, ActorRef, SupervisionEvent};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

/// A shell that had nothing to do for this long is let go. What it knows is in the store.
const IDLE_AFTER: Duration = Duration::from_secs(300);
/// How often to look for idle ones.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// The same when there are too many of them; longer than a turn takes.
const IDLE_IN_A_CROWD: Duration = Duration::from_millis(100);
/// How long to wait before a machine is started again that the store could not serve.
const STORE_PAUSE: Duration = Duration::from_millis(500);

/// What a guild supervisor is asked.
#[derive(Debug)]
pub enum GuildAsk {
    /// Something waits for this machine: let it run.
    Activate(Address),
    /// A pause after a failure is over.
    Again(Address),
    /// Look for idle shells.
    LookForIdle,
    /// Too many machines are awake everywhere, and this one has nothing to do since the time that is given.
    MakeRoom(Address, i64),
}

struct Child {
    shell: ActorRef<super::hub::Wake>,
    last_active: Arc<AtomicI64>,
    /// It was told to finish; no new work.
    leaving: bool,
}

/// The supervisor's books.
pub struct Books {
    hub: Arc<Hub>,
    scope: Scope,
    children: BTreeMap<Address, Child>,
    by_actor: BTreeMap<ActorId, Address>,
    restarts: BTreeMap<Address, Restarts>,
    /// Nothing is awake here any more: the next wake-up starts another supervisor.
    ending: bool,
}

/// The actor.
pub struct GuildSupervisor;

impl Actor for GuildSupervisor {
    type Msg = GuildAsk;
    type State = Books;
    type Arguments = (Arc<Hub>, Scope);

    async fn pre_start(
        &self,
        myself: ActorRef<GuildAsk>,
        (hub, scope): (Arc<Hub>, Scope),
    ) -> Result<Books, ActorProcessingErr> {
        myself.send_interval(patience(&hub, LOOK_EVERY), || GuildAsk::LookForIdle);
        Ok(Books {
            hub,
            scope,
            children: BTreeMap::new(),
            by_actor: BTreeMap::new(),
            restarts: BTreeMap::new(),
            ending: false,
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<GuildAsk>,
        ask: GuildAsk,
        books: &mut Books,
    ) -> Result<(), ActorProcessingErr> {
        if books.ending {
            // The router finds out what waits when this supervisor has ended.
            return Ok(());
        }
        match ask {
            GuildAsk::Activate(address) => books.activate(&myself, address).await,
            // Whatever waits wakes the machine, and that activates it.
            GuildAsk::Again(address) => {
                books.hub.close_circuit(address);
                books.hub.core(|core| core.asleep(address));
            }
            GuildAsk::LookForIdle => {
                books.let_idle_go(patience(&books.hub, IDLE_AFTER));
                books.end_if_empty(&myself);
            }
            GuildAsk::MakeRoom(address, since) => books.make_room(address, since),
        }
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<GuildAsk>,
        event: SupervisionEvent,
        books: &mut Books,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            SupervisionEvent::ActorFailed(cell, why) => {
                if let Some(address) = books.gone(cell.get_id()) {
                    books.failed(&myself, address, &why.to_string());
                }
            }
            SupervisionEvent::ActorTerminated(cell, ..) => {
                if let Some(address) = books.gone(cell.get_id()) {
                    books.hub.core(|core| core.asleep(address));
                }
            }
            _ => {}
        }
        if books.hub.is_crowded() {
            books.end_if_empty(&myself);
        }
        Ok(())
    }
}

impl Books {
    async fn activate(&mut self, myself: &ActorRef<GuildAsk>, address: Address) {
        if let Some(child) = self.children.get(&address) {
            // A shell that is leaving wakes itself again when it has left.
            if !child.leaving && child.shell.cast(super::hub::Wake).is_err() {
                tracing::debug!(%address, "shell is ending");
            }
            return;
        }
        let last_active = Arc::new(AtomicI64::new(self.hub.clock.now().millis()));
        let arguments = Arguments {
            address,
            hub: Arc::clone(&self.hub),
            supervisor: myself.clone(),
            last_active: Arc::clone(&last_active),
        };
        match Actor::spawn_linked(None, Shell, arguments, myself.get_cell()).await {
            Ok((shell, _)) => {
                self.by_actor.insert(shell.get_id(), address);
                self.children.insert(
                    address,
                    Child {
                        shell,
                        last_active,
                        leaving: false,
                    },
                );
            }
            Err(why) => self.failed(myself, address, &why.to_string()),
        }
    }

    fn gone(&mut self, actor: ActorId) -> Option<Address> {
        let address = self.by_actor.remove(&actor)?;
        self.children.remove(&address);
        self.hub.unregister(address, actor);
        Some(address)
    }

    fn failed(&mut self, myself: &ActorRef<GuildAsk>, address: Address, why: &str) {
        if self.hub.store_is_down() {
            // Not its fault, and no use before the store works again.
            myself.send_after(STORE_PAUSE, move || GuildAsk::Again(address));
            return;
        }
        let now = Instant::now();
        let restarts = self.restarts.entry(address).or_default();
        let pause = restarts.failed(now);
        if restarts.circuit_open(now) {
            self.hub.open_circuit(address);
        }
        self.hub.meters.restarts.up();
        tracing::error!(%address, why, ?pause, "machine failed; starting it again");
        myself.send_after(pause, move || GuildAsk::Again(address));
    }

    fn let_idle_go(&mut self, patience: Duration) {
        let patience = i64::try_from(patience.as_millis()).unwrap_or(i64::MAX);
        let long_ago = self.hub.clock.now().millis().saturating_sub(patience);
        for (address, child) in &mut self.children {
            if child.last_active.load(Ordering::Relaxed) < long_ago {
                child.let_go(&self.hub, *address);
            }
        }
    }

    fn make_room(&mut self, address: Address, since: i64) {
        if let Some(child) = self.children.get_mut(&address)
            && child.last_active.load(Ordering::Relaxed) == since
        {
            child.let_go(&self.hub, address);
        }
        self.let_idle_go(IDLE_IN_A_CROWD);
    }

    fn end_if_empty(&mut self, myself: &ActorRef<GuildAsk>) {
        let now = Instant::now();
        self.restarts
            .retain(|_, restarts| !restarts.is_healthy(now));
        if !self.ending && self.children.is_empty() && self.restarts.is_empty() {
            tracing::debug!(scope = ?self.scope, "nothing awake here any more");
            self.ending = true;
            if myself.drain().is_err() {
                tracing::debug!("supervisor is ending already");
            }
        }
    }
}

impl Child {
    /// It takes nothing more. What comes from here on wakes the machine again once it has ended.
    fn let_go(&mut self, hub: &Hub, address: Address) {
        if self.leaving {
            return;
        }
        self.leaving = true;
        hub.unregister(address, self.shell.get_id());
        hub.meters.passivated.up();
        if self.shell.drain().is_err() {
            tracing::debug!(%address, "idle shell has ended by itself");
        }
    }
}

/// How long to wait for something, as a rule or when a test is in a hurry.
fn patience(hub: &Hub, usual: Duration) -> Duration {
    #[cfg(feature = "sabotage")]
    return hub.sabotage.patience(usual);
    #[cfg(not(feature = "sabotage"))]
    {
        let _ = hub;
        usual
    }
}
