//! `guildhall farewell`: what was known about servers that removed the bot, for their owners.

use super::{Exit, Global, Stop, out::Out};
use crate::farewell::{self, Farewell};
use clap::{Args as Arguments, Subcommand};
use snapshots::DataDir;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// `farewell`
#[derive(Debug, Arguments)]
#[command(after_help = "\
When a server removes the bot, what the bot knows there stays for a while ([store] keep_left_days, 30 unless it says
otherwise), in case it is invited again. Then it is written down once, as lines of JSON, and forgotten. The file waits
here for another 30 days. It holds what members did: give it to the server's owner, and to nobody else.

Examples:
  guildhall farewell list
  guildhall farewell fetch 123456789012345678 --to their-data.jsonl
  guildhall farewell drop 123456789012345678")]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the farewells that wait
    List {
        /// Print JSON, one object per line
        #[arg(long)]
        json: bool,
    },
    /// Print one
    Show {
        /// The server's id
        server: String,
    },
    /// Copy one to a file, which must not be there yet
    Fetch {
        /// The server's id
        server: String,
        /// Where to
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Remove one for good
    Drop {
        /// The server's id
        server: String,
    },
}

pub(super) fn run(global: &Global, args: &Args) -> Result<(), Stop> {
    let data = DataDir::new(&global.load()?.config.store.data);
    let all =
        farewell::list(&data).map_err(|fault| Stop::failed("cannot list farewells", &fault))?;
    let out = Out::new();
    match &args.what {
        What::List { json } => list(out, &all, *json),
        What::Show { server } => {
            for path in of(&all, server)? {
                let text = fs::read_to_string(path)
                    .map_err(|fault| Stop::failed("cannot read the farewell", &fault))?;
                text.lines().for_each(|line| out.line(line));
            }
        }
        What::Fetch { server, to } => {
            let files = of(&all, server)?;
            fetch(&files, to).map_err(|fault| Stop::failed("cannot fetch the farewell", &fault))?;
            out.line(format_args!("Written to {}.", to.display()));
        }
        What::Drop { server } => {
            for path in of(&all, server)? {
                fs::remove_file(path)
                    .map_err(|fault| Stop::failed("cannot remove the farewell", &fault))?;
            }
            out.line("Removed.");
        }
    }
    Ok(())
}

fn list(out: Out, all: &[(PathBuf, Farewell)], json: bool) {
    if all.is_empty() && !json {
        out.line("No farewells wait.");
    }
    for (path, about) in all {
        let bytes = fs::metadata(path).map_or(0, |meta| meta.len());
        if json {
            let line = serde_json::json!({
                "server": about.server, "name": about.name, "left_at": about.left_at,
                "made_at": about.made_at, "bytes": bytes,
            });
            out.line(line);
            continue;
        }
        let day = super::inspect::human::time(about.left_at);
        out.line(format_args!(
            "{}  {}  left {day}  {} KiB",
            about.server,
            about.name,
            bytes.div_ceil(1024)
        ));
    }
}

/// The farewells of one server: one for each time it removed the bot.
fn of<'a>(all: &'a [(PathBuf, Farewell)], server: &str) -> Result<Vec<&'a Path>, Stop> {
    let files = all.iter().filter(|(_, about)| about.server == server);
    let files: Vec<&Path> = files.map(|(path, _)| path.as_path()).collect();
    if files.is_empty() {
        let why = format!(
            "there is no farewell of server {server}; `guildhall farewell list` shows which there are"
        );
        return Err(Stop::new(Exit::Failed, why));
    }
    Ok(files)
}

fn fetch(files: &[&Path], to: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut copy = options.open(to)?;
    for file in files {
        io::copy(&mut fs::File::open(file)?, &mut copy)?;
    }
    copy.sync_all()
}
