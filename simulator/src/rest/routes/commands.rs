//! Registration of application commands, global and per guild.

use crate::ids::{Id, wire};
use crate::rest::call::{Answer, Call, Reply};
use crate::rest::refusal::{Problems, Refusal, no};
use crate::rest::router::Route;
use crate::world::World;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/applications/{application_id}/commands", list),
    Route::new("PUT", "/applications/{application_id}/commands", overwrite),
    Route::new("POST", "/applications/{application_id}/commands", create),
    Route::new(
        "GET",
        "/applications/{application_id}/commands/{command_id}",
        get,
    ),
    Route::new(
        "PATCH",
        "/applications/{application_id}/commands/{command_id}",
        patch,
    ),
    Route::new(
        "DELETE",
        "/applications/{application_id}/commands/{command_id}",
        delete,
    ),
    Route::new(
        "GET",
        "/applications/{application_id}/guilds/{guild_id}/commands",
        list,
    ),
    Route::new(
        "PUT",
        "/applications/{application_id}/guilds/{guild_id}/commands",
        overwrite,
    ),
    Route::new(
        "POST",
        "/applications/{application_id}/guilds/{guild_id}/commands",
        create,
    ),
    Route::new(
        "GET",
        "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}",
        get,
    ),
    Route::new(
        "PATCH",
        "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}",
        patch,
    ),
    Route::new(
        "DELETE",
        "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}",
        delete,
    ),
];

/// Chat-input commands per scope; user and message commands have their own, smaller limits.
const COMMANDS_MAX: usize = 100;
const OTHER_COMMANDS_MAX: usize = 15;
const CREATES_PER_DAY: usize = 200;
const CHARACTERS_MAX: usize = 8_000;
const DAY_MS: i64 = 86_400_000;

/// Which list is meant.
fn scope(world: &World, call: &Call) -> Result<Option<Id>, Refusal> {
    if call.id("application_id")? != world.application {
        return Err(no::missing_access());
    }
    if call.param("guild_id").is_empty() {
        return Ok(None);
    }
    let guild = call.id("guild_id")?;
    world.need_guild(guild).map_err(|_| no::missing_access())?;
    Ok(Some(guild))
}

fn stored(world: &World, scope: Option<Id>) -> Vec<Value> {
    world
        .commands
        .get(&scope)
        .map(|all| all.values().cloned().collect())
        .unwrap_or_default()
}

fn list(world: &mut World, call: &Call) -> Answer {
    let scope = scope(world, call)?;
    let mut all = stored(world, scope);
    if !call.query_flag("with_localizations") {
        for command in &mut all {
            command["name_localizations"] = Value::Null;
            command["description_localizations"] = Value::Null;
        }
    }
    Ok(Reply::ok(Value::Array(all)))
}

fn get(world: &mut World, call: &Call) -> Answer {
    let scope = scope(world, call)?;
    let id = call.id("command_id")?;
    let found = world.commands.get(&scope).and_then(|all| all.get(&id));
    Ok(Reply::ok(found.ok_or_else(no::unknown_command)?.clone()))
}

fn overwrite(world: &mut World, call: &Call) -> Answer {
    let scope = scope(world, call)?;
    let list = call.body.as_array().ok_or_else(|| {
        Refusal::field(
            "_errors",
            "LIST_TYPE_CONVERT",
            "Only iterables may be used in a ListType",
        )
    })?;
    let mut problems = Problems::default();
    let mut names = BTreeSet::new();
    for (at, command) in list.iter().enumerate() {
        check(command, &at.to_string(), &mut problems);
        let key = (
            kind_of(command),
            command["name"].as_str().unwrap_or("").to_owned(),
        );
        if !names.insert(key) {
            problems.add(
                &at.to_string(),
                "APPLICATION_COMMANDS_DUPLICATE_NAME",
                "Application command names must be unique",
            );
        }
    }
    problems.finish()?;
    check_counts(list)?;
    let old = world.commands.remove(&scope).unwrap_or_default();
    let mut new = BTreeMap::new();
    for command in list {
        let known = same_name(&old, command).map(|(id, _)| *id);
        let made = make(world, scope, command, known)?;
        new.insert(made.0, made.1);
    }
    world.commands.insert(scope, new);
    world.touch();
    Ok(Reply::ok(Value::Array(stored(world, scope))))
}

