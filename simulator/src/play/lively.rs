//! Endless small talk: what people do in a guild while nobody tells a story.

use super::Dice;
use super::population::Population;
use crate::ids::Id;
use crate::simulator::Simulator;
use std::time::Duration;

const TALK: [&str; 16] = [
    "anyone up for a round?",
    "good morning!",
    "lol",
    "has the cup been announced yet?",
    "brb, tea",
    "does anybody know how to join the ladder?",
    "gg",
    "that was close 😅",
    "I'll be in the lounge",
    "who broke the bot",
    "nobody broke the bot",
    "see you at eight",
    "ça marche",
    "今日は忙しい",
    "happy birthday!! 🎂",
    "is there a guide for new people?",
];

const COMMANDS: [&str; 3] = ["/ping", "/help", "/about"];

/// A guild that lives; iterate with `next_act`, or let `run` do it.
pub struct Lively {
    people: Population,
    dice: Dice,
    last: Option<Id>,
    strangers: Vec<Id>,
    guests: Vec<Id>,
}

impl Lively {
    /// The same seed brings the same life.
    #[must_use]
    pub fn new(people: Population, seed: u64) -> Self {
        let strangers = people.strangers.clone();
        Self {
            people,
            dice: Dice::new(seed),
            last: None,
            strangers,
            guests: Vec::new(),
        }
    }

    /// Somebody does something.
    pub fn next_act(&mut self, sim: &Simulator) {
        let who = self.dice.pick(&self.people.members);
        match self.dice.below(20) {
            0..=7 => self.talk(sim, who),
            8 | 9 => self.react(sim, who),
            10..=12 => self.change_presence(sim, who),
            13 | 14 => self.voice(sim, who),
            15 => self.come(sim),
            16 => self.go(sim),
            17 => sim.typing(self.people.channel("general"), who),
            _ => self.command(sim, who),
        }
    }

    /// Goes on until dropped; about one act per `every`, by chance sooner or later.
    pub async fn run(mut self, sim: Simulator, every: Duration) {
        loop {
            let share = 0.3 + f64::from(u8::try_from(self.dice.below(140)).unwrap_or(70)) / 100.0;
            tokio::time::sleep(every.mul_f64(share)).await;
            self.next_act(&sim);
        }
    }

    fn talk(&mut self, sim: &Simulator, who: Id) {
        let channel = self.dice.pick(&["general", "general", "games"]);
        let text = self.dice.pick(&TALK);
        self.last = Some(sim.say(self.people.channel(channel), who, text));
    }

    fn react(&mut self, sim: &Simulator, who: Id) {
        let emoji = self.dice.pick(&["👍", "😂", "❤️", "👀"]);
        if let Some(message) = self.last {
            sim.react(message, who, emoji);
        }
    }

    fn change_presence(&mut self, sim: &Simulator, who: Id) {
        let status = self.dice.pick(&["online", "idle", "dnd", "offline"]);
        let game = self
            .dice
            .pick(&[None, Some("Chess"), Some("Factorio"), None]);
        sim.presence(
            self.people.guild,
            who,
            status,
            game.filter(|_| status != "offline"),
        );
    }

    fn voice(&mut self, sim: &Simulator, who: Id) {
        match self.dice.pick(&[Some("Lounge"), Some("Arena"), None]) {
            Some(room) => sim.join_voice(self.people.channel(room), who),
            None => sim.leave_voice(self.people.guild, who),
        };
    }

    fn come(&mut self, sim: &Simulator) {
        if let Some(user) = self.strangers.pop() {
            sim.join(self.people.guild, user);
            self.guests.push(user);
        }
    }

    fn go(&mut self, sim: &Simulator) {
        if self.guests.is_empty() {
            return;
        }
        let user = self.guests.swap_remove(self.dice.below(self.guests.len()));
        sim.leave(self.people.guild, user);
        self.strangers.push(user);
    }

    /// A bot that has not registered its commands is left alone.
    fn command(&mut self, sim: &Simulator, who: Id) {
        let line = self.dice.pick(&COMMANDS);
        drop(sim.command(self.people.channel("general"), who, line));
    }
}
