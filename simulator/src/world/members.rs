//! Members come and go, are kicked, banned, given roles, heard and seen.

use super::World;
use super::audit::{Deed, action};
use super::dispatch::Reach;
use super::member::{Member, Presence, VoiceState};
use crate::feed::Seen;
use crate::ids::{Id, wire};
use crate::intents;
use serde_json::{Value, json};

impl World {
    pub(crate) fn member_mut(&mut self, guild: Id, user: Id) -> Option<&mut Member> {
        self.guilds.get_mut(&guild)?.members.get_mut(&user)
    }

    /// Without any event.
    pub(crate) fn add_member(&mut self, guild: Id, user: Id) {
        let now = self.now();
        if let Some(g) = self.guilds.get_mut(&guild) {
            g.members
                .entry(user)
                .or_insert_with(|| Member::new(user, now));
        }
    }

    /// Whether the user was no member before.
    pub(crate) fn join(&mut self, guild: Id, user: Id) -> bool {
        let Some(g) = self.guilds.get(&guild) else {
            return false;
        };
        if g.members.contains_key(&user) || g.bans.contains_key(&user) {
            return false;
        }
        self.add_member(guild, user);
        let mut d = self.member_json(guild, user).unwrap_or(Value::Null);
        d["guild_id"] = wire(guild);
        self.send(
            "GUILD_MEMBER_ADD",
            Reach::Guild(guild),
            intents::GUILD_MEMBERS,
            &d,
        );
        self.see_guild(Seen::Joined, guild, user, "joined");
        true
    }

    /// Leaves by themselves. The event tells neither roles nor how long they stayed, as on Discord.
    pub(crate) fn leave(&mut self, guild: Id, user: Id) -> bool {
        let was_member = self.remove_member(guild, user);
        if was_member {
            self.see_guild(Seen::Left, guild, user, "left");
        }
        was_member
    }

    fn remove_member(&mut self, guild: Id, user: Id) -> bool {
        let is_member = self
            .guilds
            .get(&guild)
            .is_some_and(|g| g.members.contains_key(&user));
        if !is_member {
            return false;
        }
        if user == self.bot {
            self.remove_bot(guild);
            return true;
        }
        self.change_voice(guild, user, None);
        if let Some(g) = self.guilds.get_mut(&guild) {
            g.members.remove(&user);
            g.presences.remove(&user);
        }
        let d = json!({"guild_id": wire(guild), "user": self.user_json(user)});
        self.send(
            "GUILD_MEMBER_REMOVE",
            Reach::Guild(guild),
            intents::GUILD_MEMBERS,
            &d,
        );
        true
    }

    pub(crate) fn kick(&mut self, guild: Id, by: Id, user: Id, reason: Option<&str>) -> bool {
        if !self.remove_member(guild, user) {
            return false;
        }
        let deed = Deed {
            guild,
            by,
            action: action::MEMBER_KICK,
            target: Some(user),
            reason,
        };
        self.audit(&deed);
        let by = self.shown_name(Some(guild), by);
        self.see_guild(Seen::Kicked, guild, user, &format!("was kicked by {by}"));
        true
    }

    pub(crate) fn ban(&mut self, guild: Id, by: Id, user: Id, reason: Option<&str>) {
        let Some(g) = self.guilds.get_mut(&guild) else {
            return;
        };
        g.bans.insert(user, reason.map(str::to_owned));
        let d = json!({"guild_id": wire(guild), "user": self.user_json(user)});
        self.send(
            "GUILD_BAN_ADD",
            Reach::Guild(guild),
            intents::GUILD_MODERATION,
            &d,
        );
        self.remove_member(guild, user);
        let deed = Deed {
            guild,
            by,
            action: action::MEMBER_BAN_ADD,
            target: Some(user),
            reason,
        };
        self.audit(&deed);
        let by = self.shown_name(Some(guild), by);
        self.see_guild(Seen::Banned, guild, user, &format!("was banned by {by}"));
    }

    pub(crate) fn unban(&mut self, guild: Id, by: Id, user: Id, reason: Option<&str>) -> bool {
        let was_banned = self
            .guilds
            .get_mut(&guild)
            .is_some_and(|g| g.bans.remove(&user).is_some());
        if was_banned {
            let d = json!({"guild_id": wire(guild), "user": self.user_json(user)});
            self.send(
                "GUILD_BAN_REMOVE",
                Reach::Guild(guild),
                intents::GUILD_MODERATION,
                &d,
            );
            let deed = Deed {
                guild,
                by,
                action: action::MEMBER_BAN_REMOVE,
                target: Some(user),
                reason,
            };
            self.audit(&deed);
        }
        was_banned
    }

