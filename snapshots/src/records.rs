//! Reading records out of raw pairs.
//!
//! A large record is several pairs, so one read is several gets. The gate makes them one: the committer
//! holds it for writing while it applies a batch to memory (microseconds; not while flushing), a reader
//! holds it for reading through one record or one piece of a scan.

use crate::{
    cache::Cache,
    chunk,
    engine::{EngineFault, Raw},
    fault::ReadFault,
    format::{Damage, Header},
    quarantine::Quarantine,
    store::{Damaged, Entry, Page, Reader, end_of},
};
use actors::kernel::record::{Key, Record};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};

/// First pieces read under one hold of the gate; large records among them end it at [`PAGE_BYTES`].
const PIECE_OF_SCAN: usize = 64;
/// A page is closed when it holds this many bytes of payload.
pub const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Held for writing while a batch is applied; see the module.
#[derive(Default)]
pub(crate) struct Gate(RwLock<()>);

impl Gate {
    pub(crate) fn reading(&self) -> RwLockReadGuard<'_, ()> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` while a batch is applied.
    fn reading_now(&self) -> Option<RwLockReadGuard<'_, ()>> {
        match self.0.try_read() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    pub(crate) fn applying(&self) -> RwLockWriteGuard<'_, ()> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The reader over some raw pairs: those of the live store, or those of a view.
#[derive(Clone)]
pub(crate) struct Records {
    pub(crate) raw: Arc<dyn Raw>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) quarantine: Arc<Quarantine>,
    /// Of the live store; a view has none.
    pub(crate) cache: Option<Arc<Cache>>,
}

/// An intact record and its header.
pub(crate) type Stored = (Header, Record);

impl Records {
    pub(crate) fn over(raw: Arc<dyn Raw>, quarantine: Quarantine) -> Self {
        Self {
            raw,
            gate: Arc::default(),
            quarantine: Arc::new(quarantine),
            cache: Some(Arc::default()),
        }
    }

    /// The record under `key` as it was last read or written, if the cache has it. Needs no gate: a record
    /// is replaced there as a whole.
    fn known(&self, key: &Key) -> Option<Result<Stored, Damaged>> {
        let known = self.cache.as_ref()?.get(key)?;
        let refused = self.quarantine.get(key);
        Some(refused.map_or_else(|| Ok((*known).clone()), Err))
    }

    /// The record under `key`; damage goes to quarantine. The caller holds the gate, or is the committer.
    pub(crate) fn find(&self, key: &Key) -> Result<Option<Result<Stored, Damaged>>, EngineFault> {
        if let Some(known) = self.known(key) {
            return Ok(Some(known));
        }
        let Some(head) = self.raw.get(key.bytes())? else {
            return Ok(None);
        };
        let found = self.whole(key, head)?;
        if let (Ok(stored), Some(cache)) = (&found, &self.cache) {
            cache.put(key, Some(stored));
        }
        Ok(Some(found))
    }

    /// What lies in the store now. The caller holds the gate for writing.
    pub(crate) fn remember(&self, fresh: &[(Key, Option<Stored>)]) {
        let Some(cache) = &self.cache else { return };
        for (key, stored) in fresh {
            cache.put(key, stored.as_ref());
        }
    }

    /// Nobody knows what lies in the store.
    pub(crate) fn forget(&self) {
        if let Some(cache) = &self.cache {
            cache.clear();
        }
    }

    fn whole(&self, key: &Key, head: Vec<u8>) -> Result<Result<Stored, Damaged>, EngineFault> {
        match chunk::assemble(&*self.raw, key, head)? {
            Ok(stored) => match self.quarantine.get(key) {
                Some(refused) => Ok(Err(refused)),
                None => Ok(Ok(stored)),
            },
            Err(damage) => self.set_aside(key, damage).map(Err),
        }
    }

    fn set_aside(&self, key: &Key, damage: Damage) -> Result<Damaged, EngineFault> {
        Ok(self.quarantine.take(key, damage, &self.bytes_of(key)?))
    }

    /// Everything that lies under `key`: first piece and whatever further ones there are.
    pub(crate) fn bytes_of(&self, key: &Key) -> Result<Vec<u8>, EngineFault> {
        let mut bytes = self.raw.get(key.bytes())?.unwrap_or_default();
        for piece in chunk::stray(&*self.raw, key)? {
            bytes.extend(self.raw.get(&piece)?.unwrap_or_default());
        }
        Ok(bytes)
    }

