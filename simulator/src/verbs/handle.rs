//! The handle on which a member waits for the bot's answer.

use crate::ids::Id;
use crate::simulator::Simulator;
use crate::world::World;
use crate::world::interaction::{AnswerKind, Interaction};
use serde_json::Value;
use std::time::Duration;

/// One interaction as its author follows it.
#[derive(Clone, Debug)]
pub struct InteractionHandle {
    pub(super) simulator: Simulator,
    /// The interaction's id.
    pub id: Id,
    /// Its token, as sent to the bot.
    pub token: String,
}

/// What the author saw in the end.
#[derive(Clone, Debug, PartialEq)]
pub struct InteractionAnswer {
    /// The first answer's kind.
    pub kind: AnswerKind,
    /// The message behind `@original` (after a deferral: its final form); null without one.
    pub message: Value,
    /// Choices or form, as the bot sent them; null for messages.
    pub data: Value,
    /// Whether only the author sees it.
    pub ephemeral: bool,
    /// From the press to the first answer, in the simulator's time.
    pub latency_ms: i64,
    /// Follow-up messages so far.
    pub followups: Vec<Value>,
}

impl InteractionAnswer {
    /// The text of the message.
    #[must_use]
    pub fn text(&self) -> String {
        let empty = serde_json::Map::new();
        crate::world::message::readable(self.message.as_object().unwrap_or(&empty))
    }
}

impl InteractionHandle {
    /// Waits for the answer; a deferred one counts when it has been filled. `None` if it failed or time is up.
    pub async fn answer(&self, within: Duration) -> Option<InteractionAnswer> {
        let settled = |simulator: &Simulator| {
            let world = simulator.world();
            let interaction = world.interactions.get(&self.id)?;
            if interaction.failed {
                return Some(None);
            }
            (interaction.acked.is_some() && !interaction.thinking)
                .then(|| shown(&world, interaction))
        };
        self.simulator.wait_for(within, settled).await.flatten()
    }

    /// The state so far, without waiting: also a deferral that is still open.
    #[must_use]
    pub fn so_far(&self) -> Option<InteractionAnswer> {
        let world = self.simulator.world();
        shown(&world, world.interactions.get(&self.id)?)
    }

    /// Whether the author has seen "The application did not respond".
    #[must_use]
    pub fn failed(&self) -> bool {
        let mut world = self.simulator.world();
        world.expire_interactions();
        world.interactions.get(&self.id).is_none_or(|i| i.failed)
    }

    /// Waits for the end, answered or failed; true if answered.
    pub async fn settled(&self, within: Duration) -> bool {
        let look = |simulator: &Simulator| {
            let world = simulator.world();
            let interaction = world.interactions.get(&self.id)?;
            (interaction.failed || interaction.acked.is_some()).then_some(!interaction.failed)
        };
        self.simulator.wait_for(within, look).await.unwrap_or(false)
    }
}

fn shown(world: &World, interaction: &Interaction) -> Option<InteractionAnswer> {
    let message = |id: Id| world.message_json(interaction.channel, id);
    let has_data = matches!(
        interaction.acked?,
        AnswerKind::Autocomplete | AnswerKind::Modal
    );
    Some(InteractionAnswer {
        kind: interaction.acked?,
        message: interaction.original.map_or(Value::Null, message),
        data: if has_data {
            interaction.callback_data.clone()
        } else {
            Value::Null
        },
        ephemeral: interaction.ephemeral,
        latency_ms: interaction.acked_ms? - interaction.created_ms,
        followups: interaction
            .followups
            .iter()
            .map(|id| message(*id))
            .collect(),
    })
}

impl World {
    /// Interactions that nobody answered in three seconds have failed.
    pub(crate) fn expire_interactions(&mut self) {
        let now = self.now();
        let late: Vec<Id> = self
            .unanswered
            .iter()
            .copied()
            .filter(|id| self.interactions.get(id).is_none_or(|i| i.is_too_late(now)))
            .collect();
        for id in late {
            self.unanswered.remove(&id);
            self.fail_interaction(id);
        }
    }
}