    pub(crate) fn send_member_update(&mut self, guild: Id, user: Id) {
        let Some(mut d) = self.member_json(guild, user) else {
            return;
        };
        d["guild_id"] = wire(guild);
        // The bot hears about itself without the members intent.
        let needs = if user == self.bot {
            0
        } else {
            intents::GUILD_MEMBERS
        };
        self.send("GUILD_MEMBER_UPDATE", Reach::Guild(guild), needs, &d);
        self.touch();
    }

    /// Gives or takes a role; false if nothing changed.
    pub(crate) fn change_role(
        &mut self,
        guild: Id,
        by: Id,
        user: Id,
        role: Id,
        give: bool,
        reason: Option<&str>,
    ) -> bool {
        let Some(name) = self
            .guilds
            .get(&guild)
            .and_then(|g| g.roles.get(&role))
            .map(|r| r.name.clone())
        else {
            return false;
        };
        let Some(member) = self.member_mut(guild, user) else {
            return false;
        };
        let changed = if give {
            member.roles.insert(role)
        } else {
            member.roles.remove(&role)
        };
        if !changed {
            return false;
        }
        self.send_member_update(guild, user);
        let key = if give { "$add" } else { "$remove" };
        let changes = json!([{"key": key, "new_value": [{"id": wire(role), "name": name}]}]);
        let deed = Deed {
            guild,
            by,
            action: action::MEMBER_ROLE_UPDATE,
            target: Some(user),
            reason,
        };
        self.audit_with(&deed, changes, Value::Null);
        true
    }

    /// Enters, changes (`Some`) or leaves (`None`) a voice channel.
    pub(crate) fn change_voice(&mut self, guild: Id, user: Id, channel: Option<Id>) -> bool {
        let session = format!("voice{user}");
        let Some(g) = self.guilds.get_mut(&guild) else {
            return false;
        };
        let was_in = g.voice.get(&user).and_then(|v| v.channel);
        if was_in == channel {
            return false;
        }
        let mut state = g.voice.remove(&user).unwrap_or(VoiceState {
            channel: None,
            session,
            mute: false,
            deaf: false,
            self_mute: false,
            self_deaf: false,
            self_video: false,
            self_stream: false,
        });
        state.self_stream = false;
        state.channel = channel;
        if channel.is_some() {
            g.voice.insert(user, state.clone());
        }
        self.send_voice_state(guild, user, &state);
        let text = match (was_in, channel) {
            (_, None) => "left voice".to_owned(),
            (None, Some(to)) => format!("joined {}", self.place(to)),
            (Some(_), Some(to)) => format!("moved to {}", self.place(to)),
        };
        self.see_guild(Seen::Voice, guild, user, &text);
        true
    }

    pub(crate) fn send_voice_state(&mut self, guild: Id, user: Id, state: &VoiceState) {
        let mut d = state.json(user);
        d["guild_id"] = wire(guild);
        d["member"] = self.member_json(guild, user).unwrap_or(Value::Null);
        self.send(
            "VOICE_STATE_UPDATE",
            Reach::Guild(guild),
            intents::GUILD_VOICE_STATES,
            &d,
        );
    }

    pub(crate) fn set_presence(
        &mut self,
        guild: Id,
        user: Id,
        status: &str,
        activities: Vec<Value>,
    ) {
        let presence = Presence {
            status: status.to_owned(),
            activities,
        };
        let d = presence.json(guild, user);
        if let Some(g) = self.guilds.get_mut(&guild) {
            g.presences.insert(user, presence);
        }
        self.send(
            "PRESENCE_UPDATE",
            Reach::Guild(guild),
            intents::GUILD_PRESENCES,
            &d,
        );
        self.touch();
    }

    pub(crate) fn typing(&mut self, channel: Id, user: Id) {
        let guild = self.channels.get(&channel).and_then(|c| c.guild);
        let mut d = json!({
            "channel_id": wire(channel),
            "user_id": wire(user),
            "timestamp": self.now() / 1_000,
        });
        let needs = match guild {
            Some(guild) => {
                d["guild_id"] = wire(guild);
                d["member"] = self.member_json(guild, user).unwrap_or(Value::Null);
                intents::GUILD_MESSAGE_TYPING
            }
            None => intents::DIRECT_MESSAGE_TYPING,
        };
        self.send("TYPING_START", Reach::Channel(channel), needs, &d);
    }
}
