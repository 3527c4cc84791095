//! A clock that runs ahead of the system's, for tests of what takes days: how many milliseconds stands in the
//! file that `CLOCK_AHEAD_FILE` names, and may grow while the bot runs. Releases do not look.

#[cfg(debug_assertions)]
pub(super) use looking::{follow, set};
#[cfg(not(debug_assertions))]
pub(super) use not_looking::{follow, set};

#[cfg(debug_assertions)]
mod looking {
    use crate::runtime::Hub;
    use actors::kernel::time::Span;
    use std::{path::PathBuf, sync::Arc, time::Duration};

    const LOOK_EVERY: Duration = Duration::from_millis(5);

    fn file() -> Option<PathBuf> {
        std::env::var_os("CLOCK_AHEAD_FILE").map(PathBuf::from)
    }

    /// How far the clock is ahead.
    pub(in crate::cli::run) fn set() -> Span {
        let text = file().and_then(|file| std::fs::read_to_string(file).ok());
        Span::millis(text.and_then(|ms| ms.trim().parse().ok()).unwrap_or(0))
    }

    /// Turns the clock on whenever there is more in the file than `at`.
    pub(in crate::cli::run) fn follow(hub: &Arc<Hub>, mut at: Span) {
        if file().is_none() {
            return;
        }
        let hub = Arc::clone(hub);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK_EVERY).await;
                let ahead = set();
                if ahead > at {
                    hub.clock
                        .turn_on(Span::millis(ahead.as_millis() - at.as_millis()));
                    hub.clock_turned();
                    at = ahead;
                }
            }
        });
    }
}

#[cfg(not(debug_assertions))]
mod not_looking {
    use crate::runtime::Hub;
    use actors::kernel::time::Span;
    use std::sync::Arc;

    pub(in crate::cli::run) const fn set() -> Span {
        Span::ZERO
    }

    pub(in crate::cli::run) const fn follow(_hub: &Arc<Hub>, _at: Span) {}
}
