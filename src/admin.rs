//! Looking into a running bot: a local socket that answers one line with one line.
//!
//! sled lets one process open a store, and opening one writes (recovery). So whoever wants to look into
//! a running bot asks it. The socket is `admin.sock` in the data directory, readable and writable by
//! the bot's user alone. All it lets anybody change is what was set aside for a person to decide
//! ([`Request::Decide`]), and to add what another bot recorded ([`Request::Import`]); either is answered when
//! it is durable.
//!
//! ```text
//! → {"do":"hello"}
//! ← {"hello":{"protocol":2,"version":"0.1.0","commit":"…"}}
//! → {"do":"list","kind":"welcome","guild":"81384788765712384","values":true}
//! ← {"records":[{…}],"next":"68…"}
//! → {"do":"verify"}
//! ← {"progress":{"done":4096,"of":20000}}
//! ← {"audit":{…}}
//! → {"do":"export"}
//! ← {"progress":{"done":0,"of":20000}}
//! ← chunks: their length as u32, little-endian, then so many bytes; one of length 0 is the last
//! ← {"exported":1234567}
//! ```
//!
//! **Versioned:** [`PROTOCOL`] goes up with every change that an older program would misunderstand, and
//! the asking side refuses to guess ([`AskFault::Protocol`]).
//!
//! **Bounds:** a request of at most 64 KiB, [`MOST_AT_ONCE`] connections (more wait in the kernel's queue), a
//! page of the store per answer and [`LONGEST_ANSWER`] bytes, chunks of [`CHUNK`] bytes of which a few
//! wait for a slow reader; one that takes none for a minute is left.
//!
//! A socket's path may have 107 bytes. Where the data directory lies deeper than that, the socket is
//! made in the directory for temporary files and its path written to `admin.path`.

pub mod audit;
mod client;
pub mod decode;
pub mod page;
mod server;
mod transfer;

pub use client::{AskFault, Client};
pub use server::{Ask, Server};

use crate::build_info;
use actors::kernel::{fact::LastSeen, ids::GuildId, time::Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

/// The most connections served at the same time.
pub const MOST_AT_ONCE: usize = 8;
/// The longest request in bytes.
pub const LONGEST_REQUEST: u64 = 64 * 1024;

/// The longest answer in bytes, chunks aside.
pub const LONGEST_ANSWER: u64 = 64 * 1024 * 1024;
/// The longest chunk of an export in bytes.
pub const CHUNK: usize = 64 * 1024;
/// The version of what is said over the socket. 1 had no greeting, and wrote exports by itself.
pub const PROTOCOL: u32 = 2;

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase", deny_unknown_fields)]
pub enum Request {
    /// Who answers.
    Hello,
    /// How the bot is.
    Status,
    /// One record, with its value.
    Show {
        /// Its key, as `list` gives it.
        key: String,
    },
    /// Records, one page at a time.
    List(page::Filter),
    /// Whether everything is as it was written, and makes sense.
    Verify,
    /// An export of this moment.
    Export,
    /// What shall become of something set aside.
    Decide {
        /// Its key, as `list` gives it.
        key: String,
        /// What shall become of it.
        verdict: Verdict,
    },
    /// What another bot recorded, for a guild's presence tracker.
    Import {
        /// The guild.
        guild: GuildId,
        /// When members were last active; at most [`MAX_IMPORTED`](actors::kernel::fact::MAX_IMPORTED).
        last_seen: Vec<LastSeen>,
    },
}

/// What shall become of something set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Send it, or give it to its machine, once more.
    Again,
    /// Forget it.
    Drop,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// To [`Request::Hello`].
    Hello(Hello),
    /// To [`Request::Status`].
    Status(Value),
    /// To [`Request::Show`]; `null` when there is no such record.
    Record(Value),
    /// To [`Request::Verify`].
    Audit(audit::Audit),
    /// To [`Request::Export`], behind the chunks: how many bytes they were.
    Exported(u64),
    /// To [`Request::Decide`]: what was done, in words.
    Decided(String),
    /// To [`Request::Import`]: it is durable.
    Imported,
    /// The answer takes a while; it follows.
    Progress(Progress),
    /// It did not work.
    Error(String),
    /// To [`Request::List`].
    #[serde(untagged)]
    Records(page::Records),
}

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// See [`PROTOCOL`].
    pub protocol: u32,
    /// The bot's version …
    #[serde(default)]
    pub version: String,
    /// … and the commit it was built from.
    #[serde(default)]
    pub commit: String,
}

impl Hello {
    /// This program.
    #[must_use]
    pub fn ours() -> Self {
        Self {
            protocol: PROTOCOL,
            version: build_info::VERSION.to_owned(),
            commit: build_info::commit().to_owned(),
        }
    }
}

/// How far a long answer is, in records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// So many are done …
    pub done: u64,
    /// … of so many, as far as is known.
    pub of: u64,
}

/// The system clock, for the names of files.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Where the socket of the data directory `data` is, or will be.
fn usual_path(data: &Path) -> PathBuf {
    data.join("admin.sock")
}

/// Names the socket where the usual path is too long.
fn pointer_path(data: &Path) -> PathBuf {
    data.join("admin.path")
}

#[cfg(test)]
mod tests;
