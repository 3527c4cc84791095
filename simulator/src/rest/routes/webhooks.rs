//! Webhooks, and interaction tokens, which share their paths.

use super::followups;
use crate::ids::{Id, wire};
use crate::intents;
use crate::permissions::MANAGE_WEBHOOKS;
use crate::rest::call::{Answer, Call, Reply};
use crate::rest::limits::WEBHOOKS;
use crate::rest::message_form;
use crate::rest::refusal::{Problems, Refusal, no};
use crate::rest::router::Route;
use crate::world::audit::{Deed, action};
use crate::world::dispatch::Reach;
use crate::world::messages::Draft;
use crate::world::{Webhook, World};
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    Route::new("POST", "/channels/{channel_id}/webhooks", create),
    Route::new("GET", "/channels/{channel_id}/webhooks", of_channel),
    Route::new("GET", "/guilds/{guild_id}/webhooks", of_guild),
    Route::new("GET", "/webhooks/{webhook_id}", get),
    Route::new("PATCH", "/webhooks/{webhook_id}", edit),
    Route::new("DELETE", "/webhooks/{webhook_id}", delete),
    Route::new(
        "GET",
        "/webhooks/{webhook_id}/{webhook_token}",
        get_by_token,
    )
    .open(),
    Route::new(
        "PATCH",
        "/webhooks/{webhook_id}/{webhook_token}",
        edit_by_token,
    )
    .open(),
    Route::new(
        "DELETE",
        "/webhooks/{webhook_id}/{webhook_token}",
        delete_by_token,
    )
    .open(),
    Route::new("POST", "/webhooks/{webhook_id}/{webhook_token}", execute)
        .open()
        .paced(WEBHOOKS),
    Route::new(
        "GET",
        "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
        get_message,
    )
    .open(),
    Route::new(
        "PATCH",
        "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
        edit_message,
    )
    .open()
    .paced(WEBHOOKS),
    Route::new(
        "DELETE",
        "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
        delete_message,
    )
    .open(),
    Route::new(
        "GET",
        "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
        get_message,
    )
    .open(),
    Route::new(
        "PATCH",
        "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
        edit_message,
    )
    .open()
    .paced(WEBHOOKS),
    Route::new(
        "DELETE",
        "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}",
        delete_message,
    )
    .open(),
];

impl Webhook {
    fn json(&self, world: &World) -> Value {
        json!({
            "id": wire(self.id),
            "type": 1,
            "guild_id": wire(self.guild),
            "channel_id": wire(self.channel),
            "application_id": wire(world.application),
            "name": self.name,
            "avatar": null,
            "token": self.token,
            "user": world.user_json(self.creator),
            "url": format!("https://discord.com/api/webhooks/{}/{}", self.id, self.token),
        })
    }
}

fn is_interaction(world: &World, call: &Call) -> bool {
    call.param("webhook_id") == world.application.to_string()
}

fn by_id(world: &World, call: &Call) -> Result<Webhook, Refusal> {
    let id = call.id("webhook_id")?;
    world
        .webhooks
        .get(&id)
        .cloned()
        .ok_or_else(no::unknown_webhook)
}

fn by_token(world: &World, call: &Call) -> Result<Webhook, Refusal> {
    let hook = by_id(world, call)?;
    if hook.token == call.param("webhook_token") {
        Ok(hook)
    } else {
        Err(no::webhook_token())
    }
}

fn managed(world: &World, call: &Call) -> Result<Webhook, Refusal> {
    let hook = by_id(world, call)?;
    world.need_in_channel(hook.channel, MANAGE_WEBHOOKS)?;
    Ok(hook)
}

fn create(world: &mut World, call: &Call) -> Answer {
    let channel = call.id("channel_id")?;
    let found = world.need_in_channel(channel, MANAGE_WEBHOOKS)?;
    let guild = found.guild.ok_or_else(no::not_in_dm)?;
    check_name(call, true)?;
    let id = world.next_id();
    let hook = Webhook {
        id,
        token: format!("hook{id:x}token"),
        name: call.body["name"].as_str().unwrap_or("").to_owned(),
        channel,
        guild,
        creator: world.bot,
    };
    world.webhooks.insert(id, hook.clone());
    tell(world, &hook, action::WEBHOOK_CREATE, call.reason());
    Ok(Reply::ok(hook.json(world)))
}

/// 1 to 80 characters, and not pretending to be Discord.
fn check_name(call: &Call, needed: bool) -> Result<(), Refusal> {
    let mut problems = Problems::default();
    problems.text(&call.body, "name", "name", (1, 80), needed);
    let name = call.body["name"].as_str().unwrap_or("").to_lowercase();
    if name.contains("discord") || name.contains("clyde") {
        problems.add(
            "name",
            "USERNAME_INVALID_CONTAINS",
            "Username cannot contain \"discord\" or \"clyde\"",
        );
    }
    problems.finish()
}

fn tell(world: &mut World, hook: &Webhook, action: u64, reason: Option<&str>) {
    let d = json!({"guild_id": wire(hook.guild), "channel_id": wire(hook.channel)});
    world.send(
        "WEBHOOKS_UPDATE",
        Reach::Guild(hook.guild),
        intents::GUILD_WEBHOOKS,
        &d,
    );
    let by = world.bot;
    world.audit(&Deed {
        guild: hook.guild,
        by,
        action,
        target: Some(hook.id),
        reason,
    });
}

