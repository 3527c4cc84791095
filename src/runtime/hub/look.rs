//! Looking at the core without being held up by it, for whoever must answer even when it hangs.

use super::*;
use std::{
    sync::TryLockError,
    thread,
    time::{Duration, Instant},
};

/// Between two tries to get hold of the core.
const TRY_EVERY: Duration = Duration::from_micros(200);

impl Hub {
    /// Runs `look` on the core, or gives up when it cannot be had within `patience`. The core is held
    /// for microseconds at a time, so tens of milliseconds are much. What `look` changes wakes nobody.
    pub fn look<T>(
        &self,
        patience: Duration,
        look: impl FnOnce(&mut Core<Bincode>) -> T,
    ) -> Option<T> {
        let end = Instant::now() + patience;
        loop {
            match self.inside.try_lock() {
                Ok(mut inside) => return Some(look(&mut inside.core)),
                Err(TryLockError::Poisoned(inside)) => {
                    return Some(look(&mut inside.into_inner().core));
                }
                Err(TryLockError::WouldBlock) if Instant::now() >= end => return None,
                Err(TryLockError::WouldBlock) => thread::sleep(TRY_EVERY),
            }
        }
    }

    /// How many machines have an actor.
    pub fn awake_count(&self) -> usize {
        lock(&self.directory).len()
    }

    /// What was said of the process at its start and since.
    pub fn facts(&self) -> Process {
        lock(&self.facts).clone()
    }
}
