//! The one time line: the system clock, with what Discord's `Date` header says about it.
//!
//! Rules never read a clock; the runtime stamps what it gives them with this one. Discord's
//! snowflakes are on Discord's clock; the offset learned here converts them. Until the first `Date`
//! header the clock is not *sane* and no timer fires: a Pi without a real-time clock starts in the
//! past.

use actors::kernel::time::{Span, Timestamp};
use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

const UNKNOWN: i64 = i64::MIN;

/// See the module docs.
#[derive(Debug)]
pub struct Clock {
    /// Discord's clock minus ours in milliseconds, or [`UNKNOWN`].
    offset_ms: AtomicI64,
    /// How far a test has turned this clock on.
    ahead_ms: AtomicI64,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            offset_ms: AtomicI64::new(UNKNOWN),
            ahead_ms: AtomicI64::new(0),
        }
    }
}

impl Clock {
    /// Now.
    pub fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let system = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(system.saturating_add(self.ahead_ms.load(Ordering::Relaxed)))
    }

    /// Turns the clock on, as a long time without events would: for tests of what happens then.
    pub fn turn_on(&self, by: Span) {
        self.ahead_ms.fetch_add(by.as_millis(), Ordering::Relaxed);
    }

    /// Discord answered with this `Date`. It has whole seconds, so differences below one are noise.
    pub fn learn(&self, discord: Timestamp) {
        let offset = discord.since(self.now()).as_millis();
        let offset = if offset.abs() <= 1_500 { 0 } else { offset };
        self.offset_ms.store(offset, Ordering::Relaxed);
    }

    /// Discord answered without a `Date`: better than never to fire a timer.
    pub fn trust(&self) {
        let unknown =
            self.offset_ms
                .compare_exchange(UNKNOWN, 0, Ordering::Relaxed, Ordering::Relaxed);
        if unknown.is_ok() {
            tracing::warn!("Discord's answers carry no date; trusting the system clock");
        }
    }

    /// Discord's clock minus ours; zero while unknown.
    pub fn offset(&self) -> Span {
        Span::millis(self.known_offset().unwrap_or(0))
    }

    /// Discord's clock minus ours in milliseconds, once known.
    pub fn known_offset(&self) -> Option<i64> {
        Some(self.offset_ms.load(Ordering::Relaxed)).filter(|offset| *offset != UNKNOWN)
    }

    /// Whether timers may fire.
    pub fn is_sane(&self) -> bool {
        self.known_offset().is_some()
    }
}
