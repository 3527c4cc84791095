//! What an answer means for an effect: done, refused for good, too fast, or nobody knows.

use super::{RestAnswer, RestFault};
use actors::kernel::{
    effect::{Failure, Outcome},
    outbox::Sent,
    time::Span,
};

/// The pause after a request that the limiter held back.
const HELD_BACK: Span = Span::seconds(1);
/// The pause of what cannot be sent for want of a good token.
const NO_TOKEN: Span = Span::seconds(60);

/// Error codes that pass by themselves though their status does not say so (docs, "JSON error
/// codes"): slowmode and write limits, direct messages opened too fast, features and services off for
/// the moment, an overloaded resource.
#[must_use]
pub const fn is_passing(code: u32) -> bool {
    matches!(
        code,
        20016 | 20022 | 20028 | 20029 | 31001 | 40003 | 40004 | 40006 | 40062 | 130_000
    )
}

/// Sorts the result of a call. `done` reads the outcome from a success; where it finds none, what
/// happened is unclear.
pub fn classify(
    result: Result<RestAnswer, RestFault>,
    done: impl FnOnce(&RestAnswer) -> Option<Outcome>,
) -> Sent {
    let answer = match result {
        Ok(answer) => answer,
        Err(RestFault::Unsent) => return Sent::Later(HELD_BACK),
        Err(RestFault::TimedOut | RestFault::Lost(_) | RestFault::Garbled { .. }) => {
            return Sent::Unclear;
        }
        // The process ends for it; with another token the row goes out.
        Err(RestFault::BadToken) => return Sent::Later(NO_TOKEN),
        Err(fault @ RestFault::Unsendable(_)) => return Sent::Refused(failure(0, 0, &fault)),
    };
    match answer.status {
        200..=299 => done(&answer).map_or(Sent::Unclear, Sent::Done),
        429 => Sent::Slow(answer.retry_after.unwrap_or(HELD_BACK)),
        400..=499 if answer.status != 408 && !is_passing(answer.code) => {
            Sent::Refused(failure(answer.status, answer.code, &answer.text()))
        }
        _ => Sent::Unclear,
    }
}

fn failure(status: u16, code: u32, text: &impl std::fmt::Display) -> Failure {
    Failure {
        status,
        code,
        text: text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn word(result: Result<RestAnswer, RestFault>) -> &'static str {
        match classify(result, |_| Some(Outcome::Done)) {
            Sent::Done(_) => "done",
            Sent::Refused(_) => "refused",
            Sent::Slow(_) => "slow",
            Sent::Later(_) => "later",
            Sent::Unclear => "unclear",
        }
    }

    #[test]
    fn statuses_are_sorted() {
        let table = [
            (200, 0, "done"),
            (204, 0, "done"),
            (301, 0, "unclear"),
            (400, 50035, "refused"),
            (400, 40060, "refused"),
            (401, 0, "refused"),
            (401, 50027, "refused"),
            (403, 50001, "refused"),
            (403, 50007, "refused"),
            (403, 20016, "unclear"),
            (404, 10003, "refused"),
            (404, 10062, "refused"),
            (405, 0, "refused"),
            (408, 0, "unclear"),
            (429, 0, "slow"),
            (400, 40003, "unclear"),
            (500, 0, "unclear"),
            (502, 0, "unclear"),
            (503, 130_000, "unclear"),
        ];
        for (status, code, expected) in table {
            let answer = RestAnswer {
                code,
                ..RestAnswer::bare(status)
            };
            assert_eq!(word(Ok(answer)), expected, "{status} {code}");
        }
    }

    #[test]
    fn faults_are_sorted() {
        let garbled = RestFault::Garbled {
            likely: Some(404),
            text: String::new(),
        };
        let table = [
            (RestFault::Unsent, "later"),
            (RestFault::TimedOut, "unclear"),
            (RestFault::Lost("reset".into()), "unclear"),
            (garbled, "unclear"),
            (RestFault::BadToken, "later"),
            (RestFault::Unsendable("x".into()), "refused"),
        ];
        for (fault, expected) in table {
            assert_eq!(word(Err(fault.clone())), expected, "{fault}");
        }
    }

    #[test]
    fn a_refusal_keeps_what_discord_said_and_an_unreadable_success_is_unclear() {
        let body = json!({"message": "Missing Access", "code": 50001});
        let answer = RestAnswer {
            code: 50001,
            body,
            ..RestAnswer::bare(403)
        };
        let expected = Failure {
            status: 403,
            code: 50001,
            text: "Missing Access".into(),
        };
        assert_eq!(classify(Ok(answer), |_| None), Sent::Refused(expected));
        assert_eq!(classify(Ok(RestAnswer::bare(200)), |_| None), Sent::Unclear);
    }
}
