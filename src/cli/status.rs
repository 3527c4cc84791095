//! `guildhall status`: how the running bot is, for people.

mod page;

use super::{
    Exit, Global, Stop,
    out::{Out, complain},
};
use crate::{
    admin::{AskFault, Client},
    watch::Status,
};
use clap::Args as Arguments;
use snapshots::DataDir;
use std::{
    fs, io,
    path::Path,
    thread,
    time::{Duration, SystemTime},
};

/// How long a bot may take to say how it is; it answers at once even when it is stuck.
const PATIENCE: Duration = Duration::from_secs(5);

/// `status`
#[derive(Debug, Arguments)]
#[command(after_help = "\
The exit code is 0 while the bot is good or behind, and 1 when it is ill, hung, or does not run:
  behind  cannot serve at this moment: starting, ending, reconnecting, or crowded
  ill     something it needs (Discord, the disk) has been broken for long
  hung    something in the process stands still: restart it, nothing gets lost

Examples:
  guildhall status --watch
  sudo guildhall status --data /var/lib/guildhall
  guildhall status --json | jq .store.lag_ms
  guildhall status >/dev/null || echo 'the bot is not well'")]
pub(super) struct Args {
    /// Look again and again, until Ctrl-C
    #[arg(long)]
    watch: bool,

    /// With --watch: so many seconds between two looks
    #[arg(long, value_name = "SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=3600), requires = "watch")]
    every: u64,

    /// Print JSON; with --watch one object per line
    #[arg(long)]
    json: bool,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<(), Stop> {
    let data = global.load()?.config.store.data;
    if !args.watch {
        let status = ask(&data)?;
        print(&status, None, args)?;
        return verdict(&status);
    }
    let mut before: Option<Status> = None;
    loop {
        match ask(&data) {
            Ok(status) => {
                print(&status, before.as_ref(), args)?;
                before = Some(status);
            }
            // It may come back.
            Err(stop) => {
                if !args.json {
                    Out::new().clear();
                }
                complain(&stop.text);
                before = None;
            }
        }
        thread::sleep(Duration::from_secs(args.every));
    }
}

fn print(status: &Status, before: Option<&Status>, args: &Args) -> Result<(), Stop> {
    let out = Out::new();
    if args.json {
        let written = if args.watch {
            serde_json::to_string(status)
        } else {
            serde_json::to_string_pretty(status)
        };
        let text = written.map_err(|fault| Stop::failed("the answer cannot be written", &fault))?;
        out.line(text);
        return Ok(());
    }
    if args.watch {
        out.clear();
    }
    out.line(page::page(status, before, out));
    Ok(())
}

fn verdict(status: &Status) -> Result<(), Stop> {
    if status.is_healthy() {
        return Ok(());
    }
    // What is the matter was printed already.
    Err(Stop::new(Exit::Failed, ""))
}

fn ask(data: &Path) -> Result<Status, Stop> {
    let client = Client::connect_within(data, PATIENCE).map_err(|fault| unreached(data, fault))?;
    let Some(mut client) = client else {
        return Err(Stop::new(Exit::Failed, absent(data)));
    };
    client.status().map_err(|fault| unreached(data, fault))
}

/// What to say when a bot runs and does not answer.
fn unreached(data: &Path, fault: AskFault) -> Stop {
    let text = match fault {
        AskFault::Connection(fault) if fault.kind() == io::ErrorKind::PermissionDenied => format!(
            "the bot in {} answers only its own user and root: try it with sudo",
            data.display()
        ),
        AskFault::Connection(_) => format!(
            "the bot in {} runs but does not answer: it is hung, or ending; restarting it loses nothing",
            data.display()
        ),
        AskFault::Refused(why) => why,
        fault => fault.to_string(),
    };
    Stop::new(Exit::Failed, text)
}

/// What to say when nobody answers.
fn absent(data: &Path) -> String {
    let at = data.display();
    if is_locked(data) {
        return format!(
            "the bot in {at} is starting or ending, or is hung: it does not answer yet"
        );
    }
    match last_sign(data) {
        Some(ago) => format!(
            "no bot runs in {at}; one wrote there last {ago} ago. Its log says why it ended \
             (journalctl -u guildhall, if it is a service); `guildhall run` starts it"
        ),
        None if data.exists() => {
            format!("no bot runs in {at}, and none ever did (--data names another directory)")
        }
        None => format!("there is no {at} (--data names another directory)"),
    }
}

/// Whether a process holds the data directory.
fn is_locked(data: &Path) -> bool {
    let Ok(file) = fs::File::open(DataDir::new(data).lock()) else {
        return false;
    };
    matches!(file.try_lock_shared(), Err(fs::TryLockError::WouldBlock))
}

/// How long ago something was written to the store.
fn last_sign(data: &Path) -> Option<String> {
    let written = fs::metadata(DataDir::new(data).acknowledged())
        .and_then(|meta| meta.modified())
        .ok()?;
    let ago = SystemTime::now()
        .duration_since(written)
        .unwrap_or_default();
    let ms = u64::try_from(ago.as_millis()).unwrap_or(u64::MAX);
    Some(crate::watch::health::span(ms))
}
