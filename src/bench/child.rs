//! The children of a measurement: the source of load, and the client.

use super::{Client, Fault, cpus, yardstick::Told};
use crate::admin::{self, Answer, Request, page::Filter};
use simulator::load::{Done, Opened, Options, Order, Ran};
use std::{
    env,
    fs::File,
    io::{self, BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// How long the bot may take to make everything durable, and between two looks.
const SETTLE_WITHIN: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(5);

fn process(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Fault {
    let doing = doing.into();
    move |source| Fault::Process { doing, source }
}

/// This program, to be run once more.
fn ourselves() -> Result<Command, Fault> {
    let program = env::current_exe().map_err(process("find this program"))?;
    Ok(Command::new(program))
}

/// Ends with its owner.
struct Ending(Child);

impl Ending {
    fn end(&mut self) {
        // It may have ended before.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.end();
    }
}

/// The source of load in its own process: one line of JSON for each order and its outcome.
pub(super) struct Source {
    _child: Ending,
    orders: ChildStdin,
    outcomes: BufReader<ChildStdout>,
    pub(super) rest: String,
    pub(super) gateway: String,
}

impl Source {
    pub(super) fn start(options: &Options) -> Result<Self, Fault> {
        let options =
            serde_json::to_string(options).map_err(|why| Fault::Child(why.to_string()))?;
        let mut source = ourselves()?;
        source
            .args(["bench-load", &options])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = cpus::spawn(&mut source, cpus::Side::Source)
            .map_err(process("start the source of load"))?;
        let orders = child.stdin.take().expect("it is piped");
        let outcomes = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut source = Self {
            _child: Ending(child),
            orders,
            outcomes,
            rest: String::new(),
            gateway: String::new(),
        };
        (source.rest, source.gateway) = source.read()?;
        Ok(source)
    }

    fn read<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, Fault> {
        let mut line = String::new();
        self.outcomes
            .read_line(&mut line)
            .map_err(process("read from the source of load"))?;
        let outcome: Result<Result<T, String>, _> = serde_json::from_str(&line);
        outcome
            .map_err(|_| Fault::Child(format!("the source of load ended: {line:?}")))?
            .map_err(|why| Fault::Child(format!("the source of load: {why}")))
    }

    fn order(&mut self, order: Order) -> Result<Done, Fault> {
        let order = serde_json::to_string(&order).map_err(|why| Fault::Child(why.to_string()))?;
        writeln!(self.orders, "{order}").map_err(process("write to the source of load"))?;
        self.read()
    }

    pub(super) fn open(&mut self) -> Result<Opened, Fault> {
        match self.order(Order::Open)? {
            Done::Opened(opened) => Ok(opened),
            Done::Ran(_) => Err(Fault::Child("the source of load mixes things up".into())),
        }
    }

    pub(super) fn run(&mut self, order: Order) -> Result<Ran, Fault> {
        match self.order(order)? {
            Done::Ran(ran) => Ok(ran),
            Done::Opened(_) => Err(Fault::Child("the source of load mixes things up".into())),
        }
    }
}

/// A client in its own process.
pub(super) struct Subject {
    child: Ending,
    client: Client,
    data: PathBuf,
    /// When it was started, in microseconds since 1970.
    pub(super) began_us: u64,
}

impl Subject {
    /// Starts `client` against `source` on the CPUs of `side`; the bot keeps its store and its log in `home`.
    pub(super) fn start(
        client: Client,
        source: &Source,
        home: &Path,
        side: cpus::Side,
    ) -> Result<Self, Fault> {
        let data = home.join("data");
        let mut command = ourselves()?;
        match client {
            Client::Guildhall => command.args(["run", "--data"]).arg(&data),
            yardstick => command.args(["bench-client", yardstick.name()]),
        };
        let log = File::options()
            .create(true)
            .append(true)
            .open(home.join("log"));
        let log = log.map_err(process("open a log"))?;
        let began_us = unix_us();
        command
            .env("DISCORD_TOKEN", "bench")
            .env("DISCORD_PROXY", &source.rest)
            .env("DISCORD_GATEWAY_URL", &source.gateway)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log);
        let child =
            cpus::spawn(&mut command, side).map_err(process(format!("start {}", client.name())))?;
        Ok(Self {
            child: Ending(child),
            client,
            data,
            began_us,
        })
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.0.id()
    }

    /// `kill -9`, and waits until it is gone.
    pub(super) fn kill(&mut self) {
        self.child.end();
    }

    /// Ends a yardstick, which then says what it has seen; the bot has nothing to say and is killed.
    pub(super) fn end(mut self) -> Result<Option<Told>, Fault> {
        if self.client == Client::Guildhall {
            return Ok(None);
        }
        drop(self.child.0.stdin.take());
        let stdout = self.child.0.stdout.take().expect("it is piped");
        serde_json::from_reader(BufReader::new(stdout))
            .map(Some)
            .map_err(|why| Fault::Child(format!("{} ends badly: {why}", self.client.name())))
    }

    /// Waits until the bot's stored position contains `seq` and its outbox is empty. Yardsticks store nothing.
    pub(super) fn settle(&self, seq: u64) -> Result<(), Fault> {
        if self.client != Client::Guildhall {
            return Ok(());
        }
        let until = Instant::now() + SETTLE_WITHIN;
        let asking = |why: &dyn std::error::Error| Fault::Child(format!("ask the bot: {why}"));
        loop {
            if let Some(mut bot) = admin::Client::connect(&self.data).map_err(|why| asking(&why))? {
                let ask = |bot: &mut admin::Client, request| {
                    bot.ask(&request).map_err(|why| asking(&why))
                };
                let positions = ask(&mut bot, Request::List(positions()))?;
                let status = ask(&mut bot, Request::Status)?;
                if stored(&positions) >= seq && outbox(&status) == 0 {
                    return Ok(());
                }
                if Instant::now() > until {
                    return Err(Fault::Child(format!(
                        "the bot has not stored event {seq} in time: {positions:?}, {status:?}"
                    )));
                }
            }
            thread::sleep(LOOK_EVERY);
        }
    }
}

fn positions() -> Filter {
    Filter {
        space: Some("position".into()),
        values: true,
        ..Filter::default()
    }
}

/// The place up to which the bot's store contains the newest session; 0 if there is none.
fn stored(answer: &Answer) -> u64 {
    let Answer::Records(records) = answer else {
        return 0;
    };
    let seqs = records
        .records
        .iter()
        .filter_map(|record| record["value"]["seq"].as_u64());
    seqs.max().unwrap_or(0)
}

fn outbox(answer: &Answer) -> u64 {
    match answer {
        Answer::Status(status) => status["outbox"].as_u64().unwrap_or(0),
        _ => 0,
    }
}

/// This moment on the clock that processes share.
pub(super) fn unix_us() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
