//! The core: ledger, epochs, outbox, timers and answers put together, still without any I/O.
//!
//! The runtime feeds it (frames, turns, durable batches, REST outcomes, the time) and carries out
//! what it says (wake this machine, write this batch, send this). The seeded proof does the same in
//! one thread with a pretended world. Everything that makes the promise true is decided here.
//!
//! | from | method | to |
//! |---|---|---|
//! | shard | [`Core::frame`] | [`Core::take_wakes`] |
//! | shell | [`Core::next`], [`Core::absorb`], [`Core::park`] | answers that leave at once |
//! | committer | [`Core::prepare`], [`Core::durable`] | the batch to write |
//! | outbox driver | [`Core::poll_outbox`], [`Core::report`], [`Core::observed`] | jobs |
//! | timer driver | [`Core::poll_timers`] | wakes |

mod gaps;
mod load;
mod positions;

pub use gaps::Gaps;
pub use load::{LoadFault, Loaded};
pub use positions::{POSITION_EVERY, Positions, Resumed};

use super::{
    address::Address,
    answers::{Answers, Route},
    call::Ticket,
    effect::{DeadLetter, Effect, Failure, Lane, OutboxRow, Outcome},
    epoch::{Assembler, Epoch},
    ids::{ChannelId, MessageId},
    inbound::{EffectId, Inbound, Input, InputId, Seq},
    ledger::{Ledger, Next},
    outbox::{Ended, Job, Outbox, Sent},
    record::{Codec, Key, Record, Snapshot, Space, Write},
    stored::{Parked, ProcessRecord, effect_key, process_key, timer_key},
    time::{Span, Timestamp},
    timers::Timers,
    turn::Commit,
};
use crate::kernel::{machine::TimerChange, stored::TimerRow};
use std::{collections::BTreeMap, sync::Arc};

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

/// Deliberate faults, for the tests that prove that tests would notice. Only with the cargo feature
/// `sabotage`; a released binary has none of it.
#[cfg(feature = "sabotage")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sabotage {
    /// Effects leave before their batch is durable.
    pub effect_before_commit: bool,
    /// The position claims three events more than are contained.
    pub position_too_high: bool,
    /// Messages are sent without a nonce.
    pub no_nonce: bool,
}

#[cfg(feature = "sabotage")]
impl Sabotage {
    /// The faults named in `text`, separated by commas.
    ///
    /// # Errors
    /// With the first name that is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut sabotage = Self::default();
        for name in text.split(',').filter(|name| !name.is_empty()) {
            match name {
                "effect-before-commit" => sabotage.effect_before_commit = true,
                "position-too-high" => sabotage.position_too_high = true,
                "no-nonce" => sabotage.no_nonce = true,
                other => return Err(other.to_owned()),
            }
        }
        Ok(sabotage)
    }
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
    process: ProcessRecord,
    dead_letters: BTreeMap<(Timestamp, EffectId), ()>,
    stored_marks: std::collections::BTreeSet<(Address, u32)>,
    wakes: Vec<Address>,
    /// Numbers for people.
    pub counters: Counters,
    /// Deliberate faults.
    #[cfg(feature = "sabotage")]
    pub sabotage: Sabotage,
}

impl<C: Codec> Core<C> {
    /// Takes in one gateway frame: its place, and the inputs it leads to, already routed. Frames of
    /// a shard must come in their order, exactly once (see [`Positions::check`]).
    pub fn frame(&mut self, shard: u32, at: Seq, inputs: Vec<(Address, Arc<Input>)>) {
        self.counters.frames += 1;
        let wakes = self.ledger.receive(shard, at, inputs);
        self.wakes.extend(wakes);
    }

    /// An interaction came in and waits for its answer.
    pub fn interaction_arrived(&mut self, ticket: &Ticket, now: Timestamp) {
        self.answers.arrived(ticket, now);
    }

