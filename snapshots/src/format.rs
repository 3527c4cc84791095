//! How one record looks as bytes: a 32-byte header, then the payload.
//!
//! ```text
//!  0  magic "GSN1"          12  version u64 (the epoch that wrote it)
//!  4  kind u16              20  payload length u32
//!  6  schema u16            24  crc32 u32
//!  8  codec u8  9 flags u8  28  spare u32, zero
//! 10  reserved u16, zero    32  payload
//! ```
//!
//! Everything is little-endian. The CRC covers *key ‖ header without the CRC ‖ payload*: a record that
//! lands under a foreign key is as damaged as one with a flipped bit.
//!
//! **The version is the number of the epoch that wrote the record.** A counter per record would have to
//! be read before each write and would say less: the epoch number needs no reading, never repeats, tells
//! which commit to look at, and bounds itself (no record may be newer than the store's last epoch).
//! Together with the set digest (`digest`) it uncovers a value that silently rolled back, which a
//! CRC alone cannot see: old bytes carry a correct old CRC.
//!
//! Reading checks in this order: length, magic, CRC, codec and flags. Schema and payload are the
//! caller's: `Snapshot::from_record`. Nothing is ever replaced by a default.

use actors::kernel::record::{Key, MAX_PAYLOAD, Record, Schema};

/// Length of the header in front of every payload.
pub const HEADER: usize = 32;
/// The first four bytes of every record.
pub const MAGIC: [u8; 4] = *b"GSN1";
/// The codec number of [`crate::Bincode`].
pub const CODEC_BINCODE_LEGACY: u8 = 1;

/// Why bytes are not a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// Bytes are missing or too many.
    #[error("{found} bytes where {expected} belong")]
    Length {
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// It does not begin like a record.
    #[error("it begins with {0:02x?} and not with \"GSN1\"")]
    Magic([u8; 4]),
    /// One of the pieces of a large record is missing or has a wrong length.
    #[error("chunk {0} of the record is missing or of a wrong length")]
    Chunk(u16),
    /// The bytes changed since they were written.
    #[error("crc is {computed:08x} and not {stored:08x} as written")]
    Crc {
        /// The CRC in the header.
        stored: u32,
        /// The CRC of the bytes.
        computed: u32,
    },
    /// Intact, but encoded in a way this program does not know.
    #[error("codec {codec} with flags {flags:#04x} is not known to this program")]
    Encoding {
        /// The codec byte.
        codec: u8,
        /// The flags byte.
        flags: u8,
    },
    /// Intact, but its payload is not what its kind and schema promise: reported by the reader of the
    /// payload through [`crate::Reader::quarantine`].
    #[error("{0}")]
    Undecodable(String),
}

/// What the header of an intact record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// How to read the payload.
    pub schema: Schema,
    /// The epoch that wrote the record.
    pub epoch: u64,
    /// Length of the payload.
    pub length: usize,
    /// CRC of the whole record.
    pub crc: u32,
}

impl Header {
    /// Reads a header without checking the CRC: enough to know how many bytes belong to the record.
    ///
    /// # Errors
    /// [`Damage::Length`] or [`Damage::Magic`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Damage> {
        let too_short = Damage::Length {
            found: bytes.len(),
            expected: HEADER,
        };
        let header: &[u8; HEADER] = bytes.first_chunk().ok_or(too_short)?;
        if header[..4] != MAGIC {
            return Err(Damage::Magic([header[0], header[1], header[2], header[3]]));
        }
        let length = u32_at(header, 20) as usize;
        if length > MAX_PAYLOAD {
            return Err(Damage::Length {
                found: length,
                expected: MAX_PAYLOAD,
            });
        }
        let schema = Schema {
            kind: u16_at(header, 4),
            version: u16_at(header, 6),
        };
        Ok(Self {
            schema,
            epoch: u64_at(header, 12),
            length,
            crc: u32_at(header, 24),
        })
    }
}

/// The bytes of `record` under `key`, written by `epoch`.
///
/// The caller has checked that the payload is at most [`MAX_PAYLOAD`] bytes.
#[must_use]
pub fn seal(key: &Key, epoch: u64, record: &Record) -> Vec<u8> {
    let length = u32::try_from(record.payload.len()).expect("a payload is at most 256 KiB");
    let mut bytes = Vec::with_capacity(HEADER + record.payload.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&record.schema.kind.to_le_bytes());
    bytes.extend_from_slice(&record.schema.version.to_le_bytes());
    bytes.extend_from_slice(&[CODEC_BINCODE_LEGACY, 0, 0, 0]);
    bytes.extend_from_slice(&epoch.to_le_bytes());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&[0; 8]);
    bytes.extend_from_slice(&record.payload);
    let crc = checksum(key, &bytes);
    bytes[24..28].copy_from_slice(&crc.to_le_bytes());
    bytes
}

