//! JSON lines in daily files: `messages-2026-11-21.jsonl`, by the day (UTC) on which a line was made.
//!
//! Appended, made durable, and only then noted in the store with the length of the file. Whatever is behind
//! that length is from a life that died before its note; it is cut off before anything else is written. So a
//! line is there once, and never torn. A file that is shorter than noted was changed by somebody else, who is
//! believed: it goes on at its end. So is every file after the store was restored from a backup, because what
//! the lost life wrote did arrive.

mod roster;

use super::{Page, Sheet, SinkFault, line::Shown};
use actors::kernel::{
    ids::{GuildId, UserId},
    spool::{Cursor, Line},
    time::Timestamp,
};
use chrono::DateTime;
use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::{self, BufRead as _, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

/// A file that is written.
#[derive(Debug)]
struct Open {
    name: String,
    file: File,
    /// How much of it is ours; it ends there.
    length: u64,
}

/// See the module docs.
#[derive(Debug)]
pub struct Files {
    dir: PathBuf,
    /// What the last page was written to; `None` at first, and after a fault.
    open: Option<Open>,
}

impl Files {
    /// Files in this directory, which is made if need be.
    #[must_use]
    pub const fn new(dir: PathBuf) -> Self {
        Self { dir, open: None }
    }

    /// Whether the directory takes files.
    pub(super) fn probe(&self) -> Result<String, SinkFault> {
        let probed = fs::create_dir_all(&self.dir).and_then(|()| {
            let path = self.dir.join(".guildhall-check");
            File::create(&path)?;
            fs::remove_file(path)
        });
        let away = |why| SinkFault::Away(format!("{}: {why}", self.dir.display()));
        probed.map_err(away)?;
        Ok(format!("{} can be written", self.dir.display()))
    }

    pub(super) async fn deliver(&mut self, page: &Page) -> Result<Cursor, SinkFault> {
        let (dir, open, page) = (self.dir.clone(), self.open.take(), page.clone());
        let writing = tokio::task::spawn_blocking(move || {
            let written = write(&dir, open, &page);
            written.map_err(|why| SinkFault::Away(format!("{}: {why}", dir.display())))
        });
        let lost = |why| SinkFault::Away(format!("the writing thread: {why}"));
        let (open, cursor) = writing.await.map_err(lost)??;
        self.open = Some(open);
        Ok(cursor)
    }

    pub(super) async fn take(&self, sheet: &Sheet) -> Result<(), SinkFault> {
        let (dir, sheet) = (self.dir.clone(), sheet.clone());
        let writing = tokio::task::spawn_blocking(move || {
            let written = roster::write(&dir, &sheet);
            written.map_err(|why| SinkFault::Away(format!("{}: {why}", dir.display())))
        });
        let lost = |why| SinkFault::Away(format!("the writing thread: {why}"));
        writing.await.map_err(lost)?
    }

    pub(super) async fn give_up(&self, guild: GuildId) {
        let dir = self.dir.clone();
        let removing = tokio::task::spawn_blocking(move || roster::give_up(&dir, guild));
        // What a thread that panicked leaves goes with the next start.
        let _ = removing.await;
    }

    pub(super) fn tidy(&self) {
        if let Err(fault) = roster::tidy(&self.dir)
            && fault.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(dir = %self.dir.display(), %fault, "unfinished lists of accounts may be left");
        }
    }
}

/// Writes a page; the file it ended in, and the cursor to be noted. At the beginning nothing is written, and
/// the cursor says where the file ends.
fn write(dir: &Path, open: Option<Open>, page: &Page) -> io::Result<(Open, Cursor)> {
    let first_day = page.rows.first().map(|row| row.made_at);
    let mut open = match open {
        Some(open) => open,
        None => {
            let open = begin(dir, page, first_day.unwrap_or_default())?;
            if page.cursor.file.is_empty() || !page.same_life {
                // Where this life begins is noted before anything is written behind it.
                let cursor = open.noted(&page.cursor);
                return Ok((open, cursor));
            }
            open
        }
    };
    let mut text = String::new();
    if let Some(hole) = &page.cursor.hole {
        push(&mut text, &Shown::hole(hole));
    }
    for row in &page.rows {
        let name = name(row.made_at);
        // A clock that was set back does not bring an older file back.
        if name > open.name {
            append(&mut open, &mut text)?;
            open = Open::at_end(dir, &name)?;
        }
        for line in &row.lines {
            if let Line::Forget { user, .. } = line {
                append(&mut open, &mut text)?;
                forget(dir, row.guild, *user)?;
                // Their id is not to stand here either.
                open = Open::at_end(dir, &open.name)?;
                continue;
            }
            push(&mut text, &Shown::line(row.guild, line));
        }
    }
    append(&mut open, &mut text)?;
    let cursor = open.noted(&page.arrived());
    Ok((open, cursor))
}

