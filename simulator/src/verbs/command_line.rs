//! `/welcome join channel:#hall message:Hello you` against the registered commands, as the client's input box does.
//!
//! An option's value goes on until the next `name:` of an option that the command really has, so texts may contain
//! spaces and colons. Users, channels and roles are given by name, mention or id.

use super::VerbError;
use super::values::{Mentioned, typed};
use crate::ids::Id;
use crate::world::World;
use serde_json::{Value, json};

/// A command ready to be sent: its data, and how it reads.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) command: Value,
    pub(crate) options: Vec<Value>,
    pub(crate) label: String,
    pub(crate) mentioned: Mentioned,
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
}