/// The CRC that `record` gets under `key` when `epoch` writes it.
#[must_use]
pub fn crc(key: &Key, epoch: u64, record: &Record) -> u32 {
    let sealed = seal(key, epoch, record);
    u32::from_le_bytes([sealed[24], sealed[25], sealed[26], sealed[27]])
}

/// The record in `bytes`, which lay under `key`.
///
/// # Errors
/// The first [`Damage`] found.
pub fn open(key: &Key, mut bytes: Vec<u8>) -> Result<(Header, Record), Damage> {
    let header = Header::parse(&bytes)?;
    let expected = HEADER + header.length;
    if bytes.len() != expected {
        return Err(Damage::Length {
            found: bytes.len(),
            expected,
        });
    }
    let computed = checksum(key, &bytes);
    if computed != header.crc {
        return Err(Damage::Crc {
            stored: header.crc,
            computed,
        });
    }
    let (codec, flags) = (bytes[8], bytes[9]);
    if (codec, flags) != (CODEC_BINCODE_LEGACY, 0) {
        return Err(Damage::Encoding { codec, flags });
    }
    bytes.drain(..HEADER);
    Ok((
        header,
        Record {
            schema: header.schema,
            payload: bytes,
        },
    ))
}

/// CRC-32 over the key and all bytes but those of the CRC itself.
fn checksum(key: &Key, bytes: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(key.bytes());
    crc.update(&bytes[..24]);
    crc.update(&bytes[28..]);
    crc.finalize()
}

fn u16_at(bytes: &[u8; HEADER], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8; HEADER], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8; HEADER], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use actors::kernel::record::Space;
    use proptest::prelude::*;

    fn key() -> Key {
        Key::new(Space::Row, b"some row")
    }

    fn record(payload: Vec<u8>) -> Record {
        Record {
            schema: Schema {
                kind: 3,
                version: 2,
            },
            payload,
        }
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens_again(payload in proptest::collection::vec(any::<u8>(), 0..300), epoch: u64) {
            let record = record(payload);
            let (header, back) = open(&key(), seal(&key(), epoch, &record)).unwrap();
            prop_assert_eq!(back, record);
            prop_assert_eq!(header.epoch, epoch);
        }

        #[test]
        fn any_flipped_bit_is_damage(payload in proptest::collection::vec(any::<u8>(), 0..100), at: prop::sample::Index) {
            let mut bytes = seal(&key(), 9, &record(payload));
            let bit = at.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(open(&key(), bytes).is_err());
        }

        #[test]
        fn any_truncation_is_damage(payload in proptest::collection::vec(any::<u8>(), 0..100), at: prop::sample::Index) {
            let mut bytes = seal(&key(), 9, &record(payload));
            bytes.truncate(at.index(bytes.len()));
            prop_assert!(open(&key(), bytes).is_err());
        }

        #[test]
        fn foreign_bytes_are_damage(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(open(&key(), bytes).is_err());
        }
    }

    #[test]
    fn a_record_under_a_foreign_key_is_damage() {
        let bytes = seal(&key(), 9, &record(vec![1, 2, 3]));
        let foreign = Key::new(Space::Row, b"other row");
        assert!(matches!(open(&foreign, bytes), Err(Damage::Crc { .. })));
    }

    #[test]
    fn checks_run_in_order_length_magic_crc_codec() {
        let good = seal(&key(), 9, &record(vec![1, 2, 3]));
        let damaged = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = good.clone();
            change(&mut bytes);
            open(&key(), bytes).unwrap_err()
        };
        assert!(matches!(
            damaged(&|b| b.truncate(31)),
            Damage::Length { found: 31, .. }
        ));
        assert_eq!(damaged(&|b| b[0] = b'X'), Damage::Magic(*b"XSN1"));
        assert!(matches!(
            damaged(&|b| b.push(0)),
            Damage::Length {
                found: 36,
                expected: 35
            }
        ));
        assert!(matches!(damaged(&|b| b[34] ^= 1), Damage::Crc { .. }));
        let other_codec = damaged(&|b| {
            b[8] = 9;
            let crc = checksum(&key(), b);
            b[24..28].copy_from_slice(&crc.to_le_bytes());
        });
        assert_eq!(other_codec, Damage::Encoding { codec: 9, flags: 0 });
    }
}