fn check_counts(list: &[Value]) -> Result<(), Refusal> {
    for (kind, max) in [
        (1, COMMANDS_MAX),
        (2, OTHER_COMMANDS_MAX),
        (3, OTHER_COMMANDS_MAX),
    ] {
        if list.iter().filter(|c| kind_of(c) == kind).count() > max {
            return Err(no::too_many_commands());
        }
    }
    Ok(())
}

fn create(world: &mut World, call: &Call) -> Answer {
    let scope = scope(world, call)?;
    let mut problems = Problems::default();
    check(&call.body, "", &mut problems);
    problems.finish()?;
    let old = world.commands.entry(scope).or_default();
    let known = same_name(old, &call.body).map(|(id, _)| *id);
    let mut after: Vec<Value> = old.values().cloned().collect();
    after.push(call.body.clone());
    if known.is_none() {
        check_counts(&after)?;
    }
    let (id, command) = make(world, scope, &call.body, known)?;
    world
        .commands
        .entry(scope)
        .or_default()
        .insert(id, command.clone());
    world.touch();
    Ok(if known.is_some() {
        Reply::ok(command)
    } else {
        Reply::created(command)
    })
}

fn patch(world: &mut World, call: &Call) -> Answer {
    let scope = scope(world, call)?;
    let id = call.id("command_id")?;
    let old = world
        .commands
        .get(&scope)
        .and_then(|all| all.get(&id))
        .ok_or_else(no::unknown_command)?;
    let mut merged = old.clone();
    for (key, value) in call.body.as_object().into_iter().flatten() {
        merged[key] = value.clone();
    }
    let mut problems = Problems::default();
    check(&merged, "", &mut problems);
    problems.finish()?;
    let (id, command) = make(world, scope, &merged, Some(id))?;
    world
        .commands
        .entry(scope)
        .or_default()
        .insert(id, command.clone());
    world.touch();
    Ok(Reply::ok(command))
}

fn delete(world: &mut World, call: &Call) -> Answer {
    let scope = scope(world, call)?;
    let id = call.id("command_id")?;
    let removed = world
        .commands
        .get_mut(&scope)
        .and_then(|all| all.remove(&id));
    world.touch();
    removed
        .map(|_| Reply::nothing())
        .ok_or_else(no::unknown_command)
}

fn kind_of(command: &Value) -> u64 {
    command["type"].as_u64().unwrap_or(1)
}

fn same_name<'a>(all: &'a BTreeMap<Id, Value>, command: &Value) -> Option<(&'a Id, &'a Value)> {
    all.iter()
        .find(|(_, old)| old["name"] == command["name"] && kind_of(old) == kind_of(command))
}

