//! What an event costs: the bot and yardsticks under the same load, each in a process of its own.
//!
//! One measurement is a pair of children: a source of load ([`simulator::load`]) and a client, which is the bot
//! itself (`guildhall run`) or a yardstick ([`yardstick`]). They talk over loopback as bot and Discord do. What a
//! client costs is read from `/proc` around each phase, so this is for Linux. Clients take turns, round after round,
//! so that a slow minute of the machine hits all of them; of the rounds the median is shown with the least and the
//! most.
//!
//! Phases of a measurement, in order:
//!
//! 1. *start*: READY and every guild, on an empty store;
//! 2. *flood*: events as fast as the client takes them. Its CPU time per event is the figure to trust;
//! 3. *paced*, once for each rate: how long a read-only answer takes, and what is written;
//! 4. *changes* (only the bot): how long until a change is durable, which is when it is answered;
//! 5. *audit*: with nothing under way, the counts of messages must be right;
//! 6. *recovery* (only the bot): `kill -9` with events on the wire, start, RESUME, another audit;
//! 7. *warm start* (only the bot): a new session on the store as it is.
//!
//! After each phase the bot is asked for its stored position: events up to the last one must be contained.

mod child;
mod cpus;
mod measure;
pub mod report;
pub mod table;
mod usage;
pub mod yardstick;

pub use measure::measure;

use serde::{Deserialize, Serialize};
use simulator::load::Probe;

/// What latency probes ask until `--probe` says otherwise.
pub const PROBE: Probe = Probe::Seen;

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Client {
    /// This program.
    Guildhall,
    /// twilight, frames only: nothing is decoded, nothing answered.
    Frames,
    /// twilight, every event decoded with its own models, nothing kept, nothing answered.
    Decode,
    /// The same, with last-seen times, message counts and voice times in a `HashMap`, and answers; nothing durable.
    Loop,
}

impl Client {
    /// All, in the order in which they take their turn.
    pub const ALL: [Self; 4] = [Self::Guildhall, Self::Frames, Self::Decode, Self::Loop];

    /// Its name in tables and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Guildhall => "guildhall",
            Self::Frames => "frames",
            Self::Decode => "decode",
            Self::Loop => "loop",
        }
    }

    /// Whether this program was built with it: those that decode with twilight's models need the feature `bench`.
    #[must_use]
    pub const fn is_built(self) -> bool {
        cfg!(feature = "bench") || matches!(self, Self::Guildhall | Self::Frames)
    }

    const fn answers(self) -> bool {
        matches!(self, Self::Guildhall | Self::Loop)
    }
}

/// What to measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// How many guilds.
    pub guilds: usize,
    /// Members of each.
    pub members: usize,
    /// Events of a flood.
    pub events: usize,
    /// Events per second of the paced phases.
    pub rates: Vec<u32>,
    /// How long each of those takes.
    pub seconds: u32,
    /// How often everything is measured.
    pub rounds: usize,
    /// The same seed brings the same events.
    pub seed: u64,
    /// With compression, without, or both.
    pub zstd: Vec<bool>,
    /// What latency probes ask.
    pub probe: Probe,
}

/// Why a measurement ended early.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A child does not start, or its pipes break.
    #[error("{doing}")]
    Process {
        /// What was attempted.
        doing: String,
        /// What came of it.
        #[source]
        source: std::io::Error,
    },
    /// A child says something else than it should.
    #[error("{0}")]
    Child(String),
}
