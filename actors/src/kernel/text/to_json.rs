//! Discord's request shape of messages, forms and choices; names as in its OpenAPI document.
//!
//! Values must have been through `fit`. Text inputs of forms go into action rows, the layout before
//! 2025's labels (type 18): Discord still takes it, and Discord-compatible servers know no other.

use super::{
    Attachment, Button, ButtonAction, ButtonStyle, Choice, Embed, Mentions, Message, Modal,
    ModalField, Row, Select, SelectKind, SelectOption, TextStyle,
};
use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Value, json};

/// Message flag: only the member who acted sees the answer (docs "Message", "Message Flags").
pub const EPHEMERAL: u64 = 1 << 6;
/// Message flag: no sound, no push notification (docs "Message", "Message Flags").
pub const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;

/// `MessageCreateRequest`, or the data of an interaction answer: the message with a nonce of at
/// most 25 characters (Discord then refuses to post it twice) or visible to one member only.
#[must_use]
pub fn message(message: &Message, nonce: Option<&str>, ephemeral: bool) -> Value {
    let mut body = contents(message);
    let silent = if message.silent {
        SUPPRESS_NOTIFICATIONS
    } else {
        0
    };
    let flags = silent | if ephemeral { EPHEMERAL } else { 0 };
    if flags != 0 {
        body.insert("flags".to_owned(), flags.into());
    }
    if let Some(nonce) = nonce {
        body.insert("nonce".to_owned(), nonce.into());
        body.insert("enforce_nonce".to_owned(), true.into());
    }
    Value::Object(body)
}

/// The body of an edit: every part is named, so that what the message no longer has disappears;
/// without flags, which an edit cannot change.
#[must_use]
pub fn message_edit(message: &Message) -> Value {
    Value::Object(contents(message))
}

/// As [`message_edit`], with files: their contents are parts of the form beside it, in this order.
#[must_use]
pub fn message_edit_with(message: &Message, files: &[Attachment]) -> Value {
    let described = files.iter().zip(0_u64..).map(|(file, number)| {
        json!({
            "id": number.to_string(),
            "filename": file.name,
            "description": file.description,
        })
    });
    let mut body = contents(message);
    body.insert("attachments".to_owned(), described.collect());
    Value::Object(body)
}

/// `ModalInteractionCallbackRequestData`.
#[must_use]
pub fn modal(modal: &Modal) -> Value {
    let rows: Vec<Value> = modal
        .fields
        .iter()
        .map(|field| row([text_input(field)]))
        .collect();
    json!({ "custom_id": modal.custom_id, "title": modal.title, "components": rows })
}

/// `InteractionApplicationCommandAutocompleteCallbackStringData`.
#[must_use]
pub fn choices(choices: &[Choice]) -> Value {
    let choice = |choice: &Choice| json!({ "name": choice.name, "value": choice.value });
    json!({ "choices": choices.iter().map(choice).collect::<Vec<_>>() })
}

fn contents(message: &Message) -> Map<String, Value> {
    let embeds: Vec<Value> = message.embeds.iter().map(embed).collect();
    let rows: Vec<Value> = message.rows.iter().map(message_row).collect();
    object([
        ("content", Some(message.content.clone().into())),
        ("embeds", Some(embeds.into())),
        ("components", Some(rows.into())),
        (
            "allowed_mentions",
            Some(allowed_mentions(&message.mentions)),
        ),
    ])
}

fn allowed_mentions(mentions: &Mentions) -> Value {
    let parse: &[&str] = if mentions.everyone {
        &["everyone"]
    } else {
        &[]
    };
    let users: Vec<String> = mentions.users.iter().map(ToString::to_string).collect();
    let roles: Vec<String> = mentions.roles.iter().map(ToString::to_string).collect();
    json!({ "parse": parse, "users": users, "roles": roles })
}

