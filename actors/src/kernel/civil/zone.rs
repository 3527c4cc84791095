//! IANA time zones by name.

use crate::kernel::text::{code, cut, distance};
use chrono_tz::{TZ_VARIANTS, Tz};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// An IANA time zone such as Europe/Paris. Stored by its name, which IANA never withdraws.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(Name);

/// The zone by its name; ordered and hashed by it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Name(Tz);

/// A name that is no zone; its sentence is for whoever typed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("There is no time zone {given}.{}", suggestion(.nearest))]
pub struct UnknownZone {
    /// What was typed, as inline code, cut.
    pub given: String,
    /// Up to three zones that resemble it, best first.
    pub nearest: Vec<Zone>,
}

/// Offered by autocomplete before anything is typed: one for each commonly used offset.
const COMMON: [&str; 25] = [
    "UTC",
    "Europe/London",
    "Europe/Paris",
    "Europe/Berlin",
    "Europe/Madrid",
    "Europe/Warsaw",
    "Europe/Athens",
    "Europe/Istanbul",
    "Europe/Moscow",
    "Asia/Dubai",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Dhaka",
    "Asia/Bangkok",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Auckland",
    "America/Sao_Paulo",
    "America/Halifax",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "Pacific/Honolulu",
];

impl Zone {
    /// Universal time, which no government changes.
    pub const UTC: Self = Self(Name(Tz::UTC));

    /// Its IANA name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.0.name()
    }

    /// At most 25 zones for what somebody has typed so far, best first: names or cities that begin
    /// with it, then those that contain it; letter case aside, `_` and space alike. Nothing typed
    /// gives well-known ones.
    #[must_use]
    pub fn search(typed: &str) -> Vec<Self> {
        let typed = key(typed);
        if typed.is_empty() {
            return COMMON.iter().filter_map(|name| name.parse().ok()).collect();
        }
        let mut found: Vec<(usize, Self)> = all()
            .filter_map(|zone| rank(&key(zone.name()), &typed).map(|rank| (rank, zone)))
            .collect();
        found.sort();
        found.into_iter().map(|(_, zone)| zone).take(25).collect()
    }

    pub(super) fn tz(self) -> Tz {
        self.0.0
    }
}

/// The IANA release whose rules are compiled in, such as "2025b".
#[must_use]
pub fn tzdata_version() -> &'static str {
    chrono_tz::IANA_TZDB_VERSION
}

fn all() -> impl Iterator<Item = Zone> {
    TZ_VARIANTS.iter().map(|tz| Zone(Name(*tz)))
}

/// What is compared: lower case, spaces for underscores.
fn key(name: &str) -> String {
    name.trim().to_lowercase().replace('_', " ")
}

fn city(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

fn rank(key: &str, typed: &str) -> Option<usize> {
    let tests = [
        key == typed,
        city(key) == typed,
        city(key).starts_with(typed),
        key.starts_with(typed),
        key.contains(typed),
    ];
    tests.into_iter().position(|passed| passed)
}

/// Zones that contain the text, else those whose name or city is spelt almost like it.
fn nearest(given: &str) -> Vec<Zone> {
    let given = key(given);
    let contained = if given.is_empty() {
        Vec::new()
    } else {
        Zone::search(&given)
    };
    if !contained.is_empty() {
        return contained.into_iter().take(3).collect();
    }
    let most = (given.chars().count() / 3).max(1);
    let mut near: Vec<(usize, Zone)> = all()
        .map(|zone| {
            let key = key(zone.name());
            let same_kind = if given.contains('/') {
                key.as_str()
            } else {
                city(&key)
            };
            (distance(same_kind, &given), zone)
        })
        .filter(|(far, _)| *far <= most)
        .collect();
    near.sort();
    let best = near.first().map_or(0, |(far, _)| *far);
    near.retain(|(far, _)| *far <= best + 1);
    near.into_iter().map(|(_, zone)| zone).take(3).collect()
}

fn suggestion(nearest: &[Zone]) -> String {
    if nearest.is_empty() {
        return " Zones are named like Europe/Paris.".to_owned();
    }
    let names: Vec<&str> = nearest.iter().map(Zone::name).collect();
    format!(" Did you mean {}?", names.join(" or "))
}

/// The full name; letter case does not matter, and a space may stand for `_`.
impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(text: &str) -> Result<Self, UnknownZone> {
        // Stored names are exact; only what people type needs the search.
        if let Ok(tz) = text.parse::<Tz>() {
            return Ok(Self(Name(tz)));
        }
        let wanted = key(text);
        all()
            .find(|zone| key(zone.name()) == wanted)
            .ok_or_else(|| {
                let given = cut(text.trim(), 40);
                UnknownZone {
                    nearest: nearest(&given),
                    given: code(&given),
                }
            })
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;

    fn try_from(name: String) -> Result<Self, UnknownZone> {
        name.parse()
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name().to_owned()
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.name().cmp(other.0.name())
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// UTC, until a guild says otherwise.
impl Default for Zone {
    fn default() -> Self {
        Self::UTC
    }
}
