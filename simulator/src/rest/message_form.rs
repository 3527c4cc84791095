//! Reads a message as bots send it - create, edit, interaction answer, webhook - and refuses what Discord refuses.

use super::call::Call;
use super::components::{self, Place, V2};
use super::embeds;
use super::refusal::{Problems, Refusal, no};
use crate::ids::{Id, wire};
use crate::record::FileRecord;
use crate::world::World;
use serde_json::{Map, Value, json};

/// Characters of content.
pub(crate) const CONTENT_MAX: usize = 2_000;
/// Flags a bot may set: suppress embeds, ephemeral, suppress notifications, voice message, components v2.
const FLAGS_ALLOWED: u64 = 1 << 2 | 1 << 6 | 1 << 12 | 1 << 13 | V2;
const FILES_MAX: usize = 10;

/// A checked message; keys that were not sent are not here.
#[derive(Debug, Default)]
pub(crate) struct Form {
    pub(crate) fields: Map<String, Value>,
    pub(crate) allowed_mentions: Option<Value>,
    pub(crate) flags: u64,
}

impl Form {
    /// Whether nothing would be seen.
    pub(crate) fn is_empty(&self) -> bool {
        let text = self
            .fields
            .get("content")
            .and_then(Value::as_str)
            .unwrap_or("");
        let lists = ["embeds", "components", "attachments", "sticker_items"];
        let any = lists.iter().any(|key| {
            self.fields
                .get(*key)
                .and_then(Value::as_array)
                .is_some_and(|list| !list.is_empty())
        });
        text.trim().is_empty() && !any && !self.fields.contains_key("poll")
    }
}

/// Checks a new message.
pub(crate) fn create(
    world: &mut World,
    channel: Id,
    body: &Value,
    files: &[FileRecord],
) -> Result<Form, Refusal> {
    let form = read(world, channel, body, files, 0)?;
    if form.is_empty() {
        return Err(no::empty_message());
    }
    Ok(form)
}

/// Checks what is put over an old message with these flags.
pub(crate) fn edit(
    world: &mut World,
    channel: Id,
    call: &Call,
    old_flags: u64,
) -> Result<Form, Refusal> {
    read(world, channel, &call.body, &call.files, old_flags)
}

fn read(
    world: &mut World,
    channel: Id,
    body: &Value,
    files: &[FileRecord],
    old_flags: u64,
) -> Result<Form, Refusal> {
    let mut problems = Problems::default();
    let flags = body["flags"].as_u64().unwrap_or(0);
    if flags & !FLAGS_ALLOWED != 0 && old_flags == 0 {
        problems.add(
            "flags",
            "INVALID_MESSAGE_FLAGS",
            "Only certain flags can be set",
        );
    }
    let v2 = (flags | old_flags) & V2 != 0;
    problems.text(body, "content", "content", (0, CONTENT_MAX), false);
    let embeds = embeds::read(body, &mut problems);
    let components = components::read(body, Place::Message { v2 }, &mut problems);
    check_v2(body, v2, &mut problems);
    check_mentions(body, &mut problems);
    check_files(body, files, &mut problems);
    problems.finish()?;
    let mut form = Form {
        flags,
        ..Form::default()
    };
    form.allowed_mentions = body
        .get("allowed_mentions")
        .filter(|a| a.is_object())
        .cloned();
    let mut put = |key: &str, value: Value| form.fields.insert(key.to_owned(), value);
    if body.get("content").is_some() {
        put(
            "content",
            json!(body["content"].as_str().unwrap_or("").trim_end()),
        );
    }
    if body.get("embeds").is_some() {
        put("embeds", Value::Array(embeds));
    }
    if body.get("components").is_some() {
        put("components", Value::Array(components));
    }
    if body.get("attachments").is_some() || !files.is_empty() {
        put("attachments", attachments(world, channel, body, files));
    }
    if body["tts"] == json!(true) {
        put("tts", json!(true));
    }
    Ok(form)
}

fn check_v2(body: &Value, v2: bool, problems: &mut Problems) {
    if !v2 {
        return;
    }
    let filled = |key: &str| match &body[key] {
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        value => value.is_object(),
    };
    for key in ["content", "embeds", "poll", "sticker_ids"] {
        if filled(key) {
            let message = format!(
                "The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            );
            problems.add(
                key,
                "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                &message,
            );
        }
    }
}

fn check_mentions(body: &Value, problems: &mut Problems) {
    let allowed = &body["allowed_mentions"];
    let parse = allowed["parse"].as_array().map_or(&[][..], Vec::as_slice);
    for (at, kind) in parse.iter().enumerate() {
        if !matches!(kind.as_str(), Some("roles" | "users" | "everyone")) {
            problems.choice(
                &format!("allowed_mentions.parse.{at}"),
                "'roles', 'users', 'everyone'",
            );
        }
    }
    for key in ["users", "roles"] {
        let list = allowed[key].as_array().map_or(0, Vec::len);
        if list > 100 {
            problems.length(&format!("allowed_mentions.{key}"), 0, 100);
        }
        if list > 0 && parse.iter().any(|kind| kind == key) {
            let message = format!("parse:[\"{key}\"] and {key}: [ids...] are mutually exclusive.");
            problems.add(
                "allowed_mentions",
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                &message,
            );
        }
    }
}

fn check_files(body: &Value, files: &[FileRecord], problems: &mut Problems) {
    let listed = body["attachments"].as_array().map_or(0, Vec::len);
    if files.len() > FILES_MAX || listed > FILES_MAX {
        problems.length("attachments", 0, FILES_MAX);
    }
}

/// Uploaded files become attachments; entries with a real id are kept ones.
fn attachments(world: &mut World, channel: Id, body: &Value, files: &[FileRecord]) -> Value {
    let listed = body["attachments"].as_array().cloned().unwrap_or_default();
    let described = |n: u64| {
        let same = |entry: &&Value| crate::ids::read(&entry["id"]).unwrap_or(0) == n;
        listed.iter().find(same).cloned().unwrap_or(Value::Null)
    };
    let kept = listed
        .iter()
        .filter(|entry| crate::ids::read(&entry["id"]).is_some_and(|id| id > 1_000));
    let mut out: Vec<Value> = kept
        .filter_map(|entry| known_attachment(world, channel, entry))
        .collect();
    for (at, file) in files.iter().enumerate() {
        let number = file
            .field
            .trim_start_matches("files[")
            .trim_end_matches(']')
            .parse()
            .unwrap_or(at as u64);
        let entry = described(number);
        let id = world.next_id();
        let name = entry["filename"]
            .as_str()
            .unwrap_or(&file.filename)
            .to_owned();
        out.push(attachment(id, channel, &name, file, &entry));
    }
    Value::Array(out)
}

fn known_attachment(world: &World, channel: Id, entry: &Value) -> Option<Value> {
    let messages = world.logs.get(&channel)?.messages.values();
    let mut all = messages
        .filter_map(|m| m.body.get("attachments")?.as_array())
        .flatten();
    all.find(|a| a["id"] == entry["id"]).cloned()
}

fn attachment(id: Id, channel: Id, name: &str, file: &FileRecord, entry: &Value) -> Value {
    let url = format!("https://cdn.discordapp.com/attachments/{channel}/{id}/{name}");
    let mut out = json!({
        "id": wire(id),
        "filename": name,
        "size": file.size,
        "url": url,
        "proxy_url": url.replace("cdn.discordapp.com", "media.discordapp.net"),
        "content_type": file.content_type,
    });
    if entry["description"].is_string() {
        out["description"] = entry["description"].clone();
    }
    out
}
