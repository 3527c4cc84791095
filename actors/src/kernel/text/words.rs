//! The small words of Discord: mentions, time stamps that every reader sees in their own zone, and
//! counted nouns.

use crate::kernel::{
    ids::{ChannelId, RoleId, UserId},
    time::Timestamp,
};

/// How Discord shows a time stamp, in the reader's own zone and language (docs "Message
/// Formatting", "Timestamp Styles").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeStyle {
    /// `16:20`
    ShortTime,
    /// `16:20:30`
    LongTime,
    /// `20/04/2021`
    ShortDate,
    /// `20 April 2021`
    LongDate,
    /// `20 April 2021 16:20`
    ShortDateTime,
    /// `Tuesday, 20 April 2021 16:20`
    LongDateTime,
    /// `2 months ago`
    Relative,
}

/// A time stamp such as `<t:1618953630:F>`; fractions of a second are dropped.
#[must_use]
pub fn discord_time(at: Timestamp, style: TimeStyle) -> String {
    let letter = match style {
        TimeStyle::ShortTime => 't',
        TimeStyle::LongTime => 'T',
        TimeStyle::ShortDate => 'd',
        TimeStyle::LongDate => 'D',
        TimeStyle::ShortDateTime => 'f',
        TimeStyle::LongDateTime => 'F',
        TimeStyle::Relative => 'R',
    };
    format!("<t:{}:{letter}>", at.seconds())
}

/// A user's name as a link; pings only if the message's `Mentions` say so.
#[must_use]
pub fn mention_user(user: UserId) -> String {
    format!("<@{user}>")
}

/// A role's name in its colour; pings only if the message's `Mentions` say so.
#[must_use]
pub fn mention_role(role: RoleId) -> String {
    format!("<@&{role}>")
}

/// A channel's name as a link.
#[must_use]
pub fn mention_channel(channel: ChannelId) -> String {
    format!("<#{channel}>")
}

/// A number with its noun: "1 member", "3 members".
#[must_use]
pub fn plural(n: u64, one: &str, many: &str) -> String {
    let noun = if n == 1 { one } else { many };
    format!("{n} {noun}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_and_mentions_are_written_as_discord_reads_them() {
        assert_eq!(
            discord_time(
                Timestamp::from_millis(1_618_953_630_999),
                TimeStyle::LongDateTime
            ),
            "<t:1618953630:F>"
        );
        assert_eq!(
            discord_time(Timestamp::EPOCH, TimeStyle::Relative),
            "<t:0:R>"
        );
        assert_eq!(UserId::new(1).map(mention_user).as_deref(), Some("<@1>"));
        assert_eq!(RoleId::new(2).map(mention_role).as_deref(), Some("<@&2>"));
        assert_eq!(
            ChannelId::new(3).map(mention_channel).as_deref(),
            Some("<#3>")
        );
    }

    #[test]
    fn one_is_singular_and_everything_else_plural() {
        assert_eq!(plural(1, "member", "members"), "1 member");
        assert_eq!(plural(0, "member", "members"), "0 members");
    }
}
