//! A local Discord: gateway and REST, version 10, on loopback, with members who act and faults as verbs.
//!
//! It shares no encoder with the bot that it tests: what one side gets wrong the other sees.
//!
//! ```no_run
//! # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
//! use simulator::{ChannelKind, GuildOptions, SimConfig, Simulator};
//! use std::time::Duration;
//!
//! let sim = Simulator::start(SimConfig::default()).await?;
//! let guild = sim.create_guild("The Guild", &GuildOptions::default());
//! let hall = sim.create_channel(guild, "hall", ChannelKind::Text);
//! let ada = sim.add_user("Ada");
//! sim.join(guild, ada);
//! // ... start the bot with DISCORD_PROXY = sim.rest_host(), DISCORD_GATEWAY_URL = sim.gateway_url() ...
//! let pressed = sim.command(hall, ada, "/ping")?;
//! let answer = pressed.answer(Duration::from_secs(5)).await.expect("the bot is there");
//! assert!(answer.ephemeral);
//! # Ok(())
//! # }
//! ```

mod clock;
mod config;
mod control;
mod dates;
mod faults;
mod feed;
mod gateway;
mod ids;
mod intents;
#[cfg(feature = "judge")]
pub mod judge;
pub mod permissions;
mod record;
mod rest;
mod script;
mod simulator;
mod verbs;
mod world;

pub use clock::Clock;
pub use config::SimConfig;
pub use faults::{Fault, FaultKind, Scope};
pub use feed::{Feed, FeedItem, Seen};
pub use ids::{Id, born_ms};
pub use intents::grants;
pub use permissions::{Overwrite, OverwriteOf};
pub use record::{Counters, FileRecord, RequestRecord};
pub use script::Verb;
pub use simulator::{Simulator, StartError};
pub use verbs::{GuildOptions, InteractionAnswer, InteractionHandle, Snapshot, VerbError};
pub use world::channel::ChannelKind;
pub use world::interaction::{AnswerKind, InteractionKind};
