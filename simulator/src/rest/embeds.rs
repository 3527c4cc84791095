//! Embeds: Discord's limits, and how they come back.

use super::refusal::Problems;
use crate::dates::{iso, parse_iso};
use serde_json::{Value, json};

const EMBEDS_MAX: usize = 10;
const FIELDS_MAX: usize = 25;
/// Characters of all embeds of a message together.
const TOTAL_MAX: usize = 6_000;

/// Checks the list under `embeds` and returns it as Discord would store it.
pub(crate) fn read(body: &Value, problems: &mut Problems) -> Vec<Value> {
    let Some(list) = body["embeds"].as_array() else {
        if !body["embeds"].is_null() {
            problems.add(
                "embeds",
                "LIST_TYPE_CONVERT",
                "Only iterables may be used in a ListType",
            );
        }
        return Vec::new();
    };
    if list.len() > EMBEDS_MAX {
        problems.length("embeds", 0, EMBEDS_MAX);
    }
    let mut total = 0;
    for (at, embed) in list.iter().enumerate() {
        total += check(embed, at, problems);
    }
    if total > TOTAL_MAX {
        problems.add(
            "embeds",
            "MAX_EMBED_SIZE_EXCEEDED",
            "Embed size exceeds maximum size of 6000",
        );
    }
    list.iter().map(stored).collect()
}

fn check(embed: &Value, at: usize, problems: &mut Problems) -> usize {
    let path = |key: &str| format!("embeds.{at}.{key}");
    problems.text(embed, "title", &path("title"), (0, 256), false);
    problems.text(
        embed,
        "description",
        &path("description"),
        (0, 4_096),
        false,
    );
    problems.number(embed, "color", &path("color"), (0, 0xFF_FFFF));
    problems.text(
        &embed["footer"],
        "text",
        &path("footer.text"),
        (0, 2_048),
        embed["footer"].is_object(),
    );
    problems.text(
        &embed["author"],
        "name",
        &path("author.name"),
        (0, 256),
        embed["author"].is_object(),
    );
    check_url(embed, "url", &path("url"), &["http", "https"], problems);
    for picture in ["image", "thumbnail"] {
        let path = path(&format!("{picture}.url"));
        check_url(
            &embed[picture],
            "url",
            &path,
            &["http", "https", "attachment"],
            problems,
        );
    }
    if embed["timestamp"]
        .as_str()
        .is_some_and(|text| parse_iso(text).is_none())
    {
        problems.add(
            &path("timestamp"),
            "DATE_TIME_TYPE_PARSE",
            "Could not parse the timestamp. Should be ISO8601.",
        );
    }
    check_fields(embed, at, problems);
    size(embed)
}

fn check_fields(embed: &Value, at: usize, problems: &mut Problems) {
    let fields = embed["fields"].as_array().map_or(&[][..], Vec::as_slice);
    if fields.len() > FIELDS_MAX {
        problems.length(&format!("embeds.{at}.fields"), 0, FIELDS_MAX);
    }
    for (n, field) in fields.iter().enumerate() {
        let path = |key: &str| format!("embeds.{at}.fields.{n}.{key}");
        for (key, max) in [("name", 256), ("value", 1_024)] {
            let blank = field[key]
                .as_str()
                .is_some_and(|text| text.trim().is_empty());
            if blank {
                problems.required(&path(key));
            } else {
                problems.text(field, key, &path(key), (0, max), true);
            }
        }
    }
}

fn check_url(holder: &Value, key: &str, path: &str, schemes: &[&str], problems: &mut Problems) {
    let Some(url) = holder[key].as_str() else {
        return;
    };
    let fits = url
        .split_once("://")
        .is_some_and(|(scheme, rest)| schemes.contains(&scheme) && !rest.is_empty());
    if !fits {
        let message = format!(
            "Scheme \"{}\" is not supported. Scheme must be one of ('{}').",
            url.split(':').next().unwrap_or(""),
            schemes.join("', '")
        );
        problems.add(path, "URL_TYPE_INVALID_SCHEME", &message);
    }
}

fn size(embed: &Value) -> usize {
    let length = |value: &Value| value.as_str().map_or(0, |text| text.chars().count());
    let fields = embed["fields"].as_array().map_or(&[][..], Vec::as_slice);
    let in_fields: usize = fields
        .iter()
        .map(|f| length(&f["name"]) + length(&f["value"]))
        .sum();
    length(&embed["title"])
        + length(&embed["description"])
        + length(&embed["footer"]["text"])
        + length(&embed["author"]["name"])
        + in_fields
}

fn stored(embed: &Value) -> Value {
    let mut out = embed.clone();
    let Some(map) = out.as_object_mut() else {
        return json!({"type": "rich"});
    };
    map.retain(|_, value| !value.is_null());
    map.insert("type".to_owned(), json!("rich"));
    if let Some(at) = map
        .get("timestamp")
        .and_then(Value::as_str)
        .and_then(parse_iso)
    {
        map.insert("timestamp".to_owned(), json!(iso(at)));
    }
    if let Some(fields) = map.get_mut("fields").and_then(Value::as_array_mut) {
        for field in fields {
            field["inline"] = json!(field["inline"] == json!(true));
        }
    }
    out
}
