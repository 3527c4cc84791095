//! Records without somebody who asked to be forgotten: for copies of the store, and for what waits in it.
//!
//! A machine forgets somebody in its own turn ([`super::own`]). What is here does the same to records that
//! no machine has at hand: those in exports, those of a restored store, effects on their way. A head is
//! read and told to forget; a row about them is left out; elsewhere their id becomes another number
//! ([`former`]) by which nobody finds them, and their mention becomes words.

use super::{
    address::{Address, Scope},
    effect::{DeadLetter, Effect, OutboxRow, Target},
    ids::UserId,
    inbound::{EffectId, InputId},
    machine::{Cx, Machine},
    own::{self, Veiled},
    record::{Codec, CodecFault, Key, Record, Snapshot, Space},
    redact::{self, Pseudonyms},
    spool::{Line, SpoolRow},
    stored::{Parked, ProcessRecord},
    text::Message,
    time::Timestamp,
};
use std::collections::BTreeMap;

/// What stands where somebody was mentioned.
const NOBODY: &str = "a former member";
/// Below the ids of all accounts, which began in 2015.
const FORMER: u64 = (1 << 40) - 1;

/// Who asked to be forgotten.
pub trait Gone {
    /// Whether `user` did, there.
    fn has(&self, scope: Scope, user: UserId) -> bool;
    /// All who did there and must not be recorded again, as far as they are not found by their ids.
    fn all(&self, scope: Scope) -> Vec<Veiled>;
}

/// What becomes of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Erased {
    /// It says nothing about them.
    Same,
    /// It says this instead.
    Changed(Record),
    /// It goes.
    Removed,
}

/// The number that stands for a forgotten member where something has to.
#[must_use]
pub fn former(scope: Scope, user: UserId) -> UserId {
    UserId::new(Veiled::of(scope, user).number() & FORMER | 1).unwrap_or(user)
}

/// The record under `key`, which is no machine's head or row, without those who are gone.
///
/// # Errors
/// When it cannot be read.
pub fn runtime<C: Codec>(
    codec: &C,
    key: &Key,
    record: &Record,
    gone: &dyn Gone,
) -> Result<Erased, CodecFault> {
    if let Some(address) = key.address() {
        return Ok(of_person(address.scope, gone));
    }
    match key.space() {
        Some(Space::Outbox | Space::DeadLetter) if record.schema.kind == OutboxRow::KIND => {
            let row = OutboxRow::from_record(codec, record)?;
            if !names(&row, row.from.scope, gone) {
                return Ok(Erased::Same);
            }
            match without_them(codec, row, gone)? {
                Some(row) => Ok(Erased::Changed(row.to_record(codec)?)),
                None => Ok(Erased::Removed),
            }
        }
        Some(Space::DeadLetter) => {
            let letter = DeadLetter::from_record(codec, record)?;
            Ok(removed_if(names(&letter, letter.row.from.scope, gone)))
        }
        Some(Space::Parked) => {
            let parked = Parked::from_record(codec, record)?;
            Ok(removed_if(names(&parked, parked.address.scope, gone)))
        }
        Some(Space::Spool) => {
            let row = SpoolRow::from_record(codec, record)?;
            let scope = Scope::Guild(row.guild);
            if !names(&row, scope, gone) {
                return Ok(Erased::Same);
            }
            // As many lines as before: cursors count them.
            let names = Former { scope, gone };
            redact::redacted::<SpoolRow, C>(codec, record, &names).map(Erased::Changed)
        }
        Some(Space::Process) if record.schema.kind == ProcessRecord::KIND => {
            let process = ProcessRecord::from_record(codec, record)?;
            let about = process.about_to_handle.as_ref();
            if !about.is_some_and(|(address, input)| names(input, address.scope, gone)) {
                return Ok(Erased::Same);
            }
            let process = ProcessRecord {
                about_to_handle: None,
                ..process
            };
            Ok(Erased::Changed(process.to_record(codec)?))
        }
        _ => Ok(Erased::Same),
    }
}

/// Lines that wait for sinks, without those who are gone. That they are to be forgotten there still says who.
///
/// # Errors
/// When they cannot be read.
pub fn waiting<C: Codec>(
    codec: &C,
    record: &Record,
    gone: &dyn Gone,
) -> Result<Erased, CodecFault> {
    let row = SpoolRow::from_record(codec, record)?;
    let names = Former {
        scope: Scope::Guild(row.guild),
        gone,
    };
    let without = redact::redacted::<SpoolRow, C>(codec, record, &names)?;
    let mut without = SpoolRow::from_record(codec, &without)?;
    for (line, was) in without.lines.iter_mut().zip(&row.lines) {
        if matches!(was, Line::Forget { .. }) {
            line.clone_from(was);
        }
    }
    Ok(if without == row {
        Erased::Same
    } else {
        Erased::Changed(without.to_record(codec)?)
    })
}

