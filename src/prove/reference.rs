//! The uninterrupted run: every machine, from its beginning, with the inputs that were accepted, in
//! their order and at their times; no crash, no store, no panic. What it ends with is what the world
//! must end with.

use super::{book::Turn, outside::Told, world::Check};
use actors::{
    kernel::{
        address::Address,
        effect::OutboxRow,
        inbound::InputId,
        machine::{Needs, RowKey, TimerChange},
        record::{Key, Record, Space},
        time::Timestamp,
        timers::not_before,
        turn::{Hosted, head_key, row_key},
    },
    registry,
};
use snapshots::{Bincode, end_of};
use std::collections::{BTreeMap, btree_map::Entry};

/// See the module docs.
#[derive(Default)]
pub struct Reference {
    machines: BTreeMap<Address, Box<dyn Hosted>>,
    records: BTreeMap<Key, Record>,
    timers: BTreeMap<(Address, String), Timestamp>,
    /// Lines for outside, in order.
    pub spooled: Vec<Told>,
}

impl Reference {
    /// Runs everything in the book.
    ///
    /// # Errors
    /// When a turn wants something else than it wanted in the world.
    pub fn run(log: &[Turn]) -> Result<Self, String> {
        #[cfg(feature = "sabotage")]
        actors::kernel::core::sabotage::draw_afresh(false);
        let mut reference = Self::default();
        for entry in log {
            reference.fired(entry);
            if !entry.parked {
                reference.turn(entry)?;
            }
        }
        Ok(reference)
    }

    fn fired(&mut self, entry: &Turn) {
        if let InputId::Timer { key, due } = &entry.input.id {
            let name = (entry.address, key.clone());
            if self.timers.get(&name) == Some(due) {
                self.timers.remove(&name);
            }
        }
    }

    fn turn(&mut self, entry: &Turn) -> Check {
        let (address, input) = (entry.address, &entry.input);
        let machine = match self.machines.entry(address) {
            Entry::Occupied(awake) => awake.into_mut(),
            Entry::Vacant(place) => {
                let machine = registry::open(address, None, Bincode);
                place.insert(machine.map_err(|why| why.to_string())?)
            }
        };
        let needs = machine.needs(&input.what);
        if let Needs::Every { from, to, .. } = &needs {
            let walked = self
                .records
                .range(row_key(address, from)..row_key(address, to));
            let walked: Vec<_> = walked.map(tailed).collect();
            let read = machine.scan(input, true, &walked);
            read.map_err(|why| format!("{address}: {why}"))?;
        }
        let rows = rows(&self.records, address, needs);
        let Ok(turned) = machine.turn(input, &rows, input.at) else {
            // Too large to be kept: as if it had not been.
            let head = self.records.get(&head_key(address));
            let machine = registry::open(address, head, Bincode).map_err(|why| why.to_string())?;
            self.machines.insert(address, machine);
            return Ok(());
        };
        let same = |(ours, theirs): (&OutboxRow, &OutboxRow)| {
            ours.id == theirs.id && ours.effect == theirs.effect
        };
        let wanted = &turned.commit.outbox;
        if turned.commit.withdrawn != entry.withdrawn {
            return Err(format!(
                "{address} withdraws something else at {} when nothing interrupts it",
                input.what.name()
            ));
        }
        if wanted.len() != entry.effects.len() || !wanted.iter().zip(&entry.effects).all(same) {
            return Err(format!(
                "{address} wants something else of {} when nothing interrupts it",
                input.what.name()
            ));
        }
        if let Some(guild) = address.guild_id() {
            let lines = turned.commit.spooled.into_iter();
            self.spooled.extend(lines.map(|line| (guild, line)));
        }
        for write in turned.commit.writes {
            match write.record {
                Some(record) => self.records.insert(write.key, record),
                None => self.records.remove(&write.key),
            };
        }
        for (key, change) in turned.commit.timers {
            match not_before(entry.at, change) {
                TimerChange::Set { due, .. } => self.timers.insert((address, key), due),
                TimerChange::Cancel => self.timers.remove(&(address, key)),
            };
        }
        Ok(())
    }

    /// Whether the world has ended in the same states, with the same timers.
    ///
    /// # Errors
    /// With the first difference.
    pub fn compare(
        &self,
        records: &BTreeMap<Key, Record>,
        timers: &BTreeMap<(Address, String), Timestamp>,
    ) -> Check {
        let kept = |key: &&Key| matches!(key.space(), Some(Space::Head | Space::Row));
        for key in self.records.keys().filter(kept).chain(records.keys()) {
            if self.records.get(key) != records.get(key) {
                return Err(format!("{key:?} is not what it is when nothing interrupts"));
            }
        }
        for name in self.timers.keys().chain(timers.keys()) {
            let (here, there) = (timers.get(name), self.timers.get(name));
            if here != there {
                let (address, key) = name;
                return Err(format!(
                    "timer {key} of {address}: {here:?}, and {there:?} when nothing interrupts"
                ));
            }
        }
        Ok(())
    }
}

fn rows(records: &BTreeMap<Key, Record>, address: Address, needs: Needs) -> Vec<(RowKey, Record)> {
    match needs {
        Needs::Nothing => Vec::new(),
        Needs::Rows(keys) | Needs::Every { rows: keys, .. } => {
            let found =
                |key: RowKey| Some((key.clone(), records.get(&row_key(address, &key))?.clone()));
            keys.into_iter().filter_map(found).collect()
        }
        Needs::Range { from, limit } => {
            let end = end_of(&Key::of(Space::Row, address, &[]));
            let range = records.range(row_key(address, &from)..end).take(limit);
            range.map(tailed).collect()
        }
    }
}

fn tailed((key, record): (&Key, &Record)) -> (RowKey, Record) {
    (RowKey::new(key.tail()), record.clone())
}
