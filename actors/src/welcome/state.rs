//! What the welcome desk stores: one head per guild, one row per member.

use super::{
    Welcome,
    arrivals::{Arrivals, MAX_GATHERED},
    audit::{Cause, MAX_REMOVALS},
    burst::Burst,
    departures::{Departures, Leaver, MAX_LEAVING},
    desk::{Broken, Desk, Why},
    roll::{Call, Gone, MAX_NAMED, Phase, Roll},
};
use crate::kernel::{
    address::{Address, Kind},
    fact::Shared,
    ids::{ChannelId, GuildId, RoleId, UserId},
    inbound::{AuditEntry, EffectId, Removal},
    machine::{self, Samples},
    own::Forgotten,
    time::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};

/// Rejected texts kept so that nobody types them again; beyond that the oldest goes.
pub(super) const MAX_DRAFTS: usize = 5;
/// How long a rejected text is kept.
pub(super) const DRAFT_FOR: Span = Span::minutes(15);

/// One of the two things the desk does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Side {
    /// Greeting who joins.
    Join,
    /// Reporting who left.
    Leave,
}

impl Side {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Join, Self::Leave];

    /// Its name in commands and custom ids.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::Leave => "leave",
        }
    }

    /// The side of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|side| side.name() == name)
    }
}

/// A text that was rejected in the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Who wrote it.
    pub by: UserId,
    /// For which side.
    pub side: Side,
    /// The text.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// The welcome desk of one guild.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// What all features share.
    pub shared: Option<Shared>,
    /// Where and how arrivals are greeted.
    pub join: Option<Desk>,
    /// Where and how departures are reported.
    pub leave: Option<Desk>,
    /// How many members there are, once counted; only while a side is on.
    pub members: Option<u64>,
    /// Arrivals not greeted yet.
    pub arrivals: Arrivals,
    /// Departures not reported yet.
    pub departures: Departures,
    /// What is known of the member list.
    pub roll: Roll,
    /// Rejected texts, at most five.
    pub drafts: Vec<Draft>,
    /// Those who asked not to be recorded.
    pub forgotten: Forgotten,
}

impl State {
    /// Whether members are recorded.
    #[must_use]
    pub const fn on(&self) -> bool {
        self.join.is_some() || self.leave.is_some()
    }

    /// The desk of a side, if it is on.
    #[must_use]
    pub const fn desk(&self, side: Side) -> Option<&Desk> {
        match side {
            Side::Join => self.join.as_ref(),
            Side::Leave => self.leave.as_ref(),
        }
    }

    /// The place of a side's desk.
    pub const fn desk_mut(&mut self, side: Side) -> &mut Option<Desk> {
        match side {
            Side::Join => &mut self.join,
            Side::Leave => &mut self.leave,
        }
    }

    /// The guild's name, unescaped; empty while unknown.
    #[must_use]
    pub fn guild_name(&self) -> &str {
        self.shared
            .as_ref()
            .map_or("", |shared| shared.guild_name.as_str())
    }

    pub(super) fn invariants(&self) -> Vec<machine::Broken> {
        let off = !self.on();
        let held = [
            (
                self.arrivals.gathered.len() <= MAX_GATHERED,
                "too many gathered",
            ),
            (
                self.departures.leaving.len() <= MAX_LEAVING,
                "too many leaving",
            ),
            (
                self.departures.removals.len() <= MAX_REMOVALS,
                "too many removals remembered",
            ),
            (self.drafts.len() <= MAX_DRAFTS, "too many drafts"),
            (self.roll.named() <= MAX_NAMED, "too many named as gone"),
            (
                self.join.is_some() || self.arrivals.gathered.is_empty(),
                "gathered while off",
            ),
            (
                self.leave.is_some() || self.departures.leaving.is_empty(),
                "leaving while off",
            ),
            (
                self.departures.leaving.is_empty()
                    || self.departures.due.is_some()
                    || self.departures.asked.is_some(),
                "somebody left and nothing will report it",
            ),
            (!(off && self.roll.call.is_some()), "a roll call while off"),
        ];
        let broken = held.into_iter().filter(|(holds, _)| !holds);
        broken
            .map(|(_, what)| machine::Broken(what.to_owned()))
            .collect()
    }
}

