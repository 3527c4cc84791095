//! How the program ends: exit codes, and why.

use std::{error::Error, process::ExitCode};

/// Exit codes. Those from 64 on have the meaning of `sysexits.h`, so that a supervisor can tell what a
/// restart may help (1, 75) from what it cannot (77, 78).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It did what it should.
    Good = 0,
    /// It failed at run time.
    Failed = 1,
    /// The command line makes no sense.
    Usage = 64,
    /// What is stored is damaged.
    Damaged = 65,
    /// Not now: the data directory is in use, the disk is full, Discord cannot be reached.
    NotNow = 75,
    /// Discord refuses the token.
    BadToken = 77,
    /// The settings are wrong, or there is no token.
    BadConfig = 78,
}

/// The exit codes as `--help` shows them; the README has the same table.
pub const TABLE: &str = "\
Exit codes:
   0  it did what it should
   1  it failed at run time
  64  the command line makes no sense
  65  what is stored is damaged; it says where, and what to do
  75  not now: the data directory is in use, or Discord cannot be reached; try again
  77  Discord refuses the token
  78  the settings are wrong, or there is no token";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why the program ends early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// With which code.
    pub exit: Exit,
    /// What to tell the person; may have several lines.
    pub text: String,
}

impl Stop {
    /// Ends with `exit`, saying `text`.
    pub fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self {
            exit,
            text: text.into(),
        }
    }

    /// Something failed at run time: what was attempted, and the fault with all its sources.
    pub fn failed(what: &str, fault: &dyn Error) -> Self {
        Self::new(Exit::Failed, format!("{what}: {}", chain(fault)))
    }
}

/// A fault and everything it came from, in one line.
pub(super) fn chain(fault: &dyn Error) -> String {
    let mut text = fault.to_string();
    let mut source = fault.source();
    while let Some(fault) = source {
        // Some libraries repeat the source in their own words.
        let more = fault.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = fault.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_in_the_help() {
        let codes = [
            Exit::Good,
            Exit::Failed,
            Exit::Usage,
            Exit::Damaged,
            Exit::NotNow,
            Exit::BadToken,
            Exit::BadConfig,
        ];
        for exit in codes {
            assert!(
                TABLE.contains(&format!("\n  {:>2}  ", exit as u8)),
                "{exit:?}"
            );
        }
        assert_eq!(TABLE.lines().count(), codes.len() + 1);
    }
}
