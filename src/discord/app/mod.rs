//! The first calls of a process: who are we, what are we granted, where is the gateway.
//!
//! Only a refused token ends the attempt. What a Discord-compatible server does not know is replaced
//! by what can be done without; what passes is tried again for as long as the caller wishes.

use super::{
    rest::{Rest, RestAnswer, RestFault, number},
    to_discord::{self, Request},
};
use actors::kernel::{
    ids::{ApplicationId, UserId},
    time::Span,
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    hash::{BuildHasher as _, RandomState},
    time::Duration,
};

/// The first pause between tries; it doubles.
const FIRST_PAUSE_MS: u64 = 500;
/// The longest pause between tries.
const LONGEST_PAUSE_MS: u64 = 30_000;

/// State of a team's member who has accepted the invitation, and the role of those who only look (docs, "Teams").
const ACCEPTED: u64 = 2;
const READ_ONLY: &str = "read_only";

/// Where the gateway is, and how it wants to be used (docs, "Get gateway bot").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// Its address; `None` where nobody says.
    pub url: Option<String>,
    /// How many shards Discord recommends.
    pub shards: u32,
    /// How many of them may identify at the same time.
    pub max_concurrency: u32,
    /// Sessions that may still be begun today, and after how long there are new ones.
    pub sessions_left: Option<(u32, Span)>,
}

impl Default for Gateway {
    fn default() -> Self {
        Self {
            url: None,
            shards: 1,
            max_concurrency: 1,
            sessions_left: None,
        }
    }
}

/// Our application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Its id, where the server says it.
    pub id: Option<ApplicationId>,
    /// Its flags, which name the privileged intents it is granted.
    pub flags: Option<u64>,
    /// Its name.
    pub name: String,
    /// Who owns it: one account, or those of a team who may do more than look. Nobody where the server does not say.
    pub owners: BTreeSet<UserId>,
}

/// Everything that is asked at start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// Our account.
    pub bot: Option<UserId>,
    /// Our account's name.
    pub bot_name: String,
    /// Our application.
    pub application: Application,
    /// The gateway.
    pub gateway: Gateway,
}

impl Start {
    /// The application's id; bots made since 2016 share it.
    #[must_use]
    pub fn application_id(&self) -> Option<ApplicationId> {
        self.application
            .id
            .or_else(|| ApplicationId::new(self.bot?.get()))
    }
}

/// Why a start-up call failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartFault {
    /// The token is refused: nothing will help but another one.
    #[error("ask {route}: Discord refuses the bot's token")]
    BadToken {
        /// What was asked.
        route: &'static str,
    },
    /// No answer, or a server error: may pass.
    #[error("ask {route}: {reason}")]
    Unreachable {
        /// What was asked.
        route: &'static str,
        /// What happened instead.
        reason: String,
    },
}

