//! Threads begin, change members and end.

use super::World;
use super::channel::{Channel, ChannelKind, Thread};
use super::dispatch::Reach;
use crate::ids::{Id, wire};
use crate::intents;
use serde_json::{Value, json};
use std::collections::BTreeSet;

impl World {
    pub(crate) fn create_thread(
        &mut self,
        parent: Id,
        id: Id,
        kind: ChannelKind,
        name: &str,
        owner: Id,
    ) -> Id {
        let guild = self.channels.get(&parent).and_then(|c| c.guild);
        let now = self.now();
        let mut thread = Channel::new(id, guild, kind, name);
        thread.parent = Some(parent);
        thread.thread = Some(Thread {
            owner,
            members: BTreeSet::from([owner]),
            archived: false,
            locked: false,
            invitable: true,
            archive_after_min: 4_320,
            archive_changed_ms: now,
            created_ms: now,
            messages: 0,
        });
        self.channels.insert(id, thread);
        id
    }

    pub(crate) fn announce_thread(&mut self, id: Id, event: &'static str) {
        let Some(thread) = self.channels.get(&id) else {
            return;
        };
        let mut d = self.thread_json(thread);
        if event == "THREAD_CREATE" {
            d["newly_created"] = json!(true);
        }
        self.send(event, Reach::Channel(id), intents::GUILDS, &d);
        self.touch();
    }

    pub(crate) fn delete_thread(&mut self, id: Id) {
        let Some(thread) = self.channels.get(&id) else {
            return;
        };
        let d = json!({
            "id": wire(id),
            "guild_id": crate::ids::wire_or_null(thread.guild),
            "parent_id": crate::ids::wire_or_null(thread.parent),
            "type": thread.kind as u64,
        });
        self.send("THREAD_DELETE", Reach::Channel(id), intents::GUILDS, &d);
        self.channels.remove(&id);
        self.logs.remove(&id);
        self.touch();
    }

    /// Adds or removes a thread member and tells about it; false if nothing changed.
    pub(crate) fn change_thread_member(&mut self, id: Id, user: Id, join: bool) -> bool {
        let Some(channel) = self.channels.get_mut(&id) else {
            return false;
        };
        let guild = channel.guild;
        let Some(thread) = channel.thread.as_mut() else {
            return false;
        };
        let changed = if join {
            thread.members.insert(user)
        } else {
            thread.members.remove(&user)
        };
        if !changed {
            return false;
        }
        let count = thread.members.len().min(50);
        let channel = &self.channels[&id];
        let Some(guild) = guild else { return true };
        let mut d = json!({"id": wire(id), "guild_id": wire(guild), "member_count": count});
        if join {
            let mut member = super::channel::thread_member(channel, user);
            member["member"] = self.member_json(guild, user).unwrap_or(Value::Null);
            member["presence"] = Value::Null;
            d["added_members"] = json!([member]);
        } else {
            d["removed_member_ids"] = json!([wire(user)]);
        }
        let needs = if user == self.bot {
            intents::GUILDS
        } else {
            intents::GUILD_MEMBERS
        };
        self.send("THREAD_MEMBERS_UPDATE", Reach::Channel(id), needs, &d);
        self.touch();
        true
    }
}
