//! Records under other names, that still decode: for bug reports without what tells who somebody is or what
//! they wrote, and in [`super::erase`] without somebody who asked to be forgotten.
//!
//! Ids of every kind get other numbers and texts other texts, the same for the same, so that what belongs
//! together is still seen to. Everything else stays: times, counts, permissions, which effects wait. A value
//! is encoded anew through a serializer that stands between it and the codec; what is an id it knows by the
//! name of its type, so a new field of a known type needs nothing here, and a text is redacted unless its
//! field is among `KNOWN_TEXTS`.

mod serializer;

use super::{
    address::{Address, Scope},
    effect::{DeadLetter, OutboxRow},
    ids::{GuildId, UserId},
    record::{Codec, CodecFault, Key, Record, Snapshot, Space},
    spool::{SpoolRow, SpoolState},
    stored::{GapRow, Mark, Parked, Position, ProcessRecord, TimerRow},
};
use serializer::Redacted;

/// Names of the types whose number is an id, or as telling as one: effects are named in nonces, which
/// everybody in a channel can see.
const IDS: [&str; 9] = [
    "GuildId",
    "ChannelId",
    "UserId",
    "RoleId",
    "MessageId",
    "InteractionId",
    "ApplicationId",
    "EffectId",
    "Veiled",
];
/// Fields of plain numbers that are ids all the same.
const ID_FIELDS: [&str; 1] = ["application"];
/// Fields whose texts are the program's own words, not somebody's: without them no zone decodes, and no
/// timer has a name. Long numbers in them are replaced all the same.
const KNOWN_TEXTS: [&str; 6] = ["zone", "key", "tag", "command", "action", "gateway"];
/// A row of so many digits in a text is an id.
const ID_DIGITS: usize = 15;

/// Where other names come from. Equal things must get equal names, and different ids different ones in the
/// same order, because sets and keys are ordered by them.
pub trait Pseudonyms {
    /// Another number for this id; never 0.
    fn id(&self, id: u64) -> u64;
    /// Another text for this one.
    fn text(&self, text: &str) -> String;
    /// Another byte for one in a list, which is the key of a row and holds ids.
    fn byte(&self, byte: u8) -> u8 {
        let _ = byte;
        0
    }
    /// Another letter for this one.
    fn letter(&self, letter: char) -> char {
        let _ = letter;
        'x'
    }
}

/// `record`, which is a `T`, with other names.
///
/// # Errors
/// When it does not decode, or does not any more.
pub fn redacted<T: Snapshot, C: Codec>(
    codec: &C,
    record: &Record,
    names: &dyn Pseudonyms,
) -> Result<Record, CodecFault> {
    let value = T::from_record(codec, record)?;
    let mut redacted = value.to_record(codec)?;
    redacted.payload = codec.encode(&Redacted::new(&value, names))?;
    T::from_record(codec, &redacted)?;
    Ok(redacted)
}

/// A record of the runtime's own with other names.
///
/// # Errors
/// As [`redacted`], and when its kind is not one of the runtime's.
pub fn runtime<C: Codec>(
    codec: &C,
    record: &Record,
    names: &dyn Pseudonyms,
) -> Result<Record, CodecFault> {
    match record.schema.kind {
        OutboxRow::KIND => redacted::<OutboxRow, C>(codec, record, names),
        DeadLetter::KIND => redacted::<DeadLetter, C>(codec, record, names),
        GapRow::KIND => redacted::<GapRow, C>(codec, record, names),
        Position::KIND => redacted::<Position, C>(codec, record, names),
        Mark::KIND => redacted::<Mark, C>(codec, record, names),
        TimerRow::KIND => redacted::<TimerRow, C>(codec, record, names),
        Parked::KIND => redacted::<Parked, C>(codec, record, names),
        ProcessRecord::KIND => redacted::<ProcessRecord, C>(codec, record, names),
        SpoolRow::KIND => redacted::<SpoolRow, C>(codec, record, names),
        SpoolState::KIND => redacted::<SpoolState, C>(codec, record, names),
        other => Err(CodecFault::Malformed(format!(
            "kind {other} is not the runtime's"
        ))),
    }
}

/// `key` with other names; nothing when it is not known what in it is one.
#[must_use]
pub fn key(key: &Key, names: &dyn Pseudonyms) -> Option<Key> {
    let (space, body) = (key.space()?, key.body());
    let body = match space {
        Space::Head | Space::Mark => with_address(body, names)?,
        Space::Row => {
            let (address, row) = body.split_at_checked(Address::BYTES)?;
            // A user's row, or an id's behind what says which sort of row it is. Others are not known
            // here.
            let (sort, row) = row.split_at_checked(row.len().checked_sub(8)?)?;
            if !matches!(sort, [] | [0xff, _]) {
                return None;
            }
            let row = id(row.try_into().ok()?, names);
            [with_address(address, names)?, sort.to_vec(), row].concat()
        }
        Space::Timer => {
            let (address, name) = body.split_at_checked(Address::BYTES)?;
            let name = known(std::str::from_utf8(name).ok()?, names);
            [with_address(address, names)?, name.into_bytes()].concat()
        }
        Space::Index => {
            let (tag, rest) = body.split_at_checked(1)?;
            let (named, address) = rest.split_at_checked(8)?;
            let named = id(named.try_into().ok()?, names);
            [tag.to_vec(), named, with_address(address, names)?].concat()
        }
        // What may follow is a sign that tells two of one name apart.
        Space::Outbox | Space::DeadLetter | Space::Gap => {
            let (named, rest) = body.split_at_checked(8)?;
            [id(named.try_into().ok()?, names), rest.to_vec()].concat()
        }
        Space::Parked => {
            let (when, address) = body.split_at_checked(16)?;
            [when.to_vec(), with_address(address, names)?].concat()
        }
        Space::Position | Space::Process | Space::Spool => body.to_vec(),
        Space::Meta | Space::Delivery => return None,
    };
    Some(Key::new(space, &body))
}

fn id(id: [u8; 8], names: &dyn Pseudonyms) -> Vec<u8> {
    names.id(u64::from_be_bytes(id)).to_be_bytes().to_vec()
}

/// The address that `body` begins with, and what follows it as it is.
fn with_address(body: &[u8], names: &dyn Pseudonyms) -> Option<Vec<u8>> {
    let address = Address::from_bytes(body)?;
    let scope = match address.scope {
        Scope::Guild(guild) => Scope::Guild(GuildId::new(names.id(guild.get()))?),
        Scope::User(user) => Scope::User(UserId::new(names.id(user.get()))?),
    };
    let address = Address { scope, ..address };
    Some([&address.to_bytes()[..], &body[Address::BYTES..]].concat())
}

/// One of our own words, with the ids in it replaced.
fn known(text: &str, names: &dyn Pseudonyms) -> String {
    let (mut said, mut digits) = (String::new(), String::new());
    for letter in text.chars().map(Some).chain([None]) {
        match letter {
            Some(digit) if digit.is_ascii_digit() => digits.push(digit),
            letter => {
                match digits.parse() {
                    Ok(id) if digits.len() >= ID_DIGITS => said.push_str(&names.id(id).to_string()),
                    _ => said.push_str(&digits),
                }
                digits.clear();
                said.extend(letter);
            }
        }
    }
    said
}

#[cfg(test)]
mod tests;
