//! How far long work is, on standard error: on a terminal one line that is rewritten, elsewhere (a log, say)
//! a line now and then, and nothing at all about work that takes less than a second.

use std::{
    fmt,
    io::{self, IsTerminal as _, Write as _},
    time::{Duration, Instant},
};

/// The first word to a terminal comes after this long …
const SOON: Duration = Duration::from_millis(300);
/// … and to others after this long.
const LATER: Duration = Duration::from_secs(1);
/// A terminal is told anew this often …
const OFTEN: Duration = Duration::from_millis(100);
/// … and others this often.
const SELDOM: Duration = Duration::from_secs(5);

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unit {
    Records,
    Bytes,
}

/// One piece of long work; the line is wiped when it is dropped.
#[derive(Debug)]
pub(super) struct Meter {
    what: &'static str,
    unit: Unit,
    began: Instant,
    told: Option<Instant>,
    terminal: bool,
}

impl Meter {
    /// Begins to watch over `what`, which is a verb: "reading".
    pub(super) fn new(what: &'static str, unit: Unit) -> Self {
        Self {
            what,
            unit,
            began: Instant::now(),
            told: None,
            terminal: io::stderr().is_terminal(),
        }
    }

    /// So much is done, of so much if that is known (0: it is not).
    pub(super) fn at(&mut self, done: u64, of: u64) {
        let (first, then) = if self.terminal {
            (SOON, OFTEN)
        } else {
            (LATER, SELDOM)
        };
        let due = match self.told {
            None => self.began.elapsed() >= first,
            Some(told) => told.elapsed() >= then,
        };
        if !due {
            return;
        }
        self.told = Some(Instant::now());
        let line = Line {
            meter: self,
            done,
            of,
        };
        let mut err = io::stderr().lock();
        // Standard error may be gone; the work goes on.
        let _ = if self.terminal {
            write!(err, "\r\x1b[K{line}").and_then(|()| err.flush())
        } else {
            writeln!(err, "{line}")
        };
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if self.terminal && self.told.is_some() {
            let _ = write!(io::stderr().lock(), "\r\x1b[K");
        }
    }
}

struct Line<'a> {
    meter: &'a Meter,
    done: u64,
    of: u64,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({} ", self.meter.what)?;
        match self.meter.unit {
            Unit::Bytes => write!(f, "{}", Size(self.done))?,
            Unit::Records if self.of > 0 => write!(f, "{} of {} records", self.done, self.of)?,
            Unit::Records => write!(f, "{} records", self.done)?,
        }
        let percent = self.done.min(self.of).saturating_mul(100);
        if let Some(percent) = percent.checked_div(self.of) {
            write!(f, ", {percent} %")?;
        }
        f.write_str(" …)")
    }
}

/// A number of bytes as people read it.
pub(super) struct Size(pub(super) u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = ["KiB", "MiB", "GiB", "TiB"];
        if self.0 < 1024 {
            return write!(f, "{} bytes", self.0);
        }
        let (mut tenths, mut unit) = (self.0.saturating_mul(10) / 1024, 0);
        while tenths >= 10_240 && unit + 1 < units.len() {
            (tenths, unit) = (tenths / 1024, unit + 1);
        }
        write!(f, "{}.{} {}", tenths / 10, tenths % 10, units[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        let said = |bytes| Size(bytes).to_string();
        assert_eq!(said(0), "0 bytes");
        assert_eq!(said(1023), "1023 bytes");
        assert_eq!(said(1024), "1.0 KiB");
        assert_eq!(said(1_600_000), "1.5 MiB");
        assert_eq!(said(3 << 40), "3.0 TiB");
    }

    #[test]
    fn short_work_says_nothing() {
        let mut meter = Meter::new("reading", Unit::Records);
        meter.at(1, 2);
        assert!(meter.told.is_none());
        let line = Line {
            meter: &meter,
            done: 1,
            of: 3,
        };
        assert_eq!(line.to_string(), "(reading 1 of 3 records, 33 % …)");
    }
}
