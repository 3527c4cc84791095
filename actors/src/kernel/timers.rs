//! Durable timers: which are due, in which order, and which must still wait.
//!
//! A timer fires once per occurrence: firing takes it out of here, and the batch that holds the
//! turn removes its row. Deadlines are wall-clock instants compared on every look, so a clock that
//! jumps makes a timer late at worst, and a repeating one fires once, not for every missed period.

use super::{
    address::Address,
    ids::GuildId,
    inbound::{Inbound, Input, InputId},
    machine::TimerChange,
    stored::TimerRow,
    time::{Span, Timestamp},
};
use std::collections::{BTreeMap, BTreeSet};

/// After a start or a reconnect ordinary timers wait for the guild's shard to be up to date, but
/// not longer than this.
pub const PATIENCE: Span = Span::seconds(60);

/// The change as it is kept at `now`. A turn on an event of the past may want a timer that is due
/// already, perhaps at the very instant at which one of that key has fired: an occurrence is named by key
/// and deadline, so this one is due a millisecond from now, and differs from all that have fired.
#[must_use]
pub fn not_before(now: Timestamp, change: TimerChange) -> TimerChange {
    match change {
        TimerChange::Set { due, punishing } if due <= now => TimerChange::Set {
            due: now + Span::millis(1),
            punishing,
        },
        other => other,
    }
}

/// See the module docs.
#[derive(Debug, Default)]
pub struct Timers {
    rows: BTreeMap<(Address, String), TimerRow>,
    order: BTreeSet<(Timestamp, Address, String)>,
}

impl Timers {
    /// Takes over a timer from the store or a turn.
    pub fn set(&mut self, address: Address, key: &str, row: TimerRow) {
        self.cancel(address, key);
        self.order.insert((row.due, address, key.to_owned()));
        self.rows.insert((address, key.to_owned()), row);
    }

    /// Whether a timer of this key is set.
    #[must_use]
    pub fn contains(&self, address: Address, key: &str) -> bool {
        self.rows.contains_key(&(address, key.to_owned()))
    }

    /// Forgets a timer.
    pub fn cancel(&mut self, address: Address, key: &str) {
        if let Some(row) = self.rows.remove(&(address, key.to_owned())) {
            self.order.remove(&(row.due, address, key.to_owned()));
        }
    }

    /// Applies what a turn wants.
    pub fn apply(&mut self, address: Address, changes: &BTreeMap<String, TimerChange>) {
        for (key, change) in changes {
            match change {
                TimerChange::Set { due, punishing } => {
                    self.set(
                        address,
                        key,
                        TimerRow {
                            due: *due,
                            punishing: *punishing,
                        },
                    );
                }
                TimerChange::Cancel => self.cancel(address, key),
            }
        }
    }

    /// Takes out what is due at `now`, ordered by deadline, address and key. `waiting` says of a
    /// guild since when it has not been up to date (`None` asks about direct messages).
    pub fn due(
        &mut self,
        now: Timestamp,
        waiting: impl Fn(Option<GuildId>) -> Option<Timestamp>,
    ) -> Vec<(Address, Input)> {
        let mut fired = Vec::new();
        for (due, address, key) in &self.order {
            if *due > now {
                break;
            }
            let row = self.rows[&(*address, key.clone())];
            let held = waiting(address.guild_id())
                .is_some_and(|since| row.punishing || now < since + PATIENCE);
            if !held {
                fired.push((*due, *address, key.clone()));
            }
        }
        fired
            .into_iter()
            .map(|occurrence| self.fire(occurrence, now))
            .collect()
    }

    fn fire(
        &mut self,
        (due, address, key): (Timestamp, Address, String),
        now: Timestamp,
    ) -> (Address, Input) {
        self.cancel(address, &key);
        let id = InputId::Timer {
            key: key.clone(),
            due,
        };
        (
            address,
            Input {
                id,
                at: now,
                what: Inbound::TimerFired { key, due },
            },
        )
    }

    /// The earliest deadline.
    #[must_use]
    pub fn earliest(&self) -> Option<Timestamp> {
        self.order.first().map(|(due, ..)| *due)
    }

    /// All timers in the order they are due.
    pub fn iter(&self) -> impl Iterator<Item = (Timestamp, Address, &str)> {
        self.order
            .iter()
            .map(|(due, address, key)| (*due, *address, key.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::address::Kind;

    fn machine(guild: u64) -> Address {
        Address::guild(Kind::Welcome, GuildId::new(guild).unwrap())
    }

    fn row(due: i64, punishing: bool) -> TimerRow {
        TimerRow {
            due: Timestamp::from_millis(due),
            punishing,
        }
    }

    fn names(fired: &[(Address, Input)]) -> Vec<String> {
        fired
            .iter()
            .map(|(address, input)| match &input.id {
                InputId::Timer { key, .. } => format!("{address} {key}"),
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn timers_fire_once_ordered_by_deadline_address_and_key() {
        let mut timers = Timers::default();
        timers.set(machine(2), "a", row(50, false));
        timers.set(machine(1), "b", row(50, false));
        timers.set(machine(1), "a", row(50, false));
        timers.set(machine(9), "z", row(10, false));
        timers.set(machine(9), "later", row(51, false));
        timers.set(machine(9), "moved", row(1, false));
        timers.set(machine(9), "moved", row(99, false));
        let fired = timers.due(Timestamp::from_millis(50), |_| None);
        assert_eq!(
            names(&fired),
            [
                "guild 9/welcome z",
                "guild 1/welcome a",
                "guild 1/welcome b",
                "guild 2/welcome a"
            ]
        );
        assert!(timers.due(Timestamp::from_millis(50), |_| None).is_empty());
        assert_eq!(timers.earliest(), Some(Timestamp::from_millis(51)));
    }

    #[test]
    fn a_guild_that_is_not_up_to_date_holds_punishing_timers_and_others_for_a_minute() {
        let mut timers = Timers::default();
        timers.set(machine(1), "kick", row(0, true));
        timers.set(machine(1), "ask", row(0, false));
        timers.set(machine(2), "ask", row(0, false));
        let behind = |guild: Option<GuildId>| {
            (guild == GuildId::new(1)).then_some(Timestamp::from_seconds(0))
        };
        let fired = timers.due(Timestamp::from_seconds(59), behind);
        assert_eq!(names(&fired), ["guild 2/welcome ask"]);
        let fired = timers.due(Timestamp::from_seconds(60), behind);
        assert_eq!(names(&fired), ["guild 1/welcome ask"]);
        let fired = timers.due(Timestamp::from_seconds(6000), behind);
        assert!(fired.is_empty());
        let fired = timers.due(Timestamp::from_seconds(6000), |_| None);
        assert_eq!(names(&fired), ["guild 1/welcome kick"]);
    }
}
