//! What the store holds, as the kernel sees it: keys, records and the batch of one epoch.
//!
//! Everything durable is a *record* under a *key* in one ordered tree. A key begins with the byte
//! of its [`Space`]; what follows is chosen so that what is read together lies together. How a
//! record looks on disk (header, CRC, chunks) is the business of the crate `snapshots`.

use super::address::Address;
use serde::{Serialize, de::DeserializeOwned};
use smallvec::SmallVec;
use std::fmt;

/// The largest payload of one record in bytes. A turn whose state or row encodes to more is refused.
pub const MAX_PAYLOAD: usize = 256 * 1024;
/// The most rows one turn may write.
pub const MAX_ROWS_PER_TURN: usize = 500;
/// An epoch is closed when it holds this many records …
pub const MAX_EPOCH_RECORDS: usize = 1_000;
/// … or this many bytes of payload.
pub const MAX_EPOCH_BYTES: usize = 2 * 1024 * 1024;

/// The first byte of a key: which family of records it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Space {
    /// About the store itself: incarnation, format, digest. Written by `snapshots` only.
    Meta = b'a',
    /// Head of a machine: its `State`.
    Head = b'h',
    /// Row of a machine: `address ‖ row key`.
    Row = b'r',
    /// Index row: `index key ‖ address`, to route an inbound by what it names.
    Index = b'i',
    /// Outbox row: an effect that must still happen.
    Outbox = b'o',
    /// An effect given up, kept for people to look at.
    DeadLetter = b'l',
    /// A timer: `address ‖ timer key`.
    Timer = b't',
    /// Mark of a machine: the newest gateway event it contains, while the position lags behind.
    Mark = b'm',
    /// Position of a shard in its gateway session.
    Position = b'p',
    /// A gap: a guild that missed events and is not reconciled yet.
    Gap = b'g',
    /// An input set aside after it made its machine panic three times.
    Parked = b'k',
    /// A webhook delivery already taken: `(source, delivery id)`.
    Delivery = b'd',
    /// Facts about the process: fingerprints of what was registered, counters; where the spool stands.
    Process = b's',
    /// Lines on their way to sinks: see [`super::spool`].
    Spool = b'q',
}

impl Space {
    /// Every space.
    pub const ALL: [Self; 14] = [
        Self::Meta,
        Self::Head,
        Self::Row,
        Self::Index,
        Self::Outbox,
        Self::DeadLetter,
        Self::Timer,
        Self::Mark,
        Self::Position,
        Self::Gap,
        Self::Parked,
        Self::Delivery,
        Self::Process,
        Self::Spool,
    ];

    /// The space whose keys begin with `byte`.
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|space| *space as u8 == byte)
    }

    /// The name people see in `inspect`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Head => "head",
            Self::Row => "row",
            Self::Index => "index",
            Self::Outbox => "outbox",
            Self::DeadLetter => "dead-letter",
            Self::Timer => "timer",
            Self::Mark => "mark",
            Self::Position => "position",
            Self::Gap => "gap",
            Self::Parked => "parked",
            Self::Delivery => "delivery",
            Self::Process => "process",
            Self::Spool => "spool",
        }
    }
}

/// A key of the store: at most 255 bytes, ordered bytewise. That of a member's row needs no memory of
/// its own.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(SmallVec<[u8; 32]>);

impl Key {
    /// The key `body` in `space`.
    #[must_use]
    pub fn new(space: Space, body: &[u8]) -> Self {
        let mut bytes = SmallVec::with_capacity(1 + body.len());
        bytes.push(space as u8);
        bytes.extend_from_slice(body);
        Self(bytes)
    }

    /// The key of `address` in `space`, with `tail` behind it.
    #[must_use]
    pub fn of(space: Space, address: Address, tail: &[u8]) -> Self {
        let mut bytes = SmallVec::with_capacity(1 + Address::BYTES + tail.len());
        bytes.push(space as u8);
        bytes.extend_from_slice(&address.to_bytes());
        bytes.extend_from_slice(tail);
        Self(bytes)
    }

