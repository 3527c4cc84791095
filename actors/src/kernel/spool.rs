//! The spool: lines on their way to where a community wants them, such as a database.
//!
//! A turn's lines are written in its batch, so they are there if and only if the turn is: a line that is not
//! durable is made again from what Discord replays. Each place they go to, a *sink*, has a cursor; what every
//! sink has behind it is removed. A line arrives at least once, in the order in which it was made; its name
//! (message, what became of it, when) is the same each time, so that whoever receives it can tell.
//!
//! Places are counted from the beginning of the store in rows, lines and bytes, and each row says how much was
//! before it: so it is known how much waits for a sink without looking at it.

use super::{
    ids::{GuildId, UserId},
    note::Note,
    record::{Key, Snapshot, Space},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Line {
    /// What became of a message.
    Message(Note),
    /// Whatever was sent about somebody is to be forgotten.
    Forget {
        /// Who.
        user: UserId,
        /// When they asked.
        at: Timestamp,
    },
}

/// How much there was before, since the store was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Rows: the number of the next one.
    pub row: u64,
    /// Lines.
    pub lines: u64,
    /// Bytes of encoded rows.
    pub bytes: u64,
}

/// The lines of one turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpoolRow {
    /// Whose.
    pub guild: GuildId,
    /// When they were made.
    pub made_at: Timestamp,
    /// How much was before them.
    pub before: Place,
    /// In order.
    pub lines: Vec<Line>,
}

impl Snapshot for SpoolRow {
    const KIND: u16 = 0x800b;
    const VERSION: u16 = 1;
}

/// Lines that a sink will never get, because it was away for longer than the spool has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hole {
    /// How many.
    pub lines: u64,
    /// When the oldest was made …
    pub from: Timestamp,
    /// … and the newest.
    pub to: Timestamp,
}

/// How far a sink is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Everything before has arrived, or was given up.
    pub at: Place,
    /// The incarnation of the store in which that was noted.
    pub incarnation: u32,
    /// The file that was written last, for sinks that write files …
    pub file: String,
    /// … and how many bytes of it count.
    pub offset: u64,
    /// Lines given up, since the store was made.
    pub lost: u64,
    /// Those of which the sink has not been told yet.
    pub hole: Option<Hole>,
}

/// Where everything stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpoolState {
    /// The oldest row that is kept.
    pub first: u64,
    /// Where the next row begins.
    pub end: Place,
    /// Each sink, by its name.
    pub cursors: BTreeMap<String, Cursor>,
}

impl Snapshot for SpoolState {
    const KIND: u16 = 0x800c;
    const VERSION: u16 = 1;
}

/// The key of a row.
#[must_use]
pub fn spool_key(row: u64) -> Key {
    Key::new(Space::Spool, &row.to_be_bytes())
}

/// The row that a key is of.
#[must_use]
pub fn spool_row(key: &Key) -> Option<u64> {
    let number = key.body().try_into().ok()?;
    (key.space() == Some(Space::Spool)).then(|| u64::from_be_bytes(number))
}

/// The key of the state.
#[must_use]
pub fn spool_state_key() -> Key {
    Key::new(Space::Process, b"spool")
}
