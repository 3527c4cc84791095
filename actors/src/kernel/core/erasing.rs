//! What waits and what was set aside when members are forgotten.
//!
//! Effects on their way, effects given up and inputs set aside lie in the store, some until a person
//! decides about them. Of those set aside the core knows where they lie, of which server or person they
//! are, and whom they could name: every long number in them. What could name somebody goes, or is said
//! without them, in the batch of the turn in which a machine there forgets them; what tells a machine to
//! forget them stays until it has, and what answers them until it is sent. What is set aside later is
//! cleaned first.

use super::Core;
use crate::kernel::{
    address::{Address, Scope},
    effect::{Effect, OutboxRow},
    erase::{self, Gone},
    fact::Fact,
    ids::UserId,
    inbound::{EffectId, Inbound, Input},
    own::{self, Veiled},
    record::{Codec, Key, Space, Write},
    stored::effect_key,
    time::Timestamp,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

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

/// Those who asked to be forgotten, where.
#[derive(Debug, Default)]
pub(super) struct Erasures(BTreeSet<(Scope, Veiled)>);

impl Gone for Erasures {
    fn has(&self, scope: Scope, user: UserId) -> bool {
        !self.0.is_empty() && self.0.contains(&(scope, Veiled::of(scope, user)))
    }

    fn all(&self, _: Scope) -> Vec<Veiled> {
        Vec::new()
    }
}

/// One who asks at this moment.
struct One(Scope, UserId);

impl Gone for One {
    fn has(&self, scope: Scope, user: UserId) -> bool {
        (scope, user) == (self.0, self.1)
    }

    fn all(&self, _: Scope) -> Vec<Veiled> {
        Vec::new()
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
    /// Earlier lives were asked to forget these: what is set aside from now on does not name them.
    pub fn forgot(&mut self, gone: impl IntoIterator<Item = (Scope, Veiled)>) {
        self.gone.0.extend(gone);
    }

    /// What goes with the turn on `input`, if a machine forgets somebody in it.
    pub(super) fn erased(&mut self, address: Address, input: &Input) -> Vec<Write> {
        let scope = address.scope;
        let user = match &input.what {
            Inbound::Told {
                fact: Fact::Forget { user, .. },
                ..
            } => *user,
            Inbound::Told {
                fact: Fact::RecordAgain { user },
                ..
            } => {
                self.gone.0.remove(&(scope, Veiled::of(scope, *user)));
                return Vec::new();
            }
            _ => return Vec::new(),
        };
        // A person's own machine forgets what was; it is not asked to record nothing more.
        if address.guild_id().is_some() {
            self.gone.0.insert((scope, Veiled::of(scope, user)));
        }
        let mut writes = self.erased_on_their_way(&One(scope, user));
        for (at, key) in self.named.of(scope, user) {
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

    /// Effects on their way say the same without them.
    fn erased_on_their_way(&mut self, gone: &One) -> Vec<Write> {
        let concerns = |row: &OutboxRow| {
            let leaves = !matches!(row.effect, Effect::Tell { .. } | Effect::House(_));
            let theirs = || erase::is_theirs(row, gone);
            row.from.scope == gone.0 && leaves && erase::names(row, gone.0, gone) && !theirs()
        };
        let waiting = self.assembler.effects().chain(self.outbox.rows());
        let named: Vec<OutboxRow> = waiting.filter(|row| concerns(row)).cloned().collect();
        let mut writes = Vec::new();
        for row in named {
            let id = row.id;
            let row = erase::without_them(&self.codec, row, gone).ok().flatten();
            let key = effect_key(Space::Outbox, id);
            writes.push(match &row {
                Some(row) => self.outbox_write(row),
                None => Write { key, record: None },
            });
            self.replace(id, row);
        }
        writes
    }

    fn replace(&mut self, id: EffectId, row: Option<OutboxRow>) {
        if !self.assembler.replace(id, row.as_ref()) {
            self.outbox.replace(id, row);
        }
    }

    /// What shall be set aside, without those who are gone; nothing when nothing of it is left.
    pub(super) fn cleaned(&self, row: OutboxRow) -> Option<OutboxRow> {
        if erase::names(&row, row.from.scope, &self.gone) {
            return erase::without_them(&self.codec, row, &self.gone).ok()?;
        }
        Some(row)
    }

    /// Whether an input names somebody who is gone, and so must not be set aside.
    pub(super) fn is_of_gone(&self, address: Address, input: &Input) -> bool {
        may_go(input) && erase::names(input, address.scope, &self.gone)
    }
}
