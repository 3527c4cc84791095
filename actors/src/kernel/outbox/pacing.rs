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
/// Buckets are forgotten beyond this many, oldest lanes first.
const MAX_BUCKETS: usize = 4_096;

/// `burst` at once, then one each `refill`.
#[derive(Clone, Copy)]
struct Rule {
    burst: i64,
    refill: Span,
}

const fn rule(lane: Lane) -> Option<Rule> {
    match lane {
        // Discord's usual bucket for messages is 5 in 5 s.
        Lane::Channel(_) => Some(Rule {
            burst: 5,
            refill: Span::seconds(1),
        }),
        Lane::User(_) => Some(Rule {
            burst: 3,
            refill: Span::seconds(2),
        }),
        Lane::Guild(_) => Some(Rule {
            burst: 5,
            refill: Span::seconds(2),
        }),
        Lane::Answer(_) | Lane::Local(_) => None,
    }
}

/// See the module docs.
#[derive(Debug, Default)]
pub struct Pacing {
    /// When each lane's bucket will be full again.
    full_at: BTreeMap<Lane, Timestamp>,
    invalid: VecDeque<Timestamp>,
}

impl Pacing {
    /// `None`: go. Otherwise when to ask again.
    pub fn wait(&mut self, lane: Lane, now: Timestamp) -> Option<Timestamp> {
        if self.braked(now) {
            return self.invalid.front().map(|first| *first + INVALID_WINDOW);
        }
        let rule = rule(lane)?;
        let full_at = self.full_at.get(&lane)?;
        // The bucket holds one more as soon as it is at most burst - 1 refills from full.
        let free_at = *full_at - Span::millis((rule.burst - 1) * rule.refill.as_millis());
        (free_at > now).then_some(free_at)
    }

    /// One is sent.
    pub fn spend(&mut self, lane: Lane, now: Timestamp) {
        let Some(rule) = rule(lane) else { return };
        let full_at = self.full_at.entry(lane).or_insert(now);
        *full_at = (*full_at).max(now) + rule.refill;
        if self.full_at.len() > MAX_BUCKETS {
            self.full_at.retain(|_, full_at| *full_at > now);
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
    fn a_channel_takes_five_at_once_and_then_one_a_second() {
        let mut pacing = Pacing::default();
        let lane = Lane::Channel(ChannelId::new(1).unwrap());
        let mut now = Timestamp::from_seconds(1000);
        for _ in 0..5 {
            assert_eq!(pacing.wait(lane, now), None);
            pacing.spend(lane, now);
        }
        let next = pacing.wait(lane, now).unwrap();
        assert_eq!(next.since(now), Span::seconds(1));
        now = next;
        assert_eq!(pacing.wait(lane, now), None);
        pacing.spend(lane, now);
        assert!(pacing.wait(lane, now).is_some());
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
