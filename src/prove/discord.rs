//! A small, pure model of Discord: guilds and their members, a gateway session with its log and replay
//! buffer, messages with nonces that are remembered for two minutes, interactions and whether they were
//! responded to. Its REST routes are in [`super::rest`].
//!
//! It is not `simulator`: that one speaks real sockets on real time, this one is data in one thread.

use actors::kernel::{
    activity::Sign,
    call::Caller,
    call::{Origin, Permissions, Process, Ticket, Token},
    ids::{
        ApplicationId, ChannelId, DISCORD_EPOCH_MS, GuildId, InteractionId, MessageId, RoleId,
        UserId,
    },
    inbound::{AuditEntry, EffectId, GuildView, Inbound, Member},
    time::{Span, Timestamp},
};
use std::collections::{BTreeMap, BTreeSet};

/// Our account.
pub const BOT: u64 = 900;
/// Our application.
pub const APPLICATION: u64 = 901;
/// Our role, above all others.
pub const BOT_ROLE: u64 = 902;
/// How long a nonce is remembered.
pub const NONCES_FOR: Span = Span::minutes(2);
/// Frames Discord keeps for a replay.
pub const REPLAY: usize = 4_000;

/// One frame of a session.
#[derive(Clone, Debug)]
pub struct Event {
    /// When, on Discord's clock.
    pub at: Timestamp,
    /// What.
    pub what: What,
}

/// What a frame says.
#[derive(Clone, Debug)]
pub enum What {
    /// The session begins.
    Ready(Vec<GuildId>),
    /// Something happened; times in it are Discord's.
    Happened(Box<Inbound>),
    /// A member gave a sign of life.
    Signed(Box<Sign>),
    /// A message of ours.
    Own(Option<String>, MessageId, ChannelId),
    /// A member list was asked for too soon.
    TooSoon(GuildId, String),
    /// Something we have no use for.
    Noise,
}

/// A gateway session.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// Its name.
    pub id: String,
    /// Its frames; the first has number 1.
    pub events: Vec<Event>,
    /// So many of the oldest frames can no longer be replayed.
    pub trimmed: usize,
    /// The newest frame that reached the bot.
    pub delivered: usize,
    /// Discord has forgotten it.
    pub dead: bool,
}

/// A channel.
#[derive(Clone, Debug, Default)]
pub struct Channel {
    /// The bot may not write here.
    pub closed: bool,
    /// What was said here by us.
    pub messages: Vec<Posted>,
}

/// A message of ours.
#[derive(Clone, Debug)]
pub struct Posted {
    /// Its id, and so its time.
    pub id: MessageId,
    /// What we called it.
    pub nonce: Option<String>,
    /// What it says.
    pub content: String,
    /// Titles of its embeds.
    pub titles: Vec<String>,
    /// For which effect it was sent.
    pub tag: Option<EffectId>,
}

/// A guild.
#[derive(Clone, Debug)]
pub struct Guild {
    /// Its name.
    pub name: String,
    /// Who owns it.
    pub owner: UserId,
    /// When the bot joined.
    pub joined_at: Timestamp,
    /// The bot is in it.
    pub inside: bool,
    /// The first is for notices.
    pub channels: Vec<ChannelId>,
    /// Roles besides `@everyone`.
    pub roles: Vec<RoleId>,
    /// Who is there.
    pub members: BTreeMap<UserId, Member>,
    /// Who is in voice, where.
    pub voice: BTreeMap<UserId, ChannelId>,
    /// The audit log, newest last.
    pub audit: Vec<(u64, AuditEntry)>,
    /// The bot may read it.
    pub audit_open: bool,
    /// The bot may kick members, and give and take roles.
    pub powers: bool,
}

/// An interaction.
#[derive(Clone, Debug)]
pub struct Interaction {
    /// Who asked, from where.
    pub origin: Origin,
    /// A first response was given.
    pub acknowledged: bool,
    /// What the answer says.
    pub content: Option<String>,
}

