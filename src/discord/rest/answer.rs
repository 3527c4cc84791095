//! What comes back over REST, read leniently.

use actors::kernel::{
    ids::{ChannelId, MessageId},
    time::{Span, Timestamp},
};
use chrono::DateTime;
use serde_json::Value;

/// Text of an answer that is kept for logs and failures, in characters.
const TEXT_MAX: usize = 200;

/// An answer, of whatever status.
#[derive(Clone, Debug, PartialEq)]
pub struct RestAnswer {
    /// HTTP status.
    pub status: u16,
    /// Discord's error code, 0 where there is none.
    pub code: u32,
    /// The body; null where there is none, or it is not JSON.
    pub body: Value,
    /// When the server answered, by its clock.
    pub date: Option<Timestamp>,
    /// How long to wait, with status 429.
    pub retry_after: Option<Span>,
}

/// No answer, or none to make sense of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestFault {
    /// The limiter held it back until the deadline; nothing was sent.
    #[error("held back by the rate limiter until the deadline")]
    Unsent,
    /// No answer within the deadline; it may have happened.
    #[error("no answer in time")]
    TimedOut,
    /// The connection failed, before or after the request; it may have happened.
    #[error("connection lost: {0}")]
    Lost(String),
    /// An error whose body is no JSON object, so that twilight kept nothing but the body.
    #[error("an answer that is not Discord's: {text}")]
    Garbled {
        /// The status as the body's text suggests it: good enough for guesses, not for decisions.
        likely: Option<u16>,
        /// How it begins.
        text: String,
    },
    /// Discord refused the token before; nothing was sent.
    #[error("the bot's token is refused")]
    BadToken,
    /// The request cannot be put on the wire.
    #[error("unfit to be sent: {0}")]
    Unsendable(String),
}

impl RestAnswer {
    /// An answer of this status without a body.
    #[must_use]
    pub const fn bare(status: u16) -> Self {
        Self {
            status,
            code: 0,
            body: Value::Null,
            date: None,
            retry_after: None,
        }
    }

    /// Whether it is a yes.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// What Discord says about it, in short.
    #[must_use]
    pub fn text(&self) -> String {
        let text = self.body["message"].as_str().unwrap_or("no reason given");
        text.chars().take(TEXT_MAX).collect()
    }

    /// The message it shows, and where that is.
    #[must_use]
    pub fn message(&self) -> Option<(MessageId, ChannelId)> {
        let id = number(&self.body["id"]).and_then(MessageId::new)?;
        Some((
            id,
            number(&self.body["channel_id"]).and_then(ChannelId::new)?,
        ))
    }
}

impl RestFault {
    pub(super) fn garbled(body: &[u8]) -> Self {
        let text: String = String::from_utf8_lossy(body)
            .chars()
            .take(TEXT_MAX)
            .collect();
        let lower = text.to_lowercase();
        let likely = if lower.contains("404") || lower.contains("not found") {
            Some(404)
        } else if lower.contains("405") || lower.contains("method not allowed") {
            Some(405)
        } else if lower.contains("501") || lower.contains("not implemented") {
            Some(501)
        } else {
            None
        };
        Self::Garbled { likely, text }
    }
}

/// An id, number or bit set, however it is written.
pub(crate) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// `Tue, 15 Nov 1994 08:12:31 GMT` (RFC 9110, section 5.6.7).
pub(super) fn http_date(value: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(value).ok()?;
    let at = DateTime::parse_from_rfc2822(text).ok()?;
    Some(Timestamp::from_millis(at.timestamp_millis()))
}

pub(super) fn read_body(status: u16, bytes: &[u8]) -> RestAnswer {
    let body: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let code = number(&body["code"])
        .and_then(|code| u32::try_from(code).ok())
        .unwrap_or(0);
    let retry_after = body["retry_after"]
        .as_f64()
        .filter(|_| status == 429)
        .map(seconds);
    RestAnswer {
        status,
        code,
        body,
        date: None,
        retry_after,
    }
}

#[allow(clippy::cast_possible_truncation)] // a day at most
fn seconds(number: f64) -> Span {
    Span::millis((number.clamp(0.0, 86_400.0) * 1000.0) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_http_are_read_to_the_second() {
        let at = http_date(b"Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(at.millis(), 784_111_777_000);
        assert_eq!(http_date(b"yesterday"), None);
        assert_eq!(http_date(&[0xff]), None);
    }

    #[test]
    fn bodies_are_read_as_far_as_they_go() {
        let answer = read_body(403, br#"{"message": "Missing Access", "code": 50001}"#);
        assert_eq!(
            (answer.code, answer.text().as_str()),
            (50001, "Missing Access")
        );
        let odd = read_body(200, br#"{"id": 5, "channel_id": "6", "code": "x"}"#);
        assert_eq!(
            odd.message(),
            Some((MessageId::new(5).unwrap(), ChannelId::new(6).unwrap()))
        );
        assert_eq!(read_body(204, b"").body, Value::Null);
        assert_eq!(read_body(200, b"<html>").message(), None);
    }

    #[test]
    fn a_page_that_is_not_discords_leaves_a_guess_at_most() {
        let likely = |body: &str| match RestFault::garbled(body.as_bytes()) {
            RestFault::Garbled { likely, .. } => likely,
            _ => Some(0),
        };
        assert_eq!(likely("404 page not found\n"), Some(404));
        assert_eq!(likely("Not Implemented!"), Some(501));
        assert_eq!(likely("<h1>502 Bad Gateway</h1>"), None);
        assert_eq!(likely(""), None);
    }
}
