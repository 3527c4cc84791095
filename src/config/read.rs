//! From file and environment to a [`Config`], or to everything that is wrong with them.

use super::{
    Config, Place, Problem, Problems,
    keys::{self, KEYS},
    sinks::URL_VARIABLE,
    value::Value,
};
use std::{
    env, fs,
    ops::Range,
    path::{Path, PathBuf},
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// Read in this order when `--config` names none; the first that exists counts.
pub(super) const PLACES: [&str; 2] = ["guildhall.toml", "/etc/guildhall/guildhall.toml"];

/// Settings, and the file they came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The settings.
    pub config: Config,
    /// The file, if there was one.
    pub file: Option<PathBuf>,
}

/// Reads the file that `--config` names or one of the usual places, then the environment.
///
/// # Errors
/// Every mistake that was found.
pub fn load(named: Option<&Path>) -> Result<Found, Problems> {
    let usual = || PLACES.iter().map(PathBuf::from).find(|path| path.exists());
    let file = named.map(Path::to_owned).or_else(usual);
    let text = match &file {
        None => None,
        Some(path) => Some(fs::read_to_string(path).map_err(|fault| {
            let place = Place::File(path.clone());
            Problems(vec![Problem {
                place,
                text: format!("cannot be read: {fault}"),
            }])
        })?),
    };
    let source = file.as_deref().zip(text.as_deref());
    // A variable that is not UTF-8 is none of ours, or will be missed by its name.
    let variables = env::vars_os().filter_map(|(name, value)| {
        Some((
            name.into_string().ok()?,
            value.to_string_lossy().into_owned(),
        ))
    });
    Ok(Found {
        config: read(source, variables)?,
        file,
    })
}

/// Reads a file's text and some variables, without touching the world.
///
/// # Errors
/// Every mistake that was found.
pub fn read(
    file: Option<(&Path, &str)>,
    variables: impl Iterator<Item = (String, String)>,
) -> Result<Config, Problems> {
    let mut config = Config::default();
    let mut problems = Vec::new();
    if let Some((path, text)) = file {
        read_file(&mut config, path, text, &mut problems);
    }
    let mut variables: Vec<_> = variables.collect();
    variables.sort();
    read_variables(&mut config, &variables, &mut problems);
    if problems.is_empty() {
        Ok(config)
    } else {
        Err(Problems(problems))
    }
}

fn read_file(config: &mut Config, path: &Path, text: &str, problems: &mut Vec<Problem>) {
    let mut found: Vec<(usize, String)> = Vec::new();
    let (table, faults) = DeTable::parse_recoverable(text);
    for fault in faults {
        let at = fault.span().map_or(0, |span| span.start);
        found.push((at, fault.message().to_owned()));
    }
    for (section, value) in table.get_ref() {
        read_section(config, section, value, &mut found);
    }
    found.sort();
    problems.extend(found.into_iter().map(|(at, text_of_it)| {
        let line = 1 + text[..at.min(text.len())].matches('\n').count();
        Problem {
            place: Place::Line(path.to_owned(), line),
            text: text_of_it,
        }
    }));
}

/// Reads one section; what is wrong goes to `found` with its place.
fn read_section(
    config: &mut Config,
    section: &Spanned<std::borrow::Cow<'_, str>>,
    value: &Spanned<DeValue<'_>>,
    found: &mut Vec<(usize, String)>,
) {
    let name: &str = section.get_ref();
    let at = |span: Range<usize>| span.start;
    if !keys::is_section(name) {
        found.push((at(section.span()), keys::unknown_section(name)));
        return;
    }
    let Some(table) = value.get_ref().as_table() else {
        found.push((
            at(section.span()),
            format!("{name} is a section: write [{name}]"),
        ));
        return;
    };
    for (key, value) in table {
        let result = match keys::find(name, key.get_ref()) {
            Some(known) => known.set(config, Value::Toml(value.get_ref())),
            None => Err(keys::unknown_key(name, key.get_ref())),
        };
        if let Err(wrong) = result {
            found.push((at(key.span()), wrong));
        }
    }
}

fn read_variables(
    config: &mut Config,
    variables: &[(String, String)],
    problems: &mut Vec<Problem>,
) {
    let mut judge = |name: &str, result: Result<(), String>| {
        if let Err(text) = result {
            problems.push(Problem {
                place: Place::Variable(name.to_owned()),
                text,
            });
        }
    };
    let overrides = variables
        .iter()
        .filter(|(name, _)| name.starts_with("GUILDHALL_") && name != URL_VARIABLE);
    for (name, text) in overrides {
        let result = match KEYS.iter().find(|key| key.variable() == *name) {
            Some(key) => key.set(config, Value::Text(text)),
            None => Err(keys::unknown_variable(name)),
        };
        judge(name, result);
    }
    for (variable, key) in [
        ("DISCORD_PROXY", "proxy"),
        ("DISCORD_GATEWAY_URL", "gateway_url"),
    ] {
        let set = variables
            .iter()
            .find(|(name, text)| name == variable && !text.is_empty());
        if let (Some((name, text)), Some(key)) = (set, keys::find("discord", key)) {
            judge(name, key.set(config, Value::Text(text)));
        }
    }
}
