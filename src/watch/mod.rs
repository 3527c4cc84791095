//! The bot as seen from outside: metrics, health, the service manager's watchdog, `guildhall status`.
//!
//! All of it runs on a thread of its own with a small runtime of its own, and takes no lock that could
//! be held for long: it must answer, or fall silent on purpose, exactly when everything else hangs.
//!
//! ```text
//! numbers that move (runtime::meters, the core) ─→ observer ─→ Status ─→ health ─┬─→ /metrics /healthz /readyz
//!                                                                                ├─→ systemd: READY STATUS WATCHDOG
//!                                                                                └─→ admin socket: guildhall status
//! ```
//!
//! To add a number: count it where it happens, a field in [`status`], a line in `observer`, one in
//! `metrics`, and, if people should see it, one in `cli::status`.

pub mod exposition;
pub mod health;
mod http;
pub mod metrics;
mod observer;
mod pulse;
pub mod status;
pub mod systemd;

pub use observer::{STEP_AT_MOST, Subject};
pub use status::{Phase, Status};
pub use systemd::Notifier;

use health::Level;
use observer::Observer;
use pulse::Pulse;
use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};
use tokio::{
    runtime::{Builder, EnterGuard, Handle, Runtime},
    sync::{Notify, watch},
};

/// Between two looks, where nobody wants to hear of us more often.
const BEAT: Duration = Duration::from_secs(5);
/// Between two looks while it is expected to change soon.
const QUICK_BEAT: Duration = Duration::from_secs(1);
/// Looks within the time in which a watchdog wants to be fed.
const BEATS_PER_WATCHDOG: u32 = 3;
/// Between two measurements of the store's size.
const MEASURE_EVERY: Duration = Duration::from_secs(60);

/// What is shown to whom.
#[derive(Debug, Default)]
pub struct Settings {
    /// Addresses to answer HTTP on.
    pub listen: Vec<SocketAddr>,
    /// The service manager.
    pub notifier: Option<Notifier>,
}

/// The watching thread; it ends when this is dropped.
#[derive(Debug)]
pub struct Watch {
    shared: Arc<Shared>,
    runtime: Handle,
    thread: Option<thread::JoinHandle<()>>,
    ports: watch::Receiver<Vec<SocketAddr>>,
}

/// What the thread shares with the rest.
pub(in crate::watch) struct Shared {
    inside: Mutex<Inside>,
    ports: watch::Sender<Vec<SocketAddr>>,
    bell: Notify,
}

struct Inside {
    phase: Phase,
    observer: Option<Observer>,
    /// Of the threads the bot runs on.
    pulse: Pulse,
    began: Instant,
    over: bool,
    /// What each check said last, to log what changes.
    levels: BTreeMap<String, Level>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Watch {
    /// Starts the thread. Until [`Watch::attach`] is called the bot counts as starting.
    ///
    /// # Errors
    /// When the operating system has no thread to give.
    ///
    /// # Panics
    /// Outside the runtime of the bot, whose threads are watched.
    pub fn start(settings: Settings) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (ports, listening) = watch::channel(Vec::new());
        let inside = Inside {
            phase: Phase::Starting,
            observer: None,
            pulse: Pulse::of(Handle::current()),
            began: Instant::now(),
            over: false,
            levels: BTreeMap::new(),
        };
        let shared = Arc::new(Shared {
            inside: Mutex::new(inside),
            ports,
            bell: Notify::new(),
        });
        let (handle, at_work) = (runtime.handle().clone(), Arc::clone(&shared));
        let thread = thread::Builder::new()
            .name("watch".into())
            .spawn(move || work(runtime, settings, &at_work))?;
        Ok(Self {
            shared,
            runtime: handle,
            thread: Some(thread),
            ports: listening,
        })
    }

    /// The bot is up: looks at it from now on.
    pub fn attach(&self, subject: Subject) {
        {
            let mut inside = self.shared.lock();
            inside.observer = Some(Observer::new(subject));
            inside.phase = Phase::Running;
        }
        self.shared.bell.notify_one();
    }

