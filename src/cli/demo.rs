//! `guildhall demo`: the simulator and the bot in one process, and a transcript of what people see.
//!
//! The bot is the real one, on a real store in a directory that goes away afterwards; only Discord is
//! pretended. It talks to it over loopback as it would over the internet.

mod opening;
pub(super) mod transcript;

use super::{Exit, Global, Stop, out::Out, run, scratch::Scratch, signals::Signals};
use crate::{
    bot::Bot,
    config::Config,
    observe::{self, Format, Levels},
    outside::Settings,
    secret::Secret,
};
use clap::Args as Arguments;
use simulator::{
    Feed, SimConfig, Simulator,
    play::{
        lively::Lively,
        population::Population,
        stories,
        story::{Pace, Story},
    },
};
use std::{path::PathBuf, time::Duration};
use tokio::{sync::oneshot, task::JoinHandle, time::sleep};

/// Without a story, somebody does something about this often.
const EVERY: Duration = Duration::from_millis(1_500);
/// The longest a story waits for the bot.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the bot says last may still be on its way when the last step is done.
const AFTERGLOW: Duration = Duration::from_millis(500);

/// `demo`
#[derive(Debug, Arguments)]
pub(super) struct Args {
    /// Play one fixed story and end; fails if the bot does not do its part
    #[arg(long, value_name = "NAME", value_parser = story_names())]
    story: Option<String>,

    /// Who is there and what they do; the same seed brings the same people
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,

    /// How fast people act: 2 is twice as fast, 0.5 half
    #[arg(long, value_name = "F", default_value_t = 1.0, value_parser = speed)]
    speed: f64,
}

fn story_names() -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(stories::ALL.iter().map(|make| {
        let story = make();
        clap::builder::PossibleValue::new(story.name).help(story.about)
    }))
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(speed) if (0.01..=1000.0).contains(&speed) => Ok(speed),
        _ => Err("a number between 0.01 and 1000".to_owned()),
    }
}

pub(super) fn run(global: &Global, args: &Args) -> Result<(), Stop> {
    observe::init(Format::Human, &levels(), Vec::new());
    super::block_on(show(global.data.clone(), args))
}

/// Only what is wrong, because the transcript is what one came for; or what is asked for, to watch the
/// bot from inside.
fn levels() -> Levels {
    let asked = std::env::var("GUILDHALL_LOG__LEVEL").ok();
    let asked = asked.and_then(|text| text.parse().ok());
    asked.unwrap_or_else(|| "error".parse().expect("it is a level"))
}

async fn show(data: Option<PathBuf>, args: &Args) -> Result<(), Stop> {
    let mut signals = Signals::listen()?;
    let out = Out::new();
    let sim = Simulator::start(SimConfig::default())
        .await
        .map_err(|fault| Stop::failed("the pretended Discord does not start", &fault))?;
    let told = args.story.as_deref().and_then(stories::named);
    let story = told.clone().unwrap_or_else(opening::story);
    let people = Population::build(&sim, "The Guild", args.seed, story.with_bot);
    let printing = Printing::start(sim.feed(), out);
    out.line(out.paint(
        transcript::FAINT,
        "A pretended Discord, a real bot. Ctrl-C ends it.",
    ));

    let scratch = Scratch::new("demo")?;
    let bot = start(&sim, data.unwrap_or_else(|| scratch.path().join("data"))).await?;
    let pace = Pace {
        slowness: 1.0 / args.speed,
        patience: PATIENCE,
    };
    let result = tokio::select! {
        result = act(&sim, people, &story, told.is_none(), pace, args.seed) => result,
        ended = bot.ended() => Err(Stop::new(Exit::Failed, format!("the bot ended: {ended:?}"))),
        _ = signals.next() => Ok(()),
    };
    sleep(AFTERGLOW).await;
    bot.stop().await;
    printing.end().await;
    out.line("");
    out.line(out.paint(transcript::FAINT, closing(&sim)));
    result
}

/// The bot as `run` would start it, against the simulator.
async fn start(sim: &Simulator, data: PathBuf) -> Result<Bot, Stop> {
    let mut config = Config::default();
    config.discord.proxy = Some(sim.rest_host());
    config.discord.gateway_url = Some(sim.gateway_url());
    config.store.data = data;
    let options = run::options(&config, Secret::new(sim.token()), Settings::default());
    Bot::start(options)
        .await
        .map_err(|fault| run::explain(&fault))
}

/// The story, and afterwards small talk for as long as somebody watches.
async fn act(
    sim: &Simulator,
    people: Population,
    story: &Story,
    goes_on: bool,
    pace: Pace,
    seed: u64,
) -> Result<(), Stop> {
    story.play(sim, &people, pace).await.map_err(|fault| {
        Stop::new(
            Exit::Failed,
            format!("the story {} stops at {fault}", story.name),
        )
    })?;
    if goes_on {
        Lively::new(people, seed)
            .run(sim.clone(), EVERY.mul_f64(pace.slowness))
            .await;
    }
    Ok(())
}

fn closing(sim: &Simulator) -> String {
    let counters = sim.counters();
    format!(
        "{} events, {} requests of the bot, {} commands without an answer.",
        counters.dispatched, counters.requests, counters.failed_interactions
    )
}

/// Prints the feed as it comes, beside whatever else goes on.
struct Printing {
    task: JoinHandle<()>,
    enough: oneshot::Sender<()>,
}

impl Printing {
    fn start(mut feed: Feed, out: Out) -> Self {
        let (enough, mut over) = oneshot::channel();
        let task = tokio::spawn(async move {
            loop {
                tokio::select! {
                    biased;
                    item = feed.next() => match item {
                        Some(item) => out.line(transcript::line(out, &item)),
                        None => return,
                    },
                    _ = &mut over => return,
                }
            }
        });
        Self { task, enough }
    }

    /// Prints what is still there, then stops.
    async fn end(self) {
        // It may have ended by itself.
        let _ = self.enough.send(());
        let _ = self.task.await;
    }
}
