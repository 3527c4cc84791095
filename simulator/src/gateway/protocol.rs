//! The opcodes: what a client may say, and what Discord says back.

use super::Control;
use super::admission::{Refused, Wish, admit, ends_session, first_guild_events, may_resume};
use crate::ids::{self, Id};
use crate::simulator::Simulator;
use crate::world::World;
use crate::world::session::Session;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Frames a client may send per minute.
const FRAMES_PER_MINUTE: usize = 120;

/// What the connection does after a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    On,
    Heartbeat,
    Closing,
}

/// The other end of one connection, as far as the protocol goes.
pub(crate) struct Peer {
    simulator: Simulator,
    number: u64,
    control: mpsc::UnboundedSender<Control>,
    session: Option<String>,
    heard: VecDeque<Instant>,
}

impl Peer {
    pub(crate) fn new(
        simulator: Simulator,
        number: u64,
        control: mpsc::UnboundedSender<Control>,
    ) -> Self {
        Self {
            simulator,
            number,
            control,
            session: None,
            heard: VecDeque::new(),
        }
    }

    pub(crate) fn hello(&self) {
        let interval = self.simulator.world().config.heartbeat_interval.as_millis();
        let interval = u64::try_from(interval).unwrap_or(u64::MAX);
        self.say(&json!({"t": null, "s": null, "op": 10,
            "d": {"heartbeat_interval": interval, "_trace": ["[\"simulator\"]"]}}));
    }

    /// A client that misses two heartbeats is gone.
    pub(crate) fn patience(&self) -> Duration {
        self.simulator.world().config.heartbeat_interval * 2 + Duration::from_millis(500)
    }

    pub(crate) fn close(&self, code: u16) {
        let mut world = self.simulator.world();
        world.counters.last_close_code = Some(code);
        if ends_session(code) {
            self.end_session(&mut world);
        }
        drop(self.control.send(Control::Close(code)));
        world.touch();
    }

    /// The client closed: 1000 and 1001 end the session, anything else keeps it.
    pub(crate) fn goodbye(&self, code: u16) {
        if matches!(code, 1000 | 1001) {
            self.end_session(&mut self.simulator.world());
        }
    }

    fn end_session(&self, world: &mut World) {
        if let Some(id) = &self.session {
            let mine = world
                .sessions
                .get(id)
                .is_some_and(|s| s.connection == Some(self.number));
            if mine {
                world.sessions.remove(id);
            }
        }
    }

    fn say(&self, frame: &Value) {
        drop(self.control.send(Control::Send(frame.to_string())));
    }

    fn refuse(&self, code: u16) -> Flow {
        self.close(code);
        Flow::Closing
    }

    pub(crate) fn receive(&mut self, text: &str) -> Flow {
        if self.is_too_chatty() {
            return self.refuse(4008);
        }
        let Ok(frame) = serde_json::from_str::<Value>(text) else {
            return self.refuse(4002);
        };
        let Some(op) = frame["op"].as_u64() else {
            return self.refuse(4002);
        };
        let known = self.session.is_some();
        match op {
            1 => self.heartbeat(&frame["d"]),
            2 if known => self.refuse(4005),
            2 => self.identify(&frame["d"]),
            6 if known => self.refuse(4005),
            6 => self.resume(&frame["d"]),
            3 | 4 | 8 | 31 if !known => self.refuse(4003),
            3 => self.update_presence(&frame["d"]),
            4 => self.update_voice(&frame["d"]),
            8 => self.request_members(&frame["d"]),
            31 => Flow::On,
            _ => self.refuse(4001),
        }
    }

    fn is_too_chatty(&mut self) -> bool {
        let now = Instant::now();
        self.heard.push_back(now);
        while self
            .heard
            .front()
            .is_some_and(|at| now - *at > Duration::from_secs(60))
        {
            self.heard.pop_front();
        }
        self.heard.len() > FRAMES_PER_MINUTE
    }

    fn heartbeat(&self, d: &Value) -> Flow {
        let mut world = self.simulator.world();
        world.counters.heartbeats += 1;
        if let (Some(seq), Some(session)) = (d.as_u64(), self.session_mut(&mut world)) {
            session.heartbeat_seq = session.heartbeat_seq.max(seq.min(session.seq));
        }
        world.touch();
        drop(world);
        self.say(&json!({"t": null, "s": null, "op": 11, "d": null}));
        Flow::Heartbeat
    }

