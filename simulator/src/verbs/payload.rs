//! The INTERACTION_CREATE payload, and its dispatch.

use crate::feed::Seen;
use crate::ids::{Id, wire};
use crate::world::World;
use crate::world::dispatch::Reach;
use crate::world::interaction::{Interaction, InteractionKind};
use serde_json::{Value, json};

/// What a member did, ready to be wrapped.
pub(crate) struct Deed {
    pub(crate) kind: InteractionKind,
    pub(crate) user: Id,
    pub(crate) channel: Id,
    pub(crate) data: Value,
    pub(crate) label: String,
    /// The message with the pressed component.
    pub(crate) source: Option<Id>,
}

impl World {
    /// Makes the interaction, tells the bot, starts the three seconds.
    pub(crate) fn interact(&mut self, deed: Deed) -> Interaction {
        let id = self.next_id();
        let guild = self.channels.get(&deed.channel).and_then(|c| c.guild);
        let interaction = Interaction {
            id,
            token: token(id),
            kind: deed.kind,
            user: deed.user,
            channel: deed.channel,
            guild,
            created_ms: self.now(),
            label: deed.label,
            source: deed.source,
            acked: None,
            acked_ms: None,
            original: None,
            thinking: false,
            ephemeral: false,
            followups: Vec::new(),
            callback_data: Value::Null,
            failed: false,
        };
        let payload = self.interaction_payload(&interaction, &deed.data);
        self.interactions.insert(id, interaction.clone());
        self.unanswered.insert(id);
        let seen = match deed.kind {
            InteractionKind::Component => Some(Seen::Pressed),
            InteractionKind::Command | InteractionKind::ModalSubmit => Some(Seen::Command),
            InteractionKind::Autocomplete => None,
        };
        if let Some(seen) = seen {
            self.see(seen, deed.channel, deed.user, None, &interaction.label);
        }
        let reach = guild.map_or(Reach::Channel(deed.channel), Reach::Guild);
        self.send("INTERACTION_CREATE", reach, 0, &payload);
        self.touch();
        interaction
    }

    fn interaction_payload(&self, interaction: &Interaction, data: &Value) -> Value {
        let mut out = json!({
            "id": wire(interaction.id),
            "application_id": wire(self.application),
            "type": interaction.kind as u64,
            "token": interaction.token,
            "version": 1,
            "data": data,
            "channel_id": wire(interaction.channel),
            "channel": self.interaction_channel(interaction),
            "app_permissions": self.permissions_in(interaction.channel, self.bot).to_string(),
            "locale": "en-US",
            "entitlements": [],
            "attachment_size_limit": 10_485_760,
        });
        match interaction.guild {
            Some(guild) => self.add_guild(&mut out, guild, interaction),
            None => {
                out["user"] = self.user_json(interaction.user);
                out["context"] = json!(1);
                out["authorizing_integration_owners"] = json!({"0": "0"});
            }
        }
        if let Some(message) = interaction.source.and_then(|id| self.find_message(id)) {
            out["message"] = message.json(self.bot);
        }
        out
    }

    fn interaction_channel(&self, interaction: &Interaction) -> Value {
        let Some(channel) = self.channels.get(&interaction.channel) else {
            return json!({"id": wire(interaction.channel), "type": 0});
        };
        let mut out = self.channel_json(channel);
        if let Some(map) = out.as_object_mut() {
            map.remove("permission_overwrites");
        }
        if interaction.guild.is_some() {
            out["permissions"] = json!(
                self.permissions_in(channel.id, interaction.user)
                    .to_string()
            );
        }
        out
    }

    fn add_guild(&self, out: &mut Value, guild: Id, interaction: &Interaction) {
        let locale = self
            .guilds
            .get(&guild)
            .map_or("en-US", |g| g.locale.as_str());
        let mut member = self
            .member_json(guild, interaction.user)
            .unwrap_or(Value::Null);
        member["permissions"] = json!(
            self.permissions_in(interaction.channel, interaction.user)
                .to_string()
        );
        out["guild_id"] = wire(guild);
        out["guild"] = json!({"id": wire(guild), "locale": locale, "features": []});
        out["guild_locale"] = json!(locale);
        out["member"] = member;
        out["context"] = json!(0);
        out["authorizing_integration_owners"] = json!({"0": wire(guild)});
    }
}

/// Opaque to clients; begins with the id so that it is found without a search.
fn token(id: Id) -> String {
    let noise = id.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    format!("{id:016x}{noise:016x}aW50ZXJhY3Rpb24")
}

/// The interaction that a token belongs to.
pub(crate) fn id_of_token(text: &str) -> Option<Id> {
    let id = Id::from_str_radix(text.get(..16)?, 16).ok()?;
    (token(id) == text).then_some(id)
}
