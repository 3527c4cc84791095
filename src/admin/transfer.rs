//! Exports over the socket, in chunks: from a thread that reads the store to a connection that may be
//! slow. A reader that takes nothing for a while is left, because as long as it reads the store keeps what
//! changes for it (`snapshots::View`).

use super::{Answer, CHUNK, Progress};
use snapshots::{
    View,
    export::{self, Reason},
};
use std::{
    io::{self, Write},
    time::{Duration, Instant},
};
use tokio::sync::mpsc;

/// Chunks that may wait for a slow reader.
pub(super) const WAITING: usize = 4;
/// Progress is told at most this often.
const EVERY: Duration = Duration::from_millis(200);

/// Gathers what is written to it into chunks. Whoever reads at the other end may have gone: then writing
/// fails.
pub(super) struct Chunks {
    to: mpsc::Sender<Vec<u8>>,
    chunk: Vec<u8>,
    sent: u64,
}

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = CHUNK - self.chunk.len();
        let taken = bytes.len().min(room);
        self.chunk.extend_from_slice(&bytes[..taken]);
        if self.chunk.len() == CHUNK {
            self.flush()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.chunk.is_empty() {
            let chunk = std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK));
            self.sent += chunk.len() as u64;
            let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
            self.to.blocking_send(chunk).map_err(gone)?;
        }
        Ok(())
    }
}

/// Sends an export of `view` to `to`, from a thread that may wait.
pub(super) fn send(view: &View, to: mpsc::Sender<Vec<u8>>) -> Answer {
    let mut chunks = Chunks {
        to,
        chunk: Vec::with_capacity(CHUNK),
        sent: 0,
    };
    let now = super::now();
    match export::stream(view, Reason::Manual, now, &mut chunks, &mut |_| {}) {
        Ok(()) => Answer::Exported(chunks.sent),
        Err(fault) => Answer::Error(chain(&fault)),
    }
}

/// Passes on how far something is, now and then: nobody needs to know each record, and a reader that is
/// slow misses some.
pub(super) fn told(of: u64, to: mpsc::Sender<Answer>) -> impl FnMut(u64) {
    let mut last = Instant::now();
    move |done| {
        if last.elapsed() >= EVERY {
            last = Instant::now();
            let _ = to.try_send(Answer::Progress(Progress { done, of }));
        }
    }
}

/// A fault and what it came from.
pub(super) fn chain(fault: &dyn std::error::Error) -> String {
    let mut text = fault.to_string();
    let mut source = fault.source();
    while let Some(fault) = source {
        text = format!("{text}: {fault}");
        source = fault.source();
    }
    text
}
