//! A gateway session: its place in the stream, and what a RESUME can still replay.

use crate::ids::Id;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::Notify;

/// One dispatched event; `d` is serialised once and shared by all sessions that get it.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) seq: u64,
    pub(crate) kind: &'static str,
    pub(crate) d: Arc<str>,
}

#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) shard: (u64, u64),
    pub(crate) intents: u32,
    pub(crate) large_threshold: usize,
    pub(crate) seq: u64,
    pub(crate) log: VecDeque<Event>,
    /// The newest seq that the client said it has, by heartbeat.
    pub(crate) heartbeat_seq: u64,
    /// The connection that serves it now.
    pub(crate) connection: Option<u64>,
    pub(crate) lost_ms: i64,
    pub(crate) wake: Arc<Notify>,
}

impl Session {
    pub(crate) fn new(id: String, shard: (u64, u64), intents: u32, large_threshold: usize) -> Self {
        Self {
            id,
            shard,
            intents,
            large_threshold,
            seq: 0,
            log: VecDeque::new(),
            heartbeat_seq: 0,
            connection: None,
            lost_ms: 0,
            wake: Arc::default(),
        }
    }

    /// Whether events of this guild go here: `(guild_id >> 22) % shards`.
    pub(crate) fn owns(&self, guild: Option<Id>) -> bool {
        let (id, count) = self.shard;
        guild.map_or(id == 0, |guild| (guild >> 22) % count == id)
    }

    pub(crate) fn push(&mut self, kind: &'static str, d: Arc<str>, limit: usize) {
        self.seq += 1;
        let seq = self.seq;
        self.log.push_back(Event { seq, kind, d });
        while self.log.len() > limit {
            self.log.pop_front();
        }
        self.wake.notify_one();
    }

    /// Up to `limit` events after `seq`; nothing at all if the first of them has been dropped.
    pub(crate) fn after(&self, seq: u64, limit: usize) -> Option<Vec<Event>> {
        if seq >= self.seq {
            return Some(Vec::new());
        }
        let first = self.log.front()?.seq;
        if seq + 1 < first {
            return None;
        }
        let skip = usize::try_from(seq + 1 - first).ok()?;
        Some(self.log.iter().skip(skip).take(limit).cloned().collect())
    }

    /// Forgets what a real Discord may no longer replay: everything the client has confirmed.
    pub(crate) fn trim_to_heartbeat(&mut self) {
        while self
            .log
            .front()
            .is_some_and(|event| event.seq <= self.heartbeat_seq)
        {
            self.log.pop_front();
        }
    }

    /// Whether a client that has everything up to `seq` can go on without a hole.
    pub(crate) fn can_replay_from(&self, seq: u64) -> bool {
        if seq > self.seq {
            return false;
        }
        match self.log.front() {
            Some(first) => seq + 1 >= first.seq,
            None => seq == self.seq,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(events: u64, limit: usize) -> Session {
        let mut session = Session::new("s".to_owned(), (0, 1), 0, 50);
        for _ in 0..events {
            session.push("TYPING_START", "{}".into(), limit);
        }
        session
    }

    #[test]
    fn replay_is_exact_or_refused() {
        let session = session(10, 4);
        let seqs: Vec<_> = session
            .after(7, 100)
            .expect("still there")
            .iter()
            .map(|event| event.seq)
            .collect();
        assert_eq!(seqs, [8, 9, 10]);
        assert!(session.can_replay_from(6));
        assert!(!session.can_replay_from(5));
        assert!(session.after(5, 100).is_none());
        assert!(!session.can_replay_from(11));
    }

    #[test]
    fn trimming_keeps_what_was_not_confirmed() {
        let mut session = session(10, 100);
        session.heartbeat_seq = 8;
        session.trim_to_heartbeat();
        assert!(session.can_replay_from(8));
        assert!(!session.can_replay_from(7));
        session.heartbeat_seq = 10;
        session.trim_to_heartbeat();
        assert!(session.can_replay_from(10));
    }

    #[test]
    fn a_guild_has_one_shard_and_direct_messages_the_first() {
        let mut session = session(0, 1);
        session.shard = (1, 2);
        assert!(session.owns(Some(3 << 22)));
        assert!(!session.owns(Some(2 << 22)));
        assert!(!session.owns(None));
    }
}
