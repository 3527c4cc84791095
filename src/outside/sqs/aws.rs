//! Credentials for Amazon's services, from the usual places in the usual order:
//!
//! 1. `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`
//! 2. the file `AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws/credentials`, in the section `AWS_PROFILE`, else
//!    `default`
//! 3. what a container is given: `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `_FULL_URI`
//! 4. what the machine is given: the instance metadata service, version 2
//!
//! Web identities and single sign-on are not among them. What is lent for a while is asked for again in time.

use super::{super::http::Http, sigv4::Keys};
use chrono::DateTime;
use http::Method;
use serde::Deserialize;
use std::{collections::BTreeMap, env, fs, path::PathBuf, time::Duration};

/// Where a container asks.
const CONTAINER: &str = "http://169.254.170.2";
/// Where an instance asks.
const INSTANCE: &str = "http://169.254.169.254";
/// Nobody is there on most machines.
const WITHIN: Duration = Duration::from_secs(2);
/// Keys that end sooner than this are not used, in milliseconds.
const IN_TIME: i64 = 5 * 60_000;

/// Keys, and until when they are good, in milliseconds since 1970.
#[derive(Clone)]
pub(super) struct Credentials {
    /// The keys.
    pub(super) keys: Keys,
    until: Option<i64>,
}

impl Credentials {
    /// Whether they can still be used for a while.
    #[must_use]
    pub(super) fn last(&self, now: i64) -> bool {
        self.until.is_none_or(|until| until - now > IN_TIME)
    }
}

/// What containers and instances are told.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Lent {
    access_key_id: String,
    secret_access_key: String,
    token: Option<String>,
    expiration: Option<String>,
}

/// Looks in all places.
///
/// # Errors
/// Where it looked, when there are none.
pub(super) async fn find(http: &Http) -> Result<Credentials, String> {
    let variable = |name: &str| env::var(name).ok().filter(|text| !text.is_empty());
    if let Some(keys) = from_environment(&variable).or_else(|| from_file(&variable)) {
        return Ok(Credentials { keys, until: None });
    }
    if let Some((url, token)) = of_container(&variable) {
        return from_container(http, &url, token.as_deref()).await;
    }
    let off = variable("AWS_EC2_METADATA_DISABLED").is_some_and(|text| text == "true");
    if !off && let Some(found) = from_instance(http).await {
        return Ok(found);
    }
    Err(
        "no credentials: not in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, not in the shared credentials \
         file, and neither a container nor an instance service offers any"
            .to_owned(),
    )
}

fn from_environment(variable: &dyn Fn(&str) -> Option<String>) -> Option<Keys> {
    Some(Keys {
        id: variable("AWS_ACCESS_KEY_ID")?,
        secret: variable("AWS_SECRET_ACCESS_KEY")?,
        token: variable("AWS_SESSION_TOKEN"),
    })
}

fn from_file(variable: &dyn Fn(&str) -> Option<String>) -> Option<Keys> {
    let path = variable("AWS_SHARED_CREDENTIALS_FILE").map_or_else(
        || Some(PathBuf::from(variable("HOME")?).join(".aws/credentials")),
        |path| Some(PathBuf::from(path)),
    )?;
    let text = fs::read_to_string(path).ok()?;
    let profile = variable("AWS_PROFILE").unwrap_or_else(|| "default".to_owned());
    in_section(&text, &profile)
}

fn in_section(text: &str, profile: &str) -> Option<Keys> {
    let mut inside = false;
    let mut values = BTreeMap::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
        {
            inside = name.trim() == profile;
        } else if let Some((name, value)) = line.split_once('=').filter(|_| inside) {
            values.insert(name.trim().to_lowercase(), value.trim().to_owned());
        }
    }
    Some(Keys {
        id: values.remove("aws_access_key_id")?,
        secret: values.remove("aws_secret_access_key")?,
        token: values.remove("aws_session_token"),
    })
}

/// Where a container asks, and what it shows there.
fn of_container(variable: &dyn Fn(&str) -> Option<String>) -> Option<(String, Option<String>)> {
    let relative = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    let url = relative
        .map(|path| format!("{CONTAINER}{path}"))
        .or_else(|| variable("AWS_CONTAINER_CREDENTIALS_FULL_URI"))?;
    let file = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    let token = file.and_then(|path| fs::read_to_string(path).ok());
    let token = token.or_else(|| variable("AWS_CONTAINER_AUTHORIZATION_TOKEN"));
    Some((url, token.map(|token| token.trim().to_owned())))
}

async fn from_container(
    http: &Http,
    url: &str,
    token: Option<&str>,
) -> Result<Credentials, String> {
    let headers: Vec<(&str, &str)> = token
        .iter()
        .map(|token| ("authorization", *token))
        .collect();
    let call = http.call(Method::GET, url, &headers, Vec::new(), Some(WITHIN));
    let answer = call.await?;
    lent(&answer.body).ok_or_else(|| "the container's credentials cannot be read".to_owned())
}

