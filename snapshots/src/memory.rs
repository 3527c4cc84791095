//! The store in memory, with crash points: for tests and for the seeded proof.
//!
//! It behaves like sled as far as users can see, because all but raw pairs is the same code. What it adds
//! is control: [`Memory`] is the "machine" under the store, and decides what survives. It lives on when the
//! store is dropped, so a crash is: drop the store, open another on the same [`Memory`] (or on a copy of
//! its [`Image`], which is cheap to take after every step).

use crate::{
    core::Core,
    engine::{Change, Engine, EngineFault, Facts, Pair, Raw},
    meta::Identity,
    quarantine::Quarantine,
    start::{self, StartFault},
    store::Store,
};
use std::{
    collections::{BTreeMap, VecDeque},
    io,
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

type Bytes = Arc<[u8]>;

/// What is durable: shared until somebody changes it, so taking one costs a reference count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image(Arc<BTreeMap<Bytes, Bytes>>);

/// Where in a commit a failure strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strike {
    /// Before anything is applied: nothing of the batch survives.
    BeforeApply,
    /// When all is applied and nothing durable: readers saw the batch, and it is gone after a crash.
    BeforeDurable,
    /// When all is durable but nobody was told: the batch survives though its commit failed.
    AfterDurable,
}

/// What a failing commit says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No space left. Re-opening fails as well until [`Memory::set_full`] says otherwise.
    Full,
    /// The operating system reports an error, once.
    Io,
}

/// The machine under a memory store. Clones are the same machine.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    durable: Image,
    /// Applied, not yet durable.
    pending: BTreeMap<Bytes, Option<Bytes>>,
    strikes: VecDeque<Option<(Strike, Failure)>>,
    full: bool,
    stuck: bool,
    /// Counts crashes: stores of an earlier life are dead.
    life: u64,
}

impl Memory {
    /// A machine whose disk holds `image`.
    #[must_use]
    pub fn from_image(image: Image) -> Self {
        let memory = Self::default();
        memory.state().durable = image;
        memory
    }

    /// Opens the store, creating it with `incarnation` when the disk is empty.
    ///
    /// A store opened earlier on this machine is dead from now on, as after a crash.
    ///
    /// # Errors
    /// When what is there is damaged or of another format.
    pub fn open(&self, incarnation: u32) -> Result<Box<dyn Store>, StartFault> {
        self.crash();
        let engine = Arc::new(MemoryEngine {
            machine: self.clone(),
            life: self.state().life,
        });
        let create = Some(Identity::new(incarnation));
        let (core, _): (Core<MemoryEngine>, _) =
            start::start(engine, Quarantine::new(None), create)?;
        Ok(Box::new(core))
    }

    /// The power goes off: what is not durable is gone, the open store is dead.
    pub fn crash(&self) {
        let mut state = self.state();
        state.pending.clear();
        state.stuck = false;
        state.life += 1;
    }

    /// What is durable at this moment.
    #[must_use]
    pub fn image(&self) -> Image {
        self.state().durable.clone()
    }

    /// The next `n` commits fail at `strike` with `failure`.
    pub fn fail_next(&self, n: usize, strike: Strike, failure: Failure) {
        self.state()
            .strikes
            .extend(std::iter::repeat_n(Some((strike, failure)), n));
    }

    /// The next `n` commits succeed; after them come failures asked for later.
    pub fn pass_next(&self, n: usize) {
        self.state().strikes.extend(std::iter::repeat_n(None, n));
    }

    /// Fills the disk, or frees it: while it is full each commit and each re-opening fails.
    pub fn set_full(&self, full: bool) {
        self.state().full = full;
    }

