//! `guildhall export`: everything the bot knows in one file, whether it runs or not.

use super::{
    Global, Stop,
    inspect::Source,
    out::{Out, remark},
};
use clap::Args as Arguments;
use std::{fs, path::PathBuf};

/// `export`
#[derive(Debug, Arguments)]
#[command(after_help = "\
The file goes to `exports` in the data directory and is never removed by the bot. It holds what the store
holds, so keep it as carefully. `guildhall restore` makes a data directory of it.")]
pub(super) struct Args {
    /// Also copy it to this file, on another disk say
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<(), Stop> {
    let data = global.load()?.config.store.data;
    let mut source = Source::open(&data)?;
    remark(source.described());
    let path = source.export()?;
    if let Some(to) = &args.to {
        fs::copy(&path, to)
            .map_err(|fault| Stop::failed(&format!("cannot write {}", to.display()), &fault))?;
    }
    Out::plain().line(path.display());
    Ok(())
}
