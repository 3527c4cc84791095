//! The committer: one thread that owns the store and writes one batch after the other.
//!
//! While a batch is being written the next one gathers in the core. A store that fails (full disk,
//! I/O error) stops the intake; the batch is kept and tried again after re-opening, for as long as it
//! takes: nothing that was accepted is dropped, and nothing is acknowledged meanwhile.

use super::{hub::Hub, priority};
use actors::kernel::record::{Key, Write};
use snapshots::{Batch, CommitFault, Store};
use std::{
    sync::{Arc, atomic::Ordering, mpsc},
    thread,
    time::{Duration, Instant},
};

/// The longest pause between two tries on a store that fails.
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// Something to do with the store on its own thread, between two batches.
pub type Errand = Box<dyn FnOnce(&mut dyn Store) + Send>;

/// The running thread.
pub struct Committer {
    thread: thread::JoinHandle<Box<dyn Store>>,
    errands: mpsc::Sender<Errand>,
}

/// A way to hand errands to the committer.
#[derive(Clone)]
pub struct Errands {
    sender: mpsc::Sender<Errand>,
    hub: Arc<Hub>,
}

impl Errands {
    /// Runs `errand` between two batches. It is dropped when the committer has ended.
    pub fn run(&self, errand: Errand) {
        if self.sender.send(errand).is_ok() {
            self.hub.ring_committer();
        }
    }
}

impl Committer {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the operating system has no thread to give.
    pub fn start(hub: Arc<Hub>, store: Box<dyn Store>) -> std::io::Result<Self> {
        let (errands, waiting) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("committer".into())
            .spawn(move || {
                priority::yield_to_others();
                commit_until_stopped(&hub, store, &waiting)
            })?;
        Ok(Self { thread, errands })
    }

    /// How to hand it errands.
    pub fn errands(&self, hub: &Arc<Hub>) -> Errands {
        Errands {
            sender: self.errands.clone(),
            hub: Arc::clone(hub),
        }
    }

    /// Whether the thread has ended, as it does only after [`Hub::stop`] or a panic.
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits for its end (call [`Hub::stop`] first) and gives the store back; `None` if it panicked.
    pub fn join(self) -> Option<Box<dyn Store>> {
        self.thread.join().ok()
    }
}

/// What the thread found to do.
enum Work {
    Commit(Batch),
    Errand(Errand),
}

fn commit_until_stopped(
    hub: &Hub,
    mut store: Box<dyn Store>,
    errands: &mpsc::Receiver<Errand>,
) -> Box<dyn Store> {
    loop {
        let work = hub.commit_wait(
            |core| {
                if let Ok(errand) = errands.try_recv() {
                    return Some(Work::Errand(errand));
                }
                let now = hub.clock.now();
                let epoch = core.prepare(now, hub.tick)?;
                Some(Work::Commit(batch(epoch)))
            },
            |core| core.next_commit(hub.tick),
        );
        let done = match work {
            Some(work) => at_work(hub, || match work {
                Work::Commit(batch) => commit(hub, &mut *store, batch),
                Work::Errand(errand) => {
                    errand(&mut *store);
                    true
                }
            }),
            None => break,
        };
        if !done {
            return store;
        }
    }
    // The last batches of this life.
    while let Some(last) = hub.core(|core| core.prepare_last(hub.clock.now()).map(batch)) {
        if !at_work(hub, || commit(hub, &mut *store, last)) {
            break;
        }
    }
    store
}

/// Lets others see that something is being done with the store, and whether it gets done.
fn at_work<T>(hub: &Hub, work: impl FnOnce() -> T) -> T {
    hub.meters.committing.up();
    let done = work();
    hub.meters.committing.up();
    done
}

/// What the store is given of an epoch.
pub(crate) fn batch(epoch: &actors::kernel::epoch::Epoch) -> Batch {
    Batch {
        epoch: epoch.number,
        writes: epoch.write_list().collect(),
    }
}

/// Commits `batch`, trying again until it is durable. `false`: the bot is stopping, and the store
/// still fails; nothing of the batch was acknowledged, and the next life gets its events again.
fn commit(hub: &Hub, store: &mut dyn Store, mut batch: Batch) -> bool {
    let mut pause = Duration::from_millis(50);
    loop {
        let began = Instant::now();
        let fault = match store.commit(&batch) {
            Ok(_) => {
                note_commit(hub, &batch, began.elapsed());
                hub.set_store_down(false);
                let forgotten = hub.core(|core| {
                    core.durable(batch.epoch, hub.clock.now());
                    core.somebody_forgotten()
                });
                hub.set_durable(batch.epoch);
                if forgotten {
                    hub.forget_bell.notify_one();
                }
                return true;
            }
            Err(CommitFault::Quarantined { keys, .. }) => {
                leave_out(&mut batch, &keys);
                continue;
            }
            Err(fault) => fault,
        };
        hub.set_store_down(true);
        hub.meters.commit_faults.up();
        // Still at it, but a step further.
        hub.meters.committing.add(2);
        let full = fault.is_full();
        tracing::error!(epoch = batch.epoch, full, %fault, source = ?std::error::Error::source(&fault),
            "store refuses a batch; taking in nothing until it works again");
        thread::sleep(pause);
        pause = (pause * 2).min(MAX_PAUSE);
        if fault.needs_reopen()
            && let Err(fault) = store.reopen()
        {
            tracing::error!(%fault, "store does not open again yet");
            if hub.is_stopping() {
                return false;
            }
        }
    }
}

/// Leaves out what would overwrite records in quarantine; the rest of the batch goes on.
fn leave_out(batch: &mut Batch, keys: &[Key]) {
    tracing::error!(
        epoch = batch.epoch,
        ?keys,
        "records in quarantine are not overwritten"
    );
    batch.writes.retain(|write| !keys.contains(&write.key));
}

fn note_commit(hub: &Hub, batch: &Batch, took: Duration) {
    let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1);
    let size = |write: &Write| {
        let value = write
            .record
            .as_ref()
            .map_or(0, |record| record.payload.len());
        write.key.bytes().len() + value
    };
    let bytes: usize = batch.writes.iter().map(size).sum();
    hub.meters.commit.note(took);
    hub.meters.batch_bytes.note(bytes as u64);
    hub.meters.batch_records.note(batch.writes.len() as u64);
    let before = hub.meters.commit_us.load(Ordering::Relaxed);
    let average = if before == 0 {
        took
    } else {
        (before * 7 + took) / 8
    };
    hub.meters.commit_us.store(average, Ordering::Relaxed);
}
