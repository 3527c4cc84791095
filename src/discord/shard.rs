//! One gateway connection: polls twilight's shard, hands frames to the core in order, exactly once,
//! and reconnects with patience.
//!
//! *Flow control.* twilight sends heartbeats only while its shard is polled, so polling goes on while
//! the ledger is crowded and frames gather in a bounded buffer. When that stays full we close with a
//! code that keeps the session, let everything drain and reconnect: RESUME is the flow control.
//!
//! *Holes.* The first frame after a RESUME must be the one after the last we hold. If one is
//! missing, or the resume is refused, the events in between are gone for good: every guild of the
//! shard gets a gap, and the session is ended on purpose, so that the fresh IDENTIFY shows each
//! guild again. Reconciliation thus has one path. A gateway that greets us and then hangs up on every
//! RESUME never says that the session is gone; after a while it counts as refused (`hangups`).

use super::{
    buffer::Buffer,
    commanding::Commanding,
    frame::Frame,
    from_discord::{Context, Decoded, decode, notes},
    hangups::Hangups,
    intake::{Intake, base},
    intents::{ALWAYS, DISALLOWED_INTENTS},
};
use crate::runtime::{
    Hub,
    hub::Gateway,
    meters::ShardMeters,
    outbox::{Live, Sender},
};
use actors::kernel::{
    call::Process,
    core::Resumed,
    ids::{ApplicationId, UserId},
    inbound::Seq,
};
use futures_util::{FutureExt as _, StreamExt as _};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::{mpsc, watch};
use twilight_gateway::{
    CloseFrame, ConfigBuilder, Intents, Message, Session, Shard, ShardId,
    error::{ReceiveMessageError, ReceiveMessageErrorType},
    queue::InMemoryQueue,
};

/// How long the buffer may stay full before we let go of the connection.
const FULL_PATIENCE: Duration = Duration::from_secs(10);
/// The longest pause between two connections.
const MAX_PAUSE: Duration = Duration::from_secs(60);
/// Gateway commands that may wait for the connection.
const MAX_COMMANDS: usize = 8;
/// Frames worked off before anything else gets its turn, and their bytes: a guild has a hundred thousand.
const FRAMES_IN_A_ROW: usize = 64;
const BYTES_IN_A_ROW: usize = 256 * 1024;
/// How long a close may take.
const CLOSE_PATIENCE: Duration = Duration::from_secs(2);

/// What a shard needs to know.
#[derive(Clone)]
pub struct ShardOptions {
    /// Which shard …
    pub shard: u32,
    /// … of how many.
    pub shards: u32,
    /// The bot's token.
    pub token: crate::secret::Secret,
    /// Where the gateway is; a query in it is not used.
    pub gateway: String,
    /// What to ask for; shrinks when Discord refuses a privileged intent.
    pub intents: watch::Sender<Intents>,
    /// Lets as many identify at once as Discord allows.
    pub queue: InMemoryQueue,
    /// The bot's account.
    pub bot: UserId,
    /// The application.
    pub application: ApplicationId,
    /// Who owns it, as far as is known.
    pub owners: Arc<[UserId]>,
}

/// How a shard came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShardEnd {
    /// The bot is stopping.
    Stopped,
    /// Discord does not know the token.
    BadToken,
    /// Discord refuses this connection for good, in words.
    Refused(String),
}

/// Runs the shard until the bot stops or Discord refuses it for good.
pub async fn run(options: ShardOptions, hub: Arc<Hub>, sender: Arc<Sender>) -> ShardEnd {
    let mut lost = false;
    loop {
        let mut connection = Connection::new(&options, &hub, &sender, lost);
        match connection.run().await {
            Flow::End(end) => return end,
            Flow::Rebuild => lost = connection.lost,
        }
    }
}

/// What comes out of twilight's shard.
type Item = Result<Message, ReceiveMessageError>;

/// What to do after a piece of work.
enum Flow {
    End(ShardEnd),
    /// With other intents.
    Rebuild,
}

