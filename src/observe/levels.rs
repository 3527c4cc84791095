//! How much is logged: one level, and exceptions for parts.

use std::{fmt, str::FromStr};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

/// Our own crates, whose logs hold no foreign text.
const OURS: [&str; 4] = ["guildhall", "actors", "snapshots", "simulator"];

/// `info`, or `info,guildhall::discord=debug`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Levels {
    base: LevelFilter,
    named: Vec<(String, LevelFilter)>,
}

impl Default for Levels {
    fn default() -> Self {
        Self {
            base: LevelFilter::INFO,
            named: Vec::new(),
        }
    }
}

impl Levels {
    /// The filter: ours as asked for, libraries at most `warn`.
    #[must_use]
    pub fn targets(&self) -> Targets {
        let ours = OURS.map(|name| (name, self.base));
        let named = self
            .named
            .iter()
            .map(|(name, level)| (name.as_str(), *level));
        Targets::new()
            .with_default(self.base.min(LevelFilter::WARN))
            .with_targets(ours)
            .with_targets(named)
    }
}

impl FromStr for Levels {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut levels = Self::default();
        for (i, part) in text.split(',').map(str::trim).enumerate() {
            match part.split_once('=') {
                None if i == 0 => levels.base = level(part)?,
                None => {
                    return Err(format!(
                        "must be one level, then parts like name=level; {part:?} is neither"
                    ));
                }
                Some((name, word)) => levels
                    .named
                    .push((name.to_owned(), bounded(name, level(word)?)?)),
            }
        }
        Ok(levels)
    }
}

fn level(word: &str) -> Result<LevelFilter, String> {
    match word {
        "error" => Ok(LevelFilter::ERROR),
        "warn" => Ok(LevelFilter::WARN),
        "info" => Ok(LevelFilter::INFO),
        "debug" => Ok(LevelFilter::DEBUG),
        "trace" => Ok(LevelFilter::TRACE),
        _ => Err(format!(
            "must be error, warn, info, debug or trace, is {word:?}"
        )),
    }
}

fn bounded(name: &str, level: LevelFilter) -> Result<LevelFilter, String> {
    let krate = name.split("::").next().unwrap_or(name);
    if level > LevelFilter::WARN && !OURS.contains(&krate) {
        return Err(format!(
            "cannot show more of {name} than warn: the details of libraries include secrets and what people write"
        ));
    }
    Ok(level)
}

impl fmt::Display for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.base)?;
        self.named
            .iter()
            .try_for_each(|(name, level)| write!(f, ",{name}={level}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn libraries_are_quieter_than_we_are() {
        let shown = |text: &str, target: &str, level: Level| {
            text.parse::<Levels>()
                .unwrap()
                .targets()
                .would_enable(target, &level)
        };
        assert!(shown("trace", "guildhall::discord", Level::TRACE));
        assert!(shown("trace", "twilight_gateway::shard", Level::WARN));
        assert!(!shown("trace", "twilight_gateway::shard", Level::INFO));
        assert!(!shown("error", "twilight_gateway::shard", Level::WARN));
        assert!(shown(
            "warn,guildhall::discord=debug",
            "guildhall::discord::rest",
            Level::DEBUG
        ));
        assert!(!shown(
            "warn,guildhall::discord=debug",
            "guildhall::runtime",
            Level::INFO
        ));
        assert!(!shown(
            "warn,twilight_http=error",
            "twilight_http",
            Level::WARN
        ));
    }

    #[test]
    fn what_would_quote_people_is_refused() {
        let refused = "info,twilight_gateway=trace".parse::<Levels>().unwrap_err();
        assert!(refused.contains("than warn"), "{refused}");
        assert!("loud".parse::<Levels>().is_err());
        assert!("info,debug".parse::<Levels>().is_err());
    }
}
