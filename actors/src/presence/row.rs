//! One row per member, and one per channel.
//!
//! A community's quiet members are most of its members, so what somebody did is kept apart from that
//! they are here: a quiet member's row is 22 bytes. Rows have no lists: they are read and written
//! once a second for whoever is active, without asking for memory.

use super::case::{Case, Inactive, Kept, Removal, RoleStep, Spared, Stage, Warning, Why};
use crate::kernel::{
    activity::{Counts, Deed, Last},
    away::Away,
    ids::{ChannelId, RoleId},
    machine::RowKey,
    time::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a channel's key begins with. Ids are far from it, so channels come behind all members.
const CHANNEL: [u8; 2] = [0xff, b'c'];

/// What is known of a member or a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Row {
    /// A member; the key is [`RowKey::user`].
    Member(Member),
    /// A channel; the key is [`channel_key`].
    Channel(Channel),
    /// What the head said before a reset.
    Before(Before),
}

/// The key of a channel's row.
#[must_use]
pub fn channel_key(channel: ChannelId) -> RowKey {
    let id = channel.get().to_be_bytes();
    RowKey(CHANNEL.into_iter().chain(id).collect())
}

/// The key before those of all channels.
pub(super) fn first_channel_key() -> RowKey {
    RowKey::new(&CHANNEL)
}

/// The channel whose key this is.
pub(super) fn as_channel(key: &RowKey) -> Option<ChannelId> {
    let id = key.0.strip_prefix(&CHANNEL)?;
    ChannelId::new(u64::from_be_bytes(id.try_into().ok()?))
}

impl Row {
    /// The member, if it is one's.
    #[must_use]
    pub const fn member(&self) -> Option<&Member> {
        match self {
            Self::Member(member) => Some(member),
            Self::Channel(_) | Self::Before(_) => None,
        }
    }

    /// The channel, if it is one's.
    #[must_use]
    pub const fn channel(&self) -> Option<&Channel> {
        match self {
            Self::Channel(channel) => Some(channel),
            Self::Member(_) | Self::Before(_) => None,
        }
    }
}

/// One member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// When they joined, on Discord's clock. Unknown of those who act before the member list is here,
    /// and of guests.
    pub joined: Option<Timestamp>,
    /// The newest member list that names them, or was the newest when they joined or left; 0 is none.
    pub listed: u32,
    /// When their status was last seen to change.
    pub online: Option<Timestamp>,
    /// They left the guild.
    pub left: Option<Left>,
    /// What they did; nothing while they have done nothing.
    pub deeds: Option<Deeds>,
    /// They have a role that keeps them from being inactive.
    pub exempt: bool,
    /// What becomes of them because they do nothing; of most, nothing.
    pub case: Option<Box<Case>>,
}

/// Somebody's departure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// When, or when it was noticed.
    pub at: Timestamp,
    /// It was seen; else they were missing from a member list.
    pub seen: bool,
}

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deeds {
    /// Their first sign of life here.
    pub first: Timestamp,
    /// Their newest deed.
    pub last: Option<Last>,
    /// How often they did what.
    pub counts: Counts,
    /// At which hours of the day they did it.
    pub hours: Hours,
    /// Their time in voice.
    pub voice: Voice,
}

/// Deeds per hour of the day, UTC. When one is full, all are halved: their proportions stay.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours([u16; 24]);

impl fmt::Debug for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let some = self.0.iter().enumerate().filter(|(_, deeds)| **deeds > 0);
        f.debug_map().entries(some).finish()
    }
}

/// Time in voice channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voice {
    /// In sessions that ended.
    pub total: Span,
    /// Sessions that ended; a move to another channel ends one.
    pub sessions: u32,
    /// Those among them whose end was not seen. They count up to the last moment that is sure.
    pub cut_short: u32,
    /// The session that goes on.
    pub open: Option<Session>,
}