/// A shard with its books.
struct Connection<'a> {
    options: &'a ShardOptions,
    hub: &'a Arc<Hub>,
    meters: &'a ShardMeters,
    intake: Intake<Live>,
    shard: Shard,
    commands: mpsc::Receiver<String>,
    buffer: Buffer,
    full_since: Option<Instant>,
    /// Connections that ended without READY or RESUMED, in a row.
    failures: u32,
    /// RESUMEs that were hung up on.
    hangups: Hangups,
    /// Events come from the replay of a RESUME.
    replaying: bool,
    /// The first event of this connection has come, and it was the next one.
    continued: bool,
    /// This connection is of no use any more.
    rebuild: bool,
    commanding: Commanding,
    /// What decoding must know of the frames at hand.
    context: Context,
    /// A gap was found and noted: nothing counts until the READY of another connection.
    lost: bool,
}

fn length(item: Option<&Item>) -> usize {
    match item {
        Some(Ok(Message::Text(text))) => text.len(),
        _ => 0,
    }
}

impl<'a> Connection<'a> {
    fn new(
        options: &'a ShardOptions,
        hub: &'a Arc<Hub>,
        sender: &'a Arc<Sender>,
        lost: bool,
    ) -> Self {
        let number = options.shard;
        let id = ShardId::new(number, options.shards.max(1));
        let token = options.token.expose().to_owned();
        let intents = *options.intents.borrow();
        let mut config = ConfigBuilder::new(token, intents)
            .proxy_url(base(&options.gateway).to_owned())
            .queue(options.queue.clone());
        let place = hub.core(|core| {
            let position = core.positions.current(number)?;
            let received = core.received(number);
            (!position.session_id.is_empty() && received.session == position.ordinal)
                .then(|| (position.clone(), received.seq))
        });
        if let Some((position, seq)) = place {
            tracing::info!(
                shard = number,
                seq,
                "resuming the session of an earlier life"
            );
            config = config
                .session(Session::new(seq, position.session_id))
                .resume_url(base(&position.resume_url).to_owned());
        }
        let shard = Shard::with_config(id, config.build());
        let (to_shard, commands) = mpsc::channel(MAX_COMMANDS);
        hub.set_commands(number, to_shard);
        hub.set_shard(number, Gateway::Offline, None);
        let intake = Intake::new(options.into(), Live(Arc::clone(sender)));
        let context = Context {
            bot: Some(options.bot),
            application: Some(options.application),
            owners: Arc::clone(&options.owners),
            incarnation: intake.incarnation(),
            now: hub.clock.now(),
            offset: hub.clock.offset(),
            process: Process::default(),
            content: intents.contains(Intents::MESSAGE_CONTENT),
        };
        Self {
            options,
            hub,
            meters: hub.meters.shard(number),
            intake,
            shard,
            commands,
            buffer: Buffer::default(),
            full_since: None,
            failures: 0,
            hangups: Hangups::default(),
            replaying: true,
            continued: false,
            lost,
            rebuild: false,
            commanding: Commanding::new(Instant::now()),
            context,
        }
    }

    async fn run(&mut self) -> Flow {
        loop {
            self.meters.rounds.up();
            self.work_off();
            if self
                .full_since
                .is_some_and(|since| since.elapsed() >= FULL_PATIENCE)
            {
                self.let_go().await;
                return Flow::Rebuild;
            }
            if self.rebuild {
                return Flow::Rebuild;
            }
            let full = self.buffer.is_full();
            tokio::select! {
                biased;
                () = self.hub.intake_closed() => return self.close().await,
                () = wait_for_room(self.hub, self.full_since), if !self.buffer.is_empty() => {}
                Some(command) = self.commands.recv(), if self.may_command() => {
                    self.shard.send(command);
                    self.commanding.sent(Instant::now());
                }
                item = self.shard.next(), if !full => {
                    self.look_at_the_clock();
                    if let Some(flow) = self.items(item).await {
                        return flow;
                    }
                    // A start brings megabytes: whoever asks meanwhile is answered meanwhile.
                    tokio::task::yield_now().await;
                }
                // Nothing else is ready: there were no more frames after all.
                () = std::future::ready(()), if !self.commanding.caught_up => {
                    self.commanding.caught_up = true;
                }
            }
        }
    }

