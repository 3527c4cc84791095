//! Printing, in colour where somebody looks.
//!
//! `println!` panics when the reader of a pipe has gone; here that ends the program quietly, as it
//! does for every other tool (`guildhall inspect list | head`).

use anstyle::Style;
use std::{
    env, fmt,
    io::{self, IsTerminal as _, Write as _},
    process,
};

/// Standard output.
#[derive(Clone, Copy, Debug)]
pub(super) struct Out {
    colour: bool,
    terminal: bool,
}

impl Out {
    /// With colours if standard output is a terminal and <https://no-color.org> is not asked for.
    pub(super) fn new() -> Self {
        Self {
            colour: io::stdout().is_terminal() && wants_colour(),
            terminal: io::stdout().is_terminal(),
        }
    }

    /// Without colours, whatever standard output is.
    pub(super) const fn plain() -> Self {
        Self {
            colour: false,
            terminal: false,
        }
    }

    /// Begins a page: on an empty screen, or, where there is none, below an empty line.
    pub(super) fn clear(self) {
        let begin = if self.terminal { "\x1b[H\x1b[2J" } else { "\n" };
        let mut out = io::stdout().lock();
        if write!(out, "{begin}").and_then(|()| out.flush()).is_err() {
            process::exit(0);
        }
    }

    /// `text` in `style`, or as it is.
    pub(super) fn paint(self, style: Style, text: impl fmt::Display) -> String {
        if self.colour {
            format!("{style}{text}{style:#}")
        } else {
            text.to_string()
        }
    }

    /// Prints one line.
    #[expect(
        clippy::unused_self,
        reason = "printing goes through whoever decided on colours"
    )]
    pub(super) fn line(self, text: impl fmt::Display) {
        let mut out = io::stdout().lock();
        if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
            process::exit(0);
        }
    }
}

fn wants_colour() -> bool {
    env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Prints why the program ends, on standard error.
pub(super) fn complain(text: &str) {
    if !text.is_empty() {
        let _ = writeln!(io::stderr().lock(), "guildhall: {text}");
    }
}

/// Prints a remark that is not part of the output, on standard error.
pub(super) fn remark(text: impl fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
