//! `guildhall run`: the bot, until it is told to end.

mod ahead;

use super::{Exit, Global, Stop, heaps, signals::Signals, stop::chain};
use crate::{
    admin,
    bot::{Bot, Ended, Options, StartFault},
    config::{Config, Token, find_sinks, find_token},
    observe, outside,
    secret::Secret,
    watch::{self, Notifier, Watch},
};
use actors::kernel::core::Verdict;
use snapshots::export::Keep;
use std::process;
use tokio::sync::mpsc;

pub(super) fn run(global: &Global) -> Result<(), Stop> {
    heaps::keep_few();
    let found = global.load()?;
    let token = find_token(&found.config.discord)
        .map_err(|fault| Stop::new(Exit::BadConfig, chain(&fault)))?;
    let sinks =
        find_sinks(&found.config).map_err(|fault| Stop::new(Exit::BadConfig, chain(&fault)))?;
    let log = &found.config.log;
    let secrets = [token.secret.clone()]
        .into_iter()
        .chain(sinks.postgres.clone());
    observe::init(log.format, &log.levels, secrets.collect());
    let file = found.file.as_ref().map(|path| path.display().to_string());
    tracing::info!(
        version = crate::build_info::VERSION,
        commit = crate::build_info::commit(),
        file,
        "starting"
    );
    warn_of_exposure(&token);
    let listen = &found.config.observe;
    let shown = watch::Settings {
        listen: listen
            .listen
            .into_iter()
            .chain(listen.listen_publicly)
            .collect(),
        notifier: Notifier::from_environment(),
    };
    super::block_on(live(options(&found.config, token.secret, sinks), shown))
}

/// What the settings mean for the bot.
pub(super) fn options(config: &Config, token: Secret, sinks: outside::Settings) -> Options {
    Options {
        token,
        proxy: config.discord.proxy.clone(),
        gateway_url: config.discord.gateway_url.clone(),
        data: config.store.data.clone(),
        tick: config.store.tick,
        cache_bytes: config.store.cache_bytes(),
        shards: config.discord.shards,
        intents: config.discord.intents,
        keep: Keep {
            hourly: config.exports.hourly as usize,
            daily: config.exports.daily as usize,
        },
        sinks,
        keep_left: actors::kernel::time::Span::days(config.store.keep_left_days.into()),
        ahead: ahead::set(),
        #[cfg(feature = "sabotage")]
        sabotage: sabotage(),
    }
}

/// The deliberate faults named in `SABOTAGE`: for the tests that prove that tests would notice.
#[cfg(feature = "sabotage")]
fn sabotage() -> actors::kernel::core::Sabotage {
    let names = std::env::var("SABOTAGE").unwrap_or_default();
    actors::kernel::core::Sabotage::parse(&names)
        .unwrap_or_else(|name| panic!("SABOTAGE names {name}, which is no fault"))
}

fn warn_of_exposure(token: &Token) {
    if token.exposed {
        tracing::warn!(file = %token.source, "everybody on this machine can read the token: chmod 600");
    }
}

/// From start to end. The first signal asks the bot to end, the second ends the process: safe, because
/// whatever was acknowledged is on disk already.
async fn live(options: Options, shown: watch::Settings) -> Result<(), Stop> {
    let mut signals = Signals::listen()?;
    let watch = Watch::start(shown)
        .map_err(|fault| Stop::failed("cannot start the watching thread", &fault))?;
    let (data, ahead) = (options.data.clone(), options.ahead);
    let bot = tokio::select! {
        started = Bot::start(options) => started.map_err(|fault| explain(&fault))?,
        signal = signals.next() => {
            tracing::info!(signal, "ending before the start was complete");
            return Ok(());
        }
    };
    watch.attach(bot.subject());
    ahead::follow(bot.hub(), ahead);
    let (asks, mut asked) = mpsc::channel::<admin::Ask>(admin::MOST_AT_ONCE);
    let socket = {
        // It answers also when every thread of the bot is stuck.
        let _on_its_thread = watch.enter();
        admin::Server::start(&data, bot.reader(), asks)
    };
    match &socket {
        Ok(socket) => tracing::debug!(socket = %socket.socket().display(), "admin socket"),
        Err(fault) => {
            tracing::warn!(%fault, "no admin socket: `inspect` will not see this process");
        }
    }
    let result = loop {
        tokio::select! {
            ended = bot.ended() => break Err(over(ended)),
            signal = signals.next() => {
                tracing::info!(signal, "ending; a second signal ends at once");
                break Ok(());
            }
            Some(ask) = asked.recv() => answer(&bot, &watch, ask),
        }
    };
    watch.stopping();
    drop(socket);
    tokio::select! {
        () = bot.stop() => result,
        signal = signals.next() => {
            tracing::warn!(signal, "ending at once");
            process::exit(Exit::Failed as i32);
        }
    }
}

/// Answers the admin socket. Whoever asked may have gone; that is their affair.
fn answer(bot: &Bot, watch: &Watch, ask: admin::Ask) {
    match ask {
        admin::Ask::Status(reply) => {
            let _ = reply.send(serde_json::to_value(watch.status()).unwrap_or_default());
        }
        admin::Ask::View(reply) => bot.errands().run(Box::new(move |store| {
            let _ = reply.send(store.view());
        })),
        admin::Ask::Decide(key, verdict, reply) => {
            let verdict = match verdict {
                admin::Verdict::Again => Verdict::Again,
                admin::Verdict::Drop => Verdict::Drop,
            };
            bot.decide(key, verdict, reply);
        }
        admin::Ask::Import(guild, last_seen, reply) => bot.import(guild, last_seen, reply),
    }
}

fn over(ended: Ended) -> Stop {
    match ended {
        Ended::BadToken => bad_token(),
        Ended::Failed(why) => Stop::new(Exit::Failed, why),
    }
}

fn bad_token() -> Stop {
    Stop::new(
        Exit::BadToken,
        "Discord refuses the token: reset it on the application's page (Bot, Reset Token) and put the new \
         one where this one came from",
    )
}

/// Which exit code a failed start deserves: what a restart may help is not what a person must mend.
pub(super) fn explain(fault: &StartFault) -> Stop {
    use snapshots::OpenFault;
    let exit = match fault {
        StartFault::BadToken => return bad_token(),
        StartFault::Sinks(_) => Exit::BadConfig,
        StartFault::Store(OpenFault::Lock(_)) | StartFault::Network { .. } => Exit::NotNow,
        _ => Exit::Failed,
    };
    Stop::new(exit, chain(fault))
}
