//! `/welcome join channel:#hall message:Hello you` against the registered commands, as the client's input box does.
//!
//! An option's value goes on until the next `name:` of an option that the command really has, so texts may contain
//! spaces and colons. Users, channels and roles are given by name, mention or id.

use super::VerbError;
use crate::ids::Id;
use crate::world::World;
use crate::world::channel::ChannelKind;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// A command ready to be sent: its data, and how it reads.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) command: Value,
    pub(crate) options: Vec<Value>,
    pub(crate) label: String,
    pub(crate) mentioned: Mentioned,
}

/// What must be described in `resolved`.
#[derive(Debug, Default)]
pub(crate) struct Mentioned {
    pub(crate) users: BTreeSet<Id>,
    pub(crate) channels: BTreeSet<Id>,
    pub(crate) roles: BTreeSet<Id>,
}

/// Where it is typed.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) guild: Option<Id>,
    pub(crate) user: Id,
    /// Which option is being typed, for autocomplete; required options may then be missing.
    pub(crate) completing: bool,
}

pub(crate) fn parse(world: &World, place: Place, line: &str) -> Result<Parsed, VerbError> {
    let line = line.trim().trim_start_matches('/');
    let (name, mut rest) = cut(line);
    let command = find(world, place.guild, name)?;
    check_right(world, place, &command)?;
    let mut label = format!("/{name}");
    let mut path = Vec::new();
    let mut level = list(&command["options"]).to_vec();
    while level
        .iter()
        .any(|option| matches!(option["type"].as_u64(), Some(1 | 2)))
    {
        let (word, after) = cut(rest);
        let next = level.iter().find(|option| option["name"] == word);
        let Some(next) = next.cloned() else {
            return Err(VerbError::SubcommandMissing(label));
        };
        label = format!("{label} {word}");
        rest = after;
        level = list(&next["options"]).to_vec();
        path.push(next);
    }
    let mut mentioned = Mentioned::default();
    let mut options = read_options(world, place, &level, rest, &label, &mut mentioned)?;
    for step in path.iter().rev() {
        options = vec![json!({"type": step["type"], "name": step["name"], "options": options})];
    }
    let label = format!("{label} {rest}").trim_end().to_owned();
    Ok(Parsed {
        command,
        options,
        label,
        mentioned,
    })
}

