//! What a press or a form sends: the component's data, chosen values, filled fields.

use super::VerbError;
use super::command_line::Place;
use super::values::{Mentioned, resolved};
use crate::ids::{self, Id};
use crate::world::World;
use crate::world::message::walk_components;
use serde_json::{Value, json};

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub(super) fn component(components: Option<&Value>, custom_id: &str) -> Option<Value> {
    let mut found = None;
    walk_components(components, &mut |component| {
        if component["custom_id"] == custom_id && found.is_none() {
            found = Some(component.clone());
        }
    });
    found
}

pub(super) fn component_name<'a>(component: &'a Value, custom_id: &'a str) -> &'a str {
    let name = component["label"]
        .as_str()
        .or_else(|| component["placeholder"].as_str());
    name.unwrap_or(custom_id)
}

pub(super) fn component_data(
    world: &World,
    component: &Value,
    channel: Id,
    user: Id,
    values: &[&str],
) -> Result<Value, VerbError> {
    let kind = component["type"].as_u64().unwrap_or(0);
    let mut data =
        json!({"custom_id": component["custom_id"], "component_type": kind, "id": component["id"]});
    if kind == 2 {
        return Ok(data);
    }
    let offered = |value: &&&str| {
        list(&component["options"])
            .iter()
            .any(|option| option["value"] == ***value)
    };
    if let Some(value) = values.iter().find(|value| kind == 3 && !offered(value)) {
        return Err(VerbError::NoSuch(format!("choice `{value}`")));
    }
    data["values"] = json!(values);
    let mut mentioned = Mentioned::default();
    for id in values.iter().filter_map(|value| ids::read(&json!(value))) {
        match kind {
            5 => mentioned.users.insert(id),
            6 => mentioned.roles.insert(id),
            8 => mentioned.channels.insert(id),
            _ => {
                world.users.contains_key(&id) && mentioned.users.insert(id)
                    || mentioned.roles.insert(id)
            }
        };
    }
    let guild = world.channels.get(&channel).and_then(|c| c.guild);
    let place = Place {
        guild,
        user,
        completing: false,
    };
    if let Some(resolved) = resolved(world, place, &mentioned).filter(|_| kind != 3) {
        data["resolved"] = resolved;
    }
    Ok(data)
}

/// The form's layout with values in the place of questions.
pub(super) fn filled(component: &Value, fields: &[(&str, &str)]) -> Value {
    let mut out = json!({"type": component["type"], "id": component["id"].as_u64().unwrap_or(1)});
    if let Some(custom_id) = component["custom_id"].as_str() {
        let value = fields
            .iter()
            .find(|(name, _)| *name == custom_id)
            .map(|(_, value)| *value);
        let value = value.or_else(|| component["value"].as_str()).unwrap_or("");
        out["custom_id"] = json!(custom_id);
        match component["type"].as_u64() {
            Some(3 | 5..=8 | 19 | 22) => {
                out["values"] = json!(
                    value
                        .split(',')
                        .filter(|v| !v.is_empty())
                        .collect::<Vec<_>>()
                );
            }
            Some(23) => out["value"] = json!(value == "true"),
            _ => out["value"] = json!(value),
        }
    }
    if component["components"].is_array() {
        out["components"] = list(&component["components"])
            .iter()
            .map(|c| filled(c, fields))
            .collect();
    }
    if component["component"].is_object() {
        out["component"] = filled(&component["component"], fields);
    }
    out
}
