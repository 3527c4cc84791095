//! When a shard may send a command, such as the request for a member list.

use std::time::{Duration, Instant};

/// Of the commands Discord takes in a minute these stay free for what cannot wait.
const SPARE_COMMANDS: u8 = 10;
/// How long a command waits for frames that are there already: what a start asks for need not come back
/// before the start is over. A flood that never ends holds it up no longer.
const PATIENCE: Duration = Duration::from_secs(1);

/// What it depends on.
#[derive(Debug)]
pub(super) struct Commanding {
    /// All frames that were there are taken in.
    pub(super) caught_up: bool,
    last: Instant,
}

impl Commanding {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            caught_up: true,
            last: now,
        }
    }

    /// Whether one may be sent. `left`: how many more Discord takes for now; `None`: nobody counts. What
    /// may not be sent waits in its effect.
    pub(super) fn may(&self, now: Instant, left: Option<u8>) -> bool {
        let waited = now.saturating_duration_since(self.last) > PATIENCE;
        (self.caught_up || waited) && left.is_none_or(|left| left > SPARE_COMMANDS)
    }

    /// One is sent.
    pub(super) const fn sent(&mut self, now: Instant) {
        self.last = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_that_are_there_go_first_but_not_for_ever() {
        let start = Instant::now();
        let mut commanding = Commanding::new(start);
        assert!(commanding.may(start, None));
        commanding.caught_up = false;
        assert!(!commanding.may(start + PATIENCE, None));
        let later = start + 2 * PATIENCE;
        assert!(commanding.may(later, None));
        // In a flood that does not end there is one in each such time.
        commanding.sent(later);
        assert!(!commanding.may(later + PATIENCE, None));
        assert!(commanding.may(later + 2 * PATIENCE, None));
        commanding.caught_up = true;
        assert!(commanding.may(later, None));
    }

    #[test]
    fn heartbeats_find_room_among_the_commands_of_a_minute() {
        let now = Instant::now();
        let commanding = Commanding::new(now);
        assert!(commanding.may(now, Some(SPARE_COMMANDS + 1)));
        assert!(!commanding.may(now, Some(SPARE_COMMANDS)));
        assert!(!commanding.may(now, Some(0)));
    }
}
