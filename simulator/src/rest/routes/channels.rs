//! Channels: reading, making, changing, deleting; and the hidden limit on renames.

use crate::ids::{self, Id};
use crate::permissions::{
    self, MANAGE_CHANNELS, MANAGE_ROLES, MANAGE_THREADS, Overwrite, OverwriteOf,
};
use crate::rest::call::{Answer, Call, Reply};
use crate::rest::limits::rename_wait_ms;
use crate::rest::refusal::{Problems, Refusal, no};
use crate::rest::router::Route;
use crate::world::World;
use crate::world::audit::{Deed, action};
use crate::world::channel::{Channel, ChannelKind};
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/channels/{channel_id}", get),
    Route::new("PATCH", "/channels/{channel_id}", edit),
    Route::new("DELETE", "/channels/{channel_id}", delete),
    Route::new("GET", "/guilds/{guild_id}/channels", list),
    Route::new("POST", "/guilds/{guild_id}/channels", create),
    Route::new("PATCH", "/guilds/{guild_id}/channels", arrange),
];

/// Channels per guild, and per category.
const CHANNELS_MAX: usize = 500;
const IN_CATEGORY_MAX: usize = 50;

/// Settings that are kept as they are sent.
const PLAIN_FIELDS: &[&str] = &[
    "topic",
    "nsfw",
    "rate_limit_per_user",
    "bitrate",
    "user_limit",
    "rtc_region",
    "video_quality_mode",
    "default_auto_archive_duration",
    "default_thread_rate_limit_per_user",
    "default_reaction_emoji",
    "default_sort_order",
    "default_forum_layout",
];

fn shown(world: &World, id: Id) -> Reply {
    let channel = &world.channels[&id];
    Reply::ok(if channel.thread.is_some() {
        world.thread_json(channel)
    } else {
        world.channel_json(channel)
    })
}

fn get(world: &mut World, call: &Call) -> Answer {
    let id = call.id("channel_id")?;
    world.need_channel(id)?;
    Ok(shown(world, id))
}

fn list(world: &mut World, call: &Call) -> Answer {
    let guild = call.id("guild_id")?;
    world.need_guild(guild)?;
    let all = world
        .channels
        .values()
        .filter(|c| c.guild == Some(guild) && !c.kind.is_thread());
    Ok(Reply::ok(all.map(|c| world.channel_json(c)).collect()))
}

