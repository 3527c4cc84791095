//! Names for ids: the same name is the same id in every test.

use crate::kernel::ids::{ChannelId, RoleId, UserId};
use std::collections::BTreeMap;

const PEOPLE: [(&str, u64); 11] = [
    ("alice", 101),
    ("bob", 102),
    ("carol", 103),
    ("dave", 104),
    ("erin", 105),
    ("frank", 106),
    ("grace", 107),
    ("robot", 108),
    ("mod", 201),
    ("owner", 202),
    ("dev", 203),
];
const CHANNELS: [(&str, u64); 5] = [
    ("welcome", 501),
    ("general", 502),
    ("log", 503),
    ("mods", 504),
    ("system", 505),
];
const ROLES: [(&str, u64); 4] = [
    ("everyone", 1),
    ("vip", 601),
    ("staff", 602),
    ("regular", 603),
];
/// `m7` is 1007: for crowds.
const CROWD: u64 = 1_000;

/// Both directions.
#[derive(Debug)]
pub(crate) struct Names {
    people: BTreeMap<String, u64>,
    channels: BTreeMap<String, u64>,
    roles: BTreeMap<String, u64>,
}

impl Names {
    pub(super) fn new() -> Self {
        let map = |pairs: &[(&str, u64)]| {
            pairs
                .iter()
                .map(|(name, id)| ((*name).to_owned(), *id))
                .collect()
        };
        Self {
            people: map(&PEOPLE),
            channels: map(&CHANNELS),
            roles: map(&ROLES),
        }
    }

    pub(crate) fn user(&self, name: &str) -> UserId {
        let crowd = name
            .strip_prefix('m')
            .and_then(|n| n.parse::<u64>().ok())
            .map(|n| CROWD + n);
        let id = self.people.get(name).copied().or(crowd);
        let id = id.unwrap_or_else(|| panic!("nobody is called {name}; see kernel/check/names.rs"));
        UserId::new(id).unwrap()
    }

    pub(crate) fn channel(&self, name: &str) -> ChannelId {
        let name = name.trim_start_matches('#');
        let numbered = name.strip_prefix('c').and_then(|n| n.parse::<u64>().ok());
        let id = self
            .channels
            .get(name)
            .copied()
            .or(numbered.map(|n| 3_000 + n));
        ChannelId::new(id.unwrap_or_else(|| panic!("no channel is called {name}"))).unwrap()
    }

    pub(crate) fn role(&self, name: &str) -> RoleId {
        let name = name.trim_start_matches('@');
        let numbered = name.strip_prefix('r').and_then(|n| n.parse::<u64>().ok());
        let id = self
            .roles
            .get(name)
            .copied()
            .or(numbered.map(|n| 2_000 + n));
        RoleId::new(id.unwrap_or_else(|| panic!("no role is called {name}"))).unwrap()
    }

    /// All channels, as Discord lists them.
    pub(super) fn channels(&self) -> Vec<ChannelId> {
        self.channels
            .values()
            .filter_map(|id| ChannelId::new(*id))
            .collect()
    }

    /// All roles with their names.
    pub(super) fn roles(&self) -> Vec<(RoleId, String)> {
        let roles = self.roles.iter();
        roles
            .filter_map(|(name, id)| Some((RoleId::new(*id)?, name.clone())))
            .collect()
    }

    pub(super) fn of_user(&self, user: UserId) -> String {
        let crowd = || {
            let n = user.get().checked_sub(CROWD).filter(|n| *n < CROWD);
            n.map_or_else(|| user.to_string(), |n| format!("m{n}"))
        };
        name_of(&self.people, user.get()).unwrap_or_else(crowd)
    }

    pub(super) fn of_channel(&self, channel: ChannelId) -> String {
        let name = name_of(&self.channels, channel.get());
        format!("#{}", name.unwrap_or_else(|| channel.to_string()))
    }

    pub(super) fn of_role(&self, role: RoleId) -> String {
        let name = name_of(&self.roles, role.get());
        format!("@{}", name.unwrap_or_else(|| role.to_string()))
    }

    /// A word with the mention of whom or what it names, if it does: `@alice`, `#general`.
    pub(super) fn mentioned(&self, word: &str) -> String {
        match word.chars().next() {
            Some('@') => format!("<@{}>", self.user(&word[1..])),
            Some('#') => format!("<#{}>", self.channel(word)),
            _ => word.to_owned(),
        }
    }

    /// The text with names for the ids in mentions.
    pub(super) fn in_text(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('<') {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let named = rest.find('>').and_then(|end| {
                let name = self.mention(&rest[1..end])?;
                Some((name, end))
            });
            match named {
                Some((name, end)) => {
                    out.push_str(&format!("<{name}>"));
                    rest = &rest[end + 1..];
                }
                None => {
                    out.push('<');
                    rest = &rest[1..];
                }
            }
        }
        (out + rest).replace('\u{200B}', "¦")
    }

    fn mention(&self, inner: &str) -> Option<String> {
        if let Some(id) = inner.strip_prefix("@&") {
            return Some(format!("@&{}", name_of(&self.roles, id.parse().ok()?)?));
        }
        if let Some(id) = inner.strip_prefix('@') {
            return Some(format!("@{}", self.of_user(id.parse().ok()?)));
        }
        let id = inner.strip_prefix('#')?;
        Some(self.of_channel(id.parse().ok()?))
    }
}

fn name_of(names: &BTreeMap<String, u64>, id: u64) -> Option<String> {
    names
        .iter()
        .find(|(_, known)| **known == id)
        .map(|(name, _)| name.clone())
}
