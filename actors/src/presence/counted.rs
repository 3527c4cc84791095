//! What counts as a sign of life in a guild: which kinds of deeds, and where.
//!
//! Every kind but changes of status counts from the start. What does not count is not recorded: it
//! neither is somebody's newest deed nor adds to how often they did what. A switch works from the
//! moment it is set; what was recorded before stays. Time in voice is recorded whatever counts,
//! except in ignored channels.
//!
//! A thread is a channel of its own: events do not say below which channel it is.

use crate::kernel::{
    activity::{Deed, Did, Signs},
    ids::ChannelId,
    machine::Broken,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Channels that can be ignored at a time: so many fit into the answer that lists them.
pub(super) const MAX_IGNORED: usize = 40;

/// Each kind, how it is chosen in a command, and what it is called there.
const KINDS: [(Deed, &str, &str); 10] = [
    (Deed::Wrote, "messages", "Messages"),
    (Deed::Edited, "edits", "Edits of messages"),
    (Deed::Reacted, "reactions", "Reactions, given or taken back"),
    (Deed::Typed, "typing", "Typing"),
    (Deed::Spoke, "voice", "Joining, changing or leaving voice"),
    (Deed::Muted, "mute", "Mute, camera and stream in voice"),
    (Deed::Used, "commands", "Commands and buttons of mine"),
    (Deed::Threaded, "threads", "Beginning or joining a thread"),
    (Deed::Answered, "events", "Interest in a scheduled event"),
    (
        Deed::Appeared,
        "status",
        "Status: online, idle, what they play",
    ),
];

/// Names and values of the choices of a command.
pub(super) const CHOICES: [(&str, &str); KINDS.len()] = {
    let mut choices = [("", ""); KINDS.len()];
    let mut at = 0;
    while at < KINDS.len() {
        choices[at] = (KINDS[at].2, KINDS[at].1);
        at += 1;
    }
    choices
};

/// The kind that was chosen.
pub(super) fn chosen(value: &str) -> Option<Deed> {
    let kind = KINDS.iter().find(|(_, known, _)| *known == value);
    kind.map(|(deed, ..)| *deed)
}

/// See the module docs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Kinds that are switched the other way than from the start.
    pub switched: BTreeSet<Deed>,
    /// Channels in which nothing counts.
    pub ignored: BTreeSet<ChannelId>,
}

impl Counted {
    /// Whether this kind counts.
    #[must_use]
    pub fn deed(&self, deed: Deed) -> bool {
        (deed != Deed::Appeared) != self.switched.contains(&deed)
    }

    /// Lets a kind count, or no longer.
    pub(super) fn switch(&mut self, deed: Deed, on: bool) {
        if self.deed(deed) != on && !self.switched.remove(&deed) {
            self.switched.insert(deed);
        }
    }

    /// What the kinds that count, or those that do not, are called in a command.
    pub(super) fn kinds(&self, counting: bool) -> impl Iterator<Item = &'static str> {
        let kinds = KINDS
            .iter()
            .filter(move |(deed, ..)| self.deed(*deed) == counting);
        kinds.map(|(_, _, name)| *name)
    }

    /// Whether nothing counts in this channel.
    #[must_use]
    pub fn ignores(&self, channel: ChannelId) -> bool {
        self.ignored.contains(&channel)
    }

    /// Whether any deed of somebody of whom nothing is known counts.
    pub(super) fn any(&self, signs: &Signs) -> bool {
        let mut any = false;
        self.deeds(signs, None, |_| any = true);
        any
    }

    /// Whether somebody came into a voice channel that is not ignored.
    pub(super) fn moves(&self, signs: &Signs) -> bool {
        let mut places = signs.moves.iter().filter_map(|moved| moved.to);
        places.any(|place| !self.ignores(place))
    }

    /// Whether a deed counts, as far as it can be seen from where it was done.
    pub(super) fn here(&self, did: &Did) -> bool {
        self.deed(did.deed) && did.channel.is_none_or(|place| !self.ignores(place))
    }

    /// Shows what counts of the deeds of somebody who was in the voice channel `was`, in order.
    pub(super) fn deeds(&self, signs: &Signs, was: Option<ChannelId>, mut show: impl FnMut(Did)) {
        signs.deeds(was, |did| {
            let here = match did.channel {
                Some(place) => (!self.ignores(place)).then_some(did),
                None if did.deed == Deed::Spoke => self.left(did, signs, was),
                None => Some(did),
            };
            if let Some(did) = here.filter(|did| self.deed(did.deed)) {
                show(did);
            }
        });
    }

    /// What counts of somebody's leaving voice: who leaves an ignored channel does so without a trace.
    fn left(&self, did: Did, signs: &Signs, was: Option<ChannelId>) -> Option<Did> {
        if self.ignored.is_empty() {
            return Some(did);
        }
        let places = signs.moves.iter().map(|moved| moved.to);
        let before = std::iter::once(was).chain(places);
        let left = signs.moves.iter().zip(before).filter(|(moved, from)| {
            moved.to.is_none() && from.is_some_and(|from| !self.ignores(from))
        });
        left.fold(None, |sum: Option<Did>, (moved, _)| {
            Some(Did {
                at: moved.at,
                times: sum.map_or(0, |sum| sum.times) + 1,
                ..did
            })
        })
    }

    /// The change of status, if that counts.
    pub(super) fn appeared(&self, online: Option<Timestamp>) -> Option<Did> {
        let at = online.filter(|_| self.deed(Deed::Appeared))?;
        Some(Did::once(at, Deed::Appeared, None))
    }

    pub(super) fn invariants(&self) -> Vec<Broken> {
        let ignored = self.ignored.len();
        let too_many = ignored > MAX_IGNORED;
        let broken = too_many.then(|| Broken(format!("{ignored} channels are ignored")));
        broken.into_iter().collect()
    }
}
