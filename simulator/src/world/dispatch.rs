//! Gateway events: who gets one, and that its data is serialised once however many sessions there are.

use super::World;
use crate::ids::Id;
use crate::intents;
use crate::permissions::{MANAGE_THREADS, VIEW_CHANNEL};
use crate::world::channel::ChannelKind;
use serde_json::{Value, json};
use std::sync::Arc;

/// Whom an event is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reach {
    /// The shard of a guild that the bot is in.
    Guild(Id),
    /// The shard of a channel that the bot can see; direct messages are on shard 0.
    Channel(Id),
    /// Every shard.
    All,
}

impl World {
    /// Sends an event to the sessions that asked for one of `needs` (0: everybody gets it).
    pub(crate) fn send(&mut self, kind: &'static str, reach: Reach, needs: u32, d: &Value) {
        let Some(guild) = self.target(reach) else {
            return;
        };
        self.push(kind, reach, guild, needs, &serialise(d), None);
    }

    /// As `send`, for messages: content is blanked for sessions without the intent, unless the bot is meant.
    pub(crate) fn send_message_event(
        &mut self,
        kind: &'static str,
        channel: Id,
        author: Id,
        d: &Value,
    ) {
        let reach = Reach::Channel(channel);
        let Some(guild) = self.target(reach) else {
            return;
        };
        let needs = match guild {
            Some(_) => intents::GUILD_MESSAGES,
            None => intents::DIRECT_MESSAGES,
        };
        let mine = crate::ids::wire(self.bot);
        let mentioned = || {
            d["mentions"]
                .as_array()
                .is_some_and(|list| list.iter().any(|user| user["id"] == mine))
        };
        let exempt = guild.is_none() || author == self.bot || mentioned();
        let blank = (!exempt).then(|| serialise(&without_content(d)));
        self.push(kind, reach, guild, needs, &serialise(d), blank.as_ref());
    }

    /// Puts an event into one session only.
    pub(crate) fn send_to_session(&mut self, session: &str, kind: &'static str, d: &Value) {
        let limit = self.config.replay_limit;
        if let Some(session) = self.sessions.get_mut(session) {
            session.push(kind, serialise(d), limit);
            self.counters.dispatched += 1;
        }
    }

    fn push(
        &mut self,
        kind: &'static str,
        reach: Reach,
        guild: Option<Id>,
        needs: u32,
        full: &Arc<str>,
        blank: Option<&Arc<str>>,
    ) {
        let limit = self.config.replay_limit;
        for session in self.sessions.values_mut() {
            let here = matches!(reach, Reach::All) || session.owns(guild);
            if !here || (needs != 0 && session.intents & needs == 0) {
                continue;
            }
            let reads_content = session.intents & intents::MESSAGE_CONTENT != 0;
            let d = blank.filter(|_| !reads_content).unwrap_or(full);
            session.push(kind, Arc::clone(d), limit);
            self.counters.dispatched += 1;
        }
    }

    /// `None` if nobody may see it; `Some(None)` for direct messages and for everybody.
    fn target(&self, reach: Reach) -> Option<Option<Id>> {
        if self.sessions.is_empty() {
            return None;
        }
        match reach {
            Reach::All => Some(None),
            Reach::Guild(guild) => self.is_up(guild).then_some(Some(guild)),
            Reach::Channel(channel) => {
                let guild = self.channels.get(&channel)?.guild;
                match guild {
                    Some(guild) if !self.is_up(guild) || !self.bot_sees(channel) => None,
                    guild => Some(guild),
                }
            }
        }
    }

    fn is_up(&self, guild: Id) -> bool {
        self.bot_is_in(guild) && !self.guilds[&guild].unavailable
    }

    /// Whether the bot can see a channel; private threads only as a member or with MANAGE_THREADS.
    pub(crate) fn bot_sees(&self, channel: Id) -> bool {
        let bits = self.permissions_in(channel, self.bot);
        let Some(channel) = self.channels.get(&channel) else {
            return false;
        };
        let hidden = match &channel.thread {
            Some(thread) if channel.kind == ChannelKind::PrivateThread => {
                !thread.members.contains(&self.bot) && bits & MANAGE_THREADS == 0
            }
            _ => false,
        };
        bits & VIEW_CHANNEL != 0 && !hidden
    }

    /// A member's permissions in a channel; threads have those of their parent. Everything in direct messages.
    pub(crate) fn permissions_in(&self, channel: Id, user: Id) -> u64 {
        let Some(channel) = self.channels.get(&channel) else {
            return 0;
        };
        let Some(guild) = channel.guild.and_then(|id| self.guilds.get(&id)) else {
            return crate::permissions::ALL;
        };
        let holder = match channel.parent.filter(|_| channel.kind.is_thread()) {
            Some(parent) => self.channels.get(&parent).unwrap_or(channel),
            None => channel,
        };
        guild
            .standing(user, self.now(), |s| s.channel(&holder.overwrites))
            .unwrap_or(0)
    }

    /// A member's guild-wide permissions.
    pub(crate) fn permissions_of(&self, guild: Id, user: Id) -> u64 {
        self.guilds
            .get(&guild)
            .and_then(|g| g.standing(user, self.now(), |s| s.guild()))
            .unwrap_or(0)
    }
}

pub(crate) fn serialise(d: &Value) -> Arc<str> {
    d.to_string().into()
}

fn without_content(d: &Value) -> Value {
    let mut blank = d.clone();
    blank["content"] = json!("");
    for list in ["embeds", "attachments", "components"] {
        blank[list] = json!([]);
    }
    if let Some(map) = blank.as_object_mut() {
        map.remove("poll");
    }
    blank
}
