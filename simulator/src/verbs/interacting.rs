//! Commands, buttons, menus and forms; and the handle on which a member waits for the bot's answer.

use super::VerbError;
use super::command_line::{self, Place};
use super::payload::Deed;
use crate::ids::{self, Id};
use crate::simulator::Simulator;
use crate::world::World;
use crate::world::interaction::{ANSWER_WITHIN_MS, AnswerKind, Interaction, InteractionKind};
use crate::world::message::walk_components;
use serde_json::{Value, json};
use std::time::Duration;

/// One interaction as its author follows it.
#[derive(Clone, Debug)]
pub struct InteractionHandle {
    simulator: Simulator,
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

impl Simulator {
    /// Somebody runs a command as typed: `/welcome join channel:#hall message:Hello`. In a guild channel or a
    /// direct-message channel.
    ///
    /// # Errors
    /// What the client would not send: unknown commands and options, wrong values, missing rights.
    pub fn command(
        &self,
        channel: Id,
        user: Id,
        line: &str,
    ) -> Result<InteractionHandle, VerbError> {
        let place = self.place_of(channel, user, false)?;
        let mut world = self.world();
        let parsed = command_line::parse(&world, place, line)?;
        let data = command_data(&world, place, &parsed);
        let deed = Deed {
            kind: InteractionKind::Command,
            user,
            channel,
            data,
            label: parsed.label,
            source: None,
        };
        let interaction = world.interact(deed);
        drop(world);
        Ok(self.handle(&interaction))
    }

    /// As `command`, in a direct message to the bot.
    ///
    /// # Errors
    /// As `command`.
    pub fn command_dm(&self, user: Id, line: &str) -> Result<InteractionHandle, VerbError> {
        let channel = self.dm_channel(user);
        self.command(channel, user, line)
    }

    /// Somebody is typing the last option of the line; the bot is asked for suggestions.
    ///
    /// # Errors
    /// As `command`, except that required options may be missing.
    pub fn autocomplete(
        &self,
        channel: Id,
        user: Id,
        line: &str,
    ) -> Result<InteractionHandle, VerbError> {
        let place = self.place_of(channel, user, true)?;
        let mut world = self.world();
        let parsed = command_line::parse(&world, place, line)?;
        let data = command_data(&world, place, &parsed);
        let deed = Deed {
            kind: InteractionKind::Autocomplete,
            user,
            channel,
            data,
            label: parsed.label,
            source: None,
        };
        let interaction = world.interact(deed);
        drop(world);
        Ok(self.handle(&interaction))
    }

    /// An interaction with data of the test's own making, unchecked.
    #[must_use]
    pub fn command_json(&self, channel: Id, user: Id, data: &Value) -> InteractionHandle {
        let label = format!("/{}", data["name"].as_str().unwrap_or("?"));
        let deed = Deed {
            kind: InteractionKind::Command,
            user,
            channel,
            data: data.clone(),
            label,
            source: None,
        };
        let interaction = self.world().interact(deed);
        self.handle(&interaction)
    }

    /// Somebody presses the button with this custom id.
    ///
    /// # Errors
    /// If the message or the button is not there, is disabled, or is not theirs to see.
    pub fn click(
        &self,
        message: Id,
        custom_id: &str,
        user: Id,
    ) -> Result<InteractionHandle, VerbError> {
        self.press(message, custom_id, user, &[])
    }

    /// Somebody chooses from the menu with this custom id: option values, or ids for user, role and channel menus.
    ///
    /// # Errors
    /// As `click`; also for values that the menu does not offer.
    pub fn select(
        &self,
        message: Id,
        custom_id: &str,
        user: Id,
        values: &[&str],
    ) -> Result<InteractionHandle, VerbError> {
        self.press(message, custom_id, user, values)
    }

    fn press(
        &self,
        message: Id,
        custom_id: &str,
        user: Id,
        values: &[&str],
    ) -> Result<InteractionHandle, VerbError> {
        let mut world = self.world();
        let found = world
            .find_message(message)
            .ok_or_else(|| VerbError::NoSuch(format!("message {message}")))?;
        if found.ephemeral_to.is_some_and(|owner| owner != user) {
            return Err(VerbError::NotAllowed(
                "only one member sees this message".to_owned(),
            ));
        }
        let component = component(found.body.get("components"), custom_id)
            .ok_or_else(|| VerbError::NoSuch(format!("component `{custom_id}`")))?;
        if component["disabled"] == json!(true) {
            return Err(VerbError::NotAllowed(format!("`{custom_id}` is disabled")));
        }
        let channel = found.channel;
        let label = format!("[{}]", component_name(&component, custom_id));
        let data = component_data(&world, &component, channel, user, values)?;
        let deed = Deed {
            kind: InteractionKind::Component,
            user,
            channel,
            data,
            label,
            source: Some(message),
        };
        let interaction = world.interact(deed);
        drop(world);
        Ok(self.handle(&interaction))
    }

