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
//!
//! # Map
//!
//! | module | holds |
//! |---|---|
//! | `simulator` | the handle: start, addresses, `advance`, `wait_for` |
//! | `verbs` | what people, moderators and misfortune do: methods of [`Simulator`] |
//! | `script` | the same verbs as data ([`Verb`]), for stories and for `control` (verbs over HTTP) |
//! | `world` | the state behind one lock; each change sends its own events |
//! | `gateway` | websockets: a connection is a cursor into its session's log |
//! | `rest` | routes, validation, rate limits, faults, the record of all requests |
//! | [`play`] | people, stories and traffic from a seed |
//! | [`load`] | another Discord that checks nothing and is fast, for `guildhall bench` |
//! | `judge` | (feature `judge`) Discord's OpenAPI document checks requests and answers |
//!
//! Life of a request: `rest::serve` finds the route, asks `faults`, counts the rate limit and calls the route's
//! function with the world locked; the function checks by `rest::guard` and the `*_form` modules, changes the world
//! by its methods, and those push events into sessions. The answer leaves when the lock is free. Life of an event:
//! `World::send` serialises it once, each session that may see it gets the next number, each connection is woken and
//! wraps the text with that number.
//!
//! # Rules that keep it honest
//!
//! - Nothing is checked for the bot's convenience: a wrong field is refused in Discord's words, an unknown route is
//!   404 and recorded (`unknown_routes`).
//! - "Now" is one [`Clock`]; what ends by time (nonces after 2 minutes, interactions after 3 seconds, tokens after
//!   15 minutes, sessions, rate limits) ends when that clock says so. Only heartbeats are real time.
//! - Waiting is on conditions (`wait_for`), never on time.
//! - Every queue is bounded: replay (`replay_limit`), requests, messages, audit log, the feed. Interactions are kept
//!   until the end of the process.
//!
//! # What it does not do
//!
//! One application and one token; no OAuth2, no user installs, no command permission overrides, no polls, stickers,
//! custom emoji, soundboard, stage instances, auto moderation, entitlements or voice traffic. Slow mode, verification
//! levels and onboarding do not hold members back. RESUMED takes a sequence number of its own, which Discord's
//! documentation leaves open (`resumed_takes_seq`). Rate limits per route are the commonly seen ones, not documented.

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
pub mod load;
pub mod permissions;
pub mod play;
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