    /// The key with exactly these bytes; `None` when empty or too long.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        (!bytes.is_empty() && bytes.len() <= 255).then(|| Self(bytes.into()))
    }

    /// All bytes, space first.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The space it lies in; `None` for a key of a newer version.
    #[must_use]
    pub fn space(&self) -> Option<Space> {
        Space::from_byte(self.0[0])
    }

    /// What follows the space.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.0[1..]
    }

    /// The address it begins with, where the space has addresses.
    #[must_use]
    pub fn address(&self) -> Option<Address> {
        match self.space()? {
            Space::Head | Space::Row | Space::Timer | Space::Mark => {
                Address::from_bytes(self.body())
            }
            _ => None,
        }
    }

    /// What follows the address.
    #[must_use]
    pub fn tail(&self) -> &[u8] {
        self.0.get(1 + Address::BYTES..).unwrap_or_default()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let space = self.space().map_or("?", Space::name);
        match self.address() {
            Some(address) => write!(f, "{space}[{address}]")?,
            None => write!(f, "{space}")?,
        }
        let rest = if self.address().is_some() {
            self.tail()
        } else {
            self.body()
        };
        if !rest.is_empty() {
            write!(f, ":{}", data_encoding::HEXLOWER.encode(rest))?;
        }
        Ok(())
    }
}

/// What a record says it is: the schema of its payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Schema {
    /// Which type: for heads the number of the [`super::address::Kind`], rows have 0x4000 added, the
    /// runtime's own records lie above 0x8000.
    pub kind: u16,
    /// Which version of that type; counts from 1.
    pub version: u16,
}

/// One stored value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// How to read the payload.
    pub schema: Schema,
    /// The encoded value; at most [`MAX_PAYLOAD`] bytes.
    pub payload: Vec<u8>,
}

/// One change of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Where.
    pub key: Key,
    /// The new value; `None` removes it.
    pub record: Option<Record>,
}

/// Turns values into payloads and back. Implemented once, by `snapshots` (bincode); a trait so that
/// the kernel can encode inside a turn without knowing the format.
pub trait Codec: Clone + Send + Sync + 'static {
    /// Encodes `value`.
    ///
    /// # Errors
    /// When the result exceeds [`MAX_PAYLOAD`] or the type cannot be encoded.
    fn encode<T: Serialize>(&self, value: &T) -> Result<Vec<u8>, CodecFault>;

    /// Decodes all of `payload`.
    ///
    /// # Errors
    /// When the bytes are not a `T`, or bytes are left over.
    fn decode<T: DeserializeOwned>(&self, payload: &[u8]) -> Result<T, CodecFault>;
}

/// Why a value could not be encoded or decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecFault {
    /// The value is larger than a record may be.
    #[error("value encodes to {bytes} bytes, more than the {MAX_PAYLOAD} allowed")]
    TooLarge {
        /// Its encoded size.
        bytes: usize,
    },
    /// The payload is not of the expected type.
    #[error("payload does not decode: {0}")]
    Malformed(String),
    /// The payload was written by a version this program does not know.
    #[error("kind {kind} has schema {found}, this program knows up to {known}")]
    Newer {
        /// The record's kind.
        kind: u16,
        /// The version found.
        found: u16,
        /// The newest version known.
        known: u16,
    },
}

/// A type that lives in the store under a versioned schema.
///
/// The newest version is the type itself. Older ones stay as frozen structs in the feature's
/// `stored.rs`, and [`Snapshot::upcast`] turns each into the newest.
pub trait Snapshot: Serialize + DeserializeOwned {
    /// Number of the type on disk: see [`Schema::kind`].
    const KIND: u16;
    /// The newest version; only this one is written.
    const VERSION: u16;

    /// Reads an older version.
    ///
    /// # Errors
    /// When the version is unknown or the payload damaged.
    fn upcast<C: Codec>(codec: &C, version: u16, payload: &[u8]) -> Result<Self, CodecFault> {
        let _ = (codec, payload);
        Err(CodecFault::Newer {
            kind: Self::KIND,
            found: version,
            known: Self::VERSION,
        })
    }

    /// Encodes into a record of the newest version.
    ///
    /// # Errors
    /// As [`Codec::encode`].
    fn to_record<C: Codec>(&self, codec: &C) -> Result<Record, CodecFault> {
        let schema = Schema {
            kind: Self::KIND,
            version: Self::VERSION,
        };
        Ok(Record {
            schema,
            payload: codec.encode(self)?,
        })
    }

    /// Decodes a record of any known version.
    ///
    /// # Errors
    /// When it is of another kind, newer than known, or damaged.
    fn from_record<C: Codec>(codec: &C, record: &Record) -> Result<Self, CodecFault> {
        let Schema { kind, version } = record.schema;
        if kind != Self::KIND {
            return Err(CodecFault::Malformed(format!(
                "kind {kind} where {} belongs",
                Self::KIND
            )));
        }
        match version.cmp(&Self::VERSION) {
            std::cmp::Ordering::Equal => codec.decode(&record.payload),
            std::cmp::Ordering::Less => Self::upcast(codec, version, &record.payload),
            std::cmp::Ordering::Greater => Err(CodecFault::Newer {
                kind,
                found: version,
                known: Self::VERSION,
            }),
        }
    }
}
