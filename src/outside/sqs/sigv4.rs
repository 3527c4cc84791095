//! Signatures of requests to Amazon's services, version 4 (AWS, "Create a signed AWS API request"). For requests
//! without a query.

use actors::kernel::time::Timestamp;
use chrono::{DateTime, Utc};
use ring::{digest, hmac};

/// Who signs.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Keys {
    /// Which key.
    pub(super) id: String,
    /// The key.
    pub(super) secret: String,
    /// What comes with keys that are lent for a while.
    pub(super) token: Option<String>,
}

/// For what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope<'a> {
    /// The region.
    pub(super) region: &'a str,
    /// The service.
    pub(super) service: &'a str,
}

/// `20150830T123600Z`, which the request has to carry as `x-amz-date`.
pub(super) fn date(now: Timestamp) -> String {
    let now: DateTime<Utc> = DateTime::from_timestamp_millis(now.millis()).unwrap_or_default();
    now.format("%Y%m%dT%H%M%SZ").to_string()
}

/// The header `authorization` of a request that has all of `headers`, whose names are in small letters and
/// sorted, among them `host` and `x-amz-date`.
pub(super) fn authorization(
    keys: &Keys,
    scope: Scope<'_>,
    date: &str,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: &[u8],
) -> String {
    let listed: String = headers
        .iter()
        .map(|(name, value)| format!("{name}:{}\n", value.trim()))
        .collect();
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let canonical = format!("{method}\n{path}\n\n{listed}\n{names}\n{}", sha256(body));
    let day = &date[..8];
    let Scope { region, service } = scope;
    let within = format!("{day}/{region}/{service}/aws4_request");
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{date}\n{within}\n{}",
        sha256(canonical.as_bytes())
    );
    let steps = [day, region, service, "aws4_request"];
    let first = format!("AWS4{}", keys.secret).into_bytes();
    let key = steps.iter().fold(first, |key, step| mac(&key, step));
    let signature = hex(&mac(&key, &to_sign));
    let id = &keys.id;
    format!(
        "AWS4-HMAC-SHA256 Credential={id}/{within}, SignedHeaders={names}, Signature={signature}"
    )
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCOPE: Scope<'_> = Scope {
        region: "us-east-1",
        service: "service",
    };

    fn keys() -> Keys {
        Keys {
            id: "AKIDEXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            token: None,
        }
    }

    /// From the published test suite of the signature: `get-vanilla` and `post-vanilla`.
    #[test]
    fn published_examples_are_signed_as_published() {
        let at = Timestamp::from_seconds(1_440_938_160);
        let date = date(at);
        assert_eq!(date, "20150830T123600Z");
        let headers = [("host", "example.amazonaws.com"), ("x-amz-date", &*date)];
        let signature = |method| {
            let signed = authorization(&keys(), SCOPE, &date, (method, "/"), &headers, b"");
            let (rest, signature) = signed.rsplit_once('=').unwrap();
            assert_eq!(
                rest,
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                 SignedHeaders=host;x-amz-date, Signature"
            );
            signature.to_owned()
        };
        assert_eq!(
            signature("GET"),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        );
        assert_eq!(
            signature("POST"),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
        );
    }
}
