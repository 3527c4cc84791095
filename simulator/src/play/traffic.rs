//! Load with the proportions of a real community: mostly presence, some talk, few joins.
//!
//! `mix(seed)` is an endless iterator of [`Act`]s without names; `Crowd` performs them in its guilds. The two are
//! apart so that the same mix can be counted, stored or played elsewhere.

use super::Dice;
use crate::ids::Id;
use crate::simulator::Simulator;
use crate::verbs::{GuildOptions, InteractionHandle};
use crate::world::channel::ChannelKind;
use std::collections::VecDeque;

/// What one act is; who and where are numbers that a `Crowd` maps to people and guilds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// 55 %: a presence changes.
    Presence,
    /// 20 %: a message.
    Message,
    /// 8 %: typing.
    Typing,
    /// 5 %: voice.
    Voice,
    /// 4 %: a reaction.
    Reaction,
    /// 1 %: somebody joins.
    Join,
    /// 1 %: somebody leaves.
    Leave,
    /// 1 %: a member changes (nickname).
    MemberUpdate,
    /// 2 %: an interaction.
    Interaction,
    /// 3 %: edits, deletions, channel and role changes.
    Other,
}

/// One act of the mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act {
    /// What.
    pub deed: Deed,
    /// In which guild, by a number to be taken modulo.
    pub guild: u64,
    /// By whom, by a number to be taken modulo.
    pub who: u64,
    /// For what is left to chance.
    pub luck: u64,
}

/// An endless mix; the same for the same seed.
pub fn mix(seed: u64) -> impl Iterator<Item = Act> {
    let mut dice = Dice::new(seed);
    std::iter::repeat_with(move || {
        let deed = match dice.below(100) {
            0..=54 => Deed::Presence,
            55..=74 => Deed::Message,
            75..=82 => Deed::Typing,
            83..=87 => Deed::Voice,
            88..=91 => Deed::Reaction,
            92 => Deed::Join,
            93 => Deed::Leave,
            94 => Deed::MemberUpdate,
            95 | 96 => Deed::Interaction,
            _ => Deed::Other,
        };
        Act {
            deed,
            guild: dice.roll(),
            who: dice.roll(),
            luck: dice.roll(),
        }
    })
}

/// One guild of a crowd.
#[derive(Debug)]
pub struct Place {
    /// The guild.
    pub guild: Id,
    /// Where people talk.
    pub talk: Id,
    /// Where they are heard.
    pub voice: Id,
    /// Members now; the first ones never leave.
    pub members: Vec<Id>,
    /// How many joined through the mix, in order.
    pub joined: Vec<Id>,
    recent: VecDeque<Id>,
}

/// Several guilds full of people that act out a mix.
pub struct Crowd {
    sim: Simulator,
    /// The guilds.
    pub places: Vec<Place>,
    /// What members run for `Deed::Interaction`; unknown commands are skipped.
    pub commands: Vec<String>,
}

const STAYERS: usize = 5;
const RECENT: usize = 32;

impl Crowd {
    /// `guilds` guilds with `members` members each, and the bot.
    #[must_use]
    pub fn build(sim: &Simulator, guilds: usize, members: usize) -> Self {
        let place = |number: usize| {
            let guild = sim.create_guild(&format!("Crowd {number}"), &GuildOptions::default());
            let people = (0..members.max(STAYERS)).map(|n| sim.add_user(&format!("c{number}m{n}")));
            let members: Vec<Id> = people.collect();
            for member in &members {
                sim.join(guild, *member);
            }
            Place {
                guild,
                talk: sim.create_channel(guild, "talk", ChannelKind::Text),
                voice: sim.create_channel(guild, "voice", ChannelKind::Voice),
                members,
                joined: Vec::new(),
                recent: VecDeque::new(),
            }
        };
        Self {
            sim: sim.clone(),
            places: (0..guilds.max(1)).map(place).collect(),
            commands: vec!["/ping".to_owned()],
        }
    }

    /// Performs an act; the handle if it was an interaction.
    pub fn perform(&mut self, act: Act) -> Option<InteractionHandle> {
        let count = self.places.len() as u64;
        let at = usize::try_from(act.guild % count).ok()?;
        let place = &mut self.places[at];
        let who = place.members[usize::try_from(act.who % place.members.len() as u64).ok()?];
        let sim = &self.sim;
        match act.deed {
            Deed::Presence => {
                let status =
                    ["online", "idle", "dnd", "offline"][usize::try_from(act.luck % 4).ok()?];
                sim.presence(
                    place.guild,
                    who,
                    status,
                    (act.luck.is_multiple_of(8)).then_some("a game"),
                );
            }
            Deed::Message => {
                let message = sim.say(place.talk, who, &format!("message {}", act.luck % 1_000));
                place.remember(message);
            }
            Deed::Typing => sim.typing(place.talk, who),
            Deed::Voice => {
                let _changed = match act.luck % 2 {
                    0 => sim.join_voice(place.voice, who),
                    _ => sim.leave_voice(place.guild, who),
                };
            }
            Deed::Reaction => {
                if let Some(message) = place.recent.back() {
                    sim.react(*message, who, "👍");
                }
            }
            Deed::Join => place.join(sim),
            Deed::Leave => place.leave(sim, act.luck),
            Deed::MemberUpdate => {
                sim.set_nick(place.guild, who, Some(&format!("nick{}", act.luck % 100)));
            }
            Deed::Interaction => {
                let line =
                    &self.commands[usize::try_from(act.luck % self.commands.len() as u64).ok()?];
                return sim.command(place.talk, who, line).ok();
            }
            Deed::Other => place.other(sim, act.luck),
        }
        None
    }
}

impl Place {
    fn remember(&mut self, message: Id) {
        self.recent.push_back(message);
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
    }

    fn join(&mut self, sim: &Simulator) {
        let user = sim.add_user(&format!("j{}", self.joined.len()));
        sim.join(self.guild, user);
        self.members.push(user);
        self.joined.push(user);
    }

    fn leave(&mut self, sim: &Simulator, luck: u64) {
        let leavers = self.members.len().saturating_sub(STAYERS);
        let Some(at) = usize::try_from(luck)
            .ok()
            .and_then(|luck| luck.checked_rem(leavers))
        else {
            return;
        };
        let user = self.members.remove(STAYERS + at);
        sim.leave(self.guild, user);
    }

    fn other(&mut self, sim: &Simulator, luck: u64) {
        match luck % 4 {
            0 => drop(
                self.recent
                    .back()
                    .map(|message| sim.edit(*message, "edited")),
            ),
            1 => drop(
                self.recent
                    .pop_back()
                    .map(|message| sim.delete_message(message)),
            ),
            2 => sim.rename_channel(self.voice, &format!("voice {}", luck % 10)),
            _ => sim.rename_guild(self.guild, &format!("Crowd {}", luck % 10)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_mix_repeats_and_keeps_its_proportions() {
        let first: Vec<Act> = mix(7).take(10_000).collect();
        assert!(first.iter().copied().eq(mix(7).take(10_000)));
        let mut counts: BTreeMap<Deed, usize> = BTreeMap::new();
        for act in &first {
            *counts.entry(act.deed).or_default() += 1;
        }
        assert!(
            (5_200..5_800).contains(&counts[&Deed::Presence]),
            "{counts:?}"
        );
        assert!(
            (1_800..2_200).contains(&counts[&Deed::Message]),
            "{counts:?}"
        );
        assert!(
            (120..280).contains(&counts[&Deed::Interaction]),
            "{counts:?}"
        );
    }
}
