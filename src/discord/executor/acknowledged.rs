//! Did the asker of a replayed interaction see that it was taken in? If not, it must not be carried
//! out: they saw it fail, and have perhaps asked again.

use super::{
    Executor,
    answer::{ALREADY_ACKNOWLEDGED, CALLBACK_WITHIN},
};
use crate::discord::{
    rest::{RestAnswer, RestFault},
    to_discord,
};
use actors::kernel::{call::Ticket, time::Span};
use std::time::Duration;

/// Younger than this a first response may still be possible: half a second of doubt about clocks is
/// added to Discord's three.
const PERHAPS_OPEN: Span = Span::millis(3_500);
/// How long to ask in all.
const ASK_WITHIN: Duration = Duration::from_secs(10);
/// Between two questions.
const PAUSE: Duration = Duration::from_millis(500);

/// Whether an interaction has a first response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledged {
    /// It has, perhaps just now by us: the answer is an edit.
    Yes,
    /// It has not, and can have none any more.
    No,
    /// Discord does not say.
    Unknown,
}

impl Executor {
    /// Finds out whether an interaction of this age (by Discord's clock) is acknowledged. One young
    /// enough is simply acknowledged, which tells as well.
    pub async fn was_acknowledged(&self, ticket: &Ticket, age: Span) -> Acknowledged {
        let ends = self.wire.elapsed() + ASK_WITHIN;
        let mut doubtful = false;
        if age.as_millis() < PERHAPS_OPEN.as_millis() {
            match self
                .wire
                .call(&to_discord::bare_defer(ticket), CALLBACK_WITHIN)
                .await
            {
                Ok(answer) if answer.is_success() => return Acknowledged::Yes,
                Ok(answer) if answer.code == ALREADY_ACKNOWLEDGED => return Acknowledged::Yes,
                Ok(answer) if matches!(answer.status, 400..=499) => {}
                // It may get through later than the question after it.
                _ => doubtful = true,
            }
        }
        let asked = to_discord::original(ticket);
        loop {
            let left = ends.saturating_sub(self.wire.elapsed());
            if left.is_zero() {
                return Acknowledged::Unknown;
            }
            match verdict(self.wire.call(&asked, CALLBACK_WITHIN.min(left)).await) {
                Acknowledged::No if doubtful => doubtful = false,
                Acknowledged::Unknown => {}
                verdict => return verdict,
            }
            self.wire.pause(PAUSE).await;
        }
    }
}

fn verdict(result: Result<RestAnswer, RestFault>) -> Acknowledged {
    match result {
        Ok(answer) if answer.is_success() => Acknowledged::Yes,
        // Unknown message or webhook; or the secret has expired, and with it any way to answer.
        Ok(answer) if matches!(answer.status, 401 | 403 | 404) => Acknowledged::No,
        _ => Acknowledged::Unknown,
    }
}
