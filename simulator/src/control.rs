//! The simulator over HTTP, for whoever drives it from another process. Served beside the API, below `/sim`.
//!
//! | request | answer |
//! |---|---|
//! | `POST /sim/verbs` with a [`Verb`](crate::Verb) or a list of them | what each made: `{"id": ".."}`, `{"changed": true}` or `{}` |
//! | `GET /sim/state` | guilds, sessions, counters, time |
//! | `GET /sim/requests?after=N` | records of requests above that number |
//! | `GET /sim/messages/CHANNEL` | what everybody sees in a channel (by id) |
//! | `GET /sim/answer/INTERACTION?within_ms=5000` | waits for the answer to an interaction; `{"failed": true}` if none came |
//! | `GET /sim/commands` | the registered global commands |
//!
//! A verb that fails answers 400 with `{"error": ".."}`; in a list the verbs before it have happened.

use crate::ids::Id;
use crate::rest::call::parse_query;
use crate::script::Verb;
use crate::simulator::Simulator;
use crate::verbs::InteractionAnswer;
use axum::body::Bytes;
use axum::http::{Method, Uri};
use serde_json::{Value, json};
use std::time::Duration;

type Answer = Result<Value, (u16, String)>;

pub(crate) async fn answer(
    simulator: &Simulator,
    method: &Method,
    uri: &Uri,
    body: &Bytes,
) -> (u16, Value) {
    let query = parse_query(uri.query().unwrap_or(""));
    let number = |key: &str| query.get(key).and_then(|text| text.parse::<u64>().ok());
    let pieces: Vec<&str> = uri.path().split('/').skip(2).collect();
    let answer = match (method.as_str(), pieces.as_slice()) {
        ("POST", ["verbs"]) => verbs(simulator, body),
        ("GET", ["state"]) => Ok(json!(simulator.snapshot())),
        ("GET", ["requests"]) => Ok(json!(
            simulator.requests_after(number("after").unwrap_or(0))
        )),
        ("GET", ["messages", channel]) => {
            id(channel).map(|channel| json!(simulator.messages(channel)))
        }
        ("GET", ["commands"]) => Ok(json!(simulator.commands(None))),
        ("GET", ["answer", interaction]) => {
            let within = Duration::from_millis(number("within_ms").unwrap_or(5_000));
            wait(simulator, interaction, within).await
        }
        _ => Err((404, format!("no such thing: {method} {}", uri.path()))),
    };
    match answer {
        Ok(body) => (200, body),
        Err((status, error)) => (status, json!({"error": error})),
    }
}

fn id(text: &str) -> Result<Id, (u16, String)> {
    text.parse()
        .map_err(|_| (400, format!("not an id: {text}")))
}

fn verbs(simulator: &Simulator, body: &Bytes) -> Answer {
    let parsed: Value = serde_json::from_slice(body).map_err(|error| (400, error.to_string()))?;
    match parsed {
        Value::Array(list) => list.into_iter().map(|verb| one(simulator, verb)).collect(),
        verb => one(simulator, verb),
    }
}

fn one(simulator: &Simulator, verb: Value) -> Answer {
    let verb: Verb = serde_json::from_value(verb).map_err(|error| (400, error.to_string()))?;
    simulator
        .perform(&verb)
        .map_err(|error| (400, error.to_string()))
}

async fn wait(simulator: &Simulator, interaction: &str, within: Duration) -> Answer {
    let handle = simulator
        .interaction(id(interaction)?)
        .ok_or_else(|| (404, "no such interaction".to_owned()))?;
    Ok(match handle.answer(within).await {
        Some(answer) => shown(&answer),
        None => json!({"failed": handle.failed()}),
    })
}

fn shown(answer: &InteractionAnswer) -> Value {
    json!({
        "kind": format!("{:?}", answer.kind),
        "text": answer.text(),
        "message": answer.message,
        "data": answer.data,
        "ephemeral": answer.ephemeral,
        "latency_ms": answer.latency_ms,
        "followups": answer.followups,
    })
}
