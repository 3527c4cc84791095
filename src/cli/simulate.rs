//! `guildhall simulate`: a pretended Discord of its own, for this bot in another process or for any other
//! bot.

use super::{Exit, Stop, demo::transcript, out::Out, signals::Signals};
use clap::{Args as Arguments, ValueEnum};
use simulator::{
    SimConfig, Simulator,
    play::{lively::Lively, population::Population, traffic::Crowd},
};
use std::time::Duration;

/// How often somebody does something in the small guild.
const EVERY: Duration = Duration::from_secs(2);
/// The large world: this many guilds …
const GUILDS: usize = 100;
/// … of this many members.
const MEMBERS: usize = 50;

/// `simulate`
#[derive(Debug, Arguments)]
#[command(after_help = "\
It prints the three variables with which a bot finds it:

  guildhall simulate            in one terminal
  export DISCORD_TOKEN=…        in another, as printed
  guildhall run --data /tmp/hall")]
pub(super) struct Args {
    /// Where the REST API listens; port 0 picks a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    rest: String,

    /// Where the gateway listens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8081")]
    gateway: String,

    /// What there is
    #[arg(long, value_enum, default_value_t = World::Small)]
    guild: World,

    /// Who is there and what they do; the same seed brings the same people
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
}

/// Kinds of worlds.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum World {
    /// Nothing
    Empty,
    /// One small guild with a dozen people who talk
    Small,
    /// A hundred guilds in which nobody does anything
    Large,
}

pub(super) fn run(args: &Args) -> Result<(), Stop> {
    super::block_on(simulate(args))
}

async fn simulate(args: &Args) -> Result<(), Stop> {
    let mut signals = Signals::listen()?;
    let config = SimConfig {
        rest_bind: args.rest.clone(),
        gateway_bind: args.gateway.clone(),
        ..SimConfig::default()
    };
    let sim = Simulator::start(config).await.map_err(|fault| {
        let text = format!("{}; is another one running?", super::stop::chain(&fault));
        Stop::new(Exit::NotNow, text)
    })?;
    let out = Out::new();
    out.line(format_args!("export DISCORD_TOKEN={}", sim.token()));
    out.line(format_args!("export DISCORD_PROXY={}", sim.rest_host()));
    out.line(format_args!(
        "export DISCORD_GATEWAY_URL={}",
        sim.gateway_url()
    ));
    out.line("");
    let mut feed = sim.feed();
    let life = match args.guild {
        World::Empty => None,
        World::Small => {
            let people = Population::build(&sim, "The Guild", args.seed, true);
            Some(tokio::spawn(
                Lively::new(people, args.seed).run(sim.clone(), EVERY),
            ))
        }
        World::Large => {
            // It holds the people; nobody acts.
            drop(Crowd::build(&sim, GUILDS, MEMBERS));
            None
        }
    };
    loop {
        tokio::select! {
            item = feed.next() => match item {
                Some(item) => out.line(transcript::line(out, &item)),
                None => break,
            },
            _ = signals.next() => break,
        }
    }
    if let Some(life) = life {
        life.abort();
    }
    Ok(())
}
