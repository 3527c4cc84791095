//! Discord as a source of load: one session, frames made in advance, and a sink for what the bot answers.
//!
//! The simulator proper checks everything and keeps everything; that costs more than the bot itself. This one
//! checks nothing, so that what limits a measurement is the client. It is for `guildhall bench`, where it runs in
//! a process of its own; its mix is that of [`crate::play::traffic`].
//!
//! | file | holds |
//! |---|---|
//! | `town` | guilds, members, and the payloads about them |
//! | `maker` | payloads become numbered, compressed frames; the replay of a RESUME |
//! | `answers` | questions on their way: latency, stale and lost answers |
//! | `rest` | the few routes that a bot calls |
//!
//! Heartbeats are asked for once a day, so that none comes in between frames that are compressed already. Intents
//! are not looked at: every client gets every event. Bounds: 200,000 frames are kept for a RESUME, 65,536 are made
//! in advance.

mod answers;
mod maker;
mod rest;
mod town;

pub use town::Probe;

use answers::{Answers, unix_us};
use futures_util::{SinkExt as _, StreamExt as _};
use maker::{Frame, Kind, Maker};
use rest::Sink;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio_websockets::{Message, ServerBuilder, WebSocketStream};

/// Frames made in advance.
const CHUNK: usize = 1 << 16;
/// How long anything may take; it only bounds a failure.
const PATIENCE: Duration = Duration::from_secs(60);
/// A day: see the module docs.
const HEARTBEAT_MS: u64 = 86_400_000;
/// Frames between two looks at the connection, in a flood.
const FLUSH_EVERY: usize = 64;

/// What there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// How many guilds; at least one.
    pub guilds: usize,
    /// Members of each; at least one.
    pub members: usize,
    /// The same seed brings the same stream.
    pub seed: u64,
    /// Compress with zstd-stream.
    pub zstd: bool,
    /// What latency probes ask.
    pub probe: Probe,
    /// Whether the client answers interactions at all.
    pub answers: bool,
}

/// What a question is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ask {
    /// Only when it is answered counts.
    Milestone,
    /// A read-only question about a member who has written this many messages.
    Read { expected: u64 },
    /// A change.
    Change,
    /// As `Read`, with nothing else under way: the number must be right.
    Exact { expected: u64 },
}

/// What became of questions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// From a question on the wire to its answer, in microseconds.
    pub read_us: Vec<u64>,
    /// From a change on the wire to its answer, which leaves when the change is durable.
    pub durable_us: Vec<u64>,
    /// Answers that named a number of messages.
    pub counted: u64,
    /// Those that named fewer than were sent before the question.
    pub stale: u64,
    /// Answers that were shown, or changed, a second time.
    pub doubled: u64,
    /// Questions without an answer.
    pub unanswered: u64,
    /// Members asked about at rest.
    pub audited: u64,
    /// Messages missing in those answers.
    pub lost: u64,
    /// Messages too many in them.
    pub surplus: u64,
}

/// A connection that began or went on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The client went on with its session.
    pub resumed: bool,
    /// Events that it was sent for that: a replay, or READY and the guilds.
    pub events: u64,
    /// When a question behind READY was answered, in microseconds since 1970.
    pub ready_us: Option<u64>,
    /// When one behind the last guild, or the replay, was.
    pub done_us: Option<u64>,
}

/// A load that was delivered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ran {
    /// Events sent.
    pub events: u64,
    /// Bytes of their JSON.
    pub bytes: u64,
    /// From the first frame until the client had read the last and answered every question.
    pub us: u64,
    /// The place of the last event in the stream.
    pub seq: u64,
    /// What became of the questions.
    pub tally: Tally,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Wait for the client and begin, or go on with, its session.
    Open,
    /// Deliver events: as fast as they are taken, or so many in a second.
    Run {
        /// How many.
        events: usize,
        /// Per second; all at once if absent.
        rate: Option<u32>,
        /// A change after every so many events.
        change_every: Option<usize>,
    },
    /// Deliver a change and wait until it is durable.
    Fence,
    /// Ask how many messages members wrote, with nothing else under way.
    Audit,
    /// Put events on the wire and wait for nothing.
    Spill {
        /// How many.
        events: usize,
    },
}

