//! One page of records as JSON, chosen by a filter: what both a running and a stopped store are asked.

use super::decode;
use actors::kernel::{
    address::Kind,
    ids::GuildId,
    machine::RowKey,
    record::{Key, Space},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use snapshots::{Damaged, Entry, ReadFault, Reader, all, end_of};

/// Records looked at for one answer; those that match are in it.
const PIECE: usize = 500;

/// Which records; what is not set matches all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Only of this family: `head`, `row`, `timer`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub space: Option<String>,
    /// Only of this feature's machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Only of this guild.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guild: Option<String>,
    /// Whether the values are wanted, or only what there is.
    pub values: bool,
    /// Where to go on: [`Records::next`] of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// One page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Records {
    /// Those that match, in key order. May be empty although more follow.
    pub records: Vec<Value>,
    /// Where to go on; nothing at the end.
    pub next: Option<String>,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum PageFault {
    /// A word of the filter is unknown.
    #[error("{0}")]
    Filter(String),
    /// The store cannot be read.
    #[error("the store cannot be read")]
    Store(#[from] ReadFault),
}

/// The words of a [`Filter`], understood.
struct Wanted {
    space: Option<Space>,
    kind: Option<Kind>,
    guild: Option<GuildId>,
}

impl Filter {
    fn understood(&self) -> Result<Wanted, PageFault> {
        let unknown = |what, word: &str, known: Vec<&str>| {
            PageFault::Filter(format!(
                "there is no {what} {word:?}; there are: {}",
                known.join(", ")
            ))
        };
        let space = self.space.as_deref().map(|word| {
            let names = || Space::ALL.iter().map(|space| space.name()).collect();
            let found = Space::ALL.into_iter().find(|space| space.name() == word);
            found.ok_or_else(|| unknown("space", word, names()))
        });
        let kind = self.kind.as_deref().map(|word| {
            let names = || Kind::ALL.iter().map(|kind| kind.name()).collect();
            Kind::from_name(word).ok_or_else(|| unknown("kind", word, names()))
        });
        let guild = self.guild.as_deref().map(|word| {
            word.parse()
                .map_err(|_| PageFault::Filter(format!("{word:?} is not a guild's id")))
        });
        Ok(Wanted {
            space: space.transpose()?,
            kind: kind.transpose()?,
            guild: guild.transpose()?,
        })
    }
}

impl Wanted {
    /// The part of the store in which everything wanted lies.
    fn bounds(&self) -> (Key, Key) {
        let Some(space) = self.space else {
            return all();
        };
        let prefix = match (space, self.guild) {
            (Space::Head | Space::Row | Space::Timer | Space::Mark, Some(guild)) => {
                // An address begins with its scope: 0 for guilds, then the id.
                Key::new(space, &[&[0], &guild.get().to_be_bytes()[..]].concat())
            }
            _ => Key::new(space, &[]),
        };
        let end = end_of(&prefix);
        (prefix, end)
    }

    fn takes(&self, about: &decode::About) -> bool {
        self.space.is_none_or(|space| about.space == Some(space))
            && self.kind.is_none_or(|kind| about.kind() == Some(kind))
            && self.guild.is_none_or(|guild| about.guild == Some(guild))
    }
}

/// The next page of what `filter` wants.
///
/// # Errors
/// See [`PageFault`].
pub fn page(reader: &dyn Reader, filter: &Filter) -> Result<Records, PageFault> {
    let wanted = filter.understood()?;
    let (start, end) = wanted.bounds();
    let from = match &filter.from {
        Some(text) => key(text)?.max(start),
        None => start,
    };
    let page = reader.scan(&from, &end, PIECE)?;
    let mut records = Vec::new();
    for entry in &page.entries {
        let about = decode::about(entry);
        if wanted.takes(&about) {
            records.push(record(entry, &about, filter.values));
        }
    }
    let damaged = page
        .damaged
        .iter()
        .filter(|damaged| wanted.takes(&decode::About::of_key(&damaged.key)));
    records.extend(damaged.map(damaged_record));
    Ok(Records {
        records,
        next: page.next.as_ref().map(name),
    })
}

/// The record under the key named `text`, with its value.
///
/// # Errors
/// See [`PageFault`].
pub fn show(reader: &dyn Reader, text: &str) -> Result<Value, PageFault> {
    let entry = reader.get(&key(text)?)?;
    Ok(entry.map_or(Value::Null, |entry| {
        record(&entry, &decode::about(&entry), true)
    }))
}

/// How a key is written: hexadecimal, as unreadable as it is exact; the readable parts stand beside it.
#[must_use]
pub fn name(key: &Key) -> String {
    key.bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The key written as `text`.
///
/// # Errors
/// When it is not one.
pub fn key(text: &str) -> Result<Key, PageFault> {
    let wrong = || PageFault::Filter(format!("{text:?} is not a key"));
    let digits = text.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair)
            .ok()
            .filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(pair, 16).ok()
    });
    let bytes: Vec<u8> = digits.collect::<Option<_>>().ok_or_else(wrong)?;
    Key::from_bytes(&bytes).ok_or_else(wrong)
}

/// `entry` as JSON: what its key and header say, and its value if it is wanted.
#[must_use]
pub fn record(entry: &Entry, about: &decode::About, with_value: bool) -> Value {
    let mut json = header(&entry.key, about);
    json["epoch"] = json!(entry.epoch);
    json["bytes"] = json!(entry.record.payload.len());
    json["schema"] =
        json!({ "kind": entry.record.schema.kind, "version": entry.record.schema.version });
    if with_value {
        match decode::value(entry) {
            Ok(value) => json["value"] = value,
            Err(why) => json["undecodable"] = json!(why),
        }
    }
    json
}

fn damaged_record(damaged: &Damaged) -> Value {
    let mut json = header(&damaged.key, &decode::About::of_key(&damaged.key));
    json["damaged"] = json!(damaged.damage.to_string());
    json["copy"] = json!(damaged.copy);
    json
}

fn header(key: &Key, about: &decode::About) -> Value {
    let mut json = json!({ "space": about.space.map_or("?", Space::name) });
    if let Some(address) = about.address {
        json["address"] = json!(address.to_string());
    }
    if let Some(guild) = about.guild {
        json["guild"] = json!(guild.to_string());
    }
    match key.space() {
        Some(Space::Timer) => json["timer"] = json!(String::from_utf8_lossy(key.tail())),
        Some(Space::Row) => {
            if let Some(user) = RowKey::new(key.tail()).as_user() {
                json["row"] = json!(user.to_string());
            }
        }
        _ => {}
    }
    json["key"] = json!(name(key));
    json
}
