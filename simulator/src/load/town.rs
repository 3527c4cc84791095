//! Who and what the load is about, and the payloads that say so: cheap to make, complete enough for a strict
//! client.
//!
//! Every member talks, plays and is heard in their own guild only, so a client's count of a member's messages has
//! one right answer.

use crate::ids::Id;
use crate::play::traffic::{Act, Deed};
use crate::world::guild::plain_guild;
use crate::world::role::Role;
use serde_json::{Value, json};

/// The bot, and its application.
pub(super) const BOT: Id = 90_000_000_000_000_001;
const GUILD: Id = 81_000_000_000_000_000;
const USER: Id = 100_000_000_000_000_000;
const GUEST: Id = 200_000_000_000_000_000;
/// Guilds lie this far apart, as far as Discord's shard formula looks.
const APART: Id = 1 << 22;
const SINCE: &str = "2024-03-01T12:00:00.000000+00:00";
const DISCORD_EPOCH_MS: u64 = 1_420_070_400_000;

/// What latency probes ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Probe {
    /// `/ping`: any answer will do.
    Ping,
    /// `/seen user:<member>`: the answer says how many messages they wrote.
    Seen,
}

/// An event's name and data, before it has a place in the stream.
pub(super) struct Event {
    pub(super) name: &'static str,
    pub(super) data: String,
    /// An interaction, and how many messages of its member came before.
    pub(super) asked: Option<(Id, u64)>,
}

impl Event {
    const fn new(name: &'static str, data: String) -> Self {
        Self {
            name,
            data,
            asked: None,
        }
    }
}

/// Guilds and members, by number.
#[derive(Debug)]
pub(super) struct Town {
    pub(super) guilds: usize,
    pub(super) members: usize,
    pub(super) probe: Probe,
    /// Messages by member, over all guilds.
    wrote: Vec<u64>,
    in_voice: Vec<bool>,
    /// Guests who came and have not gone, by guild.
    guests: Vec<u64>,
    serial: u64,
    pub(super) now_ms: u64,
}

impl Town {
    pub(super) fn new(guilds: usize, members: usize, probe: Probe) -> Self {
        Self {
            guilds,
            members,
            probe,
            wrote: vec![0; guilds * members],
            in_voice: vec![false; guilds * members],
            guests: vec![0; guilds],
            serial: 0,
            now_ms: DISCORD_EPOCH_MS,
        }
    }

    /// A fresh snowflake of this moment.
    pub(super) fn id(&mut self) -> Id {
        self.serial += 1;
        (self.now_ms.saturating_sub(DISCORD_EPOCH_MS) << 22) | (self.serial & 0x3F_FFFF)
    }

    pub(super) fn guild_id(guild: usize) -> Id {
        GUILD + guild as Id * APART
    }

    fn talk(guild: usize) -> Id {
        Self::guild_id(guild) + 1
    }

    fn voice(guild: usize) -> Id {
        Self::guild_id(guild) + 2
    }

    fn slot(&self, guild: usize, member: usize) -> usize {
        guild * self.members + member
    }

    fn user(&self, guild: usize, member: usize) -> Id {
        USER + self.slot(guild, member) as Id * 1024
    }

    /// How many messages a member has written so far.
    pub(super) fn wrote(&self, guild: usize, member: usize) -> u64 {
        self.wrote[self.slot(guild, member)]
    }

    fn user_json(user: Id) -> String {
        format!(
            r#"{{"id":"{user}","username":"member-{user}","global_name":"Member {user}","discriminator":"0","avatar":null,"avatar_decoration_data":null,"bot":false,"public_flags":0,"clan":null,"primary_guild":null}}"#
        )
    }

    fn member_fields() -> String {
        format!(
            r#""nick":null,"roles":[],"joined_at":"{SINCE}","premium_since":null,"communication_disabled_until":null,"deaf":false,"mute":false,"pending":false,"flags":0,"avatar":null,"banner":null"#
        )
    }

