//! Keys that Discord does not know: the document allows them, Discord ignores them, and they are misspelt.

use super::document::Document;
use serde_json::Value;
use std::collections::BTreeMap;

/// What all clients send though the document does not know it.
const KNOWN: [&str; 3] = ["nsfw", "version", "dm_permission"];

pub(super) fn find(document: &Document, schema: &Value, instance: &Value) -> Vec<String> {
    let mut strays = Vec::new();
    walk(document, &[schema], instance, "", &mut strays);
    strays
}

fn walk(
    document: &Document,
    schemas: &[&Value],
    instance: &Value,
    path: &str,
    strays: &mut Vec<String>,
) {
    match instance {
        Value::Object(map) => {
            let mut shape = Shape::default();
            for schema in schemas {
                shape.add(document, schema, instance);
            }
            if shape.open || shape.properties.is_empty() {
                return;
            }
            for (key, value) in map {
                let path = format!("{path}/{key}");
                match shape.properties.get(key.as_str()) {
                    Some(schemas) => walk(document, schemas, value, &path, strays),
                    None if KNOWN.contains(&key.as_str()) => {}
                    None => strays.push(format!("{path}: Discord knows no such key")),
                }
            }
        }
        Value::Array(list) => {
            let mut items = Vec::new();
            for schema in schemas {
                collect_items(document, schema, &mut items);
            }
            for (at, value) in list.iter().enumerate() {
                walk(document, &items, value, &format!("{path}/{at}"), strays);
            }
        }
        _ => {}
    }
}

/// The properties that an object may have under any of its branches.
#[derive(Default)]
struct Shape<'a> {
    properties: BTreeMap<&'a str, Vec<&'a Value>>,
    open: bool,
}

impl<'a> Shape<'a> {
    fn add(&mut self, document: &'a Document, schema: &'a Value, instance: &Value) {
        let schema = document.resolve(schema);
        if !discriminator_fits(document, schema, instance) {
            return;
        }
        for (key, property) in schema["properties"].as_object().into_iter().flatten() {
            self.properties.entry(key).or_default().push(property);
        }
        self.open |= schema
            .get("additionalProperties")
            .is_some_and(|more| *more != Value::Bool(false));
        for union in ["allOf", "anyOf", "oneOf"] {
            for branch in schema[union].as_array().into_iter().flatten() {
                self.add(document, branch, instance);
            }
        }
    }
}

/// Branches are told apart by the enum of their `type`.
fn discriminator_fits(document: &Document, schema: &Value, instance: &Value) -> bool {
    let Some(kind) = schema["properties"]
        .get("type")
        .map(|kind| document.resolve(kind))
    else {
        return true;
    };
    let (Some(choices), Some(given)) = (kind["enum"].as_array(), instance.get("type")) else {
        return true;
    };
    choices.contains(given)
}

fn collect_items<'a>(document: &'a Document, schema: &'a Value, items: &mut Vec<&'a Value>) {
    let schema = document.resolve(schema);
    items.extend(schema.get("items"));
    for union in ["allOf", "anyOf", "oneOf"] {
        for branch in schema[union].as_array().into_iter().flatten() {
            collect_items(document, branch, items);
        }
    }
}
