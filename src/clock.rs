//! The one time line: the system clock, with what Discord's `Date` header says about it.
//!
//! Rules never read a clock; the runtime stamps what it gives them with this one. Discord's
//! snowflakes are on Discord's clock; the offset learned here converts them. Until the first `Date`
//! header the clock is not *sane* and no timer fires: a Pi without a real-time clock starts in the
//! past.

use actors::kernel::time::{Span, Timestamp};
use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// Discord's dates have whole seconds and travel a while: what differs by less from what we expected
/// is noise, and changes nothing.
const NOISE_MS: i64 = 1_500;

/// See the module docs.
#[derive(Debug)]
pub struct Clock {
    /// When this clock was made.
    began: Instant,
    /// What time it was at Discord at a moment of a clock that nobody sets ([`Clock::running`]): so a
    /// step of the system clock is noticed at once, not at the next answer.
    learned: Mutex<Option<(Timestamp, Span)>>,
    /// How far a test has turned this clock on.
    ahead_ms: AtomicI64,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            learned: Mutex::default(),
            ahead_ms: AtomicI64::new(0),
        }
    }
}

impl Clock {
    /// Since this clock was made, whatever happens to the system clock meanwhile.
    pub fn running(&self) -> Span {
        let passed = i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX);
        Span::millis(passed.saturating_add(self.ahead_ms.load(Ordering::Relaxed)))
    }

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

    /// Discord answered with this `Date`.
    pub fn learn(&self, discord: Timestamp) {
        let now = self.running();
        let mut learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        let expected = learned.map(|known| at_discord(known, now));
        let ours = expected.unwrap_or_else(|| self.now());
        let differs = discord.since(ours).as_millis().saturating_abs() > NOISE_MS;
        if differs {
            *learned = Some((discord, now));
        } else if learned.is_none() {
            *learned = Some((ours, now));
        }
    }

    /// Discord answered without a `Date`: better than never to fire a timer.
    pub fn trust(&self) {
        let mut learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        if learned.is_none() {
            tracing::warn!("Discord's answers carry no date; trusting the system clock");
            *learned = Some((self.now(), self.running()));
        }
    }

    /// Discord's clock minus ours; zero while unknown.
    pub fn offset(&self) -> Span {
        Span::millis(self.known_offset().unwrap_or(0))
    }

    /// Discord's clock minus ours in milliseconds, once known; what may be noise is none.
    pub fn known_offset(&self) -> Option<i64> {
        let known = (*self.learned.lock().unwrap_or_else(PoisonError::into_inner))?;
        let offset = at_discord(known, self.running())
            .since(self.now())
            .as_millis();
        Some(if offset.saturating_abs() <= NOISE_MS {
            0
        } else {
            offset
        })
    }

    /// Whether timers may fire.
    pub fn is_sane(&self) -> bool {
        self.known_offset().is_some()
    }
}

/// What time it is at Discord.
fn at_discord((date, at): (Timestamp, Span), running: Span) -> Timestamp {
    date + Span::millis(running.as_millis().saturating_sub(at.as_millis()))
}