    /// Somebody fills and sends the form that an interaction opened; `fields` are custom ids and texts.
    ///
    /// # Errors
    /// If no form was opened, or a field is not in it.
    pub fn submit_modal(
        &self,
        opened_by: &InteractionHandle,
        fields: &[(&str, &str)],
    ) -> Result<InteractionHandle, VerbError> {
        let mut world = self.world();
        let opener = world
            .interactions
            .get(&opened_by.id)
            .filter(|i| i.acked == Some(AnswerKind::Modal));
        let opener = opener
            .ok_or_else(|| VerbError::NoSuch("open form".to_owned()))?
            .clone();
        let form = &opener.callback_data;
        for (name, _) in fields {
            if component(form.get("components"), name).is_none() {
                return Err(VerbError::NoSuch(format!("field `{name}`")));
            }
        }
        let components: Vec<Value> = list(&form["components"])
            .iter()
            .map(|c| filled(c, fields))
            .collect();
        let data = json!({"custom_id": form["custom_id"], "components": components});
        let label = format!("({})", form["title"].as_str().unwrap_or("form"));
        let deed = Deed {
            kind: InteractionKind::ModalSubmit,
            user: opener.user,
            channel: opener.channel,
            data,
            label,
            source: opener.source,
        };
        let interaction = world.interact(deed);
        drop(world);
        Ok(self.handle(&interaction))
    }

    /// The handle of an interaction that is known by its id.
    #[must_use]
    pub fn interaction(&self, id: Id) -> Option<InteractionHandle> {
        let token = self.world().interactions.get(&id)?.token.clone();
        Some(InteractionHandle {
            simulator: self.clone(),
            id,
            token,
        })
    }

    fn place_of(&self, channel: Id, user: Id, completing: bool) -> Result<Place, VerbError> {
        let world = self.world();
        let found = world
            .channels
            .get(&channel)
            .ok_or_else(|| VerbError::NoSuch(format!("channel {channel}")))?;
        Ok(Place {
            guild: found.guild,
            user,
            completing,
        })
    }

    fn handle(&self, interaction: &Interaction) -> InteractionHandle {
        let patience = Duration::from_millis(u64::try_from(ANSWER_WITHIN_MS).unwrap_or(3_000) + 20);
        self.tick_in(patience);
        InteractionHandle {
            simulator: self.clone(),
            id: interaction.id,
            token: interaction.token.clone(),
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn command_data(world: &World, place: Place, parsed: &command_line::Parsed) -> Value {
    let mut data = json!({"id": parsed.command["id"], "name": parsed.command["name"], "type": 1, "options": parsed.options});
    if let Some(resolved) = command_line::resolved(world, place, &parsed.mentioned) {
        data["resolved"] = resolved;
    }
    if parsed.command["guild_id"].is_string() {
        data["guild_id"] = parsed.command["guild_id"].clone();
    }
    data
}

fn component(components: Option<&Value>, custom_id: &str) -> Option<Value> {
    let mut found = None;
    walk_components(components, &mut |component| {
        if component["custom_id"] == custom_id && found.is_none() {
            found = Some(component.clone());
        }
    });
    found
}

fn component_name<'a>(component: &'a Value, custom_id: &'a str) -> &'a str {
    let name = component["label"]
        .as_str()
        .or_else(|| component["placeholder"].as_str());
    name.unwrap_or(custom_id)
}

fn component_data(
    world: &World,
    component: &Value,
    channel: Id,
    user: Id,
    values: &[&str],
) -> Result<Value, VerbError> {
    let kind = component["type"].as_u64().unwrap_or(0);
    let mut data =
        json!({"custom_id": component["custom_id"], "component_type": kind, "id": component["id"]});
    if kind == 2 {
        return Ok(data);
    }
    let offered = |value: &&&str| {
        list(&component["options"])
            .iter()
            .any(|option| option["value"] == ***value)
    };
    if let Some(value) = values.iter().find(|value| kind == 3 && !offered(value)) {
        return Err(VerbError::NoSuch(format!("choice `{value}`")));
    }
    data["values"] = json!(values);
    let mut mentioned = command_line::Mentioned::default();
    for id in values.iter().filter_map(|value| ids::read(&json!(value))) {
        match kind {
            5 => mentioned.users.insert(id),
            6 => mentioned.roles.insert(id),
            8 => mentioned.channels.insert(id),
            _ => {
                world.users.contains_key(&id) && mentioned.users.insert(id)
                    || mentioned.roles.insert(id)
            }
        };
    }
    let guild = world.channels.get(&channel).and_then(|c| c.guild);
    let place = Place {
        guild,
        user,
        completing: false,
    };
    if let Some(resolved) = command_line::resolved(world, place, &mentioned).filter(|_| kind != 3) {
        data["resolved"] = resolved;
    }
    Ok(data)
}

/// The form's layout with values in the place of questions.
fn filled(component: &Value, fields: &[(&str, &str)]) -> Value {
    let mut out = json!({"type": component["type"], "id": component["id"].as_u64().unwrap_or(1)});
    if let Some(custom_id) = component["custom_id"].as_str() {
        let value = fields
            .iter()
            .find(|(name, _)| *name == custom_id)
            .map(|(_, value)| *value);
        let value = value.or_else(|| component["value"].as_str()).unwrap_or("");
        out["custom_id"] = json!(custom_id);
        match component["type"].as_u64() {
            Some(3 | 5..=8 | 19 | 22) => {
                out["values"] = json!(
                    value
                        .split(',')
                        .filter(|v| !v.is_empty())
                        .collect::<Vec<_>>()
                );
            }
            Some(23) => out["value"] = json!(value == "true"),
            _ => out["value"] = json!(value),
        }
    }
    if component["components"].is_array() {
        out["components"] = list(&component["components"])
            .iter()
            .map(|c| filled(c, fields))
            .collect();
    }
    if component["component"].is_object() {
        out["component"] = filled(&component["component"], fields);
    }
    out
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
