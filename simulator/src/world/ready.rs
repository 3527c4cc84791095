//! The two big payloads of a new session: READY and one GUILD_CREATE per guild; and member chunks.

use super::World;
use super::guild::Guild;
use super::member::Presence;
use super::session::Session;
use crate::dates::iso;
use crate::ids::{Id, wire};
use crate::intents;
use serde_json::{Value, json};

impl World {
    pub(crate) fn ready(&self, session: &Session) -> Value {
        let guilds: Vec<Value> = self
            .bot_guilds(session)
            .map(|guild| json!({"id": wire(guild.id), "unavailable": true}))
            .collect();
        json!({
            "v": 10,
            "user": self.users[&self.bot].current_json(),
            "guilds": guilds,
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.gateway_url,
            "shard": [session.shard.0, session.shard.1],
            "application": {"id": wire(self.application), "flags": self.application_flags},
            "private_channels": [], "presences": [], "relationships": [], "user_settings": {},
            "_trace": ["[\"simulator\"]"],
        })
    }

    /// The bot's guilds on a session's shard.
    pub(crate) fn bot_guilds<'a>(
        &'a self,
        session: &'a Session,
    ) -> impl Iterator<Item = &'a Guild> {
        self.guilds
            .values()
            .filter(|guild| guild.members.contains_key(&self.bot) && session.owns(Some(guild.id)))
    }

    /// GUILD_CREATE as this session gets it: presences and the full member list need their intents.
    pub(crate) fn guild_create(&self, guild: &Guild, session: &Session) -> Value {
        let now = self.now();
        let with_presences = session.intents & intents::GUILD_PRESENCES != 0;
        let large = guild.members.len() > session.large_threshold;
        let mut out = guild.json();
        out["joined_at"] = json!(iso(guild
            .members
            .get(&self.bot)
            .map_or(now, |m| m.joined_at_ms)));
        out["large"] = json!(large);
        out["unavailable"] = json!(false);
        out["member_count"] = json!(guild.members.len());
        out["members"] = Value::Array(self.first_members(guild, with_presences, large));
        out["presences"] = Value::Array(if with_presences {
            presences(guild)
        } else {
            Vec::new()
        });
        out["voice_states"] = guild
            .voice
            .iter()
            .map(|(user, voice)| voice.json(*user))
            .collect();
        let (threads, channels): (Vec<_>, Vec<_>) = self
            .channels
            .values()
            .filter(|channel| channel.guild == Some(guild.id))
            .partition(|channel| channel.kind.is_thread());
        out["channels"] = channels.iter().map(|c| self.channel_json(c)).collect();
        out["threads"] = threads
            .iter()
            .filter(|t| self.bot_sees(t.id) && t.thread.as_ref().is_some_and(|t| !t.archived))
            .map(|t| self.thread_json(t))
            .collect();
        out["stage_instances"] = json!([]);
        out["guild_scheduled_events"] = guild.events.values().cloned().collect();
        out["soundboard_sounds"] = json!([]);
        out
    }

    /// Without the presence intent only the bot and who is in voice; in a large guild nobody who is offline.
    fn first_members(&self, guild: &Guild, with_presences: bool, large: bool) -> Vec<Value> {
        let shown = |user: &Id| {
            let online = guild.presences.get(user).is_some_and(Presence::is_online);
            *user == self.bot
                || guild.voice.contains_key(user)
                || (with_presences && (online || !large))
        };
        guild
            .members
            .values()
            .filter(|member| shown(&member.user))
            .filter_map(|member| Some(member.json(self.users.get(&member.user)?)))
            .collect()
    }
}

fn presences(guild: &Guild) -> Vec<Value> {
    guild
        .presences
        .iter()
        .filter(|(_, presence)| presence.is_online())
        .map(|(user, presence)| presence.json(guild.id, *user))
        .collect()
}

impl Presence {
    pub(crate) fn is_online(&self) -> bool {
        self.status != "offline"
    }
}
