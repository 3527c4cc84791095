//! A request as routes see it, and the answer they give.

use super::refusal::Refusal;
use crate::ids::Id;
use crate::record::FileRecord;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One request after routing and decoding.
#[derive(Debug, Default)]
pub(crate) struct Call {
    /// Decoded values of the template's parameters, by name.
    pub(crate) params: BTreeMap<&'static str, String>,
    pub(crate) query: BTreeMap<String, String>,
    /// JSON body or `payload_json`; an absent one is `{}`.
    pub(crate) body: Value,
    pub(crate) files: Vec<FileRecord>,
    pub(crate) reason: Option<String>,
}

impl Call {
    /// A path parameter that must be a snowflake.
    pub(crate) fn id(&self, name: &str) -> Result<Id, Refusal> {
        let text = self.param(name);
        text.parse().ok().filter(|id| *id > 0).ok_or_else(|| {
            let message = format!("Value \"{text}\" is not snowflake.");
            Refusal::field(name, "NUMBER_TYPE_COERCE", &message)
        })
    }

    pub(crate) fn param(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    pub(crate) fn query_id(&self, name: &str) -> Option<Id> {
        self.query.get(name)?.parse().ok()
    }

    pub(crate) fn query_flag(&self, name: &str) -> bool {
        let value = self.query.get(name).map(String::as_str);
        matches!(value, Some("true" | "True" | "1"))
    }

    /// `limit` within bounds, or the field error.
    pub(crate) fn limit(&self, default: usize, max: usize) -> Result<usize, Refusal> {
        let Some(text) = self.query.get("limit") else {
            return Ok(default);
        };
        text.parse()
            .ok()
            .filter(|n| (1..=max).contains(n))
            .ok_or_else(|| {
                let message = format!("int value should be between 1 and {max}.");
                Refusal::field("limit", "NUMBER_TYPE_MAX", &message)
            })
    }

    pub(crate) fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

/// A successful answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

pub(crate) type Answer = Result<Reply, Refusal>;

impl Reply {
    pub(crate) fn ok(body: Value) -> Self {
        Self { status: 200, body }
    }

    pub(crate) fn created(body: Value) -> Self {
        Self { status: 201, body }
    }

    pub(crate) fn nothing() -> Self {
        Self {
            status: 204,
            body: json!(null),
        }
    }
}

/// Decodes `%41` and, in queries, `+`.
pub(crate) fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes
            .get(at + 1..at + 3)
            .and_then(|h| std::str::from_utf8(h).ok());
        match (bytes[at], hex.and_then(|h| u8::from_str_radix(h, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

pub(crate) fn parse_query(text: &str) -> BTreeMap<String, String> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| {
            (
                percent_decode(key),
                percent_decode(&value.replace('+', " ")),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_and_spaces_are_decoded() {
        assert_eq!(percent_decode("%F0%9F%91%8D"), "👍");
        assert_eq!(percent_decode("100%"), "100%");
        assert_eq!(parse_query("query=a+b&limit=5")["query"], "a b");
    }
}
