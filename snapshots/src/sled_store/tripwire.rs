//! The last acknowledged epoch, written down beside sled.
//!
//! When the end of sled's log is damaged, sled cuts the log there and opens without a word: an older state
//! of the store, consistent in itself, whose digest fits. Nothing *inside* the store can tell. So after
//! each commit its number is also written to a small file. It is not fsynced, which is why it costs
//! microseconds and hardly any wear, and why it may be behind after a power cut, but never ahead. A store
//! that ends before it has lost what was acknowledged, and says so when it is opened.
//!
//! ```text
//! incarnation u32 · epoch u64 · crc32 u32, little-endian
//! ```

use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, Write},
    path::Path,
};

const LENGTH: usize = 16;

/// The file, open. Without one (it could not be opened) nothing is noticed, and nothing else changes.
#[derive(Default)]
pub(super) struct Tripwire(Option<File>);

impl Tripwire {
    pub(super) fn open(path: &Path) -> Self {
        Self(
            OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(path)
                .ok(),
        )
    }

    /// The last acknowledged epoch of the store with this incarnation, as far as it is known.
    pub(super) fn read(&mut self, incarnation: u32) -> Option<u64> {
        let bytes = self.bytes()?;
        let epoch = u64::from_le_bytes(*bytes[4..].first_chunk()?);
        (bytes == encode(incarnation, epoch)).then_some(epoch)
    }

    /// Whether some store was ever here.
    pub(super) fn is_set(&mut self) -> bool {
        self.bytes().is_some()
    }

    pub(super) fn write(&mut self, incarnation: u32, epoch: u64) {
        if let Some(file) = &mut self.0 {
            // Best effort: a tripwire that is missing must not stop a commit that is durable.
            let _ = file
                .rewind()
                .and_then(|()| file.write_all(&encode(incarnation, epoch)));
        }
    }

    fn bytes(&mut self) -> Option<[u8; LENGTH]> {
        let mut bytes = [0; LENGTH];
        let file = self.0.as_mut()?;
        file.rewind()
            .and_then(|()| file.read_exact(&mut bytes))
            .ok()?;
        Some(bytes)
    }
}

fn encode(incarnation: u32, epoch: u64) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    bytes[..4].copy_from_slice(&incarnation.to_le_bytes());
    bytes[4..12].copy_from_slice(&epoch.to_le_bytes());
    let crc = crc32fast::hash(&bytes[..12]);
    bytes[12..].copy_from_slice(&crc.to_le_bytes());
    bytes
}
