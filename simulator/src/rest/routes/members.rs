//! Members: found, changed, given roles, timed out, moved, kicked.

use crate::dates::parse_iso;
use crate::ids::{self, Id, read_list};
use crate::permissions::{
    CHANGE_NICKNAME, DEAFEN_MEMBERS, KICK_MEMBERS, MANAGE_NICKNAMES, MANAGE_ROLES,
    MODERATE_MEMBERS, MOVE_MEMBERS, MUTE_MEMBERS,
};
use crate::rest::call::{Answer, Call, Reply};
use crate::rest::limits::MEMBERS;
use crate::rest::refusal::{Problems, Refusal, no};
use crate::rest::router::Route;
use crate::world::World;
use crate::world::audit::{Deed, action};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/guilds/{guild_id}/members", list),
    Route::new("GET", "/guilds/{guild_id}/members/search", search),
    Route::new("GET", "/guilds/{guild_id}/members/{user_id}", get),
    Route::new("PATCH", "/guilds/{guild_id}/members/@me", edit_me),
    Route::new("PATCH", "/guilds/{guild_id}/members/{user_id}", edit).paced(MEMBERS),
    Route::new("DELETE", "/guilds/{guild_id}/members/{user_id}", kick),
    Route::new(
        "PUT",
        "/guilds/{guild_id}/members/{user_id}/roles/{role_id}",
        give_role,
    )
    .paced(MEMBERS),
    Route::new(
        "DELETE",
        "/guilds/{guild_id}/members/{user_id}/roles/{role_id}",
        take_role,
    )
    .paced(MEMBERS),
    Route::new("GET", "/guilds/{guild_id}/voice-states/@me", my_voice),
    Route::new("GET", "/guilds/{guild_id}/voice-states/{user_id}", voice),
];

const TIMEOUT_MAX_MS: i64 = 28 * 86_400_000;

fn list(world: &mut World, call: &Call) -> Answer {
    let guild = call.id("guild_id")?;
    world.need_guild(guild)?;
    // The route needs the members intent, which the application's flags grant.
    let flags = crate::intents::grants::MEMBERS | crate::intents::grants::MEMBERS_LIMITED;
    if world.application_flags & flags == 0 {
        return Err(no::missing_access());
    }
    let limit = call.limit(1, 1_000)?;
    let after = call.query_id("after").unwrap_or(0);
    let users: Vec<Id> = world.guilds[&guild]
        .members
        .range(after + 1..)
        .map(|(id, _)| *id)
        .take(limit)
        .collect();
    Ok(Reply::ok(
        users
            .into_iter()
            .filter_map(|user| world.member_json(guild, user))
            .collect(),
    ))
}

fn search(world: &mut World, call: &Call) -> Answer {
    let guild = call.id("guild_id")?;
    world.need_guild(guild)?;
    let limit = call.limit(1, 1_000)?;
    let query = call
        .query
        .get("query")
        .map(|q| q.to_lowercase())
        .unwrap_or_default();
    let begins = |user: &Id| {
        let name = world
            .users
            .get(user)
            .is_some_and(|u| u.name.to_lowercase().starts_with(&query));
        let nick = world.guilds[&guild].members[user]
            .nick
            .as_deref()
            .unwrap_or("")
            .to_lowercase();
        name || (!nick.is_empty() && nick.starts_with(&query))
    };
    let users: Vec<Id> = world.guilds[&guild]
        .members
        .keys()
        .copied()
        .filter(begins)
        .take(limit)
        .collect();
    Ok(Reply::ok(
        users
            .into_iter()
            .filter_map(|user| world.member_json(guild, user))
            .collect(),
    ))
}

fn shown(world: &World, guild: Id, user: Id) -> Answer {
    world
        .member_json(guild, user)
        .map(Reply::ok)
        .ok_or_else(no::unknown_member)
}

fn get(world: &mut World, call: &Call) -> Answer {
    let (guild, user) = (call.id("guild_id")?, call.id("user_id")?);
    world.need_member(guild, user)?;
    shown(world, guild, user)
}

fn edit_me(world: &mut World, call: &Call) -> Answer {
    let guild = call.id("guild_id")?;
    let bot = world.bot;
    if call.body.get("nick").is_some() {
        world.need_in_guild(guild, CHANGE_NICKNAME)?;
        set_nick(world, guild, bot, &call.body)?;
        world.send_member_update(guild, bot);
    }
    shown(world, guild, bot)
}

fn set_nick(world: &mut World, guild: Id, user: Id, body: &Value) -> Result<(), Refusal> {
    let mut problems = Problems::default();
    problems.text(body, "nick", "nick", (0, 32), false);
    problems.finish()?;
    if let Some(member) = world.member_mut(guild, user) {
        member.nick = body["nick"]
            .as_str()
            .filter(|nick| !nick.is_empty())
            .map(str::to_owned);
    }
    Ok(())
}

fn edit(world: &mut World, call: &Call) -> Answer {
    let (guild, user) = (call.id("guild_id")?, call.id("user_id")?);
    world.need_member(guild, user)?;
    check_rights(world, guild, user, &call.body)?;
    let until = read_timeout(world, &call.body)?;
    if call.body.get("nick").is_some() {
        set_nick(world, guild, user, &call.body)?;
    }
    if call.body["roles"].is_array() {
        set_roles(world, guild, user, call)?;
    }
    if let (Some(until), Some(member)) = (until, world.member_mut(guild, user)) {
        member.timeout_until_ms = until;
    }
    set_voice(world, guild, user, &call.body);
    world.send_member_update(guild, user);
    let by = world.bot;
    world.audit(&Deed {
        guild,
        by,
        action: action::MEMBER_UPDATE,
        target: Some(user),
        reason: call.reason(),
    });
    shown(world, guild, user)
}

