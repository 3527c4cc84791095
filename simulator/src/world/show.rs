//! What goes to the transcript, and how people, places and things are called there.

use super::World;
use super::channel::Channel;
use crate::feed::{FeedItem, Seen};
use crate::ids::{Id, wire};
use serde_json::{Value, json};

impl World {
    /// Adds a line about something in a channel.
    pub(crate) fn see(&self, seen: Seen, channel: Id, who: Id, message: Option<Id>, text: &str) {
        if self.feed.receiver_count() == 0 {
            return self.touch();
        }
        let guild = self.channels.get(&channel).and_then(|c| c.guild);
        self.feed_line(FeedItem {
            at_ms: self.now(),
            seen,
            guild,
            channel: Some(channel),
            message,
            place: self.place(channel),
            who: self.shown_name(guild, who),
            by_bot: who == self.bot,
            text: self.plain(text),
        });
    }

    /// Adds a line about something in a guild as a whole.
    pub(crate) fn see_guild(&self, seen: Seen, guild: Id, who: Id, text: &str) {
        if self.feed.receiver_count() == 0 {
            return self.touch();
        }
        self.feed_line(FeedItem {
            at_ms: self.now(),
            seen,
            guild: Some(guild),
            channel: None,
            message: None,
            place: String::new(),
            who: self.shown_name(Some(guild), who),
            by_bot: who == self.bot,
            text: self.plain(text),
        });
    }

    fn feed_line(&self, item: FeedItem) {
        // Nobody listening is the normal case.
        drop(self.feed.send(item));
        self.touch();
    }

    pub(crate) fn place(&self, channel: Id) -> String {
        let Some(channel) = self.channels.get(&channel) else {
            return format!("#{channel}");
        };
        match channel.recipient {
            Some(user) => format!("@{}", self.shown_name(None, user)),
            None => format!("#{}", channel.name),
        }
    }

    pub(crate) fn shown_name(&self, guild: Option<Id>, user: Id) -> String {
        let nick = guild
            .and_then(|guild| self.guilds.get(&guild))
            .and_then(|guild| guild.members.get(&user))
            .and_then(|member| member.nick.clone());
        nick.or_else(|| self.users.get(&user).map(|u| u.shown().to_owned()))
            .unwrap_or_else(|| user.to_string())
    }

    /// Replaces `<@1>`, `<@&2>` and `<#3>` by names, as a client does.
    pub(crate) fn plain(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('<') {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let end = rest.find('>');
            let named = end.and_then(|end| self.named(&rest[1..end]));
            let (piece, skip) = match (named, end) {
                (Some(name), Some(end)) => (name, end + 1),
                _ => ("<".to_owned(), 1),
            };
            out.push_str(&piece);
            rest = &rest[skip..];
        }
        out.push_str(rest);
        out
    }

    /// What a client shows for the inside of `<...>`; `None` if it is just text.
    fn named(&self, mention: &str) -> Option<String> {
        if let Some(role) = mention.strip_prefix("@&") {
            let id: Id = role.parse().ok()?;
            let role = self.guilds.values().find_map(|g| g.roles.get(&id))?;
            return Some(format!("@{}", role.name.trim_start_matches('@')));
        }
        if let Some(user) = mention.strip_prefix('@') {
            let id: Id = user.trim_start_matches('!').parse().ok()?;
            return Some(format!("@{}", self.shown_name(None, id)));
        }
        if let Some(channel) = mention.strip_prefix('#') {
            let id: Id = channel.parse().ok()?;
            let known = self.channels.contains_key(&id);
            return Some(if known {
                self.place(id)
            } else {
                "#unknown".to_owned()
            });
        }
        if let Some(time) = mention.strip_prefix("t:") {
            let (seconds, style) = time.split_once(':').unwrap_or((time, "f"));
            let at_ms = seconds.parse::<i64>().ok()?.checked_mul(1_000)?;
            return Some(crate::dates::shown(at_ms, style, self.now()));
        }
        let command = mention.strip_prefix('/')?;
        command.rsplit_once(':').map(|(name, _)| format!("/{name}"))
    }

    /// A user object; unknown ids look like a deleted account.
    pub(crate) fn user_json(&self, user: Id) -> Value {
        match self.users.get(&user) {
            Some(user) => user.json(),
            None => {
                json!({"id": wire(user), "username": "deleted_user", "global_name": null, "discriminator": "0",
                "avatar": null, "public_flags": 0, "flags": 0, "primary_guild": null})
            }
        }
    }

    pub(crate) fn member_json(&self, guild: Id, user: Id) -> Option<Value> {
        let member = self.guilds.get(&guild)?.members.get(&user)?;
        Some(member.json(self.users.get(&user)?))
    }

    pub(crate) fn channel_json(&self, channel: &Channel) -> Value {
        let mut out = channel.json();
        if let Some(user) = channel.recipient {
            out["recipients"] = json!([self.user_json(user)]);
        }
        out
    }

    /// A thread as the bot sees it: with its own membership, if any.
    pub(crate) fn thread_json(&self, thread: &Channel) -> Value {
        let mut out = self.channel_json(thread);
        let mine = thread
            .thread
            .as_ref()
            .is_some_and(|t| t.members.contains(&self.bot));
        if mine {
            out["member"] = super::channel::thread_member(thread, self.bot);
        }
        out
    }
}
