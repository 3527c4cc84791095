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
mod prove;
mod record;
#[cfg(feature = "sabotage")]
mod sabotage;
mod states;
mod support;
mod trouble;