/// The stored form; a new name counts toward the day's limit.
fn make(
    world: &mut World,
    scope: Option<Id>,
    command: &Value,
    known: Option<Id>,
) -> Result<(Id, Value), Refusal> {
    let now = world.now();
    if known.is_none() {
        let created = world.commands_created.entry(scope).or_default();
        created.retain(|at| now < at + DAY_MS);
        if created.len() >= CREATES_PER_DAY {
            let mut refusal = no::too_many_commands_today();
            refusal.body["retry_after"] = json!(86_400.0);
            return Err(refusal);
        }
        created.push(now);
    }
    let id = known.unwrap_or_else(|| world.next_id());
    let mut out = Map::new();
    let optional = [
        "name_localizations",
        "description_localizations",
        "options",
        "contexts",
        "integration_types",
        "handler",
    ];
    for key in optional {
        if let Some(value) = command.get(key).filter(|value| !value.is_null()) {
            out.insert(key.to_owned(), value.clone());
        }
    }
    let permissions = crate::permissions::read(&command["default_member_permissions"]);
    let mut put = |key: &str, value: Value| out.insert(key.to_owned(), value);
    put("id", wire(id));
    put("application_id", wire(world.application));
    put("version", wire(world.next_id()));
    put("type", json!(kind_of(command)));
    put("name", command["name"].clone());
    put(
        "description",
        json!(command["description"].as_str().unwrap_or("")),
    );
    put(
        "default_member_permissions",
        json!(permissions.map(|bits| bits.to_string())),
    );
    put(
        "dm_permission",
        json!(command["dm_permission"] != json!(false)),
    );
    put("nsfw", json!(command["nsfw"] == json!(true)));
    if let Some(guild) = scope {
        put("guild_id", wire(guild));
    }
    Ok((id, Value::Object(out)))
}

