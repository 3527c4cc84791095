//! A plain HTTP client for services outside, with a deadline for each call.

use super::chain;
use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use std::time::Duration;

/// How long a call may take, unless said otherwise.
const CALL_WITHIN: Duration = Duration::from_secs(10);
/// More of an answer is not read.
const MAX_ANSWER: usize = 1 << 20;

/// See the module docs.
#[derive(Clone)]
pub(super) struct Http(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// What a service answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Http {
    /// A client that trusts the usual authorities.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub(super) fn new() -> Result<Self, String> {
        let provider = rustls::crypto::ring::default_provider();
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(provider)
            .map_err(|fault| format!("TLS: {fault}"))?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self(Client::builder(TokioExecutor::new()).build(connector)))
    }

    /// Sends a request and reads the answer.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub(super) async fn call(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
        within: Option<Duration>,
    ) -> Result<Answer, String> {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Full::new(Bytes::from(body)))
            .map_err(|fault| format!("{url}: {fault}"))?;
        let call = async {
            let answer = self.0.request(request).await;
            let (parts, body) = answer.map_err(|fault| chain(&fault))?.into_parts();
            let body = Limited::new(body, MAX_ANSWER).collect().await;
            let body = body.map_err(|fault| fault.to_string())?.to_bytes();
            Ok(Answer {
                status: parts.status.as_u16(),
                headers: parts.headers,
                body,
            })
        };
        let within = within.unwrap_or(CALL_WITHIN);
        match tokio::time::timeout(within, call).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("no answer within {} seconds", within.as_secs())),
        }
    }
}
