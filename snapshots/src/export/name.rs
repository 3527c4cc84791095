//! Names of export files: they sort by time and say what is inside.

use actors::kernel::time::Timestamp;

const SUFFIX: &str = ".guildhall";
const PREFIX: &str = "guildhall-";

/// Why an export was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// By the clock.
    Hourly,
    /// When the process ended in good order.
    Shutdown,
    /// Before the data was upgraded to a newer format. Never removed by rotation.
    Upgrade,
    /// Because somebody asked. Never removed by rotation.
    Manual,
}

impl Reason {
    const ALL: [Self; 4] = [Self::Hourly, Self::Shutdown, Self::Upgrade, Self::Manual];

    /// The word in file names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hourly => "hourly",
            Self::Shutdown => "shutdown",
            Self::Upgrade => "upgrade",
            Self::Manual => "manual",
        }
    }

    pub(super) const fn number(self) -> u8 {
        self as u8
    }

    pub(super) fn from_number(number: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|reason| reason.number() == number)
    }
}

/// The name of an export: `guildhall-20261120T070739Z-e42-hourly.guildhall`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExportName {
    /// When it was made, in whole seconds.
    pub at: Timestamp,
    /// After which epoch.
    pub epoch: u64,
    /// Why.
    pub reason: Reason,
}

impl ExportName {
    /// The name of an export made at `at`.
    #[must_use]
    pub fn new(at: Timestamp, epoch: u64, reason: Reason) -> Self {
        Self {
            at: Timestamp::from_seconds(at.seconds()),
            epoch,
            reason,
        }
    }

    /// The export with this file name; `None` when it is not one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let mut parts = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.split('-');
        let (time, epoch, reason) = (parts.next()?, parts.next()?, parts.next()?);
        let reason = Reason::ALL
            .into_iter()
            .find(|known| known.name() == reason)?;
        let parsed = Self {
            at: parse_utc(time)?,
            epoch: epoch.strip_prefix('e')?.parse().ok()?,
            reason,
        };
        (parts.next().is_none() && parsed.to_string() == name).then_some(parsed)
    }

    /// The day in UTC, counted from 1970.
    #[must_use]
    pub fn day(&self) -> i64 {
        self.at.seconds().div_euclid(86_400)
    }
}

impl std::fmt::Display for ExportName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (year, month, day) = civil(self.day());
        let second = self.at.seconds().rem_euclid(86_400);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(
            f,
            "{PREFIX}{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z-e{}-{}{SUFFIX}",
            self.epoch,
            self.reason.name()
        )
    }
}

/// The reverse of the time in a name; wrong dates are caught by comparing names.
fn parse_utc(text: &str) -> Option<Timestamp> {
    if text.len() != 16 || !text.is_ascii() {
        return None;
    }
    let number = |from: usize, to: usize| text[from..to].parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
    let (hour, minute, second) = (number(9, 11)?, number(11, 13)?, number(13, 15)?);
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    Some(Timestamp::from_seconds(seconds))
}

/// Days of a 400-year cycle of the Gregorian calendar.
const CYCLE: i64 = 146_097;

/// The Gregorian date `day` days after 1970-01-01. Years are taken to begin on 1 March, so the leap day
/// is the last of its year and months have regular lengths.
fn civil(day: i64) -> (i64, i64, i64) {
    let since_0000_03_01 = day + 719_468;
    let (cycle, day) = (
        since_0000_03_01.div_euclid(CYCLE),
        since_0000_03_01.rem_euclid(CYCLE),
    );
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + cycle * 400 + i64::from(month <= 2), month, day)
}

/// The reverse of [`civil`].
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (cycle, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    cycle * CYCLE + 365 * year + year / 4 - year / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_time_epoch_and_reason_and_parse_back() {
        let name = ExportName::new(
            Timestamp::from_millis(1_795_158_459_999),
            42,
            Reason::Hourly,
        );
        assert_eq!(
            name.to_string(),
            "guildhall-20261120T070739Z-e42-hourly.guildhall"
        );
        assert_eq!(ExportName::parse(&name.to_string()), Some(name));
        for wrong in [
            "guildhall-20261120T070739Z-e42-hourly.partial",
            "guildhall-20261120T070739Z-e42-monthly.guildhall",
            "guildhall-20261320T070739Z-e42-hourly.guildhall",
            "guildhall-20261120T070739Z-e042-hourly.guildhall",
            "guildhall-20261120T070739Z-e42-hourly-x.guildhall",
            "guildhall-ümlaut5678901Z-e42-hourly.guildhall",
        ] {
            assert_eq!(ExportName::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn dates_agree_both_ways_over_centuries() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(19_782), (2024, 2, 29));
        assert_eq!(civil(47_540), (2100, 2, 28));
        assert_eq!(civil(47_541), (2100, 3, 1));
        for day in (-200_000..400_000).step_by(13) {
            let (year, month, dom) = civil(day);
            assert_eq!(days(year, month, dom), day);
        }
    }

    #[test]
    fn names_sort_by_time() {
        let name =
            |day: i64| ExportName::new(Timestamp::from_seconds(day * 86_400), 5, Reason::Manual);
        let names: Vec<String> = (0..800).map(|day| name(day).to_string()).collect();
        assert!(names.is_sorted());
    }
}
