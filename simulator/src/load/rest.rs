//! The REST API as far as a load needs it: who the bot is, commands taken, answers noted with their time.

use super::answers::Answers;
use super::town::{BOT, bot_json};
use crate::ids::Id;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, Response, header};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::net::TcpListener;

/// The longest body that is read.
const BODY_MAX: usize = 1 << 20;

pub(super) struct Sink {
    pub(super) answers: Arc<Answers>,
    pub(super) gateway: String,
}

pub(super) async fn listen(sink: Arc<Sink>, listener: TcpListener) {
    let app = Router::new().fallback(handle).with_state(sink);
    // Serving ends only with the process.
    drop(axum::serve(listener, app).await);
}

async fn handle(State(sink): State<Arc<Sink>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, BODY_MAX)
        .await
        .unwrap_or_default();
    let path = parts.uri.path();
    let path = path
        .strip_prefix("/api/v10")
        .or_else(|| path.strip_prefix("/api"));
    let words: Vec<&str> = path.unwrap_or_default().split('/').skip(1).collect();
    let (status, answer) = answer(&sink, &parts.method, &words, &body);
    let body = match answer {
        Value::Null => Body::empty(),
        answer => Body::from(answer.to_string()),
    };
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .body(body)
        .expect("status and header are constants")
}

fn answer(sink: &Sink, method: &Method, words: &[&str], body: &[u8]) -> (u16, Value) {
    match (method.as_str(), words) {
        ("GET", ["users", "@me"]) => (200, bot_json()),
        ("GET", ["applications", "@me"] | ["oauth2", "applications", "@me"]) => {
            let flags = crate::intents::grants::ALL_LIMITED;
            (
                200,
                json!({"id": BOT.to_string(), "name": "guildhall", "flags": flags}),
            )
        }
        ("GET", ["gateway", "bot"]) => {
            let limit =
                json!({"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1});
            (
                200,
                json!({"url": sink.gateway, "shards": 1, "session_start_limit": limit}),
            )
        }
        ("PUT", ["applications", _, "commands"]) => (200, read(body)),
        ("POST", ["interactions", id, _, "callback"]) => {
            let body = read(body);
            // As Discord: whoever was answered sees nothing of a second try.
            if sink.answers.is_answered(number(id)) {
                let text = "Interaction has already been acknowledged.";
                return (400, json!({"message": text, "code": 40060}));
            }
            // 5 is "thinking…": the answer is still to come.
            if body["type"] != 5 {
                sink.answers.answered(number(id), &text(&body["data"]));
            }
            (204, Value::Null)
        }
        ("PATCH", ["webhooks", _, token, "messages", "@original"]) => {
            sink.answers.answered(id_of(token), &text(&read(body)));
            (200, message("1"))
        }
        ("GET", ["webhooks", _, token, "messages", "@original"]) => {
            if sink.answers.is_answered(id_of(token)) {
                (200, message("1"))
            } else {
                (404, json!({"message": "Unknown Webhook", "code": 10015}))
            }
        }
        ("POST", ["channels", channel, "messages"]) => (200, message(channel)),
        ("POST", ["users", "@me", "channels"]) => (200, json!({"id": "78", "type": 1})),
        ("GET", ["channels", _, "messages"]) => (200, json!([])),
        _ => (404, json!({"message": "404: Not Found", "code": 0})),
    }
}

fn read(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}

/// Everything a person would read, in one text.
fn text(message: &Value) -> String {
    let mut out = message["content"].as_str().unwrap_or_default().to_owned();
    for embed in message["embeds"].as_array().into_iter().flatten() {
        for value in std::iter::once(embed).chain(embed["fields"].as_array().into_iter().flatten())
        {
            for part in ["title", "description", "name", "value"] {
                out.push('\n');
                out.push_str(value[part].as_str().unwrap_or_default());
            }
        }
    }
    out
}

fn message(channel: &str) -> Value {
    json!({"id": "1", "channel_id": channel, "content": "", "author": bot_json()})
}

fn number(text: &str) -> Id {
    text.parse().unwrap_or_default()
}

/// Tokens of the load begin with a word and end with the interaction's id.
fn id_of(token: &str) -> Id {
    token.strip_prefix("load-").map_or(0, number)
}
