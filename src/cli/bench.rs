//! `guildhall bench`: what an event costs on this machine, beside yardsticks; and the two subcommands that it runs
//! itself with, which are not for people.

use super::{Exit, Stop, out::Out, out::remark, scratch::Scratch};
use crate::{
    bench::{self, Client, Settings, report::Report, table},
    build_info,
};
use clap::{Args as Arguments, ValueEnum};
use simulator::load::{Load, Options, Order, Probe};
use std::{
    fs,
    io::{self, BufRead as _, Read as _},
    path::PathBuf,
    thread,
};
use tokio::sync::oneshot;

/// `bench`
#[derive(Debug, Arguments)]
#[command(after_help = "\
A pretended Discord in a process of its own sends the same events over loopback to the bot and to three
yardsticks on the same library (twilight), each in its own process:

  guildhall  this program, with its store on disk
  frames     receives frames and decodes nothing
  decode     decodes every event (needs a build with --features bench)
  loop       the same, and keeps last-seen times, message counts and voice times in memory,
             answers; nothing is durable. Goals are ratios to it (--features bench).

The mix, drawn from the seed: presence 55 %, messages 20 %, typing 8 %, voice 5 %, reactions 4 %, members 3 %,
interactions 2 % (the latency probes), edits and deletions 3 %. A few guilds and members make most of it.

Where there are two CPUs the source of load has one of its own, and the client all others.
CPU time per event in the flood is the figure to trust; compare only within one run. The store is kept in the
directory for temporary files (TMPDIR): put it on the disk you want to know about.")]
pub(super) struct Args {
    /// How many guilds
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = positive(10_000))]
    guilds: u64,

    /// Members of each guild
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = positive(10_000))]
    members: u64,

    /// Events of the flood, which come as fast as they are taken; 65,536 are made in advance, more than that come as
    /// fast as they are made
    #[arg(long, value_name = "N", default_value_t = 50_000, value_parser = positive(100_000_000))]
    events: u64,

    /// Events per second of the paced phases
    #[arg(long, value_name = "N,N", value_delimiter = ',', default_values_t = [1_000, 10_000], value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate: Vec<u32>,

    /// How long each paced phase takes
    #[arg(long, value_name = "S", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=3600))]
    seconds: u32,

    /// How often everything is measured
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = positive(100))]
    rounds: u64,

    /// The same seed brings the same events
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// Compression between the bot and Discord
    #[arg(long, value_enum, default_value_t = Zstd::On)]
    zstd: Zstd,

    /// What is asked to measure answers
    #[arg(long, value_enum, default_value_t = Question::usual())]
    probe: Question,

    /// Only these clients [default: all that were built in]
    #[arg(long, value_enum, value_delimiter = ',')]
    clients: Vec<Who>,

    /// Print JSON, with every single measurement
    #[arg(long)]
    json: bool,
}

fn positive(most: u64) -> clap::builder::RangedU64ValueParser {
    clap::value_parser!(u64).range(1..=most)
}

/// With compression, without, or first the one and then the other.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Zstd {
    On,
    Off,
    Both,
}

/// Commands that can be asked.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Question {
    /// `/ping`
    Ping,
    /// `/seen`, whose answers are checked for being up to date
    Seen,
}

impl Question {
    const fn usual() -> Self {
        match bench::PROBE {
            Probe::Ping => Self::Ping,
            Probe::Seen => Self::Seen,
        }
    }
}

/// Clients by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Who {
    Guildhall,
    Frames,
    Decode,
    Loop,
}

impl Who {
    const fn client(self) -> Client {
        match self {
            Self::Guildhall => Client::Guildhall,
            Self::Frames => Client::Frames,
            Self::Decode => Client::Decode,
            Self::Loop => Client::Loop,
        }
    }
}

impl Args {
    fn settings(&self) -> Settings {
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Settings {
            guilds: count(self.guilds),
            members: count(self.members),
            events: count(self.events),
            rates: self.rate.clone(),
            seconds: self.seconds,
            rounds: count(self.rounds),
            seed: self.seed,
            zstd: match self.zstd {
                Zstd::On => vec![true],
                Zstd::Off => vec![false],
                Zstd::Both => vec![true, false],
            },
            probe: match self.probe {
                Question::Ping => Probe::Ping,
                Question::Seen => Probe::Seen,
            },
        }
    }
}