async fn from_instance(http: &Http) -> Option<Credentials> {
    let seconds = ("x-aws-ec2-metadata-token-ttl-seconds", "300");
    let token = instance(http, Method::PUT, "api/token", seconds).await?;
    let with = ("x-aws-ec2-metadata-token", token.as_str());
    let roles = "meta-data/iam/security-credentials/";
    let role = instance(http, Method::GET, roles, with).await?;
    let role = format!("{roles}{}", role.lines().next()?);
    let found = instance(http, Method::GET, &role, with).await?;
    lent(found.as_bytes())
}

async fn instance(http: &Http, method: Method, path: &str, header: (&str, &str)) -> Option<String> {
    let url = format!("{INSTANCE}/latest/{path}");
    let headers = [header];
    let call = http.call(method, &url, &headers, Vec::new(), Some(WITHIN));
    let answer = call.await.ok().filter(|answer| answer.status == 200)?;
    String::from_utf8(answer.body.to_vec()).ok()
}

fn lent(body: &[u8]) -> Option<Credentials> {
    let lent: Lent = serde_json::from_slice(body).ok()?;
    let until = lent.expiration.as_deref();
    let until = until.and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    Some(Credentials {
        keys: Keys {
            id: lent.access_key_id,
            secret: lent.secret_access_key,
            token: lent.token,
        },
        until: until.map(|until| until.timestamp_millis()),
    })
}

/// The region: as set, else from the environment, else as the host `sqs.<region>.amazonaws.com` says.
#[must_use]
pub(super) fn region(set: Option<&str>, host: &str) -> Option<String> {
    let variable = |name: &str| env::var(name).ok().filter(|text| !text.is_empty());
    let named = || {
        let rest = host.strip_prefix("sqs.")?;
        let (region, _) = rest.split_once(".amazonaws.com")?;
        Some(region.to_owned())
    };
    set.map(str::to_owned)
        .or_else(|| variable("AWS_REGION"))
        .or_else(|| variable("AWS_DEFAULT_REGION"))
        .or_else(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_wins_and_then_the_profile_in_the_file() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("credentials");
        let text = "[default]\naws_access_key_id = A\naws_secret_access_key=a=b\n\n[other]\n\
            AWS_ACCESS_KEY_ID=B\naws_secret_access_key = b\naws_session_token = t\n";
        fs::write(&path, text).unwrap();
        let found = |pairs: &[(&str, &str)]| {
            let look = |name: &str| {
                let set = pairs.iter().find(|(known, _)| *known == name);
                let file = (name == "AWS_SHARED_CREDENTIALS_FILE").then(|| path.to_str().unwrap());
                set.map(|(_, text)| *text).or(file).map(str::to_owned)
            };
            let keys = from_environment(&look).or_else(|| from_file(&look));
            keys.map(|keys| (keys.id, keys.secret, keys.token))
        };
        let of = |id: &str, secret: &str, token: Option<&str>| {
            Some((id.to_owned(), secret.to_owned(), token.map(str::to_owned)))
        };
        let set = [("AWS_ACCESS_KEY_ID", "E"), ("AWS_SECRET_ACCESS_KEY", "e")];
        assert_eq!(found(&set), of("E", "e", None));
        assert_eq!(found(&set[..1]), of("A", "a=b", None));
        assert_eq!(found(&[("AWS_PROFILE", "other")]), of("B", "b", Some("t")));
        assert_eq!(found(&[("AWS_PROFILE", "none")]), None);
    }

    #[test]
    fn lent_keys_are_renewed_before_they_end() {
        let json = r#"{"AccessKeyId":"A","SecretAccessKey":"a","Token":"t",
            "Expiration":"2023-11-14T22:13:20Z","Code":"Success"}"#;
        let lent = lent(json.as_bytes()).unwrap();
        let end = 1_700_000_000_000;
        assert!(lent.last(end - IN_TIME - 1));
        assert!(!lent.last(end - IN_TIME));
        assert_eq!(lent.keys.token.as_deref(), Some("t"));
        assert!(super::lent(b"{}").is_none());
    }

    #[test]
    fn the_region_is_in_the_address_of_a_queue() {
        assert_eq!(region(Some("x"), "h").as_deref(), Some("x"));
        if env::var("AWS_REGION").is_err() && env::var("AWS_DEFAULT_REGION").is_err() {
            let host = "sqs.eu-central-1.amazonaws.com";
            assert_eq!(region(None, host).as_deref(), Some("eu-central-1"));
            assert_eq!(region(None, "127.0.0.1:5391"), None);
        }
    }
}
