//! From the records of a batch to the raw pairs that are written.

use crate::{
    chunk,
    digest::Totals,
    engine::Change,
    fault::Refused,
    format::{self, Header},
    records::Stored,
};
use actors::kernel::record::{Key, MAX_PAYLOAD, Record, Space};

/// The raw changes of one epoch, and what they do to the totals.
pub(crate) struct Plan {
    pub(crate) epoch: u64,
    pub(crate) totals: Totals,
    pub(crate) records: usize,
    pub(crate) changes: Vec<Change>,
    /// The records that will lie in the store.
    pub(crate) fresh: Vec<(Key, Option<Stored>)>,
}

impl Plan {
    /// Puts `new` in the place of `old`, unless they are the same.
    pub(crate) fn put(&mut self, key: &Key, old: Option<&Stored>, new: Option<&Record>) {
        if old.map(|(_, record)| record) == new {
            return;
        }
        self.records += 1;
        let mut pieces_before = 0;
        if let Some((header, _)) = old {
            self.totals.remove(key, header.epoch, header.crc);
            pieces_before = chunk::count(header.length);
        }
        let mut pieces_now = 0;
        match new {
            Some(record) => {
                let sealed = format::seal(key, self.epoch, record);
                let header = Header::parse(&sealed).expect("we have just sealed it");
                self.totals.add(key, header.epoch, header.crc);
                pieces_now = chunk::count(header.length);
                chunk::split(key, &sealed, &mut self.changes);
                self.fresh
                    .push((key.clone(), Some((header, record.clone()))));
            }
            None => {
                self.changes.push((key.bytes().to_vec(), None));
                self.fresh.push((key.clone(), None));
            }
        }
        chunk::remove(key, pieces_now, pieces_before, &mut self.changes);
    }

    pub(crate) fn bytes(&self) -> usize {
        let size = |(key, value): &Change| key.len() + value.as_ref().map_or(0, Vec::len);
        self.changes.iter().map(size).sum()
    }
}

/// Whether anybody may write this.
pub(crate) fn allowed(key: &Key, record: Option<&Record>) -> Result<(), Refused> {
    let size = record.map_or(0, |record| record.payload.len());
    match key.bytes() {
        bytes if bytes.len() > 255 => Err(Refused::KeyTooLong(bytes.len())),
        bytes if bytes[0] >= chunk::SPACE || bytes[0] == Space::Meta as u8 => {
            Err(Refused::Reserved)
        }
        _ if size > MAX_PAYLOAD => Err(Refused::TooLarge(size)),
        _ => Ok(()),
    }
}
