//! The set digest: one number that says which records the store holds.
//!
//! It is the XOR over a hash of *(key, epoch, CRC)* of every record, so a commit updates it with one hash
//! for each value that goes and one for each that comes, in any order. It is stored in the same atomic
//! batch as the records. A scan that arrives at another number has found what no CRC shows: a value that
//! silently became an older one, or a record that vanished. (Nine of thirty bit flips in sled's log opened
//! without complaint and with older values.)
//!
//! The hash is SipHash-2-4 with 128 bits under a fixed key: stable across machines and versions. It
//! guards against accidents, not against somebody who can write the file.

use actors::kernel::record::{Key, Space};
use siphasher::sip128::{Hasher128, SipHasher24};
use std::{fmt, hash::Hasher};

/// What a set of records adds up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many records there are, those in [`Space::Meta`] excluded.
    pub records: u64,
    /// XOR over their hashes.
    pub digest: Digest,
}

/// A set digest; see the module.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Digest(pub u128);

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl Totals {
    /// Counts a record that is now there.
    pub fn add(&mut self, key: &Key, epoch: u64, crc: u32) {
        if key.space() != Some(Space::Meta) {
            self.records = self.records.wrapping_add(1);
            self.digest.0 ^= hash(key, epoch, crc);
        }
    }

    /// Counts a record that is no longer there.
    pub fn remove(&mut self, key: &Key, epoch: u64, crc: u32) {
        if key.space() != Some(Space::Meta) {
            self.records = self.records.wrapping_sub(1);
            self.digest.0 ^= hash(key, epoch, crc);
        }
    }
}

fn hash(key: &Key, epoch: u64, crc: u32) -> u128 {
    let mut sip = SipHasher24::new_with_keys(0x6775_696c_6468_616c, 0x6c5f_6469_6765_7374);
    sip.write(&epoch.to_le_bytes());
    sip.write(&crc.to_le_bytes());
    sip.write(key.bytes());
    sip.finish128().as_u128()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_changes_does_not_matter_and_leaving_undoes_coming() {
        let (a, b) = (Key::new(Space::Head, b"a"), Key::new(Space::Head, b"b"));
        let mut one = Totals::default();
        one.add(&a, 1, 11);
        one.add(&b, 2, 22);
        let mut two = Totals::default();
        two.add(&b, 1, 33);
        two.add(&a, 1, 11);
        assert_ne!(one, two);
        two.remove(&b, 1, 33);
        two.add(&b, 2, 22);
        assert_eq!(one, two);
    }

    #[test]
    fn the_hash_never_changes() {
        let mut totals = Totals::default();
        totals.add(&Key::new(Space::Head, b"a"), 1, 11);
        assert_eq!(
            totals.digest.to_string(),
            "ec15a43ebafc73da0aec328765bc1d8e"
        );
    }
}
