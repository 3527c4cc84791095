//! Messages of a channel.

use crate::ids::{self, Id};
use crate::permissions::{MANAGE_MESSAGES, READ_MESSAGE_HISTORY, VIEW_CHANNEL};
use crate::rest::call::{Answer, Call, Reply};
use crate::rest::limits::{DELETES, EDITS, MESSAGES};
use crate::rest::message_form;
use crate::rest::refusal::{Refusal, no};
use crate::rest::router::Route;
use crate::world::World;
use crate::world::audit::{Deed, action};
use crate::world::messages::Draft;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/channels/{channel_id}/messages", list),
    Route::new("POST", "/channels/{channel_id}/messages", create).paced(MESSAGES),
    Route::new(
        "POST",
        "/channels/{channel_id}/messages/bulk-delete",
        bulk_delete,
    ),
    Route::new("GET", "/channels/{channel_id}/messages/{message_id}", get),
    Route::new(
        "PATCH",
        "/channels/{channel_id}/messages/{message_id}",
        edit,
    )
    .paced(EDITS),
    Route::new(
        "DELETE",
        "/channels/{channel_id}/messages/{message_id}",
        delete,
    )
    .paced(DELETES),
    Route::new(
        "POST",
        "/channels/{channel_id}/messages/{message_id}/crosspost",
        crosspost,
    ),
    Route::new("POST", "/channels/{channel_id}/typing", typing),
];

/// Older messages cannot be deleted in bulk.
const BULK_AGE_MS: i64 = 14 * 86_400_000;

fn list(world: &mut World, call: &Call) -> Answer {
    let channel = call.id("channel_id")?;
    world.need_in_channel(channel, VIEW_CHANNEL)?;
    let limit = call.limit(50, 100)?;
    // Without the history permission Discord answers an empty list, not an error.
    if world.bot_lacks_in(channel, READ_MESSAGE_HISTORY).is_some() {
        return Ok(Reply::ok(json!([])));
    }
    let mut ids = select(world, channel, call, limit);
    ids.sort_unstable_by(|a, b| b.cmp(a));
    Ok(Reply::ok(
        ids.into_iter()
            .map(|id| world.message_json(channel, id))
            .collect(),
    ))
}

fn select(world: &World, channel: Id, call: &Call, limit: usize) -> Vec<Id> {
    let Some(log) = world.logs.get(&channel) else {
        return Vec::new();
    };
    let public = |m: &&crate::world::message::Message| m.ephemeral_to.is_none();
    let older = |than: Id, n: usize| -> Vec<Id> {
        log.messages
            .range(..than)
            .rev()
            .map(|(_, m)| m)
            .filter(public)
            .take(n)
            .map(|m| m.id)
            .collect()
    };
    let newer = |than: Id, n: usize| -> Vec<Id> {
        log.messages
            .range(than..)
            .map(|(_, m)| m)
            .filter(public)
            .take(n)
            .map(|m| m.id)
            .collect()
    };
    if let Some(middle) = call.query_id("around") {
        let mut ids = older(middle, limit / 2);
        ids.extend(newer(middle, limit - limit / 2));
        return ids;
    }
    if let Some(after) = call.query_id("after") {
        return newer(after.saturating_add(1), limit);
    }
    older(call.query_id("before").unwrap_or(Id::MAX), limit)
}

fn get(world: &mut World, call: &Call) -> Answer {
    let (channel, id) = (call.id("channel_id")?, call.id("message_id")?);
    world.need_in_channel(channel, VIEW_CHANNEL | READ_MESSAGE_HISTORY)?;
    world.need_message(channel, id)?;
    Ok(Reply::ok(world.message_json(channel, id)))
}

