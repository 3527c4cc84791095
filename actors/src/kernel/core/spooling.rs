//! The spool: see [`crate::kernel::spool`].

use super::Core;
use crate::kernel::{
    address::Address,
    epoch::Haste,
    record::{Codec, CodecFault, Record, Snapshot as _, Write},
    spool::{Cursor, Hole, Line, Place, SpoolRow, SpoolState, spool_key, spool_state_key},
    time::Timestamp,
};
use std::{collections::VecDeque, ops::Range};

/// Rows that are removed at once.
const REMOVED_AT_ONCE: u64 = 400;

/// The core's books about it.
#[derive(Debug, Default)]
pub(super) struct Spool {
    state: SpoolState,
    /// What of it is durable.
    durable: Place,
    /// Where it ended when something was added to these epochs.
    pending: VecDeque<(u64, Place)>,
    /// Rows in which somebody is to be forgotten, until they are durable.
    forgets: VecDeque<u64>,
}

/// What waits for a sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// How far it is.
    pub cursor: Cursor,
    /// Up to here there are rows, all durable.
    pub until: Place,
}

impl Waiting {
    /// How many lines wait.
    #[must_use]
    pub const fn lines(&self) -> u64 {
        self.until.lines.saturating_sub(self.cursor.at.lines)
    }

    /// And their bytes.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.until.bytes.saturating_sub(self.cursor.at.bytes)
    }
}

impl Spool {
    pub(super) fn load<C: Codec>(&mut self, codec: &C, record: &Record) -> Result<(), CodecFault> {
        self.state = SpoolState::from_record(codec, record)?;
        self.durable = self.state.end;
        Ok(())
    }

    fn write<C: Codec>(&self, codec: &C) -> Option<Write> {
        let record = self.state.to_record(codec).ok()?;
        Some(Write {
            key: spool_state_key(),
            record: Some(record),
        })
    }
}

impl<C: Codec> Core<C> {
    /// These are the sinks from now on. One that is new gets what is made from now on; the cursor of one
    /// that is gone goes, and with it what waited for it alone. Without any, nothing is spooled.
    pub fn set_sinks(&mut self, names: &[&str], now: Timestamp) {
        let state = &mut self.spool.state;
        let before = state.clone();
        state
            .cursors
            .retain(|name, _| names.contains(&name.as_str()));
        for name in names {
            let fresh = || Cursor {
                at: state.end,
                incarnation: self.incarnation,
                ..Cursor::default()
            };
            state
                .cursors
                .entry((*name).to_owned())
                .or_insert_with(fresh);
        }
        if *state != before {
            let writes = self.spool.write(&self.codec).into_iter().collect();
            self.write(writes, now, Haste::Soon);
        }
    }

    /// What belongs in the batch of a turn that wants these lines to be sent.
    pub(super) fn spooled(
        &mut self,
        from: Address,
        lines: Vec<Line>,
        now: Timestamp,
    ) -> Vec<Write> {
        let spool = &mut self.spool;
        let Some(guild) = from.guild_id() else {
            return Vec::new();
        };
        if lines.is_empty() || spool.state.cursors.is_empty() {
            return Vec::new();
        }
        let count = lines.len() as u64;
        let before = spool.state.end;
        if lines.iter().any(|line| matches!(line, Line::Forget { .. })) {
            spool.forgets.push_back(before.row);
        }
        let row = SpoolRow {
            guild,
            made_at: now,
            before,
            lines,
        };
        // Their number is bounded where they come from, so they fit.
        let Ok(record) = row.to_record(&self.codec) else {
            return Vec::new();
        };
        spool.state.end = Place {
            row: before.row + 1,
            lines: before.lines + count,
            bytes: before.bytes + record.payload.len() as u64,
        };
        spool
            .pending
            .push_back((self.assembler.open(), spool.state.end));
        let row = Write {
            key: spool_key(before.row),
            record: Some(record),
        };
        spool.write(&self.codec).into_iter().chain([row]).collect()
    }

