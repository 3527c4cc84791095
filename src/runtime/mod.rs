//! The actor runtime: moves bytes, clock and sockets for the kernel's machines.
//!
//! ```text
//! root ─┬─ committer thread            writes one atomic batch per epoch
//!       ├─ outbox, timers, shards      loops, restarted when they panic
//!       └─ router (one per shard)
//!            └─ guild supervisor       one per guild (or user) with something awake
//!                 └─ shell             one per machine: pulls its inputs, runs turns
//! ```
//!
//! Inputs are never in a mailbox. They wait in the kernel's ledger; a shell's mailbox holds at most
//! one wake-up, and the shell pulls. So a panic loses nothing, `drain` and `stop` have nothing to
//! lose either, passivation needs no hand-over, and the bound of a mailbox is the bound of the ledger.
//! Whichever shell is registered for a machine keeps what it decides; one that lingers keeps nothing.
//!
//! Everything shared is in [`hub::Hub`]: the core behind one short lock, and who must be told when a
//! deadline moved.

pub mod committer;
pub mod ground;
pub mod guild;
pub mod house;
pub mod hub;
pub mod meters;
pub mod outbox;
pub(crate) mod priority;
pub mod restart;
pub mod root;
pub mod router;
#[cfg(feature = "sabotage")]
pub mod sabotage;
pub mod shell;
pub mod timers;
pub mod view;

pub use hub::Hub;

#[cfg(test)]
#[cfg(feature = "sabotage")]
mod tests;
