//! Commands, buttons, menus and forms.

use super::command_line::{self, Place};
use super::handle::InteractionHandle;
use super::payload::Deed;
use super::pressing::{component, component_data, component_name, filled};
use super::{VerbError, values};
use crate::ids::Id;
use crate::permissions::VIEW_CHANNEL;
use crate::simulator::Simulator;
use crate::world::World;
use crate::world::interaction::{ANSWER_WITHIN_MS, AnswerKind, Interaction, InteractionKind};
use serde_json::{Value, json};
use std::time::Duration;

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
        check_presence(&world, channel, user)?;
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
        check_presence(&world, channel, user)?;
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
    if let Some(resolved) = values::resolved(world, place, &parsed.mentioned) {
        data["resolved"] = resolved;
    }
    if parsed.command["guild_id"].is_string() {
        data["guild_id"] = parsed.command["guild_id"].clone();
    }
    data
}

/// Whoever is no member, or cannot see the channel, has nothing there to use.
fn check_presence(world: &World, channel: Id, user: Id) -> Result<(), VerbError> {
    let guild = world.channels.get(&channel).and_then(|c| c.guild);
    let sees = world.permissions_in(channel, user) & VIEW_CHANNEL != 0;
    if guild.is_none() || sees {
        return Ok(());
    }
    let (who, place) = (world.shown_name(guild, user), world.place(channel));
    Err(VerbError::NotAllowed(format!("{who} does not see {place}")))
}
