//! An export to look into: read like a store, in key order and page by page, without sled.

use super::{ExportFault, ExportReader, ExportSummary, Flaw, read::Place};
use crate::{
    engine::EngineFault,
    fault::ReadFault,
    records::PAGE_BYTES,
    store::{Damaged, Entry, Page, Reader, end_of},
};
use actors::kernel::record::Key;
use std::path::{Path, PathBuf};

/// Of so many records one is remembered with its place: a million records cost some 100 KiB.
const REMEMBERED: u64 = 512;

/// See the module docs. The file must not change meanwhile; every part is checked whenever it is read, so
/// a change is a fault and never a wrong value.
pub struct ExportFile {
    path: PathBuf,
    summary: ExportSummary,
    places: Vec<(Key, Place)>,
}

impl ExportFile {
    /// Opens the export at `path` and checks all of it. `progress` is told how many records were read.
    ///
    /// # Errors
    /// The first flaw, with its position.
    pub fn open(path: &Path, progress: &mut dyn FnMut(u64)) -> Result<Self, ExportFault> {
        let mut reader = ExportReader::open(path)?;
        let (mut places, mut before, mut read) = (Vec::new(), None, 0);
        let mut place = reader.place();
        while let Some(entry) = reader.next()? {
            if before.as_ref().is_some_and(|before| *before >= entry.key) {
                return Err(reader.flaw(Flaw::Nonsense("its records are not in order")));
            }
            if read % REMEMBERED == 0 {
                places.push((entry.key.clone(), place));
            }
            (before, place) = (Some(entry.key), reader.place());
            read += 1;
            progress(read);
        }
        let summary = reader.summary().expect("it was read to the end");
        Ok(Self {
            path: path.to_owned(),
            summary,
            places,
        })
    }

    /// What the file holds.
    #[must_use]
    pub fn summary(&self) -> &ExportSummary {
        &self.summary
    }

    /// A reader that stands at the first record from `from` on, or before it.
    fn reader_at(&self, from: &Key) -> Result<Option<ExportReader>, ExportFault> {
        let behind = self.places.partition_point(|(key, _)| key <= from);
        let Some((_, place)) = self.places.get(behind.saturating_sub(1)) else {
            return Ok(None);
        };
        let mut reader = ExportReader::open(&self.path)?;
        reader.go_to(*place)?;
        Ok(Some(reader))
    }

    fn page(&self, from: &Key, to: &Key, limit: usize) -> Result<Page, ExportFault> {
        let mut page = Page::default();
        let Some(mut reader) = self.reader_at(from)? else {
            return Ok(page);
        };
        let mut size = 0;
        while let Some(entry) = reader.next()? {
            if entry.key >= *to {
                break;
            }
            if entry.key < *from {
                continue;
            }
            if page.entries.len() >= limit || size >= PAGE_BYTES {
                page.next = Some(entry.key);
                break;
            }
            size += entry.record.payload.len();
            page.entries.push(entry);
        }
        Ok(page)
    }
}

impl Reader for ExportFile {
    fn get(&self, key: &Key) -> Result<Option<Entry>, ReadFault> {
        let page = self.scan(key, &end_of(key), 1)?;
        Ok(page.entries.into_iter().find(|entry| entry.key == *key))
    }

    fn scan(&self, from: &Key, to: &Key, limit: usize) -> Result<Page, ReadFault> {
        self.page(from, to, limit).map_err(|fault| {
            let mut text = fault.to_string();
            if let Some(source) = std::error::Error::source(&fault) {
                text = format!("{text}: {source}");
            }
            ReadFault::Engine {
                key: from.clone(),
                source: EngineFault::Corrupt(text),
            }
        })
    }

    /// An export has no quarantine: what is in it is intact, and nothing is written.
    fn quarantine(&self, _: &Key, _: &str) -> Result<(), ReadFault> {
        Ok(())
    }

    fn damaged(&self) -> Vec<Damaged> {
        Vec::new()
    }
}
