//! Signs of life: what members do, folded per member until their guild's machine gets round to it.
//!
//! Nine in ten events of a busy guild say only that somebody is there. Nobody waits for them, so they
//! gather in the ledger: the second sign of a guild joins the first as long as the machine has not
//! begun with it. However often a member acts, the machine reads and writes their row once.

use super::{
    ids::{ChannelId, GuildId, UserId},
    inbound::{Inbound, Seq},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, btree_map::Entry};

/// Members of one [`Activity`]; the next one begins a new one.
pub const MAX_MEMBERS: usize = 256;
/// Voice moves kept per member of one [`Activity`]; the next one begins a new one.
pub const MAX_MOVES: usize = 16;
/// Different deeds, or the same in different channels, kept per member of one [`Activity`]; the next
/// one begins a new one.
pub const MAX_DEEDS: usize = 16;

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Deed {
    /// Wrote a message.
    Wrote,
    /// Edited one.
    Edited,
    /// Reacted to one, or took a reaction back.
    Reacted,
    /// Began to type.
    Typed,
    /// Joined, left or changed a voice channel.
    Spoke,
    /// Used a command, button or form of this bot.
    Used,
    /// Changed their microphone, headphones, camera or stream in a voice channel.
    Muted,
    /// Began a thread, or joined one.
    Threaded,
    /// Said that a scheduled event interests them, or no longer does.
    Answered,
    /// Changed their status: came online, went idle, began a game. It comes as [`Signs::online`].
    Appeared,
}

impl Deed {
    /// How many there are.
    const COUNT: usize = Self::Appeared as usize + 1;

    /// What each is called in files.
    pub const NAMES: [(Self, &'static str); Self::COUNT] = [
        (Self::Wrote, "message"),
        (Self::Edited, "edit"),
        (Self::Reacted, "reaction"),
        (Self::Typed, "typing"),
        (Self::Spoke, "voice"),
        (Self::Used, "command"),
        (Self::Muted, "voice_settings"),
        (Self::Threaded, "thread"),
        (Self::Answered, "event_answer"),
        (Self::Appeared, "status"),
    ];

    /// What it is called in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize].1
    }
}

/// How often somebody did what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts([u32; Deed::COUNT]);

impl Counts {
    /// This deed, once.
    #[must_use]
    pub fn one(deed: Deed) -> Self {
        let mut counts = Self::default();
        counts.add(deed, 1);
        counts
    }

    /// How often.
    #[must_use]
    pub const fn of(&self, deed: Deed) -> u32 {
        self.0[deed as usize]
    }

    /// Adds all of another count.
    pub fn add_all(&mut self, other: &Self) {
        for (sum, more) in self.0.iter_mut().zip(other.0) {
            *sum = sum.saturating_add(more);
        }
    }

    /// Adds so many of a deed, up to four billion.
    pub const fn add(&mut self, deed: Deed, times: u32) {
        let sum = &mut self.0[deed as usize];
        *sum = sum.saturating_add(times);
    }
}

/// The newest thing somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// When.
    pub at: Timestamp,
    /// What.
    pub deed: Deed,
    /// Where; `None` when they left voice, and for what is done in no channel.
    pub channel: Option<ChannelId>,
}

/// A deed in one place, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Did {
    /// When, the newest time.
    pub at: Timestamp,
    /// What.
    pub deed: Deed,
    /// Where, as in [`Last`].
    pub channel: Option<ChannelId>,
    /// How often.
    pub times: u32,
}

impl Did {
    /// A deed, once.
    #[must_use]
    pub const fn once(at: Timestamp, deed: Deed, channel: Option<ChannelId>) -> Self {
        Self {
            at,
            deed,
            channel,
            times: 1,
        }
    }

    /// The newest time without how often.
    #[must_use]
    pub const fn last(&self) -> Last {
        Last {
            at: self.at,
            deed: self.deed,
            channel: self.channel,
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        (self.deed, self.channel) == (other.deed, other.channel)
    }
}

/// Somebody came into a voice channel, or left voice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// When.
    pub at: Timestamp,
    /// Where they are now.
    pub to: Option<ChannelId>,
}

/// Somebody came into the guild, or left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    /// When.
    pub at: Timestamp,
    /// Whether they are there now.
    pub here: bool,
    /// Whether it is a bot or system account.
    pub bot: bool,
    /// When they joined, on Discord's clock, if that is what they did.
    pub joined_at: Option<Timestamp>,
}

/// What one member did since the machine last looked. Deeds stay apart by kind and channel, because
/// a guild may not want to count each of them; nearly always there is one, which needs no memory of
/// its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signs {
    /// When their status was last seen to change (online, idle, a game).
    pub online: Option<Timestamp>,
    /// The newest deed.
    pub newest: Option<Did>,
    /// Other deeds before it, in order of their newest time; fewer than [`MAX_DEEDS`].
    pub earlier: Vec<Did>,
    /// Voice moves, in order.
    pub moves: Vec<Move>,
    /// That they joined or left, the newest of both.
    pub stay: Option<Stay>,
}

impl Signs {
    /// A change of status.
    #[must_use]
    pub fn online(at: Timestamp) -> Self {
        Self {
            online: Some(at),
            ..Self::default()
        }
    }

    /// A deed.
    #[must_use]
    pub fn deed(at: Timestamp, deed: Deed, channel: Option<ChannelId>) -> Self {
        Self {
            newest: Some(Did::once(at, deed, channel)),
            ..Self::default()
        }
    }

    /// A voice state: where somebody is now, if anywhere. Whether that is a move depends on where
    /// they were ([`Signs::deeds`]).
    #[must_use]
    pub fn voice(at: Timestamp, to: Option<ChannelId>) -> Self {
        Self {
            moves: vec![Move { at, to }],
            ..Self::deed(at, Deed::Spoke, to)
        }
    }

