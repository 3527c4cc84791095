//! Pins, by the old and the new routes.

use crate::dates::iso;
use crate::ids::Id;
use crate::permissions::{PIN_MESSAGES, VIEW_CHANNEL};
use crate::rest::call::{Answer, Call, Reply};
use crate::rest::refusal::{Refusal, no};
use crate::rest::router::Route;
use crate::world::World;
use crate::world::audit::{Deed, action};
use crate::world::message::Message;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/channels/{channel_id}/messages/pins", list),
    Route::new(
        "PUT",
        "/channels/{channel_id}/messages/pins/{message_id}",
        pin,
    ),
    Route::new(
        "DELETE",
        "/channels/{channel_id}/messages/pins/{message_id}",
        unpin,
    ),
    Route::new("GET", "/channels/{channel_id}/pins", list_old),
    Route::new("PUT", "/channels/{channel_id}/pins/{message_id}", pin),
    Route::new("DELETE", "/channels/{channel_id}/pins/{message_id}", unpin),
];

const PINS_MAX: usize = 250;

/// Newest pin first.
fn pinned(world: &World, channel: Id) -> Vec<&Message> {
    let messages = world
        .logs
        .get(&channel)
        .into_iter()
        .flat_map(|log| log.messages.values());
    let mut all: Vec<&Message> = messages.filter(|m| m.pinned_ms.is_some()).collect();
    all.sort_by_key(|m| std::cmp::Reverse(m.pinned_ms));
    all
}

fn list(world: &mut World, call: &Call) -> Answer {
    let channel = call.id("channel_id")?;
    world.need_in_channel(channel, VIEW_CHANNEL)?;
    let limit = call.limit(50, 50)?;
    let all = pinned(world, channel);
    let item = |m: &&Message| json!({"pinned_at": iso(m.pinned_ms.unwrap_or(0)), "message": m.json(world.bot)});
    let items: Vec<Value> = all.iter().take(limit).map(item).collect();
    Ok(Reply::ok(
        json!({"items": items, "has_more": all.len() > limit}),
    ))
}

fn list_old(world: &mut World, call: &Call) -> Answer {
    let channel = call.id("channel_id")?;
    world.need_in_channel(channel, VIEW_CHANNEL)?;
    Ok(Reply::ok(
        pinned(world, channel)
            .iter()
            .take(50)
            .map(|m| m.json(world.bot))
            .collect(),
    ))
}

fn target(world: &World, call: &Call) -> Result<(Id, Id), Refusal> {
    let (channel, message) = (call.id("channel_id")?, call.id("message_id")?);
    world.need_in_channel(channel, VIEW_CHANNEL | PIN_MESSAGES)?;
    world.need_message(channel, message)?;
    Ok((channel, message))
}

fn pin(world: &mut World, call: &Call) -> Answer {
    let (channel, message) = target(world, call)?;
    if pinned(world, channel).len() >= PINS_MAX {
        return Err(Refusal::new(
            400,
            30003,
            "Maximum number of pins reached for the channel (250)",
        ));
    }
    change(world, call, channel, message, true)
}

fn unpin(world: &mut World, call: &Call) -> Answer {
    let (channel, message) = target(world, call)?;
    change(world, call, channel, message, false)
}

fn change(world: &mut World, call: &Call, channel: Id, message: Id, pin: bool) -> Answer {
    let author = world
        .message(channel, message)
        .map(|m| m.author)
        .ok_or_else(no::unknown_message)?;
    let guild = world.channels.get(&channel).and_then(|c| c.guild);
    if let (true, Some(guild)) = (world.pin(channel, message, pin), guild) {
        let action = if pin {
            action::MESSAGE_PIN
        } else {
            action::MESSAGE_UNPIN
        };
        let by = world.bot;
        let options = json!({"channel_id": channel.to_string(), "message_id": message.to_string()});
        let deed = Deed {
            guild,
            by,
            action,
            target: Some(author),
            reason: call.reason(),
        };
        world.audit_with(&deed, json!([]), options);
    }
    Ok(Reply::nothing())
}
