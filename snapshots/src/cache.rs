//! Records that were read or written a short while ago.
//!
//! sled keeps every reader waiting while it applies a batch, a few milliseconds for a thousand records,
//! and takes about two microseconds for a read besides. Rows of members who are active are read in every
//! turn and compared with at every commit, so the store keeps what it has seen last.
//!
//! **Bound:** two generations of at most [`MOST_BYTES`] / 2 each. What is asked for stays in or moves to
//! the young one; once that is full it becomes the old one, whose rest is dropped.
//!
//! A reader fills in what it read while it holds the gate for reading, the committer replaces what it
//! changed while it holds the gate for writing: nothing older than the store can stay behind.

use crate::records::Stored;
use actors::kernel::record::{Key, Space};
use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The most memory it takes, as far as that can be counted.
pub const MOST_BYTES: usize = 8 * 1024 * 1024;
/// Larger payloads are not kept.
const MOST_PAYLOAD: usize = 1024;
/// What an entry takes besides key and payload.
const OVERHEAD: usize = 160;

/// See the module docs.
#[derive(Default)]
pub(crate) struct Cache(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    young: HashMap<Key, Arc<Stored>>,
    young_bytes: usize,
    old: HashMap<Key, Arc<Stored>>,
}

impl Cache {
    /// What the store holds under `key`, if it is known.
    pub(crate) fn get(&self, key: &Key) -> Option<Arc<Stored>> {
        let mut known = self.known();
        if let Some(stored) = known.young.get(key) {
            return Some(Arc::clone(stored));
        }
        let (key, stored) = known.old.remove_entry(key)?;
        known.put(key, Arc::clone(&stored));
        Some(stored)
    }

    /// The store holds this under `key` now; `None`: nothing.
    pub(crate) fn put(&self, key: &Key, stored: Option<&Stored>) {
        let mut known = self.known();
        known.remove(key);
        if let Some(stored) = stored.filter(|stored| is_kept(key, stored)) {
            known.put(key.clone(), Arc::new(stored.clone()));
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        *self.known() = Generations::default();
    }

    fn known(&self) -> MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generations {
    fn put(&mut self, key: Key, stored: Arc<Stored>) {
        let bytes = size(&key, &stored);
        if self.young_bytes + bytes > MOST_BYTES / 2 {
            self.old = mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += bytes;
        self.young.insert(key, stored);
    }

    fn remove(&mut self, key: &Key) {
        self.old.remove(key);
        if let Some(stored) = self.young.remove(key) {
            self.young_bytes -= size(key, &stored);
        }
    }
}

fn size(key: &Key, (_, record): &Stored) -> usize {
    OVERHEAD + key.bytes().len() + record.payload.len()
}

/// Machines read their heads and rows again and again; everything else is read at start.
fn is_kept(key: &Key, (_, record): &Stored) -> bool {
    matches!(key.space(), Some(Space::Head | Space::Row)) && record.payload.len() <= MOST_PAYLOAD
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{self, Header};
    use actors::kernel::record::{Record, Schema};

    fn key(n: u32) -> Key {
        Key::new(Space::Row, &n.to_be_bytes())
    }

    fn stored(n: u8, length: usize) -> Stored {
        let schema = Schema {
            kind: 1,
            version: 1,
        };
        let record = Record {
            schema,
            payload: vec![n; length],
        };
        let sealed = format::seal(&key(0), u64::from(n), &record);
        (Header::parse(&sealed).unwrap(), record)
    }

    #[test]
    fn it_knows_the_newest_and_nothing_that_is_gone() {
        let cache = Cache::default();
        cache.put(&key(1), Some(&stored(1, 10)));
        cache.put(&key(1), Some(&stored(2, 10)));
        assert_eq!(*cache.get(&key(1)).unwrap(), stored(2, 10));
        cache.put(&key(1), None);
        assert!(cache.get(&key(1)).is_none());
        cache.put(&key(2), Some(&stored(1, MOST_PAYLOAD + 1)));
        assert!(cache.get(&key(2)).is_none(), "too large to be kept");
        cache.put(&key(3), Some(&stored(1, 1)));
        cache.clear();
        assert!(cache.get(&key(3)).is_none());
    }

    #[test]
    fn what_is_asked_for_outlives_what_is_not_and_memory_is_bounded() {
        let cache = Cache::default();
        let record = stored(1, 1000);
        for n in 0..20_000 {
            cache.put(&key(n), Some(&record));
            assert!(cache.get(&key(0)).is_some(), "after {n}");
        }
        assert!(cache.get(&key(1)).is_none());
        let known = cache.known();
        let all = known.young.iter().chain(&known.old);
        let bytes: usize = all.map(|(key, stored)| size(key, stored)).sum();
        assert!(bytes <= MOST_BYTES);
        let young = known.young.iter();
        let young: usize = young.map(|(key, stored)| size(key, stored)).sum();
        assert_eq!(young, known.young_bytes);
    }
}
