//! Whole-bot tests: the bot, in this process or as the real binary, against a local Discord.

mod acts;
mod admin;
mod answers;
mod bench;
mod cli;
mod copies;
mod disk;
mod docs;
mod fast_clock;
mod features;
mod full_disk;
mod fuzz;
mod idle;
mod import;
mod inspect;
mod judge;
mod kill;
mod leaving;
mod lifecycle;
mod mydata;
mod oracle;
mod owner;
mod peers;
mod power_cut;
mod presence;
mod process;
mod prove;
mod rage;
mod record;
mod rosters;
#[cfg(feature = "sabotage")]
mod sabotage;
mod scrape;
mod sinks;
mod states;
mod status;
#[cfg(feature = "sabotage")]
mod supervision;
mod support;
mod traffic;
mod trouble;
mod watch;
