//! The gateway, version 10: accepts websockets and runs one task for each.
//!
//! A connection owns no events. It keeps a cursor into its session's log (`world::session`) and is woken when the
//! log grows, so a slow reader costs no memory beyond the replay buffer, and RESUME is nothing but a cursor that
//! starts earlier. Reading and writing are separate halves: heartbeats are answered while a long write waits.

mod admission;
mod chunks;
pub(crate) mod compress;
mod connection;
mod protocol;
mod writer;

pub(crate) use admission::ends_session;

use crate::simulator::Simulator;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};

/// What the world can do to a connection.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    pub(crate) control: mpsc::UnboundedSender<Control>,
    pub(crate) cut: Arc<Notify>,
    /// The newest version of what this connection is doing, for `GET /sim/state`.
    pub(crate) session: Option<String>,
}

/// Orders to the writing half.
#[derive(Debug)]
pub(crate) enum Control {
    /// Send this frame.
    Send(String),
    /// Send the session's events after `after` as they come.
    Follow { session: String, after: u64 },
    /// Send RESUMED without a sequence number of its own, after what is to be replayed.
    Resumed,
    /// Close with this code.
    Close(u16),
}

/// Accepts until the simulator is dropped.
pub(crate) async fn listen(simulator: Simulator, listener: TcpListener) {
    let mut number = 0;
    loop {
        let Ok((tcp, _)) = listener.accept().await else {
            continue;
        };
        number += 1;
        drop(tcp.set_nodelay(true));
        tokio::spawn(connection::serve(simulator.clone(), tcp, number));
    }
}
