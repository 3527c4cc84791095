//! Members' own data: every machine says what it knows about somebody, and forgets it when they ask.
//!
//! The privacy machine asks and tells by facts; what is here stands between these and the four
//! functions that [`Machine`] demands of every feature without a default, so that none can be added
//! without an answer: [`Machine::rows_about`], [`Machine::about`], [`Machine::forget`],
//! [`Machine::record_again`].
//!
//! Who asked to be forgotten must not be recorded again, so something about them has to stay: a
//! [`Veiled`] name. It keeps a copy of the data from listing who asked. It is no secret: whoever has the
//! data and somebody's id can see whether that id is among them, as the bot itself must.

use super::{
    address::{Address, Scope},
    fact::Fact,
    ids::UserId,
    inbound::Inbound,
    machine::{Cx, Machine, Needs},
    record::Snapshot,
    text::cut,
};
use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;
use std::{collections::BTreeSet, hash::Hasher as _};

/// Longest [`Known::text`].
const MAX_TEXT: usize = 900;
/// A number with fewer digits is no id.
const ID_DIGITS: usize = 15;

/// Something a machine knows about somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// What it is, in a word or two.
    pub topic: String,
    /// In words, escaped.
    pub text: String,
    /// As it is stored: JSON.
    pub data: String,
    /// Why it is not forgotten, if it is not: a sentence.
    pub stays: Option<String>,
}

impl Known {
    /// `value`, which is how it is stored, in words.
    #[must_use]
    pub fn new(topic: &str, text: &str, value: &impl Serialize) -> Self {
        let data = serde_json::to_string(value).unwrap_or_default();
        Self {
            topic: topic.to_owned(),
            text: cut(text, MAX_TEXT).into_owned(),
            data,
            stays: None,
        }
    }

    /// It is not forgotten, and why.
    #[must_use]
    pub fn stays(self, why: &str) -> Self {
        Self {
            stays: Some(why.to_owned()),
            ..self
        }
    }
}

/// The name of somebody who asked to be forgotten, in one guild.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Veiled(u64);

impl Veiled {
    /// The same on every machine and in every version; another one in another guild.
    #[must_use]
    pub fn of(scope: Scope, user: UserId) -> Self {
        let (tag, id) = match scope {
            Scope::Guild(guild) => (0, guild.get()),
            Scope::User(user) => (1, user.get()),
        };
        let mut hasher = SipHasher13::new_with_keys(0x6775_696c_6468_616c, 0x6c00_0000_0000_0002);
        hasher.write_u8(tag);
        hasher.write(&id.to_le_bytes());
        hasher.write(&user.get().to_le_bytes());
        Self(hasher.finish())
    }

    /// As a number, to be written down.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The name that was written down as this number.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }
}

/// Those who asked to be forgotten in a guild. The privacy machine sees to it that they are at most
/// [`Forgotten::MOST`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forgotten(BTreeSet<Veiled>);

impl Forgotten {
    /// How many there can be: they are part of heads, which are written as a whole.
    pub const MOST: usize = 5_000;

    /// Whether `user` asked to be forgotten where `me` is.
    #[must_use]
    pub fn has(&self, me: Address, user: UserId) -> bool {
        !self.0.is_empty() && self.0.contains(&Veiled::of(me.scope, user))
    }

    /// Whether there is no room for another one.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.len() >= Self::MOST
    }

    /// Notes that `user` asked to be forgotten. Only a guild knows others than who is there.
    pub fn add(&mut self, me: Address, user: UserId) {
        if me.guild_id().is_some() {
            self.0.insert(Veiled::of(me.scope, user));
        }
    }

    /// Notes that `user` may be recorded again; whether they had asked not to be.
    pub fn remove(&mut self, me: Address, user: UserId) -> bool {
        self.0.remove(&Veiled::of(me.scope, user))
    }

    /// Notes those of whom only this is known.
    pub fn extend(&mut self, names: impl IntoIterator<Item = Veiled>) {
        self.0.extend(names);
    }
}

/// Every number in `value` that could be an id, also in its texts; in order, each once.
#[must_use]
pub fn ids_in(value: &impl Serialize) -> Box<[u64]> {
    let text = serde_json::to_string(value).unwrap_or_default();
    let numbers = text.split(|c: char| !c.is_ascii_digit());
    let long = numbers.filter(|number| number.len() >= ID_DIGITS);
    let mut ids: Vec<u64> = long.filter_map(|number| number.parse().ok()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into()
}

/// The rows of `M` that are needed if `what` asks about somebody.
pub(super) fn needs<M: Machine>(what: &Inbound) -> Option<Needs> {
    let Inbound::Told { fact, .. } = what else {
        return None;
    };
    match fact {
        Fact::KnowledgeWanted { user, .. } | Fact::Forget { user, .. } => {
            Some(Needs::Rows(M::rows_about(*user)))
        }
        _ => None,
    }
}

/// What the machine does when it is asked about somebody; `false` when it is told something else.
pub(super) fn told<M: Machine>(
    cx: &mut Cx<'_, M::Row>,
    state: &mut M::State,
    what: &Inbound,
) -> bool {
    let Inbound::Told { from, fact } = what else {
        return false;
    };
    match fact {
        Fact::KnowledgeWanted { user, ask } => {
            let known = M::about(cx, state, *user);
            cx.tell(*from, Fact::Knowledge { ask: *ask, known });
        }
        Fact::Forget { user, ask } => {
            M::forget(cx, state, *user);
            // What stays, with its reason.
            let rest = M::about(cx, state, *user).into_iter();
            let known = rest.filter(|known| known.stays.is_some()).collect();
            cx.tell(*from, Fact::Knowledge { ask: *ask, known });
        }
        Fact::RecordAgain { user } => M::record_again(cx, state, *user),
        _ => return false,
    }
    true
}

/// A row about somebody, as most machines have it: under their id.
pub fn own_row<'a, R: Snapshot + Clone>(cx: &'a Cx<'_, R>, user: UserId) -> Option<&'a R> {
    cx.row(&super::machine::RowKey::user(user))
}

/// Removes that row.
pub fn remove_own_row<R: Snapshot + Clone>(cx: &mut Cx<'_, R>, user: UserId) {
    if own_row(cx, user).is_some() {
        cx.remove(super::machine::RowKey::user(user));
    }
}
