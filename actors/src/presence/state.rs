//! What is stored of a guild: a small head. The rows beside it are in [`super::row`].

use super::{
    Counted, Presence, Rules, Watch,
    brake::Brake,
    catalogue::{Call, Catalogue, Phase},
    row::{self, Session},
    watch::{Act, MAX_ACTS, What},
};
use crate::kernel::{
    activity::Deed,
    address::{Address, Kind},
    away::Away,
    fact::Shared,
    ids::{ChannelId, GuildId, RoleId, UserId},
    inbound::{EffectId, GuildView},
    machine::{Broken, Samples},
    own::Forgotten,
    time::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap};

/// Members in voice that are remembered while a gap is mended; of more, the session is noticed with
/// their next move.
pub(super) const MAX_IN_VOICE: usize = 2_000;

/// The tracker of one guild.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// What all features share.
    pub shared: Option<Shared>,
    /// A moderator has switched it off.
    pub off: bool,
    /// Since when it records: nobody is idle for longer.
    pub since: Option<Timestamp>,
    /// When nothing of the guild could be seen.
    pub away: Away,
    /// Since when Discord cannot serve the guild.
    pub unavailable: Option<Timestamp>,
    /// Who is here.
    pub catalogue: Catalogue,
    /// The newest walk over the rows; older ones end.
    pub generation: u32,
    /// That walk forgets everybody.
    pub forgetting: bool,
    /// Voice sessions are being compared with who is in voice.
    pub mending: Option<Mending>,
    /// A gap is to be closed when nothing is left to compare.
    pub missed: bool,
    /// When to look for members who left long ago.
    pub tidies_at: Option<Timestamp>,
    /// Rows of channels.
    pub channels: u32,
    /// What counts as a sign of life.
    pub counted: Counted,
    /// Those who asked not to be recorded.
    pub forgotten: Forgotten,
    /// What becomes of members who do nothing.
    pub rules: Rules,
    /// The watch over them.
    pub watch: Watch,
}

impl State {
    /// Whether members are tracked.
    #[must_use]
    pub const fn tracks(&self) -> bool {
        !self.off
    }

    /// Whether what members do is recorded now.
    #[must_use]
    pub const fn records(&self) -> bool {
        self.tracks() && !self.forgetting
    }

    /// When nothing of the guild could be seen, up to now.
    #[must_use]
    pub fn away_by(&self, now: Timestamp) -> Cow<'_, Away> {
        match self.unavailable {
            None => Cow::Borrowed(&self.away),
            Some(since) => {
                let mut away = self.away.clone();
                away.add(since, now);
                Cow::Owned(away)
            }
        }
    }

    /// Roles that the rules name and that the guild has not; none where Discord did not say.
    pub(super) fn roles_gone<'a>(
        &'a self,
        view: &'a GuildView,
    ) -> impl Iterator<Item = RoleId> + 'a {
        let named = self.rules.role.iter().chain(&self.rules.exempt_roles);
        let exists = |role: RoleId| view.roles.iter().any(|(known, _)| *known == role);
        named
            .copied()
            .filter(move |role| !view.roles.is_empty() && !exists(*role))
    }

    /// It is known of somebody that they need not be looked for in voice.
    pub(super) fn forget_seat(&mut self, user: UserId) {
        if let Some(mending) = &mut self.mending {
            mending.voice.remove(&user);
        }
    }

    pub(super) fn invariants(&self) -> Vec<Broken> {
        let voice = self
            .mending
            .as_ref()
            .map_or(0, |mending| mending.voice.len());
        let held = [
            (self.away.is_sound(), "times away overlap or are too many"),
            (voice <= MAX_IN_VOICE, "too many in voice remembered"),
            (
                self.channels <= super::channels::MAX_CHANNELS,
                "too many channels recorded",
            ),
            (
                !(self.off && self.catalogue.call.is_some()),
                "a member list is awaited while off",
            ),
            (
                self.watch.acts.len() <= MAX_ACTS + 256,
                "too much is under way",
            ),
            (
                !(self.off && self.watch.round_at.is_some()),
                "a round is awaited while off",
            ),
            (
                !self.missed
                    || self.mending.is_some()
                    || self.catalogue.call.is_some()
                    || self.forgetting,
                "a gap is open and nothing will close it",
            ),
        ];
        let broken = held.into_iter().filter(|(holds, _)| !holds);
        let broken = broken.map(|(_, what)| Broken(what.to_owned()));
        broken.chain(self.rules.invariants()).collect()
    }
}

