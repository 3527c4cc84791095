//! Scheduled events, and who is interested in them.

use super::World;
use super::dispatch::Reach;
use crate::ids::{Id, wire};
use crate::intents;
use serde_json::{Value, json};

impl World {
    /// An event that nobody has answered yet.
    pub(crate) fn blank_event(&mut self, guild: Id, creator: Id) -> (Id, Value) {
        let id = self.next_id();
        let event = json!({
            "id": wire(id), "guild_id": wire(guild), "channel_id": null, "creator_id": wire(creator),
            "creator": self.user_json(creator), "name": null, "description": null, "image": null,
            "scheduled_start_time": null, "scheduled_end_time": null, "privacy_level": 2, "status": 1,
            "entity_type": null, "entity_id": null, "entity_metadata": null, "user_count": 0,
            "recurrence_rule": null, "guild_scheduled_event_exceptions": [],
        });
        (id, event)
    }

    /// Puts an event into its guild, new or changed, and tells about it.
    pub(crate) fn store_event(&mut self, guild: Id, id: Id, event: &Value, kind: &'static str) {
        if let Some(g) = self.guilds.get_mut(&guild) {
            g.events.insert(id, event.clone());
        }
        self.send(
            kind,
            Reach::Guild(guild),
            intents::GUILD_SCHEDULED_EVENTS,
            event,
        );
        self.touch();
    }

    /// Somebody is interested in an event, or no longer; false if nothing changed.
    pub(crate) fn answer_event(&mut self, id: Id, user: Id, interested: bool) -> bool {
        let mut guilds = self.guilds.values_mut();
        let Some(guild) = guilds.find(|guild| guild.events.contains_key(&id)) else {
            return false;
        };
        let users = guild.interested.entry(id).or_default();
        let changed = if interested {
            users.insert(user)
        } else {
            users.remove(&user)
        };
        let (count, guild_id) = (users.len(), guild.id);
        if let Some(event) = guild.events.get_mut(&id) {
            event["user_count"] = json!(count);
        }
        if changed {
            let kind = if interested {
                "GUILD_SCHEDULED_EVENT_USER_ADD"
            } else {
                "GUILD_SCHEDULED_EVENT_USER_REMOVE"
            };
            let d = json!({"guild_scheduled_event_id": wire(id), "user_id": wire(user), "guild_id": wire(guild_id)});
            let needs = intents::GUILD_SCHEDULED_EVENTS;
            self.send(kind, Reach::Guild(guild_id), needs, &d);
            self.touch();
        }
        changed
    }

    /// Who is interested in an event, as Discord lists them.
    pub(crate) fn interested(&self, guild: Id, id: Id) -> Vec<Value> {
        let users = self.guilds.get(&guild).and_then(|g| g.interested.get(&id));
        let user = |user: &Id| json!({"guild_scheduled_event_id": wire(id), "user": self.user_json(*user)});
        users.into_iter().flatten().map(user).collect()
    }
}
