//! Guilds, their bans and their audit log.

use crate::ids::{self, Id, read_list, wire};
use crate::permissions::{BAN_MEMBERS, MANAGE_GUILD, VIEW_AUDIT_LOG};
use crate::rest::call::{Answer, Call, Reply};
use crate::rest::refusal::{Problems, Refusal, no};
use crate::rest::router::Route;
use crate::world::World;
use crate::world::audit::{Deed, action};
use crate::world::guild::Guild;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/guilds/{guild_id}", get),
    Route::new("PATCH", "/guilds/{guild_id}", edit),
    Route::new("GET", "/guilds/{guild_id}/preview", preview),
    Route::new("GET", "/guilds/{guild_id}/bans", bans),
    Route::new("GET", "/guilds/{guild_id}/bans/{user_id}", ban_of),
    Route::new("PUT", "/guilds/{guild_id}/bans/{user_id}", ban),
    Route::new("DELETE", "/guilds/{guild_id}/bans/{user_id}", unban),
    Route::new("POST", "/guilds/{guild_id}/bulk-ban", bulk_ban),
    Route::new("GET", "/guilds/{guild_id}/audit-logs", audit_log),
];

fn with_counts(guild: &Guild) -> Value {
    let mut out = guild.json();
    out["approximate_member_count"] = json!(guild.members.len());
    out["approximate_presence_count"] =
        json!(guild.presences.values().filter(|p| p.is_online()).count());
    out
}

fn get(world: &mut World, call: &Call) -> Answer {
    let guild = world.need_guild(call.id("guild_id")?)?;
    Ok(Reply::ok(if call.query_flag("with_counts") {
        with_counts(guild)
    } else {
        guild.json()
    }))
}

fn preview(world: &mut World, call: &Call) -> Answer {
    let guild = world.need_guild(call.id("guild_id")?)?;
    let full = with_counts(guild);
    let keys = [
        "id",
        "name",
        "icon",
        "splash",
        "discovery_splash",
        "home_header",
        "emojis",
        "features",
        "description",
        "stickers",
        "approximate_member_count",
        "approximate_presence_count",
    ];
    Ok(Reply::ok(
        keys.iter()
            .map(|key| ((*key).to_owned(), full[*key].clone()))
            .collect(),
    ))
}

fn edit(world: &mut World, call: &Call) -> Answer {
    let id = call.id("guild_id")?;
    world.need_in_guild(id, MANAGE_GUILD)?;
    let mut problems = Problems::default();
    problems.text(&call.body, "name", "name", (2, 100), false);
    problems.text(&call.body, "description", "description", (0, 300), false);
    problems.finish()?;
    if let Some(guild) = world.guilds.get_mut(&id) {
        for (key, value) in call.body.as_object().into_iter().flatten() {
            match key.as_str() {
                "name" => value.as_str().unwrap_or("").clone_into(&mut guild.name),
                "preferred_locale" => value
                    .as_str()
                    .unwrap_or("en-US")
                    .clone_into(&mut guild.locale),
                "system_channel_id" => guild.system_channel = ids::read(value),
                _ => drop(guild.fields.insert(key.clone(), value.clone())),
            }
        }
    }
    world.send_guild_update(id);
    let by = world.bot;
    world.audit(&Deed {
        guild: id,
        by,
        action: action::GUILD_UPDATE,
        target: Some(id),
        reason: call.reason(),
    });
    Ok(Reply::ok(world.need_guild(id)?.json()))
}

fn ban_json(world: &World, user: Id, reason: Option<&String>) -> Value {
    json!({"user": world.user_json(user), "reason": reason})
}

fn bans(world: &mut World, call: &Call) -> Answer {
    let guild = call.id("guild_id")?;
    world.need_in_guild(guild, BAN_MEMBERS)?;
    let limit = call.limit(1_000, 1_000)?;
    let (after, before) = (
        call.query_id("after").unwrap_or(0),
        call.query_id("before").unwrap_or(Id::MAX),
    );
    let all = world
        .need_guild(guild)?
        .bans
        .iter()
        .filter(|(user, _)| **user > after && **user < before);
    Ok(Reply::ok(
        all.take(limit)
            .map(|(user, reason)| ban_json(world, *user, reason.as_ref()))
            .collect(),
    ))
}

fn ban_of(world: &mut World, call: &Call) -> Answer {
    let (guild, user) = (call.id("guild_id")?, call.id("user_id")?);
    world.need_in_guild(guild, BAN_MEMBERS)?;
    let reason = world
        .need_guild(guild)?
        .bans
        .get(&user)
        .ok_or_else(no::unknown_ban)?;
    Ok(Reply::ok(ban_json(world, user, reason.as_ref())))
}

