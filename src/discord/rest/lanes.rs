//! Clients for answers of interactions, each used by one call at a time.
//!
//! twilight's limiter lets one request per queue be under way, and before it knows a route's bucket it
//! tells queues apart only by channel, guild or webhook id (`twilight-http-ratelimiting` 0.18,
//! `Endpoint::hash_resources`). All first responses of all interactions thus stand in one queue, with
//! everything under `users/@me`, and all edits of answers in another: one that hangs would make
//! every other miss its three seconds. Discord limits them per interaction, so each call gets a
//! client, and with it a limiter, of its own. The one used last is used first, so a quiet bot has one
//! connection, and a busy one as many as it has answers under way.

use std::sync::{Mutex, PoisonError};
use tokio::sync::{Semaphore, SemaphorePermit};
use twilight_http::Client;

/// Answers under way at most; more wait their turn.
pub(super) const MAX_LANES: usize = 64;

/// See the module docs.
pub(super) struct Lanes {
    make: Box<dyn Fn() -> Client + Send + Sync>,
    idle: Mutex<Vec<Client>>,
    room: Semaphore,
}

/// A client for one call; it goes back when dropped.
pub(super) struct Lane<'a> {
    lanes: &'a Lanes,
    client: Option<Client>,
    _room: SemaphorePermit<'a>,
}

impl Lanes {
    pub(super) fn new(make: impl Fn() -> Client + Send + Sync + 'static) -> Self {
        let (idle, room) = (Mutex::default(), Semaphore::new(MAX_LANES));
        Self {
            make: Box::new(make),
            idle,
            room,
        }
    }

    pub(super) async fn take(&self) -> Lane<'_> {
        let room = self
            .room
            .acquire()
            .await
            .expect("the semaphore is never closed");
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let client = idle.unwrap_or_else(|| (self.make)());
        Lane {
            lanes: self,
            client: Some(client),
            _room: room,
        }
    }
}

impl Lane<'_> {
    pub(super) fn client(&self) -> &Client {
        self.client
            .as_ref()
            .expect("a lane has its client until it is dropped")
    }
}

impl Drop for Lane<'_> {
    fn drop(&mut self) {
        let mut idle = self
            .lanes
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        idle.extend(self.client.take());
    }
}
