//! What is gathered over all members: who is ahead, who has been silent for long, everything as a file.
//!
//! Each is one walk over the rows, made anew whenever it is asked for ([`Needs::Every`]), so that what
//! is shown is true now. What a walk gathers is bounded: the first [`MOST`] of a list, and as much of a
//! file as one message takes.

use super::{
    Member, Row, State,
    export::Export,
    idle::{Standing, standing},
};
use crate::kernel::{
    activity::Deed,
    call::{Call, Press},
    ids::UserId,
    inbound::{Inbound, Input},
    machine::{Needs, RowKey, Scanned},
    pages::{self, LINES},
    time::{Span, Timestamp},
};
use std::collections::BTreeSet;

/// Members that a list remembers; of more it says how many.
pub(super) const MOST: usize = 1_000;

/// What is asked of all members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Query {
    /// Who did the most.
    Top(By),
    /// Who has been idle for so many days.
    Inactive(i64),
    /// All of it, as a file.
    Export(Format),
}

/// What counts for [`Query::Top`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// Deeds of every kind, except typing and status: whoever writes has typed, and is online.
    Everything,
    /// Messages.
    Messages,
    /// Reactions.
    Reactions,
    /// Time in voice.
    Voice,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// For spreadsheets.
    Csv,
    /// For programs.
    Json,
}

impl Query {
    /// What a command asks.
    pub(super) fn called(call: &Call) -> Option<Self> {
        match call.command.as_str() {
            "presence top" => Some(Self::Top(By::named(call.text("by").unwrap_or_default()))),
            "presence inactive" => {
                let days = call.integer("days").unwrap_or(super::commands::DAYS);
                Some(Self::Inactive(days))
            }
            "presence export" => Some(Self::Export(match call.text("format") {
                Some("json") => Format::Json,
                _ => Format::Csv,
            })),
            _ => None,
        }
    }

    /// What a button asks, and for which page.
    pub(super) fn pressed(press: &Press) -> Option<(Self, usize)> {
        let page = pages::asked(&press.id)?;
        let of = press.id.arg(1)?;
        let query = match press.id.action.as_str() {
            "top" => Self::Top(By::named(of)),
            "inactive" => Self::Inactive(of.parse().ok()?),
            _ => return None,
        };
        Some((query, page))
    }

    fn of(what: &Inbound) -> Option<Self> {
        match what {
            Inbound::Called(call) => Self::called(call),
            Inbound::Pressed(press) => Some(Self::pressed(press)?.0),
            _ => None,
        }
    }
}

impl By {
    /// By its name in commands and buttons; without one, everything.
    fn named(name: &str) -> Self {
        match name {
            "messages" => Self::Messages,
            "reactions" => Self::Reactions,
            "voice" => Self::Voice,
            _ => Self::Everything,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Messages => "messages",
            Self::Reactions => "reactions",
            Self::Voice => "voice",
        }
    }

    /// How much of it somebody has done: deeds, or milliseconds in voice.
    fn count(self, member: &Member, now: Timestamp) -> i64 {
        let Some(done) = &member.deeds else {
            return 0;
        };
        let deeds = |deeds: &[Deed]| {
            let counts = deeds.iter().map(|deed| i64::from(done.counts.of(*deed)));
            counts.sum()
        };
        match self {
            Self::Everything => deeds(&[
                Deed::Wrote,
                Deed::Edited,
                Deed::Reacted,
                Deed::Spoke,
                Deed::Used,
                Deed::Muted,
                Deed::Threaded,
                Deed::Answered,
            ]),
            Self::Messages => deeds(&[Deed::Wrote]),
            Self::Reactions => deeds(&[Deed::Reacted]),
            Self::Voice => done.voice.by(now).as_millis(),
        }
    }
}

/// The walk an input needs, if it asks something of all members.
pub(super) fn needs(what: &Inbound) -> Option<Needs> {
    Query::of(what).map(|_| Needs::Every {
        rows: Vec::new(),
        from: RowKey::default(),
        to: RowKey::after_users(),
    })
}

/// One row of such a walk.
pub(super) fn scan(state: &State, input: &Input, into: &mut Scanned, key: &RowKey, row: &Row) {
    let of = row.member().zip(key.as_user());
    let Some((query, (member, user))) = Query::of(&input.what).zip(of) else {
        return;
    };
    if !state.tracks() {
        return;
    }
    let now = input.at;
    match query {
        Query::Export(format) => {
            let export = into.gathered::<Export>();
            export.add(format, state, user, member, now);
        }
        _ if member.left.is_some() => {}
        Query::Top(by) => {
            let count = by.count(member, now);
            into.gathered::<Ranked>().add(count > 0, -count, user);
        }
        Query::Inactive(days) => {
            let idle = match standing(state, member, now) {
                Standing::Idle { idle, .. } => idle.rest(),
                _ => Span::ZERO,
            };
            let over = idle >= Span::days(days);
            into.gathered::<Ranked>().add(over, -idle.as_millis(), user);
        }
    }
}

/// Members in the order of a number, the least one first.
#[derive(Debug, Default)]
pub(super) struct Ranked {
    first: BTreeSet<(i64, UserId)>,
    /// Members the list is of.
    pub(super) listed: u64,
    /// Members looked at.
    pub(super) members: u64,
}

impl Ranked {
    fn add(&mut self, listed: bool, by: i64, user: UserId) {
        self.members += 1;
        if !listed {
            return;
        }
        self.listed += 1;
        self.first.insert((by, user));
        if self.first.len() > MOST {
            self.first.pop_last();
        }
    }

    /// How many it remembers.
    pub(super) fn len(&self) -> usize {
        self.first.len()
    }

    /// The members of a page, each with place and number.
    pub(super) fn page(&self, page: usize) -> impl Iterator<Item = (usize, i64, UserId)> {
        let places = (1..)
            .zip(&self.first)
            .map(|(place, (by, user))| (place, *by, *user));
        places.skip(page.saturating_mul(LINES)).take(LINES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever the numbers are, the list is what sorting all of them gives.
        #[test]
        fn a_list_is_the_beginning_of_all(
            numbers in prop::collection::vec((any::<bool>(), -50_i64..50), 0..(MOST + 200)),
            page in 0_usize..120,
        ) {
            let mut ranked = Ranked::default();
            let mut all = Vec::new();
            for ((listed, by), n) in numbers.iter().zip(1..) {
                let user = UserId::new(n).unwrap();
                ranked.add(*listed, *by, user);
                all.extend(listed.then_some((*by, user)));
            }
            all.sort_unstable();
            prop_assert_eq!(ranked.members, numbers.len() as u64);
            prop_assert_eq!(ranked.listed, all.len() as u64);
            prop_assert_eq!(ranked.len(), all.len().min(MOST));
            all.truncate(MOST);
            let expected: Vec<_> = (1..).zip(all).skip(page * LINES).take(LINES).collect();
            let shown: Vec<_> = ranked.page(page).map(|(n, by, user)| (n, (by, user))).collect();
            prop_assert_eq!(shown, expected);
        }
    }
}
