//! The one implementation of [`Codec`]: bincode 2 in its `legacy()` configuration.
//!
//! Why `legacy()` (fixed-width integers) and not the smaller `standard()`: three independent programs
//! read these bytes (bincode 1.3.3, bincode 2, wincode), and nobody maintains bincode any more. Five
//! per cent of size buys a way out. Every codec is fast enough here: about a microsecond for a guild.
//!
//! Three things bincode does not do by itself are done here:
//!
//! - **A limit when encoding.** bincode's `with_limit` holds only while decoding. The writer below
//!   stops storing at [`MAX_PAYLOAD`] and goes on counting, so the refusal can name the size.
//! - **A limit when decoding.** Without it one flipped bit in a length makes the allocator *abort* the
//!   process ("memory allocation of 1100023757000333000 bytes failed"), which nothing can catch.
//! - **All bytes consumed.** bincode ignores what is left over, so a payload of an older version with
//!   one field more would decode as if nothing were wrong.
//!
//! bincode writes fields in order and without names. So in types that are stored: add nothing in the
//! middle, use no `skip_serializing_if`, `flatten`, `untagged` or internally tagged enums, and change a
//! type only by adding a version (see `actors::kernel::record::Snapshot`).

use actors::kernel::record::{Codec, CodecFault, MAX_PAYLOAD};
use bincode::{
    config::{Configuration, Fixint, Limit, LittleEndian, legacy},
    enc::write::Writer,
    error::EncodeError,
    serde::{decode_from_slice, encode_into_writer},
};
use serde::{Serialize, de::DeserializeOwned};

/// The codec of every record this program writes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bincode;

const CONFIG: Configuration<LittleEndian, Fixint, Limit<MAX_PAYLOAD>> =
    legacy().with_limit::<MAX_PAYLOAD>();

impl Codec for Bincode {
    fn encode<T: Serialize>(&self, value: &T) -> Result<Vec<u8>, CodecFault> {
        let mut bounded = Bounded::default();
        encode_into_writer(value, &mut bounded, CONFIG)
            .map_err(|fault| CodecFault::Malformed(fault.to_string()))?;
        if bounded.written > MAX_PAYLOAD {
            return Err(CodecFault::TooLarge {
                bytes: bounded.written,
            });
        }
        Ok(bounded.kept)
    }

    fn decode<T: DeserializeOwned>(&self, payload: &[u8]) -> Result<T, CodecFault> {
        let (value, consumed) = decode_from_slice(payload, CONFIG)
            .map_err(|fault| CodecFault::Malformed(fault.to_string()))?;
        if consumed != payload.len() {
            let left = payload.len() - consumed;
            return Err(CodecFault::Malformed(format!("{left} bytes are left over")));
        }
        Ok(value)
    }
}

/// Keeps what fits a record and counts the rest.
#[derive(Default)]
struct Bounded {
    kept: Vec<u8>,
    written: usize,
}

impl Writer for &mut Bounded {
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.written += bytes.len();
        if self.written <= MAX_PAYLOAD {
            self.kept.extend_from_slice(bytes);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_value_of_exactly_the_limit_round_trips_and_one_byte_more_is_refused() {
        let fits = "x".repeat(MAX_PAYLOAD - 8);
        let payload = Bincode.encode(&fits).unwrap();
        assert_eq!(payload.len(), MAX_PAYLOAD);
        assert_eq!(Bincode.decode::<String>(&payload).unwrap(), fits);

        let over = "x".repeat(MAX_PAYLOAD - 7);
        let refused = Bincode.encode(&over).unwrap_err();
        assert_eq!(
            refused,
            CodecFault::TooLarge {
                bytes: MAX_PAYLOAD + 1
            }
        );
    }

    #[test]
    fn a_sequence_of_small_numbers_of_exactly_the_limit_round_trips() {
        let fits = vec![7_u8; MAX_PAYLOAD - 8];
        let payload = Bincode.encode(&fits).unwrap();
        assert_eq!(Bincode.decode::<Vec<u8>>(&payload).unwrap(), fits);
    }

    #[test]
    fn bytes_left_over_are_refused() {
        let payload = Bincode.encode(&(1_u32, 2_u32)).unwrap();
        assert!(matches!(
            Bincode.decode::<u32>(&payload),
            Err(CodecFault::Malformed(_))
        ));
    }

    #[test]
    fn a_huge_length_is_an_error_and_not_an_allocation() {
        let payload = u64::MAX.to_le_bytes();
        assert!(Bincode.decode::<String>(&payload).is_err());
        assert!(Bincode.decode::<Vec<u64>>(&payload).is_err());
        assert!(
            Bincode
                .decode::<std::collections::BTreeMap<u64, String>>(&payload)
                .is_err()
        );
    }

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Bincode.decode::<(Vec<String>, Option<u64>, Vec<(u16, Vec<u8>)>)>(&bytes);
        }
    }
}
