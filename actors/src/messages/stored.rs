//! Older versions of what is stored, and how each becomes the next.

use super::{Days, Hour, State, roster::Roster};
use crate::kernel::{
    address::Kind,
    fact::Shared,
    ids::{ChannelId, UserId},
    own::Forgotten,
    record::{Codec, CodecFault, Snapshot},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

impl Snapshot for State {
    const KIND: u16 = Kind::Messages.number();
    const VERSION: u16 = 2;

    fn upcast<C: Codec>(codec: &C, version: u16, payload: &[u8]) -> Result<Self, CodecFault> {
        match version {
            1 => codec.decode::<StateV1>(payload).map(Self::from),
            found => Err(CodecFault::Newer {
                kind: Self::KIND,
                found,
                known: Self::VERSION,
            }),
        }
    }
}

impl Snapshot for Hour {
    const KIND: u16 = 0x4000 + Kind::Messages.number();
    const VERSION: u16 = 1;
}

/// A head without a roster.
#[derive(Serialize, Deserialize)]
struct StateV1 {
    shared: Option<Shared>,
    record: bool,
    stream: bool,
    streamed: bool,
    keep: Days,
    ignored_channels: BTreeSet<ChannelId>,
    ignored_users: BTreeSet<UserId>,
    forgotten: Forgotten,
    tidies_at: Option<Timestamp>,
    emptying: bool,
}

impl From<StateV1> for State {
    fn from(old: StateV1) -> Self {
        Self {
            shared: old.shared,
            record: old.record,
            stream: old.stream,
            streamed: old.streamed,
            keep: old.keep,
            ignored_channels: old.ignored_channels,
            ignored_users: old.ignored_users,
            forgotten: old.forgotten,
            tidies_at: old.tidies_at,
            emptying: old.emptying,
            roster: Roster::default(),
            listed: false,
        }
    }
}
