//! Looking into a running bot: a local socket that answers one line with one line.
//!
//! sled lets one process open a store, and opening one writes (recovery). So whoever wants to look into
//! a running bot asks it. The socket is `admin.sock` in the data directory, readable and writable by
//! the bot's user alone. Nothing that comes in can change what the bot knows: it reads, and writes export
//! files.
//!
//! ```text
//! → {"do":"status"}
//! ← {"status":{"version":"0.1.0", …}}
//! → {"do":"list","kind":"welcome","guild":"81384788765712384","values":true}
//! ← {"records":[{…}],"next":"68…"}
//! → {"do":"list", …, "from":"68…"}
//! ← {"records":[{…}],"next":null}
//! ```
//!
//! Bounds: a request of at most 4 KiB, [`MOST_AT_ONCE`] connections (more wait in the kernel's queue), a
//! page of the store per answer.
//!
//! A socket's path may have 107 bytes. Where the data directory lies deeper than that, the socket is
//! made in the directory for temporary files and its path written to `admin.path`.

mod client;
pub mod decode;
pub mod page;
mod server;

pub use client::{AskFault, Client};
pub use server::{Ask, Server};

use actors::kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use snapshots::{
    View,
    export::{self, ExportFault},
};
use std::{
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

/// The most connections served at the same time.
pub const MOST_AT_ONCE: usize = 8;
/// The longest request in bytes.
pub const LONGEST_REQUEST: u64 = 4 * 1024;

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase", deny_unknown_fields)]
pub enum Request {
    /// How the bot is.
    Status,
    /// One record, with its value.
    Show {
        /// Its key, as `list` gives it.
        key: String,
    },
    /// Records, one page at a time.
    List(page::Filter),
    /// An export of this moment, into the usual directory.
    Export,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// To [`Request::Status`].
    Status(Value),
    /// To [`Request::Show`]; `null` when there is no such record.
    Record(Value),
    /// To [`Request::Export`]: where it is.
    Exported(PathBuf),
    /// It did not work.
    Error(String),
    /// To [`Request::List`].
    #[serde(untagged)]
    Records(page::Records),
}

/// Exports `view` into `dir` and says where. Exports made by hand are never removed by the bot.
///
/// # Errors
/// As [`export::take`].
pub fn export(view: &View, dir: &Path) -> Result<PathBuf, ExportFault> {
    match export::take(
        view,
        dir,
        export::Reason::Manual,
        now(),
        export::Keep::default(),
    )? {
        export::Taken::Written { path, .. } | export::Taken::Unchanged(path) => Ok(path),
    }
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
