//! Exports: every hour when something changed, and at a clean shutdown.

use crate::runtime::{Hub, committer::Errands};
use snapshots::{
    DataDir, Store, View,
    export::{self, Keep, Reason},
};
use std::{path::Path, sync::Arc, time::Duration};
use tokio::sync::oneshot;

const EVERY: Duration = Duration::from_secs(3_600);

/// Takes an export every hour until the bot stops.
pub(super) fn keep(errands: Errands, hub: &Arc<Hub>, data: &DataDir, keep: Keep) {
    let (hub, dir) = (Arc::clone(hub), data.exports());
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                () = hub.stopped() => return,
            }
            let (send, view) = oneshot::channel();
            errands.run(Box::new(move |store| {
                // Nobody takes the view any more when the bot is stopping.
                let _ = send.send(store.view());
            }));
            if let Ok(view) = view.await {
                let (hub, dir) = (Arc::clone(&hub), dir.clone());
                tokio::task::spawn_blocking(move || take(&hub, &view, &dir, Reason::Hourly, keep));
            }
        }
    });
}

/// Takes the export of a clean shutdown, when nothing changes any more.
pub(super) fn at_shutdown(hub: &Hub, store: &mut dyn Store, data: &DataDir, keep: Keep) {
    take(hub, &store.view(), &data.exports(), Reason::Shutdown, keep);
}

fn take(hub: &Hub, view: &View, dir: &Path, reason: Reason, keep: Keep) {
    match export::take(view, dir, reason, hub.clock.now(), keep) {
        Ok(taken) => tracing::info!(?taken, "export"),
        Err(fault) => tracing::error!(%fault, dir = %dir.display(), "export failed"),
    }
}
