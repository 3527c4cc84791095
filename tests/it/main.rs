//! Whole-bot tests: the bot, in this process or as the real binary, against a local Discord.

mod answers;
mod docs;
mod kill;
mod oracle;
mod process;
mod record;
mod states;
mod support;
