//! Which machines want to hear of a channel, a member or a message besides those of its guild.
//!
//! The store has a row for each pair, and all of them are here: the shard asks for every join, departure
//! and deleted channel, and must not wait for the store while it reads events. A row is about a hundred
//! bytes; machines have one for each panel, ticket or the like.

use crate::kernel::{
    address::Address,
    machine::IndexKey,
    record::{Key, Space, Write},
    turn::{index_key, indexed},
};
use std::collections::BTreeSet;

/// See the module docs.
#[derive(Debug, Default)]
pub(in crate::kernel) struct Index(BTreeSet<Key>);

impl Index {
    pub(super) fn load(&mut self, key: Key) {
        self.0.insert(key);
    }

    /// Takes note of what a turn writes.
    pub(in crate::kernel) fn apply(&mut self, writes: &[Write]) {
        let of_index = |write: &&Write| write.key.space() == Some(Space::Index);
        for write in writes.iter().filter(of_index) {
            if write.record.is_some() {
                self.0.insert(write.key.clone());
            } else {
                self.0.remove(&write.key);
            }
        }
    }

    pub(in crate::kernel) fn machines(&self, key: IndexKey) -> Vec<Address> {
        let prefix = index_key(key, None);
        let rows = self.0.range(prefix.clone()..);
        rows.take_while(|row| row.bytes().starts_with(prefix.bytes()))
            .filter_map(indexed)
            .collect()
    }

    /// Whether any machine wants to hear what becomes of its guild's messages.
    pub(super) fn has_guilds(&self) -> bool {
        let first = Key::new(Space::Index, b"g");
        let mut rows = self.0.range(first.clone()..);
        rows.next()
            .is_some_and(|row| row.bytes().starts_with(first.bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{
        address::Kind,
        ids::{ChannelId, GuildId, UserId},
        record::{Record, Schema},
    };

    fn write(key: Key, on: bool) -> Write {
        let schema = Schema {
            kind: 1,
            version: 1,
        };
        let payload = Vec::new();
        let record = on.then_some(Record { schema, payload });
        Write { key, record }
    }

    #[test]
    fn a_machine_is_found_by_what_it_asked_for_and_by_nothing_else() {
        let machines: Vec<_> = (1..=2)
            .map(|guild| Address::guild(Kind::Welcome, GuildId::new(guild).unwrap()))
            .collect();
        let channel = IndexKey::Channel(ChannelId::new(7).unwrap());
        let row = |n: usize| index_key(channel, Some(machines[n]));
        let mut index = Index::default();
        index.load(row(0));
        index.apply(&[write(row(1), true)]);
        assert_eq!(index.machines(channel), machines);
        let next = IndexKey::Channel(ChannelId::new(8).unwrap());
        assert_eq!(index.machines(next), []);
        assert_eq!(index.machines(IndexKey::User(UserId::new(7).unwrap())), []);
        index.apply(&[write(row(0), false)]);
        assert_eq!(index.machines(channel), machines[1..]);
        let guild = IndexKey::Guild(GuildId::new(1).unwrap());
        assert!(!index.has_guilds());
        index.load(index_key(guild, Some(machines[0])));
        assert!(index.has_guilds());
        assert_eq!(index.machines(guild), machines[..1]);
        index.apply(&[write(index_key(guild, Some(machines[0])), false)]);
        assert!(!index.has_guilds());
    }
}
