//! What a person decides about what was set aside: effects given up, effects up for review after a
//! restore, inputs that their machine could not take.
//!
//! A decision is part of the next epoch like everything else, so it holds once that is durable. An effect
//! tried again keeps its name and so its nonce, and the place is looked at before it is sent: what did
//! arrive is not said twice. An input given back to its machine stays where it is until a batch holds its
//! turn; killed in between, it is still set aside.

use super::Core;
use crate::kernel::{
    address::Address,
    effect::{DeadLetter, Effect, OutboxRow},
    epoch::Haste,
    inbound::{Input, InputId},
    record::{Codec, CodecFault, Key, Record, Snapshot as _, Space, Write},
    stored::Parked,
    time::Timestamp,
};
use std::sync::Arc;

/// What shall become of something set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Send it, or give it to its machine, once more.
    Again,
    /// Forget it.
    Drop,
}

/// What was done about a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decided {
    /// It is gone once the epoch that gathers now is durable.
    Dropped,
    /// It is in the outbox once the epoch that gathers now is durable.
    Sending,
    /// Its machine gets it; see [`Core::is_released`].
    Released(Address, InputId),
}

/// Why nothing was decided.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecided {
    /// The key is of another space, or somebody else was faster.
    #[error("nothing that was set aside lies under this key")]
    Nothing,
    /// The record cannot be read, so it can neither be sent nor run.
    #[error("the record cannot be read")]
    Unreadable(#[from] CodecFault),
    /// An effect of the same name waits to be sent, or the input waits for its machine.
    #[error("it is on its way already")]
    UnderWay,
    /// Whoever asked has been shown a failure.
    #[error("somebody used a command or a button and saw it fail; it must not happen now, drop it")]
    Interaction,
}

impl<C: Codec> Core<C> {
    /// Carries out what a person decided about the `record` under `key`.
    ///
    /// # Errors
    /// See [`Undecided`]; nothing is changed then.
    pub fn decide(
        &mut self,
        key: &Key,
        record: &Record,
        verdict: Verdict,
        now: Timestamp,
    ) -> Result<Decided, Undecided> {
        match (key.space(), verdict) {
            (Some(Space::DeadLetter), Verdict::Again) => self.send_again(key, record, now),
            (Some(Space::DeadLetter), Verdict::Drop) => {
                let (at, _) = set_aside(&self.codec, record)?;
                if !self.dead_letters.remove(&(at, key.clone())) {
                    return Err(Undecided::Nothing);
                }
                self.forget(key, now);
                Ok(Decided::Dropped)
            }
            (Some(Space::Parked), Verdict::Again) => self.release_parked(key, record),
            (Some(Space::Parked), Verdict::Drop) => {
                // One that its machine has at this moment is no longer anybody's to drop.
                if self.released.values().any(|released| released == key) {
                    return Err(Undecided::UnderWay);
                }
                self.counters.parked = self.counters.parked.saturating_sub(1);
                self.forget(key, now);
                Ok(Decided::Dropped)
            }
            _ => Err(Undecided::Nothing),
        }
    }

    fn send_again(
        &mut self,
        key: &Key,
        record: &Record,
        now: Timestamp,
    ) -> Result<Decided, Undecided> {
        let (at, mut row) = set_aside(&self.codec, record)?;
        let place = (at, key.clone());
        if !self.dead_letters.contains(&place) {
            return Err(Undecided::Nothing);
        }
        let told = match &row.effect {
            Effect::Tell { to, .. } => self.ledger.is_waiting(*to, &InputId::Fact(row.id)),
            _ => false,
        };
        if told || self.outbox.contains(row.id) || self.retried.contains(&row.id) {
            return Err(Undecided::UnderWay);
        }
        self.dead_letters.remove(&place);
        self.named.remove(key);
        // `made_at` stays: from there on its place is searched before it is sent.
        row.expires_at = now + row.effect.lifetime();
        row.order = self.outbox.take_order();
        self.retried.insert(row.id);
        let gone = Write {
            key: key.clone(),
            record: None,
        };
        let writes = vec![gone, self.outbox_write(&row)];
        self.assembler.add(writes, vec![row], now, Haste::Now);
        self.seal_if_full();
        Ok(Decided::Sending)
    }

    fn release_parked(&mut self, key: &Key, record: &Record) -> Result<Decided, Undecided> {
        let Parked { address, input, .. } = Parked::from_record(&self.codec, record)?;
        if input.what.origin().is_some() {
            return Err(Undecided::Interaction);
        }
        let id = input.id.clone();
        if self.is_released(address, &id) || self.ledger.is_waiting(address, &id) {
            return Err(Undecided::UnderWay);
        }
        self.released.insert((address, id.clone()), key.clone());
        self.wakes
            .extend(self.ledger.add_again(address, Arc::new(input)));
        Ok(Decided::Released(address, id))
    }

    /// Whether this input was given back to its machine and is neither handled nor set aside again.
    #[must_use]
    pub fn is_released(&self, address: Address, id: &InputId) -> bool {
        self.released.contains_key(&(address, id.clone()))
    }

    /// The turn of an input that was given back is part of the current epoch: its record goes with it.
    pub(super) fn handled_release(&mut self, address: Address, id: &InputId) -> Option<Write> {
        let key = self.released.remove(&(address, id.clone()))?;
        self.named.remove(&key);
        self.counters.parked = self.counters.parked.saturating_sub(1);
        Some(Write { key, record: None })
    }

    /// Its machine could not take it this time either: it stays where it was. `false` for every other
    /// input.
    pub(super) fn stays_parked(&mut self, address: Address, input: &Input) -> bool {
        self.released.remove(&(address, input.id.clone())).is_some()
    }

    fn forget(&mut self, key: &Key, now: Timestamp) {
        self.named.remove(key);
        let write = Write {
            key: key.clone(),
            record: None,
        };
        self.write(vec![write], now, Haste::Now);
    }
}

/// The effect in a record of [`Space::DeadLetter`], and since when it lies there. A restored store has
/// outbox rows there as they were, up for review.
pub(super) fn set_aside<C: Codec>(
    codec: &C,
    record: &Record,
) -> Result<(Timestamp, OutboxRow), CodecFault> {
    if record.schema.kind == OutboxRow::KIND {
        let row = OutboxRow::from_record(codec, record)?;
        return Ok((row.made_at, row));
    }
    let letter = DeadLetter::from_record(codec, record)?;
    Ok((letter.at, letter.row))
}