/// The outcome of an [`Order`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Done {
    /// Of [`Order::Open`].
    Opened(Opened),
    /// Of everything else.
    Ran(Ran),
}

/// One frame of each kind of event, by name, as clients get them without compression: GUILD_CREATE first, then the
/// mix. For benchmarks of what reads them.
#[must_use]
pub fn samples(options: &Options) -> Vec<(&'static str, String)> {
    Maker::new(options).samples()
}

/// The source of load; see the module docs.
pub struct Load {
    options: Options,
    listener: TcpListener,
    gateway: String,
    rest: String,
    answers: Arc<Answers>,
    maker: Option<Box<Maker>>,
    socket: Option<WebSocketStream<TcpStream>>,
    /// HELLO and what follows IDENTIFY, for whoever connects first: their start is measured, not ours.
    prepared: Option<(Message, Vec<Frame>)>,
}

fn broken(what: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::other(what)
}

fn hello() -> String {
    format!(r#"{{"t":null,"s":null,"op":10,"d":{{"heartbeat_interval":{HEARTBEAT_MS}}}}}"#)
}

impl Load {
    /// Listens on free ports of loopback.
    ///
    /// # Errors
    /// When there are none.
    pub async fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let gateway = format!("ws://{}", listener.local_addr()?);
        let rest_listener = TcpListener::bind("127.0.0.1:0").await?;
        let rest = rest_listener.local_addr()?.to_string();
        let answers = Arc::new(Answers::default());
        let sink = Sink {
            answers: Arc::clone(&answers),
            gateway: gateway.clone(),
        };
        tokio::spawn(rest::listen(Arc::new(sink), rest_listener));
        let mut maker = Box::new(Maker::new(&options));
        let prepared = Some((maker.control(&hello()), maker.beginning(&gateway)));
        Ok(Self {
            options,
            listener,
            gateway,
            rest,
            answers,
            maker: Some(maker),
            socket: None,
            prepared,
        })
    }

    /// Where REST is: `127.0.0.1:PORT`.
    #[must_use]
    pub fn rest_host(&self) -> &str {
        &self.rest
    }

    /// Where the gateway is: `ws://127.0.0.1:PORT`.
    #[must_use]
    pub fn gateway_url(&self) -> &str {
        &self.gateway
    }

    /// Does as it is told.
    ///
    /// # Errors
    /// When the client is not there or breaks the connection.
    pub async fn order(&mut self, order: Order) -> io::Result<Done> {
        match order {
            Order::Open => self.open().await.map(Done::Opened),
            Order::Run {
                events,
                rate,
                change_every,
            } => {
                let kind = change_every.map_or(Kind::Mix, |every| Kind::Changes { every });
                self.run(events, rate, kind).await.map(Done::Ran)
            }
            Order::Fence => {
                let fence = vec![self.maker().change()];
                self.ask(fence).await.map(Done::Ran)
            }
            Order::Audit => {
                let questions = self.maker().audit();
                self.ask(questions).await.map(Done::Ran)
            }
            Order::Spill { events } => self.spill(events).await.map(Done::Ran),
        }
    }

    fn maker(&mut self) -> &mut Maker {
        self.maker
            .as_mut()
            .expect("it is lent only within `run`, which returns it")
    }

    fn socket(&mut self) -> io::Result<&mut WebSocketStream<TcpStream>> {
        self.socket
            .as_mut()
            .ok_or_else(|| broken("no client is connected"))
    }

    async fn open(&mut self) -> io::Result<Opened> {
        self.answers.take();
        self.accept().await?;
        let prepared = self.prepared.take();
        let (hello, mut beginning) = match prepared {
            Some((hello, beginning)) => (hello, Some(beginning)),
            None => (self.maker().control(&hello()), None),
        };
        self.socket()?.send(hello).await.map_err(broken)?;
        let (resumed, frames) = loop {
            let said = self.hear().await?;
            match said["op"].as_u64() {
                Some(2) => {
                    let beginning = beginning.take();
                    break (false, beginning.unwrap_or_else(|| self.beginning()));
                }
                Some(6) if beginning.is_some() => {
                    return Err(broken("a new source has no session to resume"));
                }
                Some(6) => {
                    let seq = said["d"]["seq"].as_u64().unwrap_or(u64::MAX);
                    if let Some(frames) = self.maker().replay(seq) {
                        break (true, frames);
                    }
                    let refusal = self
                        .maker()
                        .control(r#"{"t":null,"s":null,"op":9,"d":false}"#);
                    self.socket()?.send(refusal).await.map_err(broken)?;
                }
                Some(1) => self.acknowledge().await?,
                _ => {}
            }
        };
        let events = frames.len() as u64;
        self.deliver(frames).await?;
        self.read_up().await?;
        if self.options.answers {
            self.answers.all(PATIENCE).await;
        }
        let (_, milestones) = self.answers.take();
        let at = |n: usize| milestones.get(n).copied();
        let (ready_us, done_us) = if resumed {
            (None, at(0))
        } else {
            (at(0), at(1))
        };
        Ok(Opened {
            resumed,
            events,
            ready_us,
            // A client that answers nothing has at least read everything.
            done_us: if self.options.answers {
                done_us
            } else {
                Some(unix_us())
            },
        })
    }

    /// Waits for the client; compression begins anew.
    async fn accept(&mut self) -> io::Result<()> {
        let accepting = tokio::time::timeout(PATIENCE, self.listener.accept());
        let (tcp, _) = accepting.await.map_err(broken)??;
        tcp.set_nodelay(true)?;
        let (_, socket) = ServerBuilder::new().accept(tcp).await.map_err(broken)?;
        self.socket = Some(socket);
        if self.prepared.is_none() {
            self.maker().reconnected();
        }
        Ok(())
    }

    fn beginning(&mut self) -> Vec<Frame> {
        let gateway = self.gateway.clone();
        self.maker().beginning(&gateway)
    }

    /// The client's next frame.
    async fn hear(&mut self) -> io::Result<Value> {
        loop {
            let hearing = tokio::time::timeout(PATIENCE, self.socket()?.next());
            let message = hearing.await.map_err(broken)?;
            let message = message
                .ok_or_else(|| broken("the client went away"))?
                .map_err(broken)?;
            if let Some(text) = message.as_text() {
                return Ok(serde_json::from_str(text)?);
            }
        }
    }

    async fn acknowledge(&mut self) -> io::Result<()> {
        let acknowledged = self
            .maker()
            .control(r#"{"t":null,"s":null,"op":11,"d":null}"#);
        self.socket()?.send(acknowledged).await.map_err(broken)
    }

    /// Waits until the client has read everything sent so far: it answers a ping in its turn.
    async fn read_up(&mut self) -> io::Result<()> {
        let ping = Message::ping("up to here");
        self.socket()?.send(ping).await.map_err(broken)?;
        loop {
            let hearing = tokio::time::timeout(PATIENCE, self.socket()?.next());
            let message = hearing.await.map_err(broken)?;
            let message = message
                .ok_or_else(|| broken("the client went away"))?
                .map_err(broken)?;
            if message.is_pong() {
                return Ok(());
            }
            let heartbeat = message.as_text().is_some_and(|text| {
                serde_json::from_str(text).is_ok_and(|said: Value| said["op"] == 1)
            });
            if heartbeat {
                self.acknowledge().await?;
            }
        }
    }

    /// Puts frames on the wire as fast as they are taken.
    async fn deliver(&mut self, frames: Vec<Frame>) -> io::Result<()> {
        let answers = Arc::clone(&self.answers);
        let socket = self.socket()?;
        for (n, frame) in frames.into_iter().enumerate() {
            if let Some((id, ask)) = frame.ask {
                answers.asked(id, ask);
            }
            socket.feed(frame.message).await.map_err(broken)?;
            if n % FLUSH_EVERY == FLUSH_EVERY - 1 {
                socket.flush().await.map_err(broken)?;
            }
        }
        socket.flush().await.map_err(broken)
    }

    /// As `deliver`, `rate` of them in a second, on a grid of milliseconds.
    async fn pace(&mut self, frames: Vec<Frame>, rate: u32) -> io::Result<()> {
        let mut grid = tokio::time::interval(Duration::from_millis(1));
        let (began, mut sent) = (Instant::now(), 0_u64);
        let mut frames = frames.into_iter().peekable();
        while frames.peek().is_some() {
            grid.tick().await;
            let due = (began.elapsed().as_secs_f64() * f64::from(rate)) as u64;
            let now: Vec<Frame> = frames.by_ref().take((due - sent) as usize).collect();
            sent = due;
            self.deliver(now).await?;
        }
        Ok(())
    }

    async fn run(&mut self, events: usize, rate: Option<u32>, kind: Kind) -> io::Result<Ran> {
        self.answers.take();
        let bytes = self.maker().bytes;
        // Ids carry their time, so nothing is made long before it is sent.
        let size = rate.map_or(CHUNK, |rate| (rate as usize / 2).max(1));
        let (mut left, mut sent) = (events, 0_u64);
        let mut next = self.make(left.min(size), kind).await?;
        let began = Instant::now();
        while left > 0 {
            let frames = next;
            left -= left.min(size);
            sent += frames.len() as u64;
            // The next are made while these go out.
            let maker = self.maker.take();
            let mut maker = maker.expect("it is lent only here");
            let count = left.min(size);
            let making = tokio::task::spawn_blocking(move || {
                let frames = maker.chunk(count, kind);
                (maker, frames)
            });
            let delivered = match rate {
                None => self.deliver(frames).await,
                Some(rate) => self.pace(frames, rate).await,
            };
            let (maker, made) = making.await.map_err(broken)?;
            self.maker = Some(maker);
            delivered?;
            next = made;
        }
        self.read_up().await?;
        if self.options.answers {
            self.answers.all(PATIENCE).await;
        }
        let us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let (tally, _) = self.answers.take();
        Ok(Ran {
            events: sent,
            bytes: self.maker().bytes - bytes,
            us,
            seq: self.maker().seq(),
            tally,
        })
    }

    async fn make(&mut self, count: usize, kind: Kind) -> io::Result<Vec<Frame>> {
        let mut maker = self.maker.take().expect("it is lent only within `run`");
        let making = tokio::task::spawn_blocking(move || {
            let frames = maker.chunk(count, kind);
            (maker, frames)
        });
        let (maker, frames) = making.await.map_err(broken)?;
        self.maker = Some(maker);
        Ok(frames)
    }

    async fn ask(&mut self, frames: Vec<Frame>) -> io::Result<Ran> {
        self.answers.take();
        let (events, began) = (frames.len() as u64, Instant::now());
        self.deliver(frames).await?;
        self.read_up().await?;
        if self.options.answers {
            self.answers.all(PATIENCE).await;
        }
        let us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        Ok(Ran {
            events,
            us,
            seq: self.maker().seq(),
            tally: self.answers.take().0,
            ..Ran::default()
        })
    }

    async fn spill(&mut self, events: usize) -> io::Result<Ran> {
        let frames = self.make(events, Kind::Mix).await?;
        let events = frames.len() as u64;
        self.deliver(frames).await?;
        let seq = self.maker().seq();
        Ok(Ran {
            events,
            seq,
            ..Ran::default()
        })
    }
}
