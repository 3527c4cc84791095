//! What follows the first answer: `@original` and further messages, through the interaction's token.

use super::callbacks::{self, EPHEMERAL};
use super::messages;
use crate::ids::Id;
use crate::rest::call::{Answer, Call, Reply};
use crate::rest::message_form;
use crate::rest::refusal::{Refusal, no};
use crate::world::World;
use crate::world::interaction::Interaction;
use serde_json::json;

/// Message flag of a deferred answer that has not come yet.
const LOADING: u64 = 1 << 7;

/// Finds the interaction behind `/webhooks/{application_id}/{token}`.
pub(super) fn find(world: &World, call: &Call) -> Result<Interaction, Refusal> {
    let id = crate::verbs::id_of_token(call.param("webhook_token"));
    let found = id.and_then(|id| world.interactions.get(&id));
    let interaction = found.ok_or_else(no::webhook_token)?;
    if !interaction.token_is_good(world.now()) {
        return Err(no::webhook_token());
    }
    // Before the first answer the token opens nothing.
    if interaction.acked.is_none() {
        return Err(no::unknown_webhook());
    }
    Ok(interaction.clone())
}

/// A further message; the first one after a deferral fills it instead.
pub(super) fn create(world: &mut World, call: &Call) -> Answer {
    let interaction = find(world, call)?;
    if interaction.thinking {
        return edit_original(world, call);
    }
    let form = message_form::create(world, interaction.channel, &call.body, &call.files)?;
    let id = callbacks::post(world, &interaction, form, false);
    if let Some(stored) = world.interactions.get_mut(&interaction.id) {
        stored.followups.push(id);
    }
    Ok(Reply::ok(world.message_json(interaction.channel, id)))
}

/// `@original` or one of the follow-ups.
fn target(interaction: &Interaction, call: &Call) -> Result<Id, Refusal> {
    let name = call.param("message_id");
    if name == "@original" || name.is_empty() {
        return interaction.original.ok_or_else(no::unknown_message);
    }
    let id = call.id("message_id")?;
    let mine = interaction.original == Some(id) || interaction.followups.contains(&id);
    if mine {
        Ok(id)
    } else {
        Err(no::unknown_message())
    }
}

pub(super) fn get(world: &mut World, call: &Call) -> Answer {
    let interaction = find(world, call)?;
    let id = target(&interaction, call)?;
    match world.message(interaction.channel, id) {
        Some(message) => Ok(Reply::ok(message.json(world.bot))),
        None => Err(no::unknown_message()),
    }
}

pub(super) fn edit(world: &mut World, call: &Call) -> Answer {
    let interaction = find(world, call)?;
    let id = target(&interaction, call)?;
    if interaction.thinking && interaction.original == Some(id) {
        return edit_original(world, call);
    }
    let flags = world
        .message(interaction.channel, id)
        .ok_or_else(no::unknown_message)?
        .flags();
    messages::apply_edit(world, interaction.channel, id, call, flags)?;
    Ok(Reply::ok(world.message_json(interaction.channel, id)))
}

/// Fills a deferred answer: it keeps the ephemeral flag it was deferred with.
fn edit_original(world: &mut World, call: &Call) -> Answer {
    let interaction = find(world, call)?;
    let id = interaction.original.ok_or_else(no::unknown_message)?;
    let old = world
        .message(interaction.channel, id)
        .ok_or_else(no::unknown_message)?
        .flags();
    let mut form = message_form::create(world, interaction.channel, &call.body, &call.files)?;
    let kept = old & EPHEMERAL;
    form.fields.insert(
        "flags".to_owned(),
        json!(kept | form.flags & !(LOADING | EPHEMERAL)),
    );
    world.edit(
        interaction.channel,
        id,
        form.fields,
        form.allowed_mentions.as_ref(),
        false,
    );
    if let Some(stored) = world.interactions.get_mut(&interaction.id) {
        stored.thinking = false;
    }
    world.touch();
    Ok(Reply::ok(world.message_json(interaction.channel, id)))
}

pub(super) fn delete(world: &mut World, call: &Call) -> Answer {
    let interaction = find(world, call)?;
    let id = target(&interaction, call)?;
    if !world.delete_message(interaction.channel, id) {
        return Err(no::unknown_message());
    }
    if let Some(stored) = world.interactions.get_mut(&interaction.id) {
        stored.thinking &= stored.original != Some(id);
    }
    Ok(Reply::nothing())
}
