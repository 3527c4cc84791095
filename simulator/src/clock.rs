//! The one notion of "now": every snowflake, date header and expiry asks this clock.
//!
//! It follows the system clock plus an offset that only grows, so a test can let three seconds or fifteen
//! minutes pass at once. Sockets are not moved by it: heartbeat deadlines are real time, as on the real network.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A shiftable clock, shared by clone; milliseconds since the Unix epoch.
#[derive(Clone, Debug)]
pub struct Clock {
    frozen_at_ms: Option<i64>,
    offset_ms: Arc<AtomicI64>,
}

impl Clock {
    /// The system clock, not yet shifted.
    #[must_use]
    pub fn system() -> Self {
        Self {
            frozen_at_ms: None,
            offset_ms: Arc::default(),
        }
    }

    /// A clock that stands still until it is advanced, so that ids repeat from run to run.
    #[must_use]
    pub fn frozen(at_ms: i64) -> Self {
        Self {
            frozen_at_ms: Some(at_ms),
            offset_ms: Arc::default(),
        }
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.frozen_at_ms.unwrap_or_else(system_ms) + self.offset_ms.load(Ordering::SeqCst)
    }

    /// Lets time pass at once.
    pub fn advance(&self, by: Duration) {
        let by_ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX / 4);
        self.offset_ms.fetch_add(by_ms, Ordering::SeqCst);
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

fn system_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_moves_only_when_advanced() {
        let clock = Clock::frozen(1_000);
        let other_hand = clock.clone();
        other_hand.advance(Duration::from_secs(3));
        assert_eq!(clock.now_ms(), 4_000);
    }
}
