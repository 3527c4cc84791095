//! The first answer to an interaction: one, within three seconds, of a kind that fits.

use crate::feed::Seen;
use crate::ids::{Id, wire};
use crate::rest::call::{Answer, Call, Reply};
use crate::rest::components::{self, Place};
use crate::rest::message_form::{self, Form};
use crate::rest::refusal::{Problems, Refusal, no};
use crate::rest::router::Route;
use crate::world::World;
use crate::world::interaction::{AnswerKind, Interaction, InteractionKind};
use crate::world::messages::Draft;
use serde_json::{Value, json};

pub(super) const ROUTES: &[Route] = &[Route::new(
    "POST",
    "/interactions/{interaction_id}/{interaction_token}/callback",
    callback,
)
.open()
.unpaced()];

pub(super) const EPHEMERAL: u64 = 1 << 6;
const LOADING: u64 = 1 << 7;
/// Message type of an answer to a slash command.
const CHAT_INPUT_COMMAND: u64 = 20;
const CHOICES_MAX: usize = 25;

fn callback(world: &mut World, call: &Call) -> Answer {
    let id = call.id("interaction_id")?;
    let now = world.now();
    let found = world
        .interactions
        .get(&id)
        .filter(|i| i.token == call.param("interaction_token"));
    let interaction = found.ok_or_else(no::unknown_interaction)?.clone();
    if interaction.acked.is_some() {
        return Err(no::acknowledged());
    }
    if interaction.failed || interaction.is_too_late(now) {
        return Err(no::unknown_interaction());
    }
    let kind = read_kind(call, interaction.kind)?;
    let with_source = matches!(kind, AnswerKind::DeferredUpdate | AnswerKind::Update);
    if with_source && interaction.source.is_none() {
        return Err(bad_type());
    }
    let original = act(world, &interaction, kind, call)?;
    settle(world, &interaction, kind, original, &call.body["data"]);
    let body = shown(world, &interaction, kind, original);
    if call.query_flag("with_response") {
        Ok(Reply::ok(body))
    } else {
        Ok(Reply::nothing())
    }
}

/// Which answers fit which interaction.
fn read_kind(call: &Call, asked: InteractionKind) -> Result<AnswerKind, Refusal> {
    use AnswerKind as A;
    let kind = call.body["type"]
        .as_u64()
        .and_then(AnswerKind::from_type)
        .ok_or_else(bad_type)?;
    let fits = match asked {
        InteractionKind::Command => matches!(kind, A::Reply | A::Deferred | A::Modal),
        InteractionKind::Component => kind != A::Autocomplete,
        InteractionKind::Autocomplete => kind == A::Autocomplete,
        InteractionKind::ModalSubmit => !matches!(kind, A::Autocomplete | A::Modal),
    };
    if fits { Ok(kind) } else { Err(bad_type()) }
}

fn bad_type() -> Refusal {
    Refusal::field(
        "type",
        "BASE_TYPE_CHOICES",
        "Value is not a response type that fits this interaction.",
    )
}

/// The effect; returns what `@original` is from now on.
fn act(
    world: &mut World,
    interaction: &Interaction,
    kind: AnswerKind,
    call: &Call,
) -> Result<Option<Id>, Refusal> {
    let data = &call.body["data"];
    match kind {
        AnswerKind::Reply => {
            let form = message_form::create(world, interaction.channel, data, &call.files)?;
            Ok(Some(post(world, interaction, form, false)))
        }
        AnswerKind::Deferred => {
            let flags = data["flags"].as_u64().unwrap_or(0) & EPHEMERAL;
            let form = Form {
                flags: flags | LOADING,
                ..Form::default()
            };
            Ok(Some(post(world, interaction, form, true)))
        }
        AnswerKind::DeferredUpdate => Ok(interaction.source),
        AnswerKind::Update => {
            let Some(source) = interaction.source else {
                return Ok(None);
            };
            let flags = world.find_message(source).map_or(0, |m| m.flags());
            let inner = Call {
                body: data.clone(),
                files: call.files.clone(),
                ..Call::default()
            };
            super::messages::apply_edit(world, interaction.channel, source, &inner, flags)?;
            Ok(Some(source))
        }
        AnswerKind::Autocomplete => check_choices(data).map(|()| None),
        AnswerKind::Modal => check_modal(data).map(|()| None),
    }
}

