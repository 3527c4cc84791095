//! The yardsticks: what somebody would write who wants only speed, on the same twilight and one thread.
//!
//! Decoding every event with twilight's models takes over 4 MB of program, which no bot needs: it is behind the
//! feature `bench`.

#[cfg(feature = "bench")]
mod decoding;

use super::Client;
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use std::env;
use tokio::sync::oneshot;
use twilight_gateway::{ConfigBuilder, Intents, Message, Shard, ShardId};

/// What a yardstick has seen, said at its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Frames or events.
    pub events: u64,
    /// Those that did not decode.
    pub undecodable: u64,
}

/// Runs a yardstick until `over`.
pub async fn run(client: Client, over: oneshot::Receiver<()>) -> Told {
    crate::discord::install_tls_provider();
    let config = ConfigBuilder::new(variable("DISCORD_TOKEN"), Intents::all())
        .proxy_url(variable("DISCORD_GATEWAY_URL"))
        .build();
    let mut shard = Shard::with_config(ShardId::ONE, config);
    let mut told = Told::default();
    let work = async {
        match client {
            #[cfg(feature = "bench")]
            Client::Decode => decoding::decode(&mut shard, &mut told).await,
            #[cfg(feature = "bench")]
            Client::Loop => decoding::keep(&mut shard, &mut told).await,
            _ => frames(&mut shard, &mut told).await,
        }
    };
    tokio::select! {
        () = work => {}
        _ = over => {}
    }
    told
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

async fn frames(shard: &mut Shard, told: &mut Told) {
    while let Some(item) = shard.next().await {
        match item {
            Ok(Message::Text(text)) => {
                std::hint::black_box(text);
                told.events += 1;
            }
            Ok(Message::Close(_)) => {}
            Err(_) => told.undecodable += 1,
        }
    }
}
