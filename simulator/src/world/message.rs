//! Messages: what is stored, how it is shown, whom it mentions.

use crate::ids::{Id, read_list, wire};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// One emoji under a message and who put it there.
#[derive(Clone, Debug)]
pub(crate) struct Reaction {
    /// `{"id": null | "...", "name": "..."}`
    pub(crate) emoji: Value,
    pub(crate) users: BTreeSet<Id>,
}

#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) id: Id,
    pub(crate) channel: Id,
    pub(crate) author: Id,
    /// Shown to this person only.
    pub(crate) ephemeral_to: Option<Id>,
    pub(crate) webhook: Option<Id>,
    pub(crate) pinned_ms: Option<i64>,
    pub(crate) reactions: Vec<Reaction>,
    /// The message as REST shows it, except for reactions and pin.
    pub(crate) body: Map<String, Value>,
}

impl Message {
    pub(crate) fn text(&self) -> &str {
        self.body
            .get("content")
            .and_then(Value::as_str)
            .unwrap_or("")
    }

    pub(crate) fn flags(&self) -> u64 {
        self.body.get("flags").and_then(Value::as_u64).unwrap_or(0)
    }

    pub(crate) fn set(&mut self, key: &str, value: Value) {
        self.body.insert(key.to_owned(), value);
    }

    pub(crate) fn json(&self, me: Id) -> Value {
        let mut out = self.body.clone();
        out.insert("pinned".to_owned(), json!(self.pinned_ms.is_some()));
        if !self.reactions.is_empty() {
            let reactions = self.reactions.iter().map(|r| reaction(r, me)).collect();
            out.insert("reactions".to_owned(), Value::Array(reactions));
        }
        Value::Object(out)
    }
}

fn reaction(reaction: &Reaction, me: Id) -> Value {
    let count = reaction.users.len();
    json!({
        "emoji": reaction.emoji,
        "count": count,
        "count_details": {"burst": 0, "normal": count},
        "burst_colors": [],
        "me": reaction.users.contains(&me),
        "me_burst": false,
    })
}

/// The messages of one channel, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) messages: BTreeMap<Id, Message>,
}

/// Whom a text would mention, before `allowed_mentions` is asked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Mentions {
    pub(crate) users: BTreeSet<Id>,
    pub(crate) roles: BTreeSet<Id>,
    pub(crate) everyone: bool,
}

impl Mentions {
    /// Finds `<@1>`, `<@!1>`, `<@&2>`, `@everyone` and `@here`.
    pub(crate) fn find(text: &str) -> Self {
        let mut found = Self {
            everyone: text.contains("@everyone") || text.contains("@here"),
            ..Self::default()
        };
        for piece in text.split("<@").skip(1) {
            let Some((inside, _)) = piece.split_once('>') else {
                continue;
            };
            if let Some(role) = inside.strip_prefix('&') {
                found.roles.extend(role.parse::<Id>());
            } else {
                let user = inside.strip_prefix('!').unwrap_or(inside);
                found.users.extend(user.parse::<Id>());
            }
        }
        found
    }

    /// What remains after the sender's `allowed_mentions`; without that object everything does.
    pub(crate) fn allowed_by(mut self, allowed: Option<&Value>) -> Self {
        let Some(allowed) = allowed.filter(|value| value.is_object()) else {
            return self;
        };
        let parses = |what: &str| {
            allowed["parse"]
                .as_array()
                .is_some_and(|list| list.iter().any(|kind| kind == what))
        };
        let users = read_list(&allowed["users"]);
        let roles = read_list(&allowed["roles"]);
        self.users
            .retain(|id| parses("users") || users.contains(id));
        self.roles
            .retain(|id| parses("roles") || roles.contains(id));
        self.everyone &= parses("everyone");
        self
    }
}

/// The text a reader would see: content, embeds and text displays, on few lines.
pub(crate) fn readable(body: &Map<String, Value>) -> String {
    let mut parts = Vec::new();
    let mut add = |value: &Value| {
        if let Some(text) = value.as_str().filter(|text| !text.is_empty()) {
            parts.push(text.to_owned());
        }
    };
    add(body.get("content").unwrap_or(&Value::Null));
    for embed in list(body.get("embeds")) {
        add(&embed["title"]);
        add(&embed["description"]);
        for field in list(embed.get("fields")) {
            let name = field["name"].as_str().unwrap_or("");
            let value = field["value"].as_str().unwrap_or("");
            add(&json!(format!("{name}: {value}")));
        }
        add(&embed["footer"]["text"]);
    }
    let mut buttons = Vec::new();
    walk_components(
        body.get("components"),
        &mut |component| match component["type"].as_u64() {
            Some(10) => add(&component["content"]),
            Some(2) => buttons.push(format!("[{}]", component["label"].as_str().unwrap_or("?"))),
            Some(3 | 5..=8) => buttons.push(format!(
                "[{} ▾]",
                component["placeholder"].as_str().unwrap_or("choose")
            )),
            _ => {}
        },
    );
    add(&json!(buttons.join(" ")));
    for file in list(body.get("attachments")) {
        add(&json!(format!(
            "📎 {}",
            file["filename"].as_str().unwrap_or("?")
        )));
    }
    parts.join("\n")
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Visits every component, parents first.
pub(crate) fn walk_components(components: Option<&Value>, visit: &mut impl FnMut(&Value)) {
    for component in list(components) {
        visit(component);
        walk_components(component.get("components"), visit);
        for only in ["accessory", "component"] {
            if component[only].is_object() {
                let one = Value::Array(vec![component[only].clone()]);
                walk_components(Some(&one), visit);
            }
        }
    }
}

/// The skeleton of a message body: every key that Discord always sends.
pub(crate) fn blank_body(
    id: Id,
    channel: Id,
    author: &Value,
    timestamp: &str,
) -> Map<String, Value> {
    let body = json!({
        "id": wire(id),
        "channel_id": wire(channel),
        "author": author,
        "type": 0,
        "content": "",
        "timestamp": timestamp,
        "edited_timestamp": null,
        "tts": false,
        "mention_everyone": false,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "components": [],
        "flags": 0,
        "pinned": false,
    });
    match body {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_are_found_and_held_back() {
        let found = Mentions::find("hi <@12> and <@!13>, <@&5>, <#7> <@x> @everyone");
        assert_eq!(found.users, BTreeSet::from([12, 13]));
        assert_eq!(found.roles, BTreeSet::from([5]));
        assert!(found.everyone);
        let none = found.allowed_by(Some(&json!({"parse": []})));
        assert_eq!(none, Mentions::default());
        let one =
            Mentions::find("<@12> <@13>").allowed_by(Some(&json!({"parse": [], "users": ["13"]})));
        assert_eq!(one.users, BTreeSet::from([13]));
    }

    #[test]
    fn a_reader_sees_embeds_and_buttons() {
        let body = json!({
            "content": "", "embeds": [{"title": "Help", "fields": [{"name": "/ping", "value": "is it there?"}]}],
            "components": [{"type": 1, "components": [{"type": 2, "label": "Close"}]}],
        });
        let text = readable(body.as_object().expect("an object"));
        assert_eq!(text, "Help\n/ping: is it there?\n[Close]");
    }
}
