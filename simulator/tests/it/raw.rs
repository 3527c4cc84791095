//! A bare websocket, for frames that a well-bred client never sends.

use crate::bot::PATIENCE;
use flate2::{Decompress, FlushDecompress};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use simulator::Simulator;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_websockets::{ClientBuilder, MaybeTlsStream, Message, WebSocketStream};

pub(crate) struct Wire {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    inflate: Option<Decompress>,
}

impl Wire {
    pub(crate) async fn open(sim: &Simulator, query: &str) -> Self {
        let uri = format!("{}/?{query}", sim.gateway_url()).parse().unwrap();
        let (socket, _) = ClientBuilder::from_uri(uri).connect().await.unwrap();
        let inflate = query.contains("zlib-stream").then(|| Decompress::new(true));
        Self { socket, inflate }
    }

    pub(crate) async fn hello(sim: &Simulator) -> Self {
        let mut wire = Self::open(sim, "v=10&encoding=json").await;
        assert_eq!(wire.frame().await.unwrap()["op"], 10);
        wire
    }

    pub(crate) async fn identified(sim: &Simulator, intents: u64) -> Self {
        let mut wire = Self::hello(sim).await;
        wire.identify(sim, intents).await;
        assert_eq!(wire.frame().await.unwrap()["t"], "READY");
        wire
    }

    pub(crate) async fn identify(&mut self, sim: &Simulator, intents: u64) {
        let properties = json!({"os": "linux", "browser": "test", "device": "test"});
        self.send(&json!({"op": 2, "d": {"token": sim.token(), "intents": intents, "properties": properties}})).await;
    }

    pub(crate) async fn send(&mut self, frame: &Value) {
        self.send_text(&frame.to_string()).await;
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        self.socket
            .send(Message::text(text.to_owned()))
            .await
            .unwrap();
    }

    /// The next frame, or the close code.
    pub(crate) async fn frame(&mut self) -> Result<Value, u16> {
        let message = timeout(PATIENCE, self.socket.next())
            .await
            .expect("a frame in time");
        let Some(Ok(message)) = message else {
            return Err(0);
        };
        if let Some((code, _)) = message.as_close() {
            return Err(u16::from(code));
        }
        let bytes = message.into_payload();
        let Some(inflate) = &mut self.inflate else {
            return Ok(serde_json::from_slice(&bytes).unwrap());
        };
        let mut out = Vec::with_capacity(1 << 20);
        inflate
            .decompress_vec(&bytes, &mut out, FlushDecompress::Sync)
            .unwrap();
        Ok(serde_json::from_slice(&out).unwrap())
    }

    /// Reads until the connection is closed.
    pub(crate) async fn close_code(&mut self) -> u16 {
        loop {
            if let Err(code) = self.frame().await {
                return code;
            }
        }
    }
}

/// One request over a connection of its own: status, headers, JSON. `None` if the connection ended without answer.
pub(crate) async fn try_request(
    sim: &Simulator,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Option<(u16, std::collections::BTreeMap<String, String>, Value)> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut tcp = TcpStream::connect(sim.rest_host()).await.unwrap();
    let body = body.map(Value::to_string).unwrap_or_default();
    let prefix = if path.starts_with("/sim") {
        ""
    } else {
        "/api/v10"
    };
    let head = format!(
        "{method} {prefix}{path} HTTP/1.1\r\nHost: discord.test\r\nAuthorization: Bot {}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        sim.token(),
        body.len()
    );
    tcp.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(PATIENCE, tcp.read_to_end(&mut answer))
        .await
        .expect("an answer in time")
        .ok()?;
    let text = String::from_utf8(answer).unwrap();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines
        .filter_map(|l| l.split_once(": "))
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .collect();
    Some((
        status,
        headers,
        serde_json::from_str(body).unwrap_or(Value::Null),
    ))
}

pub(crate) async fn request(
    sim: &Simulator,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> (u16, Value) {
    let (status, _, body) = try_request(sim, method, path, body)
        .await
        .expect("an answer");
    (status, body)
}
