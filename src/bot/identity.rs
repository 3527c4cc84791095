//! Who we are and where the gateway is: asked of Discord before anything runs.

use super::{Options, StartFault};
use crate::discord::{app, rest::Rest};
use actors::kernel::ids::{ApplicationId, UserId};
use std::time::Duration;

/// Who we are and where the gateway is.
pub(super) struct Identity {
    pub(super) bot: UserId,
    pub(super) application: ApplicationId,
    pub(super) gateway: String,
    pub(super) start: app::Start,
}

impl Identity {
    /// Asks Discord, for as long as it takes.
    pub(super) async fn learn(rest: &Rest, options: &Options) -> Result<Self, StartFault> {
        let patient = |fault: &app::StartFault, pause: Duration| {
            tracing::warn!(%fault, ?pause, "Discord does not answer yet; trying again");
            true
        };
        let start = app::start_patiently(rest, patient)
            .await
            .map_err(|fault| match fault {
                app::StartFault::BadToken { .. } => StartFault::BadToken,
                app::StartFault::Unreachable { .. } => {
                    network("ask who we are", &fault.to_string())
                }
            })?;
        let gateway = options
            .gateway_url
            .clone()
            .or_else(|| start.gateway.url.clone());
        let gateway = gateway.unwrap_or_else(|| DISCORD_GATEWAY.to_owned());
        match (start.bot, start.application_id()) {
            (Some(bot), Some(application)) => Ok(Self {
                bot,
                application,
                gateway,
                start,
            }),
            _ => Err(network("ask who we are", "the answer names no account")),
        }
    }
}

/// Where Discord's gateway is when nobody says (docs, "Gateway: connecting").
const DISCORD_GATEWAY: &str = "wss://gateway.discord.gg";

fn network(doing: &'static str, why: &str) -> StartFault {
    StartFault::Network {
        doing,
        why: why.to_owned(),
    }
}