fn cut(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_once(char::is_whitespace)
        .map_or((text, ""), |(word, rest)| (word, rest.trim_start()))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Guild commands hide global ones of the same name; in direct messages only those that allow it.
fn find(world: &World, guild: Option<Id>, name: &str) -> Result<Value, VerbError> {
    let scopes = [guild.map(Some), Some(None)];
    let fits = |command: &&Value| {
        command["name"] == name && command["type"] == json!(1) && allowed_here(command, guild)
    };
    scopes
        .into_iter()
        .flatten()
        .filter_map(|scope| world.commands.get(&scope))
        .find_map(|all| all.values().find(fits))
        .cloned()
        .ok_or_else(|| VerbError::UnknownCommand(format!("/{name}")))
}

fn allowed_here(command: &Value, guild: Option<Id>) -> bool {
    let context = if guild.is_some() { 0 } else { 1 };
    match command["contexts"].as_array() {
        Some(contexts) => contexts.contains(&json!(context)),
        None => guild.is_some() || command["dm_permission"] != json!(false),
    }
}

fn check_right(world: &World, place: Place, command: &Value) -> Result<(), VerbError> {
    let needed = crate::permissions::read(&command["default_member_permissions"]);
    let (Some(needed), Some(guild)) = (needed, place.guild) else {
        return Ok(());
    };
    let bits = world.permissions_of(guild, place.user);
    // "0" means administrators only.
    let fits =
        bits & crate::permissions::ADMINISTRATOR != 0 || (needed != 0 && bits & needed == needed);
    if fits {
        return Ok(());
    }
    let who = world.shown_name(place.guild, place.user);
    Err(VerbError::NotAllowed(format!(
        "{who} does not see /{}",
        command["name"].as_str().unwrap_or("?")
    )))
}

fn read_options(
    world: &World,
    place: Place,
    specs: &[Value],
    text: &str,
    label: &str,
    mentioned: &mut Mentioned,
) -> Result<Vec<Value>, VerbError> {
    let mut given = split(specs, text).ok_or_else(|| VerbError::UnknownOption {
        command: label.to_owned(),
        text: text.to_owned(),
    })?;
    let mut options = Vec::new();
    let last = given.last().map(|(name, _)| name.clone());
    for (name, value) in &mut given {
        let spec = specs.iter().find(|spec| spec["name"] == *name);
        let Some(spec) = spec else { continue };
        let focused = place.completing && last.as_ref() == Some(name);
        let value = match focused {
            true => json!(value.trim()),
            false => typed(world, place, spec, value.trim(), mentioned)?,
        };
        let mut option = json!({"name": name, "type": spec["type"], "value": value});
        if focused {
            option["focused"] = json!(true);
        }
        options.push(option);
    }
    let missing = specs.iter().find(|spec| {
        spec["required"] == json!(true) && !given.iter().any(|(name, _)| spec["name"] == *name)
    });
    match missing.filter(|_| !place.completing) {
        Some(spec) => Err(VerbError::OptionMissing(
            spec["name"].as_str().unwrap_or("?").to_owned(),
        )),
        None => Ok(options),
    }
}

/// `a:1 b:two words` to pairs; `None` if something stands before the first option.
fn split(specs: &[Value], text: &str) -> Option<Vec<(String, String)>> {
    let names: Vec<&str> = specs
        .iter()
        .filter_map(|spec| spec["name"].as_str())
        .collect();
    let mut starts = Vec::new();
    for (at, _) in text
        .char_indices()
        .filter(|(at, _)| is_word_start(text, *at))
    {
        let name = names.iter().find(|name| {
            text[at..]
                .strip_prefix(**name)
                .is_some_and(|r| r.starts_with(':'))
        });
        let name = name.filter(|name| !starts.iter().any(|(_, known)| known == *name));
        starts.extend(name.map(|name| (at, *name)));
    }
    let first = starts.first().map_or(text.len(), |(at, _)| *at);
    if !text[..first].trim().is_empty() {
        return None;
    }
    let mut pairs = Vec::new();
    for (n, (at, name)) in starts.iter().enumerate() {
        let end = starts.get(n + 1).map_or(text.len(), |(next, _)| *next);
        pairs.push((
            (*name).to_owned(),
            text[at + name.len() + 1..end].to_owned(),
        ));
    }
    Some(pairs)
}

fn is_word_start(text: &str, at: usize) -> bool {
    text[..at]
        .chars()
        .next_back()
        .is_none_or(char::is_whitespace)
}

fn typed(
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

    fn specs(names: &[&str]) -> Vec<Value> {
        names
            .iter()
            .map(|name| json!({"name": name, "type": 3}))
            .collect()
    }

    #[test]
    fn values_run_to_the_next_known_option() {
        let pairs = split(
            &specs(&["channel", "message"]),
            "channel:#hall message:Hello: you, at 12:30 ok",
        )
        .expect("splits");
        assert_eq!(pairs[0], ("channel".to_owned(), "#hall ".to_owned()));
        assert_eq!(pairs[1].1, "Hello: you, at 12:30 ok");
    }

    #[test]
    fn stray_text_and_repeated_names_are_seen() {
        assert!(split(&specs(&["a"]), "hello a:1").is_none());
        let pairs = split(&specs(&["a"]), "a:x a:y").expect("splits");
        assert_eq!(pairs, [("a".to_owned(), "x a:y".to_owned())]);
    }

    #[test]
    fn numbers_obey_their_bounds() {
        let spec = json!({"min_value": 1, "max_value": 5});
        assert_eq!(number_value(&spec, Some(json!(5))), Some(json!(5)));
        assert_eq!(number_value(&spec, Some(json!(6))), None);
    }
}
