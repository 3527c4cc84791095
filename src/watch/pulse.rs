//! Whether the threads of a runtime get round to something new.

use super::STEP_AT_MOST;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};
use tokio::runtime::Handle;

/// Asks a runtime for a sign of life at each look. At most one question waits.
#[derive(Debug)]
pub(super) struct Pulse {
    runtime: Handle,
    asked: u64,
    answered: Arc<AtomicU64>,
    looked: Instant,
    ms: u64,
}

impl Pulse {
    /// Of this runtime.
    pub(super) fn of(runtime: Handle) -> Self {
        Self {
            runtime,
            asked: 0,
            answered: Arc::default(),
            looked: Instant::now(),
            ms: 0,
        }
    }

    /// For how many milliseconds the question has been waiting for its answer.
    pub(super) fn look(&mut self) -> u64 {
        let passed = u64::try_from(self.looked.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.looked = Instant::now();
        self.step(passed.min(STEP_AT_MOST))
    }

    fn step(&mut self, step: u64) -> u64 {
        if self.answered.load(Ordering::Relaxed) == self.asked {
            self.ms = 0;
            self.asked += 1;
            let (asked, answered) = (self.asked, Arc::clone(&self.answered));
            self.runtime
                .spawn(async move { answered.store(asked, Ordering::Relaxed) });
        } else {
            self.ms += step;
        }
        self.ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_that_does_not_get_round_to_it_falls_silent_and_comes_back() {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let runtime = runtime.unwrap();
        let mut pulse = Pulse::of(runtime.handle().clone());
        assert_eq!(pulse.step(7), 0, "asked for the first time");
        assert_eq!(pulse.step(7), 7);
        assert_eq!(pulse.step(7), 14);
        // The questions are answered as soon as the runtime is driven.
        runtime.block_on(tokio::task::yield_now());
        assert_eq!(pulse.step(7), 0);
        assert_eq!(pulse.step(7), 7);
    }
}
