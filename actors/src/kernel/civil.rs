//! Civil time: what clocks and calendars on the wall say, by IANA zone.
//!
//! Rules that people set ("daily at 15:00 in Paris") are kept as a [`CivilTime`] and a [`Zone`] and
//! turned into instants here, one occurrence at a time, so that a change of the clocks or of a
//! government's mind is followed. The zone rules are compiled in ([`tzdata_version`]).
//!
//! The two awkward cases have one rule each ([`instant`]): a time that the clocks skip moves forward
//! by as much as they skip, and a time that comes twice means the first. A day that a zone skipped
//! altogether (Samoa, 2011-12-30) thereby falls on the next one and makes no occurrence of its own.
//!
//! Dates run from 0001-01-01 to 9999-12-31; instants outside are taken for the nearest end.

mod date;
mod zone;

pub use date::{CivilDate, CivilTime, NotCivil, Weekday};
pub use zone::{UnknownZone, Zone, tzdata_version};

use super::time::{Span, Timestamp};
use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset, TimeZone};
use chrono_tz::{GapInfo, Tz};

/// The date and the whole minute that clocks in `zone` show at `at`.
#[must_use]
pub fn local(at: Timestamp, zone: &Zone) -> (CivilDate, CivilTime) {
    let naive = utc(at).with_timezone(&zone.tz()).naive_local();
    (
        CivilDate::from_chrono(naive.date()),
        CivilTime::from_chrono(naive.time()),
    )
}

/// When clocks in `zone` show `time` on `date`.
///
/// A time that does not exist (clocks go forward) moves forward by the length of the gap, so 02:30
/// becomes 03:30; it may so fall on the next date. A time that exists twice (clocks go back) is the
/// first of the two.
#[must_use]
pub fn instant(date: CivilDate, time: CivilTime, zone: &Zone) -> Timestamp {
    let naive = date.to_chrono().and_time(time.to_chrono());
    match zone.tz().from_local_datetime(&naive) {
        MappedLocalTime::Single(at) => Timestamp::from_millis(at.timestamp_millis()),
        MappedLocalTime::Ambiguous(a, b) => Timestamp::from_millis(a.min(b).timestamp_millis()),
        MappedLocalTime::None => after_gap(naive, zone.tz()),
    }
}

/// The first instant strictly after `after` at which a day's `time` falls in `zone`: one for each
/// local date, also when clocks change. [`Timestamp::MAX`] when the calendar ends.
#[must_use]
pub fn next(after: Timestamp, time: CivilTime, zone: &Zone) -> Timestamp {
    occurrence(after, time, zone, |_| true)
}

/// The newest date whose `time` has come by `now` in `zone`, however late its instant was: what should have
/// happened last.
#[must_use]
pub fn latest(now: Timestamp, time: CivilTime, zone: &Zone) -> CivilDate {
    let (today, _) = local(now, zone);
    let come = |date: &CivilDate| instant(*date, time, zone) <= now;
    let dates = (0..=2).map(|days| today.add_days(-days));
    dates.into_iter().find(come).unwrap_or(today.add_days(-2))
}

/// Like [`next`], but only on this day of the week.
///
/// The date decides, even if its `time` was skipped and so falls on the following day.
#[must_use]
pub fn next_weekday(after: Timestamp, weekday: Weekday, time: CivilTime, zone: &Zone) -> Timestamp {
    occurrence(after, time, zone, |date| date.weekday() == weekday)
}

/// How many minutes clocks in `zone` are ahead of UTC at `at`, rounded towards zero (only local
/// mean times of before the 20th century had odd seconds).
#[must_use]
pub fn offset_minutes(at: Timestamp, zone: &Zone) -> i32 {
    utc(at)
        .with_timezone(&zone.tz())
        .offset()
        .fix()
        .local_minus_utc()
        / 60
}

/// The earliest occurrence after `after` on a date that counts.
fn occurrence(
    after: Timestamp,
    time: CivilTime,
    zone: &Zone,
    counts: impl Fn(CivilDate) -> bool,
) -> Timestamp {
    // Two days back: the date of `after` may lie beyond a skipped day whose time moved here.
    // A week ahead of that, and the next if the first was already over.
    let (today, _) = local(after, zone);
    (-2..=16)
        .map(|days| today.add_days(days))
        .filter(|date| counts(*date))
        .map(|date| instant(date, time, zone))
        .find(|at| *at > after)
        .unwrap_or(Timestamp::MAX)
}

/// A skipped local time read by the clock as it went before the gap, which is the same as moving it
/// forward by the length of the gap.
fn after_gap(naive: NaiveDateTime, tz: Tz) -> Timestamp {
    let before = GapInfo::new(&naive, &tz).and_then(|gap| gap.begin);
    let offset = before.map_or(0, |(_, offset)| offset.fix().local_minus_utc());
    Timestamp::from_millis(naive.and_utc().timestamp_millis()) - Span::seconds(offset.into())
}

fn utc(at: Timestamp) -> DateTime<chrono::Utc> {
    let at = at.millis().clamp(date::FIRST_MS, date::LAST_MS);
    DateTime::from_timestamp_millis(at).unwrap_or(DateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests;
