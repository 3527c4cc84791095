//! What the information machine knows about a person: when it last pointed them to `/help` in direct
//! messages. Forgotten, they get the hint once more.

use super::State;
use crate::kernel::{
    own::Known,
    text::{TimeStyle, discord_time},
};

pub(super) fn about(state: &State) -> Vec<Known> {
    let known = state.hinted_at.map(|at| {
        let when = discord_time(at, TimeStyle::LongDateTime);
        let text = format!("I last pointed you to `/help` {when}.");
        Known::new("Hint", &text, &at)
    });
    known.into_iter().collect()
}