/// A comparison under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mending {
    /// When events were last surely complete: unseen ends count as then.
    pub from: Timestamp,
    /// When they were complete again: sessions that began unseen count from then.
    pub to: Timestamp,
    /// Who is where.
    pub voice: BTreeMap<UserId, Seat>,
}

impl Mending {
    /// Somebody's row says where they are now.
    pub(super) fn sits(&mut self, user: UserId, session: Option<Session>) {
        let Some(Session { channel, .. }) = session else {
            self.voice.remove(&user);
            return;
        };
        if self.voice.len() < MAX_IN_VOICE || self.voice.contains_key(&user) {
            self.voice.insert(user, Seat { channel, met: true });
        }
    }
}

/// Where somebody in voice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// The channel.
    pub channel: ChannelId,
    /// Their row was compared with it.
    pub met: bool,
}

pub(super) fn samples() -> Samples<Presence> {
    let at = Timestamp::from_seconds(1_767_614_400);
    let ids = ChannelId::new(301).zip(UserId::new(101));
    let Some(((channel, user), role)) = ids.zip(RoleId::new(401)) else {
        return Samples {
            heads: Vec::new(),
            rows: Vec::new(),
        };
    };
    let mut away = Away::default();
    away.add(Timestamp::EPOCH, at);
    let call = Call {
        phase: Phase::Comparing,
        request: EffectId(7),
        missed_from: Some(at),
        whole: true,
        again: true,
    };
    let acts = [
        (1, What::Give(role)),
        (2, What::Lift(role)),
        (3, What::Warn),
        (4, What::Look),
        (5, What::Kick),
        (6, What::TooLate(at)),
        (7, What::GiveBack(role)),
    ];
    let mut forgotten = Forgotten::default();
    if let Some(guild) = GuildId::new(201) {
        forgotten.add(Address::guild(Kind::Presence, guild), user);
    }
    let full = State {
        shared: Some(Shared::default()),
        off: true,
        since: Some(at),
        away,
        unavailable: Some(at),
        catalogue: Catalogue {
            number: 2,
            known: true,
            call: Some(call),
        },
        generation: 3,
        forgetting: true,
        mending: Some(Mending {
            from: at,
            to: at,
            voice: [(user, Seat { channel, met: true })].into(),
        }),
        missed: true,
        tidies_at: Some(at),
        channels: 12,
        counted: Counted {
            switched: [Deed::Typed, Deed::Appeared].into(),
            ignored: [channel].into(),
        },
        forgotten,
        rules: Rules {
            after: Some(Span::days(90)),
            role: Some(role),
            kick: true,
            warn_channel: Some(channel),
            exempt_roles: [role].into(),
            exempt_users: [user].into(),
            log: Some(channel),
            edition: 3,
            armed: true,
            ..Rules::default()
        },
        watch: Watch {
            acts: acts
                .into_iter()
                .map(|(id, what)| (EffectId(id), Act { user, what }))
                .collect(),
            round_at: Some(at),
            calm_until: Some(at),
            brake: Brake {
                day: "2026-01-05".to_owned(),
                removed: 1,
                share: 2,
                allowed: Some(3),
                asked: true,
                hour: at,
                begun: 4,
            },
            role_refused: Some(at),
            kick_refused: Some(at),
        },
    };
    Samples {
        heads: vec![("fresh", State::default()), ("full", full)],
        rows: row::samples(at, channel, role),
    }
}
