//! Reading state: what is pending lies over what the store holds.
//!
//! A machine's records are written by nobody but the machine, and it reads between its turns, so
//! looking first into the pending epochs and then into the store cannot miss anything: what leaves
//! the pending epochs is in the store by then.

use super::ground::Reads;
use actors::kernel::{
    address::Address,
    inbound::Input,
    machine::{Needs, RowKey},
    record::{CodecFault, Key, Record, Space},
    turn::{Hosted, head_key, row_key},
};
use snapshots::{ReadFault, end_of};
use std::collections::BTreeMap;
use tokio::runtime::{Handle, RuntimeFlavor};

/// The record under `key`.
///
/// # Errors
/// When it is damaged or the engine fails.
pub fn read(ground: &impl Reads, key: &Key) -> Result<Option<Record>, ReadFault> {
    if let Some(pending) = ground.core(|core| core.pending(key)) {
        return Ok(pending);
    }
    stored(ground, key)
}

fn stored(ground: &impl Reads, key: &Key) -> Result<Option<Record>, ReadFault> {
    let reader = ground.reader();
    let found = reader.get_now(key);
    let found = found.unwrap_or_else(|| letting_others_go(|| reader.get(key)));
    Ok(found?.map(|entry| entry.record))
}

/// Does what takes milliseconds without keeping this thread's other tasks waiting.
fn letting_others_go<T>(work: impl FnOnce() -> T) -> T {
    let flavor = Handle::try_current().map(|runtime| runtime.runtime_flavor());
    if matches!(flavor, Ok(RuntimeFlavor::MultiThread)) {
        tokio::task::block_in_place(work)
    } else {
        work()
    }
}

/// A machine's head.
///
/// # Errors
/// As [`read`].
pub fn head(ground: &impl Reads, address: Address) -> Result<Option<Record>, ReadFault> {
    read(ground, &head_key(address))
}

/// The rows a turn needs.
///
/// # Errors
/// As [`read`].
pub fn rows(
    ground: &impl Reads,
    address: Address,
    needs: Needs,
) -> Result<Vec<(RowKey, Record)>, ReadFault> {
    match needs {
        Needs::Nothing => Ok(Vec::new()),
        Needs::Rows(keys) | Needs::Every { rows: keys, .. } => {
            let stored: Vec<Key> = keys.iter().map(|key| row_key(address, key)).collect();
            let pending: Vec<_> =
                ground.core(|core| stored.iter().map(|key| core.pending(key)).collect());
            let mut together = Together::read(ground, &stored);
            let mut rows = Vec::with_capacity(keys.len());
            for ((key, stored), pending) in keys.into_iter().zip(stored).zip(pending) {
                let record = match (pending, together.take(&stored)) {
                    (Some(pending), _) => pending,
                    (None, Some(found)) => found,
                    (None, None) => self::stored(ground, &stored)?,
                };
                rows.extend(record.map(|record| (key, record)));
            }
            Ok(rows)
        }
        Needs::Range { from, limit } => {
            let end = end_of(&Key::of(Space::Row, address, &[]));
            let found = range(ground, &row_key(address, &from), &end, limit)?;
            Ok(found
                .into_iter()
                .map(|(key, record)| (RowKey::new(key.tail()), record))
                .collect())
        }
    }
}

/// So many rows at once are worth a look whether they lie together.
const MANY: usize = 32;

/// Rows read in one go, because they lie together: those of everybody in a guild, when a bot starts. One
/// by one takes four times as long.
#[derive(Default)]
struct Together {
    found: BTreeMap<Key, Record>,
    /// Up to before this key nothing else is there.
    until: Option<Key>,
}

impl Together {
    fn read(ground: &impl Reads, keys: &[Key]) -> Self {
        let (Some(first), Some(last)) = (keys.iter().min(), keys.iter().max()) else {
            return Self::default();
        };
        if keys.len() < MANY {
            return Self::default();
        }
        let end = end_of(last);
        let page = letting_others_go(|| ground.reader().scan(first, &end, keys.len() * 2));
        match page {
            Ok(page) if page.damaged.is_empty() => Self {
                until: Some(page.next.unwrap_or(end)),
                found: page
                    .entries
                    .into_iter()
                    .map(|entry| (entry.key, entry.record))
                    .collect(),
            },
            // Which row it is shows when they are read one by one.
            _ => Self::default(),
        }
    }