    /// Holds an interaction back until the edge knows whether its author still waits.
    pub fn hold(&mut self, address: Address, id: &InputId) {
        self.ledger.hold(address, id);
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
            timers,
            reconciling,
        } = commit;
        self.counters.turns += 1;
        self.ledger.absorbed(address, &input.id);
        if let InputId::Fact(id) | InputId::Outcome(id) = input.id {
            writes.push(Write {
                key: effect_key(Space::Outbox, id),
                record: None,
            });
        }
        for (key, change) in &timers {
            writes.push(self.timer_write(address, key, change));
        }
        self.timers.apply(address, &timers);
        for row in &mut outbox {
            row.order = self.outbox.take_order();
            writes.push(self.outbox_write(row));
        }
        writes.extend(
            self.gaps
                .absorbed(address, &input.what, reconciling, &self.codec),
        );
        #[cfg(feature = "sabotage")]
        if self.sabotage.effect_before_commit {
            let early = std::mem::take(&mut outbox);
            self.depart(early, now);
        }
        let urgent = !outbox.is_empty();
        self.assembler.add(writes, outbox, now, urgent);
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

    /// Sets an input aside before it reaches its machine's queue.
    pub fn spool(&mut self, address: Address, input: &Input, why: &str, now: Timestamp) {
        let writes = self.parked(address, input, why, now);
        self.assembler.add(writes, Vec::new(), now, false);
        self.seal_if_full();
    }

    /// Sets an input aside that its machine cannot take. The rest of its queue goes on.
    pub fn park(&mut self, address: Address, input: &Input, why: &str, now: Timestamp) {
        let writes = self.parked(address, input, why, now);
        let mut commit = Commit {
            writes: writes.into_iter().collect(),
            ..Commit::empty(address)
        };
        if let InputId::Timer { key, .. } = &input.id {
            commit.timers.insert(key.clone(), TimerChange::Cancel);
        }
        self.absorb(input, commit, now);
    }

    fn parked(
        &mut self,
        address: Address,
        input: &Input,
        why: &str,
        now: Timestamp,
    ) -> Option<Write> {
        if self.counters.parked >= MAX_PARKED {
            self.counters.parked_dropped += 1;
            return None;
        }
        self.counters.parked += 1;
        let mut body = now.millis().to_be_bytes().to_vec();
        body.extend_from_slice(&self.counters.parked.to_be_bytes());
        body.extend_from_slice(&address.to_bytes());
        let parked = Parked {
            address,
            input: input.clone(),
            at: now,
            why: why.to_owned(),
        };
        let record = parked.to_record(&self.codec).ok()?;
        Some(Write {
            key: Key::new(Space::Parked, &body),
            record: Some(record),
        })
    }

    fn timer_write(&self, address: Address, key: &str, change: &TimerChange) -> Write {
        let record = match change {
            TimerChange::Set { due, punishing } => TimerRow {
                due: *due,
                punishing: *punishing,
            }
            .to_record(&self.codec)
            .ok(),
            TimerChange::Cancel => None,
        };
        Write {
            key: timer_key(address, key),
            record,
        }
    }

    fn outbox_write(&self, row: &OutboxRow) -> Write {
        let record = row
            .to_record(&self.codec)
            .expect("texts are cut to Discord's limits, so rows fit");
        Write {
            key: effect_key(Space::Outbox, row.id),
            record: Some(record),
        }
    }

    /// The batch to write next, if its time has come: somebody waits, it is full, it is `tick` old,
    /// or a position has lagged behind for [`POSITION_EVERY`].
    pub fn prepare(&mut self, now: Timestamp, tick: Span) -> Option<&Epoch> {
        if self.assembler.backlog() == 0 {
            let due = self.assembler.urgent()
                || self
                    .assembler
                    .oldest()
                    .is_some_and(|began| now.since(began) >= tick);
            if due || self.positions.lag(&self.ledger, now) {
                self.seal(now);
            }
        }
        self.assembler.front()
    }

