//! Roles: made, changed, moved, deleted; always below the bot's own.

use crate::ids::{self, Id};
use crate::permissions::{self, MANAGE_ROLES};
use crate::rest::call::{Answer, Call, Reply};
use crate::rest::refusal::{Problems, Refusal, no};
use crate::rest::router::Route;
use crate::world::World;
use crate::world::audit::{Deed, action};
use crate::world::role::Role;
use serde_json::Value;

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/guilds/{guild_id}/roles", list),
    Route::new("POST", "/guilds/{guild_id}/roles", create),
    Route::new("PATCH", "/guilds/{guild_id}/roles", arrange),
    Route::new("GET", "/guilds/{guild_id}/roles/{role_id}", get),
    Route::new("PATCH", "/guilds/{guild_id}/roles/{role_id}", edit),
    Route::new("DELETE", "/guilds/{guild_id}/roles/{role_id}", delete),
];

const ROLES_MAX: usize = 250;

fn list(world: &mut World, call: &Call) -> Answer {
    let guild = world.need_guild(call.id("guild_id")?)?;
    Ok(Reply::ok(guild.roles.values().map(Role::json).collect()))
}

fn get(world: &mut World, call: &Call) -> Answer {
    let guild = world.need_guild(call.id("guild_id")?)?;
    let role = guild
        .roles
        .get(&call.id("role_id")?)
        .ok_or_else(no::unknown_role)?;
    Ok(Reply::ok(role.json()))
}

/// A bot cannot give a role what it does not have itself.
fn check(world: &World, guild: Id, body: &Value) -> Result<Option<u64>, Refusal> {
    let mut problems = Problems::default();
    problems.text(body, "name", "name", (0, 100), false);
    problems.number(body, "color", "color", (0, 0xFF_FFFF));
    problems.finish()?;
    let bits = permissions::read(&body["permissions"]);
    let own = world.permissions_of(guild, world.bot);
    if bits.is_some_and(|bits| bits & !own & permissions::ALL != 0) {
        return Err(no::missing_permissions());
    }
    Ok(bits)
}

fn put(role: &mut Role, body: &Value, bits: Option<u64>) {
    if let Some(name) = body["name"].as_str() {
        name.clone_into(&mut role.name);
    }
    role.permissions = bits.unwrap_or(role.permissions);
    let color = body["colors"]["primary_color"]
        .as_u64()
        .or_else(|| body["color"].as_u64());
    role.color = color.unwrap_or(role.color);
    role.hoist = body["hoist"].as_bool().unwrap_or(role.hoist);
    role.mentionable = body["mentionable"].as_bool().unwrap_or(role.mentionable);
}

fn create(world: &mut World, call: &Call) -> Answer {
    let guild = call.id("guild_id")?;
    world.need_in_guild(guild, MANAGE_ROLES)?;
    let bits = check(world, guild, &call.body)?;
    if world.guilds[&guild].roles.len() >= ROLES_MAX {
        return Err(Refusal::new(
            400,
            30005,
            "Maximum number of guild roles reached (250)",
        ));
    }
    let everyone = world.guilds[&guild]
        .roles
        .get(&guild)
        .map_or(0, |r| r.permissions);
    let id = world.create_role(guild, "new role", everyone);
    if let Some(role) = world
        .guilds
        .get_mut(&guild)
        .and_then(|g| g.roles.get_mut(&id))
    {
        put(role, &call.body, bits);
    }
    world.announce_role(guild, id, "GUILD_ROLE_CREATE");
    tell(world, guild, id, action::ROLE_CREATE, call);
    shown(world, guild, id)
}

fn tell(world: &mut World, guild: Id, role: Id, action: u64, call: &Call) {
    let by = world.bot;
    world.audit(&Deed {
        guild,
        by,
        action,
        target: Some(role),
        reason: call.reason(),
    });
}

fn shown(world: &World, guild: Id, role: Id) -> Answer {
    let role = world
        .need_guild(guild)?
        .roles
        .get(&role)
        .ok_or_else(no::unknown_role)?;
    Ok(Reply::ok(role.json()))
}

fn edit(world: &mut World, call: &Call) -> Answer {
    let (guild, id) = (call.id("guild_id")?, call.id("role_id")?);
    world.need_in_guild(guild, MANAGE_ROLES)?;
    world.need_role_below(guild, id)?;
    let bits = check(world, guild, &call.body)?;
    if let Some(role) = world
        .guilds
        .get_mut(&guild)
        .and_then(|g| g.roles.get_mut(&id))
    {
        put(role, &call.body, bits);
    }
    world.announce_role(guild, id, "GUILD_ROLE_UPDATE");
    tell(world, guild, id, action::ROLE_UPDATE, call);
    shown(world, guild, id)
}

fn delete(world: &mut World, call: &Call) -> Answer {
    let (guild, id) = (call.id("guild_id")?, call.id("role_id")?);
    world.need_in_guild(guild, MANAGE_ROLES)?;
    world.need_role_below(guild, id)?;
    if id == guild || world.guilds[&guild].roles[&id].managed_by.is_some() {
        return Err(no::own_role());
    }
    world.delete_role(guild, id);
    tell(world, guild, id, action::ROLE_DELETE, call);
    Ok(Reply::nothing())
}

fn arrange(world: &mut World, call: &Call) -> Answer {
    let guild = call.id("guild_id")?;
    world.need_in_guild(guild, MANAGE_ROLES)?;
    let rank = world.guilds[&guild].rank(world.bot);
    let wanted = call.body.as_array().into_iter().flatten();
    let moves: Vec<(Id, i64)> = wanted
        .filter_map(|e| Some((ids::read(&e["id"])?, e["position"].as_i64()?)))
        .collect();
    for (role, position) in &moves {
        world.need_role_below(guild, *role)?;
        if *position >= rank {
            return Err(no::missing_permissions());
        }
    }
    for (id, position) in moves {
        if let Some(role) = world
            .guilds
            .get_mut(&guild)
            .and_then(|g| g.roles.get_mut(&id))
        {
            role.position = position;
        }
        world.announce_role(guild, id, "GUILD_ROLE_UPDATE");
    }
    list(world, call)
}
