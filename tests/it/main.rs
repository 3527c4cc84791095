//! Whole-bot tests: the bot, in this process or as the real binary, against a local Discord.

mod acts;
mod answers;
mod bench;
mod cli;
mod docs;
mod features;
mod inspect;
mod judge;
mod kill;
mod lifecycle;
mod oracle;
mod presence;
mod process;
mod record;
#[cfg(feature = "sabotage")]
mod sabotage;
mod states;
mod support;
mod trouble;
