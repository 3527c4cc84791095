//! `guildhall backup`, and its other names `export` and `inspect export`: everything the bot knows in one
//! file, of one moment, whether it runs or not.

use super::{
    Exit, Global, Stop,
    inspect::{Source, fault},
    out::{Out, remark},
    progress::{Meter, Size, Unit},
};
use clap::Args as Arguments;
use snapshots::{
    DataDir,
    export::{Arriving, ExportName, ExportSummary, Reason},
};
use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process,
    time::Duration,
};

/// What a backup is called while its name is not known. Not like an export, so that the rotation of a
/// running bot does not take it for a leftover.
const ARRIVING: &str = ".arriving-";
/// A file of that name this old was left by a process that was killed.
const LEFT: Duration = Duration::from_secs(24 * 3600);

/// `backup`
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  guildhall backup                       into `exports` in the data directory
  guildhall backup /mnt/usb              onto another disk, under a name that says when
  guildhall backup /mnt/usb/bot.guildhall --replace

The bot may run: it goes on while the backup is made, and the backup is of one moment. The file is
read back and checked before it gets its name, so there is a good backup or none. It holds what the bot
knows about people: only you can read it, keep it that way. The bot never removes it.

Make one from time to time onto another disk. To see what is in it:
`guildhall inspect --from FILE list`. To go back to it: `guildhall restore FILE --data DIR`.")]
pub(super) struct Args {
    /// The file to write, or a directory, where it gets a name of its own
    to: Option<PathBuf>,
    /// Write over FILE if it is there
    #[arg(long)]
    replace: bool,
}

/// `export`
#[derive(Debug, Arguments)]
#[command(after_help = "The same as `guildhall backup`, under its older name.")]
pub(super) struct ExportArgs {
    /// The file to write; without this a new one in `exports` in the data directory
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<(), Stop> {
    let data = global.load()?.config.store.data;
    let mut source = Source::open(&data)?;
    remark(source.described());
    let to = args.to.clone().unwrap_or(DataDir::new(&data).exports());
    let into = args.to.is_none() || to.is_dir();
    take(&mut source, &to, into, args.replace)
}

pub(super) fn export(global: &Global, args: &ExportArgs) -> Result<(), Stop> {
    let args = Args {
        to: args.to.clone(),
        replace: true,
    };
    run(global, &args)
}

/// Writes a backup of `source` to the file `to` (`into`: into the directory `to`), verifies it and says
/// where it is.
pub(super) fn take(source: &mut Source, to: &Path, into: bool, replace: bool) -> Result<(), Stop> {
    if !into && !replace && to.exists() {
        let text = format!("{} exists already; --replace writes over it", to.display());
        return Err(Stop::new(Exit::Failed, text));
    }
    let (path, summary) = if into {
        make_dir(to)?;
        clear_up(to);
        let (path, summary) = write(source, &to.join(format!("{ARRIVING}{}", process::id())))?;
        (rename(&path, to, &summary)?, summary)
    } else {
        write(source, to)?
    };
    remark(format_args!(
        "(read back and good: {} records, {}, epoch {})",
        summary.totals.records,
        Size(summary.bytes),
        summary.header.epoch
    ));
    Out::plain().line(path.display());
    if summary.is_complete() {
        return Ok(());
    }
    Err(Stop::new(
        Exit::Damaged,
        format!(
            "the backup is written, but {} damaged records are missing in it: guildhall inspect verify",
            summary.damaged
        ),
    ))
}

fn write(source: &mut Source, to: &Path) -> Result<(PathBuf, ExportSummary), Stop> {
    let mut file = Arriving::create(to).map_err(|why| fault::export(&why))?;
    {
        let mut meter = Meter::new("writing", Unit::Bytes);
        source.export(&mut file, &mut |bytes| meter.at(bytes, 0))?;
    }
    file.flush()
        .map_err(|why| Stop::failed(&format!("cannot write {}", to.display()), &why))?;
    let mut meter = Meter::new("reading it back", Unit::Records);
    file.finish(&mut |read| meter.at(read, 0))
        .map_err(|why| fault::export(&why))
}

/// Gives a backup in `dir` the name that says when, of what and why.
fn rename(path: &Path, dir: &Path, summary: &ExportSummary) -> Result<PathBuf, Stop> {
    let header = &summary.header;
    let name = ExportName::new(header.created_at, header.epoch, Reason::Manual);
    let named = dir.join(name.to_string());
    let renamed = fs::rename(path, &named)
        .and_then(|()| fs::File::open(dir))
        .and_then(|dir| dir.sync_all());
    renamed.map_err(|why| Stop::failed(&format!("cannot name {}", named.display()), &why))?;
    Ok(named)
}

/// Ours alone, as everything that holds what members did.
fn make_dir(dir: &Path) -> Result<(), Stop> {
    use std::os::unix::fs::DirBuilderExt as _;
    let mut builder = fs::DirBuilder::new();
    builder
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|why| Stop::failed(&format!("cannot create {}", dir.display()), &why))
}

/// Removes what a killed process left here long ago. Best effort: it only costs room.
fn clear_up(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(ARRIVING);
        let age = entry.metadata().and_then(|meta| meta.modified());
        let old = age.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > LEFT));
        if ours && old {
            let _ = fs::remove_file(entry.path());
        }
    }
}