    /// A member who joined or left.
    #[must_use]
    pub fn stay(stay: Stay) -> Self {
        Self {
            stay: Some(stay),
            ..Self::default()
        }
    }

    /// When the newest deed was done.
    #[must_use]
    pub fn at(&self) -> Option<Timestamp> {
        Some(self.newest?.at)
    }

    /// Each deed, in order, as far as it is known without knowing where they were before.
    pub fn all(&self) -> impl Iterator<Item = &Did> {
        self.earlier.iter().chain(&self.newest)
    }

    /// How often they did this.
    #[must_use]
    pub fn times(&self, deed: Deed) -> u32 {
        let alike = self.all().filter(|did| did.deed == deed);
        alike.fold(0, |sum, did| sum.saturating_add(did.times))
    }

    /// Shows each deed, in order, of somebody who was in the voice channel `was` before: who is said
    /// to be where they were has changed something else.
    pub fn deeds(&self, was: Option<ChannelId>, mut show: impl FnMut(Did)) {
        let mut stayed = self.moves.first().filter(|first| first.to == was);
        for did in self.all() {
            let same = stayed.filter(|_| did.deed == Deed::Spoke && did.channel == was);
            let Some(same) = same.filter(|same| same.to.is_some()) else {
                show(*did);
                continue;
            };
            stayed = None;
            show(Did::once(same.at, Deed::Muted, same.to));
            if did.times > 1 {
                let times = did.times - 1;
                show(Did { times, ..*did });
            }
        }
    }

    /// Adds what happened later.
    fn add(&mut self, later: &Self) {
        self.online = self.online.max(later.online);
        self.stay = later.stay.or(self.stay);
        let was = self.moves.last().and_then(|last| last.to);
        later.deeds(was, |did| self.did(did));
        for moved in &later.moves {
            if self.moves.last().is_none_or(|last| last.to != moved.to) {
                self.moves.push(*moved);
            }
        }
    }

    /// The first voice states of `later` may turn out to be two deeds.
    const fn has_room_for(&self, later: &Self) -> bool {
        self.moves.len() + later.moves.len() <= MAX_MOVES
            && self.earlier.len() + later.earlier.len() + 2 < MAX_DEEDS
    }

    fn did(&mut self, mut did: Did) {
        match &mut self.newest {
            None => self.newest = Some(did),
            Some(newest) if newest.is_like(&did) => {
                newest.at = did.at;
                newest.times = newest.times.saturating_add(did.times);
            }
            Some(newest) => {
                if let Some(place) = self.earlier.iter().position(|known| known.is_like(&did)) {
                    let known = self.earlier.remove(place);
                    did.times = did.times.saturating_add(known.times);
                }
                self.earlier.push(std::mem::replace(newest, did));
            }
        }
    }
}

/// One member's sign of life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// The guild.
    pub guild: GuildId,
    /// Who.
    pub user: UserId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub signs: Signs,
}

/// What members of a guild did, in [`super::inbound::Inbound::Activity`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// The guild.
    pub guild: GuildId,
    /// Who did what; at most [`MAX_MEMBERS`].
    pub members: BTreeMap<UserId, Signs>,
    /// The newest gateway event that joined; its input's id names the first.
    pub until: Seq,
}

impl Activity {
    /// What happened, and after it that somebody joined or left, if it says so: for those who only
    /// keep count, that gathers like anything a member does.
    pub fn with_stay(at: Timestamp, what: Inbound) -> impl Iterator<Item = (Timestamp, Inbound)> {
        let stay = match &what {
            Inbound::MemberJoined { guild, member } => {
                let stay = Stay {
                    at,
                    here: true,
                    bot: member.bot,
                    joined_at: member.joined_at,
                };
                Some((*guild, member.user, stay))
            }
            Inbound::MemberLeft {
                guild, user, bot, ..
            } => {
                let stay = Stay {
                    at,
                    here: false,
                    bot: *bot,
                    joined_at: None,
                };
                Some((*guild, *user, stay))
            }
            _ => None,
        };
        let stay = stay.map(|(guild, user, stay)| {
            let activity = Self::of(guild, user, Signs::stay(stay));
            (at, Inbound::Activity(activity))
        });
        [(at, what)].into_iter().chain(stay)
    }

    /// One member's sign of life.
    #[must_use]
    pub fn of(guild: GuildId, user: UserId, signs: Signs) -> Self {
        Self {
            guild,
            members: [(user, signs)].into(),
            until: Seq::default(),
        }
    }

    /// What `heaps`, in order, say about one member. `None` without a heap.
    pub(crate) fn about<'a>(
        heaps: impl IntoIterator<Item = &'a Self>,
        user: UserId,
    ) -> Option<Self> {
        let mut whole: Option<Self> = None;
        for heap in heaps {
            let whole = whole.get_or_insert_with(|| Self {
                guild: heap.guild,
                members: BTreeMap::new(),
                until: heap.until,
            });
            if let Some(signs) = heap.members.get(&user) {
                whole.members.entry(user).or_default().add(signs);
            }
        }
        whole
    }

    /// Adds what happened later. `false`: it does not fit, and nothing is changed.
    pub fn add(&mut self, user: UserId, later: &Signs) -> bool {
        let known = self.members.len();
        match self.members.entry(user) {
            Entry::Occupied(mut mine) => {
                let fits = mine.get().has_room_for(later);
                if fits {
                    mine.get_mut().add(later);
                }
                fits
            }
            Entry::Vacant(place) => {
                let fits = known < MAX_MEMBERS;
                if fits {
                    place.insert(later.clone());
                }
                fits
            }
        }
    }
}

#[cfg(test)]
mod tests;
