//! Members as REST shows and changes them.

use super::{id, refusal, yes};
use crate::{
    discord::rest::RestAnswer,
    prove::discord::{BOT, BOT_ROLE, Discord, Guild},
};
use actors::kernel::{
    ids::{GuildId, RoleId, UserId},
    inbound::{AuditEntry, Inbound, Member, Removal},
    time::Timestamp,
};
use serde_json::{Value, json};

/// Unknown member.
const NOBODY: u32 = 10_007;
/// Missing permissions.
const MAY_NOT: u32 = 50_013;

pub(super) fn guild_json(id: GuildId, guild: &Guild) -> Value {
    let role = |id: String, position: usize, permissions: u64| {
        json!({"id": id, "position": position, "permissions": permissions.to_string(),
            "managed": id == BOT_ROLE.to_string()})
    };
    let all = u64::from(u32::MAX);
    let none = if guild.powers { all } else { 0 };
    let roles = guild.roles.iter().zip(1..);
    let roles = roles.map(|(id, place)| role(id.to_string(), place, 0));
    let ours = [
        role(id.to_string(), 0, 0),
        role(BOT_ROLE.to_string(), 100, none),
    ];
    let roles: Vec<Value> = ours.into_iter().chain(roles).collect();
    json!({"id": id.to_string(), "owner_id": guild.owner.to_string(), "roles": roles})
}

fn found(discord: &Discord, guild: &str, user: &str) -> Result<(GuildId, UserId), RestAnswer> {
    let guild = id(guild, GuildId::new).filter(|id| {
        let guild = discord.guilds.get(id);
        guild.is_some_and(|guild| guild.inside)
    });
    let guild = guild.ok_or_else(|| refusal(403, 50_001))?;
    let user = id(user, UserId::new).ok_or_else(|| refusal(404, NOBODY))?;
    Ok((guild, user))
}

fn member_of(discord: &Discord, guild: GuildId, user: UserId) -> Option<&Member> {
    discord.guilds.get(&guild)?.members.get(&user)
}

pub(super) fn show(discord: &Discord, guild: &str, user: &str) -> RestAnswer {
    let (guild, user) = match found(discord, guild, user) {
        Ok(found) => found,
        Err(refused) => return refused,
    };
    if user.get() == BOT {
        return yes(json!({"user": {"id": user.to_string(), "bot": true},
            "roles": [BOT_ROLE.to_string()]}));
    }
    let Some(member) = member_of(discord, guild, user) else {
        return refusal(404, NOBODY);
    };
    let roles: Vec<String> = member.roles.iter().map(ToString::to_string).collect();
    yes(json!({
        "user": {"id": user.to_string(), "bot": member.bot, "username": member.name},
        "roles": roles,
        "joined_at": member.joined_at.and_then(written),
        "pending": member.pending,
    }))
}

/// As Discord writes an instant.
fn written(at: Timestamp) -> Option<String> {
    let at = chrono::DateTime::from_timestamp_millis(at.millis())?;
    Some(at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
}

pub(super) fn kick(
    discord: &mut Discord,
    guild: &str,
    user: &str,
    reason: Option<String>,
) -> RestAnswer {
    let (id, user) = match found(discord, guild, user) {
        Ok(found) => found,
        Err(refused) => return refused,
    };
    let (now, number) = (discord.now, discord.snowflake());
    let Some(guild) = discord.guilds.get_mut(&id) else {
        return refusal(404, NOBODY);
    };
    if !guild.powers || guild.owner == user {
        return refusal(403, MAY_NOT);
    }
    let Some(member) = guild.members.remove(&user) else {
        return refusal(404, NOBODY);
    };
    let entry = AuditEntry {
        at: now,
        action: Removal::Kick,
        target: Some(user),
        by: UserId::new(BOT),
        reason,
    };
    guild.audit.push((number, entry.clone()));
    let open = guild.audit_open;
    discord.removed += 1;
    discord.happened(Inbound::MemberLeft {
        guild: id,
        user,
        name: member.name,
        bot: member.bot,
    });
    if open {
        discord.happened(Inbound::RemovalLogged { guild: id, entry });
    }
    RestAnswer::bare(204)
}

pub(super) fn change_role(
    discord: &mut Discord,
    guild: &str,
    user: &str,
    role: &str,
    give: bool,
) -> RestAnswer {
    let (guild_id, user) = match found(discord, guild, user) {
        Ok(found) => found,
        Err(refused) => return refused,
    };
    let role = id(role, RoleId::new);
    let Some(guild) = discord.guilds.get_mut(&guild_id) else {
        return refusal(404, NOBODY);
    };
    if !guild.powers {
        return refusal(403, MAY_NOT);
    }
    let Some(role) = role.filter(|role| guild.roles.contains(role)) else {
        return refusal(404, 10_011);
    };
    let Some(member) = guild.members.get_mut(&user) else {
        return refusal(404, NOBODY);
    };
    if member.roles.contains(&role) == give {
        return RestAnswer::bare(204);
    }
    member.roles.retain(|known| *known != role);
    if give {
        member.roles.push(role);
    }
    let member = member.clone();
    discord.happened(Inbound::MemberChanged {
        guild: guild_id,
        member,
    });
    RestAnswer::bare(204)
}
