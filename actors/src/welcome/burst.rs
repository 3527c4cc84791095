//! A few at once are treated singly, a flood together.

use crate::kernel::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// How many are treated singly …
pub(super) const SINGLY: usize = 5;
/// … within this time.
pub(super) const WITHIN: Span = Span::seconds(10);

/// When the last few were treated singly.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Burst {
    /// At most [`SINGLY`] instants.
    pub times: Vec<Timestamp>,
}

impl Burst {
    /// Whether one more may be treated singly at `now`; if so, it counts.
    pub(super) fn take(&mut self, now: Timestamp) -> bool {
        self.times.retain(|at| now.since(*at) < WITHIN);
        let free = self.times.len() < SINGLY;
        if free {
            self.times.push(now);
        }
        free
    }

    /// Whether nobody may be treated singly at `now`.
    pub(super) fn exhausted(&self, now: Timestamp) -> bool {
        self.times
            .iter()
            .filter(|at| now.since(**at) < WITHIN)
            .count()
            >= SINGLY
    }

    /// The flood still runs at `now`: nobody is treated singly before it has been quiet for a while.
    pub(super) fn exhaust(&mut self, now: Timestamp) {
        self.times = vec![now; SINGLY];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_five_within_ten_seconds_are_single_and_a_quiet_while_makes_room_again() {
        let at = Timestamp::from_seconds;
        let mut burst = Burst::default();
        let taken: Vec<bool> = (0..7).map(|second| burst.take(at(second))).collect();
        assert_eq!(taken, [true, true, true, true, true, false, false]);
        assert!(burst.take(at(10)), "the first is ten seconds old");
        assert!(!burst.take(at(10)));
        burst.exhaust(at(20));
        assert!(!burst.take(at(29)));
        assert!(burst.take(at(30)));
    }
}