fn create(world: &mut World, call: &Call) -> Answer {
    let channel = call.id("channel_id")?;
    world.need_writable(channel)?;
    let nonce = read_nonce(&call.body)?;
    if let Some(earlier) = remembered(world, channel, call, nonce.as_ref()) {
        world.counters.nonce_hits += 1;
        let mut json = world.message_json(channel, earlier);
        json["nonce"] = call.body["nonce"].clone();
        return Ok(Reply::ok(json));
    }
    let form = message_form::create(world, channel, &call.body, &call.files)?;
    check_rights(world, channel, &form)?;
    let mut draft = Draft {
        channel,
        author: world.bot,
        fields: form.fields,
        allowed_mentions: form.allowed_mentions,
        nonce: nonce.clone(),
        ..Draft::default()
    };
    if form.flags != 0 {
        draft.fields.insert("flags".to_owned(), json!(form.flags));
    }
    add_reference(world, &mut draft, &call.body)?;
    let id = world.post(&draft);
    let mut json = world.message_json(channel, id);
    if let Some(nonce) = nonce {
        let key = (channel, nonce_text(&nonce));
        let now = world.now();
        world.nonces.insert(key, (id, now));
        json["nonce"] = nonce;
    }
    Ok(Reply::ok(json))
}

/// A nonce is an integer or a string of at most 25 characters.
fn read_nonce(body: &Value) -> Result<Option<Value>, Refusal> {
    match &body["nonce"] {
        Value::Null => Ok(None),
        Value::Number(n) if n.is_i64() || n.is_u64() => Ok(Some(body["nonce"].clone())),
        Value::String(text) if text.chars().count() <= 25 => Ok(Some(body["nonce"].clone())),
        Value::String(_) => Err(Refusal::field(
            "nonce",
            "NONCE_TYPE_TOO_LONG",
            "Nonce must be 25 or fewer in length.",
        )),
        _ => Err(Refusal::field(
            "nonce",
            "NONCE_TYPE_INVALID",
            "Nonce must be a string or an integer.",
        )),
    }
}

fn nonce_text(nonce: &Value) -> String {
    nonce
        .as_str()
        .map_or_else(|| nonce.to_string(), str::to_owned)
}

/// The message that this enforced nonce made in the past two minutes.
fn remembered(world: &World, channel: Id, call: &Call, nonce: Option<&Value>) -> Option<Id> {
    if call.body["enforce_nonce"] != json!(true) {
        return None;
    }
    let (id, at) = world.nonces.get(&(channel, nonce_text(nonce?)))?;
    let is_young = world.now() < at + crate::world::NONCE_LIVES_MS;
    (is_young && world.message(channel, *id).is_some()).then_some(*id)
}

fn check_rights(world: &World, channel: Id, form: &message_form::Form) -> Result<(), Refusal> {
    use crate::permissions::{ATTACH_FILES, SEND_TTS_MESSAGES};
    let has_files = form
        .fields
        .get("attachments")
        .and_then(Value::as_array)
        .is_some_and(|l| !l.is_empty());
    if has_files {
        world.need_in_channel(channel, ATTACH_FILES)?;
    }
    if form.fields.contains_key("tts") {
        world.need_in_channel(channel, SEND_TTS_MESSAGES)?;
    }
    Ok(())
}

/// Replies and forwards.
fn add_reference(world: &World, draft: &mut Draft, body: &Value) -> Result<(), Refusal> {
    let reference = &body["message_reference"];
    let Some(id) = ids::read(&reference["message_id"]) else {
        return Ok(());
    };
    let place = ids::read(&reference["channel_id"]).unwrap_or(draft.channel);
    let Some(original) = world.message(place, id) else {
        if reference["fail_if_not_exists"] == json!(false) {
            return Ok(());
        }
        return Err(Refusal::field(
            "message_reference",
            "MESSAGE_REFERENCE_UNKNOWN_MESSAGE",
            "Unknown message",
        ));
    };
    let mut stored =
        json!({"type": 0, "message_id": ids::wire(id), "channel_id": ids::wire(place)});
    if let Some(guild) = world.channels.get(&place).and_then(|c| c.guild) {
        stored["guild_id"] = ids::wire(guild);
    }
    draft.fields.insert("message_reference".to_owned(), stored);
    draft
        .fields
        .insert("referenced_message".to_owned(), original.json(world.bot));
    draft.fields.insert("type".to_owned(), json!(19));
    Ok(())
}

fn edit(world: &mut World, call: &Call) -> Answer {
    let (channel, id) = (call.id("channel_id")?, call.id("message_id")?);
    world.need_channel(channel)?;
    world.need_message(channel, id)?;
    let (author, flags) = world
        .message(channel, id)
        .map_or((0, 0), |m| (m.author, m.flags()));
    if author != world.bot {
        // Others' messages: only the suppression of embeds may change.
        let only_flags = call
            .body
            .as_object()
            .is_some_and(|map| map.keys().all(|key| key == "flags"));
        if !only_flags {
            return Err(no::not_the_author());
        }
        world.need_in_channel(channel, MANAGE_MESSAGES)?;
    }
    apply_edit(world, channel, id, call, flags)?;
    Ok(Reply::ok(world.message_json(channel, id)))
}

