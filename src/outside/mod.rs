//! Outside services that lines of the spool go to: *sinks*.
//!
//! A sink takes a page of rows and says how far it is; everything before that has arrived for good. It may be
//! given the same page again at any time, because the process can die between the arrival and the note of it:
//! each sink says in its module what it does about that. `driver` has a loop for each, so that none waits for
//! another, and nothing in the bot waits for any.
//!
//! To add one: a file here, a variant of [`Sink`], its settings in `config`.

mod driver;
#[cfg(feature = "sqs")]
mod http;
mod line;
mod lines;
#[cfg(feature = "postgres")]
mod postgres;
mod roster;
mod sheet;
#[cfg(feature = "sqs")]
mod sqs;

pub use driver::{drive, prepare};
pub use line::Shown;
pub use roster::{Rosters, Takes};
pub use sheet::{Account, Roster, Sheet};

use crate::secret::Secret;
use actors::kernel::{
    ids::GuildId,
    spool::{Cursor, Place, SpoolRow},
};
use std::{path::PathBuf, sync::Arc};
use tokio::sync::Mutex;

/// What is to be sent where.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// How many bytes may wait for a sink; beyond that the oldest are given up.
    pub spool_bytes: u64,
    /// The directory of the JSON lines.
    pub lines: Option<PathBuf>,
    /// Where the database is, with its password.
    pub postgres: Option<Secret>,
    /// The queue.
    pub queue: Option<QueueSettings>,
}

/// A queue of Amazon SQS, or of something that speaks like it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueSettings {
    /// Its address; a name that ends in `.fifo` is a queue that keeps the order.
    pub url: String,
    /// The region; from the environment, or the address, when absent.
    pub region: Option<String>,
    /// Where the service answers, if not where the queue's address says.
    pub endpoint: Option<String>,
}

/// Rows to be delivered, in order.
#[derive(Clone, Debug)]
pub struct Page {
    /// How far the sink is.
    pub cursor: Cursor,
    /// That was noted in this life of the store, not in one that a backup was restored from.
    pub same_life: bool,
    /// The rows; one with [`actors::kernel::spool::Line::Forget`] stands alone.
    pub rows: Vec<SpoolRow>,
    /// Where they end.
    pub end: Place,
}

impl Page {
    /// The cursor when all of it has arrived.
    #[must_use]
    pub fn arrived(&self) -> Cursor {
        Cursor {
            at: self.end,
            hole: None,
            ..self.cursor.clone()
        }
    }
}

/// Why a page did not arrive. The texts never hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SinkFault {
    /// It is not there, or not well: again later.
    #[error("{0}")]
    Away(String),
    /// It says no: again later, but somebody has to look.
    #[error("{0}")]
    Refused(String),
}

/// A place that lines go to.
pub enum Sink {
    /// JSON lines in files.
    Lines(lines::Files),
    /// A table of PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(Box<postgres::Table>),
    /// A queue of Amazon SQS.
    #[cfg(feature = "sqs")]
    Sqs(Box<sqs::Queue>),
}

/// A sink, for those who bring it something: lines of the spool, lists of accounts.
#[derive(Clone)]
pub struct Outlet {
    /// What it is called.
    pub name: &'static str,
    /// It takes one thing after the other.
    pub sink: Arc<Mutex<Sink>>,
}

impl Sink {
    /// Everything that is set up.
    ///
    /// # Errors
    /// What is wrong with the settings, in words.
    pub fn all(settings: &Settings) -> Result<Vec<Self>, String> {
        let mut sinks = Vec::new();
        if let Some(dir) = &settings.lines {
            sinks.push(Self::Lines(lines::Files::new(dir.clone())));
        }
        #[cfg(feature = "postgres")]
        if let Some(url) = &settings.postgres {
            sinks.push(Self::Postgres(Box::new(postgres::Table::new(url)?)));
        }
        #[cfg(feature = "sqs")]
        if let Some(queue) = &settings.queue {
            sinks.push(Self::Sqs(Box::new(sqs::Queue::new(queue)?)));
        }
        Ok(sinks)
    }

    /// Removes what an earlier life left unfinished.
    fn tidy(&self) {
        match self {
            Self::Lines(files) => files.tidy(),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => {}
            #[cfg(feature = "sqs")]
            Self::Sqs(_) => {}
        }
    }

    /// What it is called in settings, metrics and the store.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Lines(_) => "lines",
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => "postgres",
            #[cfg(feature = "sqs")]
            Self::Sqs(_) => "sqs",
        }
    }

    /// Delivers a page; the cursor says how far it got. One that got nowhere is to be durable before the next
    /// page.
    ///
    /// # Errors
    /// Nothing may be assumed to have arrived then.
    pub async fn deliver(&mut self, page: &Page) -> Result<Cursor, SinkFault> {
        match self {
            Self::Lines(files) => files.deliver(page).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(table) => table.deliver(page).await,
            #[cfg(feature = "sqs")]
            Self::Sqs(queue) => queue.deliver(page).await,
        }
    }

    /// Takes a sheet of a list of accounts, behind the sheets before it. The list appears with its last sheet.
    ///
    /// # Errors
    /// The list is to begin anew then.
    pub async fn take(&mut self, sheet: &Sheet) -> Result<(), SinkFault> {
        match self {
            Self::Lines(files) => files.take(sheet).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(table) => table.take(sheet).await,
            #[cfg(feature = "sqs")]
            Self::Sqs(queue) => queue.take(sheet).await,
        }
    }

    /// A guild's list that has begun will not go on: what is there of it goes, where that is at hand. In a
    /// database it goes when the next begins.
    pub async fn give_up(&mut self, guild: GuildId) {
        match self {
            Self::Lines(files) => files.give_up(guild).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => {}
            #[cfg(feature = "sqs")]
            Self::Sqs(_) => {}
        }
    }

    /// Whether it could take something now; what was found, in words.
    ///
    /// # Errors
    /// Why not.
    pub async fn probe(&mut self) -> Result<String, SinkFault> {
        match self {
            Self::Lines(files) => files.probe(),
            #[cfg(feature = "postgres")]
            Self::Postgres(table) => table.probe().await,
            #[cfg(feature = "sqs")]
            Self::Sqs(queue) => queue.probe().await,
        }
    }
}

/// The whole chain of causes in one line: the last one is what helps.
#[cfg(any(feature = "postgres", feature = "sqs"))]
fn chain(fault: &dyn std::error::Error) -> String {
    let mut text = fault.to_string();
    let mut source = fault.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
