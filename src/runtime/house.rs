//! Chores in our own house: who asked to be forgotten is noted beside the store, and what names them there is
//! removed; a machine is started again.
//!
//! Live records are the affair of the machines and of the core. What is left is beside the store: records set
//! aside as damaged go at once, exports soon, and what sled has not written over within a day
//! ([`crate::bot`]).

use super::{committer::Errands, hub::lock};
use actors::kernel::{
    address::Scope,
    effect::Outcome,
    ids::UserId,
    outbox::Sent,
    record::{Key, Space},
    time::{Span, Timestamp},
};
use snapshots::{
    DataDir, Store,
    erasures::{Erasures, ErasuresFault},
    quarantine,
};
use std::{
    io,
    sync::{Arc, Mutex},
};
use tokio::sync::{Notify, oneshot};

/// How soon to try again what the disk did not take.
const AGAIN: Span = Span::seconds(5);

/// See the module docs.
pub struct House {
    erasures: Mutex<Erasures>,
    data: DataDir,
    errands: Errands,
    /// Held while copies are removed.
    pub removing: tokio::sync::Mutex<()>,
    /// Rung when there is something to remove.
    pub work: Notify,
}

impl House {
    /// The house around the store in `data`.
    pub fn new(erasures: Erasures, data: DataDir, errands: Errands) -> Arc<Self> {
        Arc::new(Self {
            erasures: Mutex::new(erasures),
            data,
            errands,
            removing: tokio::sync::Mutex::default(),
            work: Notify::new(),
        })
    }

    /// Looks at, or changes, what is noted.
    pub fn erasures<T>(&self, work: impl FnOnce(&mut Erasures) -> T) -> T {
        work(&mut lock(&self.erasures))
    }

    /// Does something with the store between two batches; `None` when the bot stops first.
    pub async fn errand<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Store) -> T + Send + 'static,
    ) -> Option<T> {
        let (send, done) = oneshot::channel();
        self.errands.run(Box::new(move |store| {
            // Whoever waited may have gone.
            let _ = send.send(work(store));
        }));
        done.await.ok()
    }

    /// Notes that somebody asked to be forgotten, and removes what was set aside about them.
    pub async fn erase(self: Arc<Self>, scope: Scope, user: UserId, now: Timestamp) -> Sent {
        let house = Arc::clone(&self);
        let noted = self
            .note(move |erasures| erasures.add(scope, user, now))
            .await;
        if noted == Sent::Done(Outcome::Done) {
            house.errands.run(Box::new({
                let data = house.data.clone();
                move |store| {
                    if let Err(fault) = give_up_damaged(store, &data, scope, user) {
                        tracing::error!(%fault, "a damaged record about somebody who asked to be forgotten stays");
                    }
                }
            }));
            house.work.notify_one();
        }
        noted
    }

    /// Somebody may be recorded again.
    pub async fn record_again(self: Arc<Self>, scope: Scope, user: UserId) -> Sent {
        self.note(move |erasures| erasures.remove(scope, user))
            .await
    }

    async fn note(
        self: Arc<Self>,
        change: impl FnOnce(&mut Erasures) -> Result<(), ErasuresFault> + Send + 'static,
    ) -> Sent {
        let written = tokio::task::spawn_blocking(move || self.erasures(change)).await;
        match written {
            Ok(Ok(())) => Sent::Done(Outcome::Done),
            Ok(Err(fault)) => {
                tracing::error!(%fault, source = ?std::error::Error::source(&fault), "the list of who asked to be forgotten is not written");
                Sent::Later(AGAIN)
            }
            Err(_) => Sent::Later(AGAIN),
        }
    }
}

/// Gives up damaged records about somebody. A machine's head is not theirs alone, so it stays for a person to
/// decide about.
fn give_up_damaged(
    store: &mut dyn Store,
    data: &DataDir,
    scope: Scope,
    user: UserId,
) -> io::Result<()> {
    let id = user.get();
    let forms = [
        id.to_string().into_bytes(),
        id.to_be_bytes().to_vec(),
        id.to_le_bytes().to_vec(),
    ];
    let holds = |bytes: &[u8]| {
        let mut forms = forms.iter();
        forms.any(|form| bytes.windows(form.len()).any(|part| part == form))
    };
    let theirs = |key: &Key, bytes: &[u8]| {
        let there = key.address().is_none_or(|address| address.scope == scope);
        let whole = key.space() != Some(Space::Head);
        there && whole && (holds(key.body()) || holds(bytes))
    };
    for (key, copy) in quarantine::copies_that(&data.quarantine(), &theirs)? {
        tracing::warn!(
            ?key,
            "damaged record about somebody who asked to be forgotten given up"
        );
        if let Err(fault) = store.discard_damaged(&key) {
            tracing::debug!(%fault, "it was not in quarantine any more");
        }
        quarantine::remove_copy(&copy)?;
    }
    Ok(())
}
