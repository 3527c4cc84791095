//! The ledger of inputs: what each machine still has to handle, and how far each shard's event
//! stream is contained in what we hold.
//!
//! Inputs wait here, in order, per machine; an actor's mailbox only ever holds a wake-up. So a
//! machine that panics loses nothing: it is loaded again and finds the same input at the front. Its
//! third panic on one input parks that input.
//!
//! A gateway event is *contained* once every machine it was routed to has absorbed its turn into an
//! epoch. The *low-water mark* of a shard is the newest place up to which everything is contained;
//! it is stored in the same batch as the turns, so RESUME from it loses nothing, and machines that
//! ran ahead of it skip what their stored mark says they contain.
//!
//! *Signs of life* ([`Inbound::Activity`]) gather, and so do notes of what became of messages
//! ([`Inbound::Noted`]): one joins the one before it while that is the last
//! thing its machine has waiting, and the machine is not woken for them alone. [`Ledger::cut`] ends
//! the gathering everywhere at once, so that after it everything received before it can become
//! contained together, and no machine runs ahead of the others. Whatever else comes for the machine
//! is handled after them, in order; but a question about one member ([`Ledger::asks_about`]) goes
//! past them and takes along what it must see of them, since it changes nothing.
//!
//! Once processes have ended early, inputs are handed out *with care* ([`Ledger::be_careful`]): each is
//! noted before its turn, so that the next life can set aside what the last one died of. Setting it
//! aside says that everything before it is contained; so no question goes past anything then.

mod queue;

use super::{
    activity::{Activity, Sign},
    address::{Address, Kind, Scope},
    ids::UserId,
    inbound::{Inbound, Input, InputId, Seq},
    time::Timestamp,
};
use queue::{Queue, Waiting, weight};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

/// How often an input may make its machine panic before it is parked.
pub const MAX_PANICS: u8 = 3;

/// As many inputs are handed out with care, once processes have ended early.
const CAREFUL_INPUTS: u64 = 1_000;

/// As many inputs wait when the gathering is ended before its time.
const GATHERING_ENDS: usize = 12_288;

/// One shard's stream.
#[derive(Debug, Default)]
struct Stream {
    /// Places not contained yet.
    open: BTreeMap<Seq, Open>,
    /// The newest place received.
    received: Seq,
    /// When it was sure for the last time that nothing was missing.
    in_step_at: Timestamp,
    /// What came up to here gathers no more.
    cut: Seq,
}

/// A place that is not contained yet.
#[derive(Debug)]
struct Open {
    /// The turns it still waits for.
    turns: u32,
    /// When it was received.
    at: Timestamp,
}

/// See the module docs.
#[derive(Debug, Default)]
pub struct Ledger {
    queues: BTreeMap<Address, Queue>,
    streams: BTreeMap<u32, Stream>,
    /// Marks of machines that ran ahead of a low-water mark: from the store, then from turns.
    marks: BTreeMap<(Address, u32), Seq>,
    /// Machines with signs of life that gather.
    gathering: BTreeSet<Address>,
    total: usize,
    /// Signs of life that joined another one, since the start.
    merged: u64,
    /// Inputs taken in since the start.
    arrivals: u64,
    /// Whom an input asks about, if its turn changes nothing and needs to know nothing of anybody
    /// else ([`super::machine::Machine::asks_about`]); the kernel knows no feature.
    pub asks_about: Option<AsksAbout>,
    /// So many inputs are still to be handed out with care.
    careful_for: u64,
}

/// See [`Ledger::asks_about`].
pub type AsksAbout = fn(Kind, &Inbound) -> Option<UserId>;

/// What a machine finds when it looks for work.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// This input.
    Run {
        /// The input.
        input: Arc<Input>,
        /// For a question: what gathers and must be seen by it, without being worked off.
        past: Option<Arc<Input>>,
        /// It is to be noted before its turn, and to have its commit for itself.
        careful: bool,
    },
    /// This input has made it panic too often: set it aside.
    Park(Arc<Input>),
    /// Nothing: it may sleep.
    Idle,
}

