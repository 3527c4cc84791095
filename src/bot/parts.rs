//! What the root supervises: routers, loops, shards.

use super::{Ended, Options, identity::Identity};
use crate::{
    discord::{
        app,
        shard::{self, ShardEnd, ShardOptions},
    },
    outside::{self, Outlet},
    runtime::{
        Hub,
        outbox::{self, Sender},
        root::Part,
        timers,
    },
};
use actors::kernel::time::Span;
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;
use twilight_gateway::queue::InMemoryQueue;

fn queue(gateway: &app::Gateway) -> InMemoryQueue {
    let concurrency = u16::try_from(gateway.max_concurrency).unwrap_or(u16::MAX);
    let (left, reset) = gateway.sessions_left.unwrap_or((1_000, Span::days(1)));
    let reset = Duration::from_millis(reset.as_millis().max(0).unsigned_abs());
    InMemoryQueue::new(concurrency, left, reset, left.max(1_000))
}

/// Everything the root supervises.
pub(super) fn parts(
    options: &Options,
    identity: &Identity,
    shards: u32,
    intents: watch::Sender<twilight_gateway::Intents>,
    sender: &Arc<Sender>,
    over: &watch::Sender<Option<Ended>>,
) -> Vec<Part> {
    let hub = &sender.world.hub;
    let mut parts: Vec<Part> = (0..shards).map(Part::Router).collect();
    let (outbox_sender, timer_hub) = (Arc::clone(sender), Arc::clone(hub));
    parts.push(Part::new("outbox", move || {
        outbox::drive(Arc::clone(&outbox_sender))
    }));
    parts.push(Part::new("timers", move || {
        timers::drive(Arc::clone(&timer_hub))
    }));
    let first = ShardOptions {
        shard: 0,
        shards,
        token: options.token.clone(),
        gateway: identity.gateway.clone(),
        intents,
        queue: queue(&identity.start.gateway),
        bot: identity.bot,
        application: identity.application,
        owners: identity.start.application.owners.iter().copied().collect(),
    };
    for shard in 0..shards {
        let options = ShardOptions {
            shard,
            ..first.clone()
        };
        let (sender, over) = (Arc::clone(sender), over.clone());
        let drive = move || run_shard(options.clone(), Arc::clone(&sender), over.clone());
        parts.push(Part::new("shard", drive));
    }
    parts
}

async fn run_shard(options: ShardOptions, sender: Arc<Sender>, over: watch::Sender<Option<Ended>>) {
    let hub = Arc::clone(&sender.world.hub);
    let end = match shard::run(options, hub, sender).await {
        ShardEnd::Stopped => return,
        ShardEnd::BadToken => Ended::BadToken,
        ShardEnd::Refused(why) => Ended::Failed(why),
    };
    over.send_replace(Some(end));
}

/// A loop for each sink, so that none waits for another.
pub(super) fn sinks(
    hub: &Arc<Hub>,
    outlets: Vec<Outlet>,
    spool_bytes: u64,
) -> impl Iterator<Item = Part> {
    outlets.into_iter().map(move |outlet| {
        let hub = Arc::clone(hub);
        Part::new("sink", move || {
            outside::drive(Arc::clone(&hub), outlet.clone(), spool_bytes)
        })
    })
}