fn check(command: &Value, path: &str, problems: &mut Problems) {
    let at = |key: &str| join(path, key);
    let chat = kind_of(command) == 1;
    if chat {
        check_name(&command["name"], &at("name"), problems);
        problems.text(command, "description", &at("description"), (1, 100), true);
    } else {
        problems.text(command, "name", &at("name"), (1, 32), true);
    }
    check_localized(command, path, chat, problems);
    check_options(&command["options"], &at("options"), 0, problems);
    if characters(command) > CHARACTERS_MAX {
        problems.add(
            path,
            "APPLICATION_COMMAND_TOO_LARGE",
            "Command exceeds maximum size (8000)",
        );
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// `^[-_'\p{L}\p{N}]{1,32}$` in lower case where the script has one.
fn check_name(name: &Value, path: &str, problems: &mut Problems) {
    let Some(name) = name.as_str() else {
        return problems.required(path);
    };
    let length = name.chars().count();
    if length == 0 || length > 32 {
        problems.length(path, 1, 32);
    }
    let fits = |c: char| {
        c.is_alphanumeric() || matches!(c, '-' | '_' | '\'') || !c.is_ascii() && !c.is_whitespace()
    };
    if !name.chars().all(fits) || name.to_lowercase() != name {
        problems.add(
            path,
            "APPLICATION_COMMAND_INVALID_NAME",
            "Command name is invalid",
        );
    }
}

fn check_localized(command: &Value, path: &str, chat: bool, problems: &mut Problems) {
    for (locale, name) in command["name_localizations"]
        .as_object()
        .into_iter()
        .flatten()
    {
        let at = join(path, &format!("name_localizations.{locale}"));
        if chat && !name.is_null() {
            check_name(name, &at, problems);
        }
    }
    for locale in command["description_localizations"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(l, _)| l)
    {
        let at = join(path, &format!("description_localizations.{locale}"));
        problems.text(
            &command["description_localizations"],
            locale,
            &at,
            (1, 100),
            false,
        );
    }
}

fn check_options(options: &Value, path: &str, depth: u64, problems: &mut Problems) {
    let options = options.as_array().map_or(&[][..], Vec::as_slice);
    if options.len() > 25 {
        problems.length(path, 0, 25);
    }
    let mut names = BTreeSet::new();
    let mut optional_seen = false;
    for (at, option) in options.iter().enumerate() {
        let path = format!("{path}.{at}");
        check_option(option, &path, depth, problems);
        if !names.insert(option["name"].as_str().unwrap_or("")) {
            problems.add(
                &path,
                "APPLICATION_COMMAND_OPTIONS_NAME_INVALID",
                "Option names must be unique",
            );
        }
        let required = option["required"] == json!(true);
        if required && optional_seen {
            problems.add(
                &path,
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            );
        }
        optional_seen |= !required;
    }
    let subcommands = options
        .iter()
        .filter(|o| matches!(o["type"].as_u64(), Some(1 | 2)))
        .count();
    if subcommands != 0 && subcommands != options.len() {
        problems.add(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-command and sub-command group option types are mutually exclusive to all other types");
    }
}

fn check_option(option: &Value, path: &str, depth: u64, problems: &mut Problems) {
    check_name(&option["name"], &join(path, "name"), problems);
    problems.text(
        option,
        "description",
        &join(path, "description"),
        (1, 100),
        true,
    );
    check_localized(option, path, true, problems);
    match option["type"].as_u64() {
        Some(2) if depth == 0 => {
            check_options(&option["options"], &join(path, "options"), 1, problems);
        }
        Some(1) if depth <= 1 => {
            check_options(&option["options"], &join(path, "options"), 2, problems);
        }
        Some(3..=11) if depth != 1 => check_choices(option, path, problems),
        _ => problems.choice(&join(path, "type"), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11"),
    }
}

fn check_choices(option: &Value, path: &str, problems: &mut Problems) {
    let choices = option["choices"].as_array().map_or(&[][..], Vec::as_slice);
    if choices.len() > 25 {
        problems.length(&join(path, "choices"), 0, 25);
    }
    for (at, choice) in choices.iter().enumerate() {
        problems.text(
            choice,
            "name",
            &join(path, &format!("choices.{at}.name")),
            (1, 100),
            true,
        );
        if choice["value"].is_string() {
            problems.text(
                choice,
                "value",
                &join(path, &format!("choices.{at}.value")),
                (0, 100),
                true,
            );
        } else if !choice["value"].is_number() {
            problems.required(&join(path, &format!("choices.{at}.value")));
        }
    }
    if !choices.is_empty() && option["autocomplete"] == json!(true) {
        problems.add(
            path,
            "APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES",
            "Autocomplete and choices are mutually exclusive",
        );
    }
}

/// Characters of names, descriptions and choice values, as Discord counts them.
fn characters(command: &Value) -> usize {
    let length = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
    let lists = ["options", "choices"]
        .iter()
        .filter_map(|key| command[*key].as_array())
        .flatten();
    length(&command["name"])
        + length(&command["description"])
        + length(&command["value"])
        + lists.map(characters).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(command: &Value) -> String {
        let mut problems = Problems::default();
        check(command, "", &mut problems);
        problems.finish().map_or_else(
            |refusal| refusal.body["errors"].to_string(),
            |()| String::new(),
        )
    }

    #[test]
    fn names_are_lower_case_words() {
        let named = |name: &str| errors(&json!({"name": name, "description": "d"}));
        assert_eq!(named("welcome-2"), "");
        assert_eq!(named("приветствие"), "");
        assert!(named("Welcome").contains("APPLICATION_COMMAND_INVALID_NAME"));
        assert!(named("two words").contains("APPLICATION_COMMAND_INVALID_NAME"));
        assert!(named("").contains("BASE_TYPE_BAD_LENGTH"));
    }

    #[test]
    fn required_options_come_first_and_groups_nest_once() {
        let option = |name: &str, required: bool| json!({"type": 3, "name": name, "description": "d", "required": required});
        let wrong = json!({"name": "x", "description": "d", "options": [option("a", false), option("b", true)]});
        assert!(errors(&wrong).contains("REQUIRED_INVALID"));
        let sub =
            json!({"type": 1, "name": "s", "description": "d", "options": [option("a", true)]});
        let group = json!({"type": 2, "name": "g", "description": "d", "options": [sub]});
        assert_eq!(
            errors(&json!({"name": "x", "description": "d", "options": [group]})),
            ""
        );
        let twice = json!({"type": 2, "name": "h", "description": "d", "options": [group]});
        assert!(
            errors(&json!({"name": "x", "description": "d", "options": [twice]}))
                .contains("BASE_TYPE_CHOICES")
        );
    }
}
