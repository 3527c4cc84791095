//! Registration of application commands, global and per guild.

use crate::ids::{Id, wire};
use crate::rest::call::{Answer, Call, Reply};
use crate::rest::command_form::{check, check_counts, kind_of};
use crate::rest::refusal::{Problems, Refusal, no};
use crate::rest::router::Route;
use crate::world::World;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/applications/{application_id}/commands", list),
    Route::new("PUT", "/applications/{application_id}/commands", overwrite),
    Route::new("POST", "/applications/{application_id}/commands", create),
    Route::new(
        "GET",
        "/applications/{application_id}/commands/{command_id}",
        get,
    ),
    Route::new(
        "PATCH",
        "/applications/{application_id}/commands/{command_id}",
        patch,
    ),
    Route::new(
        "DELETE",
        "/applications/{application_id}/commands/{command_id}",
        delete,
    ),
    Route::new(
        "GET",
        "/applications/{application_id}/guilds/{guild_id}/commands",
        list,
    ),
    Route::new(
        "PUT",
        "/applications/{application_id}/guilds/{guild_id}/commands",
        overwrite,
    ),
    Route::new(
        "POST",
        "/applications/{application_id}/guilds/{guild_id}/commands",
        create,
    ),
    Route::new(
        "GET",
        "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}",
        get,
    ),
    Route::new(
        "PATCH",
        "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}",
        patch,
    ),
    Route::new(
        "DELETE",
        "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}",
        delete,
    ),
];

const CREATES_PER_DAY: usize = 200;
const DAY_MS: i64 = 86_400_000;

/// Which list is meant.
fn scope(world: &World, call: &Call) -> Result<Option<Id>, Refusal> {
    if call.id("application_id")? != world.application {
        return Err(no::missing_access());
    }
    if call.param("guild_id").is_empty() {
        return Ok(None);
    }
    let guild = call.id("guild_id")?;
    world.need_guild(guild).map_err(|_| no::missing_access())?;
    Ok(Some(guild))
}

fn stored(world: &World, scope: Option<Id>) -> Vec<Value> {
    world
        .commands
        .get(&scope)
        .map(|all| all.values().cloned().collect())
        .unwrap_or_default()
}

fn list(world: &mut World, call: &Call) -> Answer {
    let scope = scope(world, call)?;
    let mut all = stored(world, scope);
    if !call.query_flag("with_localizations") {
        for command in &mut all {
            command["name_localizations"] = Value::Null;
            command["description_localizations"] = Value::Null;
        }
    }
    Ok(Reply::ok(Value::Array(all)))
}

fn get(world: &mut World, call: &Call) -> Answer {
    let scope = scope(world, call)?;
    let id = call.id("command_id")?;
    let found = world.commands.get(&scope).and_then(|all| all.get(&id));
    Ok(Reply::ok(found.ok_or_else(no::unknown_command)?.clone()))
}

fn overwrite(world: &mut World, call: &Call) -> Answer {
    let scope = scope(world, call)?;
    let list = call.body.as_array().ok_or_else(|| {
        Refusal::field(
            "_errors",
            "LIST_TYPE_CONVERT",
            "Only iterables may be used in a ListType",
        )
    })?;
    let mut problems = Problems::default();
    let mut names = BTreeSet::new();
    for (at, command) in list.iter().enumerate() {
        check(command, &at.to_string(), &mut problems);
        let key = (
            kind_of(command),
            command["name"].as_str().unwrap_or("").to_owned(),
        );
        if !names.insert(key) {
            problems.add(
                &at.to_string(),
                "APPLICATION_COMMANDS_DUPLICATE_NAME",
                "Application command names must be unique",
            );
        }
    }
    problems.finish()?;
    check_counts(list)?;
    let old = world.commands.remove(&scope).unwrap_or_default();
    let mut new = BTreeMap::new();
    for command in list {
        let known = same_name(&old, command).map(|(id, _)| *id);
        let made = make(world, scope, command, known)?;
        new.insert(made.0, made.1);
    }
    world.commands.insert(scope, new);
    world.touch();
    Ok(Reply::ok(Value::Array(stored(world, scope))))
}

