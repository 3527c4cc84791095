//! The real binary as a child process that can be killed at any instant.

use crate::{acts::eventually, support::SOON};
use rustix::process::Signal;
use simulator::{Counters, Simulator};
use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
};

/// The binary, without the variables for the tests: they are no settings, and it refuses those it does not
/// know.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guildhall"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GUILDHALL_") {
            command.env_remove(name);
        }
    }
    command
}

/// A running `guildhall run`.
pub(crate) struct Process {
    child: Child,
    home: PathBuf,
    /// What the local Discord had counted when it started.
    before: Counters,
}

impl Process {
    /// Starts it against `sim`; its data is in `home/data`, its log in `home/bot.log`.
    pub(crate) fn start(sim: &Simulator, home: &Path) -> Self {
        Self::start_with(sim, home, &[])
    }

    /// As [`Process::start`], with more environment.
    pub(crate) fn start_with(sim: &Simulator, home: &Path, environment: &[(&str, &str)]) -> Self {
        let before = sim.counters();
        let log = File::options()
            .create(true)
            .append(true)
            .open(home.join("bot.log"));
        let log = log.expect("the log can be written");
        let child = program()
            .args(["run", "--data"])
            .arg(home.join("data"))
            .env("DISCORD_TOKEN", sim.token())
            .env("DISCORD_PROXY", sim.rest_host())
            .env("DISCORD_GATEWAY_URL", sim.gateway_url())
            .env("GUILDHALL_STORE__TICK_MS", "50")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the binary starts");
        Self {
            child,
            home: home.to_owned(),
            before,
        }
    }

    /// Where it lives.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// Whether this process has a session by now.
    pub(crate) fn is_connected(&self, sim: &Simulator) -> bool {
        let now = sim.counters();
        now.identifies + now.resumes > self.before.identifies + self.before.resumes
    }

    /// Waits until it has one.
    pub(crate) async fn connected(&self, sim: &Simulator) {
        let connected = |sim: &Simulator| self.is_connected(sim).then_some(());
        if sim.wait_for(SOON, connected).await.is_none() {
            panic!("the bot does not connect: {}", log_tail(&self.home));
        }
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: no chance to tidy up.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("the child can be killed");
        self.child.wait().expect("the child can be waited for");
    }

    /// SIGTERM.
    pub(crate) fn ask_to_end(&self) {
        self.signal(Signal::TERM);
    }

    /// SIGSTOP: it does nothing more from here on, until it is killed.
    pub(crate) async fn freeze(&self) {
        self.signal(Signal::STOP);
        // The signal reaches each thread on its way out of the kernel.
        let tasks = format!("/proc/{}/task", self.child.id());
        let is_still = |task: std::fs::DirEntry| {
            let stat = std::fs::read_to_string(task.path().join("stat")).unwrap_or_default();
            // The state follows the name, which is in parentheses.
            let state = stat.rsplit(')').next().unwrap_or_default().trim_start();
            state.is_empty() || state.starts_with('T')
        };
        eventually("every thread stands still", || {
            let mut tasks = std::fs::read_dir(&tasks).expect("it is not waited for yet");
            tasks.all(|task| task.is_ok_and(is_still))
        })
        .await;
    }

    fn signal(&self, signal: Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).expect("it is not waited for yet");
    }

    /// SIGSTOP or SIGCONT: it stands still, or goes on.
    pub(crate) fn hang(&self, still: bool) {
        use rustix::process::Signal;
        let pid = rustix::process::Pid::from_child(&self.child);
        let signal = if still { Signal::STOP } else { Signal::CONT };
        rustix::process::kill_process(pid, signal).expect("it runs");
    }

    /// SIGTERM, and how it ended.
    pub(crate) async fn terminate(self) -> ExitStatus {
        self.ask_to_end();
        self.wait().await
    }

    /// Whether it has ended by itself.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("the child can be asked")
    }

    /// Waits for it to end by itself.
    pub(crate) async fn wait(mut self) -> ExitStatus {
        tokio::task::spawn_blocking(move || self.child.wait().expect("the child can be waited for"))
            .await
            .expect("waiting does not panic")
    }
}

/// A test that fails leaves nothing running.
impl Drop for Process {
    fn drop(&mut self) {
        // Most have ended by then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The end of the log of a bot that lives in `home`.
pub(crate) fn log_tail(home: &Path) -> String {
    let log = std::fs::read_to_string(home.join("bot.log")).unwrap_or_default();
    let lines: Vec<&str> = log.lines().rev().take(20).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
