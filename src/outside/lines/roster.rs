//! Lists of accounts as files: `roster-GUILD.jsonl`, the newest whole list of a guild and nothing else.
//!
//! A list that comes is written beside it and put in its place at the end, so whoever reads sees the old
//! list or the new one, and never half of one.

use super::rewrite;
use crate::outside::Sheet;
use actors::kernel::ids::{GuildId, UserId};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

const PART: &str = ".part";

fn path(dir: &Path, guild: GuildId) -> PathBuf {
    dir.join(format!("roster-{guild}.jsonl"))
}

fn part(dir: &Path, guild: GuildId) -> PathBuf {
    dir.join(format!("roster-{guild}.jsonl{PART}"))
}

/// Writes a sheet behind those before it; the last one makes the list appear.
pub(super) fn write(dir: &Path, sheet: &Sheet) -> io::Result<()> {
    let (guild, mut options) = (sheet.roster.guild, OpenOptions::new());
    if sheet.first {
        fs::create_dir_all(dir)?;
        options.write(true).create(true).truncate(true);
    } else {
        options.append(true);
    }
    let beside = part(dir, guild);
    // Who is in a server is not for everybody on the machine.
    let mut file = options.mode(0o640).open(&beside)?;
    let accounts = sheet.lines().map(|(_, line)| line);
    let text: String = accounts
        .chain(sheet.end())
        .map(|line| line + "\n")
        .collect();
    file.write_all(text.as_bytes())?;
    if sheet.total.is_some() {
        file.sync_all()?;
        fs::rename(beside, path(dir, guild))?;
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}

/// A list will not be whole: nothing of it stays.
pub(super) fn give_up(dir: &Path, guild: GuildId) {
    if let Err(fault) = fs::remove_file(part(dir, guild))
        && fault.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%guild, %fault, "half a list of accounts stays");
    }
}

/// Removes what an earlier life left unfinished.
pub(super) fn tidy(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("roster-") && name.ends_with(PART) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Writes a guild's lists anew without somebody.
pub(super) fn forget(dir: &Path, guild: GuildId, user: UserId) -> io::Result<()> {
    let user = user.to_string();
    for path in [path(dir, guild), part(dir, guild)] {
        let is_theirs = |line: &[u8]| {
            let line = serde_json::from_slice::<serde_json::Value>(line);
            line.is_ok_and(|line| line["discord_id"] == *user)
        };
        if path.exists() {
            rewrite(&path, is_theirs)?;
        }
    }
    Ok(())
}
