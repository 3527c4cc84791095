//! Discord's OpenAPI document as the judge of what a bot sends and what this simulator answers.
//!
//! The document is honest but has its ways: permission bits are integers where every client sends decimal strings,
//! snowflakes are strings where some send numbers, unions overlap, misspelt keys pass. `document` softens the
//! first three; `strays` finds the last. A record is judged by its path and method, so this module needs no list of
//! routes of its own.

mod document;
mod explain;
mod strays;

use crate::record::RequestRecord;
use document::Document;
use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Checks records against the document.
pub struct Judge {
    document: Document,
    validators: Mutex<BTreeMap<String, Arc<Validator>>>,
}

impl Judge {
    /// Loads the document from `DISCORD_OPENAPI`, else from `../shared/discord-api-spec/openapi.json` beside the
    /// workspace; `None` if there is none, which a test should say and pass.
    #[must_use]
    pub fn load() -> Option<Self> {
        let beside = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../shared/discord-api-spec/openapi.json"
        );
        let path = std::env::var("DISCORD_OPENAPI").unwrap_or_else(|_| beside.to_owned());
        let text = std::fs::read_to_string(path).ok()?;
        let document = Document::new(serde_json::from_str(&text).ok()?)?;
        Some(Self {
            document,
            validators: Mutex::default(),
        })
    }

    /// Everything that is wrong with a request and its answer, in sentences; empty is good.
    #[must_use]
    pub fn check(&self, record: &RequestRecord) -> Vec<String> {
        let mut wrong = self.check_request(record);
        wrong.extend(self.check_response(record));
        wrong
    }

    /// What is wrong with what the client sent.
    #[must_use]
    pub fn check_request(&self, record: &RequestRecord) -> Vec<String> {
        let Some(operation) = self.document.operation(&record.method, &record.path) else {
            return vec![format!("{} {}: no such route", record.method, record.path)];
        };
        let pointer = format!(
            "{}/requestBody/content/application~1json/schema",
            operation.pointer
        );
        let Some(schema) = self.document.at(&pointer) else {
            return Vec::new();
        };
        let mut wrong = self.validate(&pointer, &record.body);
        wrong.extend(strays::find(&self.document, schema, &record.body));
        named(record, "request", wrong)
    }

    /// What is wrong with what was answered. Answers that a fault made are not judged.
    #[must_use]
    pub fn check_response(&self, record: &RequestRecord) -> Vec<String> {
        let Some(operation) = self.document.operation(&record.method, &record.path) else {
            return Vec::new();
        };
        if record.fault.is_some() {
            return Vec::new();
        }
        let Some(response) = self.document.response(&operation.pointer, record.status) else {
            let sentence = format!("status {} is not documented", record.status);
            return named(record, "answer", vec![sentence]);
        };
        let pointer = format!("{response}/content/application~1json/schema");
        if self.document.at(&pointer).is_none() {
            let stray = !record.response.is_null();
            let sentence = "no body is documented".to_owned();
            return named(
                record,
                "answer",
                if stray { vec![sentence] } else { Vec::new() },
            );
        }
        named(record, "answer", self.validate(&pointer, &record.response))
    }

    fn validate(&self, pointer: &str, instance: &Value) -> Vec<String> {
        match self.validator(pointer) {
            Ok(validator) => validator
                .iter_errors(instance)
                .map(|error| explain::sentence(&error))
                .collect(),
            Err(sentence) => vec![sentence],
        }
    }

    fn validator(&self, pointer: &str) -> Result<Arc<Validator>, String> {
        let mut known = self
            .validators
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = known.get(pointer) {
            return Ok(Arc::clone(validator));
        }
        let fragment = pointer.replace('{', "%7B").replace('}', "%7D");
        let schema = json!({"$ref": format!("{}#{fragment}", document::URN)});
        let built = jsonschema::options()
            .with_registry(self.document.registry)
            .should_validate_formats(true)
            .build(&schema)
            .map_err(|error| format!("the document itself: {error}"))?;
        let built = Arc::new(built);
        known.insert(pointer.to_owned(), Arc::clone(&built));
        Ok(built)
    }
}

fn named(record: &RequestRecord, what: &str, wrong: Vec<String>) -> Vec<String> {
    let name = |sentence: String| {
        format!(
            "{} {} ({}): {what}: {sentence}",
            record.method, record.path, record.status
        )
    };
    wrong.into_iter().map(name).collect()
}
