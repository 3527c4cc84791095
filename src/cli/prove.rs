//! `guildhall prove`: seeded worlds in which everything fails that can, and the promise is checked.

use super::{Exit, Stop, out::Out};
use crate::prove::{self, Options, Report, shrink, stories};
use clap::Args as Arguments;
use serde_json::json;
use std::{
    num::NonZero,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// How often a long run says how far it is.
const SAY_EVERY: Duration = Duration::from_secs(5);
/// Failing seeds that are named; the first of them is explained.
const NAMED: usize = 20;

/// `prove`
#[derive(Debug, Arguments)]
#[command(after_help = "\
Each seed is a world of its own: a process, a store and a Discord on virtual time, with members who use
every command while the process is killed, the network loses answers, sessions break and clocks jump.
A seed that fails is printed with the shortest story that still fails. The same seed always does the same.

  guildhall prove                     a hundred worlds
  guildhall prove --seeds 10000       ten thousand
  guildhall prove --seed 4711         one, with what happened in it")]
pub(super) struct Args {
    /// How many worlds
    #[arg(long, value_name = "N", default_value_t = 100)]
    seeds: u64,

    /// The first seed
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    from: u64,

    /// Only this seed, with what happened in it
    #[arg(long, value_name = "SEED", conflicts_with_all = ["seeds", "from"])]
    seed: Option<u64>,

    /// Steps of each story
    #[arg(long, value_name = "N", default_value_t = prove::STEPS, value_parser = steps)]
    steps: usize,

    /// Worlds at the same time; as many as there are processors unless you say otherwise
    #[arg(long, value_name = "N")]
    jobs: Option<NonZero<usize>>,

    /// One line of JSON at the end, and none before
    #[arg(long)]
    json: bool,

    /// Deliberate faults, which must be found
    #[cfg(feature = "sabotage")]
    #[arg(long, value_name = "NAMES", default_value = "")]
    sabotage: String,
}

fn steps(text: &str) -> Result<usize, String> {
    let steps = text.parse().map_err(|_| "not a number")?;
    match steps {
        1..=10_000 => Ok(steps),
        _ => Err("from 1 to 10000".to_owned()),
    }
}

pub(super) fn run(args: &Args) -> Result<(), Stop> {
    let options = options(args)?;
    let began = Instant::now();
    let (from, count) = args.seed.map_or((args.from, args.seeds), |seed| (seed, 1));
    let mut sum = Sum::default();
    sum.run(from, count, args, &options);
    let seconds = began.elapsed().as_secs_f64();
    if args.json {
        Out::plain().line(sum.json(from, seconds));
    } else {
        Out::new().line(sum.words(seconds));
    }
    let Some(first) = sum.failures.first() else {
        return Ok(());
    };
    if !args.json {
        explain(first, args, &options);
    }
    let seeds: Vec<String> = sum
        .failures
        .iter()
        .take(NAMED)
        .map(|report| report.seed.to_string())
        .collect();
    Err(Stop::new(
        Exit::Failed,
        format!(
            "{} of {} worlds fail: {}",
            sum.failures.len(),
            sum.worlds,
            seeds.join(", ")
        ),
    ))
}

fn options(args: &Args) -> Result<Options, Stop> {
    #[cfg(feature = "sabotage")]
    let sabotage = actors::kernel::core::Sabotage::parse(&args.sabotage).map_err(|name| {
        Stop::new(
            Exit::Usage,
            format!("there is no deliberate fault called {name}"),
        )
    })?;
    Ok(Options {
        steps: args.steps,
        #[cfg(feature = "sabotage")]
        sabotage,
    })
}

/// What came of all worlds so far.
#[derive(Default)]
struct Sum {
    worlds: u64,
    moves: u64,
    lives: u64,
    turns: u64,
    failures: Vec<Report>,
}

impl Sum {
    fn run(&mut self, from: u64, count: u64, args: &Args, options: &Options) {
        let jobs = args.jobs.or_else(|| thread::available_parallelism().ok());
        let next = AtomicU64::new(0);
        let sum = Mutex::new((self, Instant::now()));
        let work = || {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= count {
                    return;
                }
                let report = prove::run(from.wrapping_add(n), options);
                let mut guard = sum.lock().unwrap_or_else(PoisonError::into_inner);
                let (sum, said) = &mut *guard;
                sum.add(report);
                if !args.json && said.elapsed() >= SAY_EVERY {
                    *said = Instant::now();
                    let failed = sum.failures.len();
                    Out::new().line(format!("{} of {count} worlds, {failed} failed", sum.worlds));
                }
            }
        };
        thread::scope(|scope| {
            for _ in 0..jobs.map_or(1, NonZero::get) {
                scope.spawn(work);
            }
        });
        if let Ok((sum, _)) = sum.into_inner() {
            sum.failures.sort_by_key(|report| report.seed);
        }
    }

    fn add(&mut self, report: Report) {
        self.worlds += 1;
        self.moves += report.moves;
        self.lives += report.lives;
        self.turns += report.turns as u64;
        if report.failure.is_some() {
            self.failures.push(report);
        }
    }

    #[allow(clippy::cast_precision_loss)] // a rate for people
    fn words(&self, seconds: f64) -> String {
        format!(
            "{} worlds, {} lives, {} turns, {} moves in {seconds:.1} s ({:.0} worlds/s): {}",
            self.worlds,
            self.lives,
            self.turns,
            self.moves,
            self.worlds as f64 / seconds.max(0.001),
            if self.failures.is_empty() {
                "the promise holds"
            } else {
                "the promise is broken"
            },
        )
    }

    fn json(&self, from: u64, seconds: f64) -> serde_json::Value {
        let failure = |report: &Report| {
            let what = report.failure.as_ref().map(|failure| failure.what.clone());
            json!({ "seed": report.seed, "what": what })
        };
        json!({
            "from": from,
            "worlds": self.worlds,
            "lives": self.lives,
            "turns": self.turns,
            "moves": self.moves,
            "seconds": seconds,
            "failures": self.failures.iter().map(failure).collect::<Vec<_>>(),
        })
    }
}

/// The shortest story of a failing seed, and how to see it again.
fn explain(report: &Report, args: &Args, options: &Options) {
    let out = Out::new();
    let seed = report.seed;
    out.line(format!("\nseed {seed} fails. Its shortest story:"));
    let story = shrink(seed, stories::story(seed, options.steps), options);
    for step in &story {
        out.line(format!("  {}", step.what));
    }
    if let Some(failure) = prove::play(seed, &story, options).failure {
        out.line("and what happens at its end (milliseconds since the world began):");
        for line in &failure.trace {
            out.line(format!("  {line}"));
        }
        out.line(format!("=> {}", failure.what));
    }
    #[cfg(feature = "sabotage")]
    if !args.sabotage.is_empty() {
        out.line(format!(
            "\nIt was sabotaged: add --sabotage {}",
            args.sabotage
        ));
    }
    let steps = if args.steps == prove::STEPS {
        String::new()
    } else {
        format!(" --steps {}", args.steps)
    };
    out.line(format!(
        "\nTo see it again: guildhall prove --seed {seed}{steps}"
    ));
}