/// Each field has a right of its own; and the hierarchy counts for all but voice.
fn check_rights(world: &World, guild: Id, user: Id, body: &Value) -> Result<(), Refusal> {
    let needs = [
        ("nick", MANAGE_NICKNAMES),
        ("roles", MANAGE_ROLES),
        ("communication_disabled_until", MODERATE_MEMBERS),
        ("mute", MUTE_MEMBERS),
        ("deaf", DEAFEN_MEMBERS),
        ("channel_id", MOVE_MEMBERS),
    ];
    for (key, bit) in needs {
        if body.get(key).is_none() {
            continue;
        }
        world.need_in_guild(guild, bit)?;
        if matches!(key, "nick" | "communication_disabled_until") {
            world.need_outranked(guild, user)?;
        }
    }
    Ok(())
}

/// Outer `None`: not sent. Inner `None`: lifted.
fn read_timeout(world: &World, body: &Value) -> Result<Option<Option<i64>>, Refusal> {
    let key = "communication_disabled_until";
    let Some(value) = body.get(key) else {
        return Ok(None);
    };
    if value.is_null() {
        return Ok(Some(None));
    }
    let until = value.as_str().and_then(parse_iso);
    let until = until.ok_or_else(|| {
        Refusal::field(
            key,
            "DATE_TIME_TYPE_PARSE",
            "Could not parse the timestamp. Should be ISO8601.",
        )
    })?;
    if until > world.now() + TIMEOUT_MAX_MS {
        return Err(Refusal::field(
            key,
            "COMMUNICATION_DISABLED_UNTIL_TOO_FAR",
            "Cannot be more than 28 days in the future.",
        ));
    }
    Ok(Some(Some(until)))
}

/// Roles that change must be below the bot's own; managed ones cannot change.
fn set_roles(world: &mut World, guild: Id, user: Id, call: &Call) -> Result<(), Refusal> {
    let new: BTreeSet<Id> = read_list(&call.body["roles"])
        .into_iter()
        .filter(|id| *id != guild)
        .collect();
    let old = world.guilds[&guild].members[&user].roles.clone();
    for role in new.symmetric_difference(&old) {
        world.need_role_below(guild, *role)?;
    }
    let by = world.bot;
    for role in old.difference(&new) {
        world.change_role(guild, by, user, *role, false, call.reason());
    }
    for role in new.difference(&old) {
        world.change_role(guild, by, user, *role, true, call.reason());
    }
    Ok(())
}

fn set_voice(world: &mut World, guild: Id, user: Id, body: &Value) {
    let is_heard = world.guilds[&guild].voice.contains_key(&user);
    if body.get("channel_id").is_some() && is_heard {
        world.change_voice(guild, user, ids::read(&body["channel_id"]));
    }
    let Some(state) = world
        .guilds
        .get_mut(&guild)
        .and_then(|g| g.voice.get_mut(&user))
    else {
        return;
    };
    let mut changed = false;
    if let Some(mute) = body["mute"].as_bool() {
        changed |= std::mem::replace(&mut state.mute, mute) != mute;
    }
    if let Some(deaf) = body["deaf"].as_bool() {
        changed |= std::mem::replace(&mut state.deaf, deaf) != deaf;
    }
    let state = state.clone();
    if changed {
        world.send_voice_state(guild, user, &state);
    }
}

fn kick(world: &mut World, call: &Call) -> Answer {
    let (guild, user) = (call.id("guild_id")?, call.id("user_id")?);
    world.need_in_guild(guild, KICK_MEMBERS)?;
    world.need_member(guild, user)?;
    world.need_outranked(guild, user)?;
    let by = world.bot;
    world.kick(guild, by, user, call.reason());
    Ok(Reply::nothing())
}

fn change_role(world: &mut World, call: &Call, give: bool) -> Answer {
    let (guild, user, role) = (
        call.id("guild_id")?,
        call.id("user_id")?,
        call.id("role_id")?,
    );
    world.need_in_guild(guild, MANAGE_ROLES)?;
    world.need_member(guild, user)?;
    world.need_role_below(guild, role)?;
    if role == guild || world.guilds[&guild].roles[&role].managed_by.is_some() {
        return Err(no::own_role());
    }
    let by = world.bot;
    world.change_role(guild, by, user, role, give, call.reason());
    Ok(Reply::nothing())
}

fn give_role(world: &mut World, call: &Call) -> Answer {
    change_role(world, call, true)
}

fn take_role(world: &mut World, call: &Call) -> Answer {
    change_role(world, call, false)
}

fn voice_json(world: &World, guild: Id, user: Id) -> Answer {
    let state = world.need_guild(guild)?.voice.get(&user);
    let state = state.ok_or_else(|| Refusal::new(404, 10065, "Unknown Voice State"))?;
    let mut out = state.json(user);
    out["guild_id"] = json!(guild.to_string());
    out["member"] = world.member_json(guild, user).unwrap_or(Value::Null);
    Ok(Reply::ok(out))
}

fn my_voice(world: &mut World, call: &Call) -> Answer {
    let guild = call.id("guild_id")?;
    voice_json(world, guild, world.bot)
}

fn voice(world: &mut World, call: &Call) -> Answer {
    let (guild, user) = (call.id("guild_id")?, call.id("user_id")?);
    voice_json(world, guild, user)
}
