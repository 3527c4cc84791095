//! Reactions; the emoji stands in the path, percent-encoded.

use crate::ids::Id;
use crate::permissions::{ADD_REACTIONS, MANAGE_MESSAGES, READ_MESSAGE_HISTORY, VIEW_CHANNEL};
use crate::rest::call::{Answer, Call, Reply};
use crate::rest::limits::REACTIONS;
use crate::rest::refusal::{Refusal, no};
use crate::rest::router::Route;
use crate::verbs::emoji_json;
use crate::world::World;
use serde_json::Value;

pub(super) const ROUTES: &[Route] = &[
    Route::new(
        "PUT",
        "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me",
        add,
    )
    .paced(REACTIONS),
    Route::new(
        "DELETE",
        "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me",
        remove_own,
    )
    .paced(REACTIONS),
    Route::new(
        "DELETE",
        "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/{user_id}",
        remove,
    )
    .paced(REACTIONS),
    Route::new(
        "GET",
        "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}",
        list,
    ),
    Route::new(
        "DELETE",
        "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}",
        clear_emoji,
    )
    .paced(REACTIONS),
    Route::new(
        "DELETE",
        "/channels/{channel_id}/messages/{message_id}/reactions",
        clear,
    )
    .paced(REACTIONS),
];

/// Different emoji under one message.
const EMOJI_MAX: usize = 20;

struct Target {
    channel: Id,
    message: Id,
    emoji: Value,
}

fn target(world: &World, call: &Call) -> Result<Target, Refusal> {
    let (channel, message) = (call.id("channel_id")?, call.id("message_id")?);
    world.need_in_channel(channel, VIEW_CHANNEL | READ_MESSAGE_HISTORY)?;
    world.need_message(channel, message)?;
    let name = call.param("emoji_name");
    let emoji = emoji_json(name);
    // `:thumbsup:` and words are none; what a person can type as an emoji is not ASCII letters.
    let is_word = emoji["id"].is_null()
        && name
            .chars()
            .all(|c| c.is_ascii_alphabetic() || c == ':' || c == '_');
    if is_word && !name.is_empty() {
        return Err(no::unknown_emoji());
    }
    Ok(Target {
        channel,
        message,
        emoji,
    })
}

fn add(world: &mut World, call: &Call) -> Answer {
    let at = target(world, call)?;
    let reactions = world
        .message(at.channel, at.message)
        .map(|m| m.reactions.as_slice())
        .unwrap_or_default();
    let is_new = reactions.iter().all(|r| r.emoji != at.emoji);
    if is_new && reactions.len() >= EMOJI_MAX {
        return Err(Refusal::new(
            403,
            30010,
            "Maximum number of reactions reached (20)",
        ));
    }
    if is_new {
        world.need_in_channel(at.channel, ADD_REACTIONS)?;
    }
    let bot = world.bot;
    world.react(at.channel, at.message, bot, &at.emoji, true);
    Ok(Reply::nothing())
}

fn remove_own(world: &mut World, call: &Call) -> Answer {
    let at = target(world, call)?;
    let bot = world.bot;
    world.react(at.channel, at.message, bot, &at.emoji, false);
    Ok(Reply::nothing())
}

fn remove(world: &mut World, call: &Call) -> Answer {
    let at = target(world, call)?;
    let user = call.id("user_id")?;
    if user != world.bot {
        world.need_in_channel(at.channel, MANAGE_MESSAGES)?;
    }
    world.react(at.channel, at.message, user, &at.emoji, false);
    Ok(Reply::nothing())
}

fn list(world: &mut World, call: &Call) -> Answer {
    let at = target(world, call)?;
    let limit = call.limit(25, 100)?;
    let after = call.query_id("after").unwrap_or(0);
    let message = world
        .message(at.channel, at.message)
        .ok_or_else(no::unknown_message)?;
    let reaction = message.reactions.iter().find(|r| r.emoji == at.emoji);
    let users = reaction
        .into_iter()
        .flat_map(|r| &r.users)
        .filter(|user| **user > after)
        .take(limit);
    Ok(Reply::ok(
        users.map(|user| world.user_json(*user)).collect(),
    ))
}

fn clear_emoji(world: &mut World, call: &Call) -> Answer {
    let at = target(world, call)?;
    world.need_in_channel(at.channel, MANAGE_MESSAGES)?;
    world.clear_reactions(at.channel, at.message, Some(&at.emoji));
    Ok(Reply::nothing())
}

fn clear(world: &mut World, call: &Call) -> Answer {
    let (channel, message) = (call.id("channel_id")?, call.id("message_id")?);
    world.need_in_channel(channel, MANAGE_MESSAGES)?;
    world.need_message(channel, message)?;
    world.clear_reactions(channel, message, None);
    Ok(Reply::nothing())
}