    fn member_json(user: Id, more: &str) -> String {
        let (who, fields) = (Self::user_json(user), Self::member_fields());
        format!(r#"{{"user":{who},{fields}{more}}}"#)
    }

    /// `READY`.
    pub(super) fn ready(&self, gateway: &str) -> Event {
        let guilds: Vec<Value> = (0..self.guilds)
            .map(|guild| json!({"id": Self::guild_id(guild).to_string(), "unavailable": true}))
            .collect();
        let data = json!({
            "v": 10, "user": bot_json(), "guilds": guilds, "session_id": "5e55104", "session_type": "normal",
            "resume_gateway_url": gateway, "shard": [0, 1],
            "application": {"id": BOT.to_string(), "flags": crate::intents::grants::ALL_LIMITED},
            "private_channels": [], "presences": [], "relationships": [], "user_settings": {}, "_trace": [],
        });
        Event::new("READY", data.to_string())
    }

    /// `GUILD_CREATE` with every member.
    pub(super) fn guild_create(&self, guild: usize) -> Event {
        let id = Self::guild_id(guild);
        let channel = |id: Id, kind: u8, name: &str| {
            json!({"id": id.to_string(), "type": kind, "name": name, "position": 0, "flags": 0, "parent_id": null,
                   "topic": null, "nsfw": false, "rate_limit_per_user": 0, "last_message_id": null,
                   "bitrate": 64_000, "user_limit": 0, "rtc_region": null, "permission_overwrites": []})
        };
        let everyone = Role::new(id, "@everyone", crate::permissions::ALL, 0).json();
        let mut out = plain_guild();
        let more = json!({
            "id": id.to_string(), "name": format!("Guild {guild}"), "owner_id": self.user(guild, 0).to_string(),
            "preferred_locale": "en-US", "system_channel_id": Self::talk(guild).to_string(), "roles": [everyone],
            "joined_at": SINCE, "large": false, "unavailable": false, "member_count": self.members + 1,
            "voice_states": [], "threads": [], "stage_instances": [],
            "guild_scheduled_events": [], "soundboard_sounds": [],
            "channels": [channel(Self::talk(guild), 0, "talk"), channel(Self::voice(guild), 2, "voice")],
        });
        if let (Value::Object(out), Value::Object(more)) = (&mut out, more) {
            out.extend(more);
        }
        let users = (0..self.members).map(|member| self.user(guild, member));
        let members: Vec<String> = users
            .chain([BOT])
            .map(|user| Self::member_json(user, ""))
            .collect();
        let presences: Vec<String> = (0..self.members)
            .map(|member| self.presence(guild, member, member as u64).data)
            .collect();
        // Members and presences are most of it: they go in as text.
        let mut data = out.to_string();
        data.pop();
        let (members, presences) = (members.join(","), presences.join(","));
        data.push_str(&format!(
            r#","members":[{members}],"presences":[{presences}]}}"#
        ));
        Event::new("GUILD_CREATE", data)
    }

    /// One act of the mix.
    pub(super) fn act(&mut self, act: &Act) -> Event {
        let guild = skewed(act.guild, self.guilds);
        let member = skewed(act.who, self.members);
        match act.deed {
            Deed::Presence => self.presence(guild, member, act.luck),
            Deed::Message => self.message(guild, member, act.luck),
            Deed::Typing => self.typing(guild, member),
            Deed::Voice => self.voice_state(guild, member),
            Deed::Reaction => self.reaction(guild, member),
            Deed::Join => self.guest(guild, true),
            Deed::Leave => self.guest(guild, false),
            Deed::MemberUpdate => self.member_update(guild, member),
            Deed::Interaction => self.probe(guild, member),
            Deed::Other => self.other(guild, member, act.luck),
        }
    }

    fn presence(&self, guild: usize, member: usize, luck: u64) -> Event {
        let (user, id) = (self.user(guild, member), Self::guild_id(guild));
        let status = ["online", "idle", "dnd", "offline"][(luck % 4) as usize];
        let client = if status == "offline" {
            String::new()
        } else {
            format!(r#""desktop":"{status}""#)
        };
        let started = self.now_ms;
        Event::new(
            "PRESENCE_UPDATE",
            format!(
                r#"{{"user":{{"id":"{user}"}},"guild_id":"{id}","status":"{status}","activities":[{{"id":"{luck:x}","name":"A Game of {luck}","type":0,"created_at":{started},"timestamps":{{"start":{started}}},"application_id":"356875570916753438","party":{{"id":"{luck:x}","size":[2,5]}},"details":"Exploring the northern caves","state":"In a group","flags":0}}],"client_status":{{{client}}}}}"#
            ),
        )
    }

    fn message_json(&mut self, guild: usize, member: usize, luck: u64, edited: bool) -> String {
        let (id, user) = (self.id(), self.user(guild, member));
        let (guild_id, channel) = (Self::guild_id(guild), Self::talk(guild));
        let (author, fields) = (Self::user_json(user), Self::member_fields());
        let words = "what a fine evening for a game of cards ";
        let content = words.repeat(1 + (luck % 3) as usize);
        let edited = if edited {
            format!(r#""{SINCE}""#)
        } else {
            "null".to_owned()
        };
        format!(
            r#"{{"id":"{id}","channel_id":"{channel}","guild_id":"{guild_id}","author":{author},"member":{{{fields}}},"content":"{content}","timestamp":"{SINCE}","edited_timestamp":{edited},"tts":false,"mention_everyone":false,"mentions":[],"mention_roles":[],"attachments":[],"embeds":[],"pinned":false,"type":0,"flags":0,"components":[],"nonce":"{id}"}}"#
        )
    }

    fn message(&mut self, guild: usize, member: usize, luck: u64) -> Event {
        let slot = self.slot(guild, member);
        self.wrote[slot] += 1;
        Event::new(
            "MESSAGE_CREATE",
            self.message_json(guild, member, luck, false),
        )
    }

    fn typing(&self, guild: usize, member: usize) -> Event {
        let user = self.user(guild, member);
        let (guild, channel) = (Self::guild_id(guild), Self::talk(guild));
        let (seconds, member) = (self.now_ms / 1_000, Self::member_json(user, ""));
        Event::new(
            "TYPING_START",
            format!(
                r#"{{"channel_id":"{channel}","guild_id":"{guild}","user_id":"{user}","timestamp":{seconds},"member":{member}}}"#
            ),
        )
    }

    fn voice_state(&mut self, guild: usize, member: usize) -> Event {
        let (slot, user) = (self.slot(guild, member), self.user(guild, member));
        self.in_voice[slot] = !self.in_voice[slot];
        let channel = if self.in_voice[slot] {
            format!(r#""{}""#, Self::voice(guild))
        } else {
            "null".to_owned()
        };
        let (guild, member) = (Self::guild_id(guild), Self::member_json(user, ""));
        Event::new(
            "VOICE_STATE_UPDATE",
            format!(
                r#"{{"guild_id":"{guild}","channel_id":{channel},"user_id":"{user}","member":{member},"session_id":"{user:x}","deaf":false,"mute":false,"self_deaf":false,"self_mute":false,"self_stream":false,"self_video":false,"suppress":false,"request_to_speak_timestamp":null}}"#
            ),
        )
    }

    fn reaction(&mut self, guild: usize, member: usize) -> Event {
        let (message, user) = (self.id(), self.user(guild, member));
        let (guild, channel) = (Self::guild_id(guild), Self::talk(guild));
        let member = Self::member_json(user, "");
        Event::new(
            "MESSAGE_REACTION_ADD",
            format!(
                r#"{{"user_id":"{user}","channel_id":"{channel}","message_id":"{message}","guild_id":"{guild}","member":{member},"emoji":{{"id":null,"name":"🎲"}},"burst":false,"burst_colors":[],"type":0}}"#
            ),
        )
    }

    /// A passer-by comes, or the last one who came goes; nobody to go means that somebody comes.
    fn guest(&mut self, guild: usize, comes: bool) -> Event {
        let here = self.guests[guild];
        let comes = comes || here == 0;
        let number = if comes { here } else { here - 1 };
        self.guests[guild] = if comes { here + 1 } else { number };
        let user = GUEST + (guild as Id) * APART + number;
        let id = Self::guild_id(guild);
        if comes {
            let more = format!(r#","guild_id":"{id}""#);
            Event::new("GUILD_MEMBER_ADD", Self::member_json(user, &more))
        } else {
            let user = Self::user_json(user);
            Event::new(
                "GUILD_MEMBER_REMOVE",
                format!(r#"{{"guild_id":"{id}","user":{user}}}"#),
            )
        }
    }

    fn member_update(&self, guild: usize, member: usize) -> Event {
        let more = format!(r#","guild_id":"{}""#, Self::guild_id(guild));
        let user = self.user(guild, member);
        Event::new("GUILD_MEMBER_UPDATE", Self::member_json(user, &more))
    }

    fn other(&mut self, guild: usize, member: usize, luck: u64) -> Event {
        if luck.is_multiple_of(2) {
            let data = self.message_json(guild, member, luck, true);
            return Event::new("MESSAGE_UPDATE", data);
        }
        let message = self.id();
        let (guild, channel) = (Self::guild_id(guild), Self::talk(guild));
        Event::new(
            "MESSAGE_DELETE",
            format!(r#"{{"id":"{message}","channel_id":"{channel}","guild_id":"{guild}"}}"#),
        )
    }

    /// Somebody asks about a member.
    pub(super) fn probe(&mut self, guild: usize, member: usize) -> Event {
        let user = self.user(guild, member);
        let data = match self.probe {
            Probe::Ping => json!({"name": "ping"}),
            Probe::Seen => {
                let who: Value =
                    serde_json::from_str(&Self::user_json(user)).expect("it is made above");
                json!({"name": "seen", "options": [{"type": 6, "name": "user", "value": user.to_string()}],
                       "resolved": {"users": {user.to_string(): who}}})
            }
        };
        let expected = self.wrote(guild, member);
        let mut event = self.command(guild, member, data);
        event.asked = event.asked.map(|(id, _)| (id, expected));
        event
    }

    /// The owner of a guild changes something, which is answered when it is durable.
    pub(super) fn change(&mut self, guild: usize, odd: bool) -> Event {
        let zone = if odd { "Europe/Paris" } else { "Asia/Tokyo" };
        let option = json!({"type": 3, "name": "zone", "value": zone});
        let data =
            json!({"name": "setup", "options": [{"type": 1, "name": "zone", "options": [option]}]});
        self.command(guild, 0, data)
    }

    /// `/ping` in direct messages: needs no guild to be there.
    pub(super) fn first(&mut self) -> Event {
        let id = self.id();
        let user: Value =
            serde_json::from_str(&Self::user_json(self.user(0, 0))).expect("it is made above");
        let data = json!({
            "id": id.to_string(), "application_id": BOT.to_string(), "type": 2, "token": format!("load-{id}"),
            "version": 1, "data": {"id": "7", "type": 1, "name": "ping"}, "user": user, "context": 1,
            "channel_id": "77", "channel": {"id": "77", "type": 1}, "app_permissions": "0", "locale": "en-US",
            "entitlements": [], "attachment_size_limit": 0, "authorizing_integration_owners": {"0": "0"},
        });
        Event {
            asked: Some((id, 0)),
            ..Event::new("INTERACTION_CREATE", data.to_string())
        }
    }

    fn command(&mut self, guild: usize, member: usize, mut data: Value) -> Event {
        let (id, user) = (self.id(), self.user(guild, member));
        data["id"] = json!("7");
        data["type"] = json!(1);
        let all = crate::permissions::ALL;
        let member = Self::member_json(user, &format!(r#","permissions":"{all}""#));
        let (guild, channel) = (Self::guild_id(guild), Self::talk(guild));
        let data = format!(
            r#"{{"id":"{id}","application_id":"{BOT}","type":2,"token":"load-{id}","version":1,"data":{data},"guild_id":"{guild}","guild":{{"id":"{guild}","locale":"en-US","features":[]}},"guild_locale":"en-US","channel_id":"{channel}","channel":{{"id":"{channel}","type":0,"guild_id":"{guild}","name":"talk"}},"member":{member},"context":0,"app_permissions":"{all}","locale":"en-US","entitlements":[],"attachment_size_limit":10485760,"authorizing_integration_owners":{{"0":"{guild}"}}}}"#
        );
        Event {
            asked: Some((id, 0)),
            ..Event::new("INTERACTION_CREATE", data)
        }
    }
}

/// The bot's account.
pub(super) fn bot_json() -> Value {
    json!({"id": BOT.to_string(), "username": "guildhall", "global_name": null, "discriminator": "0420",
           "avatar": null, "bot": true, "mfa_enabled": true, "verified": true, "email": null, "locale": "en-US",
           "flags": 0, "public_flags": 0, "premium_type": 0})
}

/// A number below `count`; the first are met more often, as a few people and guilds make most of the noise.
fn skewed(luck: u64, count: usize) -> usize {
    let part = luck as f64 / u64::MAX as f64;
    ((part * part * count as f64) as usize).min(count.saturating_sub(1))
}
