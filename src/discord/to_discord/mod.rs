//! What we want becomes an HTTP request, as data: method, path, body. Nothing is sent in here.
//!
//! Paths are relative to `/api/v10/`. Each request names its route as a template for metrics and
//! logs, because a path may hold an interaction's secret. Bodies of messages are written by
//! `actors::kernel::text::to_json`; what is read back is in the executor.
//!
//! To add a request: a function here, a test of what it looks like.

mod answers;
mod escape;
mod members;
mod messages;
mod queries;

pub use answers::{
    bare_defer, callback, edit_original, edit_original_with, instant_callback, original,
};
pub use escape::{AUDIT_REASON_MAX, escape_path, escape_reason};
pub use members::{change_role, kick};
pub use messages::{create_message, delete_message, edit_message, messages_after, notice, open_dm};
pub use queries::{
    AUDIT_LOG_LIMIT, MEMBERS_LIMIT, application, audit_log, channels, commands, current_user,
    gateway_bot, guild, legacy_application, member, members,
};
pub use twilight_http::request::Method;

use actors::kernel::text::Attachment;
use serde_json::Value;

/// A request to Discord's REST API.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Where, with query; no leading slash, without `/api/v10`. May hold a secret: never log it.
    pub path: String,
    /// What.
    pub body: Option<Value>,
    /// Files that go with it; the body is then one part of a form.
    pub files: Vec<Attachment>,
    /// Why, for the guild's audit log; unescaped.
    pub reason: Option<String>,
    /// The path as a template, for metrics and logs.
    pub route: &'static str,
}

impl Request {
    fn new(method: Method, route: &'static str, path: String) -> Self {
        Self {
            method,
            path,
            body: None,
            files: Vec::new(),
            reason: None,
            route,
        }
    }

    fn get(route: &'static str, path: String) -> Self {
        Self::new(Method::Get, route, path)
    }

    fn with(self, body: Value) -> Self {
        Self {
            body: Some(body),
            ..self
        }
    }

    fn with_files(self, files: &[Attachment]) -> Self {
        Self {
            files: files.to_vec(),
            ..self
        }
    }

    /// The same request with a reason for the audit log.
    #[must_use]
    pub fn because(self, reason: &str) -> Self {
        Self {
            reason: Some(reason.to_owned()),
            ..self
        }
    }

    /// Whether it needs the bot's token. Interactions bring a secret of their own, and a 401 about
    /// that says nothing about the bot's.
    #[must_use]
    pub fn authorised(&self) -> bool {
        !self.path.starts_with("interactions/") && !self.path.starts_with("webhooks/")
    }
}

#[cfg(test)]
mod tests;
