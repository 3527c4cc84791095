//! What a simulated Discord can be started with; the defaults suit tests of a bot.

use crate::clock::Clock;
use crate::intents::grants;
use crate::permissions;
use std::time::Duration;

/// How this Discord behaves. Start from `SimConfig::default()` and change what the test is about.
#[derive(Clone, Debug)]
pub struct SimConfig {
    /// The bot's token; a plausible one by default, never a real one.
    pub token: String,
    /// The bot's user name.
    pub bot_name: String,
    /// Address to listen on; port 0 picks a free one.
    pub rest_bind: String,
    /// Address of the gateway; port 0 picks a free one.
    pub gateway_bind: String,
    /// Application flags, which say what privileged intents are granted.
    pub application_flags: u64,
    /// Permission bits that the bot's own role gets when it is invited.
    pub bot_permissions: u64,
    /// Told to clients in HELLO.
    pub heartbeat_interval: Duration,
    /// Recommended shard count in `/gateway/bot`.
    pub shards: u32,
    /// Identifies allowed per `identify_interval`, in `/gateway/bot` and enforced.
    pub max_concurrency: u32,
    /// Discord's is 5 s; zero (the default) lets tests restart a bot at will.
    pub identify_interval: Duration,
    /// Events kept per session for RESUME.
    pub replay_limit: usize,
    /// How long a session outlives its connection.
    pub session_grace: Duration,
    /// On every RESUME, drop what the client has acknowledged by heartbeat (see `trim_replay_to_last_heartbeat`).
    pub trim_replay: bool,
    /// Whether RESUMED takes a sequence number of its own or repeats the last one; the documentation is silent.
    pub resumed_takes_seq: bool,
    /// Enforce the per-route buckets. Off for throughput tests; headers are sent either way.
    pub rate_limits: bool,
    /// How long a guild's whole member list cannot be asked for again.
    pub member_list_every: Duration,
    /// Enforce 50 requests per second over all routes (only with `rate_limits`).
    pub global_rate_limit: bool,
    /// Requests remembered for observation; older ones are dropped.
    pub requests_kept: usize,
    /// Messages remembered per channel; older ones are dropped.
    pub messages_kept: usize,
    /// The one source of "now".
    pub clock: Clock,
}

/// Since 2025-10-01 Discord gives it once per guild in this time.
const MEMBER_LIST_EVERY: Duration = Duration::from_secs(30);

impl Default for SimConfig {
    fn default() -> Self {
        Self {
            token: "MTAwMDAwMDAwMDAwMDAwMDAw.simulated.not-a-real-token".to_owned(),
            bot_name: "Guildhall".to_owned(),
            rest_bind: "127.0.0.1:0".to_owned(),
            gateway_bind: "127.0.0.1:0".to_owned(),
            application_flags: grants::ALL_LIMITED,
            bot_permissions: permissions::BOT,
            heartbeat_interval: Duration::from_millis(41_250),
            shards: 1,
            max_concurrency: 1,
            identify_interval: Duration::ZERO,
            replay_limit: 65_536,
            session_grace: Duration::from_secs(180),
            trim_replay: false,
            resumed_takes_seq: true,
            rate_limits: true,
            member_list_every: MEMBER_LIST_EVERY,
            global_rate_limit: true,
            requests_kept: 50_000,
            messages_kept: 20_000,
            clock: Clock::system(),
        }
    }
}
