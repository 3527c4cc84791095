//! What is done to members. Each carries its reason for the guild's audit log.

use super::{Method, Request};
use actors::kernel::ids::{GuildId, RoleId, UserId};

/// Gives a member a role, or takes it.
#[must_use]
pub fn change_role(guild: GuildId, user: UserId, role: RoleId, give: bool, why: &str) -> Request {
    let method = if give { Method::Put } else { Method::Delete };
    let path = format!("guilds/{guild}/members/{user}/roles/{role}");
    Request::new(method, "guilds/{guild}/members/{user}/roles/{role}", path).because(why)
}

/// Removes a member from a guild.
#[must_use]
pub fn kick(guild: GuildId, user: UserId, why: &str) -> Request {
    let path = format!("guilds/{guild}/members/{user}");
    Request::new(Method::Delete, "guilds/{guild}/members/{user}", path).because(why)
}
