//! The handle: starts the servers, gives out addresses, waits for things to happen.

use crate::clock::Clock;
use crate::config::SimConfig;
use crate::ids::Id;
use crate::world::World;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

/// A local Discord could not be started.
#[derive(Debug, thiserror::Error)]
#[error("the simulator cannot listen on {address}")]
pub struct StartError {
    address: String,
    #[source]
    source: io::Error,
}

/// A running local Discord; clones are handles to the same one.
///
/// It stops listening when the last handle is gone. Verbs are methods, grouped by file in `verbs/`.
#[derive(Clone)]
pub struct Simulator {
    inner: Arc<Inner>,
}

struct Inner {
    world: Arc<Mutex<World>>,
    clock: Clock,
    rest: SocketAddr,
    gateway: SocketAddr,
    runtime: tokio::runtime::Handle,
    servers: Option<Servers>,
}

/// Ends listeners and gateway connections with the last public handle.
struct Servers {
    listeners: Vec<JoinHandle<()>>,
    world: Arc<Mutex<World>>,
}

impl Drop for Servers {
    fn drop(&mut self) {
        for listener in &self.listeners {
            listener.abort();
        }
        let world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        for connection in world.connections.values() {
            connection.cut.notify_one();
        }
    }
}

impl Simulator {
    /// Binds REST and gateway and starts serving both.
    ///
    /// # Errors
    /// When an address cannot be bound.
    pub async fn start(config: SimConfig) -> Result<Self, StartError> {
        let rest = bind(&config.rest_bind).await?;
        let gateway = bind(&config.gateway_bind).await?;
        let (rest_at, gateway_at) = (local(&rest)?, local(&gateway)?);
        let clock = config.clock.clone();
        let mut world = World::new(config);
        world.gateway_url = format!("ws://{gateway_at}");
        let make = |world, servers| Self {
            inner: Arc::new(Inner {
                world,
                clock: clock.clone(),
                rest: rest_at,
                gateway: gateway_at,
                runtime: tokio::runtime::Handle::current(),
                servers,
            }),
        };
        // The servers hold a handle of their own that does not keep the listeners alive.
        let world = Arc::new(Mutex::new(world));
        let served = make(Arc::clone(&world), None);
        let listeners = vec![
            tokio::spawn(crate::rest::listen(served.clone(), rest)),
            tokio::spawn(crate::gateway::listen(served, gateway)),
        ];
        let servers = Servers {
            listeners,
            world: Arc::clone(&world),
        };
        Ok(make(world, Some(servers)))
    }

    /// Where the REST API is, as `DISCORD_PROXY` wants it: `127.0.0.1:PORT`.
    #[must_use]
    pub fn rest_host(&self) -> String {
        self.inner.rest.to_string()
    }

    /// Where the gateway is, as `DISCORD_GATEWAY_URL` wants it: `ws://127.0.0.1:PORT`.
    #[must_use]
    pub fn gateway_url(&self) -> String {
        format!("ws://{}", self.inner.gateway)
    }

    /// The bot's token.
    #[must_use]
    pub fn token(&self) -> String {
        self.world().config.token.clone()
    }

    /// The application's id (equal to the bot's, as for young applications).
    #[must_use]
    pub fn application_id(&self) -> Id {
        self.world().application
    }

    /// The bot's user id.
    #[must_use]
    pub fn bot_user_id(&self) -> Id {
        self.world().bot
    }

    /// The clock of this world.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// Lets time pass at once: nonces are forgotten, interactions fail, sessions expire.
    pub fn advance(&self, by: Duration) {
        self.inner.clock.advance(by);
        self.world().tick();
    }

    /// The state, locked. Never held across an await.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        // A panic in a verb of one test must not hide behind a poisoned lock in another thread.
        self.inner
            .world
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets unanswered interactions fail when `after` has passed in real time, for what ends by itself.
    pub(crate) fn tick_in(&self, after: Duration) {
        let world = Arc::downgrade(&self.inner.world);
        self.inner.runtime.spawn(async move {
            tokio::time::sleep(after).await;
            if let Some(world) = world.upgrade() {
                let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
                world.expire_interactions();
            }
        });
    }

    /// Waits until `look` finds something; looks again whenever anything in the world changed.
    pub async fn wait_for<T>(
        &self,
        within: Duration,
        mut look: impl FnMut(&Self) -> Option<T>,
    ) -> Option<T> {
        let deadline = Instant::now() + within;
        let mut changes = self.world().changed.subscribe();
        loop {
            changes.borrow_and_update();
            if let Some(found) = look(self) {
                return Some(found);
            }
            match timeout_at(deadline, changes.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return look(self),
            }
        }
    }
}

impl std::fmt::Debug for Simulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simulator")
            .field("rest", &self.inner.rest)
            .field("gateway", &self.inner.gateway)
            .field("owns_servers", &self.inner.servers.is_some())
            .finish_non_exhaustive()
    }
}

async fn bind(address: &str) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| StartError {
            address: address.to_owned(),
            source,
        })
}

fn local(listener: &TcpListener) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(|source| StartError {
        address: "a bound socket".to_owned(),
        source,
    })
}