    /// What is under `key`; `None`: that is not known.
    fn take(&mut self, key: &Key) -> Option<Option<Record>> {
        let known = self.until.as_ref().is_some_and(|until| key < until);
        known.then(|| self.found.remove(key))
    }
}

/// Rows of one page of a [`Walk`].
pub const PAGE: usize = 500;

/// All rows of a range, page by page ([`Needs::Every`]). The machine writes between its turns only, so
/// that nothing changes on the way.
#[derive(Debug)]
pub struct Walk {
    address: Address,
    next: Option<RowKey>,
    to: Key,
}

impl Walk {
    /// From `from` to before `to`.
    #[must_use]
    pub fn new(address: Address, from: &RowKey, to: &RowKey) -> Self {
        Self {
            address,
            next: (from < to).then(|| from.clone()),
            to: row_key(address, to),
        }
    }

    /// The next page, which may be empty. `None` behind the last.
    ///
    /// # Errors
    /// As [`read`].
    pub fn page(
        &mut self,
        ground: &impl Reads,
    ) -> Result<Option<Vec<(RowKey, Record)>>, ReadFault> {
        let Some(next) = self.next.take() else {
            return Ok(None);
        };
        let found = range(ground, &row_key(self.address, &next), &self.to, PAGE)?;
        let rows: Vec<(RowKey, Record)> = found
            .into_iter()
            .map(|(key, record)| (RowKey::new(key.tail()), record))
            .collect();
        let last = rows.last().filter(|_| rows.len() == PAGE);
        self.next = last.map(|(key, _)| key.successor());
        Ok(Some(rows))
    }
}

/// Why a machine did not get what its turn needs.
#[derive(Debug, thiserror::Error)]
pub enum LoadFault {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadFault),
    /// It can be read and means nothing.
    #[error(transparent)]
    Codec(#[from] CodecFault),
}

/// The rows an input's turn needs, after it was shown all that it walks over.
///
/// # Errors
/// When something of it cannot be read; the machine must not be used again then.
pub fn load(
    ground: &impl Reads,
    machine: &mut dyn Hosted,
    input: &Input,
) -> Result<Vec<(RowKey, Record)>, LoadFault> {
    let needs = machine.needs(&input.what);
    if let Needs::Every { from, to, .. } = &needs {
        let mut walk = Walk::new(machine.address(), from, to);
        let mut first = true;
        while let Some(page) = walk.page(ground)? {
            machine.scan(input, first, &page)?;
            first = false;
        }
    }
    Ok(rows(ground, machine.address(), needs)?)
}

/// The first `limit` records in `from..to`.
///
/// # Errors
/// When one of them is damaged or the engine fails.
pub fn range(
    ground: &impl Reads,
    from: &Key,
    to: &Key,
    limit: usize,
) -> Result<Vec<(Key, Record)>, ReadFault> {
    // The overlay first: what becomes durable in between is then found twice, never not at all.
    let overlay = ground.core(|core| core.pending_range(from, to));
    let mut found: BTreeMap<Key, Record> = BTreeMap::new();
    let mut cursor = Some(from.clone());
    while let Some(start) = cursor
        && found.len() < limit
    {
        let page = ground.reader().scan(&start, to, limit)?;
        if let Some(damaged) = page.damaged.into_iter().next() {
            return Err(ReadFault::Damaged {
                key: damaged.key,
                damage: damaged.damage,
            });
        }
        let entries = page
            .entries
            .into_iter()
            .filter(|entry| !overlay.contains_key(&entry.key));
        found.extend(entries.map(|entry| (entry.key, entry.record)));
        cursor = page.next;
    }
    for (key, record) in overlay {
        if let Some(record) = record {
            found.insert(key, record);
        }
    }
    Ok(found.into_iter().take(limit).collect())
}

#[cfg(test)]
mod tests;