/// The part that interaction answers and webhooks share.
pub(super) fn apply_edit(
    world: &mut World,
    channel: Id,
    id: Id,
    call: &Call,
    old_flags: u64,
) -> Result<(), Refusal> {
    let mut form = message_form::edit(world, channel, call, old_flags)?;
    if call.body["flags"].is_u64() {
        form.fields.insert(
            "flags".to_owned(),
            json!(old_flags & (1 << 6 | 1 << 7) | form.flags),
        );
    }
    if would_be_empty(world, channel, id, &form) {
        return Err(no::empty_message());
    }
    world.edit(
        channel,
        id,
        form.fields,
        form.allowed_mentions.as_ref(),
        true,
    );
    Ok(())
}

fn would_be_empty(world: &World, channel: Id, id: Id, form: &message_form::Form) -> bool {
    let Some(message) = world.message(channel, id) else {
        return false;
    };
    let mut body = message.body.clone();
    body.extend(form.fields.clone());
    let whole = message_form::Form {
        fields: body,
        ..message_form::Form::default()
    };
    whole.is_empty()
}

fn delete(world: &mut World, call: &Call) -> Answer {
    let (channel, id) = (call.id("channel_id")?, call.id("message_id")?);
    world.need_channel(channel)?;
    world.need_message(channel, id)?;
    let author = world.message(channel, id).map_or(0, |m| m.author);
    if author != world.bot {
        let guild = world
            .need_in_channel(channel, MANAGE_MESSAGES)?
            .guild
            .ok_or_else(no::missing_permissions)?;
        let by = world.bot;
        world.delete_message(channel, id);
        let deed = Deed {
            guild,
            by,
            action: action::MESSAGE_DELETE,
            target: Some(author),
            reason: call.reason(),
        };
        world.audit_with(
            &deed,
            json!([]),
            json!({"channel_id": ids::wire(channel), "count": "1"}),
        );
    } else {
        world.delete_message(channel, id);
    }
    Ok(Reply::nothing())
}

fn bulk_delete(world: &mut World, call: &Call) -> Answer {
    let channel = call.id("channel_id")?;
    let guild = world
        .need_in_channel(channel, MANAGE_MESSAGES)?
        .guild
        .ok_or_else(no::not_in_dm)?;
    let ids: BTreeSet<Id> = ids::read_list(&call.body["messages"]).into_iter().collect();
    if ids.len() < 2 || ids.len() > 100 {
        return Err(no::bulk_count());
    }
    let oldest = world.now() - BULK_AGE_MS;
    if ids.iter().any(|id| ids::born_ms(*id) < oldest) {
        return Err(no::bulk_age());
    }
    world.delete_many(channel, &ids);
    let deed = Deed {
        guild,
        by: world.bot,
        action: action::MESSAGE_BULK_DELETE,
        target: Some(channel),
        reason: call.reason(),
    };
    world.audit_with(&deed, json!([]), json!({"count": ids.len().to_string()}));
    Ok(Reply::nothing())
}

fn crosspost(world: &mut World, call: &Call) -> Answer {
    let (channel, id) = (call.id("channel_id")?, call.id("message_id")?);
    let kind = world.need_channel(channel)?.kind;
    if kind != crate::world::channel::ChannelKind::Announcement {
        return Err(no::wrong_channel_type());
    }
    world.need_message(channel, id)?;
    let flags = world.message(channel, id).map_or(0, |m| m.flags());
    if let Some(message) = world.message_mut(channel, id) {
        message.set("flags", json!(flags | 1));
    }
    world.send_updated(channel, id);
    Ok(Reply::ok(world.message_json(channel, id)))
}

fn typing(world: &mut World, call: &Call) -> Answer {
    let channel = call.id("channel_id")?;
    world.need_writable(channel)?;
    let bot = world.bot;
    world.typing(channel, bot);
    Ok(Reply::nothing())
}
