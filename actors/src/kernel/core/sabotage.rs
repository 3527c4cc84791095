//! Deliberate faults: the tests that prove the promise must notice each of them.

/// Deliberate faults, for the tests that prove that tests would notice. Only with the cargo feature
/// `sabotage`; a released binary has none of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sabotage {
    /// Effects leave before their batch is durable.
    pub effect_before_commit: bool,
    /// The position claims three events more than are contained.
    pub position_too_high: bool,
    /// Messages are sent without a nonce.
    pub no_nonce: bool,
}

impl Sabotage {
    /// The faults named in `text`, separated by commas.
    ///
    /// # Errors
    /// With the first name that is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut sabotage = Self::default();
        for name in text.split(',').filter(|name| !name.is_empty()) {
            match name {
                "effect-before-commit" => sabotage.effect_before_commit = true,
                "position-too-high" => sabotage.position_too_high = true,
                "no-nonce" => sabotage.no_nonce = true,
                other => return Err(other.to_owned()),
            }
        }
        Ok(sabotage)
    }
}