fn embed(embed: &Embed) -> Value {
    let fields = embed
        .fields
        .iter()
        .map(|field| json!({ "name": field.name, "value": field.value, "inline": field.inline }));
    let fields: Vec<Value> = fields.collect();
    let picture = |url: &Option<String>| url.as_ref().map(|url| json!({ "url": url }));
    let at = embed
        .at
        .and_then(|at| DateTime::from_timestamp_millis(at.millis()));
    Value::Object(object([
        ("title", text(&embed.title)),
        ("url", embed.url.clone().map(Value::from)),
        ("description", text(&embed.description)),
        ("fields", (!fields.is_empty()).then(|| fields.into())),
        (
            "author",
            text(&embed.author).map(|name| json!({ "name": name })),
        ),
        (
            "footer",
            text(&embed.footer).map(|text| json!({ "text": text })),
        ),
        ("color", embed.colour.map(Value::from)),
        ("image", picture(&embed.image)),
        ("thumbnail", picture(&embed.thumbnail)),
        (
            "timestamp",
            at.map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true).into()),
        ),
    ]))
}

fn message_row(line: &Row) -> Value {
    match line {
        Row::Buttons(buttons) => row(buttons.iter().map(button)),
        Row::Select(menu) => row([select(menu)]),
    }
}

fn row(components: impl IntoIterator<Item = Value>) -> Value {
    let components: Vec<Value> = components.into_iter().collect();
    json!({ "type": 1, "components": components })
}

fn button(button: &Button) -> Value {
    let (style, custom_id, url) = match &button.action {
        ButtonAction::Press { custom_id, style } => (style_number(*style), text(custom_id), None),
        ButtonAction::Open { url } => (5, None, text(url)),
    };
    Value::Object(object([
        ("type", Some(2.into())),
        ("style", Some(style.into())),
        ("label", text(&button.label)),
        ("custom_id", custom_id),
        ("url", url),
        ("disabled", Some(button.disabled.into())),
    ]))
}

fn style_number(style: ButtonStyle) -> u8 {
    match style {
        ButtonStyle::Primary => 1,
        ButtonStyle::Secondary => 2,
        ButtonStyle::Success => 3,
        ButtonStyle::Danger => 4,
    }
}

fn select(select: &Select) -> Value {
    let (kind, options, channel_types) = match &select.kind {
        SelectKind::Options(options) => (
            3,
            Some(options.iter().map(option).collect::<Vec<_>>().into()),
            None,
        ),
        SelectKind::Users => (5, None, None),
        SelectKind::Roles => (6, None, None),
        SelectKind::Channels(types) => (8, None, (!types.is_empty()).then(|| json!(types))),
    };
    Value::Object(object([
        ("type", Some(kind.into())),
        ("custom_id", text(&select.custom_id)),
        ("options", options),
        ("channel_types", channel_types),
        ("placeholder", text(&select.placeholder)),
        ("min_values", Some(select.min.into())),
        ("max_values", Some(select.max.into())),
        ("disabled", Some(select.disabled.into())),
    ]))
}

fn option(option: &SelectOption) -> Value {
    Value::Object(object([
        ("label", text(&option.label)),
        ("value", text(&option.value)),
        ("description", text(&option.description)),
        ("default", Some(option.chosen.into())),
    ]))
}

fn text_input(field: &ModalField) -> Value {
    let style = match field.style {
        TextStyle::Short => 1,
        TextStyle::Paragraph => 2,
    };
    Value::Object(object([
        ("type", Some(4.into())),
        ("custom_id", text(&field.custom_id)),
        ("style", Some(style.into())),
        ("label", text(&field.label)),
        ("placeholder", text(&field.placeholder)),
        ("value", text(&field.value)),
        ("required", Some(field.required.into())),
        ("min_length", Some(field.min.into())),
        ("max_length", Some(field.max.into())),
    ]))
}

/// An absent text is left out: Discord refuses some empty ones.
fn text(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| text.into())
}

fn object<const N: usize>(entries: [(&str, Option<Value>); N]) -> Map<String, Value> {
    let present = entries
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)));
    present.collect()
}

#[cfg(test)]
mod tests;
