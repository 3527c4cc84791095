//! Bringing the core up from what the store holds.

use super::{Core, Counters, Gaps, Positions, deciding::set_aside};
use crate::kernel::{
    address::Address,
    answers::Answers,
    effect::{Effect, OutboxRow},
    epoch::Assembler,
    ids::GuildId,
    ledger::Ledger,
    outbox::Outbox,
    record::{Codec, CodecFault, Key, Record, Snapshot, Space},
    spool::spool_state_key,
    stored::{GapRow, Mark, Parked, Position, ProcessRecord, TimerRow},
    time::Timestamp,
    timers::Timers,
};

/// What the store holds besides machines: everything in these spaces.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// Number of the last durable epoch.
    pub epoch: u64,
    /// The store's incarnation.
    pub incarnation: u32,
    /// Records of [`Loaded::SPACES`].
    pub records: Vec<(Key, Record)>,
}

impl Loaded {
    /// The spaces the core keeps in memory, of what was set aside only whom it could name.
    pub const SPACES: [Space; 9] = [
        Space::Outbox,
        Space::DeadLetter,
        Space::Parked,
        Space::Timer,
        Space::Index,
        Space::Mark,
        Space::Position,
        Space::Gap,
        Space::Process,
    ];
}

/// A record of the runtime that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {key:?} of the runtime cannot be read")]
pub struct LoadFault {
    /// Which.
    pub key: Key,
    /// Why.
    #[source]
    pub source: CodecFault,
}

impl<C: Codec> Core<C> {
    /// Brings the core up for `shards` shards at `now`. Records that cannot be read are returned
    /// beside it: the caller quarantines and reports them, everything else works.
    pub fn load(codec: C, shards: u32, loaded: &Loaded, now: Timestamp) -> (Self, Vec<LoadFault>) {
        let mut core = Self {
            incarnation: loaded.incarnation,
            ledger: Ledger::default(),
            assembler: Assembler::new(loaded.epoch),
            outbox: Outbox::default(),
            timers: Timers::default(),
            answers: Answers::default(),
            positions: Positions::new(shards),
            gaps: Gaps::default(),
            index: super::Index::default(),
            process: ProcessRecord::default(),
            dead_letters: std::collections::BTreeSet::new(),
            named: super::erasing::Named::default(),
            gone: super::erasing::Erasures::default(),
            retried: std::collections::BTreeSet::new(),
            released: std::collections::BTreeMap::new(),
            stored_marks: std::collections::BTreeMap::new(),
            spool: super::spooling::Spool::default(),
            gathering_since: None,
            cutting: false,
            cuts: super::Cuts::default(),
            wakes: Vec::new(),
            parked_ever: 0,
            counters: Counters::default(),
            #[cfg(feature = "sabotage")]
            sabotage: super::Sabotage::default(),
            codec,
        };
        let (mut faults, mut facts) = (Vec::new(), Vec::new());
        for (key, record) in &loaded.records {
            if let Err(source) = core.load_record(key, record, &mut facts) {
                faults.push(LoadFault {
                    key: key.clone(),
                    source,
                });
            }
        }
        let newest = (0..shards)
            .filter_map(|shard| Some(core.positions.current(shard)?.at))
            .max();
        core.outbox.begin(now, newest.unwrap_or_default());
        // In the order they were told, which their keys do not have.
        facts.sort_by_key(|row: &OutboxRow| row.order);
        for row in facts {
            core.deliver_fact(&row, now);
        }
        (core, faults)
    }

    fn load_record(
        &mut self,
        key: &Key,
        record: &Record,
        facts: &mut Vec<OutboxRow>,
    ) -> Result<(), CodecFault> {
        let codec = self.codec.clone();
        match key.space() {
            Some(Space::Outbox) => self.load_effect(OutboxRow::from_record(&codec, record)?, facts),
            Some(Space::DeadLetter) => {
                let (at, row) = set_aside(&codec, record)?;
                self.named.add(key, row.from.scope, at, &row);
                self.dead_letters.insert((at, key.clone()));
            }
            // One that cannot be read is a person's affair, as before.
            Some(Space::Parked) => {
                if let Ok(parked) = Parked::from_record(&codec, record) {
                    self.parked_at(key, &parked);
                }
            }
            Some(Space::Timer) => {
                let row = TimerRow::from_record(&codec, record)?;
                let (address, name) = (address(key)?, text(key.tail())?);
                self.timers.set(address, name, row);
            }
            Some(Space::Index) => self.index.load(key.clone()),
            Some(Space::Mark) => {
                let Mark { shard, at } = Mark::from_record(&codec, record)?;
                let address = address(key)?;
                self.ledger.load_mark(address, shard, at);
                self.stored_marks.insert((address, shard), at);
            }
            Some(Space::Position) => {
                let position = Position::from_record(&codec, record)?;
                let at = crate::kernel::inbound::Seq {
                    session: position.ordinal,
                    seq: position.seq,
                    part: u16::MAX,
                };
                self.ledger.load_position(position.shard, at);
                self.ledger.in_step(position.shard, position.at);
                self.positions.load(position);
            }
            Some(Space::Gap) => {
                let row = GapRow::from_record(&codec, record)?;
                let id = key
                    .body()
                    .try_into()
                    .map(u64::from_be_bytes)
                    .ok()
                    .and_then(GuildId::new);
                self.gaps
                    .load(id.ok_or_else(|| malformed("gap without a guild"))?, row);
            }
            Some(Space::Process) if *key == spool_state_key() => self.spool.load(&codec, record)?,
            Some(Space::Process) => self.process = ProcessRecord::from_record(&codec, record)?,
            _ => {}
        }
        Ok(())
    }

    fn load_effect(&mut self, row: OutboxRow, facts: &mut Vec<OutboxRow>) {
        match row.effect {
            Effect::Tell { .. } => {
                self.outbox.order_seen(row.order);
                facts.push(row);
            }
            _ => self.outbox.restore(row),
        }
    }
}

fn address(key: &Key) -> Result<Address, CodecFault> {
    key.address()
        .ok_or_else(|| malformed("key without an address"))
}

fn text(bytes: &[u8]) -> Result<&str, CodecFault> {
    std::str::from_utf8(bytes).map_err(|_| malformed("timer key is not text"))
}

fn malformed(what: &str) -> CodecFault {
    CodecFault::Malformed(what.to_owned())
}