fn check(body: &Value, name_needed: bool) -> Result<(), Refusal> {
    let mut problems = Problems::default();
    problems.text(body, "name", "name", (1, 100), name_needed);
    problems.text(body, "topic", "topic", (0, 4_096), false);
    problems.number(
        body,
        "rate_limit_per_user",
        "rate_limit_per_user",
        (0, 21_600),
    );
    problems.number(body, "bitrate", "bitrate", (8_000, 384_000));
    problems.number(body, "user_limit", "user_limit", (0, 10_000));
    for (at, overwrite) in body["permission_overwrites"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
    {
        if ids::read(&overwrite["id"]).is_none() {
            problems.required(&format!("permission_overwrites.{at}.id"));
        }
    }
    problems.finish()
}

fn create(world: &mut World, call: &Call) -> Answer {
    let guild = call.id("guild_id")?;
    world.need_in_guild(guild, MANAGE_CHANNELS)?;
    check(&call.body, true)?;
    let kind = ChannelKind::from_number(call.body["type"].as_u64().unwrap_or(0));
    let kind = kind.filter(|kind| !kind.is_thread() && *kind != ChannelKind::Direct);
    let kind = kind.ok_or_else(|| {
        Refusal::field("type", "BASE_TYPE_CHOICES", "Value is not a channel type.")
    })?;
    let parent = ids::read(&call.body["parent_id"]);
    check_room(world, guild, parent)?;
    let overwrites = read_overwrites(world, guild, &call.body)?;
    let name = proper_name(kind, call.body["name"].as_str().unwrap_or(""));
    let id = world.create_channel(guild, kind, &name);
    if let Some(channel) = world.channels.get_mut(&id) {
        channel.parent = parent;
        channel.overwrites = overwrites.unwrap_or_default();
        put_plain(channel, &call.body);
        if let Some(position) = call.body["position"].as_i64() {
            channel.position = position;
        }
    }
    world.announce_channel(id, "CHANNEL_CREATE");
    let by = world.bot;
    world.audit(&Deed {
        guild,
        by,
        action: action::CHANNEL_CREATE,
        target: Some(id),
        reason: call.reason(),
    });
    let mut reply = shown(world, id);
    reply.status = 201;
    Ok(reply)
}

/// Text channels are written in lower case with hyphens, as Discord does it.
fn proper_name(kind: ChannelKind, name: &str) -> String {
    match kind {
        ChannelKind::Text | ChannelKind::Announcement | ChannelKind::Forum | ChannelKind::Media => {
            name.to_lowercase()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join("-")
        }
        _ => name.to_owned(),
    }
}

fn check_room(world: &World, guild: Id, parent: Option<Id>) -> Result<(), Refusal> {
    let count = |fits: &dyn Fn(&Channel) -> bool| {
        world
            .channels
            .values()
            .filter(|c| c.guild == Some(guild) && !c.kind.is_thread() && fits(c))
            .count()
    };
    if count(&|_| true) >= CHANNELS_MAX {
        return Err(Refusal::new(
            400,
            30013,
            "Maximum number of guild channels reached (500)",
        ));
    }
    let Some(parent) = parent else { return Ok(()) };
    let is_category = world
        .channels
        .get(&parent)
        .is_some_and(|c| c.kind == ChannelKind::Category);
    if !is_category {
        return Err(Refusal::field(
            "parent_id",
            "CHANNEL_PARENT_INVALID_TYPE",
            "Not a category",
        ));
    }
    if count(&|c| c.parent == Some(parent)) >= IN_CATEGORY_MAX {
        let message = "Maximum number of channels in category reached (50)";
        return Err(Refusal::field(
            "parent_id",
            "CHANNEL_PARENT_MAX_CHANNELS",
            message,
        ));
    }
    Ok(())
}

/// `None` if none were sent. A bot cannot grant or deny what it does not have itself.
fn read_overwrites(
    world: &World,
    guild: Id,
    body: &Value,
) -> Result<Option<Vec<Overwrite>>, Refusal> {
    let Some(list) = body["permission_overwrites"].as_array() else {
        return Ok(None);
    };
    let own = world.permissions_of(guild, world.bot);
    let read = |value: &Value| Overwrite {
        id: ids::read(&value["id"]).unwrap_or(0),
        of: if value["type"] == json!(1) || value["type"] == json!("member") {
            OverwriteOf::Member
        } else {
            OverwriteOf::Role
        },
        allow: permissions::read(&value["allow"]).unwrap_or(0),
        deny: permissions::read(&value["deny"]).unwrap_or(0),
    };
    let overwrites: Vec<Overwrite> = list.iter().map(read).collect();
    let touched = overwrites.iter().fold(0, |bits, o| bits | o.allow | o.deny);
    if touched & !own & permissions::ALL != 0 {
        return Err(no::missing_permissions());
    }
    Ok(Some(overwrites))
}

fn put_plain(channel: &mut Channel, body: &Value) {
    for key in PLAIN_FIELDS {
        if let Some(value) = body.get(*key) {
            channel.fields.insert((*key).to_owned(), value.clone());
        }
    }
    if let Some(tags) = body["available_tags"].as_array() {
        let base = channel.id;
        let tag = |(at, tag): (usize, &Value)| {
            json!({"id": (base + at as u64 + 1).to_string(), "name": tag["name"], "moderated": tag["moderated"] == json!(true),
                "emoji_id": tag["emoji_id"], "emoji_name": tag["emoji_name"]})
        };
        channel.fields.insert(
            "available_tags".to_owned(),
            tags.iter().enumerate().map(tag).collect(),
        );
    }
}

fn edit(world: &mut World, call: &Call) -> Answer {
    let id = call.id("channel_id")?;
    let found = world.need_channel(id)?;
    let guild = found.guild.ok_or_else(no::not_in_dm)?;
    if found.thread.is_some() {
        return super::threads::edit(world, id, guild, call);
    }
    world.need_in_channel(id, MANAGE_CHANNELS)?;
    check(&call.body, false)?;
    let overwrites = read_overwrites(world, guild, &call.body)?;
    if overwrites.is_some() {
        world.need_in_channel(id, MANAGE_ROLES)?;
    }
    if call.body["parent_id"].is_string() {
        check_room(world, guild, ids::read(&call.body["parent_id"]))?;
    }
    count_rename(world, id, call)?;
    let Some(channel) = world.channels.get_mut(&id) else {
        return Err(no::unknown_channel());
    };
    if let Some(name) = call.body["name"].as_str() {
        channel.name = proper_name(channel.kind, name);
    }
    if let Some(overwrites) = overwrites {
        channel.overwrites = overwrites;
    }
    if call.body.get("parent_id").is_some() {
        channel.parent = ids::read(&call.body["parent_id"]);
    }
    if let Some(position) = call.body["position"].as_i64() {
        channel.position = position;
    }
    put_plain(channel, &call.body);
    world.announce_channel(id, "CHANNEL_UPDATE");
    if call.body["name"].is_string() {
        let name = world.place(id);
        world.see_guild(
            crate::feed::Seen::Channel,
            guild,
            world.bot,
            &format!("a channel is now called {name}"),
        );
    }
    let by = world.bot;
    world.audit(&Deed {
        guild,
        by,
        action: action::CHANNEL_UPDATE,
        target: Some(id),
        reason: call.reason(),
    });
    Ok(shown(world, id))
}

/// Name and topic may change twice in ten minutes; the third change waits, and nothing announces that.
fn count_rename(world: &mut World, id: Id, call: &Call) -> Result<(), Refusal> {
    let enforced = world.config.rate_limits;
    let now = world.now();
    let Some(channel) = world.channels.get_mut(&id) else {
        return Ok(());
    };
    let renames = call.body["name"]
        .as_str()
        .is_some_and(|name| proper_name(channel.kind, name) != channel.name);
    let retopics = call
        .body
        .get("topic")
        .is_some_and(|topic| channel.fields.get("topic") != Some(topic));
    if !enforced || !(renames || retopics) {
        return Ok(());
    }
    let Some(wait_ms) = rename_wait_ms(&mut channel.renamed_ms, now) else {
        return Ok(());
    };
    let wait_s = f64::from(i32::try_from(wait_ms).unwrap_or(i32::MAX)) / 1_000.0;
    Err(Refusal {
        status: 429,
        body: crate::rest::limits::limited_body(wait_s, false),
    })
}

fn delete(world: &mut World, call: &Call) -> Answer {
    let id = call.id("channel_id")?;
    let found = world.need_channel(id)?;
    let Some(guild) = found.guild else {
        // A direct-message channel is only closed.
        return Ok(shown(world, id));
    };
    let is_thread = found.thread.is_some();
    world.need_in_channel(
        id,
        if is_thread {
            MANAGE_THREADS
        } else {
            MANAGE_CHANNELS
        },
    )?;
    let reply = shown(world, id);
    let by = world.bot;
    let (action, reason) = (
        if is_thread {
            action::THREAD_DELETE
        } else {
            action::CHANNEL_DELETE
        },
        call.reason(),
    );
    if is_thread {
        world.delete_thread(id);
    } else {
        world.delete_channel(id, by);
    }
    world.audit(&Deed {
        guild,
        by,
        action,
        target: Some(id),
        reason,
    });
    Ok(reply)
}

fn arrange(world: &mut World, call: &Call) -> Answer {
    let guild = call.id("guild_id")?;
    world.need_in_guild(guild, MANAGE_CHANNELS)?;
    for entry in call.body.as_array().into_iter().flatten() {
        let Some(id) = ids::read(&entry["id"]) else {
            continue;
        };
        let Some(channel) = world
            .channels
            .get_mut(&id)
            .filter(|c| c.guild == Some(guild))
        else {
            return Err(no::unknown_channel());
        };
        if let Some(position) = entry["position"].as_i64() {
            channel.position = position;
        }
        if entry.get("parent_id").is_some() {
            channel.parent = ids::read(&entry["parent_id"]);
        }
        world.announce_channel(id, "CHANNEL_UPDATE");
    }
    Ok(Reply::nothing())
}
