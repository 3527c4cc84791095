//! Answers that carry no decision: sent at once, tried again on the spot, and not kept.

use super::{
    Executor,
    answer::{ALREADY_ACKNOWLEDGED, CALLBACK_WITHIN},
    refused,
};
use crate::discord::{rest::classify, to_discord};
use actors::kernel::{
    answers::Route,
    call::Ticket,
    effect::{Instant, Outcome},
    outbox::Sent,
    text::Message,
};
use std::time::Duration;

/// Tries after the first.
const RETRIES: u32 = 3;
/// One try; a first response without an answer by then is asked after by the next.
const TRY_WITHIN: Duration = Duration::from_millis(1_500);
/// Between tries, where Discord does not say how long.
const PAUSE: Duration = Duration::from_millis(200);

impl Executor {
    /// Sends an instant answer, with at most three more tries within three seconds. What is lost
    /// then is lost: the asker sees it fail, and nothing was changed.
    pub async fn send_instant(&self, ticket: &Ticket, instant: &Instant, route: Route) -> Sent {
        let ends = self.wire.elapsed() + CALLBACK_WITHIN;
        let mut route = route;
        let mut sent = Sent::Unclear;
        for _ in 0..=RETRIES {
            let request = match (route, instant) {
                (Route::Callback, _) => to_discord::instant_callback(ticket, instant),
                (Route::Edit, Instant::Message(message)) => {
                    to_discord::edit_original(ticket, message)
                }
                (Route::Edit, Instant::Defer) => return Sent::Done(Outcome::Done),
                // A form can only be a first response, and "thinking…" was one already.
                (Route::Edit, Instant::Modal(_)) => {
                    let again = Message::text("That took me too long. Please press it again.");
                    to_discord::edit_original(ticket, &again)
                }
                (Route::Edit, Instant::Choices(_)) => {
                    return refused("only a first response can show this");
                }
            };
            let left = ends.saturating_sub(self.wire.elapsed());
            let result = self.wire.call(&request, TRY_WITHIN.min(left)).await;
            sent = classify(result, |_| Some(Outcome::Done));
            let pause = match &sent {
                // An earlier try got through after all, or a bare defer went first.
                Sent::Refused(no)
                    if no.code == ALREADY_ACKNOWLEDGED && route == Route::Callback =>
                {
                    match instant {
                        Instant::Message(_) => route = Route::Edit,
                        _ => return Sent::Done(Outcome::Done),
                    }
                    continue;
                }
                Sent::Done(_) | Sent::Refused(_) => return sent,
                Sent::Slow(pause) | Sent::Later(pause) => {
                    Duration::from_millis(pause.as_millis().unsigned_abs()).max(PAUSE)
                }
                Sent::Unclear => PAUSE,
            };
            if self.wire.elapsed() + pause >= ends {
                return sent;
            }
            self.wire.pause(pause).await;
        }
        sent
    }
}
