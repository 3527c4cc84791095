//! Threads: started from a message, from nothing, as a forum post; joined, listed, archived.

use crate::ids::Id;
use crate::permissions::{
    CREATE_PRIVATE_THREADS, CREATE_PUBLIC_THREADS, MANAGE_THREADS, SEND_MESSAGES, VIEW_CHANNEL,
};
use crate::rest::call::{Answer, Call, Reply};
use crate::rest::message_form;
use crate::rest::refusal::{Problems, Refusal, no};
use crate::rest::router::Route;
use crate::world::World;
use crate::world::audit::{Deed, action};
use crate::world::channel::{Channel, ChannelKind, thread_member};
use crate::world::messages::Draft;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    Route::new(
        "POST",
        "/channels/{channel_id}/messages/{message_id}/threads",
        from_message,
    ),
    Route::new("POST", "/channels/{channel_id}/threads", create),
    Route::new("GET", "/channels/{channel_id}/thread-members", members),
    Route::new(
        "GET",
        "/channels/{channel_id}/thread-members/{user_id}",
        member,
    ),
    Route::new("PUT", "/channels/{channel_id}/thread-members/@me", join),
    Route::new("DELETE", "/channels/{channel_id}/thread-members/@me", leave),
    Route::new(
        "PUT",
        "/channels/{channel_id}/thread-members/{user_id}",
        add,
    ),
    Route::new(
        "DELETE",
        "/channels/{channel_id}/thread-members/{user_id}",
        remove,
    ),
    Route::new("GET", "/guilds/{guild_id}/threads/active", active),
    Route::new(
        "GET",
        "/channels/{channel_id}/threads/archived/public",
        archived_public,
    ),
    Route::new(
        "GET",
        "/channels/{channel_id}/threads/archived/private",
        archived_private,
    ),
    Route::new(
        "GET",
        "/channels/{channel_id}/users/@me/threads/archived/private",
        archived_private,
    ),
];

const THREAD_STARTED: u64 = 18;
const HAS_THREAD: u64 = 1 << 5;

fn check(body: &Value, name_needed: bool) -> Result<(), Refusal> {
    let mut problems = Problems::default();
    problems.text(body, "name", "name", (1, 100), name_needed);
    problems.number(
        body,
        "rate_limit_per_user",
        "rate_limit_per_user",
        (0, 21_600),
    );
    let after = &body["auto_archive_duration"];
    if !after.is_null() && !matches!(after.as_u64(), Some(60 | 1_440 | 4_320 | 10_080)) {
        problems.choice("auto_archive_duration", "60, 1440, 4320, 10080");
    }
    problems.finish()
}

fn settle(world: &mut World, id: Id, body: &Value) {
    let Some(channel) = world.channels.get_mut(&id) else {
        return;
    };
    for key in ["rate_limit_per_user", "applied_tags"] {
        if let Some(value) = body.get(key).filter(|v| !v.is_null()) {
            channel.fields.insert(key.to_owned(), value.clone());
        }
    }
    if let Some(thread) = channel.thread.as_mut() {
        thread.archive_after_min = body["auto_archive_duration"]
            .as_u64()
            .unwrap_or(thread.archive_after_min);
        thread.invitable = body["invitable"].as_bool().unwrap_or(thread.invitable);
    }
}

fn begin(world: &mut World, parent: Id, id: Id, kind: ChannelKind, call: &Call) -> Option<Id> {
    let name = call.body["name"].as_str().unwrap_or("").to_owned();
    let bot = world.bot;
    world.create_thread(parent, id, kind, &name, bot);
    settle(world, id, &call.body);
    world.announce_thread(id, "THREAD_CREATE");
    let guild = world.channels.get(&parent)?.guild?;
    world.audit(&Deed {
        guild,
        by: bot,
        action: action::THREAD_CREATE,
        target: Some(id),
        reason: call.reason(),
    });
    Some(id)
}

fn shown(world: &World, id: Id) -> Answer {
    let thread = world.channels.get(&id).ok_or_else(no::unknown_channel)?;
    Ok(Reply::created(world.thread_json(thread)))
}

