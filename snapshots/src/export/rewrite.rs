//! An export without some of its records, in the place of the old one.

use super::{ExportFault, ExportReader, ExportWriter};
use crate::{digest::Totals, format, store::Entry};
use actors::kernel::erase::Erased;
use std::path::Path;

/// Writes the export at `path` anew with what `each` makes of its records, if that changes anything. The new
/// one is written beside it, read back and renamed, so that there is one at any moment; doing it twice does
/// no harm. Returns whether it was written.
///
/// # Errors
/// See [`ExportFault`]; the old one is as it was then.
pub fn rewrite(path: &Path, each: &dyn Fn(&Entry) -> Erased) -> Result<bool, ExportFault> {
    let mut reader = ExportReader::open(path)?;
    let (mut totals, mut changed) = (Totals::default(), false);
    while let Some(entry) = reader.next()? {
        let rewritten = each(&entry);
        changed |= rewritten != Erased::Same;
        if let Some(entry) = becomes(entry, rewritten) {
            totals.add(&entry.key, entry.epoch, entry.crc);
        }
    }
    let summary = reader.summary().expect("it was read to the end");
    if !changed {
        return Ok(false);
    }
    let mut header = summary.header;
    header.totals = totals;
    let mut writer = ExportWriter::create_at(path, header)?;
    for _ in 0..summary.damaged {
        writer.left_out();
    }
    let mut reader = ExportReader::open(path)?;
    while let Some(entry) = reader.next()? {
        let rewritten = each(&entry);
        if let Some(entry) = becomes(entry, rewritten) {
            writer.push(&entry)?;
        }
    }
    writer.finish()?;
    Ok(true)
}

fn becomes(entry: Entry, rewritten: Erased) -> Option<Entry> {
    match rewritten {
        Erased::Same => Some(entry),
        Erased::Removed => None,
        Erased::Changed(record) => Some(Entry {
            crc: format::crc(&entry.key, entry.epoch, &record),
            record,
            ..entry
        }),
    }
}
