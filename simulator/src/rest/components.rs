//! Components of messages and forms: buttons, menus, texts, containers; what may stand where, and how many.

use super::refusal::Problems;
use crate::world::message::walk_components;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Message flag: the message consists of components only.
pub(crate) const V2: u64 = 1 << 15;

const ROWS_MAX: usize = 5;
const V2_TOTAL_MAX: usize = 40;
const V2_TEXT_MAX: usize = 4_000;

/// Where the list stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Message { v2: bool },
    Modal,
}

/// Checks the list under `components` and returns it as Discord would store it: with `id`s.
pub(crate) fn read(body: &Value, place: Place, problems: &mut Problems) -> Vec<Value> {
    let Some(list) = body["components"].as_array() else {
        return Vec::new();
    };
    check_count(list, place, problems);
    for (at, component) in list.iter().enumerate() {
        check_top(component, &format!("components.{at}"), place, problems);
    }
    check_unique(body, problems);
    let mut next = 1;
    list.iter()
        .map(|component| numbered(component, &mut next))
        .collect()
}

fn check_count(list: &[Value], place: Place, problems: &mut Problems) {
    let mut total = 0;
    let mut text = 0;
    walk_components(Some(&Value::Array(list.to_vec())), &mut |component| {
        total += 1;
        if component["type"] == json!(10) {
            text += component["content"]
                .as_str()
                .map_or(0, |t| t.chars().count());
        }
    });
    match place {
        Place::Message { v2: true } if total > V2_TOTAL_MAX => {
            problems.add(
                "components",
                "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
                "The total number of components cannot exceed 40",
            );
        }
        Place::Message { v2: true } if text > V2_TEXT_MAX => {
            problems.add(
                "components",
                "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
                "The total displayable text size cannot exceed 4000",
            );
        }
        Place::Message { v2: false } if list.len() > ROWS_MAX => {
            problems.length("components", 0, ROWS_MAX);
        }
        Place::Modal if list.is_empty() || list.len() > ROWS_MAX => {
            problems.length("components", 1, ROWS_MAX);
        }
        _ => {}
    }
}

fn check_top(component: &Value, path: &str, place: Place, problems: &mut Problems) {
    let allowed: &[u64] = match place {
        Place::Message { v2: false } => &[1],
        Place::Message { v2: true } => &[1, 9, 10, 12, 13, 14, 17],
        Place::Modal => &[1, 10, 18],
    };
    if !is_one_of(component, allowed) {
        return wrong_type(path, allowed, problems);
    }
    check(component, path, place, problems);
}

fn is_one_of(component: &Value, allowed: &[u64]) -> bool {
    component["type"]
        .as_u64()
        .is_some_and(|kind| allowed.contains(&kind))
}

fn wrong_type(path: &str, allowed: &[u64], problems: &mut Problems) {
    let list: Vec<String> = allowed.iter().map(u64::to_string).collect();
    problems.choice(&format!("{path}.type"), &list.join(", "));
}

fn check(component: &Value, path: &str, place: Place, problems: &mut Problems) {
    match component["type"].as_u64().unwrap_or(0) {
        1 => check_row(component, path, place, problems),
        2 => check_button(component, path, problems),
        3 => check_string_select(component, path, problems),
        4 => check_text_input(component, path, problems),
        5..=8 => check_select(component, path, problems),
        9 => check_section(component, path, place, problems),
        10 => problems.text(
            component,
            "content",
            &format!("{path}.content"),
            (1, V2_TEXT_MAX),
            true,
        ),
        12 => check_children(component, "items", path, (1, 10), None, place, problems),
        17 => check_children(
            component,
            "components",
            path,
            (1, V2_TOTAL_MAX),
            Some(&[1, 9, 10, 12, 13, 14]),
            place,
            problems,
        ),
        18 => check_label(component, path, place, problems),
        19 | 21 | 22 | 23 => custom_id(component, path, problems),
        _ => {}
    }
}

/// A list of children of bounded length and, if said, of certain types.
fn check_children(
    component: &Value,
    key: &str,
    path: &str,
    bounds: (usize, usize),
    allowed: Option<&[u64]>,
    place: Place,
    problems: &mut Problems,
) {
    let children = component[key].as_array().map_or(&[][..], Vec::as_slice);
    if children.len() < bounds.0 || children.len() > bounds.1 {
        problems.length(&format!("{path}.{key}"), bounds.0, bounds.1);
    }
    let Some(allowed) = allowed else { return };
    for (at, child) in children.iter().enumerate() {
        let path = format!("{path}.{key}.{at}");
        if is_one_of(child, allowed) {
            check(child, &path, place, problems);
        } else {
            wrong_type(&path, allowed, problems);
        }
    }
}

