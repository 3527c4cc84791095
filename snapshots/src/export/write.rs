//! Writing exports.

use super::{
    EXPORT_VERSION, ExportFault, ExportHeader, ExportName, ExportSummary, FRAME, MAGIC, Reason,
    TRAILER, read::verify_export,
};
use crate::{
    digest::Totals,
    files,
    format::{self, Damage},
    store::{Entry, Reader, all},
    view::View,
};
use actors::kernel::{record::Space, time::Timestamp};
use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

/// Records read per page.
const PAGE: usize = 256;

/// Writes what `view` shows to a new file in `dir` and verifies it. `progress` is told how many records
/// are done.
///
/// # Errors
/// See [`ExportFault`]; nothing is left behind then.
pub fn write(
    view: &View,
    dir: &Path,
    reason: Reason,
    created_at: Timestamp,
    progress: &mut dyn FnMut(u64),
) -> Result<(PathBuf, ExportSummary), ExportFault> {
    let header = ExportHeader {
        reason,
        data_format: view.identity().data_format,
        incarnation: view.identity().incarnation,
        epoch: view.epoch(),
        created_at,
        totals: view.totals(),
    };
    let mut writer = ExportWriter::create(dir, header)?;
    let (mut next, end) = all();
    loop {
        let page = view.scan(&next, &end, PAGE)?;
        for entry in page
            .entries
            .iter()
            .filter(|entry| entry.key.space() != Some(Space::Meta))
        {
            writer.push(entry)?;
        }
        writer.damaged += page.damaged.len() as u64;
        progress(writer.totals.records);
        let Some(further) = page.next else {
            return writer.finish();
        };
        next = further;
    }
}

/// An export being written; dropped before [`ExportWriter::finish`] it leaves nothing behind.
pub struct ExportWriter {
    path: PathBuf,
    partial: PathBuf,
    file: BufWriter<File>,
    totals: Totals,
    damaged: u64,
    parts: u64,
    finished: bool,
}

impl ExportWriter {
    /// Begins an export in `dir`, which is created when it is missing.
    ///
    /// # Errors
    /// When the file cannot be created.
    pub fn create(dir: &Path, header: ExportHeader) -> Result<Self, ExportFault> {
        let name = ExportName::new(header.created_at, header.epoch, header.reason).to_string();
        let path = dir.join(name);
        let partial = path.with_extension("partial");
        files::create_dir(dir).map_err(io_fault("create", dir))?;
        let file = File::create(&partial).map_err(io_fault("create", &partial))?;
        let file = BufWriter::with_capacity(64 * 1024, file);
        let (totals, damaged, parts, finished) = (Totals::default(), 0, 0, false);
        let mut writer = Self {
            path,
            partial,
            file,
            totals,
            damaged,
            parts,
            finished,
        };
        writer.put(&encode_header(&header))?;
        Ok(writer)
    }

    /// Adds a record.
    ///
    /// # Errors
    /// When it cannot be written, or is no longer what was read from the store.
    pub fn push(&mut self, entry: &Entry) -> Result<(), ExportFault> {
        let sealed = format::seal(&entry.key, entry.epoch, &entry.record);
        let header = format::Header::parse(&sealed).expect("we have just sealed it");
        if header.crc != entry.crc {
            let (stored, computed) = (entry.crc, header.crc);
            let flaw = Damage::Crc { stored, computed }.into();
            return Err(ExportFault::Damaged {
                path: self.partial.clone(),
                offset: 0,
                flaw,
            });
        }
        self.totals.add(&entry.key, entry.epoch, entry.crc);
        self.part(&encode_frame(entry, &sealed))
    }

    /// Completes the file: trailer, fsync, verification, rename, fsync of the directory.
    ///
    /// # Errors
    /// See [`ExportFault`].
    pub fn finish(mut self) -> Result<(PathBuf, ExportSummary), ExportFault> {
        let mut trailer = vec![TRAILER];
        trailer.extend(self.totals.records.to_le_bytes());
        trailer.extend(self.totals.digest.0.to_le_bytes());
        trailer.extend(self.damaged.to_le_bytes());
        self.part(&trailer)?;
        let synced = self
            .file
            .flush()
            .and_then(|()| self.file.get_ref().sync_all());
        synced.map_err(io_fault("write", &self.partial))?;
        let summary = verify_export(&self.partial)?;
        files::rename(&self.partial, &self.path).map_err(io_fault("rename", &self.partial))?;
        self.finished = true;
        Ok((self.path.clone(), summary))
    }

    /// Writes a frame or the trailer, and its CRC.
    fn part(&mut self, bytes: &[u8]) -> Result<(), ExportFault> {
        let crc = part_crc(self.parts, bytes);
        self.parts += 1;
        self.put(bytes)?;
        self.put(&crc.to_le_bytes())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), ExportFault> {
        self.file
            .write_all(bytes)
            .map_err(io_fault("write", &self.partial))
    }
}

impl Drop for ExportWriter {
    fn drop(&mut self) {
        if !self.finished {
            // Best effort: `take` removes what is left over.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// CRC of part number `n`: also over the number, so that a part out of place does not fit.
pub(super) fn part_crc(n: u64, bytes: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&n.to_le_bytes());
    crc.update(bytes);
    crc.finalize()
}

fn encode_header(header: &ExportHeader) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(EXPORT_VERSION.to_le_bytes());
    bytes.extend([header.reason.number(), 0]);
    bytes.extend(header.data_format.to_le_bytes());
    bytes.extend(header.incarnation.to_le_bytes());
    bytes.extend(header.epoch.to_le_bytes());
    bytes.extend(header.created_at.millis().to_le_bytes());
    bytes.extend(header.totals.records.to_le_bytes());
    bytes.extend(header.totals.digest.0.to_le_bytes());
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    bytes
}

fn encode_frame(entry: &Entry, sealed: &[u8]) -> Vec<u8> {
    let key = entry.key.bytes();
    let key_length = u16::try_from(key.len()).expect("a key is at most 255 bytes");
    let length = u32::try_from(sealed.len()).expect("a record is little more than 256 KiB");
    let mut bytes = Vec::with_capacity(7 + key.len() + sealed.len());
    bytes.push(FRAME);
    bytes.extend(key_length.to_le_bytes());
    bytes.extend(length.to_le_bytes());
    bytes.extend_from_slice(key);
    bytes.extend_from_slice(sealed);
    bytes
}

pub(super) fn io_fault(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ExportFault {
    let path = path.to_owned();
    move |source| ExportFault::Io {
        doing,
        path,
        source,
    }
}
