//! REST, version 10: from bytes to a route and back, with limits, faults and a record of everything.
//!
//! Routes live in `routes/`, one file per resource; each is a line in that file's `ROUTES` and a plain function
//! `fn(&mut World, &Call) -> Answer`. Everything that is the same for all of them happens here, once.

pub(crate) mod call;
pub(crate) mod command_form;
pub(crate) mod components;
pub(crate) mod embeds;
pub(crate) mod guard;
pub(crate) mod limits;
pub(crate) mod message_form;
pub(crate) mod multipart;
pub(crate) mod refusal;
pub(crate) mod router;
pub(crate) mod routes;
pub(crate) mod socket;

use crate::dates::http_date;
use crate::faults::FaultKind;
use crate::record::RequestRecord;
use crate::simulator::Simulator;
use crate::world::World;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Response, header};
use call::{Answer, Call, parse_query, percent_decode};
use refusal::{Refusal, no};
use router::Matched;
use serde_json::{Value, json};
use socket::{Cord, CuttableListener};
use std::time::Duration;
use tokio::net::TcpListener;

/// Discord's limit for a request with files is 25 MiB; a little more lets us say no ourselves.
const BODY_MAX: usize = 32 << 20;

type Headers = Vec<(&'static str, String)>;

pub(crate) async fn listen(simulator: Simulator, listener: TcpListener) {
    let app = Router::new().fallback(handle).with_state(simulator);
    let service = app.into_make_service_with_connect_info::<Cord>();
    // Serving ends only with the simulator.
    drop(axum::serve(CuttableListener(listener), service).await);
}

async fn handle(
    State(simulator): State<Simulator>,
    ConnectInfo(cord): ConnectInfo<Cord>,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_MAX).await.unwrap_or_default();
    let path = parts.uri.path();
    if path.starts_with("/sim/") {
        let (status, answer) =
            crate::control::answer(&simulator, &parts.method, &parts.uri, &body).await;
        return respond(status, &answer, Vec::new(), simulator.clock().now_ms());
    }
    let outcome = serve(&simulator, &parts, &body);
    match outcome.fate {
        Fate::Answer => {}
        Fate::Late(by) => tokio::time::sleep(by).await,
        Fate::Never => std::future::pending().await,
        Fate::Lost => cord.cut(),
    }
    respond(
        outcome.status,
        &outcome.body,
        outcome.headers,
        simulator.clock().now_ms(),
    )
}

/// What becomes of an answer on its way back.
enum Fate {
    Answer,
    Late(Duration),
    Never,
    Lost,
}

struct Outcome {
    status: u16,
    body: Value,
    headers: Headers,
    fate: Fate,
}

impl Outcome {
    fn lost(fate: Fate) -> Self {
        Self {
            status: 0,
            body: Value::Null,
            headers: Vec::new(),
            fate,
        }
    }

    fn answer(status: u16, body: Value, headers: Headers) -> Self {
        Self {
            status,
            body,
            headers,
            fate: Fate::Answer,
        }
    }
}

/// Everything synchronous: route, fault, authorization, limits, the route itself, the record.
fn serve(simulator: &Simulator, parts: &Parts, body: &Bytes) -> Outcome {
    let mut world = simulator.world();
    world.counters.requests += 1;
    let path = api_path(parts.uri.path());
    let matched = path.and_then(|path| router::find(parts.method.as_str(), path));
    let mut record = new_record(&world, parts, path, matched.as_ref());
    let fault = world
        .faults
        .take(&record.method, &record.path, record.route.as_deref());
    record.fault = fault.as_ref().map(FaultKind::name);
    let decoded = decode(parts, body, matched.as_ref());
    if let Ok(call) = &decoded {
        record.body = call.body.clone();
        record.files.clone_from(&call.files);
        record.reason.clone_from(&call.reason);
    }
    let mut outcome = match without_effect(fault.as_ref()) {
        Some(outcome) => outcome,
        None => run(&mut world, matched.as_ref(), decoded, record.authorized),
    };
    match fault {
        Some(FaultKind::DropAnswer) => outcome.fate = Fate::Lost,
        Some(FaultKind::Delay(by)) => outcome.fate = Fate::Late(by),
        _ => {}
    }
    let is_lost = matches!(outcome.fate, Fate::Never | Fate::Lost);
    record.status = if is_lost { 0 } else { outcome.status };
    record.response = outcome.body.clone();
    remember(&mut world, record);
    outcome
}

fn api_path(path: &str) -> Option<&str> {
    let below = path.strip_prefix("/api")?;
    let below = below
        .strip_prefix("/v10")
        .or_else(|| below.strip_prefix("/v9"))
        .unwrap_or(below);
    Some(below.strip_suffix('/').unwrap_or(below))
}

fn new_record(
    world: &World,
    parts: &Parts,
    path: Option<&str>,
    matched: Option<&Matched>,
) -> RequestRecord {
    RequestRecord {
        number: world.counters.requests,
        method: parts.method.to_string(),
        path: path.unwrap_or(parts.uri.path()).to_owned(),
        query: parts.uri.query().unwrap_or("").to_owned(),
        route: matched.map(|m| m.route.template.to_owned()),
        reason: None,
        authorized: is_authorized(&parts.headers, &world.config.token),
        body: Value::Null,
        files: Vec::new(),
        status: 0,
        response: Value::Null,
        fault: None,
        at_ms: world.now(),
    }
}

