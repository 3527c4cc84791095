//! The document, softened where it is stricter than Discord, and found by path.

use jsonschema::{Registry, Resource};
use serde_json::{Map, Value, json};

/// Under this name the schemas refer to it.
pub(super) const URN: &str = "urn:discord";

const PERMISSION_KEYS: [&str; 4] = ["permissions", "allow", "deny", "default_member_permissions"];

pub(super) struct Document {
    root: Value,
    /// Lives as long as the process; a judge is loaded once.
    pub(super) registry: &'static Registry<'static>,
    /// Path templates, literal segments before parameters.
    templates: Vec<String>,
}

/// Where one method of one path is described.
pub(super) struct Operation {
    pub(super) pointer: String,
}

impl Document {
    pub(super) fn new(mut root: Value) -> Option<Self> {
        soften(&mut root);
        let schemas = root["components"]["schemas"].as_object_mut()?;
        let snowflake = json!({"anyOf": [
            {"type": "string", "pattern": "^(0|[1-9][0-9]*)$"}, {"type": "integer", "minimum": 0}]});
        schemas.insert("SnowflakeType".to_owned(), snowflake);
        correct(schemas);
        let mut templates: Vec<String> = root["paths"].as_object()?.keys().cloned().collect();
        let openness = |t: &String| t.split('/').map(|s| s.starts_with('{')).collect::<Vec<_>>();
        templates.sort_by_key(openness);
        let draft = jsonschema::Draft::Draft202012;
        let resource = Resource::from_contents(root.clone());
        let builder = Registry::new().draft(draft).add(URN, resource).ok()?;
        let registry: &'static Registry<'static> = Box::leak(Box::new(builder.prepare().ok()?));
        Some(Self {
            root,
            registry,
            templates,
        })
    }

    pub(super) fn at(&self, pointer: &str) -> Option<&Value> {
        self.root.pointer(pointer)
    }

    pub(super) fn operation(&self, method: &str, path: &str) -> Option<Operation> {
        let method = method.to_lowercase();
        let fits = |t: &&String| {
            template_fits(t, path) && self.root["paths"][t.as_str()].get(&method).is_some()
        };
        let template = self.templates.iter().find(fits)?;
        let escaped = template.replace('~', "~0").replace('/', "~1");
        Some(Operation {
            pointer: format!("/paths/{escaped}/{method}"),
        })
    }

    /// The pointer of the response for a status: exact, else its class, through one `$ref`.
    pub(super) fn response(&self, operation: &str, status: u16) -> Option<String> {
        let class = format!("{}XX", status / 100);
        let direct = [status.to_string(), class]
            .into_iter()
            .map(|key| format!("{operation}/responses/{key}"))
            .find(|pointer| self.at(pointer).is_some())?;
        let target = self.at(&direct)?.get("$ref").and_then(Value::as_str);
        Some(target.map_or(direct, |target| target.trim_start_matches('#').to_owned()))
    }

    /// Follows `$ref`s to the schema that is meant.
    pub(super) fn resolve<'a>(&'a self, mut schema: &'a Value) -> &'a Value {
        while let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            match self.at(target.trim_start_matches(['#'])) {
                Some(next) => schema = next,
                None => return schema,
            }
        }
        schema
    }
}

/// Where the document says less than the prose documentation and everybody's experience.
fn correct(schemas: &mut Map<String, Value>) {
    if let Some(error) = schemas.get_mut("Error") {
        // Codes of field errors are words: BASE_TYPE_REQUIRED.
        error["properties"]["code"] = json!({"type": ["integer", "string"]});
    }
    if let Some(resource) = schemas.get_mut("CreateMessageInteractionCallbackResponse") {
        // A deferred answer has a message too.
        resource["properties"]["type"] = json!({"type": "integer", "enum": [4, 5]});
    }
}

fn template_fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(w), Some(g)) if w == g || w.starts_with('{') && !g.is_empty() => {}
            (Some("@me"), Some("%40me")) => {}
            _ => return false,
        }
    }
}

/// Unions may overlap, and permission bits are decimal strings in practice.
fn soften(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(union) = map.remove("oneOf") {
                map.insert("anyOf".to_owned(), union);
            }
            if let Some(properties) = map.get_mut("properties").and_then(Value::as_object_mut) {
                soften_permissions(properties);
            }
            map.values_mut().for_each(soften);
        }
        Value::Array(list) => list.iter_mut().for_each(soften),
        _ => {}
    }
}

fn soften_permissions(properties: &mut Map<String, Value>) {
    for key in PERMISSION_KEYS {
        let Some(schema) = properties.get_mut(key) else {
            continue;
        };
        let text = schema["type"].to_string();
        if text.contains("integer") {
            *schema = json!({"anyOf": [{"type": ["integer", "null"], "minimum": 0}, {"type": "string", "pattern": "^[0-9]+$"}]});
        }
    }
}
