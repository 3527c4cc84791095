//! The real binary as a child process that can be killed at any instant.

use simulator::Simulator;
use std::{
    fs::File,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
};

/// A running `guildhall run`.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts it against `sim`, with its store in `data` and its log beside it.
    pub(crate) fn start(sim: &Simulator, data: &Path) -> Self {
        Self::start_with(sim, data, &[])
    }

    /// As [`Process::start`], with more environment.
    pub(crate) fn start_with(sim: &Simulator, data: &Path, environment: &[(&str, &str)]) -> Self {
        let log = File::options()
            .create(true)
            .append(true)
            .open(data.join("bot.log"));
        let log = log.expect("the log can be written");
        let child = Command::new(env!("CARGO_BIN_EXE_guildhall"))
            .args(["run", "--data"])
            .arg(data.join("data"))
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
        Self { child }
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
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
    }

    /// SIGSTOP or SIGCONT: it stands still, or goes on.
    pub(crate) fn freeze(&self, still: bool) {
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
