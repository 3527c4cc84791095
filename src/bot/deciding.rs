//! What a person decides about what was set aside, carried out and made durable.

use crate::runtime::{Hub, view};
use actors::kernel::{
    core::{Decided, Verdict},
    record::Key,
};
use std::{sync::Arc, time::Duration};
use tokio::time::{sleep, timeout};

/// How long a machine may take for an input it got back, before whoever asked hears that it still has it.
const TURN_PATIENCE: Duration = Duration::from_secs(10);
/// How long the store may take.
pub(super) const STORE_PATIENCE: Duration = Duration::from_secs(10);
/// How often to look whether the machine is done.
const LOOK: Duration = Duration::from_millis(5);

/// Carries out a decision about the record under `key`. What is returned holds: it is durable. One
/// decision at a time, because each is made upon what the store holds.
///
/// # Errors
/// Why nothing was done, or is not known to be durable, in words.
pub(super) async fn decide(hub: &Arc<Hub>, key: Key, verdict: Verdict) -> Result<String, String> {
    let record = read(hub, &key).await?;
    let record = record.ok_or("nothing that was set aside lies under this key")?;
    let decided = hub.core(|core| core.decide(&key, &record, verdict, hub.clock.now()));
    let decided = decided.map_err(|why| why.to_string())?;
    tracing::info!(?key, ?verdict, "decided by a person");
    let done = match decided {
        Decided::Dropped => "dropped",
        Decided::Sending => "put into the outbox again",
        Decided::Released(address, id) => {
            let handled = async {
                while hub.core(|core| core.is_released(address, &id)) {
                    sleep(LOOK).await;
                }
            };
            if timeout(TURN_PATIENCE, handled).await.is_err() {
                return Err(format!(
                    "{address} has it but does not get to it; it stays set aside until then"
                ));
            }
            "handled"
        }
    };
    if timeout(STORE_PATIENCE, hub.all_durable()).await.is_err() {
        return Err("the store does not take it at the moment; look again later".to_owned());
    }
    if done == "handled" && read(hub, &key).await?.is_some() {
        return Err("its machine cannot take it this time either; it stays set aside".to_owned());
    }
    Ok(done.to_owned())
}

/// Reading may wait for the disk.
async fn read(hub: &Arc<Hub>, key: &Key) -> Result<Option<actors::kernel::record::Record>, String> {
    let (hub, key) = (Arc::clone(hub), key.clone());
    let read = tokio::task::spawn_blocking(move || view::read(&*hub, &key)).await;
    read.map_err(|why| why.to_string())?
        .map_err(|why| why.to_string())
}
