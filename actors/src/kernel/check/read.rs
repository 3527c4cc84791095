//! Reading the words of a script line.

use super::names::Names;
use crate::kernel::{
    call::{Permissions, Value},
    command::{CommandOption, OptionKind},
    time::Span,
};
use std::collections::BTreeMap;

/// Splits at white space, except inside quotes; `\n` and `\"` are understood, quotes vanish.
pub(super) fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        let word = words.last_mut().unwrap();
        match c {
            '"' => quoted = !quoted,
            '\\' if quoted => match chars.next() {
                Some('n') => word.push('\n'),
                Some(other) => word.push(other),
                None => {}
            },
            c if c.is_whitespace() && !quoted => words.push(String::new()),
            c => word.push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// `5s`, `2m`, `3h`, `1d`.
pub(super) fn span(word: &str) -> Option<Span> {
    let (number, unit) = word.split_at_checked(word.len().checked_sub(1)?)?;
    let n: i64 = number.parse().ok()?;
    match unit {
        "s" => Some(Span::seconds(n)),
        "m" => Some(Span::minutes(n)),
        "h" => Some(Span::hours(n)),
        "d" => Some(Span::days(n)),
        _ => None,
    }
}

/// `alice, bob`, `m1-m7`: the people a list of words names.
pub(super) fn people(words: &[String]) -> Vec<String> {
    let names = words
        .iter()
        .flat_map(|word| word.split(','))
        .filter(|name| !name.is_empty());
    names.flat_map(crowd).collect()
}

fn crowd(name: &str) -> Vec<String> {
    let range = name.split_once('-').and_then(|(first, last)| {
        let first: u64 = first.strip_prefix('m')?.parse().ok()?;
        Some(first..=last.strip_prefix('m')?.parse().ok()?)
    });
    range.map_or_else(
        || vec![name.to_owned()],
        |range| range.map(|n| format!("m{n}")).collect(),
    )
}

/// `View Channels, Send Messages`.
pub(super) fn permissions(text: &str) -> Permissions {
    let named = |name: &str| {
        let known = Permissions::NAMES
            .into_iter()
            .find(|(_, known)| *known == name);
        known
            .unwrap_or_else(|| panic!("no permission is called {name}"))
            .0
    };
    let names = text
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty());
    names
        .map(named)
        .fold(Permissions::default(), Permissions::and)
}

/// The words of a command's options, `channel:#welcome message:"Hi"`, by the types of `known`.
pub(super) fn options(
    names: &Names,
    words: &[String],
    known: &[CommandOption],
) -> BTreeMap<String, Value> {
    let pairs = words
        .iter()
        .map(|word| word.split_once(':').expect("options are name:value"));
    pairs
        .map(|(name, value)| {
            let kind = known
                .iter()
                .find(|option| option.name == name)
                .map(|option| option.kind);
            (name.to_owned(), typed(names, kind, value))
        })
        .collect()
}

fn typed(names: &Names, kind: Option<OptionKind>, value: &str) -> Value {
    match kind {
        None | Some(OptionKind::Text { .. } | OptionKind::Choice(_)) => {
            Value::Text(value.to_owned())
        }
        Some(OptionKind::Integer { .. }) => Value::Integer(value.parse().expect("a number")),
        Some(OptionKind::Flag) => Value::Flag(value.eq_ignore_ascii_case("true")),
        Some(OptionKind::User) => Value::User(names.user(value)),
        Some(OptionKind::TextChannel | OptionKind::Place) => Value::Channel(names.channel(value)),
        Some(OptionKind::Role) => Value::Role(names.role(value)),
    }
}