    /// Changes a raw value behind the store's back, as a rotting disk would; `None` removes it.
    pub fn tamper(&self, key: &[u8], change: impl FnOnce(Option<Vec<u8>>) -> Option<Vec<u8>>) {
        let mut state = self.state();
        let pairs = Arc::make_mut(&mut state.durable.0);
        match change(pairs.get(key).map(|value| value.to_vec())) {
            Some(value) => pairs.insert(key.into(), value.into()),
            None => pairs.remove(key),
        };
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Image {
    /// Every raw pair in key order, as an engine would hold it.
    pub fn pairs(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0.iter().map(|(key, value)| (&**key, &**value))
    }
}

struct MemoryEngine {
    machine: Memory,
    life: u64,
}

impl MemoryEngine {
    fn alive(&self) -> Result<MutexGuard<'_, State>, EngineFault> {
        let state = self.machine.state();
        if state.life == self.life {
            Ok(state)
        } else {
            Err(EngineFault::Closed)
        }
    }
}

impl State {
    /// Fails if the next commit is to fail at `strike`; commits are counted at their first strike point.
    fn strike(&mut self, strike: Strike) -> Result<(), EngineFault> {
        if self.stuck {
            return Err(fault(Failure::Io));
        }
        let failure = match self.strikes.front() {
            _ if self.full && strike == Strike::BeforeApply => Some(Failure::Full),
            Some(Some((at, failure))) if *at == strike => {
                let failure = *failure;
                self.strikes.pop_front();
                Some(failure)
            }
            Some(None) if strike == Strike::AfterDurable => {
                self.strikes.pop_front();
                None
            }
            _ => None,
        };
        let Some(failure) = failure else {
            return Ok(());
        };
        self.stuck = true;
        self.full |= failure == Failure::Full;
        Err(fault(failure))
    }
}

fn fault(failure: Failure) -> EngineFault {
    match failure {
        Failure::Full => io::Error::from(io::ErrorKind::StorageFull).into(),
        Failure::Io => io::Error::other("injected").into(),
    }
}

impl Raw for MemoryEngine {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineFault> {
        let state = self.alive()?;
        let durable = || state.durable.0.get(key);
        let value = state.pending.get(key).map_or_else(durable, Option::as_ref);
        Ok(value.map(|value| value.to_vec()))
    }

    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Pair>, EngineFault> {
        let state = self.alive()?;
        if from >= to {
            return Ok(Vec::new());
        }
        let bounds = (Bound::Included(from), Bound::Excluded(to));
        let mut pairs: BTreeMap<&Bytes, Option<&Bytes>> = BTreeMap::new();
        // Pending changes can remove as many as there are, so that many more are looked at.
        let look = limit.saturating_add(state.pending.len());
        let durable = state.durable.0.range::<[u8], _>(bounds).take(look);
        pairs.extend(durable.map(|(key, value)| (key, Some(value))));
        let end = (pairs.len() == look)
            .then(|| pairs.last_key_value().map(|(key, _)| *key))
            .flatten();
        let pending = state.pending.range::<[u8], _>(bounds);
        let pending = pending.take_while(|(key, _)| end.is_none_or(|end| *key <= end));
        pairs.extend(pending.map(|(key, value)| (key, value.as_ref())));
        let present = pairs
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)));
        Ok(present
            .take(limit)
            .map(|(key, value)| (key.to_vec(), value.to_vec()))
            .collect())
    }
}

impl Engine for MemoryEngine {
    fn apply(&self, changes: &[Change]) -> Result<(), EngineFault> {
        let mut state = self.alive()?;
        state.strike(Strike::BeforeApply)?;
        let owned = |(key, value): &Change| (key[..].into(), value.as_deref().map(Into::into));
        state.pending.extend(changes.iter().map(owned));
        Ok(())
    }

    fn sync(&self) -> Result<(), EngineFault> {
        let mut state = self.alive()?;
        state.strike(Strike::BeforeDurable)?;
        let pending = std::mem::take(&mut state.pending);
        let durable = Arc::make_mut(&mut state.durable.0);
        for (key, value) in pending {
            match value {
                Some(value) => durable.insert(key, value),
                None => durable.remove(&key),
            };
        }
        state.strike(Strike::AfterDurable)
    }

    fn reopen(&self) -> Result<(), EngineFault> {
        let mut state = self.alive()?;
        if state.full {
            return Err(fault(Failure::Full));
        }
        state.pending.clear();
        state.stuck = false;
        Ok(())
    }

    fn facts(&self) -> Facts {
        Facts::default()
    }

    fn close(&self) -> Result<(), EngineFault> {
        self.machine.state().life += 1;
        Ok(())
    }
}