fn create(world: &mut World, call: &Call) -> Answer {
    let scope = scope(world, call)?;
    let mut problems = Problems::default();
    check(&call.body, "", &mut problems);
    problems.finish()?;
    let old = world.commands.entry(scope).or_default();
    let known = same_name(old, &call.body).map(|(id, _)| *id);
    let mut after: Vec<Value> = old.values().cloned().collect();
    after.push(call.body.clone());
    if known.is_none() {
        check_counts(&after)?;
    }
    let (id, command) = make(world, scope, &call.body, known)?;
    world
        .commands
        .entry(scope)
        .or_default()
        .insert(id, command.clone());
    world.touch();
    Ok(if known.is_some() {
        Reply::ok(command)
    } else {
        Reply::created(command)
    })
}

fn patch(world: &mut World, call: &Call) -> Answer {
    let scope = scope(world, call)?;
    let id = call.id("command_id")?;
    let old = world
        .commands
        .get(&scope)
        .and_then(|all| all.get(&id))
        .ok_or_else(no::unknown_command)?;
    let mut merged = old.clone();
    for (key, value) in call.body.as_object().into_iter().flatten() {
        merged[key] = value.clone();
    }
    let mut problems = Problems::default();
    check(&merged, "", &mut problems);
    problems.finish()?;
    let (id, command) = make(world, scope, &merged, Some(id))?;
    world
        .commands
        .entry(scope)
        .or_default()
        .insert(id, command.clone());
    world.touch();
    Ok(Reply::ok(command))
}

fn delete(world: &mut World, call: &Call) -> Answer {
    let scope = scope(world, call)?;
    let id = call.id("command_id")?;
    let removed = world
        .commands
        .get_mut(&scope)
        .and_then(|all| all.remove(&id));
    world.touch();
    removed
        .map(|_| Reply::nothing())
        .ok_or_else(no::unknown_command)
}

fn same_name<'a>(all: &'a BTreeMap<Id, Value>, command: &Value) -> Option<(&'a Id, &'a Value)> {
    all.iter()
        .find(|(_, old)| old["name"] == command["name"] && kind_of(old) == kind_of(command))
}

/// The stored form; a new name counts toward the day's limit.
fn make(
    world: &mut World,
    scope: Option<Id>,
    command: &Value,
    known: Option<Id>,
) -> Result<(Id, Value), Refusal> {
    let now = world.now();
    if known.is_none() {
        let created = world.commands_created.entry(scope).or_default();
        created.retain(|at| now < at + DAY_MS);
        if created.len() >= CREATES_PER_DAY {
            let mut refusal = no::too_many_commands_today();
            refusal.body["retry_after"] = json!(86_400.0);
            return Err(refusal);
        }
        created.push(now);
    }
    let id = known.unwrap_or_else(|| world.next_id());
    let mut out = Map::new();
    let optional = [
        "name_localizations",
        "description_localizations",
        "options",
        "contexts",
        "integration_types",
        "handler",
    ];
    for key in optional {
        if let Some(value) = command.get(key).filter(|value| !value.is_null()) {
            out.insert(key.to_owned(), value.clone());
        }
    }
    let permissions = crate::permissions::read(&command["default_member_permissions"]);
    let mut put = |key: &str, value: Value| out.insert(key.to_owned(), value);
    put("id", wire(id));
    put("application_id", wire(world.application));
    put("version", wire(world.next_id()));
    put("type", json!(kind_of(command)));
    put("name", command["name"].clone());
    put(
        "description",
        json!(command["description"].as_str().unwrap_or("")),
    );
    put(
        "default_member_permissions",
        json!(permissions.map(|bits| bits.to_string())),
    );
    put(
        "dm_permission",
        json!(command["dm_permission"] != json!(false)),
    );
    put("nsfw", json!(command["nsfw"] == json!(true)));
    if let Some(guild) = scope {
        put("guild_id", wire(guild));
    }
    Ok((id, Value::Object(out)))
}
