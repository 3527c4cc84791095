//! One websocket from handshake to close.

use super::compress::Encoder;
use super::protocol::{Flow, Peer};
use super::writer::Writer;
use super::{Connection, Control};
use crate::simulator::Simulator;
use futures_util::StreamExt;
use futures_util::stream::SplitStream;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_websockets::{Message, ServerBuilder, WebSocketStream};

type Reader = SplitStream<WebSocketStream<TcpStream>>;

/// How long a closed connection may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

pub(crate) async fn serve(simulator: Simulator, mut tcp: TcpStream, number: u64) {
    if simulator.world().faults.gateway_down {
        drop(tcp.write_all(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await);
        return;
    }
    let Ok(Ok((request, socket))) =
        timeout(Duration::from_secs(10), ServerBuilder::new().accept(tcp)).await
    else {
        return;
    };
    let query = query(request.uri().query().unwrap_or(""));
    let (sink, reader) = socket.split();
    let (control, orders) = mpsc::unbounded_channel();
    let cut = Arc::new(Notify::new());
    register(&simulator, number, &control, &cut);
    let (encoder, refused) = negotiate(&simulator, &query);
    let writer = Writer {
        simulator: simulator.clone(),
        sink,
        encoder,
        control: orders,
        following: None,
    };
    let peer = Peer::new(simulator.clone(), number, control.clone());
    match refused {
        Some(code) => drop(control.send(Control::Close(code))),
        None => peer.hello(),
    }
    tokio::select! {
        () = talk(writer, reader, peer) => {}
        () = cut.notified() => {}
    }
    forget(&simulator, number);
}

/// Reads until either side ends; after our close frame the peer may finish its sentence.
async fn talk(writer: Writer, mut reader: Reader, mut peer: Peer) {
    let writing = writer.run();
    tokio::pin!(writing);
    tokio::select! {
        () = &mut writing => {
            drop(timeout(GOODBYE, async { while reader.next().await.is_some_and(|m| m.is_ok()) {} }).await);
        }
        () = listen(&mut reader, &mut peer) => {
            // A close code of ours may still be on its way.
            drop(timeout(Duration::from_millis(100), writing).await);
        }
    }
}

async fn listen(reader: &mut Reader, peer: &mut Peer) {
    let patience = peer.patience();
    let mut deadline = Instant::now() + patience;
    loop {
        let message = tokio::select! {
            message = reader.next() => message,
            () = sleep_until(deadline) => {
                peer.close(4009);
                drain(reader).await;
                return;
            }
        };
        let Some(Ok(message)) = message else {
            return;
        };
        if let Some((code, _)) = message.as_close() {
            peer.goodbye(u16::from(code));
            // Reading on sends our half of the closing handshake.
            drain(reader).await;
            return;
        }
        let Some(text) = text_of(&message) else {
            continue;
        };
        match peer.receive(text) {
            Flow::Heartbeat => deadline = Instant::now() + patience,
            Flow::On => {}
            Flow::Closing => {
                drain(reader).await;
                return;
            }
        }
    }
}

/// Reads what still comes until the peer closes, so that our close code is not lost in a reset.
async fn drain(reader: &mut Reader) {
    let rest = async { while reader.next().await.is_some_and(|m| m.is_ok()) {} };
    drop(timeout(GOODBYE, rest).await);
}

fn text_of(message: &Message) -> Option<&str> {
    if message.is_ping() || message.is_pong() {
        return None;
    }
    message
        .as_text()
        .or_else(|| std::str::from_utf8(message.as_payload()).ok())
}

fn register(
    simulator: &Simulator,
    number: u64,
    control: &mpsc::UnboundedSender<Control>,
    cut: &Arc<Notify>,
) {
    let mut world = simulator.world();
    world.counters.gateway_connections += 1;
    let connection = Connection {
        control: control.clone(),
        cut: Arc::clone(cut),
        session: None,
    };
    world.connections.insert(number, connection);
    world.touch();
}

/// The session stays for a RESUME.
fn forget(simulator: &Simulator, number: u64) {
    let mut world = simulator.world();
    let now = world.now();
    world.connections.remove(&number);
    for session in world
        .sessions
        .values_mut()
        .filter(|s| s.connection == Some(number))
    {
        session.connection = None;
        session.lost_ms = now;
    }
    world.touch();
}

/// The encoder, and a close code if the query asks for what does not exist (or a fault says so).
fn negotiate(simulator: &Simulator, query: &BTreeMap<String, String>) -> (Encoder, Option<u16>) {
    let get = |key: &str| query.get(key).map(String::as_str);
    let encoder = Encoder::named(get("compress"));
    let version_fits = matches!(get("v"), Some("9" | "10"));
    let encoding_fits = matches!(get("encoding"), None | Some("json"));
    let fault = simulator.world().faults.accept_and_close;
    let refused = match &encoder {
        _ if fault.is_some() => fault,
        _ if !version_fits => Some(4012),
        None => Some(4002),
        Some(_) if !encoding_fits => Some(4002),
        Some(_) => None,
    };
    (encoder.unwrap_or(Encoder::Plain), refused)
}

fn query(text: &str) -> BTreeMap<String, String> {
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}