fn check_delete_seconds(body: &Value) -> Result<(), Refusal> {
    let mut problems = Problems::default();
    problems.number(
        body,
        "delete_message_seconds",
        "delete_message_seconds",
        (0, 604_800),
    );
    problems.finish()
}

fn ban(world: &mut World, call: &Call) -> Answer {
    let (guild, user) = (call.id("guild_id")?, call.id("user_id")?);
    world.need_in_guild(guild, BAN_MEMBERS)?;
    world.need_outranked(guild, user)?;
    if !world.users.contains_key(&user) {
        return Err(no::unknown_user());
    }
    check_delete_seconds(&call.body)?;
    let seconds = call.body["delete_message_seconds"].as_i64().unwrap_or(0);
    delete_recent(world, guild, user, seconds);
    let by = world.bot;
    world.ban(guild, by, user, call.reason());
    Ok(Reply::nothing())
}

fn delete_recent(world: &mut World, guild: Id, user: Id, seconds: i64) {
    let since = world.now() - seconds * 1_000;
    let channels: Vec<Id> = world
        .channels
        .values()
        .filter(|c| c.guild == Some(guild))
        .map(|c| c.id)
        .collect();
    for channel in channels.into_iter().filter(|_| seconds > 0) {
        let log = world
            .logs
            .get(&channel)
            .into_iter()
            .flat_map(|log| log.messages.values());
        let recent = log.filter(|m| m.author == user && ids::born_ms(m.id) >= since);
        let gone: BTreeSet<Id> = recent.map(|m| m.id).collect();
        if !gone.is_empty() {
            world.delete_many(channel, &gone);
        }
    }
}

fn unban(world: &mut World, call: &Call) -> Answer {
    let (guild, user) = (call.id("guild_id")?, call.id("user_id")?);
    world.need_in_guild(guild, BAN_MEMBERS)?;
    let by = world.bot;
    if world.unban(guild, by, user, call.reason()) {
        Ok(Reply::nothing())
    } else {
        Err(no::unknown_ban())
    }
}

fn bulk_ban(world: &mut World, call: &Call) -> Answer {
    let guild = call.id("guild_id")?;
    world.need_in_guild(guild, BAN_MEMBERS | MANAGE_GUILD)?;
    check_delete_seconds(&call.body)?;
    let (mut banned, mut failed) = (Vec::new(), Vec::new());
    let by = world.bot;
    for user in read_list(&call.body["user_ids"]) {
        if world.users.contains_key(&user) && world.need_outranked(guild, user).is_ok() {
            world.ban(guild, by, user, call.reason());
            banned.push(wire(user));
        } else {
            failed.push(wire(user));
        }
    }
    Ok(Reply::ok(
        json!({"banned_users": banned, "failed_users": failed}),
    ))
}

fn audit_log(world: &mut World, call: &Call) -> Answer {
    let guild = call.id("guild_id")?;
    world.need_in_guild(guild, VIEW_AUDIT_LOG)?;
    let limit = call.limit(50, 100)?;
    let kind: Option<u64> = call.query.get("action_type").and_then(|t| t.parse().ok());
    let user = call.query_id("user_id");
    let after = call.query_id("after");
    let before = call.query_id("before").unwrap_or(Id::MAX);
    let fits = |entry: &&Value| {
        let id = ids::read(&entry["id"]).unwrap_or(0);
        kind.is_none_or(|kind| entry["action_type"] == json!(kind))
            && user.is_none_or(|user| entry["user_id"] == wire(user))
            && id > after.unwrap_or(0)
            && id < before
    };
    let all = world.need_guild(guild)?.audit.iter();
    // Newest first; `after` turns the order around.
    let entries: Vec<Value> = match after {
        Some(_) => all.filter(fits).take(limit).cloned().collect(),
        None => all.rev().filter(fits).take(limit).cloned().collect(),
    };
    let named = entries
        .iter()
        .flat_map(|e| [ids::read(&e["user_id"]), ids::read(&e["target_id"])])
        .flatten();
    let users: BTreeSet<Id> = named.filter(|id| world.users.contains_key(id)).collect();
    Ok(Reply::ok(json!({
        "audit_log_entries": entries,
        "users": users.iter().map(|id| world.user_json(*id)).collect::<Vec<_>>(),
        "integrations": [], "webhooks": [], "guild_scheduled_events": [], "threads": [],
        "application_commands": [], "auto_moderation_rules": [],
    })))
}
