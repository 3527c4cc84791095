//! Who a machine is: its kind, the guild or user it serves, and a number within.

use super::ids::{GuildId, UserId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Which machine: one per feature folder. The number is on disk; it is never reused or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// What all features of a guild share: zone, moderators, log channel; the guild's first greeting.
    Settings,
    /// Stateless answers: help, about, ping.
    Info,
    /// Greets members who join and tells moderators who left.
    Welcome,
    /// Knows when members were last active.
    Presence,
    /// Shows members what is known about them, and forgets it.
    Privacy,
    /// Counts messages, and passes on what becomes of each; never what it says.
    Messages,
}

impl Kind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Self; 6] = [
        Self::Settings,
        Self::Info,
        Self::Welcome,
        Self::Presence,
        Self::Privacy,
        Self::Messages,
    ];

    /// The number on disk.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Settings => 1,
            Self::Info => 2,
            Self::Welcome => 3,
            Self::Presence => 4,
            Self::Privacy => 5,
            Self::Messages => 6,
        }
    }

    /// The kind with this number on disk.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// The name people see in logs, metrics and `inspect`; also the feature's folder.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Info => "info",
            Self::Welcome => "welcome",
            Self::Presence => "presence",
            Self::Privacy => "privacy",
            Self::Messages => "messages",
        }
    }

    /// Whether it also keeps something about a person outside of guilds, in direct messages.
    #[must_use]
    pub const fn serves_users(self) -> bool {
        match self {
            Self::Info | Self::Privacy => true,
            Self::Settings | Self::Welcome | Self::Presence | Self::Messages => false,
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Whom a machine serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// One guild.
    Guild(GuildId),
    /// One user, in direct messages.
    User(UserId),
}

/// The name of one machine. Ordered, so that equal deadlines and sweeps repeat in the same order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Address {
    /// Whom it serves.
    pub scope: Scope,
    /// Which rules it runs.
    pub kind: Kind,
    /// Which one of several (a queue, a tournament); 0 where there is only one.
    pub number: u32,
}

impl Address {
    /// The one machine of `kind` in `guild`.
    #[must_use]
    pub const fn guild(kind: Kind, guild: GuildId) -> Self {
        Self {
            scope: Scope::Guild(guild),
            kind,
            number: 0,
        }
    }

    /// The one machine of `kind` for `user` in direct messages.
    #[must_use]
    pub const fn user(kind: Kind, user: UserId) -> Self {
        Self {
            scope: Scope::User(user),
            kind,
            number: 0,
        }
    }

    /// The guild it serves, unless it serves a user.
    #[must_use]
    pub const fn guild_id(&self) -> Option<GuildId> {
        match self.scope {
            Scope::Guild(guild) => Some(guild),
            Scope::User(_) => None,
        }
    }

    /// 15 bytes that sort like the address: scope tag, scope id, kind, number; big-endian.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let (tag, id) = match self.scope {
            Scope::Guild(guild) => (0, guild.get()),
            Scope::User(user) => (1, user.get()),
        };
        let mut bytes = [0; Self::BYTES];
        bytes[0] = tag;
        bytes[1..9].copy_from_slice(&id.to_be_bytes());
        bytes[9..11].copy_from_slice(&self.kind.number().to_be_bytes());
        bytes[11..15].copy_from_slice(&self.number.to_be_bytes());
        bytes
    }

    /// Length of [`Address::to_bytes`].
    pub const BYTES: usize = 15;

    /// The address at the front of `bytes`; `None` when they are not one.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let id = u64::from_be_bytes(bytes.get(1..9)?.try_into().ok()?);
        let scope = match bytes.first()? {
            0 => Scope::Guild(GuildId::new(id)?),
            1 => Scope::User(UserId::new(id)?),
            _ => return None,
        };
        let kind = Kind::from_number(u16::from_be_bytes(bytes.get(9..11)?.try_into().ok()?))?;
        let number = u32::from_be_bytes(bytes.get(11..15)?.try_into().ok()?);
        Some(Self {
            scope,
            kind,
            number,
        })
    }
}

/// `guild 1/welcome`, `user 7/info`, `guild 1/cup#3`.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.scope {
            Scope::Guild(guild) => write!(f, "guild {guild}/{}", self.kind.name())?,
            Scope::User(user) => write!(f, "user {user}/{}", self.kind.name())?,
        }
        if self.number != 0 {
            write!(f, "#{}", self.number)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_round_trip_and_sort_like_addresses() {
        let mut all = Vec::new();
        for kind in Kind::ALL {
            for id in [1, 255, 256, u64::MAX] {
                let id = GuildId::new(id).unwrap();
                all.push(Address::guild(kind, id));
                all.push(Address {
                    number: 9,
                    ..Address::guild(kind, id)
                });
                all.push(Address::user(kind, UserId::new(id.get()).unwrap()));
            }
        }
        for address in &all {
            assert_eq!(Address::from_bytes(&address.to_bytes()), Some(*address));
        }
        let mut by_bytes = all.clone();
        by_bytes.sort_by_key(|address| address.to_bytes());
        all.sort();
        assert_eq!(all, by_bytes);
        assert_eq!(Address::from_bytes(&[9; 15]), None);
    }
}
