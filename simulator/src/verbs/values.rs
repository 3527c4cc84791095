//! Option values: text to what Discord sends, and `resolved` for what was mentioned.

use super::VerbError;
use super::command_line::Place;
use crate::ids::Id;
use crate::world::World;
use crate::world::channel::ChannelKind;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What must be described in `resolved`.
#[derive(Debug, Default)]
pub(crate) struct Mentioned {
    pub(crate) users: BTreeSet<Id>,
    pub(crate) channels: BTreeSet<Id>,
    pub(crate) roles: BTreeSet<Id>,
}

pub(super) fn typed(
    world: &World,
    place: Place,
    spec: &Value,
    text: &str,
    mentioned: &mut Mentioned,
) -> Result<Value, VerbError> {
    let bad = |reason: &str| VerbError::BadValue {
        option: spec["name"].as_str().unwrap_or("?").to_owned(),
        value: text.to_owned(),
        reason: reason.to_owned(),
    };
    if let Some(value) = choice(spec, text) {
        return value.ok_or_else(|| bad("it is not one of the choices"));
    }
    match spec["type"].as_u64().unwrap_or(0) {
        3 => text_value(spec, text).ok_or_else(|| bad("its length does not fit")),
        4 => number_value(spec, text.parse::<i64>().ok().map(|n| json!(n)))
            .ok_or_else(|| bad("a whole number within bounds is wanted")),
        10 => number_value(spec, text.parse::<f64>().ok().map(|n| json!(n)))
            .ok_or_else(|| bad("a number within bounds is wanted")),
        5 => match text.to_lowercase().as_str() {
            "true" | "yes" => Ok(json!(true)),
            "false" | "no" => Ok(json!(false)),
            _ => Err(bad("True or False is wanted")),
        },
        6 => user(world, text, mentioned).ok_or_else(|| bad("no such user")),
        7 => channel(world, place, spec, text, mentioned)
            .ok_or_else(|| bad("no such channel, or not of this type")),
        8 => role(world, place, text, mentioned).ok_or_else(|| bad("no such role")),
        9 => user(world, text, mentioned)
            .or_else(|| role(world, place, text, mentioned))
            .ok_or_else(|| bad("no such user or role")),
        _ => Err(bad("options of this type cannot be typed")),
    }
}

/// `None` if the option has no choices.
fn choice(spec: &Value, text: &str) -> Option<Option<Value>> {
    let choices = spec["choices"]
        .as_array()
        .filter(|choices| !choices.is_empty())?;
    let fits = |choice: &&Value| {
        choice["name"] == text
            || choice["value"] == text
            || (choice["value"].is_number() && format!("{}", choice["value"]) == text)
    };
    Some(
        choices
            .iter()
            .find(fits)
            .map(|choice| choice["value"].clone()),
    )
}

fn text_value(spec: &Value, text: &str) -> Option<Value> {
    let length = text.chars().count() as u64;
    let min = spec["min_length"].as_u64().unwrap_or(1);
    let max = spec["max_length"].as_u64().unwrap_or(6_000);
    (length >= min && length <= max).then(|| json!(text))
}

fn number_value(spec: &Value, value: Option<Value>) -> Option<Value> {
    let value = value?;
    let number = value.as_f64()?;
    let min = spec["min_value"].as_f64().unwrap_or(f64::MIN);
    let max = spec["max_value"].as_f64().unwrap_or(f64::MAX);
    (number >= min && number <= max).then_some(value)
}

/// `<@1>`, `@name`, `name` or an id.
fn bare(text: &str) -> &str {
    text.trim_start_matches('<')
        .trim_end_matches('>')
        .trim_start_matches(['@', '#', '!', '&'])
}

fn user(world: &World, text: &str, mentioned: &mut Mentioned) -> Option<Value> {
    let wanted = bare(text);
    let found = world
        .users
        .values()
        .find(|u| u.id.to_string() == wanted || u.name == wanted || u.shown() == wanted)?;
    mentioned.users.insert(found.id);
    Some(json!(found.id.to_string()))
}

fn channel(
    world: &World,
    place: Place,
    spec: &Value,
    text: &str,
    mentioned: &mut Mentioned,
) -> Option<Value> {
    let wanted = bare(text);
    let kinds = spec["channel_types"].as_array();
    let fits = |kind: ChannelKind| {
        kinds.is_none_or(|kinds| kinds.is_empty() || kinds.contains(&json!(kind as u64)))
    };
    let mut here = world
        .channels
        .values()
        .filter(|c| c.guild == place.guild && fits(c.kind));
    let found = here.find(|c| c.id.to_string() == wanted || c.name == wanted)?;
    mentioned.channels.insert(found.id);
    Some(json!(found.id.to_string()))
}

fn role(world: &World, place: Place, text: &str, mentioned: &mut Mentioned) -> Option<Value> {
    let wanted = bare(text);
    let roles = &world.guilds.get(&place.guild?)?.roles;
    let found = roles
        .values()
        .find(|r| r.id.to_string() == wanted || r.name.trim_start_matches('@') == wanted)?;
    mentioned.roles.insert(found.id);
    Some(json!(found.id.to_string()))
}

/// `resolved` for what was mentioned: with the member's permissions and, for channels, the bot's too.
pub(crate) fn resolved(world: &World, place: Place, mentioned: &Mentioned) -> Option<Value> {
    let mut out = Map::new();
    let mut put = |key: &str, map: Map<String, Value>| {
        if !map.is_empty() {
            out.insert(key.to_owned(), Value::Object(map));
        }
    };
    let users = mentioned
        .users
        .iter()
        .map(|id| (id.to_string(), world.user_json(*id)))
        .collect();
    put("users", users);
    if let Some(guild) = place.guild {
        let member = |id: &Id| {
            let g = world.guilds.get(&guild)?;
            let mut member = g.members.get(id)?.partial_json();
            if let Some(map) = member.as_object_mut() {
                map.remove("mute");
                map.remove("deaf");
            }
            member["permissions"] = json!(world.permissions_of(guild, *id).to_string());
            Some((id.to_string(), member))
        };
        put(
            "members",
            mentioned.users.iter().filter_map(member).collect(),
        );
        let role = |id: &Id| {
            Some((
                id.to_string(),
                world.guilds.get(&guild)?.roles.get(id)?.json(),
            ))
        };
        put("roles", mentioned.roles.iter().filter_map(role).collect());
    }
    let channel = |id: &Id| Some((id.to_string(), resolved_channel(world, place.user, *id)?));
    put(
        "channels",
        mentioned.channels.iter().filter_map(channel).collect(),
    );
    (!out.is_empty()).then_some(Value::Object(out))
}

fn resolved_channel(world: &World, user: Id, id: Id) -> Option<Value> {
    let channel = world.channels.get(&id)?;
    let mut out = channel.json();
    if let Some(map) = out.as_object_mut() {
        map.remove("permission_overwrites");
    }
    out["permissions"] = json!(world.permissions_in(id, user).to_string());
    out["app_permissions"] = json!(world.permissions_in(id, world.bot).to_string());
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_obey_their_bounds() {
        let spec = json!({"min_value": 1, "max_value": 5});
        assert_eq!(number_value(&spec, Some(json!(5))), Some(json!(5)));
        assert_eq!(number_value(&spec, Some(json!(6))), None);
    }
}
