//! Removing what is left of members who asked to be forgotten: from what waits for sinks and from exports as soon
//! as may be, from what sled has not written over within a day. Both go on after a kill, because who it is about stays noted until it
//! is done.

use crate::runtime::{Hub, house::House};
use actors::{
    kernel::{
        erase::{self, Erased},
        spool::{spool_key, spool_row},
        time::Span,
    },
    registry,
};
use snapshots::{
    Bincode, CommitFault, DataDir, ReadFault, Rebuild, RebuildFault,
    erasures::Pending,
    export::{self, ExportFault},
};
use std::{io, sync::Arc, time::Duration};

/// How often to look whether it is time.
const LOOK_EVERY: Duration = Duration::from_secs(600);
/// When the store is built anew, if that did not happen before: four hours are left for trying again.
const REBUILD_AFTER: Span = Span::hours(20);

/// Why something is left. It is tried again.
#[derive(Debug, thiserror::Error)]
pub enum ErasingFault {
    /// The bot is stopping.
    #[error("the bot is stopping")]
    Stopping,
    /// What waits for sinks cannot be read.
    #[error("what waits for sinks cannot be read")]
    Spool(#[from] ReadFault),
    /// An export cannot be written anew.
    #[error("an export cannot be written anew")]
    Export(#[from] ExportFault),
    /// The store cannot be built anew.
    #[error("the store cannot be built anew")]
    Rebuild(#[from] RebuildFault),
    /// The store built anew is not in its place.
    #[error("the store built anew is not in its place")]
    Exchange(#[from] CommitFault),
    /// What the store was before is still there.
    #[error("the old files of the store cannot be removed")]
    Remove(#[from] io::Error),
    /// That it is done cannot be noted.
    #[error("that copies are removed cannot be noted")]
    Note(#[from] snapshots::erasures::ErasuresFault),
}

/// Removes copies until the bot stops.
pub(super) fn keep(house: Arc<House>, hub: Arc<Hub>, data: DataDir) {
    tokio::spawn(async move {
        loop {
            let done = look(&house, &hub, &data).await;
            if let Err(fault) = done {
                tracing::error!(%fault, source = ?std::error::Error::source(&fault), "copies of who asked to be forgotten stay for now");
            }
            tokio::select! {
                () = house.work.notified() => {}
                () = hub.forget_bell.notified() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = hub.stopped() => return,
            }
        }
    });
}

async fn look(house: &Arc<House>, hub: &Arc<Hub>, data: &DataDir) -> Result<(), ErasingFault> {
    let pending = house.erasures(|erasures| erasures.pending());
    if pending.is_empty() {
        return Ok(());
    }
    waiting_without(&pending, hub).await?;
    if pending.waited(hub.clock.now()) >= REBUILD_AFTER {
        return remove_all(house, hub, data).await;
    }
    let _removing = house.removing.lock().await;
    exports_without(&pending, data).await
}

/// Removes everything that is left of those who have asked so far.
pub(super) async fn remove_all(
    house: &Arc<House>,
    hub: &Arc<Hub>,
    data: &DataDir,
) -> Result<(), ErasingFault> {
    let _removing = house.removing.lock().await;
    let pending = house.erasures(|erasures| erasures.pending());
    // What the store still says about them in a moment must not be copied.
    hub.all_durable().await;
    rebuild(house, data).await?;
    exports_without(&pending, data).await?;
    let house = Arc::clone(house);
    let noted = blocking(move || house.erasures(|erasures| erasures.done(&pending)));
    noted.await??;
    tracing::info!("nothing is left of members who asked to be forgotten");
    Ok(())
}

async fn rebuild(house: &House, data: &DataDir) -> Result<(), ErasingFault> {
    let begun = house.errand(|store| store.rebuild()).await;
    let Some(rebuild) = begun.ok_or(ErasingFault::Stopping)?? else {
        return Ok(());
    };
    let copied = blocking(move || rebuild.copy().map(|()| rebuild));
    let rebuild: Rebuild = copied.await??;
    let exchanged = house.errand(move |store| store.exchange(rebuild)).await;
    exchanged.ok_or(ErasingFault::Stopping)??;
    let data = data.clone();
    Ok(blocking(move || data.remove_replaced()).await??)
}

/// Rows of the spool that are read at once.
const ROWS: usize = 64;

/// What waits for sinks says another number instead of who is to be forgotten.
async fn waiting_without(pending: &Pending, hub: &Arc<Hub>) -> Result<(), ErasingFault> {
    let (pending, hub) = (pending.clone(), Arc::clone(hub));
    let rewritten = blocking(move || {
        let rows = hub.core(|core| core.spool_rows());
        let end = spool_key(rows.end);
        let mut from = Some(spool_key(rows.start));
        while let Some(cursor) = from {
            let page = hub.reader.scan(&cursor, &end, ROWS)?;
            for entry in page.entries {
                let erased = erase::waiting(&Bincode, &entry.record, &pending);
                // What cannot be read is no sink's either: it is given up and said there.
                if let (Ok(Erased::Changed(record)), Some(row)) = (erased, spool_row(&entry.key)) {
                    let now = hub.clock.now();
                    hub.core(|core| core.respool(row, record, now));
                }
            }
            from = page.next;
        }
        Ok(())
    });
    rewritten.await?
}

async fn exports_without(pending: &Pending, data: &DataDir) -> Result<(), ErasingFault> {
    let (pending, dir) = (pending.clone(), data.exports());
    let rewritten = blocking(move || {
        for name in export::exports(&dir)? {
            let path = dir.join(name.to_string());
            let written = export::rewrite(&path, &|entry| {
                registry::erased(&Bincode, &entry.key, &entry.record, &pending)
            });
            match written {
                Ok(true) => {
                    tracing::info!(export = %path.display(), "written anew without who asked to be forgotten");
                }
                Ok(false) => {}
                // It went with the rotation, or holds nothing that anybody could read.
                Err(fault) if !path.exists() || matches!(fault, ExportFault::Damaged { .. }) => {
                    tracing::warn!(%fault, "export left as it is");
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(())
    });
    Ok(rewritten.await??)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ErasingFault> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| ErasingFault::Stopping)
}
