//! When to start something again that has failed: soon at first, later each time, and with a longer
//! pause when it fails all the time.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// The first pause.
const FIRST: Duration = Duration::from_millis(1);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(60);
/// So long without a failure counts as healthy.
const HEALTHY: Duration = Duration::from_secs(300);
/// So many failures …
const CIRCUIT_FAILURES: usize = 10;
/// … within this time open the circuit: nothing is tried for the longest pause.
const CIRCUIT_WINDOW: Duration = Duration::from_secs(60);

/// The failures of one thing.
#[derive(Debug, Default)]
pub struct Restarts {
    failures: VecDeque<Instant>,
    in_a_row: u32,
}

impl Restarts {
    /// It failed at `now`: how long to wait before it is started again.
    pub fn failed(&mut self, now: Instant) -> Duration {
        if self.is_healthy(now) {
            self.failures.clear();
            self.in_a_row = 0;
        }
        self.failures.push_back(now);
        if self.failures.len() > CIRCUIT_FAILURES {
            self.failures.pop_front();
        }
        self.in_a_row += 1;
        if self.circuit_open(now) {
            return LONGEST;
        }
        FIRST
            .saturating_mul(1 << (self.in_a_row - 1).min(16))
            .min(LONGEST)
    }

    /// Whether it has not failed for a while: its failures need not be remembered.
    pub fn is_healthy(&self, now: Instant) -> bool {
        self.failures
            .back()
            .is_none_or(|last| now.duration_since(*last) > HEALTHY)
    }

    /// Whether it fails all the time.
    pub fn circuit_open(&self, now: Instant) -> bool {
        self.failures.len() >= CIRCUIT_FAILURES
            && self
                .failures
                .front()
                .is_some_and(|first| now.duration_since(*first) <= CIRCUIT_WINDOW)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_until_the_circuit_opens_and_health_resets_them() {
        let mut restarts = Restarts::default();
        let start = Instant::now();
        let pauses: Vec<_> = (0..10)
            .map(|n| {
                restarts
                    .failed(start + Duration::from_millis(n))
                    .as_millis()
            })
            .collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 60_000]);
        assert!(restarts.circuit_open(start + Duration::from_secs(1)));
        assert_eq!(restarts.failed(start + Duration::from_secs(400)), FIRST);
    }

    #[test]
    fn slow_failures_do_not_open_the_circuit_but_wait_long() {
        let mut restarts = Restarts::default();
        let start = Instant::now();
        let mut pause = Duration::ZERO;
        for n in 0..30 {
            pause = restarts.failed(start + Duration::from_secs(n * 61));
        }
        assert!(!restarts.circuit_open(start + Duration::from_secs(30 * 61)));
        assert_eq!(pause, LONGEST);
    }
}
