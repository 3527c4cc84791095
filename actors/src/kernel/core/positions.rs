//! Where each shard stands: sessions, low-water marks, and whether a replay continues without a hole.

use super::committing::is_over;
use crate::kernel::{
    ids::GuildId,
    inbound::Seq,
    ledger::Ledger,
    record::{Codec, Snapshot, Write},
    stored::{Position, position_key},
    time::{Span, Timestamp},
};
use std::collections::BTreeMap;

/// A position that moved without anything else to write is stored at least this often. Far below
/// the heartbeat interval (about 41 s): Discord may forget what a heartbeat acknowledged.
pub const POSITION_EVERY: Span = Span::seconds(5);

#[derive(Debug, Default)]
struct Shard {
    /// The current session and older ones that still owe turns, by ordinal.
    sessions: BTreeMap<u32, Position>,
    stored: Option<Seq>,
    /// [`Shard::stored`], once its batch is durable.
    durable: Option<Seq>,
    stored_at: Timestamp,
}

/// See the module docs.
#[derive(Debug)]
pub struct Positions {
    shards: BTreeMap<u32, Shard>,
    count: u32,
}

/// What a frame's sequence number says about the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resumed {
    /// The next one: take it in.
    Next(Seq),
    /// Taken in already: skip it.
    Seen,
    /// Something is missing in between: a gap.
    Hole {
        /// The sequence number that should have come.
        expected: u64,
    },
}

impl Positions {
    /// No positions yet, for `count` shards.
    #[must_use]
    pub const fn new(count: u32) -> Self {
        Self {
            shards: BTreeMap::new(),
            count,
        }
    }

    /// How many shards the bot has.
    #[must_use]
    pub const fn shards(&self) -> u32 {
        self.count
    }

    /// The shard a guild belongs to (Discord's formula; direct messages are on shard 0).
    #[must_use]
    pub fn shard_of(&self, guild: GuildId) -> u32 {
        let shard = (guild.get() >> 22) % u64::from(self.count.max(1));
        u32::try_from(shard).unwrap_or_default()
    }

    /// A stored position, at start.
    pub fn load(&mut self, position: Position) {
        let shard = self.shards.entry(position.shard).or_default();
        let at = Seq {
            session: position.ordinal,
            seq: position.seq,
            part: u16::MAX,
        };
        (shard.stored, shard.durable) = (Some(at), Some(at));
        shard.stored_at = position.at;
        shard.sessions.insert(position.ordinal, position);
    }

    /// The position to resume `shard` from.
    #[must_use]
    pub fn current(&self, shard: u32) -> Option<&Position> {
        self.shards
            .get(&shard)?
            .sessions
            .last_key_value()
            .map(|(_, position)| position)
    }

    /// Where `shard` would go on after a crash at this moment, if it has been anywhere.
    #[must_use]
    pub fn durable(&self, shard: u32) -> Option<Seq> {
        self.shards.get(&shard)?.durable
    }

    /// Every batch that was sealed is durable.
    pub(super) fn all_durable(&mut self) {
        for shard in self.shards.values_mut() {
            shard.durable = shard.stored;
        }
    }

    /// Forgets a position that belongs to another application or number of shards.
    pub fn forget(&mut self, shard: u32) -> Option<Position> {
        let shard = self.shards.get_mut(&shard)?;
        let newest = shard
            .sessions
            .last_key_value()
            .map(|(_, position)| position.clone());
        // The ordinal lives on, so that places keep growing.
        if let Some(position) = shard.sessions.values_mut().last() {
            position.session_id.clear();
        }
        newest
    }

    /// A session began (READY). Its ordinal is one more than the newest known here or in `floor`
    /// (marks may speak of a session whose position was never stored); returns it.
    pub(super) fn began(&mut self, mut position: Position, floor: u32) -> u32 {
        let shard = self.shards.entry(position.shard).or_default();
        let ordinal = shard
            .sessions
            .last_key_value()
            .map_or(0, |(ordinal, _)| *ordinal)
            .max(floor)
            + 1;
        position.ordinal = ordinal;
        position.seq = 0;
        shard.sessions.insert(ordinal, position);
        ordinal
    }

    /// Where a frame with sequence number `seq` of the current session of `shard` stands.
    #[must_use]
    pub fn check(&self, ledger_received: Seq, shard: u32, seq: u64) -> Resumed {
        let ordinal = self.current(shard).map_or(0, |position| position.ordinal);
        let expected = if ledger_received.session == ordinal {
            ledger_received.seq + 1
        } else {
            1
        };
        match seq.cmp(&expected) {
            std::cmp::Ordering::Equal => Resumed::Next(Seq {
                session: ordinal,
                seq,
                part: 0,
            }),
            std::cmp::Ordering::Less => Resumed::Seen,
            std::cmp::Ordering::Greater => Resumed::Hole { expected },
        }
    }

    /// Position rows that changed since they were stored.
    pub(super) fn writes<C: Codec>(
        &mut self,
        ledger: &Ledger,
        codec: &C,
        now: Timestamp,
        too_high: bool,
    ) -> Vec<Write> {
        let mut writes = Vec::new();
        for (number, shard) in &mut self.shards {
            let claim = if too_high { 3 } else { 0 };
            let low = ledger.low_water(*number).map(|low| Seq {
                seq: low.seq + claim,
                ..low
            });
            let Some(low) = low.filter(|low| shard.stored.is_none_or(|stored| *low > stored))
            else {
                continue;
            };
            shard.sessions.retain(|ordinal, _| *ordinal >= low.session);
            let Some(position) = shard.sessions.get_mut(&low.session) else {
                continue;
            };
            position.seq = low.seq;
            position.at = ledger.contained_until(*number);
            shard.stored = Some(low);
            shard.stored_at = now;
            let record = position.to_record(codec).ok();
            writes.push(Write {
                key: position_key(*number),
                record,
            });
        }
        writes
    }

    /// Whether some position is ahead of what is stored.
    pub(super) fn dirty(&self, ledger: &Ledger) -> bool {
        self.lagging(ledger).next().is_some()
    }

    /// Whether some position has lagged behind long enough to be stored for its own sake.
    pub(super) fn lag(&self, ledger: &Ledger, now: Timestamp) -> bool {
        self.lagging(ledger)
            .any(|shard| is_over(shard.stored_at, POSITION_EVERY, now))
    }

    /// When [`Positions::lag`] becomes true.
    pub(super) fn next_lag(&self, ledger: &Ledger) -> Option<Timestamp> {
        self.lagging(ledger)
            .map(|shard| shard.stored_at + POSITION_EVERY)
            .min()
    }

    fn lagging<'a>(&'a self, ledger: &'a Ledger) -> impl Iterator<Item = &'a Shard> {
        self.shards.iter().filter_map(|(number, shard)| {
            let low = ledger.low_water(*number)?;
            let newer = |stored: Seq| (low.session, low.seq) > (stored.session, stored.seq);
            (shard.stored.is_none_or(newer) && shard.sessions.contains_key(&low.session))
                .then_some(shard)
        })
    }
}
