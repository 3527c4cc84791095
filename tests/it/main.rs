//! Whole-bot tests: the bot, in this process or as the real binary, against a local Discord.

mod answers;
mod support;
