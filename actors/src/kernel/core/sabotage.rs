//! Deliberate faults: the tests that prove the promise must notice each of them.

use std::cell::Cell;

thread_local! {
    static FRESH: Cell<Option<u128>> = const { Cell::new(None) };
}

/// Whether turns on this thread draw other numbers each time from here on.
pub fn draw_afresh(on: bool) {
    let before = FRESH.get();
    FRESH.set(on.then(|| before.unwrap_or(0)));
}

/// What to add to the seed of a turn's randomness.
pub(in crate::kernel) fn salt() -> u128 {
    let salt = FRESH.get().map(|salt| salt + 1);
    FRESH.set(salt);
    salt.unwrap_or(0)
}

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
    /// Timers are kept in memory and left out of the batch.
    pub timer_not_in_batch: bool,
    /// Machines that ran ahead of the position leave no mark.
    pub mark_dropped: bool,
    /// A sign of life that should join another one is left out.
    pub merge_skips: bool,
    /// A turn draws other random numbers each time it is run.
    pub other_randomness: bool,
    /// The row that a sink needs next goes with those that it has.
    pub line_forgotten: bool,
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
                "timer-not-in-batch" => sabotage.timer_not_in_batch = true,
                "mark-dropped" => sabotage.mark_dropped = true,
                "merge-skips" => sabotage.merge_skips = true,
                "other-randomness" => sabotage.other_randomness = true,
                "line-forgotten" => sabotage.line_forgotten = true,
                other => return Err(other.to_owned()),
            }
        }
        Ok(sabotage)
    }
}