impl Ledger {
    /// Takes note of a frame whose last part is `at`, and of the inputs it leads to (none: it is
    /// contained at once). Returns the machines that must be woken.
    pub fn receive(
        &mut self,
        shard: u32,
        at: Seq,
        inputs: impl IntoIterator<Item = (Address, Arc<Input>)>,
    ) -> Vec<Address> {
        let stream = self.streams.entry(shard).or_default();
        stream.received = stream.received.max(at);
        let mut wake = Vec::new();
        for (address, input) in inputs {
            let InputId::Gateway { at, .. } = input.id else {
                continue;
            };
            if self
                .marks
                .get(&(address, shard))
                .is_some_and(|mark| *mark >= at)
            {
                continue;
            }
            let queue = self.queues.entry(address).or_default();
            if let Some(more) = queue.join_whole(&input, at, stream.cut) {
                self.total += more;
                self.merged += 1;
                continue;
            }
            let received_at = stream.in_step_at;
            let open = stream.open.entry(at).or_insert_with(|| Open {
                turns: 0,
                at: received_at,
            });
            open.turns += 1;
            self.total += weight(&input);
            if input.what.gathers() {
                self.gathering.insert(address);
            }
            self.arrivals += 1;
            let about = self
                .asks_about
                .filter(|_| self.careful_for == 0)
                .and_then(|about| about(address.kind, &input.what));
            queue.push(input, at, self.arrivals);
            // What gathers wakes nobody, also if what gathered before it waits for its turn to be woken.
            let wakes = !queue.newest_gathers(stream.cut) && queue.wake(stream.cut);
            wake.extend(wakes.then_some(address));
            if let Some(about) = about {
                queue.let_past(about, stream.cut);
            }
        }
        wake
    }

    /// Takes note of a frame that is a member's sign of life, for the machine at `address`; it joins
    /// those that gather there. Returns the machines that must be woken.
    pub fn sign(&mut self, shard: u32, at: Seq, address: Address, sign: Sign) -> Vec<Address> {
        let stream = self.streams.entry(shard).or_default();
        let cut = stream.cut;
        let marked = self.marks.get(&(address, shard));
        let queue = self.queues.get_mut(&address);
        if marked.is_none_or(|mark| *mark < at)
            && let Some(more) = queue.and_then(|queue| queue.join(&sign, at, cut))
        {
            stream.received = stream.received.max(at);
            self.total += more;
            self.merged += 1;
            return Vec::new();
        }
        let input = Arc::new(Input {
            id: InputId::Gateway { shard, at },
            at: sign.at,
            what: Inbound::Activity(Activity::of(sign.guild, sign.user, sign.signs)),
        });
        self.receive(shard, at, [(address, input)])
    }

    /// Whether signs of life gather, and wait for [`Ledger::cut`].
    #[must_use]
    pub fn gathers(&self) -> bool {
        !self.gathering.is_empty()
    }

    /// Whether so much has gathered that it should be ended before its time.
    #[must_use]
    pub const fn overflows(&self) -> bool {
        self.total >= GATHERING_ENDS
    }

    /// Signs of life that joined another one, since the start.
    #[must_use]
    pub const fn merged(&self) -> u64 {
        self.merged
    }

    /// Whether anything from before the last cut is not contained yet.
    #[must_use]
    pub fn cutting(&self) -> bool {
        let oldest = |stream: &Stream| stream.open.first_key_value().map(|(at, _)| *at);
        self.streams
            .values()
            .any(|stream| oldest(stream).is_some_and(|at| at <= stream.cut))
    }

    /// Ends the gathering of what has come so far; returns the machines it gathered for, which are to
    /// be woken with [`Ledger::wake`].
    pub fn cut(&mut self) -> BTreeSet<Address> {
        for stream in self.streams.values_mut() {
            stream.cut = stream.received;
        }
        std::mem::take(&mut self.gathering)
    }

