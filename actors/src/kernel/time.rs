//! Instants and spans: UTC milliseconds, and nothing that reads a clock.

use serde::{Deserialize, Serialize};
use std::{
    fmt,
    ops::{Add, Sub},
};

/// A UTC instant in milliseconds since 1970-01-01.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// A length of time in milliseconds; may be negative.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Span(i64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    /// The far end of time: later than every instant a rule computes.
    pub const MAX: Self = Self(i64::MAX);

    /// The instant `millis` milliseconds after the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The instant `seconds` seconds after the Unix epoch.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down; what `<t:…>` wants.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// How long ago `earlier` was; negative when it is still to come.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// `n` milliseconds.
    #[must_use]
    pub const fn millis(n: i64) -> Self {
        Self(n)
    }

    /// `n` seconds.
    #[must_use]
    pub const fn seconds(n: i64) -> Self {
        Self(n.saturating_mul(1000))
    }

    /// `n` minutes.
    #[must_use]
    pub const fn minutes(n: i64) -> Self {
        Self::seconds(n.saturating_mul(60))
    }

    /// `n` hours.
    #[must_use]
    pub const fn hours(n: i64) -> Self {
        Self::minutes(n.saturating_mul(60))
    }

    /// `n` days of 24 hours (civil days may differ: see `civil`).
    #[must_use]
    pub const fn days(n: i64) -> Self {
        Self::hours(n.saturating_mul(24))
    }

    /// This span in milliseconds.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }
}

impl Add<Span> for Timestamp {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

/// The two largest units in words: "3 days 4 hours", "12 seconds".
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(&str, i64); 4] = [
            ("day", 86_400_000),
            ("hour", 3_600_000),
            ("minute", 60_000),
            ("second", 1000),
        ];
        let mut rest = self.0.max(0);
        let first = UNITS
            .iter()
            .position(|(_, size)| rest >= *size)
            .unwrap_or(3);
        for (i, (unit, size)) in UNITS.iter().enumerate().skip(first).take(2) {
            let n = rest / size;
            rest %= size;
            if i > first && n == 0 {
                break;
            }
            let gap = if i > first { " " } else { "" };
            let plural = if n == 1 { "" } else { "s" };
            write!(f, "{gap}{n} {unit}{plural}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_words() {
        let words = |span: Span| span.to_string();
        assert_eq!(words(Span::millis(400)), "0 seconds");
        assert_eq!(words(Span::seconds(61)), "1 minute 1 second");
        assert_eq!(words(Span::hours(2)), "2 hours");
        assert_eq!(words(Span::days(3)), "3 days");
        assert_eq!(
            words(Span::millis(Span::days(400).as_millis() + 3_600_000)),
            "400 days 1 hour"
        );
        assert_eq!(words(Span::seconds(-5)), "0 seconds");
    }

    #[test]
    fn arithmetic_saturates_instead_of_wrapping() {
        assert_eq!(Timestamp::MAX + Span::days(1), Timestamp::MAX);
        assert_eq!(
            Timestamp::EPOCH
                .since(Timestamp::from_millis(5))
                .as_millis(),
            -5
        );
        assert_eq!(Timestamp::from_millis(-1).seconds(), -1);
    }
}
