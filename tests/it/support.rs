//! A community to test in: a local Discord with a guild, people and the bot.

use crate::acts::eventually;
use actors::kernel::time::Span;
use guildhall::{
    bot::{Bot, Options},
    secret::Secret,
};
use simulator::{ChannelKind, GuildOptions, Id, SimConfig, Simulator};
use std::{io::Write as _, path::Path, time::Duration};
use tempfile::TempDir;

/// How long anything may take before a test gives up on it. Tests wait for conditions; this only
/// bounds a failure.
pub(crate) const SOON: Duration = Duration::from_secs(60);

/// A guild in a local Discord.
pub(crate) struct Town {
    pub(crate) sim: Simulator,
    pub(crate) guild: Id,
    pub(crate) general: Id,
    pub(crate) welcome: Id,
    pub(crate) log: Id,
    pub(crate) moderator: Id,
    pub(crate) data: TempDir,
}

impl Town {
    pub(crate) async fn new() -> Self {
        Self::with(SimConfig {
            rate_limits: false,
            // Several features ask for it.
            member_list_every: Duration::ZERO,
            ..SimConfig::default()
        })
        .await
    }

    pub(crate) async fn with(config: SimConfig) -> Self {
        let sim = Simulator::start(config)
            .await
            .expect("loopback has free ports");
        let moderator = sim.add_user("Mo the Moderator");
        let options = GuildOptions {
            owner: Some(moderator),
            ..GuildOptions::default()
        };
        let guild = sim.create_guild("Townsville", &options);
        let general = sim.create_channel(guild, "general", ChannelKind::Text);
        let welcome = sim.create_channel(guild, "welcome", ChannelKind::Text);
        let log = sim.create_channel(guild, "mod-log", ChannelKind::Text);
        let data = tempfile::tempdir().expect("a temporary directory");
        Self {
            sim,
            guild,
            general,
            welcome,
            log,
            moderator,
            data,
        }
    }

    pub(crate) fn options(&self) -> Options {
        options(&self.sim, self.data.path())
    }

    /// Starts the bot in this process and waits until it is connected and has its commands.
    pub(crate) async fn bot(&self) -> Bot {
        self.bot_with(self.options()).await
    }

    pub(crate) async fn bot_with(&self, options: Options) -> Bot {
        let bot = Bot::start(options).await.expect("the bot starts");
        self.ready().await;
        // The town sees a connection before the bot has heard that its session began.
        let connected = || bot.status().gateway == "connected";
        eventually("the bot knows that it is connected", connected).await;
        bot
    }

    pub(crate) async fn ready(&self) {
        let ready =
            |sim: &Simulator| (sim.is_connected() && !sim.commands(None).is_empty()).then_some(());
        self.sim
            .wait_for(SOON, ready)
            .await
            .expect("the bot connects and registers its commands");
    }

    /// The moderator runs a command and reads the answer.
    pub(crate) async fn moderate(&self, line: &str) -> String {
        let handle = self
            .sim
            .command(self.general, self.moderator, line)
            .expect("a valid command");
        let answer = handle
            .answer(SOON)
            .await
            .unwrap_or_else(|| panic!("no answer to {line}"));
        assert!(answer.ephemeral, "{line} is answered in private");
        answer.text()
    }

    /// Texts of the messages in a channel.
    pub(crate) fn texts(&self, channel: Id) -> Vec<String> {
        self.sim.messages(channel).iter().map(text).collect()
    }

    /// Waits until a channel holds `count` messages.
    pub(crate) async fn messages(&self, channel: Id, count: usize) -> Vec<String> {
        let enough = |sim: &Simulator| (sim.message_count(channel) >= count).then_some(());
        if self.sim.wait_for(SOON, enough).await.is_none() {
            panic!("{count} messages expected, got {:#?}", self.texts(channel));
        }
        self.texts(channel)
    }
}

pub(crate) fn options(sim: &Simulator, data: &Path) -> Options {
    Options {
        token: Secret::new(sim.token()),
        proxy: Some(sim.rest_host()),
        gateway_url: Some(sim.gateway_url()),
        data: data.to_owned(),
        tick: Span::millis(50),
        cache_bytes: 1 << 20,
        shards: None,
        intents: guildhall::config::IntentSwitches::default(),
        keep: snapshots::export::Keep::default(),
        sinks: guildhall::outside::Settings::default(),
        keep_left: Span::days(30),
        ahead: Span::ZERO,
        #[cfg(feature = "sabotage")]
        sabotage: actors::kernel::core::Sabotage::default(),
    }
}

/// Says something to whoever runs the tests, past what catches their output.
pub(crate) fn say(text: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr(), "{test}: {text}");
}

/// What a person reads of a message: content, then titles and descriptions of its embeds.
pub(crate) fn text(message: &serde_json::Value) -> String {
    let mut text = message["content"].as_str().unwrap_or_default().to_owned();
    for embed in message["embeds"].as_array().into_iter().flatten() {
        for part in ["title", "description"] {
            if let Some(part) = embed[part].as_str() {
                text.push('\n');
                text.push_str(part);
            }
        }
        for field in embed["fields"].as_array().into_iter().flatten() {
            text.push_str(&format!("\n{}: {}", field["name"], field["value"]));
        }
    }
    text
}
