//! One way to Discord's REST API, with our own deadline and our own idea of what an answer is.
//!
//! [`Rest`] wraps one `twilight_http::Client`, whose rate limiter stays on. What it adds, each because
//! of how twilight-http 0.18 behaves (`response/future.rs`):
//!
//! - **A 429 comes back to the caller.** twilight repeats the request inside its future, at once where
//!   the answer names no scope or the global one, and without an end: against a server that says
//!   429 to everything that is a storm, and invalid requests are counted (10,000 in ten minutes shut an
//!   address out). A pre-flight check lets every request leave once; the second permit, which the
//!   limiter gives after the bucket's reset where it knows one, ends the call. `Retry-After` itself is
//!   not visible from outside, so where no reset was waited for the pause grows from 1 s to 60 s.
//! - **A deadline over everything**: twilight's own stops at the headers, and does not cover the wait
//!   for the limiter.
//! - **Our own memory of a bad token.** twilight's takes any 401 for the end, and remembers it for all
//!   later requests. Ours asks twice: a token counts as bad when `users/@me` refuses it as well.
//! - **Lenient answers**: a status, a code, JSON if it is some. twilight keeps neither status nor
//!   headers of an error whose body is not a JSON object (a gateway's HTML page); such an answer is
//!   [`RestFault::Garbled`].
//! - **Answers of interactions do not wait for each other**: see the header of `lanes.rs`.

mod answer;
mod calls;
mod classify;
mod lanes;
mod wire;

pub(crate) use answer::number;
pub use answer::{RestAnswer, RestFault};
pub use calls::{CallResult, Calls, Sort};
pub use classify::{classify, is_passing};
pub use wire::{Pending, Wire};

use super::to_discord::{self, Request, escape_reason};
use crate::secret::Secret;
use actors::kernel::{
    text::Attachment,
    time::{Span, Timestamp},
};
use answer::{http_date, read_body};
use http::header::{HeaderName, HeaderValue};
use lanes::Lanes;
use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;
use twilight_http::{
    Client,
    error::{Error, ErrorType},
    request::{Form, Request as RawRequest, RequestBuilder},
    response::marker::EmptyBody,
};
use twilight_model::channel::message::AllowedMentions;

/// How long the headers of an answer may take.
pub const HEADERS_WITHIN: Duration = Duration::from_secs(8);
/// How long a call may take in all, with the limiter's wait before and the body after.
pub const CALL_WITHIN: Duration = Duration::from_secs(10);
/// The longest pause after 429s that do not say how long.
pub const LONGEST_PAUSE: Span = Span::seconds(60);

/// Told of every `Date` header, by which the runtime learns how far our clock is off. The header has
/// full seconds only.
pub type OnDate = Box<dyn Fn(Timestamp) + Send + Sync>;

/// How to reach Discord.
pub struct Settings {
    /// The bot's token.
    pub token: Secret,
    /// `host:port` of an API that speaks plain HTTP, in the place of Discord's.
    pub proxy: Option<String>,
    /// How long a call may take in all; [`CALL_WITHIN`] unless a test is in a hurry.
    pub call_within: Duration,
    /// See [`OnDate`].
    pub on_date: OnDate,
}

/// See the module docs.
pub struct Rest {
    client: Client,
    /// For what needs no token of ours.
    lanes: Lanes,
    call_within: Duration,
    on_date: OnDate,
    bad_token: AtomicBool,
    /// 429s since the last other answer.
    slow: AtomicU32,
    calls: Calls,
    born: Instant,
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rest")
            .field("bad_token", &self.bad_token)
            .finish_non_exhaustive()
    }
}

/// What became of one request's way through the limiter.
#[derive(Debug, Default)]
struct Flight {
    permits: u32,
    left_at: Option<Instant>,
}

