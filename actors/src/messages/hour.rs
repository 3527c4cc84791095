//! What happened in one hour, UTC: a row for each in which something did.

use crate::kernel::{
    ids::ChannelId,
    machine::RowKey,
    note::{Note, Noted, Notes, Size},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What an hour's key begins with: it is behind all ids.
const HOUR: [u8; 2] = [0xff, b'h'];
/// Channels an hour tells apart; what happens in more of them is counted together.
pub(super) const MAX_CHANNELS: usize = 200;

/// How much happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Messages written.
    pub written: u32,
    /// Edits.
    pub edited: u32,
    /// Messages deleted.
    pub deleted: u32,
    /// Attachments of those written.
    pub files: u32,
    /// Characters of those written.
    pub letters: u64,
    /// How many of those written are of unknown length.
    pub unknown: u32,
}

impl Tally {
    fn count(&mut self, what: &Noted) {
        match what {
            Noted::Written { size, .. } => {
                self.written = self.written.saturating_add(1);
                match size {
                    Some(Size { length, files }) => {
                        self.letters = self.letters.saturating_add(u64::from(*length));
                        self.files = self.files.saturating_add(u32::from(*files));
                    }
                    None => self.unknown = self.unknown.saturating_add(1),
                }
            }
            Noted::Edited { .. } => self.edited = self.edited.saturating_add(1),
            Noted::Deleted => self.deleted = self.deleted.saturating_add(1),
        }
    }

    pub(super) const fn add(&mut self, other: &Self) {
        self.written = self.written.saturating_add(other.written);
        self.edited = self.edited.saturating_add(other.edited);
        self.deleted = self.deleted.saturating_add(other.deleted);
        self.files = self.files.saturating_add(other.files);
        self.letters = self.letters.saturating_add(other.letters);
        self.unknown = self.unknown.saturating_add(other.unknown);
    }
}

/// One hour.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hour {
    /// In which channels; a thread counts for itself. At most 200 …
    pub channels: BTreeMap<ChannelId, Tally>,
    /// … and in all others.
    pub others: Tally,
}

impl Hour {
    pub(super) fn count(&mut self, note: &Note) {
        let room = self.channels.len() < MAX_CHANNELS;
        let tally = match self.channels.get_mut(&note.channel) {
            Some(tally) => tally,
            None if room => self.channels.entry(note.channel).or_default(),
            None => &mut self.others,
        };
        tally.count(&note.what);
    }
}

/// The hour of an instant: hours since 1970, UTC. Summer time moves nothing.
pub(super) fn of(at: Timestamp) -> u64 {
    u64::try_from(at.seconds() / 3_600).unwrap_or(0)
}

/// The key of an hour's row.
pub(super) fn key(hour: u64) -> RowKey {
    RowKey(HOUR.into_iter().chain(hour.to_be_bytes()).collect())
}

/// The hour whose key this is.
pub(super) fn of_key(key: &RowKey) -> Option<u64> {
    let hour = key.0.strip_prefix(&HOUR)?;
    Some(u64::from_be_bytes(hour.try_into().ok()?))
}

/// The rows in which these notes count.
pub(super) fn rows_of(notes: &Notes) -> BTreeSet<RowKey> {
    notes.notes.iter().map(|note| key(of(note.at))).collect()
}
