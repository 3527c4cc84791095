//! Whole-bot tests: the bot, in this process or as the real binary, against a local Discord.

mod acts;
mod answers;
mod cli;
mod docs;
mod features;
mod judge;
mod kill;
mod lifecycle;
mod oracle;
mod process;
mod record;
#[cfg(feature = "sabotage")]
mod sabotage;
mod scrape;
mod states;
mod status;
mod support;
mod trouble;
mod watch;
