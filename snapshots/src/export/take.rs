//! The export of every hour and of a clean shutdown: written when something changed, then rotated.

use super::{
    ExportFault, ExportName, ExportSummary, Keep, Reason, expendable, read_header,
    write::{io_fault, write},
};
use crate::{files, view::View};
use actors::kernel::time::Timestamp;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// What [`take`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// A new export was written.
    Written {
        /// Where.
        path: PathBuf,
        /// What it holds.
        summary: ExportSummary,
        /// Older ones that were removed for it.
        removed: Vec<PathBuf>,
    },
    /// The newest export holds the same records already.
    Unchanged(PathBuf),
}

/// Exports `view` into `dir` unless the newest export there holds the same, then removes what rotation
/// gives up.
///
/// # Errors
/// See [`ExportFault`]. Older exports are removed only after the new one is durable and verified.
pub fn take(
    view: &View,
    dir: &Path,
    reason: Reason,
    at: Timestamp,
    keep: Keep,
) -> Result<Taken, ExportFault> {
    files::create_dir(dir).map_err(io_fault("create", dir))?;
    if matches!(reason, Reason::Hourly | Reason::Shutdown)
        && let Some(same) = newest(dir)?.filter(|path| holds_the_same(path, view))
    {
        return Ok(Taken::Unchanged(same));
    }
    let (path, summary) = write(view, dir, reason, at, &mut |_| {})?;
    let removed = rotate(dir, keep)?;
    Ok(Taken::Written {
        path,
        summary,
        removed,
    })
}

/// The exports in `dir`, oldest first. A missing directory holds none.
///
/// # Errors
/// When the directory cannot be listed.
pub fn exports(dir: &Path) -> Result<Vec<ExportName>, ExportFault> {
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let names = files::names(dir).map_err(io_fault("list", dir))?;
    let mut exports: Vec<_> = names
        .iter()
        .filter_map(|name| ExportName::parse(name))
        .collect();
    exports.sort_unstable();
    Ok(exports)
}

/// The newest export in `dir`.
///
/// # Errors
/// When the directory cannot be listed.
pub fn newest(dir: &Path) -> Result<Option<PathBuf>, ExportFault> {
    Ok(exports(dir)?.last().map(|name| dir.join(name.to_string())))
}

/// A damaged export holds nothing, so another one is written.
fn holds_the_same(path: &Path, view: &View) -> bool {
    read_header(path).is_ok_and(|header| {
        header.incarnation == view.identity().incarnation
            && header.data_format == view.identity().data_format
            && header.totals == view.totals()
    }) && super::verify_export(path).is_ok_and(|summary| summary.is_complete())
}

fn rotate(dir: &Path, keep: Keep) -> Result<Vec<PathBuf>, ExportFault> {
    let mut gone = Vec::new();
    for name in expendable(&exports(dir)?, keep) {
        gone.push(dir.join(name.to_string()));
    }
    // Left over from a process that was killed while writing.
    let names = files::names(dir).map_err(io_fault("list", dir))?;
    let partial = |name: &&String| name.starts_with("guildhall-") && name.ends_with(".partial");
    let left_over = names.iter().filter(partial).map(|name| dir.join(name));
    for path in gone.iter().cloned().chain(left_over) {
        fs::remove_file(&path).map_err(io_fault("remove", &path))?;
    }
    files::sync_dir(dir).map_err(io_fault("make durable", dir))?;
    Ok(gone)
}