    /// Seals whatever there is, for the last commit of a life.
    pub fn prepare_last(&mut self, now: Timestamp) -> Option<&Epoch> {
        if self.assembler.backlog() == 0
            && (!self.assembler.is_empty() || self.positions.dirty(&self.ledger))
        {
            self.seal(now);
        }
        self.assembler.front()
    }

    fn seal_if_full(&mut self) {
        if self.assembler.full() {
            let now = self.assembler.oldest().unwrap_or_default();
            self.seal(now);
        }
    }

    fn seal(&mut self, now: Timestamp) {
        #[cfg(feature = "sabotage")]
        let too_high = self.sabotage.position_too_high;
        #[cfg(not(feature = "sabotage"))]
        let too_high = false;
        let mut more = self
            .positions
            .writes(&self.ledger, &self.codec, now, too_high);
        if !more.is_empty() && self.process.starts_without_progress != 0 {
            self.process.starts_without_progress = 0;
            self.process.about_to_handle = None;
            more.extend(self.process_write());
        }
        let ahead: Vec<_> = self.ledger.marks_ahead().collect();
        for (address, shard, at) in ahead {
            let mark = super::stored::Mark { shard, at };
            let record = mark.to_record(&self.codec).ok();
            more.push(Write {
                key: super::stored::mark_key(address, shard),
                record,
            });
            self.stored_marks.insert((address, shard));
        }
        for (address, shard) in self.ledger.forget_passed_marks() {
            if self.stored_marks.remove(&(address, shard)) {
                more.push(Write {
                    key: super::stored::mark_key(address, shard),
                    record: None,
                });
            }
        }
        self.assembler.seal(more);
    }

    /// When [`Core::prepare`] will have something because of the time alone.
    #[must_use]
    pub fn next_commit(&self, tick: Span) -> Option<Timestamp> {
        let tick = self.assembler.oldest().map(|began| began + tick);
        let position = self.positions.next_lag(&self.ledger);
        tick.into_iter().chain(position).min()
    }

    /// Whether a batch should be written without waiting.
    #[must_use]
    pub fn urgent(&self) -> bool {
        self.assembler.backlog() > 0 || self.assembler.urgent()
    }

    /// The batch is durable: what it wanted may leave.
    pub fn durable(&mut self, number: u64, now: Timestamp) {
        self.counters.epochs += 1;
        let effects = self.assembler.durable(number);
        self.depart(effects, now);
    }

    fn depart(&mut self, effects: Vec<OutboxRow>, now: Timestamp) {
        for row in effects {
            match &row.effect {
                Effect::Tell { .. } => self.deliver_fact(&row, now),
                _ => self.outbox.add(row),
            }
        }
    }

    fn deliver_fact(&mut self, row: &OutboxRow, now: Timestamp) {
        let Effect::Tell { to, fact } = &row.effect else {
            return;
        };
        let what = Inbound::Told {
            from: row.from,
            fact: fact.clone(),
        };
        let input = Input {
            id: InputId::Fact(row.id),
            at: now,
            what,
        };
        self.wakes
            .extend(self.ledger.add_local(*to, Arc::new(input)));
    }

    /// What is to be sent now.
    pub fn poll_outbox(&mut self, now: Timestamp) -> Vec<Job> {
        let (jobs, ended) = self.outbox.poll(now);
        for ended in ended {
            self.ended(ended, now);
        }
        jobs
    }

    /// What became of a job.
    pub fn report(&mut self, id: EffectId, sent: Sent, now: Timestamp) {
        if let Some(ended) = self.outbox.report(id, sent, now) {
            self.ended(ended, now);
        }
    }

    /// Our own message with our nonce came over the gateway.
    pub fn observed(
        &mut self,
        id: EffectId,
        message: MessageId,
        channel: ChannelId,
        now: Timestamp,
    ) {
        if let Some(ended) = self.outbox.observed(id, message, channel) {
            self.ended(ended, now);
        }
    }