fn list(world: &World, fits: impl Fn(&Webhook) -> bool) -> Reply {
    Reply::ok(
        world
            .webhooks
            .values()
            .filter(|h| fits(h))
            .map(|h| h.json(world))
            .collect(),
    )
}

fn of_channel(world: &mut World, call: &Call) -> Answer {
    let channel = call.id("channel_id")?;
    world.need_in_channel(channel, MANAGE_WEBHOOKS)?;
    Ok(list(world, |hook| hook.channel == channel))
}

fn of_guild(world: &mut World, call: &Call) -> Answer {
    let guild = call.id("guild_id")?;
    world.need_in_guild(guild, MANAGE_WEBHOOKS)?;
    Ok(list(world, |hook| hook.guild == guild))
}

fn get(world: &mut World, call: &Call) -> Answer {
    Ok(Reply::ok(managed(world, call)?.json(world)))
}

fn get_by_token(world: &mut World, call: &Call) -> Answer {
    let mut json = by_token(world, call)?.json(world);
    if let Some(map) = json.as_object_mut() {
        map.remove("user");
    }
    Ok(Reply::ok(json))
}

fn edit(world: &mut World, call: &Call) -> Answer {
    let hook = managed(world, call)?;
    change(world, &hook, call)
}

fn edit_by_token(world: &mut World, call: &Call) -> Answer {
    let hook = by_token(world, call)?;
    change(world, &hook, call)
}

fn change(world: &mut World, hook: &Webhook, call: &Call) -> Answer {
    check_name(call, false)?;
    let mut hook = hook.clone();
    if let Some(name) = call.body["name"].as_str() {
        name.clone_into(&mut hook.name);
    }
    if let Some(channel) = crate::ids::read(&call.body["channel_id"]) {
        world.need_in_channel(channel, MANAGE_WEBHOOKS)?;
        hook.channel = channel;
    }
    world.webhooks.insert(hook.id, hook.clone());
    tell(world, &hook, action::WEBHOOK_UPDATE, call.reason());
    Ok(Reply::ok(hook.json(world)))
}

fn delete(world: &mut World, call: &Call) -> Answer {
    let hook = managed(world, call)?;
    remove(world, &hook, call)
}

fn delete_by_token(world: &mut World, call: &Call) -> Answer {
    let hook = by_token(world, call)?;
    remove(world, &hook, call)
}

fn remove(world: &mut World, hook: &Webhook, call: &Call) -> Answer {
    world.webhooks.remove(&hook.id);
    tell(world, hook, action::WEBHOOK_DELETE, call.reason());
    Ok(Reply::nothing())
}

fn execute(world: &mut World, call: &Call) -> Answer {
    if is_interaction(world, call) {
        return followups::create(world, call);
    }
    let hook = by_token(world, call)?;
    let channel = thread_of(world, &hook, call)?;
    let mut problems = Problems::default();
    problems.text(&call.body, "username", "username", (1, 80), false);
    problems.finish()?;
    let form = message_form::create(world, channel, &call.body, &call.files)?;
    let name = call.body["username"]
        .as_str()
        .unwrap_or(&hook.name)
        .to_owned();
    let draft = Draft {
        channel,
        author: hook.id,
        fields: form.fields,
        allowed_mentions: form.allowed_mentions,
        webhook: Some(hook.id),
        author_json: Some(author(&hook, &name)),
        ..Draft::default()
    };
    let id = world.post(&draft);
    if call.query_flag("wait") {
        return Ok(Reply::ok(world.message_json(channel, id)));
    }
    Ok(Reply::nothing())
}

fn author(hook: &Webhook, name: &str) -> Value {
    json!({"id": wire(hook.id), "username": name, "global_name": null, "avatar": null, "discriminator": "0000",
        "bot": true, "public_flags": 0, "flags": 0, "primary_guild": null})
}

fn thread_of(world: &World, hook: &Webhook, call: &Call) -> Result<Id, Refusal> {
    let Some(thread) = call.query_id("thread_id") else {
        return Ok(hook.channel);
    };
    let fits = world
        .channels
        .get(&thread)
        .is_some_and(|t| t.parent == Some(hook.channel));
    if fits {
        Ok(thread)
    } else {
        Err(no::unknown_channel())
    }
}

/// A message that this webhook wrote.
fn own_message(world: &World, call: &Call) -> Result<(Id, Id), Refusal> {
    let hook = by_token(world, call)?;
    let channel = thread_of(world, &hook, call)?;
    let id = call.id("message_id")?;
    let mine = world
        .message(channel, id)
        .is_some_and(|m| m.webhook == Some(hook.id));
    if mine {
        Ok((channel, id))
    } else {
        Err(no::unknown_message())
    }
}

fn get_message(world: &mut World, call: &Call) -> Answer {
    if is_interaction(world, call) {
        return followups::get(world, call);
    }
    let (channel, id) = own_message(world, call)?;
    Ok(Reply::ok(world.message_json(channel, id)))
}

fn edit_message(world: &mut World, call: &Call) -> Answer {
    if is_interaction(world, call) {
        return followups::edit(world, call);
    }
    let (channel, id) = own_message(world, call)?;
    let flags = world.message(channel, id).map_or(0, |m| m.flags());
    super::messages::apply_edit(world, channel, id, call, flags)?;
    Ok(Reply::ok(world.message_json(channel, id)))
}

fn delete_message(world: &mut World, call: &Call) -> Answer {
    if is_interaction(world, call) {
        return followups::delete(world, call);
    }
    let (channel, id) = own_message(world, call)?;
    world.delete_message(channel, id);
    Ok(Reply::nothing())
}