/// Posts the answer (or its placeholder) for everybody or for the member alone.
pub(super) fn post(world: &mut World, interaction: &Interaction, form: Form, silent: bool) -> Id {
    let ephemeral = form.flags & EPHEMERAL != 0;
    let mut draft = Draft {
        channel: interaction.channel,
        author: world.bot,
        fields: form.fields,
        allowed_mentions: form.allowed_mentions,
        ephemeral_to: ephemeral.then_some(interaction.user),
        webhook: Some(world.application),
        silent,
        ..Draft::default()
    };
    let mut metadata = json!({
        "id": wire(interaction.id),
        "type": interaction.kind as u64,
        "user": world.user_json(interaction.user),
        "authorizing_integration_owners": {"0": interaction.guild.map_or("0".to_owned(), |g| g.to_string())},
        "name": interaction.label.trim_start_matches('/'),
    });
    if let Some(source) = interaction.source {
        metadata["interacted_message_id"] = wire(source);
    }
    let mut put = |key: &str, value: Value| draft.fields.insert(key.to_owned(), value);
    put("flags", json!(form.flags));
    put("application_id", wire(world.application));
    put("interaction_metadata", metadata);
    if interaction.kind == InteractionKind::Command {
        put("type", json!(CHAT_INPUT_COMMAND));
    }
    world.post(&draft)
}

fn check_choices(data: &Value) -> Result<(), Refusal> {
    let mut problems = Problems::default();
    let choices = data["choices"].as_array().map_or(&[][..], Vec::as_slice);
    if data["choices"].is_null() {
        problems.required("data.choices");
    }
    if choices.len() > CHOICES_MAX {
        problems.length("data.choices", 0, CHOICES_MAX);
    }
    for (at, choice) in choices.iter().enumerate() {
        problems.text(
            choice,
            "name",
            &format!("data.choices.{at}.name"),
            (1, 100),
            true,
        );
        if choice["value"].is_string() {
            problems.text(
                choice,
                "value",
                &format!("data.choices.{at}.value"),
                (1, 100),
                true,
            );
        }
    }
    problems.finish()
}

fn check_modal(data: &Value) -> Result<(), Refusal> {
    let mut problems = Problems::default();
    problems.text(data, "custom_id", "data.custom_id", (1, 100), true);
    problems.text(data, "title", "data.title", (1, 45), true);
    if !data["components"].is_array() {
        problems.required("data.components");
    }
    components::read(data, Place::Modal, &mut problems);
    problems.finish()
}

/// Remembers that and how the interaction was answered.
fn settle(
    world: &mut World,
    interaction: &Interaction,
    kind: AnswerKind,
    original: Option<Id>,
    data: &Value,
) {
    let now = world.now();
    let ephemeral = original
        .and_then(|id| world.find_message(id))
        .is_some_and(|m| m.ephemeral_to.is_some());
    world.unanswered.remove(&interaction.id);
    if let Some(stored) = world.interactions.get_mut(&interaction.id) {
        stored.acked = Some(kind);
        stored.acked_ms = Some(now);
        stored.original = original;
        stored.thinking = kind == AnswerKind::Deferred;
        stored.ephemeral = ephemeral;
        stored.callback_data = data.clone();
    }
    if kind == AnswerKind::Modal {
        let title = data["title"].as_str().unwrap_or("").to_owned();
        world.see(
            Seen::Form,
            interaction.channel,
            interaction.user,
            None,
            &title,
        );
    }
    world.touch();
}

/// The answer to `with_response`; a resource only where a message was made or changed.
fn shown(
    world: &World,
    interaction: &Interaction,
    kind: AnswerKind,
    original: Option<Id>,
) -> Value {
    let mut about = json!({
        "id": wire(interaction.id),
        "type": interaction.kind as u64,
        "channel_id": wire(interaction.channel),
    });
    let number = match kind {
        AnswerKind::Reply => Some(4),
        AnswerKind::Deferred => Some(5),
        AnswerKind::Update => Some(7),
        AnswerKind::DeferredUpdate | AnswerKind::Autocomplete | AnswerKind::Modal => None,
    };
    if let Some(message) = original {
        about["response_message_id"] = wire(message);
        about["response_message_loading"] = json!(kind == AnswerKind::Deferred);
        let flags = world.find_message(message).map_or(0, |m| m.flags());
        about["response_message_ephemeral"] = json!(flags & EPHEMERAL != 0);
    }
    let mut out = json!({"interaction": about});
    if let (Some(number), Some(message)) = (number, original) {
        let message = world.message_json(interaction.channel, message);
        out["resource"] = json!({"type": number, "message": message});
    }
    out
}