    /// The turn of the input handed out last panicked. Whatever else ends an actor (its supervisor dies,
    /// the store cannot be read) is not the input's fault.
    pub fn panicked(&mut self, address: Address) {
        let queue = self.queues.get_mut(&address);
        if let Some(front) = queue.and_then(|queue| queue.waiting.front_mut()) {
            front.panics = front.panics.saturating_add(1);
        }
    }

    /// Takes out everything a machine has waiting that came over the gateway, as contained.
    pub fn take_gateway(&mut self, address: Address) -> Vec<Arc<Input>> {
        let Some(queue) = self.queues.get_mut(&address) else {
            return Vec::new();
        };
        let (taken, left): (VecDeque<Waiting>, VecDeque<Waiting>) =
            std::mem::take(&mut queue.waiting)
                .into_iter()
                .partition(|waiting| matches!(waiting.input.id, InputId::Gateway { .. }));
        queue.waiting = left;
        queue.running = false;
        for waiting in &taken {
            self.total -= weight(&waiting.input);
        }
        for waiting in taken.iter().filter(|waiting| !waiting.again) {
            self.contain(&waiting.input.id);
        }
        taken.into_iter().map(|waiting| waiting.input).collect()
    }

    /// Whether this input waits for this machine.
    #[must_use]
    pub fn is_waiting(&self, address: Address, id: &InputId) -> bool {
        self.queues
            .get(&address)
            .is_some_and(|queue| queue.waiting.iter().any(|waiting| waiting.input.id == *id))
    }

    /// The newest session of `shard` that a mark or an event speaks of.
    #[must_use]
    pub fn newest_session(&self, shard: u32) -> u32 {
        let marks = self.marks.iter().filter(|((_, of), _)| *of == shard);
        let marked = marks.map(|(_, mark)| mark.session).max().unwrap_or(0);
        marked.max(self.received(shard).session)
    }

    /// Adds an input that is not a gateway event; it is durable on its own (timer, outbox row).
    pub fn add_local(&mut self, address: Address, input: Arc<Input>) -> Option<Address> {
        self.total += 1;
        let queue = self.queues.entry(address).or_default();
        self.arrivals += 1;
        queue.push(input, Seq::default(), self.arrivals);
        self.wake(address)
    }

    /// Adds an input that was set aside once, whatever it came from: it says nothing about a stream.
    pub fn add_again(&mut self, address: Address, input: Arc<Input>) -> Option<Address> {
        let wake = self.add_local(address, input);
        let queue = self.queues.get_mut(&address);
        if let Some(last) = queue.and_then(|queue| queue.waiting.back_mut()) {
            last.again = true;
        }
        wake
    }

    /// Holds an input back, and with it what comes after it for the same machine, until
    /// [`Ledger::release`] or [`Ledger::drop_held`].
    pub fn hold(&mut self, address: Address, id: &InputId) {
        if let Some(waiting) = self.find(address, id) {
            waiting.held = true;
        }
    }

    /// Lets a held input go on. Returns the machine if it must be woken.
    pub fn release(&mut self, address: Address, id: &InputId) -> Option<Address> {
        self.find(address, id)?.held = false;
        self.wake(address)
    }

    /// Drops a held input as contained. Returns the machine if it must be woken for the rest.
    pub fn drop_held(&mut self, address: Address, id: &InputId) -> Option<Address> {
        let queue = self.queues.get_mut(&address)?;
        let place = queue
            .waiting
            .iter()
            .position(|waiting| waiting.input.id == *id)?;
        let dropped = queue.waiting.remove(place)?;
        self.total -= weight(&dropped.input);
        self.contain(id);
        self.wake(address)
    }

    /// From here on inputs are handed out with care, for a while.
    pub const fn be_careful(&mut self) {
        self.careful_for = CAREFUL_INPUTS;
    }

