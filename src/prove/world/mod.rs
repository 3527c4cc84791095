//! The world: one process, one store, one Discord, and which of them moves next.
//!
//! A step of the story is followed by a few *moves*, drawn from those that are possible: a frame
//! arrives, a machine takes a turn, a batch is begun or finished, a job leaves, a request reaches
//! Discord, its answer reaches us. The moves call the core in the order in which the runtime's drivers
//! do; what is modelled rather than driven is named in the docs of [`super`].

mod gateway;
mod pace;
mod process;
mod sending;
mod trouble;
mod turns;

use super::{
    book::Book,
    chance::Chance,
    discord::Discord,
    life::Life,
    outside::Told,
    stories::{self, Act, Step},
};
use actors::kernel::time::{Span, Timestamp};
use siphasher::sip::SipHasher13;
use snapshots::memory::Memory;
use std::{collections::VecDeque, hash::Hasher as _};

/// The store's incarnation.
const INCARNATION: u32 = 7;
/// How long a change waits for its commit when nobody waits for it.
const TICK: Span = Span::millis(250);
/// Moves after a step at most.
const MOVES: u64 = 14;
/// Lines of the trace that are kept.
const TAIL: usize = 30;
/// How long the world may take to come to rest, in true time.
const REST_WITHIN: Span = Span::hours(4);

/// What must hold does not: in words.
pub type Check = Result<(), String>;

/// A panic of ours, on purpose.
struct Injected;

/// See the module docs.
pub struct World {
    seed: u64,
    chance: Chance,
    /// The other side.
    pub discord: Discord,
    born: Timestamp,
    skew: Span,
    memory: Memory,
    /// The process, while it lives.
    pub life: Option<Life>,
    /// What happened, for the checks.
    pub book: Book,
    #[cfg(feature = "sabotage")]
    sabotage: actors::kernel::core::Sabotage,
    trouble: u8,
    panics: u8,
    too_soon: bool,
    crash_in_commit: bool,
    struck: bool,
    dark_until: Timestamp,
    digest: SipHasher13,
    /// What has arrived outside.
    pub outside: Vec<Told>,
    /// The last lines of the trace.
    pub tail: VecDeque<String>,
    /// Moves made.
    pub moves: u64,
    /// Lives lived.
    pub lives: u64,
}

/// A move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Move {
    Start,
    Connect,
    Frame,
    Turn,
    Begin,
    Finish,
    Send,
    Reach,
    Stray,
    Timers,
    Ask,
    Again,
}

impl World {
    /// The world of a seed, before anything has happened. `sabotaged` names the deliberate faults.
    #[must_use]
    pub fn new(seed: u64, options: &super::Options) -> Self {
        #[cfg(not(feature = "sabotage"))]
        let _ = options;
        // Nights in which clocks change, and one in which they do not.
        const NIGHTS: [i64; 4] = [1_774_745_400, 1_792_888_200, 1_790_000_000, 1_775_312_400];
        let mut chance = Chance::new(seed, 2);
        let night = chance.pick(&NIGHTS).copied().unwrap_or_default();
        let born = Timestamp::from_seconds(night + chance.between(0, 3_600));
        Self {
            seed,
            chance,
            discord: Discord::new(born),
            born,
            skew: Span::ZERO,
            memory: Memory::default(),
            life: None,
            book: Book::default(),
            #[cfg(feature = "sabotage")]
            sabotage: options.sabotage,
            trouble: 0,
            panics: 0,
            too_soon: false,
            crash_in_commit: false,
            struck: false,
            dark_until: Timestamp::EPOCH,
            outside: Vec::new(),
            digest: SipHasher13::new(),
            tail: VecDeque::new(),
            moves: 0,
            lives: 0,
        }
    }

    /// One number for everything that happened so far, in its order.
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.digest.finish()
    }

    /// Notes what happens.
    pub fn note(&mut self, what: impl std::fmt::Display) {
        let line = format!(
            "{:>9} {what}",
            self.discord.now.since(self.born).as_millis()
        );
        self.digest.write(line.as_bytes());
        if self.tail.len() >= TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back(line);
    }

    /// Now, on our clock.
    pub(super) fn now(&self) -> Timestamp {
        self.discord.now + self.skew
    }

    fn offset(&self) -> Span {
        // As the clock has it: what may be noise is none.
        if self.skew.as_millis().abs() <= 1_500 {
            Span::ZERO
        } else {
            Span::millis(-self.skew.as_millis())
        }
    }

    /// One step of the story, and a few moves.
    ///
    /// # Errors
    /// When something does not hold.
    pub fn step(&mut self, step: &Step) -> Check {
        self.chance = Chance::new(self.seed ^ step.salt, 3);
        self.note(format_args!("-- {}", step.what));
        match &step.what {
            Act::Pass(span) => self.pass(*span)?,
            Act::Fault(fault) => self.fault(*fault)?,
            act => stories::act(&mut self.discord, act, &mut self.chance),
        }
        for _ in 0..self.chance.below(MOVES) {
            let ms = self.chance.below(120);
            self.advance(Span::millis(ms.cast_signed()))?;
            self.one_move()?;
        }
        Ok(())
    }
}
