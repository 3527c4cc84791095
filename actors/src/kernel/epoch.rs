//! Epoch assembly: turns gather into one batch, batches become durable one after the other.
//!
//! The *open* epoch takes what turns commit. Sealing it adds positions and marks as they stand at
//! that moment, so a batch never claims more of the event stream than it and its predecessors hold.
//! While one batch is being written the next one gathers; reads look through both before they ask
//! the store. Effects leave only when the batch that holds their rows is durable.

use super::{
    effect::OutboxRow,
    inbound::EffectId,
    record::{Key, MAX_EPOCH_BYTES, MAX_EPOCH_RECORDS, Record, Write},
    time::Timestamp,
};
use std::collections::{BTreeMap, VecDeque};

/// A batch to be written atomically.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Epoch {
    /// Its number; each one is one more than the one before, over the life of the store.
    pub number: u64,
    /// Newest version of everything it changes.
    pub writes: BTreeMap<Key, Option<Record>>,
    /// Effects that may leave once it is durable.
    pub effects: Vec<OutboxRow>,
    /// When its first change came in.
    pub began: Timestamp,
    /// When the first one came in that must not wait as long as others.
    soon: Option<Timestamp>,
    bytes: usize,
    urgent: bool,
}

/// How long a change may wait for its batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Haste {
    /// Somebody waits for it.
    Now,
    /// Nobody waits for it, but only we know of it.
    Soon,
    /// Discord brings what led to it again if it is lost.
    Later,
}

impl Epoch {
    /// Its writes as a list, in key order.
    pub fn write_list(&self) -> impl Iterator<Item = Write> + '_ {
        self.writes.iter().map(|(key, record)| Write {
            key: key.clone(),
            record: record.clone(),
        })
    }

    fn put(&mut self, key: Key, record: Option<Record>) {
        self.bytes += key.bytes().len() + record.as_ref().map_or(0, |record| record.payload.len());
        self.writes.insert(key, record);
    }

    fn full(&self) -> bool {
        self.writes.len() >= MAX_EPOCH_RECORDS || self.bytes >= MAX_EPOCH_BYTES
    }
}

/// See the module docs.
#[derive(Debug)]
pub struct Assembler {
    open: Epoch,
    sealed: VecDeque<Epoch>,
}

impl Assembler {
    /// Continues after the store's `last` epoch.
    #[must_use]
    pub fn new(last: u64) -> Self {
        Self {
            open: Epoch {
                number: last + 1,
                ..Epoch::default()
            },
            sealed: VecDeque::new(),
        }
    }

    /// Adds the changes of one turn.
    pub fn add(
        &mut self,
        writes: impl IntoIterator<Item = Write>,
        effects: Vec<OutboxRow>,
        now: Timestamp,
        haste: Haste,
    ) {
        let was_empty = self.open.writes.is_empty();
        for Write { key, record } in writes {
            self.open.put(key, record);
        }
        if was_empty && !self.open.writes.is_empty() {
            self.open.began = now;
        }
        if haste == Haste::Soon && !self.open.writes.is_empty() {
            self.open.soon.get_or_insert(now);
        }
        self.open.effects.extend(effects);
        self.open.urgent |= haste == Haste::Now;
    }

    /// An effect whose batch is not durable is no longer wanted: it does not leave. `false`: it is not here.
    pub fn withdraw(&mut self, id: EffectId) -> bool {
        let epochs = self.sealed.iter_mut().chain([&mut self.open]);
        let mut here = false;
        for epoch in epochs {
            let before = epoch.effects.len();
            epoch.effects.retain(|row| row.id != id);
            here |= epoch.effects.len() < before;
        }
        here
    }

    /// Whether the open epoch holds as much as a batch may.
    #[must_use]
    pub fn full(&self) -> bool {
        self.open.full()
    }

