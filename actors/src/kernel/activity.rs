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

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Deed {
    /// Wrote a message.
    Wrote,
    /// Edited one.
    Edited,
    /// Reacted to one.
    Reacted,
    /// Began to type.
    Typed,
    /// Joined, left or changed a voice channel, or their microphone, camera or stream.
    Spoke,
    /// Used a command, button or form of this bot.
    Used,
}

/// How often somebody did what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts([u32; 6]);

impl Counts {
    /// This deed, once.
    #[must_use]
    pub fn one(deed: Deed) -> Self {
        let mut counts = Self::default();
        counts.0[deed as usize] = 1;
        counts
    }

    /// How often.
    #[must_use]
    pub const fn of(&self, deed: Deed) -> u32 {
        self.0[deed as usize]
    }

    /// How often they did anything.
    #[must_use]
    pub fn sum(&self) -> u32 {
        self.0.iter().copied().fold(0, u32::saturating_add)
    }

    /// Adds `more`, up to four billion of each.
    pub fn add(&mut self, more: &Self) {
        for (sum, more) in self.0.iter_mut().zip(more.0) {
            *sum = sum.saturating_add(more);
        }
    }
}

/// The newest thing somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// When.
    pub at: Timestamp,
    /// What.
    pub deed: Deed,
    /// Where; `None` when they left voice.
    pub channel: Option<ChannelId>,
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

/// What one member did since the machine last looked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signs {
    /// When their status was last seen to change (online, idle, a game): not a deed.
    pub online: Option<Timestamp>,
    /// The newest deed.
    pub last: Option<Last>,
    /// How often they did what.
    pub counts: Counts,
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
            last: Some(Last { at, deed, channel }),
            counts: Counts::one(deed),
            ..Self::default()
        }
    }

    /// A voice state: where somebody is now, if anywhere.
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

    /// Adds what happened later.
    fn add(&mut self, later: &Self) {
        self.online = self.online.max(later.online);
        self.last = later.last.or(self.last);
        self.stay = later.stay.or(self.stay);
        self.counts.add(&later.counts);
        for moved in &later.moves {
            // Muted, streaming: the same place.
            if self.moves.last().is_none_or(|last| last.to != moved.to) {
                self.moves.push(*moved);
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
                let fits = mine.get().moves.len() + later.moves.len() <= MAX_MOVES;
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
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn user(n: u64) -> UserId {
        UserId::new(n).unwrap()
    }

    fn one(n: u64, signs: Signs) -> Activity {
        Activity::of(GuildId::new(1).unwrap(), user(n), signs)
    }

    #[test]
    fn counts_add_up_and_the_newest_deed_stays() {
        let channel = ChannelId::new(3);
        let mut activity = one(7, Signs::deed(at(1), Deed::Wrote, channel));
        assert!(activity.add(user(7), &Signs::deed(at(2), Deed::Wrote, channel)));
        assert!(activity.add(user(7), &Signs::online(at(3))));
        assert!(activity.add(user(8), &Signs::online(at(4))));
        let signs = &activity.members[&user(7)];
        assert_eq!(signs.counts.of(Deed::Wrote), 2);
        assert_eq!(signs.online, Some(at(3)));
        assert_eq!(signs.last.unwrap().at, at(2));
        assert_eq!(activity.members.len(), 2);
    }

    #[test]
    fn muting_is_no_move() {
        let (here, there) = (ChannelId::new(3), ChannelId::new(4));
        let mut activity = one(7, Signs::voice(at(1), here));
        for (second, to) in [(2, here), (3, there), (4, None), (5, None)] {
            assert!(activity.add(user(7), &Signs::voice(at(second), to)));
        }
        let signs = &activity.members[&user(7)];
        let moves: Vec<_> = signs.moves.iter().map(|moved| moved.to).collect();
        assert_eq!(moves, [here, there, None]);
        assert_eq!(signs.counts.of(Deed::Spoke), 5);
    }

    #[test]
    fn it_is_full_at_its_stated_size() {
        let mut activity = one(1, Signs::online(at(0)));
        for n in 2..=MAX_MEMBERS as u64 {
            assert!(activity.add(user(n), &Signs::online(at(0))));
        }
        assert!(!activity.add(user(9_999), &Signs::online(at(0))));
        assert!(activity.add(user(5), &Signs::online(at(0))));
        for n in 0..MAX_MOVES as u64 {
            let moved = Signs::voice(at(0), ChannelId::new(1 + n % 2));
            assert!(activity.add(user(5), &moved));
        }
        let before = activity.clone();
        assert!(!activity.add(user(5), &Signs::voice(at(0), None)));
        assert_eq!(activity, before);
    }
}