/// Time in a voice channel that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Where.
    pub channel: ChannelId,
    /// Since when.
    pub since: Timestamp,
}

/// What the head said before a reset, for taking it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Since when it recorded.
    pub since: Option<Timestamp>,
    /// When nothing could be seen.
    pub away: Away,
    /// What was set aside is on its way back, or out.
    pub closing: bool,
}

/// One channel or thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// When somebody did something there for the first time.
    pub first: Timestamp,
    /// A deed in the newest minute in which there was one.
    pub last: Timestamp,
    /// Which it was.
    pub deed: Deed,
    /// In how many minutes there were some.
    pub minutes: u32,
}

impl Member {
    /// Their newest deed.
    #[must_use]
    pub fn last(&self) -> Option<Last> {
        self.deeds.as_ref()?.last
    }

    /// The voice session that goes on.
    #[must_use]
    pub fn session(&self) -> Option<Session> {
        self.deeds.as_ref()?.voice.open
    }

    /// Whether it is not sure that they are, or were, a member: they did something, and no member list
    /// named them.
    #[must_use]
    pub const fn is_stranger(&self) -> bool {
        self.joined.is_none() && self.listed == 0
    }

    /// What they did, from `now` on if it was nothing so far.
    pub(super) fn deeds_from(&mut self, now: Timestamp) -> &mut Deeds {
        self.deeds.get_or_insert_with(|| Deeds::new(now))
    }
}

impl Deeds {
    /// Nothing yet.
    #[must_use]
    pub fn new(first: Timestamp) -> Self {
        Self {
            first,
            last: None,
            counts: Counts::default(),
            hours: Hours::default(),
            voice: Voice::default(),
        }
    }
}

impl Deeds {
    /// The voice session that went on, if one did, ended unseen after `at`: until then they were there.
    pub(super) fn cut_short(&mut self, at: Timestamp) {
        let Some(session) = self.voice.open else {
            return;
        };
        if self.last.is_none_or(|last| last.at < at) && session.since < at {
            self.last = Some(Last {
                at,
                deed: Deed::Spoke,
                channel: Some(session.channel),
            });
        }
        self.voice.ended(at, false);
    }
}

impl Hours {
    /// So many deeds in the hour of `at`.
    pub fn add(&mut self, at: Timestamp, deeds: u32) {
        let hour = at.seconds().div_euclid(3_600).rem_euclid(24);
        let Some(place) = usize::try_from(hour)
            .ok()
            .filter(|hour| *hour < self.0.len())
        else {
            return;
        };
        let sum = u32::from(self.0[place]).saturating_add(deeds);
        if let Ok(sum) = u16::try_from(sum) {
            self.0[place] = sum;
        } else {
            self.0 = self.0.map(|deeds| deeds / 2);
            self.0[place] = u16::try_from(sum / 2).unwrap_or(u16::MAX);
        }
    }

    /// From midnight on.
    #[must_use]
    pub const fn all(&self) -> &[u16; 24] {
        &self.0
    }
}

impl Voice {
    /// The session that goes on, if one does, ended at `at`. `seen`: that was seen.
    pub fn ended(&mut self, at: Timestamp, seen: bool) {
        if let Some(session) = self.open.take() {
            let spent = at.since(session.since).max(Span::ZERO).as_millis();
            self.total = Span::millis(self.total.as_millis().saturating_add(spent));
            self.sessions = self.sessions.saturating_add(1);
            self.cut_short = self.cut_short.saturating_add(u32::from(!seen));
        }
    }

    /// All of it by `now`.
    #[must_use]
    pub fn by(&self, now: Timestamp) -> Span {
        let open = self.open.map_or(Span::ZERO, |session| {
            now.since(session.since).max(Span::ZERO)
        });
        Span::millis(self.total.as_millis().saturating_add(open.as_millis()))
    }
}