impl StartFault {
    /// Whether trying again may help.
    #[must_use]
    pub const fn retry(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}

/// Asks everything, once. A route that is missing costs what it would have said.
///
/// # Errors
/// When the token is refused, or Discord does not answer.
pub async fn start(rest: &Rest) -> Result<Start, StartFault> {
    let user = ask(rest, &to_discord::current_user()).await?;
    let mut application = ask(rest, &to_discord::application()).await?;
    if application.is_none() {
        application = ask(rest, &to_discord::legacy_application()).await?;
    }
    let gateway = ask(rest, &to_discord::gateway_bot()).await?;
    let user = user.unwrap_or_default();
    Ok(Start {
        bot: number(&user["id"]).and_then(UserId::new),
        bot_name: text(&user["username"]),
        application: read_application(&application.unwrap_or_default()),
        gateway: gateway.map_or_else(Gateway::default, |gateway| read_gateway(&gateway)),
    })
}

/// Asks everything, again and again while `go_on` says so: it is told each fault that may pass and
/// how long the pause after it will be. Pauses double, and are drawn so that many bots do not come
/// back together.
///
/// # Errors
/// When the token is refused, or `go_on` has had enough.
pub async fn start_patiently(
    rest: &Rest,
    go_on: impl FnMut(&StartFault, Duration) -> bool,
) -> Result<Start, StartFault> {
    start_after(rest, FIRST_PAUSE_MS, go_on).await
}

async fn start_after(
    rest: &Rest,
    first_pause_ms: u64,
    mut go_on: impl FnMut(&StartFault, Duration) -> bool,
) -> Result<Start, StartFault> {
    let mut full = first_pause_ms;
    loop {
        let fault = match start(rest).await {
            Ok(start) => return Ok(start),
            Err(fault) => fault,
        };
        let pause = Duration::from_millis(full / 2 + random() % (full / 2 + 1));
        if !fault.retry() || !go_on(&fault, pause) {
            return Err(fault);
        }
        tokio::time::sleep(pause).await;
        full = (full * 2).min(LONGEST_PAUSE_MS);
    }
}

/// Std's hasher keys are random; this needs no better source.
fn random() -> u64 {
    RandomState::new().hash_one(0)
}

/// The body of a success; `None` where the server does not know the route.
async fn ask(rest: &Rest, request: &Request) -> Result<Option<Value>, StartFault> {
    let route = request.route;
    let unreachable = |reason: String| StartFault::Unreachable { route, reason };
    match rest.call(request).await {
        Ok(answer) if answer.is_success() => Ok(Some(answer.body)),
        Ok(RestAnswer { status: 401, .. }) if rest.token_is_bad() => {
            Err(StartFault::BadToken { route })
        }
        Err(RestFault::BadToken) => Err(StartFault::BadToken { route }),
        Ok(RestAnswer {
            status: 400..=499,
            code,
            ..
        }) if !super::rest::is_passing(code) && !rest.token_is_bad() => Ok(None),
        // HTTP's own word for a route that is not there.
        Ok(RestAnswer { status: 501, .. }) => Ok(None),
        Ok(answer) => Err(unreachable(format!(
            "status {}: {}",
            answer.status,
            answer.text()
        ))),
        Err(RestFault::Garbled {
            likely: Some(_), ..
        }) => Ok(None),
        Err(fault) => Err(unreachable(fault.to_string())),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn read_application(body: &Value) -> Application {
    Application {
        id: number(&body["id"]).and_then(ApplicationId::new),
        flags: number(&body["flags"]),
        name: text(&body["name"]),
        owners: read_owners(body),
    }
}

/// An application that belongs to a team names as its owner an account that nobody uses.
fn read_owners(body: &Value) -> BTreeSet<UserId> {
    let user = |id: &Value| number(id).and_then(UserId::new);
    let Some(team) = body["team"].as_object() else {
        return user(&body["owner"]["id"]).into_iter().collect();
    };
    let members = team.get("members").and_then(Value::as_array);
    let acts = |member: &&Value| {
        number(&member["membership_state"]) == Some(ACCEPTED) && member["role"] != READ_ONLY
    };
    let acting = members.into_iter().flatten().filter(acts);
    let acting = acting.filter_map(|member| user(&member["user"]["id"]));
    acting.chain(user(&body["team"]["owner_user_id"])).collect()
}

fn read_gateway(body: &Value) -> Gateway {
    let count = |value: &Value| number(value).and_then(|count| u32::try_from(count).ok());
    let limit = &body["session_start_limit"];
    let reset = number(&limit["reset_after"]).and_then(|ms| i64::try_from(ms).ok());
    Gateway {
        url: body["url"]
            .as_str()
            .filter(|url| !url.is_empty())
            .map(str::to_owned),
        shards: count(&body["shards"]).unwrap_or(1).max(1),
        max_concurrency: count(&limit["max_concurrency"]).unwrap_or(1).max(1),
        sessions_left: count(&limit["remaining"]).zip(reset.map(Span::millis)),
    }
}

#[cfg(test)]
mod tests;