    /// A row has come to its end: its machine hears of it and removes it in its turn, or it goes now.
    fn ended(&mut self, Ended { row, outcome }: Ended, now: Timestamp) {
        let failure = match &outcome {
            Outcome::Failed(failure) => Some(failure.clone()),
            Outcome::Expired => Some(Failure {
                status: 0,
                code: 0,
                text: "ran out of time".into(),
            }),
            _ => None,
        };
        if failure.is_some() {
            self.counters.failed += 1;
        } else {
            self.counters.sent += 1;
        }
        if row.reports {
            let what = Inbound::Done {
                effect: row.id,
                outcome,
                origin: row.origin,
            };
            let input = Input {
                id: InputId::Outcome(row.id),
                at: now,
                what,
            };
            self.wakes
                .extend(self.ledger.add_local(row.from, Arc::new(input)));
            return;
        }
        let mut writes = vec![Write {
            key: effect_key(Space::Outbox, row.id),
            record: None,
        }];
        if let Some(why) = failure {
            writes.extend(self.bury(row, why, now));
        }
        self.assembler.add(writes, Vec::new(), now, false);
        self.seal_if_full();
    }

    fn bury(&mut self, row: OutboxRow, why: Failure, now: Timestamp) -> Vec<Write> {
        let mut writes = Vec::new();
        if self.dead_letters.len() >= MAX_DEAD_LETTERS
            && let Some(((_, oldest), ())) = self.dead_letters.pop_first()
        {
            writes.push(Write {
                key: effect_key(Space::DeadLetter, oldest),
                record: None,
            });
        }
        self.dead_letters.insert((now, row.id), ());
        let key = effect_key(Space::DeadLetter, row.id);
        let record = DeadLetter { row, at: now, why }.to_record(&self.codec).ok();
        writes.push(Write { key, record });
        writes
    }

    /// By which route to answer an interaction now.
    pub fn answer_route(&mut self, ticket: &Ticket, now: Timestamp, discord_offset: Span) -> Route {
        let age = (now + discord_offset).since(ticket.interaction.created_at());
        self.answers.route(ticket, age)
    }

    /// Interactions that need a bare defer now.
    pub fn overdue_answers(&mut self, now: Timestamp) -> Vec<Ticket> {
        self.answers.overdue(now)
    }

    /// Whether [`Core::poll_outbox`] may have something to send at once.
    #[must_use]
    pub fn has_sendable(&self) -> bool {
        self.outbox.has_ready()
    }

    /// When the outbox or an unanswered interaction needs attention because of the time alone.
    #[must_use]
    pub fn next_send(&self) -> Option<Timestamp> {
        self.outbox
            .next_wake()
            .into_iter()
            .chain(self.answers.next_wake())
            .min()
    }

