//! What the service manager is told (`sd_notify(3)`): that the bot is up, how it is, and that it is alive.
//!
//! The protocol is one datagram of `KEY=value` lines to the socket named in `$NOTIFY_SOCKET`. A crate
//! would read that variable itself and open a socket for every message; these lines take it from
//! whoever knows it, so that a test can stand in for systemd, and never wait.
//!
//! While the bot starts, each message asks for more time (`EXTEND_TIMEOUT_USEC`): it waits for Discord
//! as long as it takes, but a start that hangs is still ended. Once it is up the watchdog is fed, as long
//! as nothing hangs ([`Level::Hung`]); then systemd kills the process and starts another, which loses
//! nothing.

use super::{
    health::{Level, servers, span},
    status::{Phase, Status},
};
use std::{
    env,
    ffi::OsStr,
    io,
    os::{
        linux::net::SocketAddrExt as _,
        unix::{
            ffi::OsStrExt as _,
            net::{SocketAddr, UnixDatagram},
        },
    },
    process,
    time::Duration,
};

/// How much more time a start gets with each message.
const MORE_TIME: Duration = Duration::from_secs(60);
/// The longest text of a status, in characters.
const STATUS_MAX: usize = 200;

/// A way to talk to the service manager.
#[derive(Debug)]
pub struct Notifier {
    socket: UnixDatagram,
    to: SocketAddr,
    watchdog: Option<Duration>,
    told: Told,
}

/// What the service manager knows.
#[derive(Clone, Debug, Default)]
struct Told {
    up: bool,
    ending: bool,
    status: String,
}

impl Notifier {
    /// To the service manager that started this process; `None` where none did.
    pub fn from_environment() -> Option<Self> {
        let socket = env::var_os("NOTIFY_SOCKET").filter(|path| !path.is_empty())?;
        let watchdog = watchdog(
            env::var("WATCHDOG_USEC").ok().as_deref(),
            env::var("WATCHDOG_PID").ok().as_deref(),
        );
        match Self::new(&socket, watchdog) {
            Ok(notifier) => Some(notifier),
            Err(fault) => {
                tracing::warn!(?socket, %fault, "systemd cannot be told how the bot is");
                None
            }
        }
    }

    /// To the socket named `socket`, an absolute path or `@` and an abstract name, which wants to hear
    /// from us at least once in `watchdog`.
    ///
    /// # Errors
    /// When it is neither, or there are no sockets left.
    pub fn new(socket: &OsStr, watchdog: Option<Duration>) -> io::Result<Self> {
        let to = match socket.as_bytes() {
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
            [b'/', ..] => SocketAddr::from_pathname(socket)?,
            _ => return Err(io::ErrorKind::InvalidInput.into()),
        };
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket,
            to,
            watchdog,
            told: Told::default(),
        })
    }

    /// Within how long the service manager wants to hear that all is well.
    #[must_use]
    pub const fn watchdog(&self) -> Option<Duration> {
        self.watchdog
    }

    /// Tells how the bot is. What does not get through is told again the next time.
    pub fn tell(&mut self, status: &Status) {
        let (message, told) = self.message(status);
        if message.is_empty() {
            return;
        }
        match self.socket.send_to_addr(message.as_bytes(), &self.to) {
            Ok(_) => self.told = told,
            Err(fault) => tracing::debug!(%fault, "systemd does not listen"),
        }
    }

    /// The datagram for this state of things, and what is known once it got through.
    fn message(&self, status: &Status) -> (String, Told) {
        let (mut lines, mut told) = (Vec::new(), self.told.clone());
        let alive = status.level < Level::Hung;
        match status.phase {
            Phase::Starting if alive => {
                lines.push(format!("EXTEND_TIMEOUT_USEC={}", MORE_TIME.as_micros()));
            }
            Phase::Starting => {}
            Phase::Running => {
                if !told.up {
                    told.up = true;
                    lines.push("READY=1".to_owned());
                }
                if alive && self.watchdog.is_some() {
                    lines.push("WATCHDOG=1".to_owned());
                }
            }
            Phase::Stopping if !told.ending => {
                told.ending = true;
                lines.push("STOPPING=1".to_owned());
            }
            Phase::Stopping => {}
        }
        let summary = summary(status);
        if summary != told.status {
            lines.push(format!("STATUS={summary}"));
            told.status = summary;
        }
        (lines.join("\n"), told)
    }
}

