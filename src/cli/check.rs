//! `guildhall check`: everything that must be right before the bot can work, and what to do where it is not.
//!
//! Each check is a function that adds findings. None stops the others, because whoever sets up a bot
//! wants the whole list. Nothing is changed: the store is looked at in a copy or through the running bot.

mod discord;
mod finding;
mod local;
mod sinks;

use super::{Exit, Global, Stop, out::Out};
use crate::config;
use finding::Findings;

pub(super) fn run(global: &Global) -> Result<(), Stop> {
    let mut findings = Findings::new(Out::new());
    let config = match config::load(global.config.as_deref()) {
        Ok(mut found) => {
            local::settings(&mut findings, found.file.as_deref());
            if let Some(data) = &global.data {
                found.config.store.data.clone_from(data);
            }
            found.config
        }
        Err(problems) => {
            for problem in problems.0 {
                findings.fail(
                    Exit::BadConfig,
                    "settings",
                    problem,
                    "correct it; config/guildhall.toml explains every key",
                );
            }
            return findings.end();
        }
    };
    let token = local::token(&mut findings, &config.discord);
    local::data(&mut findings, &config.store.data);
    local::store(&mut findings, &config.store.data);
    super::block_on(async {
        sinks::look(&mut findings, &config).await;
        if let Some(token) = token {
            discord::look(&mut findings, &config.discord, token).await;
        }
        Ok(())
    })?;
    findings.end()
}