fn check_row(row: &Value, path: &str, place: Place, problems: &mut Problems) {
    let children = row["components"].as_array().map_or(&[][..], Vec::as_slice);
    let buttons = children.iter().any(|c| c["type"] == json!(2));
    let (allowed, max): (&[u64], usize) = match (place, buttons) {
        (Place::Modal, _) => (&[4], 1),
        (_, true) => (&[2], 5),
        (_, false) => (&[3, 5, 6, 7, 8], 1),
    };
    check_children(
        row,
        "components",
        path,
        (1, max),
        Some(allowed),
        place,
        problems,
    );
}

fn custom_id(component: &Value, path: &str, problems: &mut Problems) {
    problems.text(
        component,
        "custom_id",
        &format!("{path}.custom_id"),
        (1, 100),
        true,
    );
}

fn check_button(button: &Value, path: &str, problems: &mut Problems) {
    let at = |key: &str| format!("{path}.{key}");
    let has = |key: &str| !button[key].is_null();
    match button["style"].as_u64() {
        Some(1..=4) => {
            custom_id(button, path, problems);
            if has("url") {
                problems.add(
                    path,
                    "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
                    "A custom id and url cannot both be specified",
                );
            }
        }
        Some(5) if has("custom_id") => {
            problems.add(
                path,
                "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
                "A custom id and url cannot both be specified",
            );
        }
        Some(5) => problems.text(button, "url", &at("url"), (1, 512), true),
        Some(6) if has("sku_id") => return,
        Some(6) => problems.required(&at("sku_id")),
        _ => problems.choice(&at("style"), "1, 2, 3, 4, 5, 6"),
    }
    problems.text(button, "label", &at("label"), (0, 80), false);
    if !has("label") && !has("emoji") {
        problems.add(
            path,
            "BUTTON_COMPONENT_LABEL_EMOJI_REQUIRED",
            "A button must have a label or an emoji",
        );
    }
}

fn check_select(select: &Value, path: &str, problems: &mut Problems) {
    custom_id(select, path, problems);
    problems.text(
        select,
        "placeholder",
        &format!("{path}.placeholder"),
        (0, 150),
        false,
    );
    problems.number(select, "min_values", &format!("{path}.min_values"), (0, 25));
    problems.number(select, "max_values", &format!("{path}.max_values"), (1, 25));
}

fn check_string_select(select: &Value, path: &str, problems: &mut Problems) {
    check_select(select, path, problems);
    let options = select["options"].as_array().map_or(&[][..], Vec::as_slice);
    if options.is_empty() || options.len() > 25 {
        problems.length(&format!("{path}.options"), 1, 25);
    }
    let mut values = BTreeSet::new();
    for (at, option) in options.iter().enumerate() {
        let path = |key: &str| format!("{path}.options.{at}.{key}");
        problems.text(option, "label", &path("label"), (1, 100), true);
        problems.text(option, "value", &path("value"), (1, 100), true);
        problems.text(option, "description", &path("description"), (0, 100), false);
        if !values.insert(option["value"].as_str().unwrap_or("")) {
            problems.add(
                &path("value"),
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                "The specified option value is already used",
            );
        }
    }
}

fn check_text_input(input: &Value, path: &str, problems: &mut Problems) {
    let at = |key: &str| format!("{path}.{key}");
    custom_id(input, path, problems);
    problems.text(input, "label", &at("label"), (1, 45), false);
    problems.text(input, "placeholder", &at("placeholder"), (0, 100), false);
    problems.text(input, "value", &at("value"), (0, 4_000), false);
    problems.number(input, "min_length", &at("min_length"), (0, 4_000));
    problems.number(input, "max_length", &at("max_length"), (1, 4_000));
    if !matches!(input["style"].as_u64(), Some(1 | 2)) {
        problems.choice(&at("style"), "1, 2");
    }
}

