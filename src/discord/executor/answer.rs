//! Answers of interactions as effects: the durable ones.
//!
//! After a restart, or a call without an answer, we do not know whether a first response exists. The
//! kernel says what to try first; Discord says if it was the other: 40060 means that there is one
//! already, so it is edited; 404 on the edit means that there is none, so it is made, if the three
//! seconds are not over. An edit twice is harmless, and a second first response is refused.

use super::{Executor, World, say::target_number};
use crate::discord::{
    rest::{CALL_WITHIN, RestAnswer, classify},
    to_discord,
};
use actors::kernel::{
    answers::{CALLBACK_WINDOW, Route},
    call::Ticket,
    effect::Outcome,
    outbox::{Job, Sent},
    text::Message,
    time::Span,
};
use std::time::Duration;

/// "Interaction has already been acknowledged".
pub(super) const ALREADY_ACKNOWLEDGED: u32 = 40060;
/// A first response that takes longer is too late anyway.
pub(super) const CALLBACK_WITHIN: Duration = Duration::from_secs(3);
/// From one route to the other and back.
const TURNS: usize = 3;

impl Executor {
    pub(super) async fn answer(
        &self,
        job: &Job,
        ticket: &Ticket,
        message: &Message,
        world: &dyn World,
    ) -> Sent {
        let target = target_number(job);
        let mut route = world.answer_route(ticket);
        for _ in 0..TURNS {
            let (request, within) = match route {
                Route::Callback => (to_discord::callback(ticket, message), CALLBACK_WITHIN),
                Route::Edit => (to_discord::edit_original(ticket, message), CALL_WITHIN),
            };
            let result = self.wire.call(&request, within).await;
            let sent = classify(result, |answer| Some(outcome(answer, target)));
            route = match (route, &sent) {
                (Route::Callback, Sent::Refused(no)) if no.code == ALREADY_ACKNOWLEDGED => {
                    Route::Edit
                }
                (Route::Edit, Sent::Refused(no))
                    if no.is_gone()
                        && age(ticket, world).as_millis() < CALLBACK_WINDOW.as_millis() =>
                {
                    Route::Callback
                }
                _ => return sent,
            };
        }
        Sent::Unclear
    }
}

/// A first response is not shown to us; an edit is.
fn outcome(answer: &RestAnswer, target: u8) -> Outcome {
    answer
        .message()
        .map_or(Outcome::Done, |(message_id, channel)| Outcome::Sent {
            message_id,
            channel,
            target,
        })
}

/// How old an interaction is, by Discord's clock.
fn age(ticket: &Ticket, world: &dyn World) -> Span {
    (world.now() + world.offset()).since(ticket.interaction.created_at())
}
