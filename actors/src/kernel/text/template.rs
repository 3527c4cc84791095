//! Texts that moderators write, with placeholders in braces: `Welcome {user} to {server}!`.
//!
//! `{{` and `}}` are literal braces. Several variants stand in one text, separated by `||` between
//! spaces, because the options of a slash command hold no line breaks; a spoiler is written without
//! spaces inside (`||like this||`). Which placeholders exist is the caller's business; what is
//! stored is the text, parsed again before use.

use super::{cut::cut, escape::code, nearest::nearest, width};
use std::collections::VecDeque;

/// A placeholder that a template may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placeholder {
    /// What stands between the braces: lower-case letters and `_`.
    pub name: &'static str,
    /// What it becomes, for help texts.
    pub meaning: &'static str,
}

/// A parsed text; renders without failing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Value(&'static str),
}

/// Why a text is no template; its sentence is for the moderator who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Nothing but white space.
    #[error("The text is empty.")]
    Empty,
    /// Longer than [`Template::MAX`].
    #[error("The text is {width} characters long; at most {max} are possible.", max = Template::MAX)]
    TooLong {
        /// How wide it is.
        width: usize,
    },
    /// A placeholder nobody knows.
    #[error("There is no placeholder {name}.{} You can use {allowed}.", suggestion(.nearest))]
    Unknown {
        /// What the moderator wrote, as inline code, cut.
        name: String,
        /// The known one it resembles.
        nearest: Option<&'static str>,
        /// All known ones, as they are written, separated by commas.
        allowed: String,
    },
    /// A `{` without its `}`.
    #[error("The {{ at character {at} is never closed. Write {{{{ for a brace itself.")]
    Unclosed {
        /// Which character of the text it is, from 1.
        at: usize,
    },
    /// A `}` without its `{`.
    #[error("The }} at character {at} closes nothing. Write }}}} for a brace itself.")]
    Unopened {
        /// Which character of the text it is, from 1.
        at: usize,
    },
    /// Nothing between two separators, or before the first or after the last.
    #[error("Variant {number} is empty: || between spaces separates variants.")]
    EmptyVariant {
        /// Which variant it is, from 1.
        number: usize,
    },
    /// More than [`Variants::MAX`].
    #[error("These are {count} variants; at most {max} are possible.", max = Variants::MAX)]
    TooManyVariants {
        /// How many there are.
        count: usize,
    },
}

fn suggestion(nearest: &Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| {
        format!(" Did you mean {}?", written(name))
    })
}

fn written(name: &str) -> String {
    code(&format!("{{{name}}}"))
}

impl Template {
    /// Longest text, all variants together, in the measure of [`width`].
    pub const MAX: usize = 1000;

    /// Reads one text without variants; letter case and spaces inside braces do not matter.
    ///
    /// # Errors
    /// [`TemplateError`] names the first mistake and the way out.
    pub fn parse(text: &str, allowed: &[Placeholder]) -> Result<Self, TemplateError> {
        check_size(text)?;
        parse_at(text, 0, allowed)
    }

    /// The text with each placeholder replaced by `values(name)`, which must be escaped already.
    #[must_use]
    pub fn render(&self, values: &dyn Fn(&str) -> String) -> String {
        let texts = self.parts.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Value(name) => values(name),
        });
        texts.collect()
    }

    /// Whether it contains this placeholder.
    #[must_use]
    pub fn uses(&self, name: &str) -> bool {
        self.parts
            .iter()
            .any(|part| matches!(part, Part::Value(known) if *known == name))
    }
}

/// Several texts for one occasion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variants {
    templates: Vec<Template>,
}

impl Variants {
    /// Most variants of one text.
    pub const MAX: usize = 10;

