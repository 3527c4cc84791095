//! SIGTERM and SIGINT: the first asks to end, the second insists.

use super::stop::Stop;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens from its creation on; until then the signals end the program as usual.
#[derive(Debug)]
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Begins to listen. Needs a runtime.
    pub(super) fn listen() -> Result<Self, Stop> {
        let on =
            |kind| signal(kind).map_err(|fault| Stop::failed("cannot listen to signals", &fault));
        Ok(Self {
            terminate: on(SignalKind::terminate())?,
            interrupt: on(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next signal and names it.
    pub(super) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
