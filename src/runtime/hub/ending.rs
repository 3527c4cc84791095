//! Ends: of the intake, of the process, and of waiting for what is durable.

use super::*;

impl Hub {
    /// Whether the bot is shutting down.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// Shards take in nothing more from here on, and close so that their sessions live on.
    pub fn close_intake(&self) {
        self.intake_closed.store(true, Ordering::SeqCst);
        self.stop_bell.notify_waiters();
    }

    /// Whether [`Hub::close_intake`] was called.
    pub fn intake_is_closed(&self) -> bool {
        self.intake_closed.load(Ordering::SeqCst)
    }

    /// Resolves when [`Hub::close_intake`] was called.
    pub async fn intake_closed(&self) {
        loop {
            let rung = self.stop_bell.notified();
            if self.intake_closed.load(Ordering::SeqCst) {
                return;
            }
            rung.await;
        }
    }

    /// Held while one input is handled with care.
    pub const fn one_at_a_time(&self) -> &tokio::sync::Mutex<()> {
        &self.one_at_a_time
    }

    /// Resolves when everything absorbed so far is durable.
    pub async fn all_durable(&self) {
        let epoch = self.core(|core| core.gathering());
        self.durable_until(epoch).await;
    }

    /// Resolves when this epoch is durable.
    pub(in crate::runtime) async fn durable_until(&self, epoch: u64) {
        let mut durable = self.durable.subscribe();
        // The sender lives as long as the hub.
        let _ = durable.wait_for(|number| *number >= epoch).await;
    }

    /// The committer says what is durable.
    pub(in crate::runtime) fn set_durable(&self, epoch: u64) {
        self.durable.send_replace(epoch);
    }

    /// Begins the shutdown of whatever listens.
    pub fn stop(&self) {
        self.intake_closed.store(true, Ordering::SeqCst);
        self.stopping.store(true, Ordering::SeqCst);
        let _inside = lock(&self.inside);
        self.commit_bell.notify_all();
        self.stop_bell.notify_waiters();
    }

    /// Resolves when [`Hub::stop`] was called.
    pub async fn stopped(&self) {
        loop {
            let rung = self.stop_bell.notified();
            if self.is_stopping() {
                return;
            }
            rung.await;
        }
    }
}
