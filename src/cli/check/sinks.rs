//! Whether the places that lines about messages go to could take some now.

use super::finding::Findings;
use crate::{
    cli::{Exit, stop::chain},
    config::{self, Config},
    outside::{Sink, SinkFault},
};

pub(super) async fn look(findings: &mut Findings, config: &Config) {
    let settings = match config::find_sinks(config) {
        Ok(settings) => settings,
        Err(fault) => {
            let advice = "the user that runs the bot must be able to read it";
            return findings.fail(Exit::BadConfig, "sinks", chain(&fault), advice);
        }
    };
    let sinks = match Sink::all(&settings) {
        Ok(sinks) => sinks,
        Err(wrong) => {
            let advice = "config/guildhall.toml explains every key";
            return findings.fail(Exit::BadConfig, "sinks", wrong, advice);
        }
    };
    for mut sink in sinks {
        let name = sink.name();
        match sink.probe().await {
            Ok(found) => findings.good(name, found),
            Err(SinkFault::Away(why)) => {
                findings.warn(name, why, "lines wait for it, up to stream.spool_mb");
            }
            Err(SinkFault::Refused(why)) => {
                findings.warn(name, why, "it needs other credentials, rights or tables");
            }
        }
    }
}
