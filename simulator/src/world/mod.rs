//! The state of the simulated Discord, behind one lock: people, guilds, messages, sessions.
//!
//! Everything here is synchronous. Verbs and REST routes change the world through the methods of this module's
//! parts; each change sends its own gateway events (`dispatch`), so no caller can forget one. There is one bot
//! application per world, as there is one token.

pub(crate) mod audit;
pub(crate) mod channel;
pub(crate) mod dispatch;
mod events;
pub(crate) mod guild;
pub(crate) mod guilds;
pub(crate) mod interaction;
pub(crate) mod member;
pub(crate) mod members;
pub(crate) mod message;
pub(crate) mod messages;
pub(crate) mod reactions;
pub(crate) mod ready;
pub(crate) mod role;
pub(crate) mod session;
pub(crate) mod show;
pub(crate) mod threads;
pub(crate) mod user;

use crate::config::SimConfig;
use crate::faults::Faults;
use crate::feed::FeedItem;
use crate::gateway::Connection;
use crate::ids::{Id, Ids};
use crate::record::{Counters, RequestRecord};
use crate::rest::limits::Buckets;
use channel::Channel;
use guild::Guild;
use interaction::{Interaction, InteractionKind};
use message::Log;
use serde_json::Value;
use session::Session;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use tokio::sync::{broadcast, watch};
use user::User;

/// So long Discord remembers a nonce.
pub(crate) const NONCE_LIVES_MS: i64 = 120_000;

/// A remembered nonce: channel and text.
pub(crate) type NonceKey = (Id, String);

/// A webhook of a channel.
#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    pub(crate) id: Id,
    pub(crate) token: String,
    pub(crate) name: String,
    pub(crate) channel: Id,
    pub(crate) guild: Id,
    pub(crate) creator: Id,
}

/// All of it.
pub(crate) struct World {
    pub(crate) config: SimConfig,
    pub(crate) ids: Ids,
    pub(crate) bot: Id,
    pub(crate) application: Id,
    pub(crate) application_flags: u64,
    /// Who owns the application, where somebody was named; several are a team.
    pub(crate) application_owners: Vec<Id>,
    pub(crate) users: BTreeMap<Id, User>,
    pub(crate) guilds: BTreeMap<Id, Guild>,
    pub(crate) channels: BTreeMap<Id, Channel>,
    pub(crate) logs: BTreeMap<Id, Log>,
    pub(crate) webhooks: BTreeMap<Id, Webhook>,
    pub(crate) invites: BTreeMap<String, Value>,
    /// Global commands under `None`, else by guild; each by id.
    pub(crate) commands: BTreeMap<Option<Id>, BTreeMap<Id, Value>>,
    /// When commands were created, for the limit of 200 a day.
    pub(crate) commands_created: BTreeMap<Option<Id>, Vec<i64>>,
    pub(crate) interactions: BTreeMap<Id, Interaction>,
    /// Those whose three seconds run.
    pub(crate) unanswered: BTreeSet<Id>,
    pub(crate) nonces: BTreeMap<NonceKey, (Id, i64)>,
    pub(crate) sessions: BTreeMap<String, Session>,
    pub(crate) connections: BTreeMap<u64, Connection>,
    pub(crate) identified_ms: Vec<i64>,
    pub(crate) full_member_requests: BTreeMap<Id, i64>,
    pub(crate) faults: Faults,
    pub(crate) buckets: Buckets,
    pub(crate) requests: VecDeque<RequestRecord>,
    pub(crate) counters: Counters,
    pub(crate) gateway_url: String,
    pub(crate) feed: broadcast::Sender<FeedItem>,
    pub(crate) changed: watch::Sender<u64>,
}

impl World {
    pub(crate) fn new(config: SimConfig) -> Self {
        let mut ids = Ids::default();
        let application = ids.next(config.clock.now_ms());
        let bot = User {
            id: application,
            name: config.bot_name.clone(),
            global_name: None,
            bot: true,
            accepts_dms: false,
        };
        Self {
            application_flags: config.application_flags,
            application_owners: Vec::new(),
            config,
            ids,
            bot: application,
            application,
            users: BTreeMap::from([(application, bot)]),
            guilds: BTreeMap::new(),
            channels: BTreeMap::new(),
            logs: BTreeMap::new(),
            webhooks: BTreeMap::new(),
            invites: BTreeMap::new(),
            commands: BTreeMap::new(),
            commands_created: BTreeMap::new(),
            interactions: BTreeMap::new(),
            unanswered: BTreeSet::new(),
            nonces: BTreeMap::new(),
            sessions: BTreeMap::new(),
            connections: BTreeMap::new(),
            identified_ms: Vec::new(),
            full_member_requests: BTreeMap::new(),
            faults: Faults::default(),
            buckets: Buckets::default(),
            requests: VecDeque::new(),
            counters: Counters::default(),
            gateway_url: String::new(),
            feed: broadcast::Sender::new(4_096),
            changed: watch::Sender::new(0),
        }
    }

    pub(crate) fn now(&self) -> i64 {
        self.config.clock.now_ms()
    }

    pub(crate) fn next_id(&mut self) -> Id {
        let now = self.now();
        self.ids.next(now)
    }

    /// Tells whoever waits that something is different.
    pub(crate) fn touch(&self) {
        self.changed.send_modify(|version| *version += 1);
    }

    /// Whether the bot is a member of a guild that is up.
    pub(crate) fn bot_is_in(&self, guild: Id) -> bool {
        self.guilds
            .get(&guild)
            .is_some_and(|g| g.members.contains_key(&self.bot))
    }

    /// Lets time-bound things end: unanswered interactions, old nonces, dead sessions.
    pub(crate) fn tick(&mut self) {
        let now = self.now();
        self.nonces.retain(|_, (_, at)| now < *at + NONCE_LIVES_MS);
        self.expire_interactions();
        let grace = i64::try_from(self.config.session_grace.as_millis()).unwrap_or(i64::MAX / 2);
        self.sessions
            .retain(|_, s| s.connection.is_some() || now < s.lost_ms + grace);
        self.touch();
    }

    pub(crate) fn fail_interaction(&mut self, id: Id) {
        let Some(interaction) = self.interactions.get_mut(&id) else {
            return;
        };
        interaction.failed = true;
        let (user, channel) = (interaction.user, interaction.channel);
        let shows = interaction.kind != InteractionKind::Autocomplete;
        self.counters.failed_interactions += 1;
        if !shows {
            return self.touch();
        }
        self.see(
            crate::feed::Seen::NoAnswer,
            channel,
            user,
            None,
            "The application did not respond",
        );
    }
}
