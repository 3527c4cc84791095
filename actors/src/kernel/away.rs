//! Time in which we could not see what people did: we were not running, or Discord was not there.
//!
//! Whoever is judged by how long they did nothing must not be judged by such time. It is kept as
//! merged intervals, and how long somebody was idle is worked out from stored instants whenever
//! somebody asks: there is no counter that a crash, a jump of the clock or a second look could make
//! wrong. All of it is UTC, so no change to summer time plays a part.

use super::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Most intervals kept. Of more, the two with the least time between them become one that covers
/// that time as well: it excuses too much then, never too little.
pub const MAX_SPANS: usize = 64;

/// Intervals in which nothing could be seen: disjoint, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Away(Vec<(Timestamp, Timestamp)>);

/// How long somebody did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idle {
    /// By the clock.
    pub whole: Span,
    /// So much of it nothing could be seen.
    pub away: Span,
}

impl Idle {
    /// What counts.
    #[must_use]
    pub const fn rest(self) -> Span {
        Span::millis(self.whole.as_millis() - self.away.as_millis())
    }
}

impl Away {
    /// Nothing could be seen from `from` to `to`.
    pub fn add(&mut self, from: Timestamp, to: Timestamp) {
        if from >= to {
            return;
        }
        let first = self.0.partition_point(|(_, end)| *end < from);
        let behind = self.0.partition_point(|(begin, _)| *begin <= to);
        let touched = &self.0[first..behind];
        let from = touched.first().map_or(from, |(begin, _)| from.min(*begin));
        let to = touched.last().map_or(to, |(_, end)| to.max(*end));
        self.0.splice(first..behind, [(from, to)]);
        if self.0.len() > MAX_SPANS {
            self.join_nearest();
        }
    }

    fn join_nearest(&mut self) {
        let between = |place: &usize| self.0[*place].0.since(self.0[*place - 1].1);
        if let Some(place) = (1..self.0.len()).min_by_key(between) {
            let (_, end) = self.0.remove(place);
            self.0[place - 1].1 = end;
        }
    }

    /// The intervals, in order.
    pub fn spans(&self) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        self.0.iter().copied()
    }

    /// It is `now`: what was noted for later, while the clock was wrong, has not happened.
    pub fn cut(&mut self, now: Timestamp) {
        self.0.retain(|(from, _)| *from < now);
        if let Some((_, end)) = self.0.last_mut() {
            *end = now.min(*end);
        }
    }

    /// For how long nothing could be seen between two instants.
    #[must_use]
    pub fn between(&self, from: Timestamp, to: Timestamp) -> Span {
        if from >= to {
            return Span::ZERO;
        }
        let first = self.0.partition_point(|(_, end)| *end <= from);
        let met = self.0[first..].iter().take_while(|(begin, _)| *begin < to);
        let spans = met.map(|(begin, end)| (*end).min(to).since((*begin).max(from)).as_millis());
        Span::millis(spans.fold(0, i64::saturating_add))
    }

    /// How long somebody has been idle by `now` who did something at `base`. When the clock was set
    /// back to before that, not at all.
    #[must_use]
    pub fn idle(&self, base: Timestamp, now: Timestamp) -> Idle {
        let whole = now.since(base).max(Span::ZERO);
        let away = self.between(base, now).min(whole);
        Idle { whole, away }
    }

    /// Whether the intervals are disjoint, in order and few.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let each = self.0.iter().all(|(from, to)| from < to);
        each && self.0.is_sorted_by(|a, b| a.1 < b.0) && self.0.len() <= MAX_SPANS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn away(spans: &[(i64, i64)]) -> Away {
        let mut away = Away::default();
        for (from, to) in spans {
            away.add(at(*from), at(*to));
        }
        away
    }

    fn rest(away: &Away, base: i64, now: i64) -> i64 {
        away.idle(at(base), at(now)).rest().as_millis() / 1000
    }

    #[test]
    fn two_days_of_fourteen_in_which_nothing_was_seen_leave_twelve() {
        let day = 86_400;
        let away = away(&[(3 * day, 5 * day)]);
        let idle = away.idle(at(0), at(14 * day));
        assert_eq!(idle.whole, Span::days(14));
        assert_eq!(idle.away, Span::days(2));
        assert_eq!(idle.rest(), Span::days(12));
    }

    #[test]
    fn intervals_that_meet_become_one() {
        let one = away(&[(0, 5), (10, 15), (4, 7), (15, 20), (7, 10)]);
        assert_eq!(one, away(&[(0, 20)]));
        let apart = away(&[(10, 15), (0, 5)]);
        assert_eq!(apart.0.len(), 2);
    }

    #[test]
    fn a_clock_that_was_set_back_makes_nobody_idle() {
        let away = away(&[(0, 5)]);
        assert_eq!(rest(&away, 100, 50), 0);
        let mut wrong = away;
        wrong.add(at(90), at(2_000));
        wrong.cut(at(100));
        assert_eq!(wrong.between(at(0), Timestamp::MAX), Span::seconds(15));
    }

    #[test]
    fn the_far_ends_of_time_do_not_overflow() {
        let mut away = Away::default();
        let first = Timestamp::from_millis(i64::MIN);
        away.add(first, at(0));
        away.add(at(1), Timestamp::MAX);
        let idle = away.idle(first, Timestamp::MAX);
        assert!(idle.rest() >= Span::ZERO);
    }

    prop_compose! {
        fn spans(most: usize)(spans in prop::collection::vec((-50_i64..1_000, 0_i64..60), 0..most))
            -> Vec<(i64, i64)> {
            spans.into_iter().map(|(from, length)| (from, from + length)).collect()
        }
    }

    proptest! {
        #[test]
        fn idle_time_is_never_negative_and_never_more_than_the_clock_says(
            spans in spans(100), base in -100_i64..1_100, now in -100_i64..1_100,
        ) {
            let away = away(&spans);
            prop_assert!(away.is_sound());
            let idle = away.idle(at(base), at(now));
            prop_assert!(idle.rest() >= Span::ZERO);
            prop_assert!(idle.rest() <= at(now).since(at(base)).max(Span::ZERO));
        }

        #[test]
        fn it_is_the_seconds_in_which_something_could_be_seen(
            spans in spans(20), base in 0_i64..1_000, now in 0_i64..1_000,
        ) {
            let dark = |second: &i64| spans.iter().any(|(from, to)| (*from..*to).contains(second));
            let seen = (base..now).filter(|second| !dark(second)).count();
            prop_assert_eq!(rest(&away(&spans), base, now), i64::try_from(seen).unwrap());
        }

        #[test]
        fn one_more_interval_makes_nobody_idler(
            spans in spans(100), more in (-50_i64..1_000, 0_i64..60), base in 0_i64..1_000, now in 0_i64..1_000,
        ) {
            let before = away(&spans);
            let mut after = before.clone();
            after.add(at(more.0), at(more.0 + more.1));
            prop_assert!(rest(&after, base, now) <= rest(&before, base, now));
        }

        #[test]
        fn the_order_in_which_intervals_are_noted_does_not_matter(
            (spans, shuffled) in spans(MAX_SPANS).prop_flat_map(|spans| (Just(spans.clone()), Just(spans).prop_shuffle())),
        ) {
            prop_assert_eq!(away(&spans), away(&shuffled));
        }

        #[test]
        fn time_that_passes_makes_nobody_less_idle(
            spans in spans(100), base in 0_i64..1_000, now in 0_i64..1_000, later in 0_i64..100,
        ) {
            let away = away(&spans);
            prop_assert!(rest(&away, base, now) <= rest(&away, base, now + later));
        }
    }
}
