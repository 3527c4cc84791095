//! Exports: the store in one file that needs neither sled nor this crate to be understood.
//!
//! sled's format is read by one library that nobody maintains, so a copy of its directory is no backup
//! (and copying it while it runs gives a mixture of moments). An export is a plain file of framed records,
//! each exactly as it is stored, checked three times: a CRC per frame that also covers its place in the
//! file, the record's own CRC, and at the end the number of records and their set digest.
//!
//! ```text
//! header   "GUILDEXP" · version u16 · reason u8 · 0 · data format u32 · incarnation u32 · epoch u64
//!          · created at, ms since 1970 i64 · records u64 · digest u128 · crc32 u32              (64 bytes)
//! frame    'R' · key length u16 · record length u32 · key · record (header and payload, see `format`) · crc32 u32
//! trailer  'E' · records u64 · digest u128 · damaged records left out u64 · crc32 u32
//! ```
//!
//! All numbers are little-endian. The CRC of frame *n* and of the trailer begins with *n* as u64, so frames
//! that were swapped, doubled or left out do not fit. The store's own records ([`Space::Meta`]) are not
//! exported: what matters of them is in the header.
//!
//! **One moment.** An export reads a [`crate::View`]: the store as it was after one epoch, while commits go
//! on. Memory stays bounded: a page of records, and the view's bound for what changes meanwhile.
//!
//! **Durable or absent.** Written under another name, fsynced, read back and verified, renamed, directory
//! fsynced.
//!
//! [`Space::Meta`]: actors::kernel::record::Space::Meta

mod file;
mod name;
mod read;
mod rewrite;
mod rotation;
mod take;
mod write;

pub use file::ExportFile;
pub use name::{ExportName, Reason};
pub use read::{ExportReader, read_header, verify_export, verify_export_telling};
pub use rewrite::rewrite;
pub use rotation::{Keep, expendable};
pub use take::{Taken, exports, newest, take};
pub use write::{Arriving, ExportWriter, stream, write};

use crate::{digest::Totals, fault::ReadFault, format::Damage};
use actors::kernel::time::Timestamp;
use std::{io, path::PathBuf};

/// The version of the file format this program writes and reads.
pub const EXPORT_VERSION: u16 = 1;
const MAGIC: [u8; 8] = *b"GUILDEXP";
const HEADER: usize = 64;
const FRAME: u8 = b'R';
const TRAILER: u8 = b'E';

/// What an export says about itself at its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportHeader {
    /// Why it was made.
    pub reason: Reason,
    /// Format of the data; see [`crate::DATA_FORMAT`].
    pub data_format: u32,
    /// Incarnation of the store.
    pub incarnation: u32,
    /// The epoch after which it was taken.
    pub epoch: u64,
    /// When.
    pub created_at: Timestamp,
    /// What the store said it holds.
    pub totals: Totals,
}

/// What an export holds, known when all of it was read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportSummary {
    /// Its header.
    pub header: ExportHeader,
    /// What is in the file.
    pub totals: Totals,
    /// Records of the store that were damaged and are missing here.
    pub damaged: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

impl ExportSummary {
    /// The file holds all that the store said it holds.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.damaged == 0 && self.totals == self.header.totals
    }
}

/// Why an export was not written or not read.
#[derive(Debug, thiserror::Error)]
pub enum ExportFault {
    /// A file operation failed.
    #[error("could not {doing} {}", path.display())]
    Io {
        /// What was attempted …
        doing: &'static str,
        /// … on what.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// The store could not be read.
    #[error("could not read the store for an export")]
    Store(#[from] ReadFault),
    /// The file is damaged, or not an export.
    #[error("{} is damaged at byte {offset}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where the part begins that is wrong.
        offset: u64,
        /// What is wrong.
        #[source]
        flaw: Flaw,
    },
    /// The file was written by a newer program.
    #[error("{} has export version {found}, this program knows up to {EXPORT_VERSION}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u16,
    },
}

/// What is wrong with an export.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It does not begin like one.
    #[error("it does not begin like an export")]
    NotAnExport,
    /// It ends too early.
    #[error("it ends in the middle")]
    Truncated,
    /// A part does not have the CRC it was written with.
    #[error("the crc does not fit")]
    Crc,
    /// A part makes no sense although its CRC fits.
    #[error("it makes no sense: {0}")]
    Nonsense(&'static str),
    /// The record in a frame is damaged.
    #[error("the record in it is damaged: {0}")]
    Record(#[from] Damage),
    /// The records do not add up to what the trailer says.
    #[error("the records do not add up to what the trailer says")]
    Totals,
    /// Something follows the trailer.
    #[error("something follows the trailer")]
    Trailing,
}
