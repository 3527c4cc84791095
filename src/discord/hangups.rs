//! When a session counts as gone although nobody says so: the gateway greets us and then hangs up on
//! every RESUME.

use std::time::{Duration, Instant};

/// How long a session may be asked for and hung up on. Discord keeps one for "a few minutes" (docs,
/// "Gateway: initiating a disconnect"), so that nothing is left to be replayed after this.
const RESUME_PATIENCE: Duration = Duration::from_secs(10 * 60);

/// Connections in a row that greeted us, were asked for the session, and ended without an event.
#[derive(Debug, Default)]
pub(super) struct Hangups {
    /// This connection greeted us, and was asked for the session.
    asked: bool,
    /// When the first of them ended.
    since: Option<Instant>,
}

impl Hangups {
    pub(super) fn greeted(&mut self, resuming: bool) {
        self.asked = resuming;
    }

    /// The connection ended; whether to give the session up. One that never greeted us says
    /// nothing about the session.
    pub(super) fn closed(&mut self, now: Instant) -> bool {
        if !std::mem::take(&mut self.asked) {
            return false;
        }
        let since = *self.since.get_or_insert(now);
        now.saturating_duration_since(since) >= RESUME_PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_is_hung_up_on_is_given_up_when_discord_has_forgotten_it() {
        let start = Instant::now();
        let mut hangups = Hangups::default();
        let mut hung_up = |resuming: bool, seconds: u64| {
            hangups.greeted(resuming);
            hangups.closed(start + Duration::from_secs(seconds))
        };
        assert!(!hung_up(true, 0));
        assert!(!hung_up(true, 599));
        assert!(!hung_up(false, 601), "nothing was asked for");
        assert!(hung_up(true, 601));
    }

    #[test]
    fn connections_that_do_not_greet_say_nothing_about_the_session() {
        let start = Instant::now();
        let mut hangups = Hangups::default();
        assert!(!hangups.closed(start));
        hangups.greeted(true);
        assert!(!hangups.closed(start + RESUME_PATIENCE));
        assert!(
            !hangups.closed(start + RESUME_PATIENCE * 2),
            "never greeted"
        );
    }
}