    /// The bot was told to end.
    pub fn stopping(&self) {
        self.shared.lock().phase = Phase::Stopping;
        self.shared.bell.notify_one();
    }

    /// How it is at this moment.
    #[must_use]
    pub fn status(&self) -> Status {
        self.shared.look()
    }

    /// What is spawned while this lives runs on the watching thread, and so also when the others hang.
    pub fn enter(&self) -> EnterGuard<'_> {
        self.runtime.enter()
    }

    /// Waits until every address is listened on, and says which they are.
    pub async fn ports(&self, how_many: usize) -> Vec<SocketAddr> {
        let mut ports = self.ports.clone();
        // The sender lives as long as this does.
        let all = ports.wait_for(|ports| ports.len() >= how_many).await;
        all.map(|ports| ports.clone()).unwrap_or_default()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.shared.lock().over = true;
        self.shared.bell.notify_one();
        if let Some(thread) = self.thread.take() {
            // A panic of it was logged; it must not become another one here.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the bot is at this moment.
    fn look(&self) -> Status {
        let mut inside = self.lock();
        let (phase, pulse_ms) = (inside.phase, inside.pulse.look());
        match &mut inside.observer {
            Some(observer) => observer.look(phase, pulse_ms),
            None => starting(inside.began, pulse_ms),
        }
    }

    fn listening(&self, address: SocketAddr) {
        self.ports.send_modify(|ports| ports.push(address));
    }

    /// Logs what has become bad, or good again.
    fn log(&self, status: &Status) {
        let mut inside = self.lock();
        for check in &status.checks {
            let before = inside.levels.insert(check.name.clone(), check.level);
            let before = before.unwrap_or_default();
            if check.level >= Level::Ill && check.level != before {
                tracing::error!(check = check.name, level = %check.level, what = check.text, "health");
            } else if check.level < Level::Ill && before >= Level::Ill {
                tracing::info!(check = check.name, level = %check.level, "health is back");
            }
        }
    }
}

/// Before there is anything to look at.
fn starting(began: Instant, pulse_ms: u64) -> Status {
    let mut status = Status::default();
    status.about.pulse_ms = pulse_ms;
    status.about.version = crate::build_info::VERSION.to_owned();
    status.about.commit = crate::build_info::commit().to_owned();
    status.about.pid = std::process::id();
    status.about.up_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    status.about.started_at =
        crate::admin::now().millis() - i64::try_from(status.about.up_ms).unwrap_or_default();
    status.about.rss_bytes = observer::rss_bytes();
    health::judge(&mut status);
    status
}

/// The thread.
fn work(runtime: Runtime, settings: Settings, shared: &Arc<Shared>) {
    runtime.block_on(async {
        for address in settings.listen {
            tokio::spawn(http::serve(address, Arc::clone(shared)));
        }
        beat(shared, settings.notifier).await;
    });
    // A measurement on a dead disk is not waited for.
    runtime.shutdown_background();
}

/// Looks again and again, and tells the service manager.
async fn beat(shared: &Shared, mut notifier: Option<Notifier>) {
    let watchdog = notifier.as_ref().and_then(Notifier::watchdog);
    let beat = watchdog.map_or(BEAT, |watchdog| (watchdog / BEATS_PER_WATCHDOG).min(BEAT));
    let mut measured: Option<Instant> = None;
    loop {
        let status = shared.look();
        shared.log(&status);
        if let Some(notifier) = &mut notifier {
            notifier.tell(&status);
        }
        let old = measured.is_none_or(|at| at.elapsed() >= MEASURE_EVERY);
        let measuring = shared.lock().observer.as_ref().map(Observer::measuring);
        if let Some(measure) = measuring.filter(|_| old) {
            measured = Some(Instant::now());
            tokio::task::spawn_blocking(measure);
        }
        if shared.lock().over {
            return;
        }
        let pause = match status.level {
            Level::Behind => beat.min(QUICK_BEAT),
            _ => beat,
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = shared.bell.notified() => {}
        }
    }
}
