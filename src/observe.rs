//! What the process says about itself: logs on standard error, for people or for programs.
//!
//! **Never a token, never the text of a message.** Three things keep it so. Our own code logs ids and
//! counts as fields. Libraries, whose details quote what they send and receive (twilight-http shows the
//! paths of interactions, which hold their secrets, at `info`), cannot be switched beyond `warn`. And whatever is written passes through [`Redacting`], which knows the token. A panic
//! is logged with its place, and with its words only where they are literal in the source, because
//! formatted ones (`"byte index 3 is not a char boundary of …"`) quote what was being worked on.
//!
//! Levels are a list of names, not expressions: the filter of `tracing-subscriber` that understands
//! more brings a regular-expression engine along.

mod levels;

pub use levels::Levels;

use crate::secret::Secret;
use std::{
    backtrace::{Backtrace, BacktraceStatus},
    io::{self, IsTerminal as _, Write},
    panic::{self, PanicHookInfo},
    str::FromStr,
    sync::Arc,
};
use tracing_subscriber::{
    Layer as _, Registry,
    fmt::MakeWriter,
    layer::{Layered, SubscriberExt as _},
    registry::LookupSpan,
    util::SubscriberInitExt as _,
};

/// For whom logs are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// People.
    #[default]
    Human,
    /// Programs: one JSON object per line.
    Json,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "human" => Ok(Self::Human),
            "json" => Ok(Self::Json),
            _ => Err(format!("must be \"human\" or \"json\", is {text:?}")),
        }
    }
}

/// Starts logging to standard error, and logs panics. Once per process; later calls change nothing.
pub fn init(format: Format, levels: &Levels, secrets: Vec<Secret>) {
    let colour = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let writer = Redacting::new(io::stderr, secrets);
    if subscriber(format, levels, colour, writer)
        .try_init()
        .is_ok()
    {
        panic::set_hook(Box::new(log_panic));
    }
}

type Logging = Layered<Box<dyn tracing_subscriber::Layer<Registry> + Send + Sync>, Registry>;

fn subscriber<W>(format: Format, levels: &Levels, colour: bool, writer: W) -> Logging
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    fn filtered<S>(
        layer: impl tracing_subscriber::Layer<S> + Send + Sync,
        levels: &Levels,
    ) -> Box<dyn tracing_subscriber::Layer<S> + Send + Sync>
    where
        S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    {
        layer.with_filter(levels.targets()).boxed()
    }
    let layer = tracing_subscriber::fmt::layer().with_writer(writer);
    let layer = match format {
        Format::Human => filtered(layer.with_ansi(colour), levels),
        Format::Json => filtered(layer.json().flatten_event(true), levels),
    };
    tracing_subscriber::registry().with(layer)
}

fn log_panic(info: &PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let words = info
        .payload()
        .downcast_ref::<&'static str>()
        .unwrap_or(&"(its words may quote a message)");
    let thread = std::thread::current();
    tracing::error!(place, thread = thread.name(), words, "panic");
    let trace = Backtrace::capture();
    if trace.status() == BacktraceStatus::Captured {
        tracing::error!(%trace, "the panic came from here");
    }
}

/// A writer that replaces secrets. Each log line arrives in one piece, so none can be split.
#[derive(Clone, Debug)]
pub struct Redacting<W> {
    inner: W,
    secrets: Arc<[Secret]>,
}

impl<W> Redacting<W> {
    /// Writes to `inner`, without `secrets`.
    #[must_use]
    pub fn new(inner: W, secrets: Vec<Secret>) -> Self {
        let usable = secrets
            .into_iter()
            .filter(|secret| !secret.expose().is_empty());
        Self {
            inner,
            secrets: usable.collect(),
        }
    }
}

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Redacting<W> {
    type Writer = Redacted<'a, W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Redacted {
            inner: self.inner.make_writer(),
            secrets: &self.secrets,
        }
    }
}

/// See [`Redacting`].
#[derive(Debug)]
pub struct Redacted<'a, W> {
    inner: W,
    secrets: &'a [Secret],
}

impl<W: Write> Write for Redacted<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let clean = self
            .secrets
            .iter()
            .fold(None, |clean: Option<String>, secret| {
                let text = match &clean {
                    Some(text) => text.as_str(),
                    None => std::str::from_utf8(bytes).ok()?,
                };
                if text.contains(secret.expose()) {
                    return Some(text.replace(secret.expose(), "[secret]"));
                }
                clean
            });
        self.inner
            .write_all(clean.as_deref().map_or(bytes, str::as_bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests;
