//! Records as people read them.

use actors::kernel::time::Timestamp;
use chrono::DateTime;
use serde_json::Value;

/// Whole numbers in here are taken for times in milliseconds: 2001 to 2286. Ids are texts, and nothing
/// that is counted gets there.
const TIMES: std::ops::Range<i64> = 1_000_000_000_000..10_000_000_000_000;

/// A time as UTC, to the second.
pub(in crate::cli) fn time(at: i64) -> String {
    DateTime::from_timestamp_millis(at).map_or_else(
        || at.to_string(),
        |at| at.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

/// How far `at` is from `now`: "3 h ago", "in 5 min".
pub(super) fn distance(now: Timestamp, at: i64) -> String {
    let ahead = at.saturating_sub(now.millis());
    let seconds = ahead.unsigned_abs() / 1000;
    let length = match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    };
    if ahead >= 0 {
        format!("in {length}")
    } else {
        format!("{length} ago")
    }
}

/// The text in `record` at `pointer`; "-" when there is none.
pub(super) fn text<'a>(record: &'a Value, pointer: &str) -> &'a str {
    record
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or("-")
}

/// The time in `record` at `pointer`; 1970 when there is none.
pub(super) fn instant(record: &Value, pointer: &str) -> i64 {
    record
        .pointer(pointer)
        .and_then(Value::as_i64)
        .unwrap_or_default()
}

/// What stands in front of a record's content.
pub(super) fn title(record: &Value) -> String {
    let mut title = text(record, "/space").to_owned();
    for (name, what) in [("address", ""), ("row", "row "), ("timer", "timer ")] {
        if let Some(part) = record[name].as_str() {
            title.push_str(&format!(" {what}{part}"));
        }
    }
    if record["address"].is_null()
        && let Some(guild) = record["guild"].as_str()
    {
        title.push_str(&format!(" guild {guild}"));
    }
    title
}

/// An effect in a few words: "say to channel 7".
pub(super) fn effect(effect: &Value) -> String {
    let Some((name, what)) = effect.as_object().and_then(|effect| effect.iter().next()) else {
        return "?".to_owned();
    };
    let place = |kind: &str, id: &Value| Some(format!("{kind} {}", id.as_str()?));
    let target = what["to"].get(0).and_then(|target| {
        let (kind, id) = target.as_object()?.iter().next()?;
        match kind.as_str() {
            "Answer" => Some("whoever asked".to_owned()),
            "Notice" => place("channel", &id["channel"]),
            kind => Some(format!("{} {}", kind.to_lowercase(), id_text(id)?)),
        }
    });
    let other = [("channel", "channel"), ("guild", "guild")]
        .into_iter()
        .find_map(|(field, kind)| Some(format!("{kind} {}", id_text(&what[field])?)));
    let name = words(name);
    match target.or(other) {
        Some(target) if name == "say" => format!("say to {target}"),
        Some(target) => format!("{name}, {target}"),
        None => name,
    }
}

/// Ids are texts when they are long and numbers when they are short, as in tests.
fn id_text(id: &Value) -> Option<String> {
    match id {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// `ReadAuditLog` as "read audit log".
pub(super) fn words(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// A value, one line for each of its fields, indented by depth. Times are readable.
pub(super) fn lines(value: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    write(value, 0, &mut lines);
    lines
}

fn write(value: &Value, depth: usize, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    let mut put = |name: &str, value: &Value| match scalar(value) {
        Some(text) => lines.push(format!("{indent}{name}{text}")),
        None => {
            lines.push(format!("{indent}{}", name.trim_end()));
            write(value, depth + 1, lines);
        }
    };
    match value {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(name, value)| put(&format!("{name}: "), value)),
        Value::Array(values) => values.iter().for_each(|value| put("- ", value)),
        scalar => put("", scalar),
    }
}

/// What fits behind a name; nothing for what needs lines of its own.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Object(fields) if !fields.is_empty() => None,
        Value::Array(values) if !values.is_empty() => {
            let flat: Option<Vec<String>> = values
                .iter()
                .map(|value| match value {
                    Value::Object(_) | Value::Array(_) => None,
                    scalar => self::scalar(scalar),
                })
                .collect();
            let line = flat?.join(", ");
            (line.len() <= 80).then_some(line)
        }
        Value::Object(_) | Value::Array(_) => Some("none".to_owned()),
        Value::Null => Some("none".to_owned()),
        Value::Bool(yes) => Some(if *yes { "yes" } else { "no" }.to_owned()),
        Value::Number(number) => Some(match number.as_i64() {
            Some(at) if TIMES.contains(&at) => time(at),
            _ => number.to_string(),
        }),
        // No control characters on somebody's terminal.
        Value::String(text) => Some(
            text.escape_debug()
                .to_string()
                .replace("\\'", "'")
                .replace("\\\"", "\""),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn times_are_said_as_dates_and_as_distances() {
        assert_eq!(time(1_795_158_459_999), "2026-11-20 07:07:39 UTC");
        let now = Timestamp::from_seconds(1_000_000);
        let at = |seconds: i64| distance(now, (1_000_000 + seconds) * 1000);
        assert_eq!(at(0), "in 0 s");
        assert_eq!(at(-119), "119 s ago");
        assert_eq!(at(300), "in 5 min");
        assert_eq!(at(-3 * 3600), "3 h ago");
        assert_eq!(at(5 * 86_400), "in 5 d");
    }

    #[test]
    fn values_are_read_line_by_line_and_control_nothing() {
        let value = json!({
            "at": 1_795_158_459_999_u64, "on": true, "none": null, "empty": [],
            "few": ["1", "2"], "deep": { "text": "a\u{1b}[31m\n\"b\"" }, "list": [{ "n": 1 }],
        });
        let expected = [
            "at: 2026-11-20 07:07:39 UTC",
            "deep:",
            "  text: a\\u{1b}[31m\\n\"b\"",
            "empty: none",
            "few: 1, 2",
            "list:",
            "  -",
            "    n: 1",
            "none: none",
            "on: yes",
        ];
        assert_eq!(lines(&value), expected);
    }

    #[test]
    fn effects_are_named_with_their_place() {
        let say = json!({"Say": {"to": [{"Channel": "7"}], "message": {}}});
        assert_eq!(effect(&say), "say to channel 7");
        let answer = json!({"Say": {"to": [{"Answer": {}}, {"User": "7"}]}});
        assert_eq!(effect(&answer), "say to whoever asked");
        let read = json!({"ReadAuditLog": {"guild": "9", "since": 0}});
        assert_eq!(effect(&read), "read audit log, guild 9");
        assert_eq!(effect(&json!({"Tell": {"to": {}}})), "tell");
    }
}
