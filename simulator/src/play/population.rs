//! A small guild as one finds them: a few channels, a moderator, people whose names are hard on software.

use super::Dice;
use crate::ids::Id;
use crate::permissions::{MODERATOR, OverwriteOf, VIEW_CHANNEL};
use crate::simulator::Simulator;
use crate::verbs::GuildOptions;
use crate::world::channel::ChannelKind;
use std::collections::BTreeMap;

/// Names of people; emoji, scripts, marks and mentions that are none.
pub const NAMES: [&str; 24] = [
    "Ada",
    "Bartholomew the Third",
    "Chloé",
    "дима",
    "さくら",
    "Eve 🦊",
    "नीलम",
    "*not bold*",
    "Zoë_van_Dijk",
    "@everyone?",
    "محمد",
    "Łukasz",
    "`code`",
    "Grace",
    "李雷",
    "Ñandú",
    "x",
    "🐙🐙🐙",
    "Ms. Frizzle",
    "Øystein",
    "ไหม",
    "Katherine",
    "Tom & Jerry",
    "[link](x)",
];

/// What there is in such a guild.
#[derive(Clone, Debug)]
pub struct Population {
    /// The guild.
    pub guild: Id,
    /// Its owner.
    pub owner: Id,
    /// A member of the moderators' role.
    pub moderator: Id,
    /// Everybody else who is a member from the beginning.
    pub members: Vec<Id>,
    /// People who are no members yet.
    pub strangers: Vec<Id>,
    /// Channels by name: general, welcome, mod-log, games, ideas; Lounge and Arena to talk in.
    pub channels: BTreeMap<String, Id>,
    /// Roles by name: Moderators, Regulars, Players.
    pub roles: BTreeMap<String, Id>,
}

impl Population {
    /// Builds it. With the bot already there, or still to be invited.
    #[must_use]
    pub fn build(sim: &Simulator, name: &str, seed: u64, with_bot: bool) -> Self {
        let mut dice = Dice::new(seed);
        let mut names: Vec<&str> = NAMES.to_vec();
        let mut person = |dice: &mut Dice| sim.add_user(names.swap_remove(dice.below(names.len())));
        let owner = sim.add_user("Olga");
        let options = GuildOptions {
            owner: Some(owner),
            with_bot,
            ..GuildOptions::default()
        };
        let guild = sim.create_guild(name, &options);
        let roles = build_roles(sim, guild);
        let channels = build_channels(sim, guild, roles["Moderators"]);
        let moderator = sim.add_user("Mo");
        sim.join(guild, moderator);
        sim.give_role(guild, moderator, roles["Moderators"]);
        let members: Vec<Id> = (0..12).map(|_| person(&mut dice)).collect();
        for member in &members {
            sim.join(guild, *member);
            let role = if dice.below(2) == 0 {
                "Regulars"
            } else {
                "Players"
            };
            sim.give_role(guild, *member, roles[role]);
            sim.presence(
                guild,
                *member,
                dice.pick(&["online", "online", "idle", "dnd", "offline"]),
                None,
            );
        }
        let strangers = (0..8).map(|_| person(&mut dice)).collect();
        Self {
            guild,
            owner,
            moderator,
            members,
            strangers,
            channels,
            roles,
        }
    }

    /// A channel by its name.
    ///
    /// # Panics
    /// For a name that is not in `channels`.
    #[must_use]
    pub fn channel(&self, name: &str) -> Id {
        self.channels[name]
    }
}

fn build_roles(sim: &Simulator, guild: Id) -> BTreeMap<String, Id> {
    let roles = [("Moderators", MODERATOR), ("Regulars", 0), ("Players", 0)];
    let make = |(name, bits): (&str, u64)| (name.to_owned(), sim.create_role(guild, name, bits));
    roles.into_iter().map(make).collect()
}

fn build_channels(sim: &Simulator, guild: Id, moderators: Id) -> BTreeMap<String, Id> {
    use ChannelKind::{Forum, Text, Voice};
    let channels = [
        ("general", Text),
        ("welcome", Text),
        ("mod-log", Text),
        ("games", Text),
        ("ideas", Forum),
        ("Lounge", Voice),
        ("Arena", Voice),
    ];
    let make = |(name, kind): (&str, ChannelKind)| {
        (name.to_owned(), sim.create_channel(guild, name, kind))
    };
    let channels: BTreeMap<String, Id> = channels.into_iter().map(make).collect();
    // Only moderators (and the bot) read the log.
    let log = channels["mod-log"];
    sim.set_overwrite(log, OverwriteOf::Role, guild, 0, VIEW_CHANNEL);
    sim.set_overwrite(log, OverwriteOf::Role, moderators, VIEW_CHANNEL, 0);
    sim.set_overwrite(log, OverwriteOf::Member, sim.bot_user_id(), VIEW_CHANNEL, 0);
    channels
}
