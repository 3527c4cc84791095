//! Memory of the real binary, idle with 100 guilds, against the 64 MB it may use on a Pi.
//!
//! `cargo bench --bench idle` prints the resident set (`VmRSS` and its peak `VmHWM`).

use simulator::{ChannelKind, GuildOptions, SimConfig, Simulator};
use std::{
    fs,
    process::{Command, Stdio},
    time::Duration,
};

const GUILDS: u64 = 100;
const PATIENCE: Duration = Duration::from_secs(30);

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(measure());
}

async fn measure() {
    let config = SimConfig {
        rate_limits: false,
        ..SimConfig::default()
    };
    let sim = Simulator::start(config)
        .await
        .expect("loopback has free ports");
    for n in 0..GUILDS {
        let guild = sim.create_guild(&format!("Guild {n}"), &GuildOptions::default());
        for name in ["general", "welcome", "mod-log"] {
            let _ = sim.create_channel(guild, name, ChannelKind::Text);
        }
    }
    let data = tempfile::tempdir().expect("a temporary directory");
    let mut bot = Command::new(env!("CARGO_BIN_EXE_guildhall"))
        .args(["run", "--data"])
        .arg(data.path().join("data"))
        .env("DISCORD_TOKEN", sim.token())
        .env("DISCORD_PROXY", sim.rest_host())
        .env("DISCORD_GATEWAY_URL", sim.gateway_url())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    // Every guild was greeted: each of them has run through its machines.
    let greeted = |sim: &Simulator| {
        let hello = sim
            .requests_to("POST", "/channels/{channel_id}/messages")
            .len() as u64;
        (hello >= GUILDS).then_some(())
    };
    let all = sim.wait_for(PATIENCE, greeted).await.is_some();
    let status = fs::read_to_string(format!("/proc/{}/status", bot.id())).unwrap_or_default();
    bot.kill().expect("it runs");
    bot.wait().expect("it can be waited for");
    let line = |name: &str| {
        status
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap_or("?")
    };
    assert!(all, "the bot did not greet {GUILDS} guilds in time");
    #[expect(clippy::print_stderr, reason = "it is what this program is for")]
    {
        eprintln!("{GUILDS} guilds: {}; {}", line("VmRSS"), line("VmHWM"));
    }
}
