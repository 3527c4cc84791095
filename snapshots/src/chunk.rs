//! Large records in small pieces.
//!
//! sled moves an item above 128 KiB out of its log into `blobs/`, and a leaf with up to 16 entries is one
//! item. Blob files are never fsynced: with values of up to 32 KB, 25 of 25 simulated power cuts left a
//! store that did not open. Hence no value of ours is larger than `PIECE` (12 KB was still without blobs
//! in the measurement; 4 KiB is the safe side).
//!
//! The first piece lies under the key itself, the others under `SPACE ‖ key ‖ number`. All are written
//! and removed in the batch of the record. The header's length says how many there must be, its CRC
//! covers them all, so a missing, foreign or stale piece cannot go unnoticed.

use crate::{
    engine::{Change, EngineFault, Raw},
    format::{self, Damage, HEADER, Header},
};
use actors::kernel::record::{Key, MAX_PAYLOAD, Record};

/// The largest value given to an engine.
pub(crate) const PIECE: usize = 4096;
/// The first byte of the keys of further pieces: after every [`actors::kernel::record::Space`], so that
/// a scan over records never meets them.
pub(crate) const SPACE: u8 = b'~';
/// Most pieces of one record.
pub(crate) const MOST: usize = (HEADER + MAX_PAYLOAD).div_ceil(PIECE);

/// The key of piece `number` (counted from 1) of the record under `key`.
///
/// Two records never share one: keys of equal length differ in the record's key.
pub(crate) fn key(of: &Key, number: u16) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(of.bytes().len() + 3);
    bytes.push(SPACE);
    bytes.extend_from_slice(of.bytes());
    bytes.extend_from_slice(&number.to_be_bytes());
    bytes
}

/// The record's key and the number in the key of a piece.
pub(crate) fn parse(bytes: &[u8]) -> Option<(Key, u16)> {
    let (record, number) = bytes.strip_prefix(&[SPACE])?.split_last_chunk()?;
    Some((Key::from_bytes(record)?, u16::from_be_bytes(*number)))
}

/// How many pieces a record with a payload of `length` bytes has.
pub(crate) fn count(length: usize) -> u16 {
    let pieces = (HEADER + length).div_ceil(PIECE);
    u16::try_from(pieces).expect("a record has at most 65 pieces")
}

/// The writes that put `sealed` under `key`.
pub(crate) fn split(of: &Key, sealed: &[u8], into: &mut Vec<Change>) {
    for (number, piece) in (0..).zip(sealed.chunks(PIECE)) {
        let place = if number == 0 {
            of.bytes().to_vec()
        } else {
            key(of, number)
        };
        into.push((place, Some(piece.to_vec())));
    }
}

/// The writes that remove the pieces from number `from` up to `to`, exclusive.
pub(crate) fn remove(of: &Key, from: u16, to: u16, into: &mut Vec<Change>) {
    into.extend((from.max(1)..to).map(|number| (key(of, number), None)));
}

/// The record under `of`, whose first piece is `head`.
pub(crate) fn assemble(
    raw: &dyn Raw,
    of: &Key,
    head: Vec<u8>,
) -> Result<Result<(Header, Record), Damage>, EngineFault> {
    let mut bytes = head;
    match Header::parse(&bytes) {
        Err(damage) => return Ok(Err(damage)),
        Ok(header) if count(header.length) > 1 => {
            let whole = HEADER + header.length;
            bytes.reserve_exact(whole.saturating_sub(bytes.len()));
            for number in 1..count(header.length) {
                let expected = PIECE.min(whole - usize::from(number) * PIECE);
                match raw.get(&key(of, number))? {
                    Some(piece) if piece.len() == expected => bytes.extend_from_slice(&piece),
                    _ => return Ok(Err(Damage::Chunk(number))),
                }
            }
        }
        Ok(_) => {}
    }
    Ok(format::open(of, bytes))
}

/// The keys of all further pieces of the record under `of`, whatever its header says.
pub(crate) fn stray(raw: &dyn Raw, of: &Key) -> Result<Vec<Vec<u8>>, EngineFault> {
    let (from, to) = (key(of, 0), key(of, u16::MAX));
    let mut found: Vec<Vec<u8>> = Vec::new();
    // Longer keys of other records may lie in between, hence the filter and the paging.
    let mut next = from;
    loop {
        let page = raw.range(&next, &to, 2 * MOST)?;
        let Some((last, _)) = page.last() else {
            return Ok(found);
        };
        next = last.iter().copied().chain([0]).collect();
        let own = |bytes: &Vec<u8>| parse(bytes).is_some_and(|(key, _)| key == *of);
        found.extend(page.into_iter().map(|(bytes, _)| bytes).filter(own));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actors::kernel::record::Space;

    #[test]
    fn a_record_has_as_many_pieces_as_it_needs() {
        assert_eq!(
            [0, PIECE - HEADER, PIECE - HEADER + 1, MAX_PAYLOAD].map(count),
            [1, 1, 2, 65]
        );
        assert_eq!(usize::from(count(MAX_PAYLOAD)), MOST);
    }

    #[test]
    fn the_key_of_a_piece_names_record_and_number() {
        let of = Key::new(Space::Head, b"x\0\x01");
        assert_eq!(parse(&key(&of, 258)), Some((of.clone(), 258)));
        assert_eq!(parse(of.bytes()), None);
        assert_eq!(parse(b"~\0\0"), None);
        assert!(Space::ALL.iter().all(|space| (*space as u8) < SPACE));
    }
}
