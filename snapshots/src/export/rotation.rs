//! Which exports may go: a pure function over their names.
//!
//! Kept are the [`Keep::hourly`] newest hourly ones, the newest of each of the [`Keep::daily`] latest days that
//! have one, and the newest of a clean shutdown. Exports made by hand or before an upgrade are not
//! touched: somebody had a reason. Days are those of the exports, not of the clock, so a bot that was off
//! for a month still has its week.

use super::{ExportName, Reason};
use std::collections::BTreeSet;

/// How many exports stay; three and seven unless somebody wants it otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// How many hourly exports.
    pub hourly: usize,
    /// How many days keep their newest export.
    pub daily: usize,
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            hourly: 3,
            daily: 7,
        }
    }
}

/// Those of `exports` that may be removed, oldest first.
#[must_use]
pub fn expendable(exports: &[ExportName], wanted: Keep) -> Vec<ExportName> {
    let rotated = |name: &&ExportName| matches!(name.reason, Reason::Hourly | Reason::Shutdown);
    let mut newest_first: Vec<ExportName> = exports.iter().filter(rotated).copied().collect();
    newest_first.sort_unstable_by(|a, b| b.cmp(a));
    let of = |reason: Reason| {
        newest_first
            .iter()
            .filter(move |name| name.reason == reason)
    };

    let mut keep: BTreeSet<ExportName> = of(Reason::Hourly).take(wanted.hourly).copied().collect();
    keep.extend(of(Reason::Shutdown).take(1));
    let mut days = BTreeSet::new();
    for name in &newest_first {
        if days.len() < wanted.daily && days.insert(name.day()) {
            keep.insert(*name);
        }
    }
    newest_first
        .into_iter()
        .rev()
        .filter(|name| !keep.contains(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actors::kernel::time::Timestamp;

    fn name(hour: i64, reason: Reason) -> ExportName {
        let epoch = u64::try_from(hour).unwrap();
        ExportName::new(Timestamp::from_seconds(hour * 3600), epoch, reason)
    }

    fn hours(names: &[ExportName]) -> Vec<i64> {
        names.iter().map(|name| name.at.seconds() / 3600).collect()
    }

    fn kept(mut names: Vec<ExportName>) -> Vec<i64> {
        let gone = expendable(&names, Keep::default());
        names.retain(|name| !gone.contains(name));
        hours(&names)
    }

    #[test]
    fn three_hourly_and_seven_daily_are_kept() {
        let names = (0..24 * 10)
            .map(|hour| name(hour, Reason::Hourly))
            .collect();
        let last_hour_of_day = |day: i64| day * 24 + 23;
        let mut expected: Vec<i64> = (3..10).map(last_hour_of_day).collect();
        expected.splice(6..6, [237, 238]);
        assert_eq!(kept(names), expected);
    }

    #[test]
    fn the_newest_of_a_clean_shutdown_is_kept_and_older_ones_go() {
        let mut names: Vec<_> = (0..24).map(|hour| name(hour, Reason::Hourly)).collect();
        names.push(name(2, Reason::Shutdown));
        names.push(name(5, Reason::Shutdown));
        assert_eq!(kept(names), [21, 22, 23, 5]);
    }

    #[test]
    fn what_somebody_asked_for_is_never_removed() {
        let mut names: Vec<_> = (0..50).map(|hour| name(hour, Reason::Manual)).collect();
        names.extend((0..50).map(|hour| name(hour, Reason::Upgrade)));
        assert_eq!(expendable(&names, Keep::default()), []);
    }

    #[test]
    fn a_long_pause_does_not_cost_the_week_before() {
        let week = (0..7).map(|day| name(day * 24, Reason::Hourly));
        let names: Vec<_> = week.chain([name(24 * 365, Reason::Hourly)]).collect();
        assert_eq!(hours(&expendable(&names, Keep::default())), [0]);
    }

    #[test]
    fn rotating_twice_removes_nothing_more() {
        let mut names: Vec<_> = (0..500)
            .step_by(5)
            .map(|hour| name(hour, Reason::Hourly))
            .collect();
        names.extend(
            (0..500)
                .step_by(37)
                .map(|hour| name(hour, Reason::Shutdown)),
        );
        let gone = expendable(&names, Keep::default());
        names.retain(|name| !gone.contains(name));
        assert_eq!(expendable(&names, Keep::default()), []);
    }
}
