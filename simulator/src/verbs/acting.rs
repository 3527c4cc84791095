//! Members talk, react, are heard and seen.

use super::VerbError;
use crate::ids::{self, Id, wire};
use crate::simulator::Simulator;
use crate::world::member::VoiceState;
use crate::world::messages::Draft;
use serde_json::{Map, Value, json};

impl Simulator {
    /// Somebody posts a message.
    pub fn say(&self, channel: Id, user: Id, text: &str) -> Id {
        let mut fields = Map::new();
        fields.insert("content".to_owned(), json!(text));
        self.world().post(&Draft {
            channel,
            author: user,
            fields,
            ..Draft::default()
        })
    }

    /// Somebody answers a message.
    pub fn reply(&self, channel: Id, user: Id, to: Id, text: &str) -> Id {
        let mut world = self.world();
        let mut fields = Map::new();
        fields.insert("content".to_owned(), json!(text));
        fields.insert("type".to_owned(), json!(19));
        let reference = json!({"type": 0, "message_id": wire(to), "channel_id": wire(channel)});
        fields.insert("message_reference".to_owned(), reference);
        fields.insert(
            "referenced_message".to_owned(),
            world.message_json(channel, to),
        );
        world.post(&Draft {
            channel,
            author: user,
            fields,
            ..Draft::default()
        })
    }

    /// Somebody writes to the bot directly.
    pub fn say_dm(&self, user: Id, text: &str) -> Id {
        let channel = self.dm_channel(user);
        self.say(channel, user, text)
    }

    /// The direct-message channel between the bot and somebody.
    #[must_use]
    pub fn dm_channel(&self, user: Id) -> Id {
        self.world().dm_channel(user)
    }

    /// Changes the text of a message.
    pub fn edit(&self, message: Id, text: &str) -> bool {
        let mut world = self.world();
        let Some(channel) = world.find_message(message).map(|m| m.channel) else {
            return false;
        };
        let mut fields = Map::new();
        fields.insert("content".to_owned(), json!(text));
        world.edit(channel, message, fields, None, true);
        true
    }

    /// Deletes a message.
    pub fn delete_message(&self, message: Id) -> bool {
        let mut world = self.world();
        let channel = world.find_message(message).map(|m| m.channel);
        channel.is_some_and(|channel| world.delete_message(channel, message))
    }

    /// Puts an emoji under a message; `👍` or `name:id`.
    pub fn react(&self, message: Id, user: Id, emoji: &str) -> bool {
        self.change_reaction(message, user, emoji, true)
    }

    /// Takes an emoji away again.
    pub fn unreact(&self, message: Id, user: Id, emoji: &str) -> bool {
        self.change_reaction(message, user, emoji, false)
    }

    fn change_reaction(&self, message: Id, user: Id, emoji: &str, add: bool) -> bool {
        let mut world = self.world();
        let channel = world.find_message(message).map(|m| m.channel);
        channel.is_some_and(|channel| world.react(channel, message, user, &emoji_json(emoji), add))
    }

    /// Enters a voice channel.
    pub fn join_voice(&self, channel: Id, user: Id) -> bool {
        let mut world = self.world();
        let guild = world.channels.get(&channel).and_then(|c| c.guild);
        guild.is_some_and(|guild| world.change_voice(guild, user, Some(channel)))
    }

    /// Leaves voice.
    pub fn leave_voice(&self, guild: Id, user: Id) -> bool {
        self.world().change_voice(guild, user, None)
    }

    /// Is moved (or moves) to another voice channel.
    pub fn move_voice(&self, channel: Id, user: Id) -> bool {
        self.join_voice(channel, user)
    }

    /// Mutes or deafens oneself; false outside of voice.
    pub fn set_self_mute(&self, guild: Id, user: Id, mute: bool, deaf: bool) -> bool {
        self.change_voice_state(guild, user, |state| {
            state.self_mute = mute;
            state.self_deaf = deaf;
        })
    }

    /// Begins or ends a stream; false outside of voice.
    pub fn set_stream(&self, guild: Id, user: Id, on: bool) -> bool {
        self.change_voice_state(guild, user, |state| state.self_stream = on)
    }

    fn change_voice_state(
        &self,
        guild: Id,
        user: Id,
        change: impl FnOnce(&mut VoiceState),
    ) -> bool {
        let mut world = self.world();
        let known = world.guilds.get_mut(&guild);
        let Some(state) = known.and_then(|g| g.voice.get_mut(&user)) else {
            return false;
        };
        change(state);
        let state = state.clone();
        world.send_voice_state(guild, user, &state);
        true
    }

