//! Dates, times of day and days of the week, without any zone.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, Timelike};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// 0001-01-02T00:00Z: a day inside the calendar, so that no zone's offset leaves it.
pub(super) const FIRST_MS: i64 = -62_135_510_400_000;
/// 9999-12-30T23:59:59.999Z.
pub(super) const LAST_MS: i64 = 253_402_214_399_999;

/// A date that exists, from 0001-01-01 to 9999-12-31. Stored as year, month and day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "(u16, u8, u8)", into = "(u16, u8, u8)")]
pub struct CivilDate(NaiveDate);

/// A minute of the day, 00:00 to 23:59. Stored as hour and minute.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "(u8, u8)", into = "(u8, u8)")]
pub struct CivilTime {
    hour: u8,
    minute: u8,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// A text or number that is no date, time or weekday; its sentence is for whoever typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCivil {
    /// Not a date of the calendar.
    #[error("A date is written year-month-day, such as 2026-03-29, and must exist.")]
    Date,
    /// Not a time of day.
    #[error("A time is written hours:minutes, from 00:00 to 23:59.")]
    Time,
    /// Not a day of the week.
    #[error("A weekday is one of Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday.")]
    Weekday,
}

impl CivilDate {
    /// The date with these numbers; `None` if it does not exist or the year is not 1 to 9999.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let date = NaiveDate::from_ymd_opt(year.into(), month.into(), day.into());
        date.filter(|date| in_calendar(*date)).map(Self)
    }

    /// The year, 1 to 9999.
    #[must_use]
    pub fn year(self) -> u16 {
        u16::try_from(self.0.year()).unwrap_or(1)
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(self) -> u8 {
        u8::try_from(self.0.month()).unwrap_or(1)
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub fn day(self) -> u8 {
        u8::try_from(self.0.day()).unwrap_or(1)
    }

    /// Its day of the week.
    #[must_use]
    pub fn weekday(self) -> Weekday {
        Weekday::ALL[self.0.weekday().num_days_from_monday() as usize]
    }

    /// The date `days` later, or earlier if negative; stops at the ends of the calendar.
    #[must_use]
    pub fn add_days(self, days: i64) -> Self {
        let distance = Days::new(days.unsigned_abs());
        let (moved, end) = if days < 0 {
            (self.0.checked_sub_days(distance), Self::first())
        } else {
            (self.0.checked_add_days(distance), Self::last())
        };
        moved.filter(|date| in_calendar(*date)).map_or(end, Self)
    }

    /// How many days this date is after `earlier`; negative if it is before.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).num_days()
    }

    /// Only for dates made from instants between [`FIRST_MS`] and [`LAST_MS`].
    pub(super) fn from_chrono(date: NaiveDate) -> Self {
        Self(date)
    }

    pub(super) fn to_chrono(self) -> NaiveDate {
        self.0
    }

    fn first() -> Self {
        Self(NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or(NaiveDate::MIN))
    }

    fn last() -> Self {
        Self(NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or(NaiveDate::MAX))
    }
}

fn in_calendar(date: NaiveDate) -> bool {
    (1..=9999).contains(&date.year())
}

impl CivilTime {
    /// 00:00.
    pub const MIDNIGHT: Self = Self { hour: 0, minute: 0 };

    /// The time with these numbers; `None` beyond 23 hours or 59 minutes.
    #[must_use]
    pub const fn new(hour: u8, minute: u8) -> Option<Self> {
        if hour < 24 && minute < 60 {
            Some(Self { hour, minute })
        } else {
            None
        }
    }

    /// The hour, 0 to 23.
    #[must_use]
    pub const fn hour(self) -> u8 {
        self.hour
    }

    /// The minute, 0 to 59.
    #[must_use]
    pub const fn minute(self) -> u8 {
        self.minute
    }

    pub(super) fn from_chrono(time: NaiveTime) -> Self {
        let part = |n: u32| u8::try_from(n).unwrap_or(0);
        Self {
            hour: part(time.hour()),
            minute: part(time.minute()),
        }
    }

    pub(super) fn to_chrono(self) -> NaiveTime {
        NaiveTime::from_hms_opt(self.hour.into(), self.minute.into(), 0).unwrap_or(NaiveTime::MIN)
    }
}

impl Weekday {
    /// The week from Monday (ISO 8601).
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];
}

impl fmt::Display for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}-{:02}",
            self.year(),
            self.month(),
            self.day()
        )
    }
}

impl fmt::Debug for CivilDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for CivilTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

impl fmt::Debug for CivilTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Weekday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// ISO 8601, `2026-03-29`; month and day may have one digit.
impl FromStr for CivilDate {
    type Err = NotCivil;

    fn from_str(text: &str) -> Result<Self, NotCivil> {
        let parts: Vec<&str> = text.trim().splitn(3, '-').collect();
        let &[year, month, day] = parts.as_slice() else {
            return Err(NotCivil::Date);
        };
        let year = number(year, 4).filter(|_| year.len() == 4);
        let numbers = year.zip(number(month, 2)).zip(number(day, 2));
        let date = numbers.and_then(|((year, month), day)| Self::new(year, month, day));
        date.ok_or(NotCivil::Date)
    }
}

/// 24-hour clock, `15:00`; the hour may have one digit.
impl FromStr for CivilTime {
    type Err = NotCivil;

    fn from_str(text: &str) -> Result<Self, NotCivil> {
        let (hour, minute) = text.trim().split_once(':').ok_or(NotCivil::Time)?;
        let minute = number(minute, 2).filter(|_| minute.len() == 2);
        let time = number(hour, 2)
            .zip(minute)
            .and_then(|(hour, minute)| Self::new(hour, minute));
        time.ok_or(NotCivil::Time)
    }
}

/// The English name or at least its first three letters, letter case aside.
impl FromStr for Weekday {
    type Err = NotCivil;

    fn from_str(text: &str) -> Result<Self, NotCivil> {
        let text = text.trim().to_ascii_lowercase();
        let known = Self::ALL
            .into_iter()
            .find(|day| text.len() >= 3 && day.to_string().to_ascii_lowercase().starts_with(&text));
        known.ok_or(NotCivil::Weekday)
    }
}

/// One to `digits` ASCII digits and nothing else.
fn number<N: FromStr>(text: &str, digits: usize) -> Option<N> {
    let clean = (1..=digits).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| clean)
}

impl From<CivilDate> for (u16, u8, u8) {
    fn from(date: CivilDate) -> Self {
        (date.year(), date.month(), date.day())
    }
}

impl TryFrom<(u16, u8, u8)> for CivilDate {
    type Error = NotCivil;

    fn try_from((year, month, day): (u16, u8, u8)) -> Result<Self, NotCivil> {
        Self::new(year, month, day).ok_or(NotCivil::Date)
    }
}

impl From<CivilTime> for (u8, u8) {
    fn from(time: CivilTime) -> Self {
        (time.hour, time.minute)
    }
}

impl TryFrom<(u8, u8)> for CivilTime {
    type Error = NotCivil;

    fn try_from((hour, minute): (u8, u8)) -> Result<Self, NotCivil> {
        Self::new(hour, minute).ok_or(NotCivil::Time)
    }
}
