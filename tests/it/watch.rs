//! The bot as seen from outside: its port, its health, and what systemd hears of it.

use crate::{
    acts::{eventually, is_quiet},
    process::Process,
    scrape::{Answer, Metrics, ask, get},
    support::{SOON, Town, options},
};
use actors::kernel::{
    epoch::Haste,
    record::{Key, Space, Write},
    time::Span,
};
use guildhall::{
    bot::Bot,
    clock::Clock,
    runtime::hub::MAX_WAITING,
    watch::{Notifier, STEP_AT_MOST, Settings, Watch, health},
};
use simulator::{Fault, FaultKind, Scope, Simulator};
use snapshots::memory::Memory;
use std::{
    fs,
    net::SocketAddr,
    os::unix::net::UnixDatagram,
    path::Path,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

const MESSAGES: &str = "/channels/{id}/messages";

/// A bot that is watched, and what systemd hears of it.
pub(crate) struct Seen {
    pub(crate) bot: Bot,
    pub(crate) watch: Watch,
    at: SocketAddr,
    systemd: Systemd,
}

/// systemd's end of the socket.
struct Systemd(UnixDatagram);

impl Systemd {
    fn listen(path: &Path) -> Self {
        let socket = UnixDatagram::bind(path).expect("a socket");
        socket.set_read_timeout(Some(SOON)).expect("a timeout");
        Self(socket)
    }

    /// The next message.
    fn hears(&self) -> String {
        let mut buffer = [0; 4096];
        let length = self.0.recv(&mut buffer).expect("a message in time");
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }

    /// Waits for a message that says `part`.
    fn hears_of(&self, part: &str) -> String {
        let end = Instant::now() + SOON;
        loop {
            let message = self.hears();
            if message.contains(part) {
                return message;
            }
            assert!(Instant::now() < end, "systemd never heard of {part}");
        }
    }
}

impl Seen {
    /// Watches a bot; systemd wants to hear of it several times a second.
    pub(crate) async fn new(town: &Town, bot: Bot) -> Self {
        let path = town.data.path().join("notify");
        let systemd = Systemd::listen(&path);
        let watchdog = Some(Duration::from_millis(60));
        let notifier = Notifier::new(path.as_os_str(), watchdog).expect("a notifier");
        let settings = Settings {
            listen: vec!["127.0.0.1:0".parse().expect("an address")],
            notifier: Some(notifier),
        };
        let watch = Watch::start(settings).expect("a thread");
        watch.attach(bot.subject());
        let at = watch.ports(1).await[0];
        Self {
            bot,
            watch,
            at,
            systemd,
        }
    }

    fn metrics(&self) -> Metrics {
        Metrics::scrape(self.at)
    }

    fn healthz(&self) -> Answer {
        get(self.at, "/healthz")
    }

    pub(crate) fn readyz(&self) -> Answer {
        get(self.at, "/readyz")
    }

    /// So much time passes for the observer, in which it looks as often as it needs to.
    pub(crate) fn pass(&self, ms: u64) {
        for _ in 0..ms.div_ceil(STEP_AT_MOST) {
            let step = i64::try_from(STEP_AT_MOST).expect("seconds");
            self.bot.hub().clock.turn_on(Span::millis(step));
            let _ = self.watch.status();
        }
    }

    /// All is well again.
    async fn is_well_again(&self) {
        eventually("all is well again", || self.readyz().status == 200).await;
        assert_eq!(self.healthz().body, "good\n");
        self.systemd.hears_of("STATUS=good");
        self.systemd.hears_of("WATCHDOG=1");
    }

    /// Hung once so much time has passed: the port says so, and systemd hears of it but is not fed. Tried
    /// again, because a last event may come in meanwhile.
    fn is_hung(&self, what: &str, ms: u64) {
        let end = Instant::now() + SOON;
        while !self.starves(what, ms) {
            assert!(Instant::now() < end, "not hung: {:?}", self.healthz());
        }
    }

    fn starves(&self, what: &str, ms: u64) -> bool {
        self.pass(ms + STEP_AT_MOST);
        let health = self.healthz();
        if health.status != 503 || !health.body.contains(&format!("hung {what}")) {
            return false;
        }
        // What was written before is read first.
        let told = (0..100).any(|_| self.systemd.hears().contains("STATUS=hung"));
        let silent = || {
            // Nothing is said unless there is something new to say.
            self.pass(STEP_AT_MOST);
            !self.systemd.hears().contains("WATCHDOG")
        };
        told && silent() && silent()
    }

    pub(crate) async fn stop(self) {
        self.watch.stopping();
        self.bot.stop().await;
    }
}

async fn on_memory(town: &Town, memory: &Memory) -> Bot {
    let store = memory.open(7).expect("memory opens");
    let options = options(&town.sim, town.data.path());
    let bot = Bot::start_on(store, options, Arc::new(Clock::default()))
        .await
        .expect("the bot starts");
    town.ready().await;
    bot
}

// --- Metrics ------------------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_metrics_tell_what_happened() {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    let seen = Seen::new(&town, bot).await;
    let before = seen.metrics();
    town.sim.fail_next(
        Fault::on("POST", MESSAGES),
        1,
        FaultKind::RateLimit {
            retry_after: 0.05,
            global: false,
            scope: Scope::User,
        },
    );
    let ida = town.newcomer("Ida");
    town.sim.say(town.general, ida, "hello");
    town.greeted(&[ida]).await;
    town.moderate("/welcome off").await;
    town.moderate("/welcome off").await;
    town.sim
        .send_raw_event("SOMETHING_NEW", &serde_json::json!({}));
    town.sim.cut_gateway();
    town.until("the session goes on", |sim| sim.counters().resumes == 1)
        .await;
    eventually("everything is done", || is_quiet(&seen.bot)).await;
    eventually("it is back", || seen.readyz().status == 200).await;
    eventually("everything is durable", || {
        seen.metrics().get("guildhall_gateway_seq_lag{shard=\"0\"}") == 0.0
    })
    .await;

    let now = seen.metrics();
    let grown = |sample: &str| now.get(sample) - before.find(sample).unwrap_or(0.0);
    let event = |name: &str| {
        grown(&format!(
            "guildhall_gateway_events_total{{shard=\"0\",event=\"{name}\"}}"
        ))
    };
    assert_eq!(event("GUILD_MEMBER_ADD"), 1.0);
    assert_eq!(event("INTERACTION_CREATE"), 2.0);
    assert_eq!(event("other"), 1.0);
    let session = |what: &str| {
        now.get(&format!(
            "guildhall_gateway_sessions_total{{shard=\"0\",what=\"{what}\"}}"
        ))
    };
    assert_eq!(
        ["ready", "resumed", "refused", "hole"].map(session),
        [1.0, 1.0, 0.0, 0.0]
    );
    assert_eq!(
        now.get("guildhall_gateway_connections_total{shard=\"0\"}"),
        2.0
    );
    assert_eq!(now.get("guildhall_gateway_connected{shard=\"0\"}"), 1.0);
    let sessions = &town.sim.snapshot().sessions;
    assert_eq!(
        Some(now.get("guildhall_gateway_seq_durable{shard=\"0\"}")),
        sessions[0]["seq"].as_f64()
    );
    assert_eq!(
        grown("guildhall_refusals_total"),
        1.0,
        "nothing was left to switch off"
    );
    assert!(grown("guildhall_turns_total") >= 3.0);
    assert!(grown("guildhall_epochs_total") >= 2.0);
    assert_eq!(
        now.get("guildhall_commit_seconds_count"),
        now.get("guildhall_epochs_total")
    );
    assert!(now.get("guildhall_commit_bytes_sum") > 100.0);
    assert!(now.get("guildhall_commit_records_sum") >= now.get("guildhall_commit_records_count"));
    assert_eq!(grown("guildhall_rest_rate_limited_total"), 1.0);
    assert_eq!(now.get("guildhall_outbox"), 0.0);
    assert_eq!(now.get("guildhall_inputs_waiting"), 0.0);
    assert_eq!(now.get("guildhall_guilds"), 1.0);
    assert!(now.get("process_resident_memory_bytes") > 1e6);
    for sample in [
        "guildhall_restarts_total",
        "guildhall_parked",
        "guildhall_quarantined",
        "guildhall_gaps_total",
        "guildhall_store_down",
        "guildhall_dead_letters",
        "guildhall_gateway_undecodable_total",
    ] {
        assert_eq!(now.get(sample), 0.0, "{sample}");
    }
    eventually("the store was measured", || {
        seen.metrics().get("guildhall_store_bytes") > 1000.0
    })
    .await;
    assert!((now.get("guildhall_healthy"), now.get("guildhall_ready")) == (1.0, 1.0));

    // Both sides count the same.
    for (method, route, template) in [
        (
            "POST",
            "/channels/{channel_id}/messages",
            "channels/{channel}/messages",
        ),
        (
            "GET",
            "/guilds/{guild_id}/audit-logs",
            "guilds/{guild}/audit-logs",
        ),
    ] {
        let of_sim = town.sim.requests_to(method, route);
        for status in [200, 429] {
            let count = of_sim
                .iter()
                .filter(|request| request.status == status)
                .count();
            let part = format!("method=\"{method}\",route=\"{template}\",status=\"{status}\"");
            #[expect(clippy::cast_precision_loss, reason = "a handful")]
            let count = count as f64;
            assert_eq!(
                now.sum("guildhall_rest_requests_total", &part),
                count,
                "{part}"
            );
        }
    }
    // No label grows with what people do.
    for value in now.label_values() {
        let digits = value.chars().filter(char::is_ascii_digit).count();
        let is_commit = value.len() >= 7 && value.chars().all(|c| c.is_ascii_hexdigit());
        assert!(digits < 12 || is_commit, "{value} looks like an id");
    }
    seen.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_port_answers_what_it_has_and_nothing_else() {
    let town = Town::new().await;
    let seen = Seen::new(&town, town.bot().await).await;
    assert_eq!(get(seen.at, "/").status, 404);
    assert_eq!(get(seen.at, "/metrics?x=1").status, 200);
    let post =
        "POST /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 1\r\n\r\nx";
    let refused = ask(seen.at, post);
    assert_eq!(refused.status, 405);
    assert!(
        refused.head.contains("allow: get, head"),
        "{}",
        refused.head
    );
    let head = ask(
        seen.at,
        "HEAD /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    );
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    let long = format!("/{}", "x".repeat(20_000));
    assert_eq!(get(seen.at, &long).status, 431, "a head has its bound");
    seen.stop().await;
}

// --- Health -------------------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_is_away_is_behind_then_ill_and_then_well_again() {
    let town = Town::new().await;
    let seen = Seen::new(&town, town.bot().await).await;
    eventually("all is well", || seen.readyz().status == 200).await;
    assert_eq!(seen.healthz().status, 200);
    town.sim.gateway_down(true);
    eventually("it is not ready", || seen.readyz().status == 503).await;
    assert_eq!(seen.healthz().status, 200, "for a moment that is nothing");
    // It goes on trying, which is what keeps it from being taken for hung.
    let rounds = || seen.bot.hub().meters.shard(0).rounds.get();
    let half = health::OFFLINE_ILL_MS / 2;
    for _ in 0..2 {
        let before = rounds();
        eventually("it is tried again", || rounds() > before).await;
        seen.pass(half);
    }
    let health = seen.healthz();
    assert_eq!(health.status, 503, "{health:?}");
    assert!(
        health
            .body
            .starts_with("ill gateway: shard 0 is offline for 5 min"),
        "{health:?}"
    );
    assert!(
        seen.systemd
            .hears_of("STATUS=ill: gateway")
            .contains("WATCHDOG=1")
    );
    assert_eq!(
        seen.metrics().get("guildhall_check{check=\"gateway\"}"),
        2.0
    );
    town.sim.gateway_down(false);
    seen.is_well_again().await;
    seen.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_nobody_tends_is_hung() {
    let town = Town::new().await;
    let seen = Seen::new(&town, town.bot().await).await;
    eventually("everything is done", || is_quiet(&seen.bot)).await;
    seen.is_hung("gateway", health::SILENT_MS);
    town.sim.request_heartbeat();
    seen.is_well_again().await;
    seen.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_that_slept_is_not_taken_for_hung() {
    let town = Town::new().await;
    let seen = Seen::new(&town, town.bot().await).await;
    eventually("all is well", || seen.readyz().status == 200).await;
    eventually("everything is done", || is_quiet(&seen.bot)).await;
    for _ in 0..2 {
        // Nobody looked meanwhile.
        seen.bot.hub().clock.turn_on(Span::hours(2));
        assert_eq!(seen.healthz().body, "good\n");
    }
    seen.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_that_hangs_is_ill_and_then_well_again() {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    let seen = Seen::new(&town, bot).await;
    town.sim.fail_all(FaultKind::Hang);
    let ida = town.newcomer("Ida");
    eventually("a call is given up", || {
        seen.metrics()
            .sum("guildhall_rest_requests_total", "status=\"timeout\"")
            > 0.0
    })
    .await;
    assert_eq!(seen.healthz().status, 200, "for a moment that is nothing");
    seen.pass(health::REST_MS + STEP_AT_MOST);
    let health = seen.healthz();
    assert_eq!(health.status, 503, "{health:?}");
    assert!(health.body.contains("ill discord"), "{health:?}");
    assert!(
        seen.systemd
            .hears_of("STATUS=ill: discord")
            .contains("WATCHDOG=1")
    );
    town.sim.heal();
    town.greeted(&[ida]).await;
    seen.is_well_again().await;
    seen.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_fails_is_ill_at_once_and_then_well_again() {
    let town = Town::new().await;
    let memory = Memory::default();
    let bot = on_memory(&town, &memory).await;
    town.furnish(&bot).await;
    let seen = Seen::new(&town, bot).await;
    memory.set_full(true);
    let ida = town.newcomer("Ida");
    eventually("it is ill", || seen.healthz().status == 503).await;
    assert!(seen.healthz().body.contains("ill store: refuses to write"));
    assert!(
        seen.systemd
            .hears_of("STATUS=ill: store")
            .contains("WATCHDOG=1")
    );
    assert!(seen.metrics().get("guildhall_commit_faults_total") >= 1.0);
    memory.set_full(false);
    town.greeted(&[ida]).await;
    seen.is_well_again().await;
    seen.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_core_that_is_stuck_starves_the_watchdog() {
    let town = Town::new().await;
    let seen = Seen::new(&town, town.bot().await).await;
    seen.systemd.hears_of("READY=1");
    eventually("it was looked at", || seen.watch.status().inputs.turns > 0).await;
    let (let_go, held) = mpsc::channel::<()>();
    let (has_it, told) = mpsc::channel();
    let hub = Arc::clone(seen.bot.hub());
    let holder = std::thread::spawn(move || {
        hub.core(|_| {
            has_it.send(()).expect("the test waits");
            // Until the test lets go.
            let _ = held.recv();
        });
    });
    told.recv().expect("the core is held");
    // From here on nothing may be awaited: the bot's threads, which are ours, may be stuck as well.
    assert_eq!(
        seen.healthz().status,
        200,
        "held for a moment, as all the time"
    );
    seen.is_hung("core", health::CORE_MS);
    let metrics = seen.metrics();
    assert_eq!(metrics.get("guildhall_check{check=\"core\"}"), 3.0);
    assert!(metrics.get("guildhall_core_silent_seconds") >= 30.0);
    assert!(
        metrics.get("guildhall_turns_total") > 0.0,
        "the last known number"
    );
    drop(let_go);
    holder.join().expect("it lets go");
    seen.is_well_again().await;
    town.moderate("/ping").await;
    seen.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_committer_that_is_stuck_starves_the_watchdog() {
    let town = Town::new().await;
    let seen = Seen::new(&town, town.bot().await).await;
    let (let_go, held) = mpsc::channel::<()>();
    let (at_it, told) = mpsc::channel();
    seen.bot.errands().run(Box::new(move |_| {
        at_it.send(()).expect("the test waits");
        // Until the test lets go.
        let _ = held.recv();
    }));
    told.recv().expect("it is at it");
    seen.is_hung("store", health::COMMIT_MS);
    drop(let_go);
    seen.is_well_again().await;
    seen.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_changes_than_the_store_takes_make_the_bot_not_ready_but_not_ill() {
    let town = Town::new().await;
    let seen = Seen::new(&town, town.bot().await).await;
    eventually("it is ready", || seen.readyz().status == 200).await;
    let (let_go, held) = mpsc::channel::<()>();
    seen.bot.errands().run(Box::new(move |_| {
        // Until the test lets go.
        let _ = held.recv();
    }));
    let hub = Arc::clone(seen.bot.hub());
    hub.core(|core| {
        let key = |n: usize| Key::new(Space::Mark, &n.to_be_bytes());
        let absent = |n| Write {
            key: key(n),
            record: None,
        };
        let writes = (0..MAX_WAITING).map(absent).collect();
        core.write(writes, hub.clock.now(), Haste::Soon);
    });
    eventually("it is crowded", || {
        let metrics = seen.metrics();
        metrics.get("guildhall_inputs_crowded") == 1.0
            && metrics.get("guildhall_changes_undurable") >= 1.0
    })
    .await;
    let ready = seen.readyz();
    assert_eq!(ready.status, 503);
    assert!(ready.body.contains("taking in nothing more"), "{ready:?}");
    assert_eq!(seen.healthz().status, 200);
    let_go.send(()).expect("the errand waits");
    seen.is_well_again().await;
    seen.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_input_that_never_gets_its_turn_starves_the_watchdog() {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    let seen = Seen::new(&town, bot).await;
    // Its machine waits for the only chance to be handled with care, which somebody else has.
    let hub = Arc::clone(seen.bot.hub());
    let taken = hub.one_at_a_time().lock().await;
    hub.core(|core| core.be_careful());
    let ida = town.newcomer("Ida");
    eventually("it waits", || {
        seen.metrics().get("guildhall_inputs_waiting") > 0.0
    })
    .await;
    town.sim.request_heartbeat();
    seen.is_hung("inputs", health::INPUT_MS);
    drop(taken);
    town.greeted(&[ida]).await;
    town.sim.request_heartbeat();
    seen.is_well_again().await;
    seen.stop().await;
}

// --- The real binary ----------------------------------------------------------------------------

/// The port that the log names.
fn port(dir: &Path) -> Option<SocketAddr> {
    let log = fs::read_to_string(dir.join("bot.log")).ok()?;
    let line = log
        .lines()
        .rfind(|line| line.contains("metrics and health"))?;
    line.split("address=").nth(1)?.trim().parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn systemd_and_prometheus_see_the_binary_from_start_to_end() {
    let town = Town::new().await;
    let dir = town.data.path();
    let socket = dir.join("notify");
    let systemd = Systemd::listen(&socket);
    let environment = [
        ("NOTIFY_SOCKET", socket.to_str().expect("a plain path")),
        ("WATCHDOG_USEC", "300000"),
        ("GUILDHALL_OBSERVE__LISTEN", "127.0.0.1:0"),
        ("NO_COLOR", "1"),
    ];
    town.sim.fail_all(FaultKind::Status(503));
    let process = Process::start_with(&town.sim, dir, &environment);
    // Discord is away: the start takes as long as it takes, and says so.
    assert!(systemd.hears().starts_with("EXTEND_TIMEOUT_USEC="));
    eventually("the port is open", || port(dir).is_some()).await;
    let at = port(dir).expect("it is open");
    assert_eq!(get(at, "/healthz").status, 200);
    let waiting = get(at, "/readyz");
    assert_eq!(waiting.status, 503);
    assert!(
        waiting.body.contains("behind phase: starting"),
        "{waiting:?}"
    );
    assert_eq!(Metrics::scrape(at).get("guildhall_ready"), 0.0);
    town.sim.heal();
    assert!(systemd.hears_of("READY=1").contains("WATCHDOG=1"));
    systemd.hears_of("STATUS=good: 1 server");
    town.ready().await;
    systemd.hears_of("WATCHDOG=1");
    assert_eq!(get(at, "/readyz").status, 200);
    assert_eq!(
        Metrics::scrape(at).get("guildhall_gateway_events_total{shard=\"0\",event=\"READY\"}"),
        1.0
    );
    process.ask_to_end();
    systemd.hears_of("STOPPING=1");
    assert!(process.wait().await.success());
}

/// The ports on which a process listens, by what the kernel says.
fn listening(pid: u32) -> usize {
    let links = fs::read_dir(format!("/proc/{pid}/fd")).expect("it runs");
    let sockets: Vec<String> = links
        .filter_map(|link| fs::read_link(link.ok()?.path()).ok())
        .filter_map(|target| {
            let target = target.to_str()?.to_owned();
            Some(
                target
                    .strip_prefix("socket:[")?
                    .strip_suffix(']')?
                    .to_owned(),
            )
        })
        .collect();
    ["tcp", "tcp6"]
        .iter()
        .flat_map(|table| {
            let table = fs::read_to_string(format!("/proc/net/{table}")).unwrap_or_default();
            table.lines().map(str::to_owned).collect::<Vec<_>>()
        })
        .filter(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            fields.get(3) == Some(&"0A")
                && fields
                    .get(9)
                    .is_some_and(|inode| sockets.iter().any(|of| of == inode))
        })
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_port_is_opened_unless_one_is_asked_for() {
    let town = Town::new().await;
    let dir = town.data.path();
    let process = Process::start(&town.sim, dir);
    town.ready().await;
    assert_eq!(listening(process.id()), 0);
    assert!(process.terminate().await.success());
    let environment = [
        ("GUILDHALL_OBSERVE__LISTEN", "127.0.0.1:0"),
        ("NO_COLOR", "1"),
    ];
    let process = Process::start_with(&town.sim, dir, &environment);
    town.until("the bot is back", Simulator::is_connected).await;
    eventually("the port is open", || port(dir).is_some()).await;
    assert_eq!(listening(process.id()), 1);
    assert!(process.terminate().await.success());
}
