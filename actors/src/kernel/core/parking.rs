//! Inputs set aside: those a machine cannot take, and those an earlier process died of.

use super::{Core, MAX_PARKED, erasing::may_go};
use crate::kernel::{
    address::Address,
    epoch::Haste,
    inbound::{Inbound, Input, InputId},
    machine::TimerChange,
    record::{Codec, Key, Snapshot as _, Space, Write},
    stored::{Mark, Parked, ProcessRecord, effect_key, mark_key},
    time::Timestamp,
    turn::Commit,
};

impl<C: Codec> Core<C> {
    /// Sets an input aside before it reaches its machine's queue.
    pub fn spool(&mut self, address: Address, input: &Input, why: &str, now: Timestamp) {
        if self.stays_parked(address, input) {
            return;
        }
        let writes = self.parked(address, input, why, now);
        self.assembler.add(writes, Vec::new(), now, Haste::Soon);
        self.seal_if_full();
    }

    /// Sets an input aside that its machine cannot take. The rest of its queue goes on.
    pub fn park(&mut self, address: Address, input: &Input, why: &str, now: Timestamp) {
        let writes = if self.stays_parked(address, input) {
            Vec::new()
        } else {
            self.parked(address, input, why, now)
        };
        let commit = Commit {
            writes,
            ..Commit::empty(address)
        };
        self.absorb(input, commit, now);
    }

    /// Sets aside what a machine has waiting that came over the gateway: it fails all the time, and
    /// the shard's position must not wait for it. What is durable by itself goes on waiting.
    pub fn spool_waiting(&mut self, address: Address, why: &str, now: Timestamp) {
        for input in self.ledger.take_gateway(address) {
            self.spool(address, &input, why, now);
        }
    }

    /// The note of careful mode is over once its input is handled, in the same batch.
    pub(super) fn handled(&mut self, address: Address, id: &InputId) -> Option<Write> {
        let note = self.process.about_to_handle.as_ref();
        note.filter(|(of, input)| *of == address && input.id == *id)?;
        self.process.about_to_handle = None;
        self.process_write()
    }

    /// The row of an input set aside. Its machine does not catch up after a gap by it any more, so
    /// one that would have carried that on ends it: else the guild's gap would stay open for good.
    pub(super) fn parked(
        &mut self,
        address: Address,
        input: &Input,
        why: &str,
        now: Timestamp,
    ) -> Vec<Write> {
        let carries_on = !matches!(input.id, InputId::Gateway { .. })
            || matches!(input.what, Inbound::MembersListed { .. });
        let ended = carries_on.then_some(false);
        let gap = self.gaps.absorbed(address, &input.what, ended, &self.codec);
        let row = self.parked_row(address, input, why, now);
        row.into_iter().chain(gap).collect()
    }

    fn parked_row(
        &mut self,
        address: Address,
        input: &Input,
        why: &str,
        now: Timestamp,
    ) -> Option<Write> {
        if self.counters.parked >= MAX_PARKED || self.is_of_gone(address, input) {
            self.counters.parked_dropped += 1;
            return None;
        }
        let mut body = now.millis().to_be_bytes().to_vec();
        // What sets apart two of one millisecond; never used again in one life, as a count could be.
        self.parked_ever += 1;
        body.extend_from_slice(&self.parked_ever.to_be_bytes());
        body.extend_from_slice(&address.to_bytes());
        let parked = Parked {
            address,
            input: input.clone(),
            at: now,
            why: why.to_owned(),
        };
        let Ok(record) = parked.to_record(&self.codec) else {
            self.counters.parked_dropped += 1;
            return None;
        };
        self.counters.parked += 1;
        let key = Key::new(Space::Parked, &body);
        self.parked_at(&key, &parked);
        Some(Write {
            key,
            record: Some(record),
        })
    }

    /// Notes whom an input set aside could name.
    pub(super) fn parked_at(&mut self, key: &Key, parked: &Parked) {
        if may_go(&parked.input) {
            let named = (parked.address, &parked.input);
            self.named.add(key, parked.address.scope, parked.at, &named);
        }
    }

    /// In careful mode: notes the input about to be handled, within the current epoch.
    pub fn about_to_handle(&mut self, what: Option<(Address, Input)>, now: Timestamp) {
        // One that was given back to its machine is set aside already.
        let what = what.filter(|(address, input)| !self.is_released(*address, &input.id));
        let process = ProcessRecord {
            about_to_handle: what,
            ..self.process.clone()
        };
        self.set_process(process, now);
    }

    /// At start: an input that the last life was about to handle, and never finished, is set aside.
    /// Returns what it was.
    pub fn park_unfinished(&mut self, now: Timestamp) -> Option<(Address, Input)> {
        let (address, input) = self.process.about_to_handle.clone()?;
        self.ledger.drop_held(address, &input.id);
        let mut writes = self.parked(address, &input, "the process ended while handling it", now);
        match &input.id {
            InputId::Gateway { shard, at } => {
                let at = input.what.until().unwrap_or_default().max(*at);
                self.ledger.load_mark(address, *shard, at);
                let mark = Mark { shard: *shard, at };
                let key = mark_key(address, *shard);
                writes.push(Write {
                    key,
                    record: mark.to_record(&self.codec).ok(),
                });
                self.stored_marks.insert((address, *shard), at);
            }
            InputId::Timer { key, .. } => {
                self.timers.cancel(address, key);
                writes.push(self.timer_write(address, key, &TimerChange::Cancel));
            }
            InputId::Fact(id) | InputId::Outcome(id) => {
                self.outbox.forget(*id);
                writes.push(Write {
                    key: effect_key(Space::Outbox, *id),
                    record: None,
                });
            }
        }
        self.write(writes, now, Haste::Now);
        self.about_to_handle(None, now);
        Some((address, input))
    }
}
