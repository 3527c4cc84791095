//! Writing exports.

use super::{
    EXPORT_VERSION, ExportFault, ExportHeader, ExportName, ExportSummary, FRAME, MAGIC, Reason,
    TRAILER, read::verify_export_telling,
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
    fs::{self, File, OpenOptions},
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
    let header = header(view, reason, created_at);
    let mut writer = ExportWriter::create(dir, header)?;
    copy(view, &mut writer.parts, progress)?;
    writer.finish()
}

/// Writes what `view` shows to `to`, whatever that is: a socket, say. The other side verifies what it got.
///
/// # Errors
/// See [`ExportFault`]; `to` has got a part of it then.
pub fn stream(
    view: &View,
    reason: Reason,
    created_at: Timestamp,
    to: impl Write,
    progress: &mut dyn FnMut(u64),
) -> Result<(), ExportFault> {
    let name = PathBuf::from("the export");
    let mut parts = Parts::begin(to, name, &header(view, reason, created_at))?;
    copy(view, &mut parts, progress)?;
    parts.end()
}

fn header(view: &View, reason: Reason, created_at: Timestamp) -> ExportHeader {
    ExportHeader {
        reason,
        data_format: view.identity().data_format,
        incarnation: view.identity().incarnation,
        epoch: view.epoch(),
        created_at,
        totals: view.totals(),
    }
}

fn copy<W: Write>(
    view: &View,
    parts: &mut Parts<W>,
    progress: &mut dyn FnMut(u64),
) -> Result<(), ExportFault> {
    let (mut next, end) = all();
    loop {
        let page = view.scan(&next, &end, PAGE)?;
        for entry in page
            .entries
            .iter()
            .filter(|entry| entry.key.space() != Some(Space::Meta))
        {
            parts.push(entry)?;
        }
        parts.damaged += page.damaged.len() as u64;
        progress(parts.totals.records);
        let Some(further) = page.next else {
            return Ok(());
        };
        next = further;
    }
}

/// An export being written to a file; dropped before [`ExportWriter::finish`] it leaves nothing behind.
pub struct ExportWriter {
    parts: Parts<Arriving>,
}

impl ExportWriter {
    /// Begins an export in `dir`, which is created when it is missing, under its usual name.
    ///
    /// # Errors
    /// When the file cannot be created.
    pub fn create(dir: &Path, header: ExportHeader) -> Result<Self, ExportFault> {
        files::create_dir(dir).map_err(io_fault("create", dir))?;
        let name = ExportName::new(header.created_at, header.epoch, header.reason).to_string();
        Self::create_at(&dir.join(name), header)
    }

    /// Begins an export that will be the file `path`.
    ///
    /// # Errors
    /// When the file cannot be created.
    pub fn create_at(path: &Path, header: ExportHeader) -> Result<Self, ExportFault> {
        let file = Arriving::create(path)?;
        let name = file.partial.clone();
        Ok(Self {
            parts: Parts::begin(file, name, &header)?,
        })
    }

    /// Adds a record.
    ///
    /// # Errors
    /// When it cannot be written, or is no longer what was read from the store.
    pub fn push(&mut self, entry: &Entry) -> Result<(), ExportFault> {
        self.parts.push(entry)
    }

    /// Notes that a record is missing here because it was damaged.
    pub fn left_out(&mut self) {
        self.parts.damaged += 1;
    }

    /// Completes the file: trailer, fsync, verification, rename, fsync of the directory.
    ///
    /// # Errors
    /// See [`ExportFault`].
    pub fn finish(mut self) -> Result<(PathBuf, ExportSummary), ExportFault> {
        self.parts.end()?;
        self.parts.to.finish(&mut |_| {})
    }
}

/// The bytes of an export that come from elsewhere, becoming a file: verified and under its name, or not
/// there at all. Readable by its owner alone, because it holds what members did.
#[derive(Debug)]
pub struct Arriving {
    path: PathBuf,
    partial: PathBuf,
    file: BufWriter<File>,
    finished: bool,
}

impl Arriving {
    /// Begins the file that will be `path`.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create(path: &Path) -> Result<Self, ExportFault> {
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options
            .open(&partial)
            .map_err(io_fault("create", &partial))?;
        Ok(Self {
            path: path.to_owned(),
            partial,
            file: BufWriter::with_capacity(64 * 1024, file),
            finished: false,
        })
    }

    /// All bytes are there: fsync, verification, rename, fsync of the directory. `progress` is told how
    /// many records were read back.
    ///
    /// # Errors
    /// See [`ExportFault`].
    pub fn finish(
        &mut self,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(PathBuf, ExportSummary), ExportFault> {
        let synced = self
            .file
            .flush()
            .and_then(|()| self.file.get_ref().sync_all());
        synced.map_err(io_fault("write", &self.partial))?;
        let summary = verify_export_telling(&self.partial, progress)?;
        files::rename(&self.partial, &self.path).map_err(io_fault("rename", &self.partial))?;
        self.finished = true;
        Ok((self.path.clone(), summary))
    }
}

impl Write for Arriving {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        if !self.finished {
            // Best effort: `take` removes what is left over.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// Header, frames and trailer on their way to `to`.
struct Parts<W> {
    to: W,
    /// What to call it in faults.
    name: PathBuf,
    totals: Totals,
    damaged: u64,
    count: u64,
}

impl<W: Write> Parts<W> {
    fn begin(to: W, name: PathBuf, header: &ExportHeader) -> Result<Self, ExportFault> {
        let (totals, damaged, count) = (Totals::default(), 0, 0);
        let mut parts = Self {
            to,
            name,
            totals,
            damaged,
            count,
        };
        parts.put(&encode_header(header))?;
        Ok(parts)
    }

    fn push(&mut self, entry: &Entry) -> Result<(), ExportFault> {
        let sealed = format::seal(&entry.key, entry.epoch, &entry.record);
        let header = format::Header::parse(&sealed).expect("we have just sealed it");
        if header.crc != entry.crc {
            let (stored, computed) = (entry.crc, header.crc);
            let flaw = Damage::Crc { stored, computed }.into();
            return Err(ExportFault::Damaged {
                path: self.name.clone(),
                offset: 0,
                flaw,
            });
        }
        self.totals.add(&entry.key, entry.epoch, entry.crc);
        self.part(&encode_frame(entry, &sealed))
    }

    fn end(&mut self) -> Result<(), ExportFault> {
        let mut trailer = vec![TRAILER];
        trailer.extend(self.totals.records.to_le_bytes());
        trailer.extend(self.totals.digest.0.to_le_bytes());
        trailer.extend(self.damaged.to_le_bytes());
        self.part(&trailer)?;
        self.to.flush().map_err(io_fault("write", &self.name))
    }

    /// Writes a frame or the trailer, and its CRC.
    fn part(&mut self, bytes: &[u8]) -> Result<(), ExportFault> {
        let crc = part_crc(self.count, bytes);
        self.count += 1;
        self.put(bytes)?;
        self.put(&crc.to_le_bytes())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), ExportFault> {
        self.to
            .write_all(bytes)
            .map_err(io_fault("write", &self.name))
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
