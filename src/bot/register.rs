//! Registers the commands at start if they have changed, trying again for as long as it may help.

use crate::{
    discord::{register::register, rest::Rest},
    runtime::Hub,
};
use actors::{
    kernel::{ids::ApplicationId, stored::ProcessRecord},
    registry,
};
use std::{sync::Arc, time::Duration};

/// The longest pause between two tries.
const MAX_PAUSE: Duration = Duration::from_secs(300);

/// Runs until they are registered, or Discord refuses them.
pub(super) async fn keep(rest: Arc<Rest>, hub: Arc<Hub>, application: ApplicationId) {
    let commands = registry::registration_json();
    let mut pause = Duration::from_secs(1);
    while !hub.is_stopping() {
        let stored = hub.core(|core| core.process().commands.clone());
        match register(&rest, application, &commands, &stored).await {
            Ok(None) => return,
            Ok(Some(fingerprint)) => {
                tracing::info!("commands registered");
                let now = hub.clock.now();
                hub.core(|core| {
                    let process = core.process().clone();
                    core.set_process(
                        ProcessRecord {
                            commands: fingerprint,
                            ..process
                        },
                        now,
                    );
                });
                return;
            }
            Err(fault) if fault.retry() => {
                tracing::warn!(%fault, ?pause, "commands are not registered yet; trying again");
            }
            Err(fault) => {
                tracing::error!(%fault, "Discord refuses the commands; the old ones stay");
                return;
            }
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = hub.stopped() => {}
        }
        pause = (pause * 2).min(MAX_PAUSE);
    }
}