    /// A frame, and those that are there already.
    async fn items(&mut self, first: Option<Item>) -> Option<Flow> {
        let flow = self.all_there(first).await;
        if flow.is_none() && !self.replaying && !self.rebuild {
            let (shard, now) = (self.options.shard, self.context.now);
            self.hub.core(|core| core.in_step(shard, now));
        }
        flow
    }

    async fn all_there(&mut self, first: Option<Item>) -> Option<Flow> {
        self.commanding.caught_up = true;
        let mut bytes = length(first.as_ref());
        if let Some(flow) = self.item(first).await {
            return Some(flow);
        }
        for _ in 1..FRAMES_IN_A_ROW {
            if self.rebuild || !self.buffer.is_empty() {
                return None;
            }
            if bytes > BYTES_IN_A_ROW {
                break;
            }
            let item = self.shard.next().now_or_never()?;
            bytes += length(item.as_ref());
            if let Some(flow) = self.item(item).await {
                return Some(flow);
            }
        }
        self.commanding.caught_up = false;
        None
    }

    /// Takes in what has gathered, as far as there is room.
    fn work_off(&mut self) {
        if !self.buffer.is_empty() {
            self.look_at_the_clock();
        }
        while self.hub.has_room()
            && let Some(text) = self.buffer.pop()
        {
            self.text(&text);
        }
        if self.buffer.is_full() {
            self.full_since.get_or_insert_with(Instant::now);
        } else {
            self.full_since = None;
        }
    }

    async fn item(&mut self, item: Option<Item>) -> Option<Flow> {
        match item {
            Some(Ok(Message::Text(text))) => {
                if self.buffer.is_empty() && self.hub.has_room() {
                    self.text(&text);
                } else {
                    self.buffer.push(text);
                }
                None
            }
            Some(Ok(Message::Close(frame))) => {
                let code = frame.as_ref().map(|frame| frame.code);
                tracing::warn!(shard = self.options.shard, ?code, "gateway closed");
                self.closed(code).await
            }
            Some(Err(fault))
                if matches!(fault.kind(), ReceiveMessageErrorType::Deserializing { .. }) =>
            {
                self.hub.meters.undecodable.up();
                tracing::warn!(shard = self.options.shard, "a gateway frame cannot be read");
                None
            }
            Some(Err(fault)) => {
                tracing::warn!(shard = self.options.shard, %fault, "gateway connection failed");
                self.closed(None).await
            }
            None => Some(Flow::End(ShardEnd::Refused(
                "Discord closed the gateway for good".into(),
            ))),
        }
    }

