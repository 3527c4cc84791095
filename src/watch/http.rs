//! The port for Prometheus and for whoever asks whether the bot is well.
//!
//! | path | answer |
//! |---|---|
//! | `/metrics` | the metrics, as text |
//! | `/healthz` | 200 while nothing hangs and nothing has been broken for long, else 503 and what is the matter |
//! | `/readyz` | 200 while it can take something on right now, else 503 and why not |
//!
//! Bounds: [`MOST_AT_ONCE`] connections (more wait in the kernel's queue), a request head of 8 KiB that
//! must come within [`HEAD_WITHIN`], [`CONNECTION_WITHIN`] for a connection in all.

use super::{Phase, Shared, exposition, metrics, status::Status};
use hyper::{
    Method, Request, Response, StatusCode, body::Incoming, header, server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};

/// Connections served at the same time.
const MOST_AT_ONCE: usize = 16;
/// How long the head of a request may take.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// How long a connection may last; whoever asks regularly connects again.
const CONNECTION_WITHIN: Duration = Duration::from_secs(300);
/// Between two tries to get a port that somebody else has.
const BIND_EVERY: Duration = Duration::from_secs(5);
/// What a request's head may hold in bytes; the least that hyper allows.
const HEAD_BYTES: usize = 8 * 1024;

/// Listens on `address` until the thread ends. A port that is taken is no reason not to run a bot, so
/// it is tried again.
pub(super) async fn serve(address: SocketAddr, shared: Arc<Shared>) {
    let listener = bind(address).await;
    match listener.local_addr() {
        Ok(address) => {
            tracing::info!(%address, "metrics and health on this port");
            shared.listening(address);
        }
        Err(fault) => tracing::warn!(%fault, "the port of the metrics has no name"),
    }
    let room = Arc::new(Semaphore::new(MOST_AT_ONCE));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    converse(stream, shared).await;
                    drop(place);
                });
            }
            Err(fault) => {
                tracing::warn!(%fault, "the port of the metrics");
                sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn bind(address: SocketAddr) -> TcpListener {
    let mut said = false;
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return listener,
            Err(fault) if !said => {
                tracing::error!(%address, %fault, "no metrics: the port is not to be had; trying again");
                said = true;
            }
            Err(_) => {}
        }
        sleep(BIND_EVERY).await;
    }
}

async fn converse(stream: TcpStream, shared: Arc<Shared>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let response = respond(request.method(), request.uri().path(), &shared);
        async move { Ok::<_, Infallible>(response) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    // A reader that went away, or wrote nonsense, is its own affair.
    let _ = timeout(CONNECTION_WITHIN, connection).await;
}

fn respond(method: &Method, path: &str, shared: &Shared) -> Response<String> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        let mut response = page(StatusCode::METHOD_NOT_ALLOWED, "only GET\n".to_owned());
        let allowed = header::HeaderValue::from_static("GET, HEAD");
        response.headers_mut().insert(header::ALLOW, allowed);
        return response;
    }
    match path {
        "/metrics" => {
            let mut response = page(StatusCode::OK, metrics::render(&shared.look()));
            let format = header::HeaderValue::from_static(exposition::CONTENT_TYPE);
            response.headers_mut().insert(header::CONTENT_TYPE, format);
            response
        }
        "/healthz" => verdict(&shared.look(), Status::is_healthy),
        "/readyz" => verdict(&shared.look(), Status::is_ready),
        _ => page(
            StatusCode::NOT_FOUND,
            "there are /metrics, /healthz and /readyz\n".to_owned(),
        ),
    }
}

fn verdict(status: &Status, yes: impl Fn(&Status) -> bool) -> Response<String> {
    let code = if yes(status) {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    page(code, words(status))
}

/// What is the matter, a line for each check; or that nothing is.
fn words(status: &Status) -> String {
    let bad = status.checks.iter().filter(|check| !check.text.is_empty());
    let lines: String = bad
        .map(|check| format!("{} {}: {}\n", check.level, check.name, check.text))
        .collect();
    match (lines.is_empty(), status.phase) {
        (true, Phase::Running) => "good\n".to_owned(),
        _ => lines,
    }
}

fn page(code: StatusCode, text: String) -> Response<String> {
    let mut response = Response::new(text);
    *response.status_mut() = code;
    let plain = header::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}