fn from_message(world: &mut World, call: &Call) -> Answer {
    let (parent, message) = (call.id("channel_id")?, call.id("message_id")?);
    let kind = match world
        .need_in_channel(parent, VIEW_CHANNEL | CREATE_PUBLIC_THREADS)?
        .kind
    {
        ChannelKind::Announcement => ChannelKind::AnnouncementThread,
        ChannelKind::Text => ChannelKind::PublicThread,
        _ => return Err(no::wrong_channel_type()),
    };
    world.need_message(parent, message)?;
    check(&call.body, true)?;
    // The thread has the id of its message.
    if world.channels.contains_key(&message) {
        return Err(no::thread_exists());
    }
    begin(world, parent, message, kind, call);
    let flags = world.message(parent, message).map_or(0, |m| m.flags());
    if let Some(m) = world.message_mut(parent, message) {
        m.set("flags", json!(flags | HAS_THREAD));
    }
    world.send_updated(parent, message);
    shown(world, message)
}

fn create(world: &mut World, call: &Call) -> Answer {
    let parent = call.id("channel_id")?;
    let found = world.need_channel(parent)?;
    if matches!(found.kind, ChannelKind::Forum | ChannelKind::Media) {
        return create_post(world, parent, call);
    }
    let kind = match call.body["type"].as_u64() {
        Some(10) => ChannelKind::AnnouncementThread,
        Some(11) => ChannelKind::PublicThread,
        _ => ChannelKind::PrivateThread,
    };
    if !matches!(found.kind, ChannelKind::Text | ChannelKind::Announcement) {
        return Err(no::wrong_channel_type());
    }
    let right = if kind == ChannelKind::PrivateThread {
        CREATE_PRIVATE_THREADS
    } else {
        CREATE_PUBLIC_THREADS
    };
    world.need_in_channel(parent, VIEW_CHANNEL | right)?;
    check(&call.body, true)?;
    let id = world.next_id();
    begin(world, parent, id, kind, call);
    if kind == ChannelKind::PublicThread {
        let mut fields = serde_json::Map::new();
        fields.insert("type".to_owned(), json!(THREAD_STARTED));
        fields.insert("content".to_owned(), call.body["name"].clone());
        let author = world.bot;
        world.post(&Draft {
            channel: parent,
            author,
            fields,
            ..Draft::default()
        });
    }
    shown(world, id)
}

/// A forum post is a thread with its first message; both have the same id.
fn create_post(world: &mut World, parent: Id, call: &Call) -> Answer {
    world.need_in_channel(parent, VIEW_CHANNEL | SEND_MESSAGES)?;
    check(&call.body, true)?;
    let form = message_form::create(world, parent, &call.body["message"], &call.files)?;
    let id = world.next_id();
    begin(world, parent, id, ChannelKind::PublicThread, call);
    let author = world.bot;
    let draft = Draft {
        channel: id,
        author,
        fields: form.fields,
        allowed_mentions: form.allowed_mentions,
        ..Draft::default()
    };
    world.post_as(id, &draft);
    let mut reply = shown(world, id)?;
    reply.body["message"] = world.message_json(id, id);
    Ok(reply)
}

/// PATCH of a thread: name, archive, lock, tags.
pub(super) fn edit(world: &mut World, id: Id, guild: Id, call: &Call) -> Answer {
    check(&call.body, false)?;
    let now = world.now();
    let bot = world.bot;
    let owner = world
        .channels
        .get(&id)
        .and_then(|c| c.thread.as_ref())
        .map(|t| t.owner);
    if owner != Some(bot) {
        world.need_in_channel(id, MANAGE_THREADS)?;
    }
    settle(world, id, &call.body);
    let Some(channel) = world.channels.get_mut(&id) else {
        return Err(no::unknown_channel());
    };
    if let Some(name) = call.body["name"].as_str() {
        name.clone_into(&mut channel.name);
    }
    if let Some(thread) = channel.thread.as_mut() {
        let archived = call.body["archived"].as_bool().unwrap_or(thread.archived);
        if archived != thread.archived {
            thread.archived = archived;
            thread.archive_changed_ms = now;
        }
        thread.locked = call.body["locked"].as_bool().unwrap_or(thread.locked);
    }
    world.announce_thread(id, "THREAD_UPDATE");
    world.audit(&Deed {
        guild,
        by: bot,
        action: action::THREAD_UPDATE,
        target: Some(id),
        reason: call.reason(),
    });
    let mut reply = shown(world, id)?;
    reply.status = 200;
    Ok(reply)
}