    /// The connection is gone; says what to do, after a pause that grows with each failure.
    async fn closed(&mut self, code: Option<u16>) -> Option<Flow> {
        self.hub
            .set_shard(self.options.shard, Gateway::Offline, None);
        match code {
            Some(4004) => return Some(Flow::End(ShardEnd::BadToken)),
            Some(DISALLOWED_INTENTS) => {
                let asked = *self.options.intents.borrow();
                if asked != ALWAYS {
                    tracing::warn!(
                        "Discord does not grant the privileged intents; going on without"
                    );
                    self.options.intents.send_replace(ALWAYS);
                    let missing = super::intents::names(asked);
                    self.hub.set_facts(|facts| facts.missing_intents = missing);
                    return Some(Flow::Rebuild);
                }
                return Some(Flow::End(ShardEnd::Refused(
                    "intents not allowed (4014)".into(),
                )));
            }
            Some(code @ (4010..=4013)) => {
                let why = format!("Discord refuses shard, version or intents (close code {code})");
                return Some(Flow::End(ShardEnd::Refused(why)));
            }
            _ => {}
        }
        if self.hangups.closed(Instant::now()) {
            self.begin_anew("Discord hung up on every RESUME");
            return Some(Flow::Rebuild);
        }
        self.replaying = true;
        self.continued = false;
        let pause = pause(self.failures);
        self.failures = self.failures.saturating_add(1);
        if !pause.is_zero() {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.hub.intake_closed() => {}
            }
        }
        None
    }

    fn text(&mut self, text: &str) {
        if self.rebuild {
            return;
        }
        let frame = match Frame::parse(text) {
            Ok(frame) => frame,
            Err(fault) => {
                self.hub.meters.undecodable.up();
                tracing::warn!(shard = self.options.shard, %fault, "a gateway frame cannot be read");
                return;
            }
        };
        match frame.op {
            0 => self.dispatch(&frame),
            9 => {
                self.meters.refused.up();
                tracing::warn!(shard = self.options.shard, "Discord refuses the session");
            }
            10 => {
                self.meters.connections.up();
                // A new connection: whatever ended the old one, what comes now is a replay, or READY.
                (self.replaying, self.continued) = (true, false);
                let resuming = self.shard.session().is_some();
                self.hangups.greeted(resuming);
                let gateway = if resuming {
                    Gateway::Resuming
                } else {
                    Gateway::Offline
                };
                self.hub.set_shard(self.options.shard, gateway, None);
            }
            11 => {
                let latency = self.shard.latency().recent().first().copied();
                let ms =
                    latency.map(|latency| u64::try_from(latency.as_millis()).unwrap_or(u64::MAX));
                if let Some(state) = self.hub.shard(self.options.shard) {
                    self.hub.set_shard(self.options.shard, state.gateway, ms);
                }
            }
            _ => {}
        }
    }

    fn dispatch(&mut self, frame: &Frame<'_>) {
        self.meters.event(frame.name.as_deref().unwrap_or_default());
        let Some(seq) = frame.seq else { return };
        let number = self.options.shard;
        // Only interactions carry what the process knows about itself.
        self.context.process = match frame.event() {
            Some("INTERACTION_CREATE") => self.hub.process(number),
            _ => Process::default(),
        };
        let decoded = decode(frame, &self.context);
        let place = match &decoded {
            Ok(Decoded::Ready(_)) => Resumed::Next(Seq::default()),
            Ok(Decoded::Sign(sign)) => {
                let noting = || notes(frame, &self.context);
                let place = self.intake.sign(seq, sign, self.context.now, &noting);
                if let Resumed::Next(_) = place {
                    self.goes_on();
                    return;
                }
                place
            }
            _ => self.hub.core(|core| core.check(number, seq)),
        };
        let at = match place {
            Resumed::Next(at) => at,
            Resumed::Seen if matches!(decoded, Ok(Decoded::Resumed)) => {
                self.resumed();
                return;
            }
            Resumed::Seen => return,
            // Within one connection nothing gets lost: a server that skips numbers skips numbers.
            Resumed::Hole { .. } if self.continued => {
                let session = self.hub.core(|core| core.received(number)).session;
                Seq {
                    session,
                    seq,
                    part: 0,
                }
            }
            Resumed::Hole { expected } => {
                self.hole(expected, seq);
                return;
            }
        };
        self.goes_on();
        match decoded {
            Ok(Decoded::Ready(ready)) => {
                self.intake.ready(ready, seq, self.lost);
                self.meters.began.up();
                self.failures = 0;
                self.replaying = false;
                self.lost = false;
                self.hub.set_shard(number, Gateway::Connected, None);
            }
            Ok(Decoded::Resumed) => {
                self.intake.contained(at, self.context.now);
                self.resumed();
            }
            Ok(decoded) => {
                let noting = || notes(frame, &self.context);
                self.intake
                    .take(at, decoded, self.replaying, self.context.now, &noting);
            }
            Err(fault) => {
                self.hub.meters.undecodable.up();
                tracing::warn!(shard = number, %fault, "a gateway event cannot be read");
                self.intake.contained(at, self.context.now);
            }
        }
    }

    /// The session is alive.
    fn goes_on(&mut self) {
        self.continued = true;
        self.hangups = Hangups::default();
    }

    fn resumed(&mut self) {
        tracing::info!(shard = self.options.shard, "resumed");
        self.meters.resumed.up();
        self.failures = 0;
        self.hangups = Hangups::default();
        self.replaying = false;
        self.hub
            .set_shard(self.options.shard, Gateway::Connected, None);
    }

    /// Events are missing for good.
    fn hole(&mut self, expected: u64, got: u64) {
        let reason = format!("Discord replayed from event {got}, where {expected} was next");
        self.begin_anew(&reason);
    }

    /// The session is of no use: notes the gap, and has the next connection identify.
    fn begin_anew(&mut self, reason: &str) {
        tracing::error!(shard = self.options.shard, reason, "gap");
        self.meters.holes.up();
        self.intake.lost(reason);
        // Without a position the next connection identifies.
        let shard = self.options.shard;
        self.hub.core(|core| core.positions.forget(shard));
        self.buffer.clear();
        (self.lost, self.rebuild) = (true, true);
    }

    /// Whether Discord takes another command now; what does not fit waits in its effect.
    fn may_command(&self) -> bool {
        let limiter = self.shard.ratelimiter();
        let left = limiter.map(|limiter| limiter.available());
        self.commanding.may(Instant::now(), left)
    }

    /// Frames that were in the socket together arrived together.
    fn look_at_the_clock(&mut self) {
        self.context.now = self.hub.clock.now();
        self.context.offset = self.hub.clock.offset();
    }

    /// Too much at once: lets go of the connection, works everything off, and comes back.
    async fn let_go(&mut self) {
        tracing::warn!(
            shard = self.options.shard,
            "crowded for too long; reconnecting when it is worked off"
        );
        self.shard.close(CloseFrame::RESUME);
        let closing = async {
            while let Some(Ok(Message::Text(text))) = self.shard.next().await {
                self.buffer.push(text);
            }
        };
        if tokio::time::timeout(CLOSE_PATIENCE, closing).await.is_err() {
            tracing::debug!(shard = self.options.shard, "gateway did not close in time");
        }
        self.hub
            .set_shard(self.options.shard, Gateway::Offline, None);
        while !self.buffer.is_empty() && !self.hub.intake_is_closed() {
            self.meters.rounds.up();
            tokio::select! {
                () = wait_for_room(self.hub, None) => self.work_off(),
                () = self.hub.intake_closed() => {}
            }
        }
        self.full_since = None;
    }

    /// Closes so that the session lives on, for the next life to resume.
    async fn close(&mut self) -> Flow {
        self.shard.close(CloseFrame::RESUME);
        let closing = async {
            // What still comes in is not taken in: the next life gets it again.
            while let Some(Ok(Message::Text(_))) = self.shard.next().await {}
        };
        if tokio::time::timeout(CLOSE_PATIENCE, closing).await.is_err() {
            tracing::debug!(shard = self.options.shard, "gateway did not close in time");
        }
        self.hub
            .set_shard(self.options.shard, Gateway::Offline, None);
        Flow::End(ShardEnd::Stopped)
    }
}

/// Resolves when there may be room, or patience is at its end.
async fn wait_for_room(hub: &Hub, full_since: Option<Instant>) {
    let rung = hub.room.notified();
    if hub.has_room() {
        return;
    }
    let patience = full_since.map_or(FULL_PATIENCE, |since| {
        FULL_PATIENCE.saturating_sub(since.elapsed())
    });
    tokio::select! {
        () = rung => {}
        () = tokio::time::sleep(patience) => {}
    }
}

/// No pause after the first failure, then 1, 2, 4, … seconds with a random half.
fn pause(failures: u32) -> Duration {
    if failures == 0 {
        return Duration::ZERO;
    }
    let full = Duration::from_secs(1 << (failures - 1).min(6)).min(MAX_PAUSE);
    full.mul_f64(0.5 + fastrand::f64() / 2.0)
}