    fn fill(&self, page: &mut Page, from: &Key, to: &Key, limit: usize) -> Result<(), EngineFault> {
        let end = to.bytes().min(&[chunk::SPACE]);
        let (mut next, mut size) = (from.clone(), 0);
        while page.entries.len() < limit && size < PAGE_BYTES {
            let _gate = self.gate.reading();
            let room = (limit - page.entries.len()).min(PIECE_OF_SCAN);
            let piece = self.raw.range(next.bytes(), end, room)?;
            if piece.is_empty() {
                return Ok(());
            }
            let mut last = None;
            for (bytes, head) in piece {
                let key = Key::from_bytes(&bytes).expect("the store takes no other keys");
                last = Some(key.clone());
                match self.whole(&key, head)? {
                    Ok((Header { epoch, crc, .. }, record)) => {
                        size += record.payload.len();
                        page.entries.push(Entry {
                            key,
                            epoch,
                            crc,
                            record,
                        });
                    }
                    Err(damaged) => page.damaged.push(damaged),
                }
                if size >= PAGE_BYTES {
                    break;
                }
            }
            next = last.as_ref().map_or(next, after);
        }
        page.next = Some(next);
        Ok(())
    }
}

/// The smallest key greater than `key`.
fn after(key: &Key) -> Key {
    let longer = [key.bytes(), &[0]].concat();
    Key::from_bytes(&longer).unwrap_or_else(|| end_of(key))
}

/// What a reader is told of what was found under `key`.
fn entry(
    key: &Key,
    found: Result<Option<Result<Stored, Damaged>>, EngineFault>,
) -> Result<Option<Entry>, ReadFault> {
    match found {
        Ok(None) => Ok(None),
        Ok(Some(Ok((Header { epoch, crc, .. }, record)))) => Ok(Some(Entry {
            key: key.clone(),
            epoch,
            crc,
            record,
        })),
        Ok(Some(Err(Damaged { key, damage, .. }))) => Err(ReadFault::Damaged { key, damage }),
        Err(source) => Err(ReadFault::Engine {
            key: key.clone(),
            source,
        }),
    }
}

impl Reader for Records {
    fn get(&self, key: &Key) -> Result<Option<Entry>, ReadFault> {
        // Whoever asks for what is known waits for no batch.
        self.get_now(key).unwrap_or_else(|| {
            let _gate = self.gate.reading();
            entry(key, self.find(key))
        })
    }

    fn get_now(&self, key: &Key) -> Option<Result<Option<Entry>, ReadFault>> {
        let found = match self.known(key) {
            Some(known) => Ok(Some(known)),
            None => {
                let _gate = self.gate.reading_now()?;
                self.find(key)
            }
        };
        Some(entry(key, found))
    }

    fn scan(&self, from: &Key, to: &Key, limit: usize) -> Result<Page, ReadFault> {
        let mut page = Page::default();
        self.fill(&mut page, from, to, limit)
            .map_err(|source| ReadFault::Engine {
                key: from.clone(),
                source,
            })?;
        Ok(page)
    }

    fn quarantine(&self, key: &Key, why: &str) -> Result<(), ReadFault> {
        let _gate = self.gate.reading();
        self.set_aside(key, Damage::Undecodable(why.to_owned()))
            .map_err(|source| ReadFault::Engine {
                key: key.clone(),
                source,
            })?;
        Ok(())
    }

    fn damaged(&self) -> Vec<Damaged> {
        self.quarantine.list()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{engine::Pair, format};
    use actors::kernel::record::{Schema, Space};

    struct Empty;

    impl Raw for Empty {
        fn get(&self, _: &[u8]) -> Result<Option<Vec<u8>>, EngineFault> {
            Ok(None)
        }

        fn range(&self, _: &[u8], _: &[u8], _: usize) -> Result<Vec<Pair>, EngineFault> {
            Ok(Vec::new())
        }
    }

    #[test]
    fn a_known_record_is_read_while_a_batch_is_applied() {
        let records = Records::over(Arc::new(Empty), Quarantine::new(None));
        let key = Key::new(Space::Row, b"alice");
        let schema = Schema {
            kind: 1,
            version: 1,
        };
        let payload = vec![1, 2, 3];
        let record = Record { schema, payload };
        let header = Header::parse(&format::seal(&key, 7, &record)).unwrap();
        records.remember(&[(key.clone(), Some((header, record)))]);
        let _applying = records.gate.applying();
        assert!(records.get_now(&key).is_some(), "it is known");
        assert_eq!(records.get(&key).unwrap().unwrap().epoch, 7);
        assert!(records.get_now(&Key::new(Space::Row, b"bob")).is_none());
    }
}