/// The head at `address` after its machine has forgotten those who are gone.
///
/// # Errors
/// When it cannot be read.
pub fn head<M: Machine, C: Codec>(
    codec: &C,
    address: Address,
    record: &Record,
    gone: &dyn Gone,
) -> Result<Erased, CodecFault> {
    if of_person(address.scope, gone) == Erased::Removed {
        return Ok(Erased::Removed);
    }
    let mut state = M::State::from_record(codec, record)?;
    let before = codec.encode(&state)?;
    let nothing = InputId::Fact(EffectId(0));
    let mut cx = Cx::new(Timestamp::EPOCH, address, &nothing, BTreeMap::new());
    for user in named(&state, address.scope, gone) {
        M::forget(&mut cx, &mut state, user);
    }
    if let Some(forgotten) = M::forgotten(&mut state) {
        forgotten.extend(gone.all(address.scope));
    }
    let after = state.to_record(codec)?;
    Ok(if after.payload == before {
        Erased::Same
    } else {
        Erased::Changed(after)
    })
}

/// A row at `address` without those who are gone.
///
/// # Errors
/// When it cannot be read.
pub fn row<R: Snapshot, C: Codec>(
    codec: &C,
    address: Address,
    key: &[u8],
    record: &Record,
    gone: &dyn Gone,
) -> Result<Erased, CodecFault> {
    let scope = address.scope;
    let about = key
        .last_chunk()
        .and_then(|id| UserId::new(u64::from_be_bytes(*id)));
    if about.is_some_and(|user| gone.has(scope, user)) {
        return Ok(Erased::Removed);
    }
    let row = R::from_record(codec, record)?;
    if !names(&row, scope, gone) {
        return Ok(Erased::Same);
    }
    let names = Former { scope, gone };
    redact::redacted::<R, C>(codec, record, &names).map(Erased::Changed)
}

/// `row` without those who are gone; nothing when it is for them, or tells of them to a machine.
///
/// # Errors
/// When it cannot be encoded.
pub fn without_them<C: Codec>(
    codec: &C,
    mut row: OutboxRow,
    gone: &dyn Gone,
) -> Result<Option<OutboxRow>, CodecFault> {
    let scope = row.from.scope;
    if is_theirs(&row, gone) || matches!(row.effect, Effect::Tell { .. } | Effect::House(_)) {
        return Ok(None);
    }
    if let Effect::Say { to, message } = &mut row.effect {
        to.retain(|target| addressee(target).is_none_or(|user| !gone.has(scope, user)));
        if to.is_empty() {
            if !row.reports {
                return Ok(None);
            }
            // Its machine hears that there was nowhere left to say it.
            *message = Message::default();
        }
        let pinged = &mut message.mentions.users;
        pinged.retain(|user| !gone.has(scope, *user));
    }
    let record = row.to_record(codec)?;
    let names = Former { scope, gone };
    let record = redact::redacted::<OutboxRow, C>(codec, &record, &names)?;
    OutboxRow::from_record(codec, &record).map(Some)
}

/// Whether somebody who is gone waits for it: it answers them.
#[must_use]
pub fn is_theirs(row: &OutboxRow, gone: &dyn Gone) -> bool {
    let is_gone = |user: UserId| gone.has(row.from.scope, user);
    let waits = row.origin.as_ref();
    let answers = match &row.effect {
        Effect::Say { to, .. } if matches!(to.first(), Some(Target::Answer(_))) => {
            to.iter().filter_map(addressee).any(is_gone)
        }
        _ => false,
    };
    answers || waits.is_some_and(|origin| is_gone(origin.caller.user))
}

const fn addressee(target: &Target) -> Option<UserId> {
    match target {
        Target::User(user) | Target::Notice { user, .. } => Some(*user),
        Target::Answer(_) | Target::Channel(_) => None,
    }
}

/// Whether `value` names somebody who is gone.
pub fn names(value: &impl serde::Serialize, scope: Scope, gone: &dyn Gone) -> bool {
    !named(value, scope, gone).is_empty()
}

fn named(value: &impl serde::Serialize, scope: Scope, gone: &dyn Gone) -> Vec<UserId> {
    let ids = own::ids_in(value).into_iter().filter_map(UserId::new);
    ids.filter(|user| gone.has(scope, *user)).collect()
}

/// Everything of a person's machine goes with them: its very key names them.
fn of_person(scope: Scope, gone: &dyn Gone) -> Erased {
    removed_if(matches!(scope, Scope::User(user) if gone.has(scope, user)))
}

const fn removed_if(gone: bool) -> Erased {
    if gone { Erased::Removed } else { Erased::Same }
}

/// Other names for those who are gone, and nobody else.
struct Former<'a> {
    scope: Scope,
    gone: &'a dyn Gone,
}

impl Pseudonyms for Former<'_> {
    fn id(&self, id: u64) -> u64 {
        let user = UserId::new(id).filter(|user| self.gone.has(self.scope, *user));
        user.map_or(id, |user| former(self.scope, user).get())
    }

    fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for user in named(&text, self.scope, self.gone) {
            for mention in [format!("<@{user}>"), format!("<@!{user}>")] {
                text = text.replace(&mention, NOBODY);
            }
            text = text.replace(&user.to_string(), NOBODY);
        }
        text
    }

    fn byte(&self, byte: u8) -> u8 {
        byte
    }

    fn letter(&self, letter: char) -> char {
        letter
    }
}

#[cfg(test)]
mod tests;
