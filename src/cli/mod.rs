//! The command line: one file per subcommand.
//!
//! Only this module and those below print. A subcommand is a function from its arguments to
//! `Result<(), Stop>`; what ends the program early is a [`Stop`] with its exit code. To add one: its
//! file, its variant in `Command`, its arm in `Cli::run`.

mod backup;
mod bench;
mod check;
mod commands;
mod demo;
mod farewell;
mod heaps;
mod import;
mod inspect;
mod out;
mod progress;
mod prove;
mod restore;
mod run;
mod scratch;
mod signals;
mod simulate;
mod status;
mod stop;

pub use stop::{Exit, Stop, TABLE as EXIT_CODES};

use crate::{
    build_info,
    config::{self, Found},
};
use clap::{Parser, Subcommand, error::ErrorKind};
use std::{path::PathBuf, process::ExitCode, sync::LazyLock};

static VERSION: LazyLock<String> =
    LazyLock::new(|| format!("{} ({})", build_info::VERSION, build_info::commit()));

/// A community bot for Discord that loses nothing it has acknowledged and says nothing twice.
///
/// New here? `guildhall demo` shows it at work in a pretended server; it needs no account and no
/// network. To run it for real: `guildhall check` says what is still missing, then `guildhall run`.
#[derive(Debug, Parser)]
#[command(name = "guildhall", version = VERSION.as_str(), after_help = stop::TABLE, max_term_width = 100)]
struct Cli {
    /// The settings file; without this `guildhall.toml` here or in /etc/guildhall, if there is one
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,

    /// The data directory; wins over every other setting
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the bot
    Run,
    /// Watch the bot at work in a pretended server: no account, no network, nothing to set up
    Demo(demo::Args),
    /// Start a pretended Discord for a bot to connect to
    Simulate(simulate::Args),
    /// Look at settings, token, permissions, clock, disk and store, and say what to do
    Check,
    /// Print the slash commands as Discord gets them (JSON)
    Commands,
    /// Look into what is stored: of a running bot, a stopped one, or in a backup
    Inspect(inspect::Args),
    /// Say how the running bot is
    Status(status::Args),
    /// Write everything the bot knows into one file, whether it runs or not
    Backup(backup::Args),
    /// Make a data directory from a backup
    Restore(restore::Args),
    /// Bring what another bot recorded
    Import(import::Args),
    /// Fetch what was known about servers that removed the bot
    Farewell(farewell::Args),
    /// Measure what an event costs on this machine, beside yardsticks
    Bench(bench::Args),
    #[command(hide = true)]
    BenchLoad(bench::LoadArgs),
    #[command(hide = true)]
    BenchClient(bench::ClientArgs),
    /// The older name of `backup`
    #[command(hide = true)]
    Export(backup::ExportArgs),
    /// Prove the promise: seeded worlds in which everything fails that can
    Prove(prove::Args),
}

/// What every subcommand may need.
#[derive(Debug)]
struct Global {
    config: Option<PathBuf>,
    data: Option<PathBuf>,
}

impl Global {
    /// The settings, with the command line's word on top.
    fn load(&self) -> Result<Found, Stop> {
        let mut found = config::load(self.config.as_deref())
            .map_err(|problems| Stop::new(Exit::BadConfig, problems.to_string()))?;
        if let Some(data) = &self.data {
            found.config.store.data.clone_from(data);
        }
        Ok(found)
    }
}

impl Cli {
    fn run(self) -> Result<(), Stop> {
        let global = Global {
            config: self.config,
            data: self.data,
        };
        match self.command {
            Command::Run => run::run(&global),
            Command::Demo(args) => demo::run(&global, &args),
            Command::Simulate(args) => simulate::run(&args),
            Command::Check => check::run(&global),
            Command::Commands => commands::run(),
            Command::Inspect(args) => inspect::run(&global, &args),
            Command::Status(args) => status::run(&global, &args),
            Command::Restore(args) => restore::run(&global, &args),
            Command::Import(args) => import::run(&global, &args),
            Command::Farewell(args) => farewell::run(&global, &args),
            Command::Bench(args) => bench::run(&args),
            Command::BenchLoad(args) => bench::load(&args),
            Command::BenchClient(args) => bench::client(&args),
            Command::Backup(args) => backup::run(&global, &args),
            Command::Export(args) => backup::export(&global, &args),
            Command::Prove(args) => prove::run(&args),
        }
    }
}

/// Parses the arguments, does what they say, and turns the result into an exit code.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(said) => {
            // Help and version are "errors" to the parser; they go to standard output.
            let _ = said.print();
            return match said.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Good.into(),
                _ => Exit::Usage.into(),
            };
        }
    };
    match cli.run() {
        Ok(()) => Exit::Good.into(),
        Err(stop) => {
            out::complain(&stop.text);
            stop.exit.into()
        }
    }
}

/// Threads for what blocks: exports, names of hosts, and reads that wait for the store. Each has a heap of
/// its own, which is never given back.
const BLOCKING_THREADS: usize = 3;

/// The runtime of subcommands that wait for something.
fn block_on<T>(work: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_all()
        .build();
    runtime
        .map_err(|fault| Stop::failed("cannot start the runtime", &fault))?
        .block_on(work)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_options_may_stand_on_either_side() {
        let parse = |line: &str| Cli::try_parse_from(line.split(' ')).unwrap().data;
        let data = Some(PathBuf::from("/d"));
        assert_eq!(parse("guildhall run --data /d"), data);
        assert_eq!(parse("guildhall --data /d run"), data);
    }
}
