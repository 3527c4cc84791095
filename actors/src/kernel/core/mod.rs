//! The core: ledger, epochs, outbox, timers and answers put together, still without any I/O.
//!
//! The runtime feeds it (frames, turns, durable batches, REST outcomes, the time) and carries out
//! what it says (wake this machine, write this batch, send this). Tests do the same in one
//! thread with a pretended world. Everything that makes the promise true is decided here.
//!
//! | from | method | to |
//! |---|---|---|
//! | shard | [`Core::frame`] | [`Core::take_wakes`] |
//! | shell | [`Core::next`], [`Core::absorb`], [`Core::park`] | answers that leave at once |
//! | committer | [`Core::prepare`], [`Core::durable`] | the batch to write |
//! | outbox driver | [`Core::poll_outbox`], [`Core::report`], [`Core::observed`] | jobs |
//! | timer driver | [`Core::poll_timers`] | wakes |
//! | a person | [`Core::decide`] | what becomes of what was set aside |

mod committing;
mod cuts;
mod deciding;
mod erasing;
mod gaps;
pub(super) mod index;
mod load;
mod parking;
mod positions;
#[cfg(feature = "sabotage")]
pub mod sabotage;
mod sending;
mod spooling;

pub use deciding::{Decided, Undecided, Verdict};
pub use gaps::Gaps;
pub use load::{LoadFault, Loaded};
pub use positions::{POSITION_EVERY, Positions, Resumed};
#[cfg(feature = "sabotage")]
pub use sabotage::Sabotage;
pub use spooling::Waiting;

use cuts::Cuts;
use index::Index;

use super::{
    activity::Sign,
    address::Address,
    answers::Answers,
    call::Ticket,
    epoch::{Assembler, Haste},
    ids::GuildId,
    inbound::{EffectId, Inbound, Input, InputId, Seq},
    ledger::{AsksAbout, Ledger, Next},
    machine::{IndexKey, TimerChange},
    note::Notes,
    outbox::Outbox,
    record::{Codec, Key, Record, Space, Write},
    stored::{Position, ProcessRecord, effect_key},
    time::{Span, Timestamp},
    timers::{self, Timers},
    turn::Commit,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Dead letters kept; beyond that the oldest goes.
pub const MAX_DEAD_LETTERS: usize = 1_000;
/// Parked inputs kept per store; beyond that they are counted and dropped.
pub const MAX_PARKED: u64 = 10_000;

/// Numbers for people: since this process started, except where said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Frames taken in.
    pub frames: u64,
    /// Turns absorbed.
    pub turns: u64,
    /// Turns the rules refused.
    pub refusals: u64,
    /// Batches made durable.
    pub epochs: u64,
    /// Effects that ended well.
    pub sent: u64,
    /// Effects that could not be done, whether or not their machine wanted to hear.
    pub failed: u64,
    /// Interactions found too late in a replay to be carried out.
    pub dropped_interactions: u64,
    /// Inputs set aside (in the store, all lives together).
    pub parked: u64,
    /// Inputs that could not even be set aside because there were too many.
    pub parked_dropped: u64,
}

/// See the module docs.
#[derive(Debug)]
pub struct Core<C> {
    codec: C,
    /// Draws the line between what this store sent and what a restored copy of it repeats.
    pub incarnation: u32,
    ledger: Ledger,
    assembler: Assembler,
    outbox: Outbox,
    timers: Timers,
    answers: Answers,
    /// Where each shard stands.
    pub positions: Positions,
    /// Which guilds missed events.
    pub gaps: Gaps,
    index: Index,
    process: ProcessRecord,
    /// Since when each lies there, and where.
    dead_letters: BTreeSet<(Timestamp, Key)>,
    /// Whom these, and the inputs set aside, could name.
    named: erasing::Named,
    /// Those who asked to be forgotten.
    gone: erasing::Erasures,
    /// Effects that were given up, on their way into the outbox once more.
    retried: BTreeSet<EffectId>,
    /// Parked inputs that their machines got back, with the keys of their records.
    released: BTreeMap<(Address, InputId), Key>,
    stored_marks: BTreeMap<(Address, u32), Seq>,
    spool: spooling::Spool,
    /// Since when signs of life gather.
    gathering_since: Option<Timestamp>,
    /// What the last cut ended is not all in a batch yet.
    cutting: bool,
    /// Machines whose signs of life were cut, and that are not woken for them yet.
    cuts: Cuts,
    wakes: Vec<Address>,
    parked_ever: u64,
    /// Numbers for people.
    pub counters: Counters,
    /// Deliberate faults.
    #[cfg(feature = "sabotage")]
    pub sabotage: Sabotage,
}

