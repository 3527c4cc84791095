//! The rules for application commands: names, lengths, order and nesting of options, numbers of everything.

use super::refusal::{Problems, Refusal, no};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Chat-input commands per scope; user and message commands have their own, smaller limits.
const COMMANDS_MAX: usize = 100;
const OTHER_COMMANDS_MAX: usize = 15;
const CHARACTERS_MAX: usize = 8_000;

pub(crate) fn check_counts(list: &[Value]) -> Result<(), Refusal> {
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

pub(crate) fn kind_of(command: &Value) -> u64 {
    command["type"].as_u64().unwrap_or(1)
}

pub(crate) fn check(command: &Value, path: &str, problems: &mut Problems) {
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
