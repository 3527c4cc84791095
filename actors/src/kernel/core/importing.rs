//! What an operator brings from outside.

use super::Core;
use crate::kernel::{
    address::Address,
    effect::{Effect, OutboxRow},
    epoch::Haste,
    fact::Fact,
    inbound::EffectId,
    record::{Codec, CodecFault},
    time::Timestamp,
};
use siphasher::sip::SipHasher13;
use std::hash::Hasher as _;

impl<C: Codec> Core<C> {
    /// Hands `to` a fact that no machine tells it. It arrives once the batch that it is part of is
    /// durable, as every fact does. The same fact has the same name each time.
    ///
    /// # Errors
    /// When it cannot be encoded; nothing is done then.
    pub fn bring(&mut self, to: Address, fact: Fact, now: Timestamp) -> Result<(), CodecFault> {
        let effect = Effect::Tell { to, fact };
        let mut name = SipHasher13::new();
        name.write(&self.codec.encode(&effect)?);
        let row = OutboxRow {
            id: EffectId(name.finish()),
            order: self.outbox.take_order(),
            from: to,
            made_at: now,
            expires_at: now + effect.lifetime(),
            effect,
            reports: false,
            origin: None,
        };
        let writes = vec![self.outbox_write(&row)];
        self.assembler.add(writes, vec![row], now, Haste::Now);
        self.seal_if_full();
        Ok(())
    }
}
