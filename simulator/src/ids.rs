//! Snowflakes: 64-bit ids that carry their birth time, handed out strictly increasing.

use serde_json::Value;

/// A Discord id; on the wire it is always a decimal string.
pub type Id = u64;

const DISCORD_EPOCH_MS: i64 = 1_420_070_400_000;

/// Hands out ids that carry the time and never repeat or go back.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    last: Id,
}

impl Ids {
    pub(crate) fn next(&mut self, now_ms: i64) -> Id {
        let stamp = u64::try_from(now_ms - DISCORD_EPOCH_MS).unwrap_or(0) << 22;
        self.last = stamp.max(self.last + 1);
        self.last
    }
}

/// Unix milliseconds at which an id was made.
#[must_use]
pub fn born_ms(id: Id) -> i64 {
    i64::try_from(id >> 22).unwrap_or(i64::MAX) + DISCORD_EPOCH_MS
}

/// The wire form.
pub(crate) fn wire(id: Id) -> Value {
    Value::String(id.to_string())
}

/// The wire form of something that may be absent.
pub(crate) fn wire_or_null(id: Option<Id>) -> Value {
    id.map_or(Value::Null, wire)
}

/// Reads an id from a string (or, as some clients send, a number).
pub(crate) fn read(value: &Value) -> Option<Id> {
    match value {
        Value::String(text) => text.parse().ok().filter(|id| *id > 0),
        Value::Number(number) => number.as_u64().filter(|id| *id > 0),
        _ => None,
    }
}

/// Reads a list of ids, leaving out what is none.
pub(crate) fn read_list(value: &Value) -> Vec<Id> {
    value
        .as_array()
        .map(|list| list.iter().filter_map(read).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_even_when_time_stands_still() {
        let mut ids = Ids::default();
        let first = ids.next(1_700_000_000_000);
        let second = ids.next(1_700_000_000_000);
        assert!(second > first);
        assert_eq!(born_ms(first), 1_700_000_000_000);
    }
}