fn is_authorized(headers: &HeaderMap, token: &str) -> bool {
    text_header(headers, "authorization").and_then(|value| value.strip_prefix("Bot "))
        == Some(token)
}

fn text_header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn decode(parts: &Parts, body: &Bytes, matched: Option<&Matched>) -> Result<Call, Refusal> {
    let reason = text_header(&parts.headers, "x-audit-log-reason").map(percent_decode);
    let mut call = Call {
        params: matched.map(|m| m.params.clone()).unwrap_or_default(),
        query: parse_query(parts.uri.query().unwrap_or("")),
        body: json!({}),
        files: Vec::new(),
        reason,
    };
    let content_type = text_header(&parts.headers, "content-type").unwrap_or("");
    if let Some(boundary) = multipart::boundary(content_type) {
        let form = multipart::parse(body, boundary).ok_or_else(no::json)?;
        call.body = form.payload;
        call.files = form.files;
    } else if !body.is_empty() {
        call.body = serde_json::from_slice(body).map_err(|_| no::json())?;
    }
    if call.body.is_null() {
        call.body = json!({});
    }
    Ok(call)
}

/// Faults that keep the request from doing anything.
fn without_effect(fault: Option<&FaultKind>) -> Option<Outcome> {
    match fault? {
        FaultKind::Status(status) => {
            let body = json!({"message": format!("{status}: simulated"), "code": 0});
            Some(Outcome::answer(*status, body, Vec::new()))
        }
        FaultKind::RateLimit {
            retry_after,
            global,
            scope,
        } => {
            let headers = limits::refusal_headers(*retry_after, *global, scope.name());
            Some(Outcome::answer(
                429,
                limits::limited_body(*retry_after, *global),
                headers,
            ))
        }
        FaultKind::Hang => Some(Outcome::lost(Fate::Never)),
        FaultKind::DropRequest => Some(Outcome::lost(Fate::Lost)),
        FaultKind::DropAnswer | FaultKind::Delay(_) => None,
    }
}

fn run(
    world: &mut World,
    matched: Option<&Matched>,
    call: Result<Call, Refusal>,
    authorized: bool,
) -> Outcome {
    let Some(matched) = matched else {
        return refuse(no::route(), Vec::new());
    };
    if !authorized && !matched.route.open {
        return refuse(no::unauthorized(), Vec::new());
    }
    let now = world.now();
    let (headers, exceeded) = pace(world, matched, authorized, now);
    if let Some(body) = exceeded {
        return Outcome::answer(429, body, headers);
    }
    let answer: Answer = call.and_then(|call| (matched.route.run)(world, &call));
    match answer {
        Ok(reply) => Outcome::answer(reply.status, reply.body, headers),
        Err(refusal) => refuse(refusal, headers),
    }
}

fn refuse(refusal: Refusal, mut headers: Headers) -> Outcome {
    if refusal.status == 429 {
        let wait = refusal.body["retry_after"].as_f64().unwrap_or(60.0);
        headers.extend(limits::refusal_headers(wait, false, "shared"));
    }
    Outcome::answer(refusal.status, refusal.body, headers)
}

/// Counts the request in its bucket; a body if it is one too many.
fn pace(
    world: &mut World,
    matched: &Matched,
    authorized: bool,
    now: i64,
) -> (Headers, Option<Value>) {
    let enforced = world.config.rate_limits;
    let callback = matched.route.rule.is_none();
    let counted = enforced && world.config.global_rate_limit && authorized && !callback;
    let global = if counted {
        world.buckets.take_global(now)
    } else {
        None
    };
    if let Some(global) = global {
        return (global.headers(now), Some(global.body(now)));
    }
    let Some(rule) = matched.route.rule else {
        return (Vec::new(), None);
    };
    let standing = world.buckets.take(rule, &matched.major(), now);
    if standing.exceeded && enforced {
        return (standing.headers(now), Some(standing.body(now)));
    }
    let told = limits::Standing {
        exceeded: false,
        ..standing
    };
    (told.headers(now), None)
}

fn remember(world: &mut World, record: RequestRecord) {
    match record.status {
        401 | 403 | 429 => world.counters.invalid_requests += 1,
        _ => {}
    }
    world.counters.rate_limited += u64::from(record.status == 429);
    world.counters.unknown_routes += u64::from(record.is_unknown_route());
    world.requests.push_back(record);
    while world.requests.len() > world.config.requests_kept {
        world.requests.pop_front();
    }
    world.touch();
}

fn respond(status: u16, body: &Value, headers: Headers, now_ms: i64) -> Response<Body> {
    let mut builder = Response::builder()
        .status(if status == 0 { 500 } else { status })
        .header(header::DATE, http_date(now_ms));
    for (name, value) in headers {
        builder = builder.header(name, value);
    }
    let built = if body.is_null() {
        builder.body(Body::empty())
    } else {
        builder
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
    };
    built.expect("status and headers are made here and valid")
}
