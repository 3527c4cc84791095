//! What is stored of a guild: a small head. The hours beside it are in [`super::hour`].

use super::{
    Messages,
    hour::{Hour, Tally},
    roster::Roster,
};
use crate::kernel::{
    address::{Address, Kind},
    civil::{CivilDate, CivilTime},
    effect::Failure,
    fact::Shared,
    ids::{ChannelId, GuildId, UserId},
    inbound::EffectId,
    machine::{Broken, Samples},
    own::Forgotten,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Channels that can be ignored, and people.
pub(super) const MAX_IGNORED: usize = 50;

/// For how long hours are kept, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days(pub u16);

impl Default for Days {
    fn default() -> Self {
        Self(90)
    }
}

/// The messages of one guild.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// What all features share.
    pub shared: Option<Shared>,
    /// Messages are counted.
    pub record: bool,
    /// What becomes of each is passed on; only while they are counted.
    pub stream: bool,
    /// That was so at some time: somebody has what was passed on.
    pub streamed: bool,
    /// How long hours are kept.
    pub keep: Days,
    /// Nothing that happens in these is recorded; at most 50.
    pub ignored_channels: BTreeSet<ChannelId>,
    /// Nothing that these write is recorded; at most 50.
    pub ignored_users: BTreeSet<UserId>,
    /// Those who asked not to be recorded.
    pub forgotten: Forgotten,
    /// When to look for hours whose time is over.
    pub tidies_at: Option<Timestamp>,
    /// The bot has left: every hour goes.
    pub emptying: bool,
    /// The daily list of accounts.
    pub roster: Roster,
    /// It was switched on at some time: somebody may have one.
    pub listed: bool,
}

impl State {
    pub(super) fn invariants(&self) -> Vec<Broken> {
        let ignored = self.ignored_channels.len().max(self.ignored_users.len());
        let held = [
            (ignored <= MAX_IGNORED, "too many are ignored"),
            (
                !self.stream || self.record,
                "what is not recorded is passed on",
            ),
            (
                !self.stream || self.streamed,
                "it is forgotten that somebody has lines",
            ),
            (
                self.tidies_at.is_some() || !(self.record || self.emptying),
                "hours are kept for ever",
            ),
            (
                self.roster.at.is_some() || self.roster.taking.is_none(),
                "a list is on its way that nobody wants",
            ),
            (
                self.roster.at.is_none() || self.listed,
                "it is forgotten that somebody has a list",
            ),
        ];
        let broken = held.into_iter().filter(|(holds, _)| !holds);
        broken.map(|(_, what)| Broken(what.to_owned())).collect()
    }
}

fn roster() -> Roster {
    let day = CivilDate::new(2026, 11, 21);
    Roster {
        at: CivilTime::new(4, 30),
        last: day,
        taking: Some(EffectId(9)),
        trouble: Some(Failure {
            status: 403,
            code: 50_001,
            text: "Missing Access".to_owned(),
        }),
        arrived: day.map(|day| (day, 1_234)),
    }
}

pub(super) fn samples() -> Samples<Messages> {
    let mut heads = vec![("fresh", State::default())];
    let ids = GuildId::new(201)
        .zip(UserId::new(101))
        .zip(ChannelId::new(301));
    let mut hour = Hour::default();
    if let Some(((guild, user), channel)) = ids {
        let mut forgotten = Forgotten::default();
        forgotten.add(Address::guild(Kind::Messages, guild), user);
        let full = State {
            shared: Some(Shared::default()),
            record: true,
            stream: true,
            streamed: true,
            keep: Days(30),
            ignored_channels: [channel].into(),
            ignored_users: [user].into(),
            forgotten,
            tidies_at: Some(Timestamp::from_seconds(1_767_614_400)),
            emptying: false,
            roster: roster(),
            listed: true,
        };
        heads.push(("full", full));
        let tally = Tally {
            written: 5,
            edited: 2,
            deleted: 1,
            files: 3,
            letters: 230,
            unknown: 1,
        };
        hour.channels.insert(channel, tally);
        hour.others = tally;
    }
    Samples {
        heads,
        rows: vec![("hour", hour)],
    }
}
