//! What is stored: a small head, and a row per member.

use super::Presence;
use crate::kernel::{
    activity::{Counts, Deed, Last},
    address::{Address, Kind},
    fact::Shared,
    ids::{ChannelId, GuildId, UserId},
    machine::Samples,
    own::Forgotten,
    time::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The tracker of one guild.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// What all features share.
    pub shared: Option<Shared>,
    /// A moderator has switched it off.
    pub off: bool,
    /// The newest sweep over the rows; older ones end.
    pub generation: u32,
    /// Voice sessions are being compared with who is in voice.
    pub mending: Option<Mending>,
    /// When to look for members who left long ago.
    pub tidies_at: Option<Timestamp>,
    /// Those who asked not to be recorded.
    pub forgotten: Forgotten,
}

impl State {
    /// Whether members are tracked.
    #[must_use]
    pub const fn tracks(&self) -> bool {
        !self.off
    }
}

/// A comparison under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mending {
    /// When events were last surely complete: unseen ends count as then.
    pub from: Timestamp,
    /// When they were complete again: sessions that began unseen count from then.
    pub to: Timestamp,
    /// Who is where and was not found yet. Who moved since is not in it.
    pub voice: BTreeMap<UserId, ChannelId>,
}

/// Time in a voice channel that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Where.
    pub channel: ChannelId,
    /// Since when.
    pub since: Timestamp,
}

/// One member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Their first sign of life here.
    pub first: Timestamp,
    /// Their newest deed.
    pub last: Option<Last>,
    /// When their status was last seen to change.
    pub online: Option<Timestamp>,
    /// How often they did what.
    pub counts: Counts,
    /// Time in voice channels, without the session that goes on.
    pub voice: Span,
    /// The session that goes on.
    pub session: Option<Session>,
    /// They left the guild.
    pub left: Option<Timestamp>,
}

impl Row {
    /// Somebody of whom nothing is known.
    #[must_use]
    pub fn new(first: Timestamp) -> Self {
        Self {
            first,
            last: None,
            online: None,
            counts: Counts::default(),
            voice: Span::ZERO,
            session: None,
            left: None,
        }
    }
}

pub(super) fn samples() -> Samples<Presence> {
    let at = Timestamp::from_seconds(1_767_614_400);
    let Some((channel, user)) = ChannelId::new(301).zip(UserId::new(101)) else {
        return Samples {
            heads: Vec::new(),
            rows: Vec::new(),
        };
    };
    let mut forgotten = Forgotten::default();
    if let Some(guild) = GuildId::new(201) {
        forgotten.add(Address::guild(Kind::Presence, guild), user);
    }
    let full = State {
        shared: Some(Shared::default()),
        off: true,
        generation: 3,
        mending: Some(Mending {
            from: at,
            to: at,
            voice: [(user, channel)].into(),
        }),
        tidies_at: Some(at),
        forgotten,
    };
    let row = Row {
        last: Some(Last {
            at,
            deed: Deed::Wrote,
            channel: Some(channel),
        }),
        online: Some(at),
        counts: Counts::one(Deed::Wrote),
        voice: Span::seconds(90),
        session: Some(Session { channel, since: at }),
        left: Some(at),
        ..Row::new(at)
    };
    Samples {
        heads: vec![("fresh", State::default()), ("full", full)],
        rows: vec![("seen", Row::new(at)), ("full", row)],
    }
}