    /// Hands out the front of a machine's queue.
    pub fn next(&mut self, address: Address) -> Next {
        let Some(queue) = self.queues.get_mut(&address) else {
            return Next::Idle;
        };
        if queue.running {
            return Next::Idle;
        }
        if queue.gathers(cut_of(&self.streams, queue)) {
            queue.awake = false;
            return Next::Idle;
        }
        match queue.waiting.front_mut() {
            Some(front) if !front.held => {
                queue.running = true;
                if front.panics >= MAX_PANICS {
                    return Next::Park(Arc::clone(&front.input));
                }
                front.tried = true;
                let careful = self.careful_for > 0 && front.past.is_none();
                self.careful_for = self.careful_for.saturating_sub(1);
                Next::Run {
                    input: Arc::clone(&front.input),
                    past: front.past.clone(),
                    careful,
                }
            }
            _ => {
                queue.awake = false;
                Next::Idle
            }
        }
    }

    /// The front input's turn is part of the current epoch (or it was parked): forget it.
    pub fn absorbed(&mut self, address: Address, id: &InputId) {
        let Some(queue) = self.queues.get_mut(&address) else {
            return;
        };
        let mut until = Seq::default();
        if queue
            .waiting
            .front()
            .is_some_and(|front| front.input.id == *id)
            && let Some(front) = queue.waiting.pop_front()
        {
            queue.running = false;
            self.total -= weight(&front.input);
            if front.again {
                return;
            }
            if front.past.is_some() {
                // What it went past is not contained, so it says nothing about its machine.
                self.contain(id);
                return;
            }
            until = front.until;
        }
        if let InputId::Gateway { shard, at } = id {
            let mark = self.marks.entry((address, *shard)).or_default();
            *mark = (*mark).max(*at).max(until);
        }
        self.contain(id);
    }

    fn contain(&mut self, id: &InputId) {
        let InputId::Gateway { shard, at } = id else {
            return;
        };
        let Some(stream) = self.streams.get_mut(shard) else {
            return;
        };
        if let Some(open) = stream.open.get_mut(at) {
            open.turns -= 1;
            if open.turns == 0 {
                stream.open.remove(at);
            }
        }
    }

    /// Everything that happened so far has been received from `shard`.
    pub fn in_step(&mut self, shard: u32, now: Timestamp) {
        self.streams.entry(shard).or_default().in_step_at = now;
    }

    /// When [`Ledger::in_step`] was said last.
    #[must_use]
    pub fn received_until(&self, shard: u32) -> Timestamp {
        let stream = self.streams.get(&shard);
        stream.map_or(Timestamp::EPOCH, |stream| stream.in_step_at)
    }

    /// Until when everything that happened is contained, as far as `shard` brings it.
    #[must_use]
    pub fn contained_until(&self, shard: u32) -> Timestamp {
        let stream = self.streams.get(&shard);
        stream.map_or(Timestamp::EPOCH, |stream| {
            let first_open = stream.open.values().next();
            first_open.map_or(stream.in_step_at, |open| open.at)
        })
    }

    /// Everything of `shard` up to here is contained. `None` before its first event.
    #[must_use]
    pub fn low_water(&self, shard: u32) -> Option<Seq> {
        let stream = self.streams.get(&shard)?;
        let Some((first_open, _)) = stream.open.first_key_value() else {
            return Some(stream.received);
        };
        // Parts of one frame share its seq, so the frame before is the one that is contained. What
        // was received just before in an older session is not ours to count back to.
        (first_open.seq > 1).then(|| Seq {
            session: first_open.session,
            seq: first_open.seq - 1,
            part: u16::MAX,
        })
    }