pub(super) fn samples(at: Timestamp, channel: ChannelId, role: RoleId) -> Vec<(&'static str, Row)> {
    let quiet = || Member {
        joined: Some(at),
        listed: 1,
        ..Member::default()
    };
    let mut hours = Hours::default();
    hours.add(at, 3);
    let active = Member {
        online: Some(at),
        left: Some(Left { at, seen: true }),
        deeds: Some(Deeds {
            last: Some(Last {
                at,
                deed: Deed::Wrote,
                channel: Some(channel),
            }),
            counts: Counts::one(Deed::Wrote),
            hours,
            voice: Voice {
                total: Span::seconds(90),
                sessions: 2,
                cut_short: 1,
                open: Some(Session { channel, since: at }),
            },
            ..Deeds::new(at)
        }),
        exempt: true,
        ..quiet()
    };
    let stage = |stage, kept| Member {
        case: Some(Box::new(Case { stage, kept })),
        ..quiet()
    };
    let inactive = |role, warning, removal, why: Option<Why>| Inactive {
        since: at,
        role,
        warning,
        removal,
        spared: why.map(|why| Spared { why, at }),
    };
    let marked = inactive(RoleStep::None, Warning::None, Removal::None, None);
    let given = RoleStep::Given(role);
    let told = inactive(given, Warning::Told(at), Removal::Looking, Some(Why::Above));
    let kept = Kept {
        at,
        roles: vec![role],
        removed: true,
        promised: true,
    };
    let place = Channel {
        first: at,
        last: at,
        deed: Deed::Reacted,
        minutes: 7,
    };
    let mut away = Away::default();
    away.add(Timestamp::EPOCH, at);
    let before = Before {
        since: Some(at),
        away,
        closing: true,
    };
    vec![
        ("unknown", Row::Member(Member::default())),
        ("quiet", Row::Member(quiet())),
        ("full", Row::Member(active)),
        ("channel", Row::Channel(place)),
        ("before", Row::Before(before)),
        ("marked", Row::Member(stage(Stage::Inactive(marked), None))),
        ("told", Row::Member(stage(Stage::Inactive(told), None))),
        ("pardoned", Row::Member(stage(Stage::Pardoned, None))),
        ("kept", Row::Member(stage(Stage::Active, Some(kept)))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ids::UserId;

    #[test]
    fn hours_are_those_of_utc_and_keep_their_proportions() {
        let noon = Timestamp::from_seconds(1_767_614_400);
        let mut hours = Hours::default();
        hours.add(noon, 1);
        hours.add(noon + Span::minutes(59), 2);
        hours.add(noon + Span::hours(1), 40_000);
        assert_eq!(hours.all()[12..14], [3, 40_000]);
        hours.add(noon + Span::days(1), 65_533);
        assert_eq!(hours.all()[12..14], [32_768, 20_000]);
        hours.add(noon, u32::MAX);
        assert_eq!(hours.all()[12], u16::MAX);
        hours.add(Timestamp::from_millis(-1), 1);
        assert_eq!(hours.all()[23], 1);
    }

    #[test]
    fn a_session_whose_end_was_not_seen_is_marked() {
        let at = Timestamp::from_seconds;
        let channel = ChannelId::new(3).unwrap();
        let mut voice = Voice::default();
        for (since, end, seen) in [(10, 30, true), (40, 45, false), (50, 20, true)] {
            voice.open = Some(Session {
                channel,
                since: at(since),
            });
            voice.ended(at(end), seen);
        }
        voice.ended(at(99), false);
        assert_eq!(voice.total, Span::seconds(25));
        assert_eq!((voice.sessions, voice.cut_short), (3, 1));
    }

    #[test]
    fn channels_come_behind_all_members_and_are_no_users() {
        let key = channel_key(ChannelId::new(u64::MAX >> 1).unwrap());
        assert!(key > RowKey::user(UserId::new(u64::MAX >> 1).unwrap()));
        assert_eq!(key.as_user(), None);
        assert_eq!(as_channel(&key).map(channel_key), Some(key));
    }
}