impl<C: Codec> Core<C> {
    /// Takes in one gateway frame: its place, and the inputs it leads to, already routed. Frames of
    /// a shard must come in their order, exactly once (see [`Positions::check`]).
    pub fn frame(
        &mut self,
        shard: u32,
        at: Seq,
        inputs: Vec<(Address, Arc<Input>)>,
        now: Timestamp,
    ) {
        self.counters.frames += 1;
        let wakes = self.ledger.receive(shard, at, inputs);
        self.wakes.extend(wakes);
        if self.gathering_since.is_none() && self.ledger.gathers() {
            self.gathering_since = Some(now);
        }
    }

    /// `shard` has just brought something, and not from the past: everything that happened so far has
    /// been taken in.
    pub fn in_step(&mut self, shard: u32, now: Timestamp) {
        self.ledger.in_step(shard, now);
    }

    /// When that was the last time.
    #[must_use]
    pub fn received_until(&self, shard: u32) -> Timestamp {
        self.ledger.received_until(shard)
    }

    /// Says how to tell questions, which need not wait for what gathers of others; without it all do.
    pub const fn tell_questions_by(&mut self, asks_about: AsksAbout) {
        self.ledger.asks_about = Some(asks_about);
    }

    /// The last lives ended early: from here on inputs are handed out with care, for a while.
    pub const fn be_careful(&mut self) {
        self.ledger.be_careful();
    }

    /// Takes in a gateway frame that is a member's sign of life, for each of `addresses`.
    pub fn sign(
        &mut self,
        shard: u32,
        at: Seq,
        addresses: &[Address],
        sign: &Sign,
        now: Timestamp,
    ) {
        self.counters.frames += 1;
        #[cfg(feature = "sabotage")]
        let addresses = if self.sabotage.merge_skips && self.ledger.gathers() {
            &[]
        } else {
            addresses
        };
        if addresses.is_empty() {
            self.ledger.receive(shard, at, []);
        }
        for address in addresses {
            let wakes = self.ledger.sign(shard, at, *address, sign.clone());
            self.wakes.extend(wakes);
        }
        self.gathers(now);
    }

    /// Takes in what the frame at `at` says of messages, for the machines that asked for it, right after
    /// the frame itself.
    pub fn note(&mut self, shard: u32, at: Seq, notes: &Notes, now: Timestamp) {
        let machines = self.index.machines(IndexKey::Guild(notes.guild));
        if machines.is_empty() || notes.notes.is_empty() {
            return;
        }
        let what = Inbound::Noted(notes.clone());
        let id = InputId::Gateway { shard, at };
        let input = Arc::new(Input { id, at: now, what });
        let inputs = machines.into_iter().map(|to| (to, Arc::clone(&input)));
        let wakes = self.ledger.receive(shard, at, inputs);
        self.wakes.extend(wakes);
        self.gathers(now);
    }

    /// Whether anybody wants to hear what becomes of messages, in any guild …
    #[must_use]
    pub fn reads_notes(&self) -> bool {
        self.index.has_guilds()
    }

    /// … or in this one.
    #[must_use]
    pub fn reads_notes_of(&self, guild: GuildId) -> bool {
        self.reads_notes() && !self.index.machines(IndexKey::Guild(guild)).is_empty()
    }

    /// Something has come that gathers.
    fn gathers(&mut self, now: Timestamp) {
        if self.ledger.overflows() {
            self.cut(now);
            for address in self.cuts.all() {
                self.wakes.extend(self.ledger.wake(address));
            }
        }
        if self.gathering_since.is_none() && self.ledger.gathers() {
            self.gathering_since = Some(now);
        }
    }

    /// Ends the gathering of signs of life. [`Core::prepare`] wakes their machines, and ends the
    /// gathering by itself after a while.
    pub fn cut(&mut self, now: Timestamp) {
        self.gathering_since = None;
        self.cutting = true;
        self.cuts.add(self.ledger.cut(), now);
    }

