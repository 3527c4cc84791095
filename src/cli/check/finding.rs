//! What was found, printed as it is found: checks that ask the network take a moment.

use crate::cli::{Exit, Stop, out::Out};
use anstyle::{AnsiColor, Style};
use std::fmt::Display;

/// Prints findings and remembers the worst.
#[derive(Debug)]
pub(super) struct Findings {
    out: Out,
    warnings: usize,
    failures: usize,
    /// Of the failures, the code that says most: wrong settings before a bad token before the rest.
    exit: Exit,
}

const GOOD: Style = AnsiColor::Green.on_default();
const WARN: Style = AnsiColor::Yellow.on_default();
const FAIL: Style = AnsiColor::Red.on_default().bold();

impl Findings {
    pub(super) const fn new(out: Out) -> Self {
        Self {
            out,
            warnings: 0,
            failures: 0,
            exit: Exit::Good,
        }
    }

    /// It is as it should be.
    pub(super) fn good(&self, subject: &str, found: impl Display) {
        self.print(GOOD, "ok", subject, &found);
    }

    /// The bot works, but not as well as it could.
    pub(super) fn warn(&mut self, subject: &str, found: impl Display, advice: impl Display) {
        self.warnings += 1;
        self.print(WARN, "warn", subject, &found);
        self.advise(&advice);
    }

    /// The bot does not work.
    pub(super) fn fail(
        &mut self,
        exit: Exit,
        subject: &str,
        found: impl Display,
        advice: impl Display,
    ) {
        self.failures += 1;
        if exit as u8 > self.exit as u8 {
            self.exit = exit;
        }
        self.print(FAIL, "fail", subject, &found);
        self.advise(&advice);
    }

    fn print(&self, style: Style, word: &str, subject: &str, found: &dyn Display) {
        // Padded before it is painted: colours have no width.
        let word = self.out.paint(style, format!("{word:<4}"));
        self.out.line(format_args!("{word}  {subject:<12} {found}"));
    }

    fn advise(&self, advice: &dyn Display) {
        self.out.line(format_args!("      {:<12} → {advice}", ""));
    }

    /// Says how many there were, and ends with the exit code they deserve.
    pub(super) fn end(self) -> Result<(), Stop> {
        let Self {
            out,
            warnings,
            failures,
            exit,
        } = self;
        let count = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        out.line("");
        if failures > 0 {
            out.line(format_args!(
                "{}, {}",
                count(failures, "failure"),
                count(warnings, "warning")
            ));
            return Err(Stop::new(exit, ""));
        }
        match warnings {
            0 => out.line("All is well: `guildhall run` starts the bot."),
            n => out.line(format_args!(
                "{}; `guildhall run` starts the bot.",
                count(n, "warning")
            )),
        }
        Ok(())
    }
}
