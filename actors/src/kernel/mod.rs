//! The shared words of every feature, and the sans-I/O machines of the runtime.

pub mod activity;
pub mod address;
pub mod answers;
pub mod away;
pub mod call;
#[cfg(test)]
pub(crate) mod check;
pub mod chore;
pub mod civil;
pub mod command;
pub mod core;
pub mod custom_id;
pub mod effect;
pub mod epoch;
pub mod erase;
pub mod fact;
pub mod ids;
pub mod inbound;
pub mod ledger;
pub mod machine;
pub mod note;
pub mod outbox;
pub mod own;
pub mod owner;
pub mod pages;
pub mod record;
pub mod redact;
pub mod route;
pub mod samples;
pub mod spool;
pub mod stored;
pub mod text;
pub mod time;
pub mod timers;
pub mod turn;
