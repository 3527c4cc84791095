//! Names of effects and seeds of randomness: a turn that is run again names and draws the same.

use crate::kernel::{
    address::Address,
    inbound::{EffectId, InputId},
};
use siphasher::sip128::{Hasher128 as _, SipHasher13};
use std::hash::Hasher as _;

/// The name of the `n`th effect of the turn of `me` on `input`.
#[must_use]
pub fn effect_id(me: Address, input: &InputId, n: u64) -> EffectId {
    // The low half of 128 bits is as good as 64 bits of hash get.
    #[allow(clippy::cast_possible_truncation)]
    EffectId(stable_hash(me, input, n) as u64)
}

/// A hash that is the same on every machine and in every version: SipHash-1-3 with fixed keys.
pub(super) fn stable_hash(me: Address, input: &InputId, n: u64) -> u128 {
    let mut hasher = SipHasher13::new_with_keys(0x6775_696c_6468_616c, 0x6c00_0000_0000_0001);
    hasher.write(&me.to_bytes());
    match input {
        InputId::Gateway { shard, at } => {
            hasher.write(b"g");
            hasher.write(&shard.to_le_bytes());
            hasher.write(&at.session.to_le_bytes());
            hasher.write(&at.seq.to_le_bytes());
            hasher.write(&at.part.to_le_bytes());
        }
        InputId::Timer { key, due } => {
            hasher.write(b"t");
            hasher.write(&due.millis().to_le_bytes());
            hasher.write(key.as_bytes());
        }
        InputId::Fact(id) => {
            hasher.write(b"f");
            hasher.write(&id.0.to_le_bytes());
        }
        InputId::Outcome(id) => {
            hasher.write(b"o");
            hasher.write(&id.0.to_le_bytes());
        }
    }
    hasher.write(&n.to_le_bytes());
    hasher.finish128().as_u128()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{
        address::Kind,
        ids::GuildId,
        inbound::Seq,
        machine::{Cx, NoRow},
        time::Timestamp,
    };
    use std::collections::BTreeMap;

    #[test]
    fn effect_names_and_randomness_repeat_for_the_same_input_and_differ_for_others() {
        let me = Address::guild(Kind::Welcome, GuildId::new(7).unwrap());
        let first = InputId::Gateway {
            shard: 0,
            at: Seq {
                session: 1,
                seq: 9,
                part: 0,
            },
        };
        let second = InputId::Gateway {
            shard: 0,
            at: Seq {
                session: 1,
                seq: 10,
                part: 0,
            },
        };
        assert_eq!(effect_id(me, &first, 0), effect_id(me, &first, 0));
        assert_ne!(effect_id(me, &first, 0), effect_id(me, &first, 1));
        assert_ne!(effect_id(me, &first, 0), effect_id(me, &second, 0));
        // The name is on disk and in nonces: a change of the hash would double messages once.
        assert_eq!(effect_id(me, &first, 0).to_string(), "b03cff3331335f6c");
        let draw = |input| {
            let mut cx = Cx::<NoRow>::new(Timestamp::EPOCH, me, input, BTreeMap::new());
            [
                cx.random_below(1000),
                cx.random_below(1000),
                cx.random_below(0),
            ]
        };
        assert_eq!(draw(&first), draw(&first));
        assert_ne!(draw(&first), draw(&second));
    }
}
