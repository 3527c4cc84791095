//! What was set aside about members who are forgotten.
//!
//! Effects given up and inputs set aside lie in the store until a person decides about them. Of each the
//! core knows where it lies, of which server or person it is, and whom it could name: every long number
//! in it. What could name somebody goes in the batch of the turn in which a machine there forgets
//! them; what tells a machine to forget them stays until it has.

use super::Core;
use crate::kernel::{
    address::{Address, Scope},
    fact::Fact,
    ids::UserId,
    inbound::{Inbound, Input},
    own,
    record::{Codec, Key, Space, Write},
    time::Timestamp,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Whom what was set aside could name.
#[derive(Debug, Default)]
pub(super) struct Named(BTreeMap<Key, Entry>);

#[derive(Debug)]
struct Entry {
    scope: Scope,
    /// Since when it lies there.
    at: Timestamp,
    ids: Box<[u64]>,
}

impl Named {
    /// `value` lies under `key`.
    pub(super) fn add(&mut self, key: &Key, scope: Scope, at: Timestamp, value: &impl Serialize) {
        let ids = own::ids_in(value);
        self.0.insert(key.clone(), Entry { scope, at, ids });
    }

    /// Nothing lies there any more.
    pub(super) fn remove(&mut self, key: &Key) {
        self.0.remove(key);
    }

    fn of(&self, scope: Scope, user: UserId) -> Vec<(Timestamp, Key)> {
        let named = self.0.iter().filter(|(_, entry)| {
            entry.scope == scope && entry.ids.binary_search(&user.get()).is_ok()
        });
        named.map(|(key, entry)| (entry.at, key.clone())).collect()
    }
}

/// Whether somebody being forgotten may take this input away when it was set aside.
pub(super) fn may_go(input: &Input) -> bool {
    let Inbound::Told { fact, .. } = &input.what else {
        return true;
    };
    !matches!(fact, Fact::Forget { .. } | Fact::RecordAgain { .. })
}

impl<C: Codec> Core<C> {
    /// What goes with the turn on `input`, if a machine forgets somebody in it.
    pub(super) fn erased(&mut self, address: Address, input: &Input) -> Vec<Write> {
        let Inbound::Told {
            fact: Fact::Forget { user, .. },
            ..
        } = &input.what
        else {
            return Vec::new();
        };
        let mut writes = Vec::new();
        for (at, key) in self.named.of(address.scope, *user) {
            if key.space() == Some(Space::DeadLetter) {
                self.dead_letters.remove(&(at, key.clone()));
            } else if self.released.values().any(|released| *released == key) {
                // Its machine has it at this moment.
                continue;
            } else {
                self.counters.parked = self.counters.parked.saturating_sub(1);
            }
            self.named.remove(&key);
            writes.push(Write { key, record: None });
        }
        writes
    }
}
