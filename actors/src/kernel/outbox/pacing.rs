//! Pacing: how fast we may go before Discord has to tell us.
//!
//! twilight paces only after Discord's headers, which documented Discord sends with limits it
//! announces. These budgets are the ones it does not announce, or punishes: a burst per channel,
//! direct messages, whole member lists, and the number of refused requests per ten minutes after
//! which an address is shut out (10,000; we stop far below).

use crate::kernel::{
    effect::Lane,
    time::{Span, Timestamp},
};
use std::collections::{BTreeMap, VecDeque};

/// Refused requests (401, 403, 429) in ten minutes at which bulk sending stops.
pub(super) const INVALID_BRAKE: usize = 1_000;
const INVALID_WINDOW: Span = Span::minutes(10);
/// Lanes that sent nothing of late are forgotten beyond this many.
const MAX_BUCKETS: usize = 4_096;

/// At most `most` in any `within`. Discord counts in windows that begin with the first request, so a
/// bucket that refills drop by drop would still be refused.
#[derive(Clone, Copy)]
struct Rule {
    most: usize,
    within: Span,
}

const fn rule(lane: Lane) -> Option<Rule> {
    match lane {
        // Discord's usual bucket for messages is 5 in 5 s, by the time they arrive there.
        Lane::Channel(_) => Some(Rule {
            most: 5,
            within: Span::millis(5_500),
        }),
        Lane::User(_) => Some(Rule {
            most: 3,
            within: Span::seconds(6),
        }),
        Lane::Guild(_) | Lane::Members(_) => Some(Rule {
            most: 5,
            within: Span::seconds(10),
        }),
        Lane::Answer(_) | Lane::Local(_) => None,
    }
}

/// See the module docs.
#[derive(Debug, Default)]
pub struct Pacing {
    /// When each lane sent last, at most as often as its rule counts.
    sent: BTreeMap<Lane, VecDeque<Timestamp>>,
    invalid: VecDeque<Timestamp>,
}

impl Pacing {
    /// `None`: go. Otherwise when to ask again.
    pub fn wait(&mut self, lane: Lane, now: Timestamp) -> Option<Timestamp> {
        if self.braked(now) {
            return self.invalid.front().map(|first| *first + INVALID_WINDOW);
        }
        let rule = rule(lane)?;
        let sent = self.sent.get(&lane)?;
        let first = sent.front().filter(|_| sent.len() >= rule.most)?;
        let free_at = *first + rule.within;
        // A clock that was set back must not close a lane for as long.
        (free_at > now && *first <= now).then_some(free_at)
    }

    /// One is sent.
    pub fn spend(&mut self, lane: Lane, now: Timestamp) {
        let Some(rule) = rule(lane) else { return };
        let sent = self.sent.entry(lane).or_default();
        sent.push_back(now);
        if sent.len() > rule.most {
            sent.pop_front();
        }
        if self.sent.len() > MAX_BUCKETS {
            let longest = Span::seconds(10);
            self.sent
                .retain(|_, sent| sent.back().is_some_and(|last| *last + longest > now));
        }
    }

    /// A request was refused in a way Discord counts.
    pub fn invalid(&mut self, now: Timestamp) {
        self.invalid.push_back(now);
        if self.invalid.len() > INVALID_BRAKE {
            self.invalid.pop_front();
        }
    }

    /// Whether the brake is on.
    pub fn braked(&mut self, now: Timestamp) -> bool {
        while self
            .invalid
            .front()
            .is_some_and(|first| now.since(*first) > INVALID_WINDOW)
        {
            self.invalid.pop_front();
        }
        self.invalid.len() >= INVALID_BRAKE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ids::ChannelId;

    #[test]
    fn a_channel_takes_five_in_any_five_and_a_half_seconds() {
        let mut pacing = Pacing::default();
        let lane = Lane::Channel(ChannelId::new(1).unwrap());
        let start = Timestamp::from_seconds(1000);
        for second in 0..5 {
            let now = start + Span::seconds(second);
            assert_eq!(pacing.wait(lane, now), None);
            pacing.spend(lane, now);
        }
        let last = start + Span::seconds(4);
        let next = start + Span::millis(5_500);
        assert_eq!(
            pacing.wait(lane, last),
            Some(next),
            "the first leaves the window then"
        );
        assert_eq!(pacing.wait(lane, next), None);
        pacing.spend(lane, next);
        assert_eq!(pacing.wait(lane, next), Some(next + Span::seconds(1)));
        let earlier = start - Span::days(1);
        assert_eq!(pacing.wait(lane, earlier), None, "the clock was set back");
    }

    #[test]
    fn too_many_refusals_brake_everything_until_the_window_has_passed() {
        let mut pacing = Pacing::default();
        let lane = Lane::Channel(ChannelId::new(1).unwrap());
        let now = Timestamp::from_seconds(1000);
        for _ in 0..INVALID_BRAKE {
            assert_eq!(pacing.wait(lane, now), None);
            pacing.invalid(now);
        }
        assert_eq!(pacing.wait(lane, now), Some(now + INVALID_WINDOW));
        assert_eq!(pacing.wait(lane, now + Span::minutes(11)), None);
    }
}
