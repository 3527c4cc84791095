//! What Discord says: the token, the clock, the intents, the permissions.

use super::finding::Findings;
use crate::{
    admin,
    cli::{Exit, stop::chain},
    config::{Discord, Switch, Token},
    invite,
};
use actors::kernel::{
    call::Permissions,
    time::{Span, Timestamp},
};
use chrono::DateTime;
use serde_json::Value;
use twilight_http::{
    Client, error::ErrorType, request::Request, response::marker::EmptyBody, routing::Route,
};

/// Discord's `Date` has whole seconds and the answer takes a moment.
const CLOCK_NOISE: Span = Span::seconds(3);
/// From here on scheduled things come visibly late or early.
const CLOCK_WRONG: Span = Span::seconds(120);
/// The most guilds whose missing permissions are listed.
const MOST_LISTED: usize = 10;
/// The application flags that grant each intent: for verified bots, and limited.
const MEMBERS: u64 = 1 << 14 | 1 << 15;
const PRESENCES: u64 = 1 << 12 | 1 << 13;
const CONTENT: u64 = 1 << 18 | 1 << 19;

/// Asks Discord, and judges its answers.
pub(super) async fn look(findings: &mut Findings, discord: &Discord, token: Token) {
    crate::discord::install_tls_provider();
    let mut client = Client::builder().token(token.secret.expose().to_owned());
    if let Some(proxy) = &discord.proxy {
        client = client.proxy(proxy.clone(), true);
    }
    let client = client.build();
    let Some(application) = application(findings, &client).await else {
        return;
    };
    intents(findings, discord, &application);
    gateway(findings, discord, &client).await;
    guilds(findings, &client, &application).await;
}

/// An answer: when Discord made it, and what it says.
struct Said {
    date: Option<Timestamp>,
    json: Value,
}

enum Silence {
    BadToken,
    Other(String),
}

async fn get(client: &Client, route: Route<'_>) -> Result<Said, Silence> {
    let response = client
        .request::<EmptyBody>(Request::from_route(&route))
        .await;
    let response = response.map_err(|fault| match fault.kind() {
        ErrorType::Unauthorized => Silence::BadToken,
        ErrorType::Response { status, .. } if status.get() == 401 => Silence::BadToken,
        _ => Silence::Other(chain(&fault)),
    })?;
    let date = response
        .headers()
        .find(|(name, _)| name.eq_ignore_ascii_case("date"));
    let date = date.and_then(|(_, value)| {
        let date = DateTime::parse_from_rfc2822(std::str::from_utf8(value).ok()?).ok()?;
        Some(Timestamp::from_millis(date.timestamp_millis()))
    });
    let bytes = response
        .bytes()
        .await
        .map_err(|fault| Silence::Other(chain(&fault)))?;
    let json = serde_json::from_slice(&bytes).map_err(|fault| Silence::Other(chain(&fault)))?;
    Ok(Said { date, json })
}

/// Reaches Discord for the first time: network, token and clock in one.
async fn application(findings: &mut Findings, client: &Client) -> Option<Value> {
    let asked = admin::now();
    match get(client, Route::GetCurrentUserApplicationInfo).await {
        Ok(said) => {
            let name = said.json["name"].as_str().unwrap_or("?");
            findings.good("discord", format_args!("the token is that of {name}"));
            clock(findings, said.date, asked);
            Some(said.json)
        }
        Err(Silence::BadToken) => {
            let advice = "the application's page, Bot, Reset Token; the old one stops working then";
            findings.fail(Exit::BadToken, "discord", "the token is refused", advice);
            None
        }
        Err(Silence::Other(why)) => {
            let advice =
                "see that this machine reaches https://discord.com (or the proxy in [discord])";
            findings.fail(Exit::NotNow, "discord", why, advice);
            None
        }
    }
}

fn clock(findings: &mut Findings, discord: Option<Timestamp>, ours: Timestamp) {
    let Some(discord) = discord else {
        findings.warn(
            "clock",
            "Discord did not say what time it is",
            "compare it yourself: date -u",
        );
        return;
    };
    let apart = Span::millis(discord.since(ours).as_millis().abs());
    let found = format!("{apart} from Discord's");
    let advice = "switch on time synchronisation: timedatectl set-ntp true";
    if apart < CLOCK_NOISE {
        findings.good("clock", "the same as Discord's");
    } else if apart < CLOCK_WRONG {
        findings.warn("clock", found, advice);
    } else {
        findings.fail(Exit::Failed, "clock", found, advice);
    }
}

