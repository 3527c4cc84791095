//! From turns to batches: when to seal, what a batch says besides the turns, what is durable.

use super::Core;
use crate::kernel::{
    address::Address,
    effect::OutboxRow,
    epoch::{Epoch, Haste},
    machine::TimerChange,
    record::{Codec, Snapshot as _, Space, Write},
    stored::{Mark, ProcessRecord, TimerRow, effect_key, mark_key, process_key, timer_key},
    time::{Span, Timestamp},
};

/// Ticks for which signs of life gather.
const GATHERING_TICKS: i64 = 4;

/// Whether `span` has passed since `began`. A clock that was set back must not make anything wait for
/// as long as it was wrong.
pub(super) fn is_over(began: Timestamp, span: Span, now: Timestamp) -> bool {
    now < began || now.since(began) >= span
}

impl<C: Codec> Core<C> {
    pub(super) fn timer_write(&self, address: Address, key: &str, change: &TimerChange) -> Write {
        let record = match change {
            TimerChange::Set { due, punishing } => TimerRow {
                due: *due,
                punishing: *punishing,
            }
            .to_record(&self.codec)
            .ok(),
            TimerChange::Cancel => None,
        };
        Write {
            key: timer_key(address, key),
            record,
        }
    }

    pub(super) fn outbox_write(&self, row: &OutboxRow) -> Write {
        let record = row
            .to_record(&self.codec)
            .expect("texts are cut to Discord's limits, so rows fit");
        Write {
            key: effect_key(Space::Outbox, row.id),
            record: Some(record),
        }
    }

    /// The batch to write next, if its time has come: somebody waits, it is full, it has waited for
    /// long enough (see [`Haste`]), or a position has lagged behind for [`super::POSITION_EVERY`].
    ///
    /// Signs of life that have gathered long enough are handed out first; what they lead to is written
    /// as soon as all of it is there.
    pub fn prepare(&mut self, now: Timestamp, tick: Span) -> Option<&Epoch> {
        if self
            .gathering_since
            .is_some_and(|since| is_over(since, self.gathering_span(tick), now))
        {
            self.cut(now);
        }
        for address in self.cuts.due(now, tick) {
            self.wakes.extend(self.ledger.wake(address));
        }
        if self.assembler.backlog() == 0 {
            let due = self.assembler.urgent() || self.is_due(now, tick);
            if due || self.positions.lag(&self.ledger, now) {
                self.seal(now);
            }
        }
        self.assembler.front()
    }

    /// Seals whatever there is, for the last commit of a life.
    pub fn prepare_last(&mut self, now: Timestamp) -> Option<&Epoch> {
        if self.assembler.backlog() == 0
            && (!self.assembler.is_empty() || self.positions.dirty(&self.ledger))
        {
            self.seal(now);
        }
        self.assembler.front()
    }

    pub(super) fn seal_if_full(&mut self) {
        if self.assembler.full() {
            let now = self.assembler.oldest().unwrap_or_default();
            self.seal(now);
        }
    }

    pub(super) fn seal(&mut self, now: Timestamp) {
        #[cfg(feature = "sabotage")]
        let too_high = self.sabotage.position_too_high;
        #[cfg(not(feature = "sabotage"))]
        let too_high = false;
        let mut more = self
            .positions
            .writes(&self.ledger, &self.codec, now, too_high);
        if !more.is_empty() && self.process.starts_without_progress != 0 {
            self.process.starts_without_progress = 0;
            more.extend(self.process_write());
        }
        self.cutting &= self.ledger.cutting();
        let ahead: Vec<_> = self.ledger.marks_ahead().collect();
        #[cfg(feature = "sabotage")]
        let ahead = if self.sabotage.mark_dropped {
            Vec::new()
        } else {
            ahead
        };
        for (address, shard, at) in ahead {
            if self.stored_marks.insert((address, shard), at) != Some(at) {
                let key = mark_key(address, shard);
                let record = Mark { shard, at }.to_record(&self.codec).ok();
                more.push(Write { key, record });
            }
        }
        for (address, shard) in self.ledger.forget_passed_marks() {
            if self.stored_marks.remove(&(address, shard)).is_some() {
                more.push(Write {
                    key: mark_key(address, shard),
                    record: None,
                });
            }
        }
        self.assembler.seal(more);
    }