    /// Everything up to this epoch is durable.
    pub(super) fn spool_durable(&mut self, epoch: u64) {
        let spool = &mut self.spool;
        while let Some((_, place)) = spool.pending.front().filter(|(of, _)| *of <= epoch) {
            spool.durable = *place;
            spool.pending.pop_front();
        }
    }

    /// Whether, since this was last asked, it became durable that somebody is to be forgotten: what waits and names
    /// them is to be written anew ([`Core::respool`]).
    pub fn somebody_forgotten(&mut self) -> bool {
        let spool = &mut self.spool;
        let durable = |row: &u64| *row < spool.durable.row;
        let count = spool.forgets.iter().take_while(|row| durable(row)).count();
        spool.forgets.drain(..count).count() > 0
    }

    /// The rows that wait, all durable.
    #[must_use]
    pub const fn spool_rows(&self) -> Range<u64> {
        self.spool.state.first..self.spool.durable.row
    }

    /// Writes a row that still waits anew, with as many lines as before.
    pub fn respool(&mut self, row: u64, record: Record, now: Timestamp) {
        if self.spool_rows().contains(&row) {
            let key = spool_key(row);
            let record = Some(record);
            self.write(vec![Write { key, record }], now, Haste::Soon);
        }
    }

    /// What waits for a sink; `None` when it is none.
    #[must_use]
    pub fn waits_for(&self, sink: &str) -> Option<Waiting> {
        let cursor = self.spool.state.cursors.get(sink)?.clone();
        let until = self.spool.durable;
        Some(Waiting { cursor, until })
    }

    /// A sink has everything before `cursor`, which was made from the one it had.
    pub fn arrived(&mut self, sink: &str, cursor: Cursor, now: Timestamp) {
        let Some(known) = self.spool.state.cursors.get_mut(sink) else {
            return;
        };
        *known = Cursor {
            incarnation: self.incarnation,
            ..cursor
        };
        self.trim(now);
    }

    /// A sink has been away for too long: what was made before `to` it will never get. `from` and `until`
    /// are when the first and the last of that was made.
    pub fn given_up(
        &mut self,
        sink: &str,
        to: Place,
        (from, until): (Timestamp, Timestamp),
        now: Timestamp,
    ) {
        let Some(cursor) = self.spool.state.cursors.get_mut(sink) else {
            return;
        };
        let lines = to.lines.saturating_sub(cursor.at.lines);
        let before = cursor.hole;
        cursor.hole = Some(Hole {
            lines: before.map_or(0, |hole| hole.lines) + lines,
            from: before.map_or(from, |hole| hole.from),
            to: until,
        });
        cursor.lost += lines;
        cursor.at = to;
        self.trim(now);
    }

    /// Whether rows lie there that every sink has: [`Core::trim`] removes some.
    #[must_use]
    pub fn untrimmed(&self) -> bool {
        self.spool.state.first < self.spool_needed()
    }

    /// The oldest row that somebody still needs.
    fn spool_needed(&self) -> u64 {
        let cursors = self.spool.state.cursors.values();
        let slowest = cursors.map(|cursor| cursor.at.row).min();
        #[cfg(feature = "sabotage")]
        let slowest = slowest.map(|row| row + u64::from(self.sabotage.line_forgotten));
        slowest.unwrap_or(self.spool.durable.row)
    }

    /// Removes rows that every sink has, some at a time, and writes down where everything stands.
    pub fn trim(&mut self, now: Timestamp) {
        let needed = self.spool_needed();
        let first = self.spool.state.first;
        let until = needed.min(first.saturating_add(REMOVED_AT_ONCE));
        let removed = (first..until).map(|row| Write {
            key: spool_key(row),
            record: None,
        });
        let mut writes: Vec<Write> = removed.collect();
        self.spool.state.first = until.max(first);
        writes.extend(self.spool.write(&self.codec));
        self.write(writes, now, Haste::Soon);
    }

    /// Each sink and what waits for it.
    pub fn sinks(&self) -> impl Iterator<Item = (&str, Waiting)> {
        let names = self.spool.state.cursors.keys();
        names.filter_map(|name| Some((name.as_str(), self.waits_for(name)?)))
    }
}