fn push(text: &mut String, line: &Shown) {
    text.push_str(&line.json());
    text.push('\n');
}

fn append(open: &mut Open, text: &mut String) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    open.file.write_all(text.as_bytes())?;
    open.file.sync_data()?;
    open.length += text.len() as u64;
    text.clear();
    Ok(())
}

fn name(at: Timestamp) -> String {
    let at = DateTime::from_timestamp_millis(at.millis()).unwrap_or_default();
    format!("messages-{}.jsonl", at.format("%Y-%m-%d"))
}

/// The first file of a life: what no note covers is cut off.
fn begin(dir: &Path, page: &Page, first: Timestamp) -> io::Result<Open> {
    fs::create_dir_all(dir)?;
    let Cursor { file, offset, .. } = &page.cursor;
    if file.is_empty() {
        return Open::at_end(dir, &name(first));
    }
    if page.same_life {
        for later in ours(dir)?.into_iter().filter(|name| name > file) {
            tracing::info!(file = later, "nothing in it was noted; removed");
            fs::remove_file(dir.join(later))?;
        }
        let path = dir.join(file);
        let length = fs::metadata(&path).map_or(0, |meta| meta.len());
        if length > *offset {
            OpenOptions::new()
                .write(true)
                .open(&path)?
                .set_len(*offset)?;
        } else if length < *offset {
            tracing::warn!(
                file,
                length,
                noted = offset,
                "it was shortened by somebody else; going on at its end"
            );
        }
    }
    Open::at_end(dir, file)
}

/// Our files, by their names.
fn ours(dir: &Path) -> io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with("messages-") && name.ends_with(".jsonl") {
            names.insert(name);
        }
    }
    Ok(names)
}

impl Open {
    /// The cursor with how far it is written.
    fn noted(&self, cursor: &Cursor) -> Cursor {
        Cursor {
            file: self.name.clone(),
            offset: self.length,
            ..cursor.clone()
        }
    }

    /// Opens a file at its end, without a torn line there.
    fn at_end(dir: &Path, name: &str) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        // Who wrote where and when is not for everybody on the machine.
        let mut file = options.mode(0o640).open(dir.join(name))?;
        let length = whole_lines(&mut file)?;
        file.set_len(length)?;
        file.seek(SeekFrom::Start(length))?;
        file.sync_all()?;
        File::open(dir)?.sync_all()?;
        Ok(Self {
            name: name.to_owned(),
            file,
            length,
        })
    }
}

/// How long a file is without what follows its last line break.
fn whole_lines(file: &mut File) -> io::Result<u64> {
    const PIECE: u64 = 4_096;
    let mut end = file.metadata()?.len();
    while end > 0 {
        let begin = end.saturating_sub(PIECE);
        let mut piece = Vec::new();
        file.seek(SeekFrom::Start(begin))?;
        file.take(end - begin).read_to_end(&mut piece)?;
        if let Some(last) = piece.iter().rposition(|byte| *byte == b'\n') {
            return Ok(begin + last as u64 + 1);
        }
        end = begin;
    }
    Ok(0)
}

/// Writes every file anew without what is about somebody. Done again it changes nothing.
fn forget(dir: &Path, guild: GuildId, user: UserId) -> io::Result<()> {
    let mut theirs = BTreeSet::new();
    for name in ours(dir)? {
        rewrite(&dir.join(name), |line| {
            is_about(line, guild, user, &mut theirs)
        })?;
    }
    roster::forget(dir, guild, user)?;
    File::open(dir)?.sync_all()
}

/// Writes a file anew without some of its lines.
fn rewrite(path: &Path, mut goes: impl FnMut(&[u8]) -> bool) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o640);
    let mut kept = BufWriter::new(options.open(&beside)?);
    let mut changed = false;
    for line in BufReader::new(File::open(path)?).split(b'\n') {
        let line = line?;
        if goes(&line) {
            changed = true;
        } else {
            kept.write_all(&line)?;
            kept.write_all(b"\n")?;
        }
    }
    kept.into_inner()?.sync_all()?;
    if changed {
        fs::rename(beside, path)
    } else {
        fs::remove_file(beside)
    }
}

/// Whether a line is about a message of theirs; remembers which messages these are.
fn is_about(line: &[u8], guild: GuildId, user: UserId, theirs: &mut BTreeSet<String>) -> bool {
    let Ok(line) = serde_json::from_slice::<serde_json::Value>(line) else {
        return false;
    };
    let says = |field: &str, id: u64| line[field].as_str() == Some(&id.to_string());
    if !says("guild", guild.get()) {
        return false;
    }
    let message = line["message"].as_str().unwrap_or_default();
    if says("author", user.get()) {
        theirs.insert(message.to_owned());
        return true;
    }
    theirs.contains(message)
}

#[cfg(test)]
mod tests;
