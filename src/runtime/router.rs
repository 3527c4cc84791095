//! The router of a shard: knows which guilds have something awake and starts supervisors for those
//! that have not.

use super::{
    guild::{GuildAsk, GuildSupervisor},
    hub::Hub,
};
use actors::kernel::address::{Address, Scope};
use ractor::{Actor, ActorId, ActorProcessingErr, ActorRef, MessagingErr, SupervisionEvent};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::time::timeout;

/// How long the note that this process has started may take to become durable.
const START_NOTED: Duration = Duration::from_secs(5);

/// What a router is asked.
#[derive(Debug)]
pub enum Ask {
    /// Something waits for this machine: let it run.
    Activate(Address),
}

/// The router's books.
pub struct Books {
    hub: Arc<Hub>,
    guilds: BTreeMap<Scope, ActorRef<GuildAsk>>,
    by_actor: BTreeMap<ActorId, Scope>,
    /// The epoch in which it is noted that this process has started, until it is durable.
    start: Option<u64>,
}

/// The actor.
pub struct Router;

impl Actor for Router {
    type Msg = Ask;
    type State = Books;
    type Arguments = (Arc<Hub>, u32);

    async fn pre_start(
        &self,
        myself: ActorRef<Ask>,
        (hub, shard): (Arc<Hub>, u32),
    ) -> Result<Books, ActorProcessingErr> {
        // Before this router, nothing was taken in.
        let start = Some(hub.core(|core| core.gathering()));
        hub.set_router(shard, myself);
        Ok(Books {
            hub,
            guilds: BTreeMap::new(),
            by_actor: BTreeMap::new(),
            start,
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<Ask>,
        Ask::Activate(address): Ask,
        books: &mut Books,
    ) -> Result<(), ActorProcessingErr> {
        books.note_start().await;
        let mut ask = GuildAsk::Activate(address);
        if let Some(guild) = books.guilds.get(&address.scope) {
            match guild.cast(ask) {
                Ok(()) => return Ok(()),
                Err(MessagingErr::SendErr(returned)) => ask = returned,
                Err(_) => ask = GuildAsk::Activate(address),
            }
        }
        let arguments = (Arc::clone(&books.hub), address.scope);
        let (guild, _) =
            Actor::spawn_linked(None, GuildSupervisor, arguments, myself.get_cell()).await?;
        guild.cast(ask)?;
        books.by_actor.insert(guild.get_id(), address.scope);
        books.guilds.insert(address.scope, guild);
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        _: ActorRef<Ask>,
        event: SupervisionEvent,
        books: &mut Books,
    ) -> Result<(), ActorProcessingErr> {
        let cell = match event {
            SupervisionEvent::ActorFailed(cell, why) => {
                tracing::error!(%why, "a guild supervisor failed; its machines start again on demand");
                cell
            }
            SupervisionEvent::ActorTerminated(cell, ..) => cell,
            _ => return Ok(()),
        };
        let Some(scope) = books.by_actor.remove(&cell.get_id()) else {
            return Ok(());
        };
        if books
            .guilds
            .get(&scope)
            .is_some_and(|guild| guild.get_id() == cell.get_id())
        {
            books.guilds.remove(&scope);
        }
        books.hub.orphaned(scope, cell.get_id());
        Ok(())
    }
}

impl Books {
    /// A turn may end this process. One that always ends at once is noticed only if each start was noted
    /// before; but a store that does not write must not keep the bot from saying so.
    async fn note_start(&mut self) {
        let Some(start) = self.start.take() else {
            return;
        };
        let noted = timeout(START_NOTED, self.hub.durable_until(start)).await;
        if noted.is_err() {
            tracing::warn!("this start is not noted yet: the store does not write");
        }
    }
}