impl Rest {
    /// A client for these settings. Must be called within a tokio runtime, where the limiter runs.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let Settings {
            token,
            proxy,
            call_within,
            on_date,
        } = settings;
        let builder = move || {
            let builder = Client::builder()
                .timeout(HEADERS_WITHIN.min(call_within))
                .remember_invalid_token(false)
                .default_allowed_mentions(AllowedMentions::default());
            match &proxy {
                Some(proxy) => builder.proxy(proxy.clone(), true),
                None => builder,
            }
        };
        let client = builder().token(token.expose().to_owned()).build();
        let lanes = Lanes::new(move || builder().build());
        let (bad_token, slow) = (AtomicBool::new(false), AtomicU32::new(0));
        Self {
            client,
            lanes,
            call_within,
            on_date,
            bad_token,
            slow,
            calls: Calls::default(),
            born: Instant::now(),
        }
    }

    /// What was asked, and how it ended.
    #[must_use]
    pub const fn calls(&self) -> &Calls {
        &self.calls
    }

    /// Whether Discord has refused the bot's token for good.
    #[must_use]
    pub fn token_is_bad(&self) -> bool {
        self.bad_token.load(Ordering::Relaxed)
    }

    /// Sends a request and waits for its answer, whatever its status.
    ///
    /// # Errors
    /// When there is no answer, or none to make sense of.
    pub async fn call(&self, request: &Request) -> Result<RestAnswer, RestFault> {
        self.call_within(request, self.call_within).await
    }

    /// As [`Rest::call`] with a deadline of its own, which may only be shorter.
    ///
    /// # Errors
    /// When there is no answer, or none to make sense of.
    pub async fn call_within(
        &self,
        request: &Request,
        deadline: Duration,
    ) -> Result<RestAnswer, RestFault> {
        let deadline = deadline.min(self.call_within);
        if request.authorised() && self.token_is_bad() {
            return Err(RestFault::BadToken);
        }
        let answer = self.send(request, deadline).await?;
        if answer.status != 401 || !request.authorised() {
            return Ok(answer);
        }
        let probe = to_discord::current_user();
        let confirmed =
            request.path == probe.path || self.send(&probe, deadline).await?.status == 401;
        if confirmed {
            self.bad_token.store(true, Ordering::Relaxed);
            return Ok(answer);
        }
        // The token is good after all: a hiccup, or a route that is closed to us.
        self.send(request, deadline).await
    }

    async fn send(&self, request: &Request, deadline: Duration) -> Result<RestAnswer, RestFault> {
        let raw = raw(request)?;
        let flight = Arc::new(Mutex::new(Flight::default()));
        let seen = Arc::clone(&flight);
        let sent = tokio::time::timeout(deadline, async {
            let lane = if request.authorised() {
                None
            } else {
                Some(self.lanes.take().await)
            };
            let client = lane.as_ref().map_or(&self.client, lanes::Lane::client);
            let mut future = client.request::<EmptyBody>(raw);
            let leave = move || seen.lock().unwrap_or_else(PoisonError::into_inner).leave();
            future.set_pre_flight(leave);
            match future.await {
                Ok(response) => self.read(response).await,
                Err(error) => answer_of(error),
            }
        });
        let result = sent.await;
        let flight = flight.lock().unwrap_or_else(PoisonError::into_inner);
        let result = match result {
            Ok(Err(RestFault::Unsent)) => Ok(self.too_fast(&flight)),
            Ok(result) => result,
            Err(_) if flight.permits == 0 => Err(RestFault::Unsent),
            Err(_) => Err(RestFault::TimedOut),
        };
        if result.as_ref().is_ok_and(|answer| answer.status != 429) {
            self.slow.store(0, Ordering::Relaxed);
        }
        self.calls.note(request, &result);
        result
    }

    async fn read(
        &self,
        response: twilight_http::Response<EmptyBody>,
    ) -> Result<RestAnswer, RestFault> {
        let status = response.status().get();
        let date = response.headers().find(|(name, _)| *name == "date");
        let date = date.and_then(|(_, value)| http_date(value));
        if let Some(date) = date {
            (self.on_date)(date);
        }
        let bytes = response
            .bytes()
            .await
            .map_err(|error| RestFault::Lost(error.to_string()))?;
        Ok(RestAnswer {
            date,
            ..read_body(status, &bytes)
        })
    }

    /// The answer to a request that was sent once and answered 429.
    fn too_fast(&self, flight: &Flight) -> RestAnswer {
        let before = self.slow.fetch_add(1, Ordering::Relaxed);
        let full = Span::millis(1000 << before.min(6)).min(LONGEST_PAUSE);
        let waited = flight
            .left_at
            .map_or(Duration::ZERO, |left_at| left_at.elapsed());
        let waited = i64::try_from(waited.as_millis()).unwrap_or(i64::MAX);
        let pause = Span::millis(full.as_millis().saturating_sub(waited).max(0));
        RestAnswer {
            retry_after: Some(pause),
            ..RestAnswer::bare(429)
        }
    }
}

impl Flight {
    /// The limiter's permit is here: leave once, and never again.
    fn leave(&mut self) -> bool {
        self.permits += 1;
        self.left_at.get_or_insert_with(Instant::now);
        self.permits == 1
    }
}

fn raw(request: &Request) -> Result<RawRequest, RestFault> {
    let unsendable = |what: &dyn fmt::Display| RestFault::Unsendable(what.to_string());
    let mut builder = RequestBuilder::raw(request.method, request.path.clone())
        .use_authorization_token(request.authorised());
    if let Some(body) = &request.body {
        let bytes = serde_json::to_vec(body).map_err(|error| unsendable(&error))?;
        builder = if request.files.is_empty() {
            builder.body(bytes)
        } else {
            builder.form(form(&bytes, &request.files))
        };
    }
    if let Some(reason) = &request.reason {
        let value = HeaderValue::from_str(&escape_reason(reason));
        let value = value.map_err(|error| unsendable(&error))?;
        let name = HeaderName::from_static("x-audit-log-reason");
        builder = builder.headers(std::iter::once((name, value)));
    }
    builder.build().map_err(|error| unsendable(&error))
}

/// A body with files (docs, "Uploading Files").
fn form(body: &[u8], files: &[Attachment]) -> Form {
    let form = Form::new().json_part(b"payload_json", body);
    files.iter().enumerate().fold(form, |form, (number, file)| {
        let field = format!("files[{number}]");
        form.file_part(field.as_bytes(), file.name.as_bytes(), &file.bytes)
    })
}

/// What twilight calls an error may still be an answer.
fn answer_of(error: Error) -> Result<RestAnswer, RestFault> {
    let (kind, source) = error.into_parts();
    let cause = source.map(|source| source.to_string()).unwrap_or_default();
    match kind {
        ErrorType::Response { body, status, .. } => Ok(read_body(status.get(), &body)),
        ErrorType::Parsing { body } => Err(RestFault::garbled(&body)),
        // Our own check stopped the repetition after a 429.
        ErrorType::RequestCanceled => Err(RestFault::Unsent),
        ErrorType::RequestTimedOut => Err(RestFault::TimedOut),
        ErrorType::CreatingHeader { name } if name == "authorization" => Err(RestFault::BadToken),
        ErrorType::Unauthorized => Err(RestFault::BadToken),
        ErrorType::RequestError => Err(RestFault::Lost(cause)),
        other => Err(RestFault::Unsendable(format!("{other:?}: {cause}"))),
    }
}

#[cfg(test)]
mod tests;
