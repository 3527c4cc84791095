//! `guildhall import`: what another bot recorded, handed to the running bot.

mod last_seen;

use super::{
    Exit, Global, Stop,
    inspect::fault,
    out::Out,
    progress::{Meter, Unit},
};
use crate::admin::{Answer, Client, Request};
use actors::kernel::{fact::MAX_IMPORTED, ids::GuildId};
use clap::{Args as Arguments, Subcommand};
use std::{fs, path::PathBuf};

/// No file of this kind is larger; one that is is something else.
const LONGEST_FILE: u64 = 256 * 1024 * 1024;

/// `import`
#[derive(Debug, Arguments)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// When members were last active
    LastSeen(LastSeen),
}

/// `import last-seen`
#[derive(Debug, Arguments)]
#[command(after_help = "\
The file is CSV whose first line names the columns, or a JSON array of objects with the same names:

  user_id     the member's id; in JSON better as text, because some programs round large numbers
  last_seen   when they were last active: 2026-11-21T18:30:00Z, or seconds or milliseconds since 1970
  first_seen  when they were first active (optional)
  kind        what they did: message, edit, reaction, typing, voice, voice_settings, command, thread,
              event_answer, status (optional; message)
  channel_id  where (optional)

Other columns are not read, so what `/presence export` writes can be brought back. A member without last_seen is
passed over. One mistake, and nothing is brought; all mistakes are shown with their lines.

Of what is recorded already and what is brought the newer time counts, so bringing a file twice does no harm. Who
is not in the server, and who asked not to be recorded there, is passed over.

Examples:
  guildhall import last-seen old-bot.csv --guild 81384788765712384 --dry-run
  guildhall import last-seen old-bot.csv --guild 81384788765712384")]
struct LastSeen {
    /// The file; CSV unless it begins like JSON
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The server it is of (in Discord: right click on the server, Copy Server ID)
    #[arg(long, value_name = "ID")]
    guild: u64,
    /// Only read the file and say what is in it
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<(), Stop> {
    match &args.what {
        What::LastSeen(args) => last_seen(global, args),
    }
}

fn last_seen(global: &Global, args: &LastSeen) -> Result<(), Stop> {
    let guild = GuildId::new(args.guild)
        .ok_or_else(|| Stop::new(Exit::Usage, "0 is not the id of a server"))?;
    let unreadable = |why: &dyn std::fmt::Display| {
        Stop::new(
            Exit::Failed,
            format!("{} cannot be read: {why}", args.file.display()),
        )
    };
    let length = fs::metadata(&args.file)
        .map_err(|why| unreadable(&why))?
        .len();
    if length > LONGEST_FILE {
        return Err(unreadable(&"it has more than 256 MiB"));
    }
    let bytes = fs::read(&args.file).map_err(|why| unreadable(&why))?;
    let read = last_seen::read(&bytes, crate::admin::now()).map_err(|mistakes| {
        Stop::new(
            Exit::Failed,
            format!("{} is not brought:\n{mistakes}", args.file.display()),
        )
    })?;
    let out = Out::new();
    out.line(format_args!("{read}"));
    if args.dry_run || read.members.is_empty() {
        out.line("Nothing was brought.");
        return Ok(());
    }
    let config = global.load()?.config;
    let client = Client::connect(&config.store.data).map_err(fault::ask)?;
    let mut client = client.ok_or_else(|| {
        Stop::new(
            Exit::NotNow,
            "only a running bot takes it in: start the bot, then ask again",
        )
    })?;
    let mut meter = Meter::new("bringing", Unit::Records);
    for (n, members) in read.members.chunks(MAX_IMPORTED).enumerate() {
        let request = Request::Import {
            guild,
            last_seen: members.to_vec(),
        };
        match client.ask(&request).map_err(fault::ask)? {
            Answer::Imported => {}
            _ => return Err(fault::foreign()),
        }
        let done = n * MAX_IMPORTED + members.len();
        meter.at(done as u64, read.members.len() as u64);
    }
    drop(meter);
    out.line("The bot has it. `/seen` and `/presence inactive` count with it from now on.");
    Ok(())
}