    /// Marks of machines that are ahead of the low-water mark; all others need none.
    pub fn marks_ahead(&self) -> impl Iterator<Item = (Address, u32, Seq)> + '_ {
        self.marks.iter().filter_map(|((address, shard), mark)| {
            let low = self.low_water(*shard).unwrap_or_default();
            (*mark > low).then_some((*address, *shard, *mark))
        })
    }

    /// Forgets marks the low-water mark has passed.
    pub fn forget_passed_marks(&mut self) -> Vec<(Address, u32)> {
        let low: BTreeMap<u32, Seq> = self
            .streams
            .keys()
            .filter_map(|shard| Some((*shard, self.low_water(*shard)?)))
            .collect();
        let passed: Vec<_> = self
            .marks
            .iter()
            .filter(|((_, shard), mark)| low.get(shard).is_some_and(|low| *mark <= low))
            .map(|(key, _)| *key)
            .collect();
        for key in &passed {
            self.marks.remove(key);
        }
        passed
    }

    /// A mark from the store, at start.
    pub fn load_mark(&mut self, address: Address, shard: u32, mark: Seq) {
        self.marks.insert((address, shard), mark);
    }

    /// Begins a shard's stream at its stored place, at start.
    pub fn load_position(&mut self, shard: u32, at: Seq) {
        self.streams.entry(shard).or_default().received = at;
    }

    /// The newest place received from `shard`.
    #[must_use]
    pub fn received(&self, shard: u32) -> Seq {
        self.streams
            .get(&shard)
            .map_or_else(Seq::default, |stream| stream.received)
    }

    /// The machine's actor is gone: whatever waits needs a wake-up again.
    pub fn asleep(&mut self, address: Address) -> Option<Address> {
        let queue = self.queues.get_mut(&address)?;
        (queue.awake, queue.running) = (false, false);
        if queue.waiting.is_empty() {
            self.queues.remove(&address);
            return None;
        }
        self.wake(address)
    }

    /// Machines for which something waits.
    #[must_use]
    pub fn all_waiting(&self) -> Vec<Address> {
        self.queues.keys().copied().collect()
    }

    /// Machines of `scope` for which something waits.
    #[must_use]
    pub fn waiting_in(&self, scope: Scope) -> Vec<Address> {
        self.queues
            .keys()
            .copied()
            .filter(|address| address.scope == scope)
            .collect()
    }

    /// How many inputs wait for this machine.
    #[must_use]
    pub fn depth(&self, address: Address) -> usize {
        self.queues
            .get(&address)
            .map_or(0, |queue| queue.waiting.len())
    }

    /// How many inputs wait in all.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.total
    }

    /// The place of the oldest waiting input among all that were taken in: while it stays the same,
    /// that input does not get its turn. Looks at every machine that has a queue.
    #[must_use]
    pub fn oldest(&self) -> Option<u64> {
        if self.total == 0 {
            return None;
        }
        let fronts = self.queues.values();
        fronts
            .filter_map(|queue| queue.waiting.front().map(|front| front.number))
            .min()
    }

    fn find(&mut self, address: Address, id: &InputId) -> Option<&mut Waiting> {
        let queue = self.queues.get_mut(&address)?;
        queue
            .waiting
            .iter_mut()
            .find(|waiting| waiting.input.id == *id)
    }

    /// Wakes a machine, if something waits for it and nobody has woken it.
    pub fn wake(&mut self, address: Address) -> Option<Address> {
        let queue = self.queues.get_mut(&address)?;
        let cut = cut_of(&self.streams, queue);
        queue.wake(cut).then_some(address)
    }
}

/// Where the gathering was last ended, for the stream that `queue` is fed from.
fn cut_of(streams: &BTreeMap<u32, Stream>, queue: &Queue) -> Seq {
    let shard = match queue.waiting.front().map(|front| &front.input.id) {
        Some(InputId::Gateway { shard, .. }) => *shard,
        _ => return Seq::default(),
    };
    streams
        .get(&shard)
        .map_or(Seq::default(), |stream| stream.cut)
}

#[cfg(test)]
mod tests;
