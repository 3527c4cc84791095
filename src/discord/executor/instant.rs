//! Answers that carry no decision: sent at once, tried again on the spot, and not kept.
//!
//! Files go behind a "thinking…": to upload them may take longer than a first response may.

use super::{
    Executor,
    answer::{ALREADY_ACKNOWLEDGED, CALLBACK_WITHIN},
    refused,
};
use crate::discord::{
    rest::{CALL_WITHIN, classify},
    to_discord::{self, Request},
};
use actors::kernel::{
    answers::Route,
    call::Ticket,
    effect::{Instant, Outcome},
    outbox::Sent,
    text::{Attachment, Message},
    time::Span,
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
        if let Instant::Files(message, files) = instant {
            let thinking = match route {
                Route::Callback => self.try_instant(ticket, &Instant::Defer, route, ends).await,
                Route::Edit => Sent::Done(Outcome::Done),
            };
            return match thinking {
                Sent::Done(_) => self.upload(ticket, message, files).await,
                lost => lost,
            };
        }
        self.try_instant(ticket, instant, route, ends).await
    }

    /// A message with files in the place of "thinking…"; without them, that they are lost.
    async fn upload(&self, ticket: &Ticket, message: &Message, files: &[Attachment]) -> Sent {
        let request = to_discord::edit_original_with(ticket, message, files);
        let sent = self.insist(&request).await;
        if !matches!(sent, Sent::Done(_)) {
            let lost = Message::text("Discord did not take the file. Please try again later.");
            self.insist(&to_discord::edit_original(ticket, &lost)).await;
        }
        sent
    }

    /// A request that is the same twice.
    async fn insist(&self, request: &Request) -> Sent {
        let mut sent = Sent::Unclear;
        for _ in 0..=RETRIES {
            let result = self.wire.call(request, CALL_WITHIN).await;
            sent = classify(result, |_| Some(Outcome::Done));
            let pause = match &sent {
                Sent::Done(_) | Sent::Refused(_) => return sent,
                Sent::Slow(pause) | Sent::Later(pause) => at_least(*pause),
                Sent::Unclear => PAUSE,
            };
            self.wire.pause(pause).await;
        }
        sent
    }

    /// Whether the first response is a message, and not "thinking…". A question that comes again after a
    /// crash was mostly answered by the life before; its answer stays as it is.
    async fn is_said(&self, ticket: &Ticket) -> bool {
        let original = self
            .wire
            .call(&to_discord::original(ticket), TRY_WITHIN)
            .await;
        original.is_ok_and(|answer| {
            let flags = answer.body["flags"].as_u64().unwrap_or(0);
            answer.is_success() && flags & LOADING == 0
        })
    }

    async fn try_instant(
        &self,
        ticket: &Ticket,
        instant: &Instant,
        mut route: Route,
        ends: Duration,
    ) -> Sent {
        let mut sent = Sent::Unclear;
        for _ in 0..=RETRIES {
            let request = match (route, instant) {
                (Route::Callback, _) => to_discord::instant_callback(ticket, instant),
                (Route::Edit, Instant::Message(message) | Instant::Replace(message)) => {
                    to_discord::edit_original(ticket, message)
                }
                (Route::Edit, Instant::Defer | Instant::Files(..)) => {
                    return Sent::Done(Outcome::Done);
                }
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
                        Instant::Message(_) if self.is_said(ticket).await => {
                            return Sent::Done(Outcome::Done);
                        }
                        Instant::Message(_) | Instant::Replace(_) => route = Route::Edit,
                        _ => return Sent::Done(Outcome::Done),
                    }
                    continue;
                }
                Sent::Done(_) | Sent::Refused(_) => return sent,
                Sent::Slow(pause) | Sent::Later(pause) => at_least(*pause),
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

/// A message that stands for "thinking…" (discord.com/developers/docs/resources/message, message flags).
const LOADING: u64 = 1 << 7;

fn at_least(pause: Span) -> Duration {
    Duration::from_millis(pause.as_millis().unsigned_abs()).max(PAUSE)
}