    /// Whether the open epoch holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.writes.is_empty()
    }

    /// Number of the last durable epoch.
    #[must_use]
    pub fn durable_until(&self) -> u64 {
        self.sealed
            .front()
            .map_or(self.open.number, |epoch| epoch.number)
            - 1
    }

    /// Number of the open epoch, whatever it holds.
    pub const fn open(&self) -> u64 {
        self.open.number
    }

    /// Number of the youngest epoch that holds something.
    #[must_use]
    pub fn gathering(&self) -> u64 {
        self.open.number - u64::from(self.is_empty())
    }

    /// Whether somebody waits for the open epoch.
    #[must_use]
    pub const fn urgent(&self) -> bool {
        self.open.urgent
    }

    /// When the open epoch's oldest change came in that must not wait as long as others.
    #[must_use]
    pub const fn soon(&self) -> Option<Timestamp> {
        self.open.soon
    }

    /// When the oldest change that is not durable came in.
    #[must_use]
    pub fn oldest(&self) -> Option<Timestamp> {
        let open = (!self.is_empty()).then_some(self.open.began);
        self.sealed.front().map(|epoch| epoch.began).or(open)
    }

    /// Closes the open epoch with `more` (positions and marks) and begins the next.
    pub fn seal(&mut self, more: impl IntoIterator<Item = Write>) {
        for Write { key, record } in more {
            self.open.put(key, record);
        }
        let number = self.open.number + 1;
        let sealed = std::mem::replace(
            &mut self.open,
            Epoch {
                number,
                ..Epoch::default()
            },
        );
        self.sealed.push_back(sealed);
    }

    /// The batch to write next, if one is sealed. It stays here until it is durable.
    #[must_use]
    pub fn front(&self) -> Option<&Epoch> {
        self.sealed.front()
    }

    /// Effects whose batches are not durable yet.
    pub fn effects(&self) -> impl Iterator<Item = &OutboxRow> {
        let epochs = self.sealed.iter().chain(std::iter::once(&self.open));
        epochs.flat_map(|epoch| &epoch.effects)
    }

    /// Puts `row` in the place of the effect of this name, or takes it out; `false` when it is not here.
    pub fn replace(&mut self, id: EffectId, row: Option<&OutboxRow>) -> bool {
        let epochs = self
            .sealed
            .iter_mut()
            .chain(std::iter::once(&mut self.open));
        let mut found = false;
        for epoch in epochs {
            epoch.effects.retain_mut(|effect| {
                if effect.id != id {
                    return true;
                }
                found = true;
                row.is_some_and(|row| {
                    effect.clone_from(row);
                    true
                })
            });
        }
        found
    }

    /// How many changes are not durable.
    #[must_use]
    pub fn changes(&self) -> usize {
        let sealed = self.sealed.iter().map(|epoch| epoch.writes.len());
        sealed.sum::<usize>() + self.open.writes.len()
    }

    /// How many batches are sealed and not durable.
    #[must_use]
    pub fn backlog(&self) -> usize {
        self.sealed.len()
    }

    /// The front batch is durable: its effects may leave.
    ///
    /// # Panics
    /// When `number` is not the front batch: batches become durable in order.
    pub fn durable(&mut self, number: u64) -> Vec<OutboxRow> {
        let front = self
            .sealed
            .pop_front()
            .expect("only a sealed batch can become durable");
        assert_eq!(front.number, number, "batches become durable in order");
        front.effects
    }

    /// What the store will say about `key` once everything here is durable; `None` when nothing
    /// here touches it.
    #[must_use]
    pub fn lookup(&self, key: &Key) -> Option<Option<&Record>> {
        let layers = std::iter::once(&self.open).chain(self.sealed.iter().rev());
        layers
            .into_iter()
            .find_map(|epoch| epoch.writes.get(key))
            .map(Option::as_ref)
    }

    /// Changes to keys in `from..to`, newest version of each.
    #[must_use]
    pub fn overlay(&self, from: &Key, to: &Key) -> BTreeMap<Key, Option<Record>> {
        let mut overlay = BTreeMap::new();
        for epoch in self.sealed.iter().chain(std::iter::once(&self.open)) {
            let range = epoch.writes.range(from.clone()..to.clone());
            overlay.extend(range.map(|(key, record)| (key.clone(), record.clone())));
        }
        overlay
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::record::{Schema, Space};

    fn write(key: &str, value: &str) -> Write {
        let schema = Schema {
            kind: 1,
            version: 1,
        };
        let record = Record {
            schema,
            payload: value.as_bytes().to_vec(),
        };
        Write {
            key: Key::new(Space::Row, key.as_bytes()),
            record: Some(record),
        }
    }

    fn value(assembler: &Assembler, key: &str) -> Option<Option<String>> {
        let found = assembler.lookup(&Key::new(Space::Row, key.as_bytes()))?;
        Some(found.map(|record| String::from_utf8(record.payload.clone()).unwrap()))
    }

    #[test]
    fn reads_see_the_newest_version_through_all_batches() {
        let mut assembler = Assembler::new(7);
        assembler.add(
            [write("a", "1"), write("b", "1")],
            Vec::new(),
            Timestamp::EPOCH,
            Haste::Soon,
        );
        assembler.seal([]);
        assembler.add([write("a", "2")], Vec::new(), Timestamp::EPOCH, Haste::Now);
        let gone = Write {
            record: None,
            ..write("b", "")
        };
        assembler.add([gone], Vec::new(), Timestamp::EPOCH, Haste::Soon);
        assert_eq!(value(&assembler, "a"), Some(Some("2".into())));
        assert_eq!(
            value(&assembler, "b"),
            Some(None),
            "removed is not the same as untouched"
        );
        assert_eq!(value(&assembler, "c"), None);
        assert!(assembler.urgent());
        assert_eq!(assembler.front().map(|epoch| epoch.number), Some(8));
        assembler.durable(8);
        assert_eq!(value(&assembler, "a"), Some(Some("2".into())));
    }

    #[test]
    fn an_epoch_is_full_at_its_stated_size() {
        let mut assembler = Assembler::new(0);
        for n in 0..MAX_EPOCH_RECORDS {
            assert!(!assembler.full());
            assembler.add(
                [write(&n.to_string(), "x")],
                Vec::new(),
                Timestamp::EPOCH,
                Haste::Soon,
            );
        }
        assert!(assembler.full());
    }

    #[test]
    #[should_panic(expected = "in order")]
    fn batches_become_durable_in_order() {
        let mut assembler = Assembler::new(0);
        assembler.add([write("a", "1")], Vec::new(), Timestamp::EPOCH, Haste::Soon);
        assembler.seal([]);
        assembler.durable(2);
    }
}
