//! Reading typed values.

use crate::{codec::Bincode, fault::ReadFault, store::Reader};
use actors::kernel::record::{CodecFault, Key, Snapshot};

/// Why a value could not be loaded. In both cases the record is in quarantine or unreadable, and must not
/// be replaced by a default.
#[derive(Debug, thiserror::Error)]
pub enum LoadFault {
    /// The record could not be read.
    #[error(transparent)]
    Read(#[from] ReadFault),
    /// The record is intact, but not what belongs there; it is in quarantine now.
    #[error("the record under {key:?} cannot be understood")]
    Decode {
        /// Where.
        key: Key,
        /// What the codec says.
        #[source]
        source: CodecFault,
    },
}

/// The value under `key`, whatever known version it was written in; `None` when there is none.
///
/// # Errors
/// See [`LoadFault`].
pub fn load<T: Snapshot>(reader: &dyn Reader, key: &Key) -> Result<Option<T>, LoadFault> {
    let Some(entry) = reader.get(key)? else {
        return Ok(None);
    };
    match T::from_record(&Bincode, &entry.record) {
        Ok(value) => Ok(Some(value)),
        Err(source) => {
            reader.quarantine(key, &source.to_string())?;
            let key = key.clone();
            Err(LoadFault::Decode { key, source })
        }
    }
}