    /// Joins a thread, or leaves it; false if there is no such thread or nothing changed.
    pub fn change_thread(&self, thread: Id, user: Id, join: bool) -> bool {
        self.world().change_thread_member(thread, user, join)
    }

    /// Says that a scheduled event interests them, or no longer; false if nothing changed.
    pub fn answer_event(&self, event: Id, user: Id, interested: bool) -> bool {
        self.world().answer_event(event, user, interested)
    }

    /// Comes online, goes idle, plays a game: `status` is `online`, `idle`, `dnd` or `offline`.
    pub fn presence(&self, guild: Id, user: Id, status: &str, playing: Option<&str>) {
        let mut world = self.world();
        let now = world.now();
        let activity = |name: &str| {
            json!({"name": name, "type": 0, "id": "ec0b28a579ecb4bd", "created_at": now,
                "timestamps": {"start": now}, "flags": 0})
        };
        let activities: Vec<Value> = playing.map(activity).into_iter().collect();
        world.set_presence(guild, user, status, activities);
    }

    /// Begins to type.
    pub fn typing(&self, channel: Id, user: Id) {
        self.world().typing(channel, user);
    }

    /// Pins or unpins a message.
    pub fn pin(&self, message: Id, pin: bool) -> bool {
        let mut world = self.world();
        let channel = world.find_message(message).map(|m| m.channel);
        channel.is_some_and(|channel| world.pin(channel, message, pin))
    }

    /// Finds a guild by its name.
    ///
    /// # Errors
    /// When there is none.
    pub fn guild_named(&self, name: &str) -> Result<Id, VerbError> {
        let world = self.world();
        let found = world
            .guilds
            .values()
            .find(|g| g.name == name || g.id.to_string() == name);
        found
            .map(|g| g.id)
            .ok_or_else(|| VerbError::NoSuch(format!("guild `{name}`")))
    }

    /// Finds a channel by its name, with or without `#`, or its id.
    ///
    /// # Errors
    /// When there is none.
    pub fn channel_named(&self, guild: Id, name: &str) -> Result<Id, VerbError> {
        let world = self.world();
        let wanted = name.trim_start_matches('#');
        let mut all = world.channels.values().filter(|c| c.guild == Some(guild));
        let found = all.find(|c| c.name == wanted || c.id.to_string() == wanted);
        found
            .map(|c| c.id)
            .ok_or_else(|| VerbError::NoSuch(format!("channel `#{wanted}`")))
    }

    /// Finds a person by user name, shown name or id.
    ///
    /// # Errors
    /// When there is none.
    pub fn user_named(&self, name: &str) -> Result<Id, VerbError> {
        let world = self.world();
        let wanted = name.trim_start_matches('@');
        let by_id = wanted.parse::<Id>().ok();
        if let Some(id) = by_id.filter(|id| world.users.contains_key(id)) {
            return Ok(id);
        }
        let fits = |u: &&crate::world::user::User| {
            u.name == wanted || u.shown() == wanted || u.id.to_string() == wanted
        };
        let found = world.users.values().find(fits);
        found
            .map(|u| u.id)
            .ok_or_else(|| VerbError::NoSuch(format!("user `@{wanted}`")))
    }

    /// Finds a role by its name or id.
    ///
    /// # Errors
    /// When there is none.
    pub fn role_named(&self, guild: Id, name: &str) -> Result<Id, VerbError> {
        let world = self.world();
        let wanted = name.trim_start_matches('@');
        let roles = world.guilds.get(&guild).map(|g| &g.roles);
        let mut all = roles.into_iter().flat_map(|r| r.values());
        let found =
            all.find(|r| r.name.trim_start_matches('@') == wanted || r.id.to_string() == wanted);
        found
            .map(|r| r.id)
            .ok_or_else(|| VerbError::NoSuch(format!("role `@{wanted}`")))
    }
}

/// `👍` or `name:id` to `{"id", "name"}`.
pub(crate) fn emoji_json(text: &str) -> Value {
    let custom = text
        .split_once(':')
        .and_then(|(name, id)| Some((name, id.parse::<Id>().ok()?)));
    match custom {
        Some((name, id)) => json!({"id": ids::wire(id), "name": name}),
        None => json!({"id": null, "name": text}),
    }
}
