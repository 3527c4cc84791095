//! Reading exports: streamed, and nothing is believed before it is checked.

use super::{
    EXPORT_VERSION, ExportFault, ExportHeader, ExportSummary, FRAME, Flaw, HEADER, MAGIC, Reason,
    TRAILER,
    write::{io_fault, part_crc},
};
use crate::{
    digest::{Digest, Totals},
    format,
    store::Entry,
};
use actors::kernel::{
    record::{Key, MAX_PAYLOAD},
    time::Timestamp,
};
use std::{
    fs::File,
    io::{self, BufReader, Read, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

/// Reads the whole file and checks every record, the order of the frames and the totals.
///
/// # Errors
/// The first flaw, with its position.
pub fn verify_export(path: &Path) -> Result<ExportSummary, ExportFault> {
    verify_export_telling(path, &mut |_| {})
}

/// As [`verify_export`]; `progress` is told how many records were read.
///
/// # Errors
/// As [`verify_export`].
pub fn verify_export_telling(
    path: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<ExportSummary, ExportFault> {
    let mut reader = ExportReader::open(path)?;
    let mut read = 0;
    while reader.next()?.is_some() {
        read += 1;
        progress(read);
    }
    Ok(reader.summary().expect("it was read to the end"))
}

/// Reads only the beginning.
///
/// # Errors
/// When it is damaged or of a newer version.
pub fn read_header(path: &Path) -> Result<ExportHeader, ExportFault> {
    Ok(ExportReader::open(path)?.header)
}

/// The records of an export, one after another. It is complete only when [`ExportReader::next`] has
/// returned `None`.
pub struct ExportReader {
    path: PathBuf,
    file: BufReader<File>,
    header: ExportHeader,
    totals: Totals,
    /// Where the part begins that is being read, and where reading stands.
    offset: u64,
    read: u64,
    parts: u64,
    /// Whether everything from the first record on was read: only then can it be added up.
    whole: bool,
    ended: bool,
    summary: Option<ExportSummary>,
}

/// Where a record begins in an export: the byte, and how many parts come before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    byte: u64,
    parts: u64,
}

impl ExportReader {
    /// Opens the export at `path` and checks its header.
    ///
    /// # Errors
    /// See [`ExportFault`].
    pub fn open(path: &Path) -> Result<Self, ExportFault> {
        let file = File::open(path).map_err(io_fault("open", path))?;
        let mut reader = Self {
            path: path.to_owned(),
            file: BufReader::with_capacity(64 * 1024, file),
            header: ExportHeader {
                reason: Reason::Manual,
                data_format: 0,
                incarnation: 0,
                epoch: 0,
                created_at: Timestamp::EPOCH,
                totals: Totals::default(),
            },
            totals: Totals::default(),
            offset: 0,
            read: 0,
            parts: 0,
            whole: true,
            ended: false,
            summary: None,
        };
        reader.header = reader.read_header()?;
        Ok(reader)
    }

    /// What the file says about itself.
    #[must_use]
    pub fn header(&self) -> &ExportHeader {
        &self.header
    }

    /// What the file holds, once it was read to the end.
    #[must_use]
    pub fn summary(&self) -> Option<ExportSummary> {
        self.summary
    }

    /// The next record; `None` after the trailer was found and everything adds up.
    ///
    /// # Errors
    /// The first flaw, with its position.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator of results would go on after a fault"
    )]
    pub fn next(&mut self) -> Result<Option<Entry>, ExportFault> {
        if self.ended {
            return Ok(None);
        }
        self.offset = self.read;
        let mut part = vec![0];
        self.fill(&mut part)?;
        match part[0] {
            FRAME => self.read_frame(part).map(Some),
            TRAILER => self.read_trailer(part).map(|()| None),
            _ => Err(self.flaw(Flaw::Crc)),
        }
    }

    /// Where the next record begins.
    pub(super) fn place(&self) -> Place {
        Place {
            byte: self.read,
            parts: self.parts,
        }
    }

    /// Goes on from `place`. The whole is no longer added up: [`ExportReader::summary`] stays empty.
    pub(super) fn go_to(&mut self, place: Place) -> Result<(), ExportFault> {
        self.file
            .seek(SeekFrom::Start(place.byte))
            .map_err(io_fault("read", &self.path))?;
        (self.read, self.parts) = (place.byte, place.parts);
        (self.whole, self.ended) = (false, false);
        Ok(())
    }

    fn read_header(&mut self) -> Result<ExportHeader, ExportFault> {
        let mut bytes = [0; HEADER];
        self.fill(&mut bytes[..10]).map_err(|fault| match fault {
            ExportFault::Damaged { .. } => self.flaw(Flaw::NotAnExport),
            other => other,
        })?;
        if bytes[..8] != MAGIC {
            return Err(self.flaw(Flaw::NotAnExport));
        }
        let version = u16::from_le_bytes(field(&bytes, 8));
        if version > EXPORT_VERSION {
            return Err(ExportFault::Newer {
                path: self.path.clone(),
                found: version,
            });
        }
        self.fill(&mut bytes[10..])?;
        if crc32fast::hash(&bytes[..HEADER - 4]) != u32::from_le_bytes(field(&bytes, HEADER - 4)) {
            return Err(self.flaw(Flaw::Crc));
        }
        let reason = Reason::from_number(bytes[10]);
        Ok(ExportHeader {
            reason: reason.ok_or_else(|| self.flaw(Flaw::Nonsense("its reason is unknown")))?,
            data_format: u32::from_le_bytes(field(&bytes, 12)),
            incarnation: u32::from_le_bytes(field(&bytes, 16)),
            epoch: u64::from_le_bytes(field(&bytes, 20)),
            created_at: Timestamp::from_millis(i64::from_le_bytes(field(&bytes, 28))),
            totals: totals_at(&bytes, 36),
        })
    }

    fn read_frame(&mut self, mut part: Vec<u8>) -> Result<Entry, ExportFault> {
        self.more(&mut part, 6)?;
        let key_length = usize::from(u16::from_le_bytes(field(&part, 1)));
        let length = u32::from_le_bytes(field(&part, 3)) as usize;
        if key_length > 255 || length > format::HEADER + MAX_PAYLOAD {
            // Not read on with a length that was not checked yet.
            return Err(self.flaw(Flaw::Crc));
        }
        self.more(&mut part, key_length + length)?;
        self.check(&part)?;
        let sealed = part.split_off(7 + key_length);
        let key =
            Key::from_bytes(&part[7..]).ok_or_else(|| self.flaw(Flaw::Nonsense("an empty key")))?;
        let (header, record) =
            format::open(&key, sealed).map_err(|damage| self.flaw(damage.into()))?;
        let entry = Entry {
            key,
            epoch: header.epoch,
            crc: header.crc,
            record,
        };
        self.totals.add(&entry.key, entry.epoch, entry.crc);
        Ok(entry)
    }

    fn read_trailer(&mut self, mut part: Vec<u8>) -> Result<(), ExportFault> {
        self.more(&mut part, 32)?;
        self.check(&part)?;
        self.ended = true;
        if !self.whole {
            return Ok(());
        }
        if totals_at(&part, 1) != self.totals {
            return Err(self.flaw(Flaw::Totals));
        }
        let bytes = self.read;
        self.offset = bytes;
        if self
            .file
            .read(&mut [0])
            .map_err(io_fault("read", &self.path))?
            != 0
        {
            return Err(self.flaw(Flaw::Trailing));
        }
        let damaged = u64::from_le_bytes(field(&part, 25));
        let (header, totals) = (self.header, self.totals);
        self.summary = Some(ExportSummary {
            header,
            totals,
            damaged,
            bytes,
        });
        Ok(())
    }

    /// Reads the CRC that follows `part` and compares.
    fn check(&mut self, part: &[u8]) -> Result<(), ExportFault> {
        let mut crc = [0; 4];
        self.fill(&mut crc)?;
        if u32::from_le_bytes(crc) != part_crc(self.parts, part) {
            return Err(self.flaw(Flaw::Crc));
        }
        self.parts += 1;
        Ok(())
    }

    fn more(&mut self, part: &mut Vec<u8>, bytes: usize) -> Result<(), ExportFault> {
        let from = part.len();
        part.resize(from + bytes, 0);
        self.fill(&mut part[from..])
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), ExportFault> {
        match self.file.read_exact(bytes) {
            Ok(()) => {
                self.read += bytes.len() as u64;
                Ok(())
            }
            Err(fault) if fault.kind() == io::ErrorKind::UnexpectedEof => {
                Err(self.flaw(Flaw::Truncated))
            }
            Err(fault) => Err(io_fault("read", &self.path)(fault)),
        }
    }

    pub(super) fn flaw(&self, flaw: Flaw) -> ExportFault {
        ExportFault::Damaged {
            path: self.path.clone(),
            offset: self.offset,
            flaw,
        }
    }
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    *bytes[at..]
        .first_chunk()
        .expect("fields lie within what was read")
}

fn totals_at(bytes: &[u8], at: usize) -> Totals {
    let records = u64::from_le_bytes(field(bytes, at));
    Totals {
        records,
        digest: Digest(u128::from_le_bytes(field(bytes, at + 8))),
    }
}
