//! The runtime's own records: positions, marks, timers, parked inputs. Features keep theirs in their
//! own `stored.rs`.

use super::{
    address::{Address, Kind},
    inbound::{Gap, Input, Seq},
    record::{Key, Snapshot, Space},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Where a shard stands in its gateway session: enough to RESUME after any restart, and to notice
/// that it would be the wrong one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The application it belongs to.
    pub application: u64,
    /// The shard …
    pub shard: u32,
    /// … of how many.
    pub shards: u32,
    /// Host of the gateway, without what changes from day to day.
    pub gateway: String,
    /// Which of this shard's sessions; see [`Seq::session`].
    pub ordinal: u32,
    /// Discord's name of the session.
    pub session_id: String,
    /// Where to resume it.
    pub resume_url: String,
    /// The low-water mark: every event up to it is contained in the store.
    pub seq: u64,
    /// Until when everything that happened is contained.
    pub at: Timestamp,
}

impl Snapshot for Position {
    const KIND: u16 = 0x8003;
    const VERSION: u16 = 1;
}

/// The newest gateway event a machine contains, written while the position lags behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The shard whose stream it is about.
    pub shard: u32,
    /// The place.
    pub at: Seq,
}

impl Snapshot for Mark {
    const KIND: u16 = 0x8007;
    const VERSION: u16 = 1;
}

/// A timer as stored; its address and key are in the record's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimerRow {
    /// When it is due.
    pub due: Timestamp,
    /// Whether it takes something from somebody, and so waits until the guild is up to date.
    pub punishing: bool,
}

impl Snapshot for TimerRow {
    const KIND: u16 = 0x8008;
    const VERSION: u16 = 1;
}

/// A guild's gap as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapRow {
    /// What was missed.
    pub gap: Gap,
    /// Machines that still reconcile; `None` until the guild was seen again.
    pub busy: Option<BTreeSet<Kind>>,
}

impl Snapshot for GapRow {
    const KIND: u16 = 0x8004;
    const VERSION: u16 = 1;
}

/// An input set aside because its machine cannot take it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parked {
    /// For whom it was.
    pub address: Address,
    /// The input.
    pub input: Input,
    /// When it was set aside.
    pub at: Timestamp,
    /// Why, in words.
    pub why: String,
}

impl Snapshot for Parked {
    const KIND: u16 = 0x8009;
    const VERSION: u16 = 1;
}

/// Facts about the process that outlive it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessRecord {
    /// Fingerprint of the commands registered last, and for which application.
    pub commands: String,
    /// Starts since the last progress; three unclean ones in a row mean care.
    pub starts_without_progress: u32,
    /// In careful mode: the input about to be handled.
    pub about_to_handle: Option<(Address, Input)>,
    /// Gaps seen since the store was made.
    pub gaps_total: u64,
}

impl Eq for Input {}

impl Snapshot for ProcessRecord {
    const KIND: u16 = 0x800a;
    const VERSION: u16 = 1;
}

/// The key of a shard's position.
#[must_use]
pub fn position_key(shard: u32) -> Key {
    Key::new(Space::Position, &shard.to_be_bytes())
}

/// The key of a machine's mark for a shard.
#[must_use]
pub fn mark_key(address: Address, shard: u32) -> Key {
    Key::of(Space::Mark, address, &shard.to_be_bytes())
}

/// The key of a timer.
#[must_use]
pub fn timer_key(address: Address, key: &str) -> Key {
    Key::of(Space::Timer, address, key.as_bytes())
}

/// The key of an outbox row or, in another space, of its dead letter.
#[must_use]
pub fn effect_key(space: Space, id: super::inbound::EffectId) -> Key {
    Key::new(space, &id.0.to_be_bytes())
}

/// The key of a guild's gap.
#[must_use]
pub fn gap_key(guild: super::ids::GuildId) -> Key {
    Key::new(Space::Gap, &guild.get().to_be_bytes())
}

/// The key of the one process record.
#[must_use]
pub fn process_key() -> Key {
    Key::new(Space::Process, b"")
}