fn need_thread(world: &World, call: &Call) -> Result<Id, Refusal> {
    let id = call.id("channel_id")?;
    if world.need_channel(id)?.thread.is_none() {
        return Err(no::wrong_channel_type());
    }
    Ok(id)
}

fn change(world: &mut World, call: &Call, user: Id, join: bool) -> Answer {
    let id = need_thread(world, call)?;
    world.change_thread_member(id, user, join);
    Ok(Reply::nothing())
}

fn join(world: &mut World, call: &Call) -> Answer {
    let bot = world.bot;
    change(world, call, bot, true)
}

fn leave(world: &mut World, call: &Call) -> Answer {
    let bot = world.bot;
    change(world, call, bot, false)
}

fn add(world: &mut World, call: &Call) -> Answer {
    let user = call.id("user_id")?;
    let id = need_thread(world, call)?;
    if let Some(guild) = world.channels.get(&id).and_then(|c| c.guild) {
        world.need_member(guild, user)?;
    }
    change(world, call, user, true)
}

fn remove(world: &mut World, call: &Call) -> Answer {
    let user = call.id("user_id")?;
    let id = need_thread(world, call)?;
    world.need_in_channel(id, MANAGE_THREADS)?;
    change(world, call, user, false)
}

fn list_members(world: &World, id: Id) -> Vec<Value> {
    let Some(channel) = world.channels.get(&id) else {
        return Vec::new();
    };
    let members = channel.thread.iter().flat_map(|t| &t.members);
    members.map(|user| thread_member(channel, *user)).collect()
}

fn members(world: &mut World, call: &Call) -> Answer {
    let id = need_thread(world, call)?;
    Ok(Reply::ok(Value::Array(list_members(world, id))))
}

fn member(world: &mut World, call: &Call) -> Answer {
    let id = need_thread(world, call)?;
    let user = match call.param("user_id") {
        "@me" => world.bot,
        _ => call.id("user_id")?,
    };
    let wanted = crate::ids::wire(user);
    let found = list_members(world, id)
        .into_iter()
        .find(|m| m["user_id"] == wanted);
    found.map(Reply::ok).ok_or_else(no::unknown_member)
}

fn active(world: &mut World, call: &Call) -> Answer {
    let guild = call.id("guild_id")?;
    world.need_guild(guild)?;
    let is_active = |c: &&Channel| {
        c.guild == Some(guild)
            && c.thread.as_ref().is_some_and(|t| !t.archived)
            && world.bot_sees(c.id)
    };
    Ok(Reply::ok(listing(
        world,
        world.channels.values().filter(is_active),
    )))
}

fn listing<'a>(world: &World, threads: impl Iterator<Item = &'a Channel>) -> Value {
    let threads: Vec<&Channel> = threads.collect();
    let mine = threads.iter().filter(|t| {
        t.thread
            .as_ref()
            .is_some_and(|t| t.members.contains(&world.bot))
    });
    json!({
        "threads": threads.iter().map(|t| world.thread_json(t)).collect::<Vec<_>>(),
        "members": mine.map(|t| thread_member(t, world.bot)).collect::<Vec<_>>(),
        "has_more": false,
    })
}

fn archived(world: &World, call: &Call, private: bool) -> Answer {
    let parent = call.id("channel_id")?;
    world.need_channel(parent)?;
    let fits = |c: &&Channel| {
        let is_private = c.kind == ChannelKind::PrivateThread;
        c.parent == Some(parent)
            && is_private == private
            && c.thread.as_ref().is_some_and(|t| t.archived)
    };
    Ok(Reply::ok(listing(
        world,
        world.channels.values().filter(fits),
    )))
}

fn archived_public(world: &mut World, call: &Call) -> Answer {
    archived(world, call, false)
}

fn archived_private(world: &mut World, call: &Call) -> Answer {
    archived(world, call, true)
}
