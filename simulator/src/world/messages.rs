//! Messages are posted, edited, deleted, pinned and reacted to.

use super::World;
use super::dispatch::Reach;
use super::message::{Log, Mentions, Message, blank_body, readable};
use crate::dates::iso;
use crate::feed::Seen;
use crate::ids::{Id, wire};
use crate::intents;
use crate::permissions::MENTION_EVERYONE;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// A message about to be posted; checks are over.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    pub(crate) channel: Id,
    pub(crate) author: Id,
    /// Keys to put over the blank body: content, embeds, components, flags, type, ...
    pub(crate) fields: Map<String, Value>,
    pub(crate) allowed_mentions: Option<Value>,
    pub(crate) nonce: Option<Value>,
    pub(crate) ephemeral_to: Option<Id>,
    pub(crate) webhook: Option<Id>,
    /// Overrides the author (webhooks have names of their own).
    pub(crate) author_json: Option<Value>,
    /// Not shown in the transcript and not sent to sessions (a deferred answer that only its author sees).
    pub(crate) silent: bool,
}

impl World {
    pub(crate) fn post(&mut self, draft: &Draft) -> Id {
        let id = self.next_id();
        self.post_as(id, draft)
    }

    pub(crate) fn post_as(&mut self, id: Id, draft: &Draft) -> Id {
        let message = self.compose(id, draft);
        let (channel, ephemeral) = (draft.channel, draft.ephemeral_to.is_some());
        let text = readable(&message.body);
        let log = self.logs.entry(channel).or_default();
        log.messages.insert(id, message);
        self.trim(channel);
        if !ephemeral {
            self.count_message(channel, id);
            self.send_created(channel, id, draft.nonce.as_ref());
        }
        if !draft.silent {
            let seen = if ephemeral {
                Seen::Whispered
            } else {
                Seen::Posted
            };
            self.see(seen, channel, draft.author, Some(id), &text);
        }
        self.touch();
        id
    }

    fn compose(&self, id: Id, draft: &Draft) -> Message {
        let author = draft
            .author_json
            .clone()
            .unwrap_or_else(|| self.user_json(draft.author));
        let mut body = blank_body(id, draft.channel, &author, &iso(crate::ids::born_ms(id)));
        for (key, value) in &draft.fields {
            body.insert(key.clone(), value.clone());
        }
        if let Some(webhook) = draft.webhook {
            body.insert("webhook_id".to_owned(), wire(webhook));
        }
        let mut message = Message {
            id,
            channel: draft.channel,
            author: draft.author,
            ephemeral_to: draft.ephemeral_to,
            webhook: draft.webhook,
            pinned_ms: None,
            reactions: Vec::new(),
            body,
        };
        self.fill_mentions(&mut message, draft.allowed_mentions.as_ref());
        message
    }

    pub(crate) fn fill_mentions(&self, message: &mut Message, allowed: Option<&Value>) {
        let mut meant = Mentions::find(message.text()).allowed_by(allowed);
        meant.everyone &=
            self.permissions_in(message.channel, message.author) & MENTION_EVERYONE != 0;
        let replied = self.replied_user(message, allowed);
        meant.users.extend(replied);
        let known = meant.users.iter().filter_map(|id| self.users.get(id));
        let users: Vec<Value> = known.map(super::user::User::json).collect();
        message.set("mentions", Value::Array(users));
        message.set(
            "mention_roles",
            meant.roles.iter().map(|id| wire(*id)).collect(),
        );
        message.set("mention_everyone", json!(meant.everyone));
    }

    fn replied_user(&self, message: &Message, allowed: Option<&Value>) -> Option<Id> {
        let wanted = allowed
            .is_none_or(|a| a["replied_user"] != json!(false) && a.get("replied_user").is_some());
        let reference = message.body.get("message_reference")?;
        let original =
            self.message(message.channel, crate::ids::read(&reference["message_id"])?)?;
        wanted.then_some(original.author)
    }

    fn trim(&mut self, channel: Id) {
        let kept = self.config.messages_kept;
        if let Some(log) = self.logs.get_mut(&channel) {
            while log.messages.len() > kept {
                log.messages.pop_first();
            }
        }
    }

    fn count_message(&mut self, channel: Id, id: Id) {
        if let Some(channel) = self.channels.get_mut(&channel) {
            channel.last_message = Some(id);
            if let Some(thread) = channel.thread.as_mut() {
                thread.messages += 1;
            }
        }
    }

    fn send_created(&mut self, channel: Id, id: Id, nonce: Option<&Value>) {
        let Some((author, mut d)) = self.event_json(channel, id) else {
            return;
        };
        if let Some(nonce) = nonce {
            d["nonce"] = nonce.clone();
        }
        self.send_message_event("MESSAGE_CREATE", channel, author, &d);
    }

