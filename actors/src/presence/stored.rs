//! Older versions of what is stored, and how each becomes the next.

use super::{
    Counted, Rules, State, Watch,
    catalogue::Catalogue,
    row::{Channel, Deeds, Left, Member, Row},
    state::Mending,
};
use crate::kernel::{
    address::Kind,
    away::Away,
    fact::Shared,
    own::Forgotten,
    record::{Codec, CodecFault, Snapshot},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

impl Snapshot for State {
    const KIND: u16 = Kind::Presence.number();
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

impl Snapshot for Row {
    const KIND: u16 = 0x4000 + Kind::Presence.number();
    const VERSION: u16 = 2;

    fn upcast<C: Codec>(codec: &C, version: u16, payload: &[u8]) -> Result<Self, CodecFault> {
        match version {
            1 => codec.decode::<RowV1>(payload).map(Self::from),
            found => Err(CodecFault::Newer {
                kind: Self::KIND,
                found,
                known: Self::VERSION,
            }),
        }
    }
}

/// A head without rules.
#[derive(Serialize, Deserialize)]
struct StateV1 {
    shared: Option<Shared>,
    off: bool,
    since: Option<Timestamp>,
    away: Away,
    unavailable: Option<Timestamp>,
    catalogue: Catalogue,
    generation: u32,
    forgetting: bool,
    mending: Option<Mending>,
    missed: bool,
    tidies_at: Option<Timestamp>,
    channels: u32,
    counted: Counted,
    forgotten: Forgotten,
}

impl From<StateV1> for State {
    fn from(old: StateV1) -> Self {
        Self {
            shared: old.shared,
            off: old.off,
            since: old.since,
            away: old.away,
            unavailable: old.unavailable,
            catalogue: old.catalogue,
            generation: old.generation,
            forgetting: old.forgetting,
            mending: old.mending,
            missed: old.missed,
            tidies_at: old.tidies_at,
            channels: old.channels,
            counted: old.counted,
            forgotten: old.forgotten,
            rules: Rules::default(),
            watch: Watch::default(),
        }
    }
}

/// A row in which nothing became of members who did nothing.
#[derive(Serialize, Deserialize)]
enum RowV1 {
    Member(MemberV1),
    Channel(Channel),
}

#[derive(Serialize, Deserialize)]
struct MemberV1 {
    joined: Option<Timestamp>,
    listed: u32,
    online: Option<Timestamp>,
    left: Option<Left>,
    deeds: Option<Deeds>,
}

impl From<RowV1> for Row {
    fn from(old: RowV1) -> Self {
        match old {
            RowV1::Member(old) => Self::Member(Member {
                joined: old.joined,
                listed: old.listed,
                online: old.online,
                left: old.left,
                deeds: old.deeds,
                exempt: false,
                case: None,
            }),
            RowV1::Channel(channel) => Self::Channel(channel),
        }
    }
}
