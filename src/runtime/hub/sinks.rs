//! How the sinks of the spool fare, for people; see [`crate::outside`].

use super::*;

/// One sink.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SinkState {
    /// Lines it took since the process started.
    pub took: u64,
    /// Since when it takes nothing, on the clock that only goes forward, and why.
    pub away: Option<(Span, String)>,
}

impl Hub {
    /// Each sink that took something, or did not.
    pub fn sinks(&self) -> BTreeMap<&'static str, SinkState> {
        lock(&self.sinks).clone()
    }

    /// A sink took so many lines.
    pub fn sink_took(&self, name: &'static str, lines: u64) {
        let mut sinks = lock(&self.sinks);
        let sink = sinks.entry(name).or_default();
        sink.took += lines;
        sink.away = None;
    }

    /// A sink did not take what waits for it.
    pub fn sink_failed(&self, name: &'static str, why: String) {
        let running = self.clock.running();
        let mut sinks = lock(&self.sinks);
        let sink = sinks.entry(name).or_default();
        let since = sink.away.as_ref().map_or(running, |(since, _)| *since);
        sink.away = Some((since, why));
    }

    /// The number of the last durable epoch, whenever it changes.
    pub fn durable_epochs(&self) -> watch::Receiver<u64> {
        self.durable.subscribe()
    }
}