    /// A message with what events add: guild, member, channel type.
    fn event_json(&self, channel: Id, id: Id) -> Option<(Id, Value)> {
        let message = self.message(channel, id)?;
        let holder = self.channels.get(&channel)?;
        let mut d = message.json(self.bot);
        d["channel_type"] = json!(holder.kind as u64);
        if let Some(guild) = holder.guild {
            d["guild_id"] = wire(guild);
            let member = self.guilds.get(&guild)?.members.get(&message.author);
            if let (Some(member), None) = (member, message.webhook) {
                d["member"] = member.partial_json();
            }
        }
        Some((message.author, d))
    }

    pub(crate) fn message(&self, channel: Id, id: Id) -> Option<&Message> {
        self.logs.get(&channel)?.messages.get(&id)
    }

    pub(crate) fn message_mut(&mut self, channel: Id, id: Id) -> Option<&mut Message> {
        self.logs.get_mut(&channel)?.messages.get_mut(&id)
    }

    /// As REST answers it.
    pub(crate) fn message_json(&self, channel: Id, id: Id) -> Value {
        self.message(channel, id)
            .map_or(Value::Null, |m| m.json(self.bot))
    }

    /// Finds a message by id alone.
    pub(crate) fn find_message(&self, id: Id) -> Option<&Message> {
        self.logs
            .values()
            .find_map(|log: &Log| log.messages.get(&id))
    }

    /// Puts new fields over a message; `by_user` marks it as edited.
    pub(crate) fn edit(
        &mut self,
        channel: Id,
        id: Id,
        fields: Map<String, Value>,
        allowed: Option<&Value>,
        marks: bool,
    ) {
        let now = self.now();
        let Some(mut message) = self.message(channel, id).cloned() else {
            return;
        };
        let changes_text = fields.contains_key("content");
        for (key, value) in fields {
            message.body.insert(key, value);
        }
        if marks {
            message.set("edited_timestamp", json!(iso(now)));
        }
        if changes_text {
            self.fill_mentions(&mut message, allowed);
        }
        let (author, ephemeral) = (message.author, message.ephemeral_to.is_some());
        let text = readable(&message.body);
        if let Some(log) = self.logs.get_mut(&channel) {
            log.messages.insert(id, message);
        }
        if !ephemeral {
            self.send_updated(channel, id);
        }
        let seen = match (ephemeral, marks) {
            (true, _) => Seen::Whispered,
            (false, true) => Seen::Edited,
            // A deferred answer is seen now for the first time.
            (false, false) => Seen::Posted,
        };
        self.see(seen, channel, author, Some(id), &text);
    }

    pub(crate) fn send_updated(&mut self, channel: Id, id: Id) {
        if let Some((author, d)) = self.event_json(channel, id) {
            self.send_message_event("MESSAGE_UPDATE", channel, author, &d);
        }
        self.touch();
    }

    pub(crate) fn delete_message(&mut self, channel: Id, id: Id) -> bool {
        let Some(message) = self
            .logs
            .get_mut(&channel)
            .and_then(|log| log.messages.remove(&id))
        else {
            return false;
        };
        if message.ephemeral_to.is_none() {
            let d = self.with_guild(
                channel,
                json!({"id": wire(id), "channel_id": wire(channel)}),
            );
            let needs = self.message_intent(channel);
            self.send("MESSAGE_DELETE", Reach::Channel(channel), needs, &d);
        }
        self.see(
            Seen::Deleted,
            channel,
            message.author,
            Some(id),
            &readable(&message.body),
        );
        true
    }

    pub(crate) fn delete_many(&mut self, channel: Id, ids: &BTreeSet<Id>) {
        if let Some(log) = self.logs.get_mut(&channel) {
            log.messages.retain(|id, _| !ids.contains(id));
        }
        let list: Vec<Value> = ids.iter().map(|id| wire(*id)).collect();
        let d = self.with_guild(channel, json!({"ids": list, "channel_id": wire(channel)}));
        self.send(
            "MESSAGE_DELETE_BULK",
            Reach::Channel(channel),
            intents::GUILD_MESSAGES,
            &d,
        );
        self.touch();
    }

    pub(super) fn with_guild(&self, channel: Id, mut d: Value) -> Value {
        if let Some(guild) = self.channels.get(&channel).and_then(|c| c.guild) {
            d["guild_id"] = wire(guild);
        }
        d
    }

    fn message_intent(&self, channel: Id) -> u32 {
        match self.channels.get(&channel).and_then(|c| c.guild) {
            Some(_) => intents::GUILD_MESSAGES,
            None => intents::DIRECT_MESSAGES,
        }
    }
}
