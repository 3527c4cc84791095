//! `guildhall inspect`: what is in the store, as JSON, one object per line.
//!
//! A running bot is asked through its admin socket. Of a stopped one the store is *copied* and the copy
//! opened, because opening a store writes to it. Which of the two happened is said on standard error.

mod source;

use super::{
    Exit, Global, Stop,
    out::{Out, remark},
};
use crate::admin::page::Filter;
use clap::{Args as Arguments, Subcommand};
pub(super) use source::{Copied, Source};

/// `inspect`
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  guildhall inspect list --kind welcome
  guildhall inspect show --guild 81384788765712384 --kind settings
  guildhall inspect show --space outbox
  guildhall inspect show 6800… (a key from `list`)

Interaction tokens are left out. Ids are texts, as Discord writes them.")]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// What there is, without its content
    List(Choice),
    /// The content
    Show {
        /// One record, by its key as `list` prints it
        key: Option<String>,
        #[command(flatten)]
        choice: Choice,
    },
    /// How the running bot is
    Status,
}

#[derive(Debug, Arguments)]
struct Choice {
    /// Only of this feature: welcome, settings, …
    #[arg(long)]
    kind: Option<String>,
    /// Only of this guild
    #[arg(long, value_name = "ID")]
    guild: Option<String>,
    /// Only of this family: head, row, timer, outbox, dead-letter, gap, parked, position, …
    #[arg(long)]
    space: Option<String>,
}

impl Choice {
    fn filter(&self, values: bool) -> Filter {
        let Self { kind, guild, space } = self;
        Filter {
            space: space.clone(),
            kind: kind.clone(),
            guild: guild.clone(),
            values,
            from: None,
        }
    }
}

pub(super) fn run(global: &Global, args: &Args) -> Result<(), Stop> {
    let data = global.load()?.config.store.data;
    let mut source = Source::open(&data)?;
    remark(source.described());
    match &args.what {
        What::List(choice) => print_all(&mut source, choice.filter(false)),
        What::Show { key: Some(key), .. } => {
            let value = source.show(key)?;
            if value.is_null() {
                return Err(Stop::new(Exit::Failed, "there is no record with this key"));
            }
            print(&value)
        }
        What::Show { key: None, choice } => print_all(&mut source, choice.filter(true)),
        What::Status => print(&source.status()?),
    }
}

fn print_all(source: &mut Source, mut filter: Filter) -> Result<(), Stop> {
    let out = Out::plain();
    loop {
        let page = source.page(&filter)?;
        for record in page.records {
            out.line(record);
        }
        match page.next {
            Some(next) => filter.from = Some(next),
            None => return Ok(()),
        }
    }
}

fn print(value: &serde_json::Value) -> Result<(), Stop> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|fault| Stop::failed("the answer cannot be written", &fault))?;
    Out::plain().line(text);
    Ok(())
}
