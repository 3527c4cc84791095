//! Machines whose signs of life have gathered long enough, woken a few at a time: at once they would
//! keep every processor busy, and whoever asks something meanwhile would wait for all of them.

use super::committing::is_over;
use crate::kernel::{
    address::Address,
    time::{Span, Timestamp},
};
use std::collections::VecDeque;

/// Ticks over which they are spread.
const SPREAD_TICKS: i64 = 2;
/// Steps in so many ticks: each is a look at the clock, and wakes as many as there are for it.
const STEPS: i64 = 50;

/// See the module docs.
#[derive(Debug, Default)]
pub(super) struct Cuts {
    waiting: VecDeque<Address>,
    /// How many of them there were …
    all: usize,
    /// … at the cut, which was then.
    since: Timestamp,
}

impl Cuts {
    /// These are to be woken from `now` on.
    pub(super) fn add(&mut self, machines: impl IntoIterator<Item = Address>, now: Timestamp) {
        self.waiting.extend(machines);
        (self.all, self.since) = (self.waiting.len(), now);
    }

    /// Whoever's turn it is.
    pub(super) fn due(&mut self, now: Timestamp, tick: Span) -> impl Iterator<Item = Address> {
        let step = step(tick);
        let count = if is_over(self.since, spread(tick), now) {
            self.waiting.len()
        } else {
            let steps = now.since(self.since).as_millis() / step + 1;
            let until = self.all * usize::try_from(steps).unwrap_or(0);
            let until = until.div_ceil(usize::try_from(STEPS).unwrap_or(1));
            until.saturating_sub(self.all - self.waiting.len())
        };
        self.waiting.drain(..count.min(self.waiting.len()))
    }

    /// Everybody who is not awake yet: too much waits for them.
    pub(super) fn all(&mut self) -> impl Iterator<Item = Address> {
        self.waiting.drain(..)
    }

    /// When to look again; `None` when all are awake.
    pub(super) fn next(&self, tick: Span) -> Option<Timestamp> {
        let woken = i64::try_from(self.all - self.waiting.len()).unwrap_or(i64::MAX);
        let all = i64::try_from(self.all).unwrap_or(i64::MAX).max(1);
        let steps = woken.saturating_mul(STEPS) / all;
        (!self.waiting.is_empty()).then(|| self.since + Span::millis(steps * step(tick)))
    }
}

fn spread(tick: Span) -> Span {
    Span::millis(tick.as_millis().saturating_mul(SPREAD_TICKS))
}

fn step(tick: Span) -> i64 {
    (spread(tick).as_millis() / STEPS).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{address::Kind, ids::GuildId};

    const TICK: Span = Span::millis(250);

    fn machines(count: u64) -> Vec<Address> {
        let guilds = (1..=count).filter_map(GuildId::new);
        guilds
            .map(|guild| Address::guild(Kind::Presence, guild))
            .collect()
    }

    /// When each was woken, in milliseconds since the cut, looking only when it says so.
    fn woken(count: u64) -> Vec<i64> {
        let start = Timestamp::from_seconds(100);
        let mut cuts = Cuts::default();
        cuts.add(machines(count), start);
        let (mut order, mut times) = (Vec::new(), Vec::new());
        while let Some(next) = cuts.next(TICK) {
            let due: Vec<_> = cuts.due(next, TICK).collect();
            assert!(!due.is_empty(), "it looks in vain");
            times.extend(due.iter().map(|_| next.since(start).as_millis()));
            order.extend(due);
        }
        assert_eq!(order, machines(count), "each once, in order");
        times
    }

    #[test]
    fn they_are_spread_evenly() {
        assert!(woken(0).is_empty());
        assert_eq!(woken(1), [0]);
        assert_eq!(woken(4), [0, 120, 250, 370]);
        let many = woken(1_000);
        assert_eq!((many[0], many[19], many[20]), (0, 0, 10));
        assert_eq!(many[999], 490);
    }

    #[test]
    fn a_clock_that_jumps_makes_nobody_wait() {
        for seconds in [-60, 60] {
            let start = Timestamp::from_seconds(100);
            let mut cuts = Cuts::default();
            cuts.add(machines(10), start);
            let now = start + Span::seconds(seconds);
            assert_eq!(cuts.due(now, TICK).count(), 10);
        }
    }

    #[test]
    fn those_of_the_cut_before_come_first() {
        let start = Timestamp::from_seconds(100);
        let mut cuts = Cuts::default();
        cuts.add(machines(2), start);
        cuts.add(machines(3).split_off(2), start + TICK);
        let later = start + Span::seconds(5);
        assert_eq!(cuts.due(later, TICK).collect::<Vec<_>>(), machines(3));
    }
}