    fn session_mut<'w>(&self, world: &'w mut World) -> Option<&'w mut Session> {
        world.sessions.get_mut(self.session.as_ref()?)
    }

    fn identify(&mut self, d: &Value) -> Flow {
        let simulator = self.simulator.clone();
        let mut world = simulator.world();
        match admit(&mut world, d) {
            Err(Refused::Close(code)) => {
                drop(world);
                self.refuse(code)
            }
            Err(Refused::Invalid) => {
                drop(world);
                self.invalid(false)
            }
            Ok(wish) => {
                self.open_session(&mut world, &wish);
                drop(world);
                self.update_presence(&d["presence"]);
                Flow::On
            }
        }
    }

    fn open_session(&mut self, world: &mut World, wish: &Wish) {
        let serial = u128::from(world.next_id()) << 32 | u128::from(self.number);
        let id = format!("{serial:032x}");
        let mut session = Session::new(id.clone(), wish.shard, wish.intents, wish.large_threshold);
        session.connection = Some(self.number);
        let ready = world.ready(&session);
        let guilds = first_guild_events(world, &session);
        world.sessions.insert(id.clone(), session);
        world.send_to_session(&id, "READY", &ready);
        for (kind, d) in guilds {
            world.send_to_session(&id, kind, &d);
        }
        world.counters.identifies += 1;
        self.follow(world, id, 0);
    }

    fn follow(&mut self, world: &mut World, session: String, after: u64) {
        if let Some(connection) = world.connections.get_mut(&self.number) {
            connection.session = Some(session.clone());
        }
        drop(self.control.send(Control::Follow {
            session: session.clone(),
            after,
        }));
        self.session = Some(session);
        world.touch();
    }

    fn invalid(&self, resumable: bool) -> Flow {
        self.say(&json!({"t": null, "s": null, "op": 9, "d": resumable}));
        Flow::On
    }

    fn resume(&mut self, d: &Value) -> Flow {
        let simulator = self.simulator.clone();
        let mut world = simulator.world();
        world.tick();
        let (Some(id), Some(seq)) = (d["session_id"].as_str(), d["seq"].as_u64()) else {
            drop(world);
            return self.refuse(4002);
        };
        match may_resume(&mut world, d, id, seq) {
            Err(Refused::Close(code)) => {
                drop(world);
                self.refuse(code)
            }
            Err(Refused::Invalid) => {
                world.counters.refused_resumes += 1;
                world.sessions.remove(id);
                world.touch();
                drop(world);
                self.invalid(false)
            }
            Ok(()) => {
                self.take_over(&mut world, id, seq);
                Flow::On
            }
        }
    }

    /// Puts this connection in the place of the one that was lost (or is only half dead).
    fn take_over(&mut self, world: &mut World, id: &str, seq: u64) {
        let Some(session) = world.sessions.get_mut(id) else {
            return;
        };
        let old = session.connection.replace(self.number);
        let replayed = session.seq - seq;
        if let Some(old) = old.and_then(|old| world.connections.get(&old)) {
            old.cut.notify_one();
        }
        world.counters.resumes += 1;
        world.counters.replayed += replayed;
        if world.config.resumed_takes_seq {
            world.send_to_session(id, "RESUMED", &json!({"_trace": ["[\"simulator\"]"]}));
            self.follow(world, id.to_owned(), seq);
        } else {
            self.follow(world, id.to_owned(), seq);
            drop(self.control.send(Control::Resumed));
        }
    }

    fn update_presence(&self, d: &Value) -> Flow {
        let Some(status) = d["status"].as_str() else {
            return Flow::On;
        };
        let mut world = self.simulator.world();
        let activities = d["activities"].as_array().cloned().unwrap_or_default();
        let bot = world.bot;
        for guild in self.my_guilds(&world) {
            world.set_presence(guild, bot, status, activities.clone());
        }
        Flow::On
    }

    fn my_guilds(&self, world: &World) -> Vec<Id> {
        let session = self.session.as_ref().and_then(|id| world.sessions.get(id));
        session
            .map(|s| world.bot_guilds(s).map(|g| g.id).collect())
            .unwrap_or_default()
    }

    fn update_voice(&self, d: &Value) -> Flow {
        let mut world = self.simulator.world();
        let Some(guild) = ids::read(&d["guild_id"]) else {
            return Flow::On;
        };
        let bot = world.bot;
        let channel = ids::read(&d["channel_id"]);
        world.change_voice(guild, bot, channel);
        if channel.is_some() {
            let server = json!({"token": "voice", "guild_id": d["guild_id"], "endpoint": null});
            if let Some(id) = &self.session {
                world.send_to_session(id, "VOICE_SERVER_UPDATE", &server);
            }
        }
        Flow::On
    }

    fn request_members(&self, d: &Value) -> Flow {
        if let Some(id) = &self.session {
            self.simulator.world().send_member_chunks(id, d);
        }
        Flow::On
    }
}