    /// When [`Core::prepare`] will have something because of the time alone.
    #[must_use]
    pub fn next_commit(&self, tick: Span) -> Option<Timestamp> {
        let position = self.positions.next_lag(&self.ledger);
        let gathered = self
            .gathering_since
            .map(|since| since + self.gathering_span(tick));
        self.seal_at(tick)
            .into_iter()
            .chain(position)
            .chain(gathered)
            .chain(self.cuts.next(tick))
            .min()
    }

    /// How long signs of life gather: nobody waits for them, and Discord replays what was not written
    /// yet. Each row is then written once in so long, however often its member acts. After an early
    /// end they do not, until a position was stored: the sooner that is, the surer it is who is to
    /// blame for the next one.
    const fn gathering_span(&self, tick: Span) -> Span {
        if self.process.starts_without_progress > 0 {
            return Span::ZERO;
        }
        Span::millis(tick.as_millis().saturating_mul(GATHERING_TICKS))
    }

    fn is_due(&self, now: Timestamp, tick: Span) -> bool {
        let began = self.assembler.oldest();
        began.is_some_and(|began| now < began) || self.seal_at(tick).is_some_and(|at| now >= at)
    }

    /// When the open batch is due, if nobody waits for it. What Discord would bring again has as much
    /// time as signs of life, so that it leaves with the next of them.
    fn seal_at(&self, tick: Span) -> Option<Timestamp> {
        let began = self.assembler.oldest()?;
        if self.cutting && !self.ledger.cutting() {
            return Some(began);
        }
        let later = began + self.gathering_span(tick).max(tick);
        let soon = self.assembler.soon().map(|since| since + tick);
        Some(soon.map_or(later, |soon| soon.min(later)))
    }

    /// Whether a batch should be written without waiting.
    #[must_use]
    pub fn urgent(&self) -> bool {
        self.assembler.backlog() > 0 || self.assembler.urgent()
    }

    /// The batch is durable: what it wanted may leave.
    pub fn durable(&mut self, number: u64, now: Timestamp) {
        self.counters.epochs += 1;
        let effects = self.assembler.durable(number);
        self.spool_durable(number);
        if self.assembler.backlog() == 0 {
            self.positions.all_durable();
        }
        self.depart(effects, now);
    }

    /// The process record, and a way to change it within the current epoch.
    pub const fn process(&self) -> &ProcessRecord {
        &self.process
    }

    /// Changes the process record within the current epoch.
    pub fn set_process(&mut self, process: ProcessRecord, now: Timestamp) {
        self.process = process;
        let write = self.process_write();
        self.assembler.add(write, Vec::new(), now, Haste::Now);
    }

    /// Number of the last durable epoch.
    #[must_use]
    pub fn durable_until(&self) -> u64 {
        self.assembler.durable_until()
    }

    /// The number of the epoch that gathers now: whatever was absorbed so far is durable once this
    /// one is, or an earlier one when nothing is open.
    #[must_use]
    pub fn gathering(&self) -> u64 {
        self.assembler.gathering()
    }

    /// The number of the epoch that takes what is absorbed next.
    #[must_use]
    pub fn open_epoch(&self) -> u64 {
        self.assembler.open()
    }

    pub(super) fn process_write(&self) -> Option<Write> {
        let record = self.process.to_record(&self.codec).ok()?;
        Some(Write {
            key: process_key(),
            record: Some(record),
        })
    }

    /// Adds writes of the runtime's own to the current epoch.
    pub fn write(&mut self, writes: Vec<Write>, now: Timestamp, haste: Haste) {
        self.assembler.add(writes, Vec::new(), now, haste);
        self.seal_if_full();
    }

    /// Age of the oldest change that is not durable.
    #[must_use]
    pub fn store_lag(&self, now: Timestamp) -> Span {
        self.assembler
            .oldest()
            .map_or(Span::ZERO, |oldest| now.since(oldest))
    }
}