/// Whether a stay was greeted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Greeting {
    /// It is not to be: a bot, a member from before, or nowhere to greet.
    #[default]
    None,
    /// When they have passed the screening.
    Due,
    /// It was, or is about to be in the next message of a flood.
    Done,
}

/// One member during one stay. No name is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// When the stay began: also what tells one stay from the next.
    pub joined_at: Option<Timestamp>,
    /// Roles besides `@everyone`; Discord allows 250.
    pub roles: Vec<RoleId>,
    /// Whether the stay was greeted.
    pub greeting: Greeting,
    /// The newest roll call that found them here.
    pub seen: u32,
}

pub(super) fn samples() -> Samples<Welcome> {
    let at = Timestamp::from_seconds(1_767_614_400);
    let users: Vec<UserId> = [101, 102].into_iter().filter_map(UserId::new).collect();
    let Some((channel, user)) = ChannelId::new(301).zip(UserId::new(101)) else {
        return Samples {
            heads: Vec::new(),
            rows: Vec::new(),
        };
    };
    let roles: Vec<RoleId> = RoleId::new(401).into_iter().collect();
    let effect = EffectId(7);
    let broken = Broken {
        why: Why::Forbidden,
        since: at,
        tried_at: at,
        missed: 3,
        told: true,
    };
    let leaver = |cause| Leaver {
        user,
        name: "alice".to_owned(),
        joined_at: Some(at),
        roles: Some(roles.clone()),
        more_roles: 2,
        at,
        cause,
        asked: true,
    };
    let reason = Some("spam".to_owned());
    let kick = Cause::Removed {
        action: Removal::Kick,
        by: UserId::new(900),
        reason,
    };
    let entry = AuditEntry {
        at,
        action: Removal::Ban,
        target: Some(user),
        by: None,
        reason: None,
    };
    let gone = Gone {
        user,
        joined_at: None,
        roles: roles.clone(),
    };
    let burst = Burst { times: vec![at] };
    let mut forgotten = Forgotten::default();
    if let Some(guild) = GuildId::new(201) {
        forgotten.add(Address::guild(Kind::Welcome, guild), user);
    }
    let full = State {
        shared: Some(Shared::default()),
        join: Some(Desk {
            channel,
            text: None,
            broken: None,
            probe: Some(effect),
        }),
        leave: Some(Desk {
            channel,
            text: Some("Bye {name}".to_owned()),
            broken: Some(broken),
            probe: None,
        }),
        members: Some(42),
        arrivals: Arrivals {
            recent: burst.clone(),
            gathered: users,
        },
        departures: Departures {
            recent: burst,
            leaving: vec![
                leaver(None),
                leaver(Some(Cause::Left)),
                leaver(Some(Cause::Unreadable)),
                leaver(Some(kick)),
            ],
            removals: vec![entry],
            asked: Some(effect),
            due: Some(at),
            denied_at: Some(at),
        },
        roll: Roll {
            generation: 4,
            known: true,
            told: true,
            call: Some(Call {
                phase: Phase::Sweeping,
                request: effect,
                away: Some(at),
                counted: 42,
                whole: true,
                gone: vec![gone],
                gone_more: 1,
                again: true,
            }),
        },
        drafts: vec![Draft {
            by: user,
            side: Side::Join,
            text: "Hi {usr}".to_owned(),
            at,
        }],
        forgotten,
    };
    let row = Row {
        joined_at: Some(at),
        roles,
        greeting: Greeting::Done,
        seen: 4,
    };
    let due = Row {
        greeting: Greeting::Due,
        ..Row::default()
    };
    Samples {
        heads: vec![("fresh", State::default()), ("full", full)],
        rows: vec![("unknown", Row::default()), ("due", due), ("greeted", row)],
    }
}
