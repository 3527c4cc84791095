//! The idle clock: how long somebody has done nothing, as far as that could be seen.

use super::{
    State,
    row::{Left, Member, Session},
};
use crate::kernel::{activity::Deed, away::Idle, time::Timestamp};

/// How somebody stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// They are no longer here.
    Gone(Left),
    /// They sit in voice, which is not idle where voice counts.
    InVoice(Session),
    /// They have done nothing since.
    Idle {
        /// What the clock counts from.
        since: Since,
        /// How long.
        idle: Idle,
    },
    /// It is not known since when they are here.
    Unknown,
}

/// What the idle clock counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// Their newest deed.
    Deed,
    /// They joined, and did nothing yet.
    Joining,
    /// We began to record, and they did nothing since.
    Recording,
}

/// How a member stands at `now`.
///
/// `joined` is on Discord's clock and `now` on ours; that is seconds, where days matter.
#[must_use]
pub fn standing(state: &State, member: &Member, now: Timestamp) -> Standing {
    if let Some(left) = member.left {
        return Standing::Gone(left);
    }
    let voice = state.counted.deed(Deed::Spoke);
    if let Some(session) = member.session().filter(|_| voice) {
        return Standing::InVoice(session);
    }
    let deed = member.last().map(|last| (last.at, Since::Deed));
    let recording = || state.since.map(|since| (since, Since::Recording));
    let joined = member.joined.map(|joined| (joined, Since::Joining));
    let from = deed.or_else(recording).into_iter().chain(joined);
    let Some((base, since)) = from.max_by_key(|(at, _)| *at) else {
        return Standing::Unknown;
    };
    let idle = state.away_by(now).idle(base, now);
    Standing::Idle { since, idle }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{activity::Last, time::Span};
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn member(joined: Option<i64>, did: Option<i64>) -> Member {
        let mut member = Member {
            joined: joined.map(at),
            ..Member::default()
        };
        if let Some(did) = did {
            member.deeds_from(at(did)).last = Some(Last {
                at: at(did),
                deed: Deed::Wrote,
                channel: None,
            });
        }
        member
    }

    fn idle(state: &State, member: &Member, now: i64) -> (Since, i64) {
        match standing(state, member, at(now)) {
            Standing::Idle { since, idle } => (since, idle.rest().as_millis() / 1000),
            other => panic!("{other:?}"),
        }
    }

    fn recording_since(seconds: i64) -> State {
        State {
            since: Some(at(seconds)),
            ..State::default()
        }
    }

    #[test]
    fn who_never_did_anything_counts_from_the_later_of_joining_and_recording() {
        let state = recording_since(100);
        assert_eq!(
            idle(&state, &member(Some(50), None), 150),
            (Since::Recording, 50)
        );
        assert_eq!(
            idle(&state, &member(Some(120), None), 150),
            (Since::Joining, 30)
        );
        assert_eq!(
            idle(&state, &member(None, None), 150),
            (Since::Recording, 50)
        );
        let nothing = standing(&State::default(), &Member::default(), at(150));
        assert_eq!(nothing, Standing::Unknown);
    }

    #[test]
    fn a_deed_counts_and_so_does_coming_back_after_it() {
        let state = recording_since(100);
        assert_eq!(
            idle(&state, &member(Some(50), Some(110)), 150),
            (Since::Deed, 40)
        );
        assert_eq!(
            idle(&state, &member(Some(130), Some(110)), 150),
            (Since::Joining, 20)
        );
        // Another bot may have seen them before we were here.
        assert_eq!(
            idle(&state, &member(Some(50), Some(70)), 150),
            (Since::Deed, 80)
        );
    }

    #[test]
    fn an_outage_that_goes_on_counts_for_nobody() {
        let state = State {
            unavailable: Some(at(140)),
            ..recording_since(100)
        };
        assert_eq!(
            idle(&state, &member(None, Some(120)), 200),
            (Since::Deed, 20)
        );
        assert_eq!(
            idle(&state, &member(None, Some(150)), 200),
            (Since::Deed, 0)
        );
    }

    proptest! {
        #[test]
        fn nobody_is_idle_for_longer_than_their_newest_deed_or_their_joining_is_ago(
            since in prop::option::of(0_i64..1_000), joined in prop::option::of(0_i64..1_000),
            did in prop::option::of(0_i64..1_000), now in 0_i64..1_000,
            spans in prop::collection::vec((0_i64..1_000, 0_i64..100), 0..8),
        ) {
            let mut state = State { since: since.map(at), ..State::default() };
            for (from, length) in spans {
                state.away.add(at(from), at(from + length));
            }
            let Standing::Idle { idle, .. } = standing(&state, &member(joined, did), at(now)) else {
                prop_assert!(since.is_none() && joined.is_none() && did.is_none());
                return Ok(());
            };
            prop_assert!(idle.rest() >= Span::ZERO);
            let newest = did.into_iter().chain(joined).max();
            if let Some(newest) = newest {
                prop_assert!(idle.rest() <= at(now).since(at(newest)).max(Span::ZERO));
            }
        }
    }
}
