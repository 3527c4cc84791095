//! Stories: steps that people take and things that they wait for, played at reading speed or at once.

use super::population::Population;
use crate::feed::Seen;
use crate::ids::Id;
use crate::script::Verb;
use crate::simulator::Simulator;
use crate::verbs::{InteractionHandle, VerbError};
use crate::world::message::readable;
use std::time::Duration;

/// One step of a story.
#[derive(Clone, Debug)]
pub enum Step {
    /// A line of the narrator, for the transcript.
    Tell(&'static str),
    /// A verb; what follows may wait for its consequences.
    Do(Verb),
    /// Waits for the bot's answer to the last command, press or form.
    UntilAnswer,
    /// Waits for a message of the bot in a channel, newer than the verbs since the last wait.
    UntilPost(&'static str),
    /// Waits for a message of the bot in a channel that names somebody, newer than the verbs since the last wait.
    UntilNamed(&'static str, &'static str),
    /// Waits for a direct message of the bot to somebody, newer than the verbs since the last wait.
    UntilDm(&'static str),
    /// Waits until the bot is connected and has registered its commands.
    UntilReady,
    /// Time for the reader; left out when played at once.
    Pause(Duration),
}

/// A scene: who is there is a `Population`, what happens are the steps.
#[derive(Clone, Debug)]
pub struct Story {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it shows, in one sentence.
    pub about: &'static str,
    /// What happens.
    pub steps: Vec<Step>,
    /// Whether the bot is in the guild from the beginning.
    pub with_bot: bool,
}

/// A story could not go on.
#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    /// Somebody could not do what the story says.
    #[error("step {step}: {source}")]
    Refused {
        /// The step, from 1.
        step: usize,
        /// Why.
        source: VerbError,
    },
    /// The bot did not do what the story waits for.
    #[error("step {step}: waited in vain {for_what}")]
    Waited {
        /// The step, from 1.
        step: usize,
        /// For what.
        for_what: String,
    },
}

/// How a story is played.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Pauses are multiplied by this; zero plays at once.
    pub slowness: f64,
    /// How long to wait for the bot before giving up.
    pub patience: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            slowness: 1.0,
            patience: Duration::from_secs(20),
        }
    }
}

impl Story {
    /// Plays it to the end in a guild made by `Population::build`.
    ///
    /// # Errors
    /// When somebody cannot do what the story says, or the bot does not answer.
    pub async fn play(
        &self,
        sim: &Simulator,
        people: &Population,
        pace: Pace,
    ) -> Result<(), StoryError> {
        let mut player = Player {
            sim,
            guild: people.guild,
            pace,
            handle: None,
            mark: sim.newest_id(),
            waited: false,
        };
        for (at, step) in self.steps.iter().enumerate() {
            player.step(at + 1, step).await?;
        }
        Ok(())
    }
}

struct Player<'a> {
    sim: &'a Simulator,
    guild: Id,
    pace: Pace,
    handle: Option<InteractionHandle>,
    /// Messages with ids above this are consequences of the verbs since the last wait.
    mark: Id,
    waited: bool,
}

impl Player<'_> {
    async fn step(&mut self, number: usize, step: &Step) -> Result<(), StoryError> {
        let for_what = match step {
            Step::Tell(text) => {
                self.sim.tell(self.guild, text);
                return Ok(());
            }
            Step::Do(verb) => {
                return self.act(verb).map_err(|source| StoryError::Refused {
                    step: number,
                    source,
                });
            }
            Step::Pause(by) => {
                tokio::time::sleep(by.mul_f64(self.pace.slowness)).await;
                return Ok(());
            }
            Step::UntilAnswer => self.answered().await.err(),
            Step::UntilPost(channel) => self.posted(channel).await.err(),
            Step::UntilNamed(channel, user) => self.named(channel, user).await.err(),
            Step::UntilDm(user) => self.told(user).await.err(),
            Step::UntilReady => self.ready().await.err(),
        };
        self.waited = true;
        for_what.map_or(Ok(()), |for_what| {
            Err(StoryError::Waited {
                step: number,
                for_what,
            })
        })
    }

    fn act(&mut self, verb: &Verb) -> Result<(), VerbError> {
        if std::mem::take(&mut self.waited) {
            self.mark = self.sim.newest_id();
        }
        match self.sim.begin(verb) {
            Some(begun) => self.handle = Some(begun?),
            None => drop(self.sim.perform(verb)?),
        }
        Ok(())
    }

    async fn answered(&self) -> Result<(), String> {
        let Some(handle) = &self.handle else {
            return Err("for an answer, but nobody asked".to_owned());
        };
        match handle.answer(self.pace.patience).await {
            Some(_) => Ok(()),
            None => Err("for an answer".to_owned()),
        }
    }

    async fn posted(&self, channel: &str) -> Result<(), String> {
        let id = self
            .sim
            .channel_named(self.guild, channel)
            .map_err(|error| error.to_string())?;
        self.message_in(id)
            .await
            .ok_or_else(|| format!("for a message in #{channel}"))
    }

    async fn named(&self, channel: &str, user: &str) -> Result<(), String> {
        let named = |sim: &Simulator| -> Option<()> {
            let id = sim.channel_named(self.guild, channel).ok()?;
            let mention = format!("<@{}>", sim.user_named(user).ok()?);
            let fits = |text: &str| text.contains(&mention) || text.contains(user);
            sim.bot_says_after(id, self.mark, fits).then_some(())
        };
        let found = self.sim.wait_for(self.pace.patience, named).await;
        found.ok_or_else(|| format!("for a message in #{channel} that names {user}"))
    }

    async fn told(&self, user: &str) -> Result<(), String> {
        let id = self
            .sim
            .user_named(user)
            .map_err(|error| error.to_string())?;
        let channel = self.sim.dm_channel(id);
        self.message_in(channel)
            .await
            .ok_or_else(|| format!("for a direct message to {user}"))
    }

    async fn message_in(&self, channel: Id) -> Option<()> {
        let look = |sim: &Simulator| {
            sim.bot_says_after(channel, self.mark, |_| true)
                .then_some(())
        };
        self.sim.wait_for(self.pace.patience, look).await
    }

    async fn ready(&self) -> Result<(), String> {
        let look =
            |sim: &Simulator| (sim.is_connected() && !sim.commands(None).is_empty()).then_some(());
        let ready = self.sim.wait_for(self.pace.patience, look).await;
        ready.ok_or_else(|| "for the bot to connect and register its commands".to_owned())
    }
}

impl Simulator {
    /// A line of the narrator in the feed.
    pub fn tell(&self, guild: Id, text: &str) {
        let world = self.world();
        world.see_guild(Seen::Told, guild, world.bot, text);
    }

    /// An id newer than all that exist.
    fn newest_id(&self) -> Id {
        self.world().next_id()
    }

    /// Whether the bot has posted something newer than `mark` whose text fits.
    fn bot_says_after(&self, channel: Id, mark: Id, fits: impl Fn(&str) -> bool) -> bool {
        let world = self.world();
        let log = world.logs.get(&channel);
        let mut newer = log.into_iter().flat_map(|log| log.messages.range(mark..));
        newer.any(|(_, message)| {
            let public = message.author == world.bot && message.ephemeral_to.is_none();
            public && fits(&readable(&message.body))
        })
    }
}
