//! From a member's command to the answer on their screen, at idle, over loopback: REST, gateway, turn
//! and, for commands that change something, the durable commit.
//!
//! `cargo bench --bench answer`

use actors::kernel::time::Span;
use criterion::{Criterion, criterion_group, criterion_main};
use guildhall::{
    bot::{Bot, Options},
    config::IntentSwitches,
    secret::Secret,
};
use simulator::{ChannelKind, GuildOptions, Id, SimConfig, Simulator};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(10);

/// A guild with its moderator and the bot at work.
struct Town {
    sim: Simulator,
    channel: Id,
    moderator: Id,
    _data: tempfile::TempDir,
    _bot: Bot,
}

impl Town {
    async fn new() -> Self {
        let config = SimConfig {
            rate_limits: false,
            ..SimConfig::default()
        };
        let sim = Simulator::start(config)
            .await
            .expect("loopback has free ports");
        let moderator = sim.add_user("Moderator");
        let options = GuildOptions {
            owner: Some(moderator),
            ..GuildOptions::default()
        };
        let guild = sim.create_guild("Town", &options);
        let channel = sim.create_channel(guild, "general", ChannelKind::Text);
        let data = tempfile::tempdir().expect("a temporary directory");
        let bot = Bot::start(Options {
            token: Secret::new(sim.token()),
            proxy: Some(sim.rest_host()),
            gateway_url: Some(sim.gateway_url()),
            data: data.path().to_owned(),
            tick: Span::millis(250),
            cache_bytes: 8 << 20,
            shards: None,
            intents: IntentSwitches::default(),
            keep_left: Span::days(30),
            keep: snapshots::export::Keep::default(),
            sinks: guildhall::outside::Settings::default(),
            ahead: Span::ZERO,
            #[cfg(feature = "sabotage")]
            sabotage: actors::kernel::core::Sabotage::default(),
        })
        .await
        .expect("the bot starts");
        let ready =
            |sim: &Simulator| (sim.is_connected() && !sim.commands(None).is_empty()).then_some(());
        sim.wait_for(PATIENCE, ready)
            .await
            .expect("the bot connects");
        Self {
            sim,
            channel,
            moderator,
            _data: data,
            _bot: bot,
        }
    }

    async fn ask(&self, line: &str) {
        let handle = self
            .sim
            .command(self.channel, self.moderator, line)
            .expect("a valid command");
        handle.answer(PATIENCE).await.expect("an answer");
    }
}

fn answers(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let town = runtime.block_on(Town::new());
    let mut group = criterion.benchmark_group("command to answer");
    group.sample_size(50);
    group.bench_function("read-only (/ping)", |bencher| {
        bencher.to_async(&runtime).iter(|| town.ask("/ping"));
    });
    let mut paris = false;
    group.bench_function("changing, durable (/setup zone)", |bencher| {
        bencher.to_async(&runtime).iter(|| {
            paris = !paris;
            let zone = if paris { "Europe/Paris" } else { "Asia/Tokyo" };
            let line = format!("/setup zone zone:{zone}");
            let town = &town;
            async move { town.ask(&line).await }
        });
    });
    group.finish();
}

criterion_group!(benches, answers);
criterion_main!(benches);
