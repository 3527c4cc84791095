//! Records as JSON: readable in a failing test, and no dependency on the store.

use crate::kernel::record::{Codec, CodecFault, MAX_PAYLOAD};
use serde::{Serialize, de::DeserializeOwned};

/// See the module docs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Json;

impl Codec for Json {
    fn encode<T: Serialize>(&self, value: &T) -> Result<Vec<u8>, CodecFault> {
        let bytes = serde_json::to_vec(value).map_err(malformed)?;
        if bytes.len() > MAX_PAYLOAD {
            return Err(CodecFault::TooLarge { bytes: bytes.len() });
        }
        Ok(bytes)
    }

    fn decode<T: DeserializeOwned>(&self, payload: &[u8]) -> Result<T, CodecFault> {
        serde_json::from_slice(payload).map_err(malformed)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn malformed(fault: serde_json::Error) -> CodecFault {
    CodecFault::Malformed(fault.to_string())
}
