//! An independent client: twilight's shard and REST client, strict about everything that it parses.

use simulator::{Id, SimConfig, Simulator};
use std::time::Duration;
use tokio::time::timeout;
use twilight_gateway::{
    ConfigBuilder, Event, EventTypeFlags, Intents, Session, Shard, ShardId, StreamExt as _,
};
use twilight_http::Client;

pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Bot {
    pub(crate) shard: Shard,
}

pub(crate) async fn start() -> Simulator {
    Simulator::start(SimConfig::default()).await.unwrap()
}

pub(crate) async fn start_with(change: impl FnOnce(&mut SimConfig)) -> Simulator {
    let mut config = SimConfig::default();
    change(&mut config);
    Simulator::start(config).await.unwrap()
}

pub(crate) fn http(sim: &Simulator) -> Client {
    Client::builder()
        .token(sim.token())
        .proxy(sim.rest_host(), true)
        .ratelimiter(None)
        .build()
}

pub(crate) fn snowflake<T>(id: Id) -> twilight_model::id::Id<T> {
    twilight_model::id::Id::new(id)
}

impl Bot {
    /// Identified, with READY and the GUILD_CREATE of each guild read.
    pub(crate) async fn connect(sim: &Simulator, intents: Intents) -> Self {
        let mut bot = Self::dial(sim, ShardId::ONE, intents, None);
        let ready = bot.until(|event| match event {
            Event::Ready(ready) => Some(ready.guilds.len()),
            _ => None,
        });
        for _ in 0..ready.await {
            bot.until(|event| matches!(event, Event::GuildCreate(_)).then_some(()))
                .await;
        }
        bot
    }

    pub(crate) fn dial(
        sim: &Simulator,
        id: ShardId,
        intents: Intents,
        session: Option<Session>,
    ) -> Self {
        let mut config = ConfigBuilder::new(sim.token(), intents).proxy_url(sim.gateway_url());
        if let Some(session) = session {
            config = config.session(session).resume_url(sim.gateway_url());
        }
        Self {
            shard: Shard::with_config(id, config.build()),
        }
    }

    /// The next event, which must parse.
    pub(crate) async fn next(&mut self) -> Event {
        let next = self.shard.next_event(EventTypeFlags::all());
        match timeout(PATIENCE, next)
            .await
            .expect("an event in time")
            .expect("an open shard")
        {
            Ok(event) => event,
            Err(error) => panic!(
                "not understood: {error:?} {:?}",
                std::error::Error::source(&error)
            ),
        }
    }

    /// Reads until `wanted` says so.
    pub(crate) async fn until<T>(&mut self, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        loop {
            let event = self.next().await;
            if let Some(found) = wanted(&event) {
                return found;
            }
        }
    }

    /// The text of the next message.
    pub(crate) async fn message(&mut self) -> String {
        self.until(|event| match event {
            Event::MessageCreate(message) => Some(message.content.clone()),
            _ => None,
        })
        .await
    }
}
