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

use super::{
    address::{Address, Scope},
    inbound::{Input, InputId, Seq},
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

/// How often an input may make its machine panic before it is parked.
pub const MAX_TRIES: u8 = 3;

/// One waiting input.
#[derive(Clone, Debug)]
struct Waiting {
    input: Arc<Input>,
    /// Its place among all inputs since the process started.
    number: u64,
    tries: u8,
    /// Held back until the edge has made up its mind (see [`Ledger::hold`]).
    held: bool,
}

/// One machine's inputs.
#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// A wake-up is under way or the machine is at work: no second one is needed.
    awake: bool,
    /// The front is handed out: nobody else gets it until it is absorbed, or its actor has ended.
    running: bool,
}

/// One shard's stream.
#[derive(Debug, Default)]
struct Stream {
    /// Places not contained yet, with the number of turns each still waits for.
    open: BTreeMap<Seq, u32>,
    /// The newest place received.
    received: Seq,
}

/// See the module docs.
#[derive(Debug, Default)]
pub struct Ledger {
    queues: BTreeMap<Address, Queue>,
    streams: BTreeMap<u32, Stream>,
    /// Marks of machines that ran ahead of a low-water mark: from the store, then from turns.
    marks: BTreeMap<(Address, u32), Seq>,
    total: usize,
    /// Inputs taken in since the process started.
    arrivals: u64,
}

