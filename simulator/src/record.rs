//! What was asked and answered over REST, and how often things happened: the evidence that tests look at.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An uploaded file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileRecord {
    /// The form field, `files[0]`.
    pub field: String,
    /// Its file name.
    pub filename: String,
    /// Its declared type.
    pub content_type: String,
    /// Length in bytes.
    pub size: usize,
    /// Its beginning as text, for people to read; the rest is not kept.
    #[serde(default)]
    pub text: String,
}

/// One REST request and its answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RequestRecord {
    /// Running number, never reused.
    pub number: u64,
    /// GET, POST, ...
    pub method: String,
    /// The path below `/api/v10`, without the query.
    pub path: String,
    /// The raw query string.
    pub query: String,
    /// `/channels/{channel_id}/messages`; nothing for routes that do not exist.
    pub route: Option<String>,
    /// `X-Audit-Log-Reason`, decoded.
    pub reason: Option<String>,
    /// Whether the bot's token was sent.
    pub authorized: bool,
    /// The JSON body (or `payload_json` of a form); null without one.
    pub body: Value,
    /// Uploaded files.
    pub files: Vec<FileRecord>,
    /// Status of the answer; 0 when a fault let it get lost.
    pub status: u16,
    /// JSON of the answer; null without one.
    pub response: Value,
    /// The fault that acted on it, if any.
    pub fault: Option<String>,
    /// Arrival, in the simulator's time (Unix milliseconds).
    pub at_ms: i64,
}

impl RequestRecord {
    /// Whether it is that method on that route template, e.g. `("POST", "/channels/{channel_id}/messages")`.
    #[must_use]
    pub fn is(&self, method: &str, route: &str) -> bool {
        self.method == method && self.route.as_deref() == Some(route)
    }

    /// Whether Discord has no such route at all.
    #[must_use]
    pub fn is_unknown_route(&self) -> bool {
        self.route.is_none()
    }
}

/// How often things happened since the start.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Counters {
    /// Websocket connections accepted.
    pub gateway_connections: u64,
    /// Accepted IDENTIFYs.
    pub identifies: u64,
    /// Accepted RESUMEs.
    pub resumes: u64,
    /// RESUMEs answered by INVALID_SESSION.
    pub refused_resumes: u64,
    /// Heartbeats received.
    pub heartbeats: u64,
    /// Events put into sessions (before any replay).
    pub dispatched: u64,
    /// Events sent again by RESUME.
    pub replayed: u64,
    /// Last close code that we sent.
    pub last_close_code: Option<u16>,
    /// REST requests.
    pub requests: u64,
    /// REST requests answered 401, 403 or 429: those that count toward a ban.
    pub invalid_requests: u64,
    /// REST requests answered 429.
    pub rate_limited: u64,
    /// REST requests to routes that do not exist.
    pub unknown_routes: u64,
    /// Messages that a nonce kept from being doubled.
    pub nonce_hits: u64,
    /// Interactions that were never answered in time.
    pub failed_interactions: u64,
    /// Whole member lists refused because they were asked for too soon.
    pub refused_member_lists: u64,
}
