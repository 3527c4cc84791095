//! Reactions and pins.

use super::World;
use super::dispatch::Reach;
use super::message::Reaction;
use crate::dates::iso;
use crate::feed::Seen;
use crate::ids::{Id, wire};
use crate::intents;
use serde_json::{Value, json};
use std::collections::BTreeSet;

impl World {
    /// Whether anything changed. `emoji` is `{"id", "name"}`.
    pub(crate) fn react(
        &mut self,
        channel: Id,
        id: Id,
        user: Id,
        emoji: &Value,
        add: bool,
    ) -> bool {
        let Some(message) = self.message_mut(channel, id) else {
            return false;
        };
        let author = message.author;
        let at = message.reactions.iter().position(|r| r.emoji == *emoji);
        let changed = match (at, add) {
            (Some(at), true) => message.reactions[at].users.insert(user),
            (None, true) => {
                let users = BTreeSet::from([user]);
                message.reactions.push(Reaction {
                    emoji: emoji.clone(),
                    users,
                });
                true
            }
            (Some(at), false) => message.reactions[at].users.remove(&user),
            (None, false) => false,
        };
        message.reactions.retain(|r| !r.users.is_empty());
        if changed {
            self.send_reaction(channel, id, user, author, emoji, add);
        }
        changed
    }

    fn send_reaction(
        &mut self,
        channel: Id,
        id: Id,
        user: Id,
        author: Id,
        emoji: &Value,
        add: bool,
    ) {
        let mut d = self.with_guild(
            channel,
            json!({"user_id": wire(user), "channel_id": wire(channel), "message_id": wire(id),
                "emoji": emoji, "burst": false, "type": 0}),
        );
        let guild = self.channels.get(&channel).and_then(|c| c.guild);
        if add {
            d["message_author_id"] = wire(author);
            if let Some(member) = guild.and_then(|g| self.member_json(g, user)) {
                d["member"] = member;
            }
        }
        let kind = if add {
            "MESSAGE_REACTION_ADD"
        } else {
            "MESSAGE_REACTION_REMOVE"
        };
        let needs = self.reaction_intent(channel);
        self.send(kind, Reach::Channel(channel), needs, &d);
        if add {
            let name = emoji["name"].as_str().unwrap_or("?").to_owned();
            self.see(Seen::Reacted, channel, user, Some(id), &name);
        }
        self.touch();
    }

    /// Removes all reactions, or all of one emoji.
    pub(crate) fn clear_reactions(&mut self, channel: Id, id: Id, emoji: Option<&Value>) {
        if let Some(message) = self.message_mut(channel, id) {
            message
                .reactions
                .retain(|r| emoji.is_some_and(|e| r.emoji != *e));
        }
        let mut d = self.with_guild(
            channel,
            json!({"channel_id": wire(channel), "message_id": wire(id)}),
        );
        let kind = match emoji {
            Some(emoji) => {
                d["emoji"] = emoji.clone();
                "MESSAGE_REACTION_REMOVE_EMOJI"
            }
            None => "MESSAGE_REACTION_REMOVE_ALL",
        };
        let needs = self.reaction_intent(channel);
        self.send(kind, Reach::Channel(channel), needs, &d);
        self.touch();
    }

    fn reaction_intent(&self, channel: Id) -> u32 {
        match self.channels.get(&channel).and_then(|c| c.guild) {
            Some(_) => intents::GUILD_MESSAGE_REACTIONS,
            None => intents::DIRECT_MESSAGE_REACTIONS,
        }
    }

    pub(crate) fn pin(&mut self, channel: Id, id: Id, pin: bool) -> bool {
        let now = self.now();
        let Some(message) = self.message_mut(channel, id) else {
            return false;
        };
        if message.pinned_ms.is_some() == pin {
            return false;
        }
        message.pinned_ms = pin.then_some(now);
        if let (Some(channel), true) = (self.channels.get_mut(&channel), pin) {
            channel.last_pin_ms = Some(now);
        }
        let mut d = self.with_guild(channel, json!({"channel_id": wire(channel)}));
        d["last_pin_timestamp"] = json!(
            self.channels
                .get(&channel)
                .and_then(|c| c.last_pin_ms)
                .map(iso)
        );
        self.send(
            "CHANNEL_PINS_UPDATE",
            Reach::Channel(channel),
            intents::GUILDS,
            &d,
        );
        self.send_updated(channel, id);
        true
    }
}
