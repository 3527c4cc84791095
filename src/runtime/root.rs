//! The root supervisor: owns the routers and the loops (outbox, timers, shards), and starts again
//! what fails.

use super::{hub::Hub, restart::Restarts, router::Router};
use ractor::{Actor, ActorId, ActorProcessingErr, ActorRef, SupervisionEvent};
use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc, time::Instant};

/// A loop: called again whenever it has panicked.
pub type Drive = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// What the root supervises.
#[derive(Clone)]
pub enum Part {
    /// The router of a shard.
    Router(u32),
    /// A loop under this name.
    Loop(&'static str, Drive),
}

impl Part {
    /// A loop made from an async function.
    pub fn new<F>(name: &'static str, drive: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::Loop(name, Arc::new(move || Box::pin(drive())))
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Router(_) => "router",
            Self::Loop(name, _) => name,
        }
    }
}

/// What the root is asked.
pub enum RootAsk {
    /// Start this part, as its `usize`th.
    Start(usize),
}

/// The root's books.
pub struct Books {
    hub: Arc<Hub>,
    parts: Vec<Part>,
    running: BTreeMap<ActorId, usize>,
    restarts: Vec<Restarts>,
}

/// The actor.
pub struct Root;

impl Actor for Root {
    type Msg = RootAsk;
    type State = Books;
    type Arguments = (Arc<Hub>, Vec<Part>);

    async fn pre_start(
        &self,
        myself: ActorRef<RootAsk>,
        (hub, parts): (Arc<Hub>, Vec<Part>),
    ) -> Result<Books, ActorProcessingErr> {
        for number in 0..parts.len() {
            myself.cast(RootAsk::Start(number))?;
        }
        let restarts = parts.iter().map(|_| Restarts::default()).collect();
        Ok(Books {
            hub,
            parts,
            running: BTreeMap::new(),
            restarts,
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<RootAsk>,
        RootAsk::Start(number): RootAsk,
        books: &mut Books,
    ) -> Result<(), ActorProcessingErr> {
        let cell = match &books.parts[number] {
            Part::Router(shard) => {
                let arguments = (Arc::clone(&books.hub), *shard);
                let (router, _) =
                    Actor::spawn_linked(None, Router, arguments, myself.get_cell()).await?;
                // Whatever waited while there was no router starts now.
                books.hub.core(actors::kernel::core::Core::wake_waiting);
                router.get_cell()
            }
            Part::Loop(_, drive) => {
                let (looper, _) =
                    Actor::spawn_linked(None, Looper, Arc::clone(drive), myself.get_cell()).await?;
                looper.cast(())?;
                looper.get_cell()
            }
        };
        books.running.insert(cell.get_id(), number);
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<RootAsk>,
        event: SupervisionEvent,
        books: &mut Books,
    ) -> Result<(), ActorProcessingErr> {
        let SupervisionEvent::ActorFailed(cell, why) = event else {
            return Ok(());
        };
        let Some(number) = books.running.remove(&cell.get_id()) else {
            return Ok(());
        };
        let pause = books.restarts[number].failed(Instant::now());
        let part = books.parts[number].name();
        books.hub.meters.restarts.up();
        tracing::error!(part, %why, ?pause, "a part of the runtime failed; starting it again");
        myself.send_after(pause, move || RootAsk::Start(number));
        Ok(())
    }
}

/// Runs one loop until it ends; a panic in it ends the actor.
struct Looper;

impl Actor for Looper {
    type Msg = ();
    type State = Drive;
    type Arguments = Drive;

    async fn pre_start(&self, _: ActorRef<()>, drive: Drive) -> Result<Drive, ActorProcessingErr> {
        Ok(drive)
    }

    async fn handle(
        &self,
        myself: ActorRef<()>,
        (): (),
        drive: &mut Drive,
    ) -> Result<(), ActorProcessingErr> {
        drive().await;
        myself.drain()?;
        Ok(())
    }
}
