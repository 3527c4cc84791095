//! The seeded proof: a world of one process, one store and one Discord, in one thread and on virtual
//! time, in which anything may fail between any two moves. The same seed is the same world, bit for bit.
//!
//! **Driven, not copied:** `Core` and with it ledger, epochs, outbox, timers, answers, positions and
//! gaps; every feature's machine; the store (the in-memory one, which tears commits apart); what a start
//! reads (`bot::load`); the reading of state (`runtime::view`); the intake of events
//! (`discord::intake`); the executor with its requests, nonces, look-ups and second routes.
//!
//! **Modelled:** Discord itself ([`discord`], [`rest`]); the loops of the runtime that move between
//! these parts, which one scheduler draws from ([`world`]); the shell around a turn (load, panic, park,
//! careful mode); the shard's bookkeeping of connections. Frames are not JSON here: what reads and
//! writes Discord's fields has tests of its own. No actors, no sockets, no rate limiter, one shard.
//!
//! **What must hold** ([`check`]): after each turn, the machine's invariants, and that a refused turn
//! changed nothing; at each start, that the stored position claims nothing that is not held; with each
//! request, that the batch that wanted it is durable; and in the end, when all faults are over:
//!
//! - no machine took an input twice, and none missed one (timers and facts included);
//! - states, rows, timers and effects are those of an uninterrupted run of the same inputs;
//! - no outbox row and no gap is left;
//! - each message was seen exactly once where it was meant to be, and each answer of an accepted change
//!   reached its reader, by whichever way was open (one that closes between two tries leaves the next:
//!   then it may be seen in both places). A message that Discord refuses everywhere ends as a dead letter. Edits,
//!   deletions, questions (audit log, permissions, member list) and the answer of an interaction itself
//!   may happen more than once: twice is the same as once there.
//!
//! To add a fault: a variant in [`faults`], its arm in `World::fault`. To add something members do: a
//! variant of [`stories::Act`]. A new command needs nothing: stories take them from the registry.

pub mod air;
pub mod book;
pub mod chance;
pub mod check;
pub mod discord;
pub mod faults;
pub mod life;
pub mod outside;
pub mod reference;
pub mod rest;
mod shrink;
pub mod stories;
pub mod world;

pub use shrink::shrink;

use stories::Step;
use world::World;

/// Steps of a story, unless somebody asks for more.
pub const STEPS: usize = 60;

/// How to prove.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Steps of each story.
    pub steps: usize,
    /// Deliberate faults, which the proof must find.
    #[cfg(feature = "sabotage")]
    pub sabotage: actors::kernel::core::Sabotage,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            steps: STEPS,
            #[cfg(feature = "sabotage")]
            sabotage: actors::kernel::core::Sabotage::default(),
        }
    }
}

/// How one world went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Its seed.
    pub seed: u64,
    /// One number for everything that happened, in its order.
    pub digest: u64,
    /// Moves made.
    pub moves: u64,
    /// Processes started.
    pub lives: u64,
    /// Turns that are part of the end.
    pub turns: usize,
    /// Lines that arrived outside.
    pub lines: usize,
    /// Members the bot removed.
    pub removed: u64,
    /// What does not hold, if something does not.
    pub failure: Option<Failure>,
}

/// What does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// In words.
    pub what: String,
    /// What happened just before.
    pub trace: Vec<String>,
}

/// Runs the world of `seed`.
#[must_use]
pub fn run(seed: u64, options: &Options) -> Report {
    play(seed, &stories::story(seed, options.steps), options)
}

/// Runs a story in the world of `seed`.
#[must_use]
pub fn play(seed: u64, story: &[Step], options: &Options) -> Report {
    let mut world = World::new(seed, options);
    let result = tell(&mut world, story);
    Report {
        seed,
        digest: world.digest(),
        moves: world.moves,
        lives: world.lives,
        turns: world.book.log.len(),
        lines: world.outside.len(),
        removed: world.discord.removed,
        failure: result.err().map(|what| Failure {
            what,
            trace: world.tail.iter().cloned().collect(),
        }),
    }
}

fn tell(world: &mut World, story: &[Step]) -> world::Check {
    for step in story {
        world.step(step)?;
        world.book.so_far()?;
    }
    world.settle()?;
    world.book.so_far()?;
    check::finally(world)
}
