//! The writing half of a connection: control frames first, then the session's events in order.

use super::Control;
use super::compress::Encoder;
use crate::simulator::Simulator;
use crate::world::session::Event;
use futures_util::SinkExt;
use futures_util::stream::SplitSink;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};
use tokio_websockets::{CloseCode, Message, WebSocketStream};

/// Events fetched per turn of the lock.
const BATCH: usize = 256;

pub(crate) struct Writer {
    pub(crate) simulator: Simulator,
    pub(crate) sink: SplitSink<WebSocketStream<TcpStream>, Message>,
    pub(crate) encoder: Encoder,
    pub(crate) control: mpsc::UnboundedReceiver<Control>,
    pub(crate) following: Option<Following>,
}

/// The cursor into a session's log.
pub(crate) struct Following {
    session: String,
    after: u64,
    wake: Arc<Notify>,
}

enum Next {
    Order(Option<Control>),
    Events,
}

impl Writer {
    /// Ends when the connection is closed or broken.
    pub(crate) async fn run(mut self) {
        loop {
            let next = match &self.following {
                Some(following) => tokio::select! {
                    biased;
                    order = self.control.recv() => Next::Order(order),
                    () = following.wake.notified() => Next::Events,
                },
                None => Next::Order(self.control.recv().await),
            };
            let more = match next {
                Next::Order(Some(order)) => self.obey(order).await,
                Next::Order(None) => false,
                Next::Events => self.send_batch().await,
            };
            if !more {
                return;
            }
        }
    }

    async fn obey(&mut self, order: Control) -> bool {
        match order {
            Control::Send(text) => self.send(text).await && self.flush().await,
            Control::Close(code) => {
                let code = CloseCode::try_from(code).ok();
                drop(self.sink.send(Message::close(code, "")).await);
                false
            }
            Control::Resumed => self.send_resumed().await,
            Control::Follow { session, after } => {
                let wake = self
                    .simulator
                    .world()
                    .sessions
                    .get(&session)
                    .map(|s| Arc::clone(&s.wake));
                let Some(wake) = wake else { return false };
                wake.notify_one();
                self.following = Some(Following {
                    session,
                    after,
                    wake,
                });
                true
            }
        }
    }

    /// Catches up, then says RESUMED with the number of the last event.
    async fn send_resumed(&mut self) -> bool {
        loop {
            let before = self.following.as_ref().map_or(0, |f| f.after);
            if !self.send_batch().await {
                return false;
            }
            let after = self.following.as_ref().map_or(0, |f| f.after);
            if after == before {
                let frame = format!(r#"{{"t":"RESUMED","s":{after},"op":0,"d":{{"_trace":[]}}}}"#);
                return self.send(frame).await && self.flush().await;
            }
        }
    }

    /// One batch; if there is more, the session is woken again so that control frames get their turn.
    async fn send_batch(&mut self) -> bool {
        let Some((events, copies)) = self.fetch() else {
            // The log no longer reaches back to the cursor: the reader was too slow for the replay buffer.
            drop(
                self.sink
                    .send(Message::close(CloseCode::try_from(4000).ok(), "too slow"))
                    .await,
            );
            return false;
        };
        for (at, event) in events.iter().enumerate() {
            let again = usize::from(at < copies);
            for _ in 0..=again {
                if !self.send(frame(event)).await {
                    return false;
                }
            }
        }
        if let (Some(following), Some(last)) = (&mut self.following, events.last()) {
            following.after = last.seq;
            if events.len() == BATCH {
                following.wake.notify_one();
            }
        }
        self.flush().await
    }

    /// The next events and how many of them are to be sent twice (a fault).
    fn fetch(&self) -> Option<(Vec<Event>, usize)> {
        let following = self.following.as_ref()?;
        let mut world = self.simulator.world();
        let events = world
            .sessions
            .get(&following.session)?
            .after(following.after, BATCH)?;
        let planned = usize::try_from(world.faults.duplicate_events).unwrap_or(usize::MAX);
        let copies = planned.min(events.len());
        world.faults.duplicate_events -= copies as u64;
        Some((events, copies))
    }

    async fn send(&mut self, text: String) -> bool {
        let message = self.encoder.frame(text);
        self.sink.feed(message).await.is_ok()
    }

    async fn flush(&mut self) -> bool {
        self.sink.flush().await.is_ok()
    }
}

fn frame(event: &Event) -> String {
    format!(
        r#"{{"t":"{}","s":{},"op":0,"d":{}}}"#,
        event.kind, event.seq, event.d
    )
}
