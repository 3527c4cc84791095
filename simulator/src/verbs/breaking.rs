//! Faults of the gateway and of REST.

use crate::faults::{Fault, FaultKind};
use crate::gateway::{Control, ends_session};
use crate::simulator::Simulator;
use crate::world::World;
use serde_json::json;

impl Simulator {
    /// Drops the TCP connection of every client, without a close frame. Sessions can be resumed.
    pub fn cut_gateway(&self) {
        let mut world = self.world();
        world.detach_sessions();
        for connection in world.connections.values() {
            connection.cut.notify_one();
        }
    }

    /// Closes every connection with a code; what the code means for the session is as documented.
    pub fn close_gateway(&self, code: u16) {
        let mut world = self.world();
        world.counters.last_close_code = Some(code);
        if ends_session(code) {
            world
                .sessions
                .retain(|_, session| session.connection.is_none());
        }
        world.detach_sessions();
        for connection in world.connections.values() {
            drop(connection.control.send(Control::Close(code)));
        }
    }

    /// Asks every client to reconnect and resume (opcode 7).
    pub fn reconnect_op(&self) {
        self.send_to_all(&json!({"t": null, "s": null, "op": 7, "d": null}).to_string());
    }

    /// Tells every client that its session is invalid (opcode 9); if not resumable it is gone.
    pub fn invalid_session(&self, resumable: bool) {
        if !resumable {
            self.world()
                .sessions
                .retain(|_, session| session.connection.is_none());
        }
        self.send_to_all(&json!({"t": null, "s": null, "op": 9, "d": resumable}).to_string());
    }

    /// Asks every client for a heartbeat at once (opcode 1).
    pub fn request_heartbeat(&self) {
        self.send_to_all(&json!({"t": null, "s": null, "op": 1, "d": null}).to_string());
    }

    /// Sends an event of our own making to every session, e.g. one that no client understands.
    pub fn send_raw_event(&self, kind: &'static str, d: &serde_json::Value) {
        self.world()
            .send(kind, crate::world::dispatch::Reach::All, 0, d);
    }

    fn send_to_all(&self, frame: &str) {
        for connection in self.world().connections.values() {
            drop(connection.control.send(Control::Send(frame.to_owned())));
        }
    }

    /// Refuses the next `n` RESUMEs with INVALID_SESSION; `u64::MAX` until healed.
    pub fn refuse_resume_next(&self, n: u64) {
        self.world().faults.refuse_resumes = n;
    }

    /// At the next RESUME, what the client has confirmed by heartbeat is no longer replayed, so a client that
    /// stored less than it confirmed is refused.
    pub fn trim_replay_to_last_heartbeat(&self) {
        self.world().faults.trim_on_resume = true;
    }

    /// Refuses connections (HTTP 503) and cuts those there are, until switched off.
    pub fn gateway_down(&self, down: bool) {
        self.world().faults.gateway_down = down;
        if down {
            self.cut_gateway();
        }
    }

    /// Accepts each connection and closes it at once with a code, until switched off.
    pub fn gateway_accept_and_close(&self, code: Option<u16>) {
        self.world().faults.accept_and_close = code;
    }

    /// Sends each of the next `n` events twice, with the same number.
    pub fn duplicate_next_event(&self, n: u64) {
        self.world().faults.duplicate_events = n;
    }

    /// Lets the next `n` matching requests go wrong.
    pub fn fail_next(&self, fault: Fault, n: u64, kind: FaultKind) {
        self.world().faults.plan(fault, n, kind);
    }

    /// Lets every request go wrong until `heal`.
    pub fn fail_all(&self, kind: FaultKind) {
        self.world().faults.always(kind);
    }

    /// Ends all faults, also those of the gateway.
    pub fn heal(&self) {
        self.world().faults.heal();
    }

    /// Planned REST faults that have not happened yet.
    #[must_use]
    pub fn pending_faults(&self) -> u64 {
        self.world().faults.pending()
    }
}

impl World {
    /// Sessions lose their connection at once, so that nobody takes them for connected until they are resumed.
    fn detach_sessions(&mut self) {
        let now = self.now();
        for session in self.sessions.values_mut() {
            if session.connection.take().is_some() {
                session.lost_ms = now;
            }
        }
        self.touch();
    }
}