/// See the module docs.
#[derive(Debug)]
pub struct Discord {
    /// True time.
    pub now: Timestamp,
    counter: u64,
    /// Guilds by id.
    pub guilds: BTreeMap<GuildId, Guild>,
    /// All channels, those of direct messages and those deleted included.
    pub channels: BTreeMap<ChannelId, Channel>,
    /// Channels that exist no more.
    pub deleted: BTreeSet<ChannelId>,
    /// Direct messages.
    pub dms: BTreeMap<UserId, ChannelId>,
    /// Who takes no direct messages.
    pub shut: BTreeSet<UserId>,
    /// Sessions, the newest last.
    pub sessions: Vec<Session>,
    /// Interactions by id.
    pub interactions: BTreeMap<InteractionId, Interaction>,
    /// Buttons and menus that were shown.
    pub buttons: Vec<(InteractionId, String)>,
    /// How many members the bot removed.
    pub removed: u64,
    /// Forms that were shown, with their fields.
    pub forms: Vec<(InteractionId, String, Vec<String>)>,
}

impl Discord {
    /// An empty world at `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self {
            now,
            counter: 0,
            guilds: BTreeMap::new(),
            channels: BTreeMap::new(),
            deleted: BTreeSet::new(),
            dms: BTreeMap::new(),
            shut: BTreeSet::new(),
            sessions: Vec::new(),
            interactions: BTreeMap::new(),
            buttons: Vec::new(),
            removed: 0,
            forms: Vec::new(),
        }
    }

    /// A snowflake of now that nobody has yet.
    pub fn snowflake(&mut self) -> u64 {
        self.counter += 1;
        let ms = (self.now.millis() - DISCORD_EPOCH_MS).max(0).unsigned_abs();
        (ms << 22) | (self.counter & 0x003f_ffff)
    }

    /// A new channel.
    pub fn new_channel(&mut self) -> ChannelId {
        let id = ChannelId::new(self.snowflake()).expect("snowflakes are not zero");
        self.channels.insert(id, Channel::default());
        id
    }

    /// The conversation with a user.
    pub fn dm(&mut self, user: UserId) -> ChannelId {
        if let Some(channel) = self.dms.get(&user) {
            return *channel;
        }
        let channel = self.new_channel();
        self.dms.insert(user, channel);
        channel
    }

    /// A guild with three channels, three roles and an owner; the bot is in it from now on.
    pub fn new_guild(&mut self) -> GuildId {
        let id = GuildId::new(self.snowflake()).expect("snowflakes are not zero");
        let channels = (0..4).map(|_| self.new_channel()).collect();
        let roles = (0..3)
            .filter_map(|_| RoleId::new(self.snowflake()))
            .collect();
        let owner = self.new_user();
        let guild = Guild {
            name: format!("Guild {}", self.guilds.len() + 1),
            owner,
            joined_at: self.now,
            inside: true,
            channels,
            roles,
            members: BTreeMap::new(),
            voice: BTreeMap::new(),
            audit: Vec::new(),
            audit_open: true,
            powers: true,
        };
        self.guilds.insert(id, guild);
        self.enter(id, owner, false);
        let view = self.view(id);
        self.happened(Inbound::GuildAvailable(view));
        id
    }

    /// A new account.
    pub fn new_user(&mut self) -> UserId {
        UserId::new(self.snowflake()).expect("snowflakes are not zero")
    }

    /// Somebody is in a guild from now on.
    pub fn enter(&mut self, guild: GuildId, user: UserId, pending: bool) -> Option<Member> {
        let now = self.now;
        let member = Member {
            user,
            name: format!("user{}", user.get() % 1000),
            bot: user.get().is_multiple_of(17),
            joined_at: Some(now),
            roles: Vec::new(),
            pending,
        };
        let guild = self.guilds.get_mut(&guild)?;
        guild.members.insert(user, member.clone());
        Some(member)
    }

    /// A guild as GUILD_CREATE shows it.
    #[must_use]
    pub fn view(&self, id: GuildId) -> GuildView {
        let guild = &self.guilds[&id];
        let members = guild.members.values().cloned();
        // Discord sends a few members of a large guild only; here every other guild is large.
        let shown = if id.get().is_multiple_of(2) { 3 } else { 400 };
        GuildView {
            guild: id,
            name: guild.name.clone(),
            owner: Some(guild.owner),
            system_channel: guild.channels.first().copied(),
            joined_at: Some(guild.joined_at),
            channels: guild.channels.clone(),
            roles: guild
                .roles
                .iter()
                .map(|role| (*role, role.to_string()))
                .collect(),
            members: members.take(shown).collect(),
            voice: guild
                .voice
                .iter()
                .map(|(user, channel)| (*user, *channel))
                .collect(),
            member_count: guild.members.len() as u64,
            gap: None,
        }
    }

    /// Something happened: the session's next frame.
    pub fn happened(&mut self, what: Inbound) {
        self.emit(What::Happened(Box::new(what)));
    }

    /// The session's next frame.
    pub fn emit(&mut self, what: What) {
        let at = self.now;
        if let Some(session) = self.sessions.last_mut().filter(|session| !session.dead) {
            session.events.push(Event { at, what });
            let keep = session.events.len().saturating_sub(REPLAY);
            session.trimmed = session.trimmed.max(keep.min(session.delivered));
        }
    }

    /// A fresh session: READY, then every guild.
    pub fn identify(&mut self) {
        if let Some(session) = self.sessions.last_mut() {
            session.dead = true;
        }
        let id = format!("session-{}", self.sessions.len() + 1);
        self.sessions.push(Session {
            id,
            ..Session::default()
        });
        let inside: Vec<GuildId> = self
            .guilds
            .iter()
            .filter(|(_, guild)| guild.inside)
            .map(|(id, _)| *id)
            .collect();
        self.emit(What::Ready(inside.clone()));
        for guild in inside {
            let view = self.view(guild);
            self.happened(Inbound::GuildAvailable(view));
        }
    }

    /// The whole member list goes out in pages.
    pub fn list_members(&mut self, guild: GuildId, nonce: &str) {
        let Some(there) = self.guilds.get(&guild).filter(|guild| guild.inside) else {
            return;
        };
        let members: Vec<Member> = there.members.values().cloned().collect();
        let half = members.len() / 2;
        for (page, last) in [
            (members[..half].to_vec(), false),
            (members[half..].to_vec(), true),
        ] {
            self.happened(Inbound::MembersListed {
                guild,
                members: page,
                last,
                nonce: nonce.to_owned(),
            });
        }
    }

    /// Somebody asks something of the bot.
    pub fn ask(
        &mut self,
        guild: Option<GuildId>,
        channel: ChannelId,
        user: UserId,
        moderator: bool,
    ) -> Origin {
        let id = InteractionId::new(self.snowflake()).expect("snowflakes are not zero");
        let member = guild.and_then(|guild| self.guilds.get(&guild)?.members.get(&user));
        let permissions = if moderator {
            Permissions::MANAGE_GUILD.and(Permissions::MANAGE_ROLES)
        } else {
            Permissions::VIEW_CHANNEL
        };
        let origin = Origin {
            ticket: Ticket {
                interaction: id,
                application: ApplicationId::new(APPLICATION).expect("not zero"),
                token: Token(format!("token-{id}")),
            },
            guild,
            channel: Some(channel),
            caller: Caller {
                user,
                name: member.map_or_else(|| "somebody".to_owned(), |member| member.name.clone()),
                roles: member
                    .map(|member| member.roles.clone())
                    .unwrap_or_default(),
                permissions,
                locale: "en-GB".to_owned(),
            },
            app_permissions: Permissions(u64::MAX),
            process: Process::default(),
        };
        self.interactions.insert(
            id,
            Interaction {
                origin: origin.clone(),
                acknowledged: false,
                content: None,
            },
        );
        origin
    }
}
