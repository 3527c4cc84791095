//! Settings of the process: a TOML file, the environment, the defaults.
//!
//! `config/guildhall.toml` documents every key; a test keeps it equal to the defaults here. What differs
//! from guild to guild is not configuration but state, changed by commands.
//!
//! To add a key: a field below, its default, a line in `keys`, a paragraph in
//! `config/guildhall.toml`. The tests name what is missing.
//!
//! Everything is read before anything is judged, so that one run shows every mistake.

mod keys;
mod problem;
mod read;
mod sinks;
mod token;
mod value;

pub use problem::{Place, Problem, Problems};
pub use read::{Found, load, read};
pub use sinks::{Lines, Postgres, SinksFault, Sqs, Stream, find as find_sinks};
pub use token::{Token, TokenFault, TokenSource, find as find_token};

use crate::observe::{Format, Levels};
use actors::kernel::time::Span;
use std::{net::SocketAddr, path::PathBuf};

/// Everything that can be set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// How to reach Discord.
    pub discord: Discord,
    /// Where and how to remember.
    pub store: Store,
    /// Copies for the day something breaks.
    pub exports: Exports,
    /// What to say about it all.
    pub log: Log,
    /// What others may see of it.
    pub observe: Observe,
    /// Lines about messages on their way to where a community wants them.
    pub stream: Stream,
    /// JSON lines in files.
    pub lines: Lines,
    /// A table of PostgreSQL.
    pub postgres: Postgres,
    /// A queue of Amazon SQS.
    pub sqs: Sqs,
}

/// `[discord]`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discord {
    /// A file that holds the token.
    pub token_file: Option<PathBuf>,
    /// `host:port` of a plain-HTTP API.
    pub proxy: Option<String>,
    /// `ws://…` or `wss://…`
    pub gateway_url: Option<String>,
    /// How many shards; `None` leaves it to Discord.
    pub shards: Option<u32>,
    /// Which privileged intents may be asked for.
    pub intents: IntentSwitches,
}

/// One switch for each privileged intent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IntentSwitches {
    /// Members joining, leaving, changing.
    pub members: Switch,
    /// Who is online and what they play.
    pub presences: Switch,
    /// The text of messages.
    pub message_content: Switch,
}

/// Whether to ask for something that Discord grants per application.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Switch {
    /// If it is granted.
    #[default]
    Auto,
    /// Never.
    Off,
}

/// `[store]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// The data directory.
    pub data: PathBuf,
    /// How long changes nobody waits for are gathered.
    pub tick: Span,
    /// Memory for pages of the store.
    pub cache_mb: u32,
    /// How long data of a server that removed the bot is kept.
    pub keep_left_days: u32,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            data: PathBuf::from("data"),
            tick: Span::millis(250),
            cache_mb: 8,
            keep_left_days: 30,
        }
    }
}

impl Store {
    /// [`Store::cache_mb`] in bytes.
    #[must_use]
    pub const fn cache_bytes(&self) -> u64 {
        self.cache_mb as u64 * 1024 * 1024
    }
}

/// `[exports]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exports {
    /// How many hourly ones are kept.
    pub hourly: u32,
    /// How many daily ones are kept.
    pub daily: u32,
}

impl Default for Exports {
    fn default() -> Self {
        Self {
            hourly: 3,
            daily: 7,
        }
    }
}

/// `[log]`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// For people or for programs.
    pub format: Format,
    /// How much.
    pub levels: Levels,
}

/// `[observe]`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observe {
    /// Where to answer HTTP for this machine alone: a loopback address.
    pub listen: Option<SocketAddr>,
    /// Where to answer HTTP for others too.
    pub listen_publicly: Option<SocketAddr>,
}

#[cfg(test)]
mod tests;