pub(super) fn run(args: &Args) -> Result<(), Stop> {
    if !PathBuf::from("/proc/self/stat").exists() {
        return Err(Stop::new(
            Exit::Failed,
            "this needs Linux: what a process uses is read from /proc",
        ));
    }
    let settings = args.settings();
    let clients = clients(&args.clients)?;
    let mut report = Report {
        program: format!(
            "guildhall {} ({})",
            build_info::VERSION,
            build_info::commit()
        ),
        cpus: thread::available_parallelism().map_or(1, usize::from),
        settings: settings.clone(),
        samples: Vec::new(),
    };
    for round in 1..=settings.rounds {
        for zstd in &settings.zstd {
            for client in &clients {
                remark(format_args!(
                    "round {round} of {}: {}{}",
                    settings.rounds,
                    client.name(),
                    if *zstd { " (zstd)" } else { "" }
                ));
                report.samples.push(once(&settings, *client, *zstd)?);
            }
        }
    }
    let out = Out::plain();
    if args.json {
        let json = serde_json::to_string_pretty(&report)
            .map_err(|fault| Stop::failed("the report cannot be written", &fault))?;
        out.line(json);
    } else {
        out.line(table::text(&report).trim_end());
    }
    Ok(())
}

/// Those that are asked for, or all that there are.
fn clients(asked: &[Who]) -> Result<Vec<Client>, Stop> {
    const HINT: &str = "decoding with twilight's models takes 4 MB of program and is left out of a usual build: \
        cargo run --release --features bench -- bench";
    if asked.is_empty() {
        let (built, missing): (Vec<_>, Vec<_>) = Client::ALL
            .into_iter()
            .partition(|client| client.is_built());
        if !missing.is_empty() {
            remark(format_args!(
                "without the yardsticks decode and loop: {HINT}"
            ));
        }
        return Ok(built);
    }
    let asked: Vec<Client> = asked.iter().map(|who| who.client()).collect();
    match asked.iter().find(|client| !client.is_built()) {
        Some(missing) => {
            let text = format!("there is no {} here: {HINT}", missing.name());
            Err(Stop::new(Exit::Usage, text))
        }
        None => Ok(asked),
    }
}

fn once(settings: &Settings, client: Client, zstd: bool) -> Result<bench::report::Sample, Stop> {
    let home = Scratch::new("bench")?;
    bench::measure(settings, client, zstd, home.path()).map_err(|fault| {
        let log = fs::read_to_string(home.path().join("log")).unwrap_or_default();
        let mut last: Vec<&str> = log.lines().rev().take(10).collect();
        last.reverse();
        let what = format!("measuring {} failed", client.name());
        let mut stop = Stop::failed(&what, &fault);
        if !last.is_empty() {
            stop.text = format!("{}\nIts log ends with:\n{}", stop.text, last.join("\n"));
        }
        stop
    })
}

/// `bench-load`: the source of load. Orders come in as lines of JSON, outcomes go out as such.
#[derive(Debug, Arguments)]
pub(super) struct LoadArgs {
    /// What there is, as JSON
    options: String,
}

pub(super) fn load(args: &LoadArgs) -> Result<(), Stop> {
    let options: Options = serde_json::from_str(&args.options)
        .map_err(|fault| Stop::new(Exit::Usage, format!("no options of a load: {fault}")))?;
    super::block_on(async {
        let mut load = Load::start(options)
            .await
            .map_err(|fault| Stop::failed("cannot listen", &fault))?;
        let out = Out::plain();
        let say = |outcome: serde_json::Value| out.line(outcome);
        say(serde_json::json!({"Ok": [load.rest_host(), load.gateway_url()]}));
        for line in io::stdin().lock().lines() {
            let line = line.map_err(|fault| Stop::failed("read an order", &fault))?;
            let order: Order = serde_json::from_str(&line)
                .map_err(|fault| Stop::new(Exit::Usage, format!("no order: {fault}")))?;
            let outcome = load.order(order).await.map_err(|fault| fault.to_string());
            say(serde_json::to_value(outcome).unwrap_or_default());
        }
        Ok(())
    })
}

/// `bench-client`: a yardstick, until standard input ends; then it says what it has seen.
#[derive(Debug, Arguments)]
pub(super) struct ClientArgs {
    #[arg(value_enum)]
    client: Who,
}

pub(super) fn client(args: &ClientArgs) -> Result<(), Stop> {
    let client = args.client.client();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|fault| Stop::failed("cannot start the runtime", &fault))?;
    runtime.block_on(async {
        let (ending, over) = oneshot::channel();
        thread::spawn(move || {
            let _ = io::stdin().lock().read_to_end(&mut Vec::new());
            let _ = ending.send(());
        });
        let told = bench::yardstick::run(client, over).await;
        Out::plain().line(serde_json::to_string(&told).unwrap_or_default());
        Ok(())
    })
}
