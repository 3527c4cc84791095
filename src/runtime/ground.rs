//! What the way in of events, and reading of state, need of the runtime: the core, the store and a few
//! facts. [`Live`](super::outbox::Live) is the real ground; the seeded proof has its own, so that it
//! drives the same code.

use actors::kernel::{
    address::Address,
    call::Ticket,
    core::Core,
    effect::Instant,
    ids::GuildId,
    inbound::InputId,
    time::{Span, Timestamp},
};
use snapshots::{Bincode, Reader};
use std::collections::BTreeSet;

/// Reads pending state and the store.
pub trait Reads {
    /// Runs `work` on the core, then wakes whom it made work for. Never block inside.
    fn core<T>(&self, work: impl FnOnce(&mut Core<Bincode>) -> T) -> T;
    /// The store, for reading.
    fn reader(&self) -> &dyn Reader;
}

/// See the module docs.
pub trait Ground: Reads {
    /// The store's incarnation, to recognise our own nonces.
    fn incarnation(&self) -> u32;
    /// Now, on our time line.
    fn now(&self) -> Timestamp;
    /// Discord's clock minus ours.
    fn offset(&self) -> Span;
    /// Guilds the bot knows.
    fn guilds(&self) -> BTreeSet<GuildId>;
    /// A guild is known from now on.
    fn know_guild(&self, guild: GuildId);
    /// A guild is no longer known.
    fn forget_guild(&self, guild: GuildId);
    /// Sends an answer that carries no decision.
    fn answer(&self, ticket: Ticket, instant: Instant);
    /// Whether what comes for this machine is set aside.
    fn circuit_is_open(&self, address: Address) -> bool;
    /// Finds out whether the author of a held interaction still waits, and lets it go on or drops it.
    fn judge(&self, address: Address, id: InputId, ticket: Ticket);
    /// Asks for a member list again after `wait`.
    fn ask_again(&self, guild: GuildId, nonce: String, wait: Span);
}
