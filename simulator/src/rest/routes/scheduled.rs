//! Scheduled events: the basic four, and who is interested.

use crate::dates::{iso, parse_iso};
use crate::ids::{Id, wire};
use crate::permissions::{CREATE_EVENTS, MANAGE_EVENTS};
use crate::rest::call::{Answer, Call, Reply};
use crate::rest::refusal::{Problems, Refusal, no};
use crate::rest::router::Route;
use crate::world::World;
use crate::world::audit::{Deed, action};
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/guilds/{guild_id}/scheduled-events", list),
    Route::new("POST", "/guilds/{guild_id}/scheduled-events", create),
    Route::new(
        "GET",
        "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}",
        get,
    ),
    Route::new(
        "PATCH",
        "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}",
        edit,
    ),
    Route::new(
        "DELETE",
        "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}",
        delete,
    ),
    Route::new(
        "GET",
        "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}/users",
        users,
    ),
];

const EXTERNAL: u64 = 3;

fn list(world: &mut World, call: &Call) -> Answer {
    let guild = world.need_guild(call.id("guild_id")?)?;
    Ok(Reply::ok(guild.events.values().cloned().collect()))
}

fn find(world: &World, call: &Call) -> Result<(Id, Id, Value), Refusal> {
    let (guild, id) = (call.id("guild_id")?, call.id("guild_scheduled_event_id")?);
    let event = world
        .need_guild(guild)?
        .events
        .get(&id)
        .ok_or_else(no::unknown_event)?;
    Ok((guild, id, event.clone()))
}

fn get(world: &mut World, call: &Call) -> Answer {
    find(world, call).map(|(_, _, event)| Reply::ok(event))
}

/// The rules that hold for a whole event, new or changed.
fn check(event: &Value) -> Result<(), Refusal> {
    let mut problems = Problems::default();
    problems.text(event, "name", "name", (1, 100), true);
    problems.text(event, "description", "description", (0, 1_000), false);
    let begin = event["scheduled_start_time"].as_str().and_then(parse_iso);
    let end = event["scheduled_end_time"].as_str().and_then(parse_iso);
    if begin.is_none() {
        problems.required("scheduled_start_time");
    }
    if begin.zip(end).is_some_and(|(begin, end)| end <= begin) {
        problems.add(
            "scheduled_end_time",
            "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST",
            "Cannot end before it starts.",
        );
    }
    match event["entity_type"].as_u64() {
        Some(EXTERNAL) => {
            problems.text(
                &event["entity_metadata"],
                "location",
                "entity_metadata.location",
                (1, 100),
                true,
            );
            if end.is_none() {
                problems.required("scheduled_end_time");
            }
        }
        Some(1 | 2) if event["channel_id"].is_null() => problems.required("channel_id"),
        Some(1 | 2) => {}
        _ => problems.choice("entity_type", "1, 2, 3"),
    }
    problems.finish()
}

/// Keys a client may set; times are brought into Discord's form.
fn put(event: &mut Value, body: &Value) {
    let plain = [
        "name",
        "description",
        "entity_type",
        "entity_metadata",
        "channel_id",
        "privacy_level",
        "status",
        "recurrence_rule",
    ];
    for key in plain {
        if let Some(value) = body.get(key) {
            event[key] = value.clone();
        }
    }
    for key in ["scheduled_start_time", "scheduled_end_time"] {
        if let Some(value) = body.get(key) {
            event[key] = value
                .as_str()
                .and_then(parse_iso)
                .map_or_else(|| value.clone(), |at| json!(iso(at)));
        }
    }
}

fn create(world: &mut World, call: &Call) -> Answer {
    let guild = call.id("guild_id")?;
    world.need_in_guild(guild, CREATE_EVENTS)?;
    let (id, mut event) = world.blank_event(guild, world.bot);
    put(&mut event, &call.body);
    check(&event)?;
    let begins = event["scheduled_start_time"].as_str().and_then(parse_iso);
    if begins.is_some_and(|at| at < world.now()) {
        return Err(Refusal::field(
            "scheduled_start_time",
            "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST",
            "Cannot schedule event in the past.",
        ));
    }
    store(
        world,
        guild,
        id,
        &event,
        "GUILD_SCHEDULED_EVENT_CREATE",
        action::EVENT_CREATE,
        call,
    );
    Ok(Reply::ok(event))
}

fn store(
    world: &mut World,
    guild: Id,
    id: Id,
    event: &Value,
    kind: &'static str,
    action: u64,
    call: &Call,
) {
    world.store_event(guild, id, event, kind);
    let by = world.bot;
    world.audit(&Deed {
        guild,
        by,
        action,
        target: Some(id),
        reason: call.reason(),
    });
}

fn need_right(world: &World, guild: Id, event: &Value) -> Result<(), Refusal> {
    let own = event["creator_id"] == wire(world.bot);
    world.need_in_guild(guild, if own { CREATE_EVENTS } else { MANAGE_EVENTS })
}

fn edit(world: &mut World, call: &Call) -> Answer {
    let (guild, id, mut event) = find(world, call)?;
    need_right(world, guild, &event)?;
    put(&mut event, &call.body);
    check(&event)?;
    store(
        world,
        guild,
        id,
        &event,
        "GUILD_SCHEDULED_EVENT_UPDATE",
        action::EVENT_UPDATE,
        call,
    );
    Ok(Reply::ok(event))
}

fn delete(world: &mut World, call: &Call) -> Answer {
    let (guild, id, event) = find(world, call)?;
    need_right(world, guild, &event)?;
    store(
        world,
        guild,
        id,
        &event,
        "GUILD_SCHEDULED_EVENT_DELETE",
        action::EVENT_DELETE,
        call,
    );
    if let Some(g) = world.guilds.get_mut(&guild) {
        g.events.remove(&id);
        g.interested.remove(&id);
    }
    Ok(Reply::nothing())
}

fn users(world: &mut World, call: &Call) -> Answer {
    let (guild, id, _) = find(world, call)?;
    Ok(Reply::ok(Value::Array(world.interested(guild, id))))
}