fn check_section(section: &Value, path: &str, place: Place, problems: &mut Problems) {
    check_children(
        section,
        "components",
        path,
        (1, 3),
        Some(&[10]),
        place,
        problems,
    );
    let accessory = &section["accessory"];
    let at = format!("{path}.accessory");
    if is_one_of(accessory, &[2, 11]) {
        check(accessory, &at, place, problems);
    } else {
        problems.required(&at);
    }
}

fn check_label(label: &Value, path: &str, place: Place, problems: &mut Problems) {
    problems.text(label, "label", &format!("{path}.label"), (1, 45), true);
    problems.text(
        label,
        "description",
        &format!("{path}.description"),
        (0, 100),
        false,
    );
    let inner = &label["component"];
    let at = format!("{path}.component");
    if is_one_of(inner, &[3, 4, 5, 6, 7, 8, 19, 21, 22, 23]) {
        check(inner, &at, place, problems);
    } else {
        problems.required(&at);
    }
}

fn check_unique(body: &Value, problems: &mut Problems) {
    let mut seen = BTreeSet::new();
    walk_components(body.get("components"), &mut |component| {
        let Some(id) = component["custom_id"].as_str() else {
            return;
        };
        if !seen.insert(id.to_owned()) {
            problems.add(
                "components",
                "COMPONENT_CUSTOM_ID_DUPLICATED",
                "Component custom id cannot be duplicated",
            );
        }
    });
}

/// Every stored component has an `id`, counted from 1 unless the sender chose one, and its defaults.
fn numbered(component: &Value, next: &mut u64) -> Value {
    let mut out = component.clone();
    if out["id"].as_u64().unwrap_or(0) == 0 {
        out["id"] = json!(*next);
    }
    *next += 1;
    for (key, value) in defaults(component["type"].as_u64().unwrap_or(0)) {
        if out[key].is_null() {
            out[key] = value;
        }
    }
    if let Some(children) = component["components"].as_array() {
        out["components"] = children.iter().map(|child| numbered(child, next)).collect();
    }
    for only in ["accessory", "component"] {
        if component[only].is_object() {
            out[only] = numbered(&component[only], next);
        }
    }
    out
}

/// What Discord fills in.
fn defaults(kind: u64) -> Vec<(&'static str, Value)> {
    match kind {
        3 | 5..=8 => vec![("min_values", json!(1)), ("max_values", json!(1))],
        11 => vec![("description", Value::Null), ("spoiler", json!(false))],
        13 => vec![
            ("spoiler", json!(false)),
            ("name", json!("file")),
            ("size", json!(0)),
        ],
        14 => vec![("spacing", json!(1)), ("divider", json!(true))],
        17 => vec![("accent_color", Value::Null), ("spoiler", json!(false))],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(components: &Value, place: Place) -> String {
        let mut problems = Problems::default();
        read(&json!({"components": components}), place, &mut problems);
        problems.finish().map_or_else(
            |refusal| refusal.body["errors"].to_string(),
            |()| String::new(),
        )
    }

    const V1: Place = Place::Message { v2: false };

    #[test]
    fn a_plain_button_row_is_fine() {
        let row = json!([{"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "a"}]}]);
        assert_eq!(errors(&row, V1), "");
    }

    #[test]
    fn custom_ids_are_unique_and_short() {
        let button = |id: &str| json!({"type": 2, "style": 1, "label": "Go", "custom_id": id});
        let twice = json!([{"type": 1, "components": [button("a"), button("a")]}]);
        assert!(errors(&twice, V1).contains("COMPONENT_CUSTOM_ID_DUPLICATED"));
        let long = json!([{"type": 1, "components": [button(&"x".repeat(101))]}]);
        assert!(errors(&long, V1).contains("BASE_TYPE_BAD_LENGTH"));
    }

    #[test]
    fn text_displays_need_the_flag() {
        let text = json!([{"type": 10, "content": "hello"}]);
        assert!(errors(&text, V1).contains("BASE_TYPE_CHOICES"));
        assert_eq!(errors(&text, Place::Message { v2: true }), "");
    }

    #[test]
    fn a_row_holds_five_buttons_or_one_menu() {
        let button =
            |n: u64| json!({"type": 2, "style": 2, "label": "x", "custom_id": n.to_string()});
        let six: Vec<Value> = (0..6).map(button).collect();
        assert!(
            errors(&json!([{"type": 1, "components": six}]), V1).contains("BASE_TYPE_BAD_LENGTH")
        );
    }
}