/// `WATCHDOG_USEC`, if it is meant for this process.
fn watchdog(usec: Option<&str>, pid: Option<&str>) -> Option<Duration> {
    let ours = pid.is_none_or(|pid| pid.parse() == Ok(process::id()));
    let usec = usec?.parse().ok().filter(|usec| ours && *usec > 0)?;
    Some(Duration::from_micros(usec))
}

/// How the bot is, in one line: what `systemctl status` shows.
pub fn summary(status: &Status) -> String {
    let text = match status.worst() {
        Some(check) => format!("{}: {} {}", check.level, check.name, check.text),
        None => {
            let latency = status.shards.iter().filter_map(|shard| shard.latency_ms);
            let latency = latency.max().map_or_else(String::new, |latency| {
                format!("; heartbeat answered in {}", span(latency))
            });
            format!("good: {}{latency}", servers(status.about.guilds))
        }
    };
    let one_line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    one_line.take(STATUS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::health::judge;

    fn status(phase: Phase, change: impl FnOnce(&mut Status)) -> Status {
        let mut status = Status {
            phase,
            ..Status::default()
        };
        change(&mut status);
        judge(&mut status);
        status
    }

    fn hung(status: &mut Status) {
        status.inputs.core_ms = 40_000;
    }

    /// A notifier, and the socket at the other end.
    fn pair(watchdog: Option<Duration>) -> (Notifier, UnixDatagram) {
        let name = format!(
            "guildhall-test-{}-{:?}",
            process::id(),
            std::thread::current().id()
        );
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let other = UnixDatagram::bind_addr(&address).unwrap();
        let notifier = Notifier::new(OsStr::new(&format!("@{name}")), watchdog).unwrap();
        (notifier, other)
    }

    fn heard(socket: &UnixDatagram) -> String {
        let mut buffer = [0; 1024];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    #[test]
    fn a_life_from_start_to_end() {
        let (mut notifier, socket) = pair(Some(Duration::from_secs(60)));
        let well = |_: &mut Status| {};
        let expected = [
            (
                status(Phase::Starting, well),
                "EXTEND_TIMEOUT_USEC=60000000\nSTATUS=behind: phase starting: opening the store, or waiting for Discord",
            ),
            (
                status(Phase::Starting, well),
                "EXTEND_TIMEOUT_USEC=60000000",
            ),
            (
                status(Phase::Running, well),
                "READY=1\nWATCHDOG=1\nSTATUS=good: 0 servers",
            ),
            (status(Phase::Running, well), "WATCHDOG=1"),
            (
                status(Phase::Running, hung),
                "STATUS=hung: core not to be had for 40 s",
            ),
            (
                status(Phase::Running, |status| status.store.down_ms = Some(1)),
                "WATCHDOG=1\nSTATUS=ill: store refuses to write for 1 ms; taking in nothing, losing nothing; the log says why",
            ),
            (
                status(Phase::Stopping, well),
                "STOPPING=1\nSTATUS=behind: phase ending",
            ),
        ];
        for (status, message) in expected {
            notifier.tell(&status);
            assert_eq!(heard(&socket), message);
        }
    }

    #[test]
    fn a_start_that_hangs_gets_no_more_time() {
        let (notifier, _socket) = pair(None);
        let (message, _) = notifier.message(&status(Phase::Starting, hung));
        assert!(!message.contains("EXTEND"), "{message}");
    }

    #[test]
    fn nobody_is_fed_who_does_not_ask_for_it() {
        let (mut notifier, socket) = pair(None);
        notifier.tell(&status(Phase::Running, |_| {}));
        assert_eq!(heard(&socket), "READY=1\nSTATUS=good: 0 servers");
    }

    #[test]
    fn a_socket_may_have_a_path_and_need_not_be_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let mut notifier = Notifier::new(path.as_os_str(), None).unwrap();
        notifier.tell(&status(Phase::Running, |_| {}));
        let socket = UnixDatagram::bind(&path).unwrap();
        notifier.tell(&status(Phase::Running, |_| {}));
        assert_eq!(
            heard(&socket),
            "READY=1\nSTATUS=good: 0 servers",
            "what did not get through is told again"
        );
        assert!(Notifier::new(OsStr::new("vsock:2:1234"), None).is_err());
    }

    #[test]
    fn a_watchdog_of_another_process_is_not_ours() {
        let own = process::id().to_string();
        let minute = Some(Duration::from_secs(60));
        assert_eq!(watchdog(Some("60000000"), Some(&own)), minute);
        assert_eq!(watchdog(Some("60000000"), None), minute);
        assert_eq!(watchdog(Some("60000000"), Some("1")), None);
        assert_eq!(watchdog(Some("0"), None), None);
        assert_eq!(watchdog(None, None), None);
    }
}