    /// A session began (READY); returns its ordinal.
    pub fn began(&mut self, position: Position) -> u32 {
        let floor = self.ledger.newest_session(position.shard);
        self.positions.began(position, floor)
    }

    /// An interaction came in and waits for its answer.
    pub fn interaction_arrived(&mut self, ticket: &Ticket, now: Timestamp) {
        self.answers.arrived(ticket, now);
    }

    /// Whether this input waits for this machine: it was taken in and is not contained yet.
    #[must_use]
    pub fn is_waiting(&self, address: Address, id: &InputId) -> bool {
        self.ledger.is_waiting(address, id)
    }

    /// Holds an interaction back until the edge knows whether its author still waits.
    pub fn hold(&mut self, address: Address, id: &InputId) {
        self.ledger.hold(address, id);
    }

    /// The turn of the input that this machine has in hand panicked; the third time parks it.
    pub fn panicked(&mut self, address: Address) {
        self.ledger.panicked(address);
    }

    /// The author saw "thinking…": carry it out; the answer is an edit.
    pub fn release(&mut self, address: Address, id: &InputId, ticket: &Ticket, now: Timestamp) {
        self.answers.acknowledged(ticket, now);
        self.wakes.extend(self.ledger.release(address, id));
    }

    /// The author saw it fail: drop it, and count.
    pub fn drop_interaction(&mut self, address: Address, id: &InputId) {
        self.counters.dropped_interactions += 1;
        self.wakes.extend(self.ledger.drop_held(address, id));
    }

    /// Machines to wake, each once.
    pub fn take_wakes(&mut self) -> Vec<Address> {
        std::mem::take(&mut self.wakes)
    }

    /// The next input of a machine.
    pub fn next(&mut self, address: Address) -> Next {
        #[cfg(feature = "sabotage")]
        sabotage::draw_afresh(self.sabotage.other_randomness);
        self.ledger.next(address)
    }

    /// A machine's actor has ended; wakes it again if something waits for it.
    pub fn asleep(&mut self, address: Address) {
        self.wakes.extend(self.ledger.asleep(address));
    }

    /// All actors of a guild or user have ended; wakes again what something waits for.
    pub fn all_asleep(&mut self, scope: super::address::Scope) {
        for address in self.ledger.waiting_in(scope) {
            self.asleep(address);
        }
    }

    /// Wakes every machine for which something waits; one wake-up too many does no harm.
    pub fn wake_waiting(&mut self) {
        for address in self.ledger.all_waiting() {
            self.asleep(address);
        }
    }

    /// A turn was run: its changes belong to the current epoch from here on.
    pub fn absorb(&mut self, input: &Input, commit: Commit, now: Timestamp) {
        let Commit {
            address,
            mut writes,
            mut outbox,
            withdrawn,
            timers,
            reconciling,
            spooled,
        } = commit;
        let timers: BTreeMap<String, TimerChange> = timers
            .into_iter()
            .map(|(key, change)| (key, timers::not_before(now, change)))
            .collect();
        self.counters.turns += 1;
        if let InputId::Fact(id) | InputId::Outcome(id) = input.id {
            writes.push(Write {
                key: effect_key(Space::Outbox, id),
                record: None,
            });
        }
        #[cfg(feature = "sabotage")]
        let unwritten = self.sabotage.timer_not_in_batch;
        #[cfg(not(feature = "sabotage"))]
        let unwritten = false;
        for (key, change) in timers.iter().filter(|_| !unwritten) {
            writes.push(self.timer_write(address, key, change));
        }
        // A fired timer is over, unless it was set again, by this turn or by one before it.
        if let InputId::Timer { key, .. } = &input.id
            && !timers.contains_key(key)
            && !self.timers.contains(address, key)
        {
            writes.push(self.timer_write(address, key, &TimerChange::Cancel));
        }
        self.timers.apply(address, &timers);
        for row in &mut outbox {
            row.order = self.outbox.take_order();
            // The event may lie in the past; what it led to has its time from now on.
            let lag = now.since(row.made_at).max(Span::ZERO);
            (row.made_at, row.expires_at) = (row.made_at + lag, row.expires_at + lag);
            writes.push(self.outbox_write(row));
        }
        writes.extend(self.withdraw(&withdrawn));
        self.ledger.absorbed(address, &input.id);
        writes.extend(self.handled(address, &input.id));
        writes.extend(self.handled_release(address, &input.id));
        writes.extend(self.erased(address, input));
        writes.extend(self.spooled(address, spooled, now));
        writes.extend(
            self.gaps
                .absorbed(address, &input.what, reconciling, &self.codec),
        );
        #[cfg(feature = "sabotage")]
        if self.sabotage.effect_before_commit {
            let early = std::mem::take(&mut outbox);
            self.depart(early, now);
        }
        let haste = match input.id {
            _ if !outbox.is_empty() => Haste::Now,
            InputId::Gateway { .. } => Haste::Later,
            _ => Haste::Soon,
        };
        self.index.apply(&writes);
        self.assembler.add(writes, outbox, now, haste);
        self.cutting &= self.ledger.cutting() || !self.assembler.is_empty();
        self.seal_if_full();
    }

