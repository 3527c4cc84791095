//! Nonces: how Discord and we recognise a message that was sent twice.

use crate::kernel::inbound::EffectId;
use data_encoding::BASE32HEX_NOPAD;

/// Length of our nonces; Discord allows 25 characters.
pub const NONCE_LENGTH: usize = 20;

/// The nonce of an effect: base32 of store incarnation and effect. A restored store has another
/// incarnation, so what it repeats is not taken for what the old one sent.
#[must_use]
pub fn nonce(incarnation: u32, id: EffectId) -> String {
    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&incarnation.to_be_bytes());
    bytes[4..].copy_from_slice(&id.0.to_be_bytes());
    BASE32HEX_NOPAD.encode(&bytes)
}

/// The effect behind a nonce of this incarnation; `None` for anybody else's.
#[must_use]
pub fn parse_nonce(incarnation: u32, text: &str) -> Option<EffectId> {
    if text.len() != NONCE_LENGTH {
        return None;
    }
    let bytes = BASE32HEX_NOPAD.decode(text.as_bytes()).ok()?;
    let (ours, id) = bytes.split_at_checked(4)?;
    (ours == incarnation.to_be_bytes()).then_some(())?;
    Some(EffectId(u64::from_be_bytes(id.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonces_fit_discord_and_lead_back_to_their_effect() {
        for id in [0, 1, 0xdead_beef_0123_4567, u64::MAX] {
            let text = nonce(7, EffectId(id));
            assert_eq!(text.len(), NONCE_LENGTH);
            assert_eq!(parse_nonce(7, &text), Some(EffectId(id)));
            assert_eq!(parse_nonce(8, &text), None, "another incarnation's");
        }
        assert_eq!(parse_nonce(7, "1234567890"), None);
        assert_eq!(parse_nonce(7, "ZZZZZZZZZZZZZZZZZZZZ"), None);
    }
}
