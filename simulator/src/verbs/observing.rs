//! Looking at the world: what a person sees, what was asked, how often.

use crate::feed::Feed;
use crate::ids::Id;
use crate::record::{Counters, RequestRecord};
use crate::simulator::Simulator;
use serde::Serialize;
use serde_json::{Value, json};

/// The world in brief, for `GET /sim/state`.
#[derive(Clone, Debug, Serialize)]
pub struct Snapshot {
    /// Guilds with their channels and members, by name and id.
    pub guilds: Vec<Value>,
    /// Sessions: id, shard, seq, whether connected.
    pub sessions: Vec<Value>,
    /// Counters.
    pub counters: Counters,
    /// Simulated time, Unix milliseconds.
    pub now_ms: i64,
}

impl Simulator {
    /// What everybody sees in a channel, oldest first (no ephemeral answers).
    #[must_use]
    pub fn messages(&self, channel: Id) -> Vec<Value> {
        let world = self.world();
        let log = world.logs.get(&channel);
        let all = log.into_iter().flat_map(|log| log.messages.values());
        all.filter(|m| m.ephemeral_to.is_none())
            .map(|m| m.json(world.bot))
            .collect()
    }

    /// How many messages there are; cheaper than to look at them.
    #[must_use]
    pub fn message_count(&self, channel: Id) -> usize {
        let world = self.world();
        let log = world.logs.get(&channel);
        let all = log.into_iter().flat_map(|log| log.messages.values());
        all.filter(|m| m.ephemeral_to.is_none()).count()
    }

    /// The direct messages between the bot and somebody.
    #[must_use]
    pub fn dms(&self, user: Id) -> Vec<Value> {
        let channel = self
            .world()
            .channels
            .values()
            .find(|c| c.recipient == Some(user))
            .map(|c| c.id);
        channel
            .map(|channel| self.messages(channel))
            .unwrap_or_default()
    }

    /// The ephemeral answers that somebody got, oldest first.
    #[must_use]
    pub fn whispers(&self, user: Id) -> Vec<Value> {
        let world = self.world();
        let all = world.logs.values().flat_map(|log| log.messages.values());
        let mut mine: Vec<_> = all.filter(|m| m.ephemeral_to == Some(user)).collect();
        mine.sort_by_key(|m| m.id);
        mine.into_iter().map(|m| m.json(world.bot)).collect()
    }

    /// One message, wherever it is.
    #[must_use]
    pub fn message(&self, id: Id) -> Option<Value> {
        let world = self.world();
        world.find_message(id).map(|m| m.json(world.bot))
    }

    /// Requests so far, oldest first; the oldest are dropped beyond `requests_kept`.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.world().requests.iter().cloned().collect()
    }

    /// Requests with a number above `after`, so that a poller need not read all again.
    #[must_use]
    pub fn requests_after(&self, after: u64) -> Vec<RequestRecord> {
        self.world()
            .requests
            .iter()
            .filter(|r| r.number > after)
            .cloned()
            .collect()
    }

    /// Requests of one route, e.g. `("POST", "/channels/{channel_id}/messages")`.
    #[must_use]
    pub fn requests_to(&self, method: &str, route: &str) -> Vec<RequestRecord> {
        self.world()
            .requests
            .iter()
            .filter(|r| r.is(method, route))
            .cloned()
            .collect()
    }

    /// Requests to routes that Discord does not have; a test should find none.
    #[must_use]
    pub fn unknown_routes(&self) -> Vec<RequestRecord> {
        self.world()
            .requests
            .iter()
            .filter(|r| r.is_unknown_route())
            .cloned()
            .collect()
    }

    /// Drops the record so far.
    pub fn forget_requests(&self) {
        self.world().requests.clear();
    }

    /// A copy of the counters.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.world().counters.clone()
    }

    /// What happens in the channels from now on.
    #[must_use]
    pub fn feed(&self) -> Feed {
        Feed::new(self.world().feed.subscribe())
    }

    /// Whether a client is connected and identified.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.world()
            .sessions
            .values()
            .any(|s| s.connection.is_some())
    }

    /// The registered commands: global ones, or those of a guild.
    #[must_use]
    pub fn commands(&self, guild: Option<Id>) -> Vec<Value> {
        let world = self.world();
        world
            .commands
            .get(&guild)
            .map(|all| all.values().cloned().collect())
            .unwrap_or_default()
    }

    /// Ids of members, ascending.
    #[must_use]
    pub fn members(&self, guild: Id) -> Vec<Id> {
        let world = self.world();
        world
            .guilds
            .get(&guild)
            .map(|g| g.members.keys().copied().collect())
            .unwrap_or_default()
    }

    /// The member object as REST would show it.
    #[must_use]
    pub fn member(&self, guild: Id, user: Id) -> Option<Value> {
        self.world().member_json(guild, user)
    }

    /// The channel object as REST would show it.
    #[must_use]
    pub fn channel(&self, channel: Id) -> Option<Value> {
        let world = self.world();
        world.channels.get(&channel).map(|c| world.channel_json(c))
    }

    /// Ids of the guilds that the bot is in.
    #[must_use]
    pub fn bot_guilds(&self) -> Vec<Id> {
        let world = self.world();
        world
            .guilds
            .keys()
            .copied()
            .filter(|id| world.bot_is_in(*id))
            .collect()
    }

    /// Audit-log entries, oldest first.
    #[must_use]
    pub fn audit_log(&self, guild: Id) -> Vec<Value> {
        self.world()
            .guilds
            .get(&guild)
            .map(|g| g.audit.clone())
            .unwrap_or_default()
    }

    /// How people call a channel: `#general` or `@name`.
    #[must_use]
    pub fn place(&self, channel: Id) -> String {
        self.world().place(channel)
    }

    /// The world in brief.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let world = self.world();
        let guild = |g: &crate::world::guild::Guild| {
            let channels = world.channels.values().filter(|c| c.guild == Some(g.id));
            json!({
                "id": g.id.to_string(),
                "name": g.name,
                "bot": g.members.contains_key(&world.bot),
                "unavailable": g.unavailable,
                "channels": channels.map(|c| json!({"id": c.id.to_string(), "name": c.name, "type": c.kind as u64})).collect::<Vec<_>>(),
                "members": g.members.keys().map(|u| json!({"id": u.to_string(), "name": world.shown_name(Some(g.id), *u)})).collect::<Vec<_>>(),
                "roles": g.roles.values().map(|r| json!({"id": r.id.to_string(), "name": r.name})).collect::<Vec<_>>(),
            })
        };
        let session = |s: &crate::world::session::Session| {
            json!({"id": s.id, "shard": [s.shard.0, s.shard.1], "seq": s.seq, "heartbeat_seq": s.heartbeat_seq,
                "intents": s.intents, "connected": s.connection.is_some(), "replayable": s.log.len()})
        };
        Snapshot {
            guilds: world.guilds.values().map(guild).collect(),
            sessions: world.sessions.values().map(session).collect(),
            counters: world.counters.clone(),
            now_ms: world.now(),
        }
    }
}