/// Which privileged intents are granted, of those that are switched on.
fn intents(findings: &mut Findings, discord: &Discord, application: &Value) {
    let flags = application["flags"].as_u64().unwrap_or(0);
    let advice =
        "the application's page, Bot, Privileged Gateway Intents; or switch it off in [discord]";
    let switches = discord.intents;
    // Only what a feature needs is worth a warning.
    let wanted = [
        (
            "Server Members",
            switches.members,
            MEMBERS,
            Some("nobody is welcomed"),
        ),
        ("Presence", switches.presences, PRESENCES, None),
        ("Message Content", switches.message_content, CONTENT, None),
    ];
    for (name, switch, grant, without) in wanted {
        match (switch, flags & grant != 0, without) {
            (Switch::Off, ..) => findings.good("intents", format_args!("{name}: switched off")),
            (Switch::Auto, true, _) => findings.good("intents", format_args!("{name}: granted")),
            (Switch::Auto, false, Some(without)) => {
                findings.warn(
                    "intents",
                    format_args!("{name}: not granted, so {without}"),
                    advice,
                );
            }
            (Switch::Auto, false, None) => {
                findings.good(
                    "intents",
                    format_args!("{name}: not granted; the bot works without"),
                );
            }
        }
    }
}

async fn gateway(findings: &mut Findings, discord: &Discord, client: &Client) {
    let said = match get(client, Route::GetGatewayBot).await {
        Ok(said) => said.json,
        Err(Silence::BadToken) => return,
        Err(Silence::Other(why)) => {
            findings.warn("gateway", why, "look again in a minute");
            return;
        }
    };
    let recommended = said["shards"].as_u64().unwrap_or(1);
    let left = said["session_start_limit"]["remaining"]
        .as_u64()
        .unwrap_or(0);
    let found = format!("{recommended} recommended shard(s), {left} new sessions left today");
    if let Some(shards) = discord
        .shards
        .filter(|shards| u64::from(*shards) < recommended)
    {
        let found = format!("{shards} shards set, {recommended} recommended");
        findings.warn(
            "gateway",
            found,
            "leave `shards` out: the bot then follows the recommendation",
        );
    } else if left < 20 {
        findings.warn(
            "gateway",
            found,
            "do not restart the bot more than needed today",
        );
    } else {
        findings.good("gateway", found);
    }
}

/// Whether each guild gives the permissions that the invite link asks for.
async fn guilds(findings: &mut Findings, client: &Client, application: &Value) {
    let id = application["id"].as_str().unwrap_or("");
    let route = Route::GetGuilds {
        after: None,
        before: None,
        limit: Some(200),
        shard: None,
    };
    let said = match get(client, route).await {
        Ok(said) => said.json,
        Err(_) => {
            findings.warn(
                "guilds",
                "Discord did not list them",
                "look again in a minute",
            );
            return;
        }
    };
    let guilds: Vec<&Value> = said.as_array().into_iter().flatten().collect();
    if guilds.is_empty() {
        findings.warn(
            "guilds",
            "the bot is in none",
            format_args!("invite it: {}", invite::link(id)),
        );
        return;
    }
    let missing = |guild: &&Value| {
        let bits = guild["permissions"]
            .as_str()
            .and_then(|bits| bits.parse().ok());
        let missing = Permissions(bits.unwrap_or(u64::MAX)).missing(invite::PERMISSIONS);
        (!missing.is_empty()).then(|| (guild["name"].as_str().unwrap_or("?").to_owned(), missing))
    };
    let lacking: Vec<_> = guilds.iter().filter_map(missing).collect();
    if lacking.is_empty() {
        findings.good(
            "guilds",
            format_args!("{}; the bot may do there what it needs", guilds.len()),
        );
    }
    for (name, missing) in lacking.iter().take(MOST_LISTED) {
        let found = format!("{name}: missing {}", missing.join(", "));
        findings.warn(
            "guilds",
            found,
            format_args!("invite it again: {}", invite::link(id)),
        );
    }
    if lacking.len() > MOST_LISTED {
        findings.warn(
            "guilds",
            format_args!("{} more lack permissions", lacking.len() - MOST_LISTED),
            "the same",
        );
    }
}