    /// What a frame's sequence number says about the stream of `shard`.
    #[must_use]
    pub fn check(&self, shard: u32, seq: u64) -> Resumed {
        self.positions
            .check(self.ledger.received(shard), shard, seq)
    }

    /// The newest place received from `shard`.
    #[must_use]
    pub fn received(&self, shard: u32) -> Seq {
        self.ledger.received(shard)
    }

    /// Hands out due timers to their machines. `offline` says of a shard since when it has not been
    /// in step with Discord.
    pub fn poll_timers(&mut self, now: Timestamp, offline: impl Fn(u32) -> Option<Timestamp>) {
        let (gaps, positions) = (&self.gaps, &self.positions);
        let waiting = |guild| behind(gaps, positions, guild, &offline);
        for (address, input) in self.timers.due(now, waiting) {
            self.wakes
                .extend(self.ledger.add_local(address, Arc::new(input)));
        }
    }

    /// When the next timer is due.
    #[must_use]
    pub fn next_timer(&self) -> Option<Timestamp> {
        self.timers.earliest()
    }

    /// All timers, in the order they are due.
    pub const fn timers(&self) -> &Timers {
        &self.timers
    }

    /// The machines that asked to hear of `key`.
    #[must_use]
    pub fn indexed(&self, key: IndexKey) -> Vec<Address> {
        self.index.machines(key)
    }

    /// What the store will say about `key`; `None` when no pending batch touches it.
    #[must_use]
    pub fn pending(&self, key: &Key) -> Option<Option<Record>> {
        self.assembler.lookup(key).map(Option::<&Record>::cloned)
    }

    /// Pending changes to keys in `from..to`.
    #[must_use]
    pub fn pending_range(&self, from: &Key, to: &Key) -> BTreeMap<Key, Option<Record>> {
        self.assembler.overlay(from, to)
    }

    /// Signs of life that joined another one, since the start.
    #[must_use]
    pub const fn merged(&self) -> u64 {
        self.ledger.merged()
    }

    /// How many inputs wait in all; signs of life count once per member.
    #[must_use]
    pub const fn waiting(&self) -> usize {
        self.ledger.total()
    }

    /// What is held in memory until it is durable: inputs that wait, and changes they have led to.
    #[must_use]
    pub fn unfinished(&self) -> usize {
        self.ledger.total() + self.assembler.changes()
    }

    /// How many inputs wait for one machine.
    #[must_use]
    pub fn waiting_for(&self, address: Address) -> usize {
        self.ledger.depth(address)
    }

    /// The place of the oldest waiting input among all since the process started.
    #[must_use]
    pub fn oldest_waiting(&self) -> Option<u64> {
        self.ledger.oldest()
    }

    /// Whether everything that came in is decided, and durable.
    #[must_use]
    pub fn decided(&self) -> bool {
        self.ledger.total() == 0 && self.assembler.is_empty() && self.assembler.backlog() == 0
    }
}

/// Since when a guild (`None`: direct messages) has not surely been up to date.
fn behind(
    gaps: &Gaps,
    positions: &Positions,
    guild: Option<GuildId>,
    offline: impl Fn(u32) -> Option<Timestamp>,
) -> Option<Timestamp> {
    let shard = guild.map_or(0, |guild| positions.shard_of(guild));
    let gap = guild.and_then(|guild| gaps.open_since(guild));
    offline(shard).into_iter().chain(gap).max()
}

#[cfg(test)]
mod tests;