    /// Hands out due timers to their machines. `offline` says of a shard since when it has not been
    /// in step with Discord.
    pub fn poll_timers(&mut self, now: Timestamp, offline: impl Fn(u32) -> Option<Timestamp>) {
        let (gaps, positions) = (&self.gaps, &self.positions);
        let waiting = |guild: Option<super::ids::GuildId>| {
            let shard = guild.map_or(0, |guild| positions.shard_of(guild));
            let gap = guild.and_then(|guild| gaps.open_since(guild));
            offline(shard).into_iter().chain(gap).max()
        };
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

    /// The process record, and a way to change it within the current epoch.
    pub const fn process(&self) -> &ProcessRecord {
        &self.process
    }

    /// Changes the process record within the current epoch.
    pub fn set_process(&mut self, process: ProcessRecord, now: Timestamp) {
        self.process = process;
        let write = self.process_write();
        self.assembler.add(write, Vec::new(), now, true);
    }

    /// In careful mode: notes the input about to be handled, within the current epoch.
    pub fn about_to_handle(&mut self, what: Option<(Address, Input)>, now: Timestamp) {
        let process = ProcessRecord {
            about_to_handle: what,
            ..self.process.clone()
        };
        self.set_process(process, now);
    }

    /// At start: an input that the last life was about to handle, and never finished, is set aside.
    /// Returns what it was.
    pub fn park_unfinished(&mut self, now: Timestamp) -> Option<(Address, Input)> {
        let (address, input) = self.process.about_to_handle.clone()?;
        self.ledger.drop_held(address, &input.id);
        let mut writes: Vec<Write> = self
            .parked(address, &input, "the process ended while handling it", now)
            .into_iter()
            .collect();
        match &input.id {
            InputId::Gateway { shard, at } => {
                self.ledger.load_mark(address, *shard, *at);
                let mark = super::stored::Mark {
                    shard: *shard,
                    at: *at,
                };
                let key = super::stored::mark_key(address, *shard);
                writes.push(Write {
                    key,
                    record: mark.to_record(&self.codec).ok(),
                });
                self.stored_marks.insert((address, *shard));
            }
            InputId::Timer { key, .. } => {
                self.timers.cancel(address, key);
                writes.push(self.timer_write(address, key, &TimerChange::Cancel));
            }
            InputId::Fact(id) | InputId::Outcome(id) => {
                self.outbox.forget(*id);
                writes.push(Write {
                    key: effect_key(Space::Outbox, *id),
                    record: None,
                });
            }
        }
        self.write(writes, now, true);
        self.about_to_handle(None, now);
        Some((address, input))
    }

    /// Number of the last durable epoch.
    #[must_use]
    pub fn durable_until(&self) -> u64 {
        self.assembler.durable_until()
    }

    /// The number of the epoch that gathers now: whatever was absorbed so far is durable once this
    /// one is, or an earlier one when nothing is open.
    #[must_use]
    pub fn gathering(&self) -> u64 {
        self.assembler.gathering()
    }

    fn process_write(&self) -> Option<Write> {
        let record = self.process.to_record(&self.codec).ok()?;
        Some(Write {
            key: process_key(),
            record: Some(record),
        })
    }

    /// Adds writes of the runtime's own to the current epoch.
    pub fn write(&mut self, writes: Vec<Write>, now: Timestamp, urgent: bool) {
        self.assembler.add(writes, Vec::new(), now, urgent);
        self.seal_if_full();
    }

    /// Age of the oldest change that is not durable.
    #[must_use]
    pub fn store_lag(&self, now: Timestamp) -> Span {
        self.assembler
            .oldest()
            .map_or(Span::ZERO, |oldest| now.since(oldest))
    }

    /// How many inputs wait in all, and for one machine.
    #[must_use]
    pub const fn waiting(&self) -> usize {
        self.ledger.total()
    }

    /// How many inputs wait for one machine.
    #[must_use]
    pub fn waiting_for(&self, address: Address) -> usize {
        self.ledger.depth(address)
    }

    /// How many effects are on their way, and since when the oldest.
    #[must_use]
    pub fn outbox_size(&self) -> (usize, Option<Timestamp>) {
        (self.outbox.len(), self.outbox.oldest())
    }

    /// How many effects were given up and are kept for people to see.
    #[must_use]
    pub fn dead_letter_count(&self) -> usize {
        self.dead_letters.len()
    }

    /// Whether sending is braked because Discord refused too much.
    pub fn braked(&mut self, now: Timestamp) -> bool {
        self.outbox.braked(now)
    }

    /// Whether nothing waits anywhere: for shutdown and tests.
    #[must_use]
    pub fn idle(&self) -> bool {
        self.ledger.total() == 0
            && self.assembler.is_empty()
            && self.assembler.backlog() == 0
            && self.outbox.is_empty()
    }

    /// The lane in which an effect would be sent first.
    #[must_use]
    pub fn lane(effect: &Effect) -> Lane {
        effect.lane(0)
    }
}

#[cfg(test)]
mod tests;