    /// Reads texts separated by `||` between spaces.
    ///
    /// # Errors
    /// [`TemplateError`] names the first mistake; positions count from the start of the whole text.
    pub fn parse(text: &str, allowed: &[Placeholder]) -> Result<Self, TemplateError> {
        check_size(text)?;
        let pieces = pieces(text);
        if pieces.len() > Self::MAX {
            return Err(TemplateError::TooManyVariants {
                count: pieces.len(),
            });
        }
        let mut templates = Vec::new();
        for (at, piece) in pieces {
            if piece.is_empty() {
                return Err(TemplateError::EmptyVariant {
                    number: templates.len() + 1,
                });
            }
            templates.push(parse_at(piece, text[..at].chars().count(), allowed)?);
        }
        Ok(Self { templates })
    }

    /// How many there are, 1 to 10.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there is always one")]
    pub fn len(&self) -> usize {
        self.templates.len()
    }

    /// One of them; an index beyond the last counts on from the first, so any random number will do.
    #[must_use]
    pub fn pick(&self, index: usize) -> &Template {
        &self.templates[index % self.templates.len()]
    }

    /// Whether any of them contains this placeholder.
    #[must_use]
    pub fn uses(&self, name: &str) -> bool {
        self.templates.iter().any(|template| template.uses(name))
    }
}

fn check_size(text: &str) -> Result<(), TemplateError> {
    match width(text) {
        _ if text.trim().is_empty() => Err(TemplateError::Empty),
        width if width > Template::MAX => Err(TemplateError::TooLong { width }),
        _ => Ok(()),
    }
}

/// The trimmed variants, each with the byte at which it begins.
fn pieces(text: &str) -> Vec<(usize, &str)> {
    let stands_alone = |at: usize| {
        let (before, after) = (&text[..at], &text[at + 2..]);
        (before.is_empty() || before.ends_with(char::is_whitespace))
            && (after.is_empty() || after.starts_with(char::is_whitespace))
    };
    let mut pieces = Vec::new();
    let mut start = 0;
    let separators = text
        .match_indices("||")
        .map(|(at, _)| at)
        .filter(|at| stands_alone(*at));
    for end in separators.chain([text.len()]) {
        let piece = text[start..end].trim_start();
        pieces.push((end - piece.len(), piece.trim_end()));
        start = end + 2;
    }
    pieces
}

/// Parses `text`, which begins `offset` characters into what the moderator wrote.
fn parse_at(text: &str, offset: usize, allowed: &[Placeholder]) -> Result<Template, TemplateError> {
    let mut chars: VecDeque<(usize, char)> = text
        .chars()
        .enumerate()
        .map(|(n, c)| (offset + n + 1, c))
        .collect();
    let mut parts = Vec::new();
    let mut plain = String::new();
    while let Some((at, c)) = chars.pop_front() {
        let doubled = chars.front().is_some_and(|(_, next)| *next == c);
        match c {
            '{' | '}' if doubled => {
                chars.pop_front();
                plain.push(c);
            }
            '{' => {
                let end = chars.iter().position(|(_, c)| matches!(c, '{' | '}'));
                let end = end
                    .filter(|end| chars[*end].1 == '}')
                    .ok_or(TemplateError::Unclosed { at })?;
                let name: String = chars.drain(..=end).take(end).map(|(_, c)| c).collect();
                parts.push(Part::Text(std::mem::take(&mut plain)));
                parts.push(Part::Value(known(&name, allowed)?));
            }
            '}' => return Err(TemplateError::Unopened { at }),
            _ => plain.push(c),
        }
    }
    parts.push(Part::Text(plain));
    parts.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
    Ok(Template { parts })
}

fn known(name: &str, allowed: &[Placeholder]) -> Result<&'static str, TemplateError> {
    let name = name.trim();
    let names = || allowed.iter().map(|placeholder| placeholder.name);
    names()
        .find(|known| known.eq_ignore_ascii_case(name))
        .ok_or_else(|| {
            let name = cut(name, 40);
            let all: Vec<String> = names().map(written).collect();
            TemplateError::Unknown {
                name: written(&name),
                nearest: nearest(&name, names()),
                allowed: all.join(", "),
            }
        })
}

#[cfg(test)]
mod tests;