/// What a machine finds when it looks for work.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// This input, for the `tries`th time.
    Run {
        /// The input.
        input: Arc<Input>,
        /// How often it was handed out, this time included.
        tries: u8,
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
            *stream.open.entry(at).or_default() += 1;
            self.arrivals += 1;
            wake.extend(push(&mut self.queues, address, input, self.arrivals));
            self.total += 1;
        }
        wake
    }

    /// The input handed out last was not to blame for what went wrong: that try does not count.
    pub fn untry(&mut self, address: Address) {
        let front = self
            .queues
            .get_mut(&address)
            .and_then(|queue| queue.waiting.front_mut());
        if let Some(front) = front {
            front.tries = front.tries.saturating_sub(1);
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
        self.total -= taken.len();
        for waiting in &taken {
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
        self.arrivals += 1;
        push(&mut self.queues, address, input, self.arrivals)
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
        queue.waiting.remove(place);
        self.total -= 1;
        self.contain(id);
        self.wake(address)
    }

    /// Hands out the front of a machine's queue.
    pub fn next(&mut self, address: Address) -> Next {
        let Some(queue) = self.queues.get_mut(&address) else {
            return Next::Idle;
        };
        if queue.running {
            return Next::Idle;
        }
        match queue.waiting.front_mut() {
            Some(front) if !front.held => {
                queue.running = true;
                if front.tries >= MAX_TRIES {
                    return Next::Park(Arc::clone(&front.input));
                }
                front.tries += 1;
                Next::Run {
                    input: Arc::clone(&front.input),
                    tries: front.tries,
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
        if queue
            .waiting
            .front()
            .is_some_and(|front| front.input.id == *id)
        {
            queue.waiting.pop_front();
            queue.running = false;
            self.total -= 1;
        }
        if let InputId::Gateway { shard, at } = id {
            let mark = self.marks.entry((address, *shard)).or_default();
            *mark = (*mark).max(*at);
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
        if let Some(turns) = stream.open.get_mut(at) {
            *turns -= 1;
            if *turns == 0 {
                stream.open.remove(at);
            }
        }
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

    fn wake(&mut self, address: Address) -> Option<Address> {
        let queue = self.queues.get_mut(&address)?;
        let ready = queue.waiting.front().is_some_and(|front| !front.held);
        (ready && !std::mem::replace(&mut queue.awake, true)).then_some(address)
    }
}

fn push(
    queues: &mut BTreeMap<Address, Queue>,
    address: Address,
    input: Arc<Input>,
    number: u64,
) -> Option<Address> {
    let queue = queues.entry(address).or_default();
    queue.waiting.push_back(Waiting {
        input,
        number,
        tries: 0,
        held: false,
    });
    (!std::mem::replace(&mut queue.awake, true)).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{address::Kind, ids::GuildId, inbound::Inbound, time::Timestamp};

    fn machine(guild: u64) -> Address {
        Address::guild(Kind::Welcome, GuildId::new(guild).unwrap())
    }

    fn at(seq: u64) -> Seq {
        Seq {
            session: 1,
            seq,
            part: 0,
        }
    }

    fn input(seq: u64) -> Arc<Input> {
        let guild = GuildId::new(1).unwrap();
        let id = InputId::Gateway {
            shard: 0,
            at: at(seq),
        };
        Arc::new(Input {
            id,
            at: Timestamp::EPOCH,
            what: Inbound::GuildLeft { guild },
        })
    }

    fn id(seq: u64) -> InputId {
        input(seq).id.clone()
    }

    #[test]
    fn the_low_water_mark_waits_for_the_slowest_machine_and_marks_cover_the_fast_ones() {
        let mut ledger = Ledger::default();
        let (a, b) = (machine(1), machine(2));
        assert_eq!(ledger.receive(0, at(1), []), []);
        assert_eq!(ledger.low_water(0), Some(at(1)));
        assert_eq!(ledger.receive(0, at(2), [(a, input(2))]), [a]);
        assert_eq!(ledger.receive(0, at(3), [(b, input(3))]), [b]);
        assert_eq!(
            ledger.receive(0, at(4), [(b, input(4))]),
            [],
            "b is awake already"
        );
        ledger.next(b);
        ledger.absorbed(b, &id(3));
        assert_eq!(ledger.low_water(0).unwrap().seq, 1);
        assert_eq!(ledger.marks_ahead().collect::<Vec<_>>(), [(b, 0, at(3))]);
        ledger.next(a);
        ledger.absorbed(a, &id(2));
        assert_eq!(ledger.low_water(0).unwrap().seq, 3);
        assert_eq!(ledger.forget_passed_marks().len(), 2);
        ledger.next(b);
        ledger.absorbed(b, &id(4));
        assert_eq!(ledger.low_water(0), Some(at(4)));
        assert_eq!(ledger.total(), 0);
    }

    #[test]
    fn replayed_events_are_skipped_by_machines_whose_mark_contains_them() {
        let mut ledger = Ledger::default();
        let (a, b) = (machine(1), machine(2));
        ledger.load_position(0, at(1));
        ledger.load_mark(b, 0, at(3));
        assert_eq!(
            ledger.receive(0, at(2), [(a, input(2)), (b, input(2))]),
            [a]
        );
        assert_eq!(ledger.receive(0, at(3), [(b, input(3))]), []);
        assert_eq!(ledger.receive(0, at(4), [(b, input(4))]), [b]);
    }

    #[test]
    fn a_panicking_machine_finds_its_input_again_and_the_third_panic_parks_it() {
        let mut ledger = Ledger::default();
        let a = machine(1);
        ledger.receive(0, at(1), [(a, input(1))]);
        ledger.receive(0, at(2), [(a, input(2))]);
        for tries in 1..=MAX_TRIES {
            assert_eq!(
                ledger.next(a),
                Next::Run {
                    input: input(1),
                    tries
                }
            );
            assert_eq!(ledger.asleep(a), Some(a));
        }
        assert_eq!(ledger.next(a), Next::Park(input(1)));
        ledger.absorbed(a, &id(1));
        assert_eq!(
            ledger.next(a),
            Next::Run {
                input: input(2),
                tries: 1
            }
        );
        ledger.absorbed(a, &id(2));
        assert_eq!(ledger.next(a), Next::Idle);
        assert_eq!(ledger.asleep(a), None);
    }

    #[test]
    fn a_held_input_keeps_its_place_until_it_is_released_or_dropped() {
        let mut ledger = Ledger::default();
        let a = machine(1);
        ledger.receive(0, at(1), [(a, input(1))]);
        ledger.hold(a, &id(1));
        ledger.receive(0, at(2), [(a, input(2))]);
        assert_eq!(ledger.next(a), Next::Idle);
        assert_eq!(ledger.release(a, &id(1)), Some(a));
        assert!(matches!(ledger.next(a), Next::Run { input, .. } if input.id == id(1)));
        ledger.absorbed(a, &id(1));
        ledger.hold(a, &id(2));
        assert_eq!(ledger.next(a), Next::Idle);
        assert_eq!(ledger.drop_held(a, &id(2)), None);
        assert_eq!(ledger.low_water(0), Some(at(2)));
    }

    #[test]
    fn a_new_session_does_not_hide_what_the_old_one_still_owes() {
        let mut ledger = Ledger::default();
        let a = machine(1);
        ledger.receive(0, at(8), [(a, input(8))]);
        ledger.receive(
            0,
            Seq {
                session: 2,
                seq: 1,
                part: 0,
            },
            [],
        );
        assert_eq!(
            ledger.low_water(0),
            Some(Seq {
                session: 1,
                seq: 7,
                part: u16::MAX
            })
        );
        ledger.next(a);
        ledger.absorbed(a, &id(8));
        assert_eq!(
            ledger.low_water(0),
            Some(Seq {
                session: 2,
                seq: 1,
                part: 0
            })
        );
    }

    #[test]
    fn the_oldest_input_stays_the_same_until_it_had_its_turn() {
        let mut ledger = Ledger::default();
        let (a, b) = (machine(1), machine(2));
        assert_eq!(ledger.oldest(), None);
        ledger.receive(0, at(1), [(a, input(1))]);
        ledger.receive(0, at(2), [(b, input(2))]);
        ledger.add_local(b, input(3));
        assert_eq!(ledger.oldest(), Some(1));
        ledger.absorbed(b, &id(2));
        assert_eq!(ledger.oldest(), Some(1), "others do not hide it");
        ledger.absorbed(a, &id(1));
        assert_eq!(ledger.oldest(), Some(3));
        ledger.absorbed(b, &id(3));
        assert_eq!(ledger.oldest(), None);
    }
}
