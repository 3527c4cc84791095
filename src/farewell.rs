//! Farewells: everything that was known about a server, in a file for its owner, written when the bot was removed
//! from it so long ago that it forgets it.
//!
//! A file is text: a line of JSON about itself, then one per record, as `guildhall inspect list --values --json`
//! shows them. It lies in `<data>/farewells` for [`KEPT`], readable by its owner alone.

use crate::admin::{decode, page};
use actors::kernel::{
    ids::GuildId,
    record::{Key, Space},
    time::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};
use snapshots::{DataDir, ReadFault, Reader, end_of};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead as _, BufReader, BufWriter, Write as _},
    path::{Path, PathBuf},
};

/// How long a farewell waits to be fetched.
pub const KEPT: Span = Span::days(30);
const SUFFIX: &str = "jsonl";
/// Records read at once.
const PAGE: usize = 256;

/// What a farewell says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Farewell {
    /// The server's id.
    pub server: String,
    /// Its name.
    pub name: String,
    /// When the bot was removed, in milliseconds since 1970.
    pub left_at: i64,
    /// When it was written.
    pub made_at: i64,
}

/// Why there is no farewell.
#[derive(Debug, thiserror::Error)]
pub enum FarewellFault {
    /// The store could not be read.
    #[error("could not read the store")]
    Read(#[from] ReadFault),
    /// The file could not be written.
    #[error("could not write {}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
}

/// Where farewells lie.
#[must_use]
pub fn dir(data: &DataDir) -> PathBuf {
    data.path().join("farewells")
}

/// Writes down everything that the store knows about `guild`. Done twice it is the same file.
///
/// # Errors
/// See [`FarewellFault`]; there is no file then.
pub fn write(
    reader: &dyn Reader,
    data: &DataDir,
    guild: GuildId,
    about: &Farewell,
) -> Result<PathBuf, FarewellFault> {
    let dir = dir(data);
    let path = dir.join(format!("{guild}-{}.{SUFFIX}", about.left_at / 1000));
    let partial = path.with_extension("partial");
    let fault = |source| FarewellFault::Write {
        path: path.clone(),
        source,
    };
    create_dir(&dir).map_err(fault)?;
    let mut file = BufWriter::new(create(&partial).map_err(fault)?);
    line(&mut file, about).map_err(fault)?;
    for space in [Space::Head, Space::Row] {
        let prefix = Key::new(space, &[&[0], &guild.get().to_be_bytes()[..]].concat());
        let mut next = Some(prefix.clone());
        while let Some(from) = next {
            let found = reader.scan(&from, &end_of(&prefix), PAGE)?;
            for entry in &found.entries {
                let record = page::record(entry, &decode::about(entry), true);
                line(&mut file, &record).map_err(fault)?;
            }
            next = found.next;
        }
    }
    let finish = |mut file: BufWriter<File>| {
        file.flush()?;
        file.get_ref().sync_all()?;
        fs::rename(&partial, &path)?;
        File::open(&dir)?.sync_all()
    };
    finish(file).map_err(fault)?;
    Ok(path)
}

fn line(file: &mut BufWriter<File>, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *file, value)?;
    file.write_all(b"\n")
}

fn create_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Every farewell there is, with its file, in the order of their names.
///
/// # Errors
/// When the directory or a file cannot be read.
pub fn list(data: &DataDir) -> io::Result<Vec<(PathBuf, Farewell)>> {
    let dir = dir(data);
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == SUFFIX)
        {
            let mut first = String::new();
            BufReader::new(File::open(&path)?).read_line(&mut first)?;
            // One that says nothing about itself is none of ours.
            found.extend(serde_json::from_str(&first).ok().map(|about| (path, about)));
        }
    }
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(found)
}

/// Removes those that have waited for long enough.
///
/// # Errors
/// As [`list`], and when one cannot be removed.
pub fn expire(data: &DataDir, now: Timestamp) -> io::Result<()> {
    for (path, about) in list(data)? {
        if now.since(Timestamp::from_millis(about.made_at)) >= KEPT {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}
