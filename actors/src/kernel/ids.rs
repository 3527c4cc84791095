//! Discord's ids as our own types.
//!
//! An id is a *snowflake*: 42 bits of milliseconds since 2015-01-01, then worker, process and a
//! counter (Discord API reference, "Snowflakes"). Each kind of id is its own type so that a user
//! cannot be passed for a channel; on disk every one of them is a plain `u64`.

use super::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::{fmt, num::NonZeroU64, str::FromStr};

/// First millisecond of Discord's epoch (2015-01-01T00:00:00Z) in Unix time.
pub const DISCORD_EPOCH_MS: i64 = 1_420_070_400_000;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(NonZeroU64);

        impl $name {
            /// The id with this number; `None` for zero, which Discord never uses.
            #[must_use]
            pub const fn new(raw: u64) -> Option<Self> {
                match NonZeroU64::new(raw) {
                    Some(raw) => Some(Self(raw)),
                    None => None,
                }
            }

            /// The number itself.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0.get()
            }

            /// When Discord made this id.
            #[must_use]
            pub const fn created_at(self) -> Timestamp {
                snowflake_time(self.0.get())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// A guild (server).
    GuildId;
    /// A channel or thread.
    ChannelId;
    /// A user account, bots included.
    UserId;
    /// A role of a guild.
    RoleId;
    /// A message.
    MessageId;
    /// One interaction: a slash command, a click, a submitted modal.
    InteractionId;
    /// The application that owns the bot.
    ApplicationId;
}

/// When Discord made the snowflake `raw`.
#[must_use]
pub const fn snowflake_time(raw: u64) -> Timestamp {
    // 42 bits of milliseconds always fit an i64.
    Timestamp::from_millis((raw >> 22).cast_signed() + DISCORD_EPOCH_MS)
}

/// The smallest snowflake Discord could have made at `at`; for "messages after this instant".
#[must_use]
pub const fn snowflake_at(at: Timestamp) -> u64 {
    let since = at.millis() - DISCORD_EPOCH_MS;
    if since <= 0 {
        0
    } else {
        since.cast_unsigned() << 22
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_example_snowflake_has_its_documented_time() {
        // Discord API reference: 175928847299117063 is 2016-04-30 11:18:25.796 UTC.
        let at = snowflake_time(175_928_847_299_117_063);
        assert_eq!(at.millis(), 1_462_015_105_796);
        assert_eq!(snowflake_time(snowflake_at(at)), at);
    }

    #[test]
    fn zero_is_no_id_and_text_round_trips() {
        assert!(GuildId::new(0).is_none());
        assert!("0".parse::<GuildId>().is_err());
        assert_eq!("42".parse::<UserId>().unwrap().to_string(), "42");
    }
}
