//! Questions, and the registration of commands.

use super::{Method, Request};
use actors::kernel::ids::{ApplicationId, GuildId, UserId};
use serde_json::Value;

/// Lines of the audit log in one answer.
pub const AUDIT_LOG_LIMIT: usize = 50;

/// The newest lines of a guild's audit log, of one action type or of all.
#[must_use]
pub fn audit_log(guild: GuildId, action: Option<u8>) -> Request {
    let only = action
        .map(|action| format!("&action_type={action}"))
        .unwrap_or_default();
    let path = format!("guilds/{guild}/audit-logs?limit={AUDIT_LOG_LIMIT}{only}");
    Request::get("guilds/{guild}/audit-logs", path)
}

/// A guild with its roles and owner.
#[must_use]
pub fn guild(guild: GuildId) -> Request {
    Request::get("guilds/{guild}", format!("guilds/{guild}"))
}

/// One member of a guild.
#[must_use]
pub fn member(guild: GuildId, user: UserId) -> Request {
    Request::get(
        "guilds/{guild}/members/{user}",
        format!("guilds/{guild}/members/{user}"),
    )
}

/// Members in one answer.
pub const MEMBERS_LIMIT: usize = 1_000;

/// Members of a guild in the order of their ids, from behind `after` on.
#[must_use]
pub fn members(guild: GuildId, after: u64) -> Request {
    let path = format!("guilds/{guild}/members?limit={MEMBERS_LIMIT}&after={after}");
    Request::get("guilds/{guild}/members", path)
}

/// A guild's channels with their overwrites; threads are not among them.
#[must_use]
pub fn channels(guild: GuildId) -> Request {
    Request::get(
        "guilds/{guild}/channels",
        format!("guilds/{guild}/channels"),
    )
}

/// Where the gateway is, how many shards it wants, how fast they may identify.
#[must_use]
pub fn gateway_bot() -> Request {
    Request::get("gateway/bot", "gateway/bot".to_owned())
}

/// Our application.
#[must_use]
pub fn application() -> Request {
    Request::get("applications/@me", "applications/@me".to_owned())
}

/// Our application, by the older route that Discord-compatible servers know.
#[must_use]
pub fn legacy_application() -> Request {
    Request::get(
        "oauth2/applications/@me",
        "oauth2/applications/@me".to_owned(),
    )
}

/// Our account.
#[must_use]
pub fn current_user() -> Request {
    Request::get("users/@me", "users/@me".to_owned())
}

/// Replaces all global commands by `commands`.
#[must_use]
pub fn commands(application: ApplicationId, commands: &Value) -> Request {
    let path = format!("applications/{application}/commands");
    Request::new(Method::Put, "applications/{application}/commands", path).with(commands.clone())
}
