//! How the parts work together, with a store of a map and commits made by hand.

mod spooling;

use super::*;
use crate::kernel::{
    activity::{Deed, Signs},
    address::Kind,
    effect::{Effect, Failure, OutboxRow, Outcome, Target},
    epoch::Haste,
    fact::Fact,
    ids::{GuildId, UserId},
    inbound::{Gap, Inbound},
    outbox::{Job, Sent},
    record::{CodecFault, Schema},
    stored::Position,
    text::Message,
    time::Span,
};
use serde::{Serialize, de::DeserializeOwned};

#[derive(Clone, Debug)]
struct Json;

impl Codec for Json {
    fn encode<T: Serialize>(&self, value: &T) -> Result<Vec<u8>, CodecFault> {
        serde_json::to_vec(value).map_err(|why| CodecFault::Malformed(why.to_string()))
    }
    fn decode<T: DeserializeOwned>(&self, payload: &[u8]) -> Result<T, CodecFault> {
        serde_json::from_slice(payload).map_err(|why| CodecFault::Malformed(why.to_string()))
    }
}

/// A core with the map it commits to.
struct World {
    core: Core<Json>,
    disk: BTreeMap<Key, Record>,
    now: Timestamp,
}

fn guild(n: u64) -> GuildId {
    GuildId::new(n).unwrap()
}

fn machine(n: u64) -> Address {
    Address::guild(Kind::Welcome, guild(n))
}

fn position() -> Position {
    Position {
        application: 1,
        shard: 0,
        shards: 1,
        gateway: "gateway".into(),
        ordinal: 0,
        session_id: "s".into(),
        resume_url: "ws://x".into(),
        seq: 0,
        at: Timestamp::EPOCH,
    }
}

fn load(disk: &BTreeMap<Key, Record>, epoch: u64, now: Timestamp) -> Core<Json> {
    let records = disk
        .iter()
        .map(|(key, record)| (key.clone(), record.clone()))
        .collect();
    let (core, faults) = Core::load(
        Json,
        1,
        &Loaded {
            epoch,
            incarnation: 7,
            records,
        },
        now,
    );
    assert!(faults.is_empty(), "{faults:?}");
    core
}

impl World {
    fn new() -> Self {
        let now = Timestamp::from_seconds(1_000);
        let mut core = load(&BTreeMap::new(), 0, now);
        core.began(position());
        Self {
            core,
            disk: BTreeMap::new(),
            now,
        }
    }

    fn at(&self, seq: u64) -> Seq {
        Seq {
            session: self.core.positions.current(0).unwrap().ordinal,
            seq,
            part: 0,
        }
    }

    fn event(&mut self, seq: u64, to: &[Address]) {
        let at = self.at(seq);
        let what = Inbound::GuildLeft { guild: guild(1) };
        let input = Arc::new(Input {
            id: InputId::Gateway { shard: 0, at },
            at: self.now,
            what,
        });
        let inputs = to
            .iter()
            .map(|address| (*address, Arc::clone(&input)))
            .collect();
        self.core.frame(0, at, inputs, self.now);
    }

    /// Runs the next turn of a machine: writes a head and wants `effects`.
    fn turn(&mut self, address: Address, effects: Vec<Effect>) -> Option<Input> {
        self.turn_withdrawing(address, effects, Vec::new())
    }

    /// As [`World::turn`], and no longer wants what an earlier turn wanted.
    fn turn_withdrawing(
        &mut self,
        address: Address,
        effects: Vec<Effect>,
        withdrawn: Vec<EffectId>,
    ) -> Option<Input> {
        let Next::Run { input, .. } = self.core.next(address) else {
            return None;
        };
        let payload = format!("{:?}", input.id).into_bytes();
        let record = Record {
            schema: Schema {
                kind: 3,
                version: 1,
            },
            payload,
        };
        let key = crate::kernel::turn::head_key(address);
        let outbox = effects
            .into_iter()
            .zip(0..)
            .map(|(effect, n)| OutboxRow {
                id: crate::kernel::machine::effect_id(address, &input.id, n),
                order: 0,
                from: address,
                expires_at: self.now + effect.lifetime(),
                effect,
                made_at: self.now,
                reports: false,
                origin: None,
            })
            .collect();
        let writes = vec![Write {
            key,
            record: Some(record),
        }];
        let commit = Commit {
            writes,
            outbox,
            withdrawn,
            ..Commit::empty(address)
        };
        self.core.absorb(&input, commit, self.now);
        Some((*input).clone())
    }

    /// Writes everything there is; `false` when there was nothing.
    fn commit(&mut self) -> bool {
        let Some(epoch) = self.core.prepare_last(self.now).cloned() else {
            return false;
        };
        for Write { key, record } in epoch.write_list() {
            match record {
                Some(record) => self.disk.insert(key, record),
                None => self.disk.remove(&key),
            };
        }
        self.core.durable(epoch.number, self.now);
        true
    }

    /// kill -9.
    fn crash(&mut self) {
        self.core = load(&self.disk, 100 + self.core.counters.epochs, self.now);
    }

    fn sent(&mut self) -> Vec<Job> {
        self.core.poll_outbox(self.now, |_| None)
    }
}

fn say() -> Effect {
    let to = vec![Target::User(UserId::new(5).unwrap())];
    Effect::Say {
        to,
        message: Message::text("hello"),
    }
}

#[test]
fn an_effect_leaves_only_when_the_turn_that_wanted_it_is_durable() {
    let mut world = World::new();
    world.event(1, &[machine(1)]);
    world.turn(machine(1), vec![say()]);
    assert!(world.sent().is_empty());
    assert!(world.core.urgent());
    world.commit();
    assert_eq!(world.sent().len(), 1);
}

#[test]
fn the_durable_place_follows_the_disk_and_not_what_is_being_written() {
    let mut world = World::new();
    let durable = |world: &World| world.core.positions.durable(0).map(|at| at.seq);
    world.event(1, &[]);
    world.event(2, &[]);
    let epoch = world.core.prepare_last(world.now).unwrap().number;
    assert_eq!(durable(&world), None, "sealed is not durable");
    world.core.durable(epoch, world.now);
    assert_eq!(durable(&world), Some(2));
    world.event(3, &[]);
    assert_eq!(durable(&world), Some(2));
    world.commit();
    world.event(4, &[]);
    world.crash();
    assert_eq!(durable(&world), Some(3), "from here it would go on");
}

#[test]
fn a_crash_between_commit_and_send_sends_after_all_under_the_same_name() {
    let mut world = World::new();
    world.event(1, &[machine(1)]);
    world.turn(machine(1), vec![say()]);
    world.commit();
    let before = world.sent();
    world.crash();
    let after = world.sent();
    assert_eq!(before[0].row, after[0].row);
    world
        .core
        .report(after[0].row.id, Sent::Done(Outcome::Done), world.now);
    world.commit();
    world.crash();
    assert!(world.sent().is_empty(), "done is done in the next life too");
}

#[test]
fn a_crash_before_the_commit_forgets_the_turn_and_the_position_with_it() {
    let mut world = World::new();
    world.event(1, &[machine(1)]);
    world.commit();
    world.turn(machine(1), vec![say()]);
    world.crash();
    assert!(world.sent().is_empty());
    let received = world.core.received(0);
    assert_eq!(received.seq, 0, "the event will be replayed");
}

#[test]
fn a_machine_that_ran_ahead_of_the_position_skips_what_it_contains() {
    let mut world = World::new();
    let (slow, fast) = (machine(1), machine(2));
    world.event(1, &[]);
    world.event(2, &[slow]);
    world.event(3, &[fast]);
    world.turn(fast, vec![say()]);
    world.commit();
    world.crash();
    assert_eq!(
        world.core.check(0, 2),
        Resumed::Next(world.at(2)),
        "replay begins after 1"
    );
    world.event(2, &[slow]);
    world.event(3, &[fast]);
    assert!(world.turn(slow, Vec::new()).is_some());
    assert!(
        world.turn(fast, Vec::new()).is_none(),
        "fast holds 3 already"
    );
    world.commit();
    assert_eq!(world.sent().len(), 1, "and it speaks once");
    assert!(
        !world
            .disk
            .keys()
            .any(|key| key.space() == Some(Space::Mark)),
        "marks are tidied up"
    );
}

#[test]
fn the_stream_must_continue_without_a_hole() {
    let mut world = World::new();
    world.event(1, &[]);
    world.event(2, &[]);
    assert_eq!(world.core.check(0, 2), Resumed::Seen);
    assert_eq!(world.core.check(0, 3), Resumed::Next(world.at(3)));
    assert_eq!(world.core.check(0, 5), Resumed::Hole { expected: 3 });
}

#[test]
fn a_fact_arrives_exactly_once_over_a_crash() {
    let mut world = World::new();
    let (teller, hearer) = (machine(1), machine(2));
    world.event(1, &[teller]);
    world.turn(
        teller,
        vec![Effect::Tell {
            to: hearer,
            fact: Fact::SharedWanted,
        }],
    );
    assert!(
        world.turn(hearer, Vec::new()).is_none(),
        "not before it is durable"
    );
    world.commit();
    world.crash();
    let heard = world.turn(hearer, Vec::new()).unwrap();
    assert!(matches!(heard.what, Inbound::Told { from, .. } if from == teller));
    world.commit();
    world.crash();
    assert!(world.turn(hearer, Vec::new()).is_none());
}

#[test]
fn a_gap_is_closed_by_the_last_machine_that_reconciles() {
    let mut world = World::new();
    let gap = Gap {
        from: world.now,
        to: world.now,
        reason: "test".into(),
    };
    let write = world.core.gaps.open(guild(1), gap.clone(), &Json);
    world.core.write(vec![write], world.now, Haste::Now);
    world.commit();
    world.crash();
    assert_eq!(world.core.gaps.len(), 1);
    let kinds = [Kind::Settings, Kind::Welcome];
    let (told, write) = world.core.gaps.reconcile(guild(1), &kinds, &Json).unwrap();
    assert_eq!(told, gap);
    world.core.write(vec![write], world.now, Haste::Now);
    world.commit();
    // A restart in the middle knows who is still at it.
    world.crash();
    let mut close = |kind, reconciling| {
        let address = Address::guild(kind, guild(1));
        let what = Inbound::GuildLeft { guild: guild(1) };
        world
            .core
            .gaps
            .absorbed(address, &what, reconciling, &Json)
            .is_some_and(|write| write.record.is_none())
    };
    assert!(!close(Kind::Welcome, Some(true)));
    assert!(!close(Kind::Settings, Some(false)));
    assert!(close(Kind::Welcome, Some(false)));
}

#[test]
fn what_cannot_be_delivered_becomes_a_dead_letter_and_these_are_bounded() {
    let mut world = World::new();
    let failure = Failure {
        status: 403,
        code: 50_007,
        text: "closed".into(),
    };
    for seq in 1..=(MAX_DEAD_LETTERS as u64 + 2) {
        world.event(seq, &[machine(1)]);
        world.turn(machine(1), vec![say()]);
        world.commit();
        world.now = world.now + Span::seconds(20);
        for job in world.sent() {
            world
                .core
                .report(job.row.id, Sent::Refused(failure.clone()), world.now);
        }
    }
    world.now = world.now + Span::hours(1);
    for job in world.sent() {
        world
            .core
            .report(job.row.id, Sent::Refused(failure.clone()), world.now);
    }
    while world.commit() {}
    let letters = world
        .disk
        .keys()
        .filter(|key| key.space() == Some(Space::DeadLetter))
        .count();
    assert_eq!(letters, MAX_DEAD_LETTERS);
    assert_eq!(world.core.dead_letter_count(), MAX_DEAD_LETTERS);
}

#[test]
fn a_position_that_only_moved_is_stored_every_few_seconds_and_idle_means_no_writes() {
    let mut world = World::new();
    world.event(1, &[]);
    assert!(world.commit());
    world.event(2, &[]);
    assert!(world.core.prepare(world.now, Span::millis(250)).is_none());
    world.now = world.now + POSITION_EVERY;
    assert!(world.core.prepare(world.now, Span::millis(250)).is_some());
    world.commit();
    world.now = world.now + Span::hours(1);
    assert!(world.core.prepare(world.now, Span::millis(250)).is_none());
    assert_eq!(world.core.next_commit(Span::millis(250)), None);
}

#[test]
fn a_clock_set_back_does_not_hold_a_batch_or_a_position_back() {
    let mut world = World::new();
    let tick = Span::millis(250);
    world.event(1, &[]);
    world.commit();
    world.event(2, &[machine(1)]);
    world.turn(machine(1), Vec::new());
    assert!(world.core.prepare(world.now, tick).is_none(), "too early");
    world.now = world.now - Span::hours(1);
    assert!(world.core.prepare(world.now, tick).is_some());
    world.commit();
    world.event(3, &[]);
    assert!(world.core.prepare(world.now, tick).is_none(), "too early");
    world.now = world.now - Span::hours(1);
    assert!(world.core.prepare(world.now, tick).is_some());
}

/// The next input of machine 1 makes it panic three times, and is set aside.
fn panics(world: &mut World) -> Arc<Input> {
    for _ in 0..3 {
        assert!(matches!(world.core.next(machine(1)), Next::Run { .. }));
        world.core.panicked(machine(1));
        world.core.asleep(machine(1));
    }
    let Next::Park(input) = world.core.next(machine(1)) else {
        panic!("three panics are enough")
    };
    world.core.park(machine(1), &input, "panicked", world.now);
    world.commit();
    input
}

#[test]
fn a_parked_input_frees_its_machine_and_is_kept() {
    let mut world = World::new();
    world.event(1, &[machine(1)]);
    panics(&mut world);
    assert_eq!(
        world
            .disk
            .keys()
            .filter(|key| key.space() == Some(Space::Parked))
            .count(),
        1
    );
    world.crash();
    assert_eq!(world.core.received(0).seq, 1, "it counts as contained");
}

#[test]
fn an_input_that_ended_the_process_is_set_aside_by_the_next_careful_life() {
    let mut world = World::new();
    world.event(1, &[]);
    world.event(2, &[machine(1)]);
    let Next::Run { input, .. } = world.core.next(machine(1)) else {
        panic!("it waits")
    };
    world
        .core
        .about_to_handle(Some((machine(1), (*input).clone())), world.now);
    world.commit();
    world.crash();
    let found = world.core.park_unfinished(world.now);
    assert_eq!(found, Some((machine(1), (*input).clone())));
    world.event(2, &[machine(1)]);
    assert_eq!(
        world.core.next(machine(1)),
        Next::Idle,
        "the replay does not bring it back"
    );
    world.commit();
    world.crash();
    assert_eq!(world.core.park_unfinished(world.now), None);
}

#[test]
fn facts_of_one_teller_arrive_in_the_order_they_were_told_also_after_a_restart() {
    let mut world = World::new();
    let (teller, hearer) = (machine(1), machine(2));
    world.event(1, &[]);
    let told: Vec<Fact> = (0..9)
        .map(|n| Fact::Sweep {
            tag: n.to_string(),
            from: Vec::new(),
        })
        .collect();
    world.event(2, &[teller]);
    let tell = |fact: &Fact| Effect::Tell {
        to: hearer,
        fact: fact.clone(),
    };
    world.turn(teller, told.iter().map(tell).collect());
    world.commit();
    world.crash();
    let heard: Vec<Fact> = std::iter::from_fn(|| world.turn(hearer, Vec::new()))
        .map(|input| match input.what {
            Inbound::Told { fact, .. } => fact,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(heard, told);
}

#[test]
fn a_session_whose_position_was_never_stored_does_not_lend_its_number_to_the_next() {
    let mut world = World::new();
    let (slow, fast) = (machine(1), machine(2));
    world.event(1, &[]);
    world.event(2, &[slow]);
    world.commit();
    // A new session begins while the old one still owes a turn; a machine runs ahead in it.
    assert_eq!(world.core.began(position()), 2);
    world.event(1, &[]);
    world.event(2, &[fast]);
    world.turn(fast, Vec::new());
    world.commit();
    world.crash();
    assert_eq!(world.core.began(position()), 3);
    world.event(1, &[]);
    world.event(2, &[fast]);
    let turned = world.turn(fast, Vec::new());
    assert!(turned.is_some(), "the mark of session 2 says nothing here");
}

#[test]
fn two_actors_of_one_machine_never_get_the_same_input() {
    let mut world = World::new();
    world.event(1, &[machine(1)]);
    world.event(2, &[machine(1)]);
    let first = world.core.next(machine(1));
    assert!(matches!(first, Next::Run { .. }), "{first:?}");
    assert_eq!(world.core.next(machine(1)), Next::Idle);
    world.core.asleep(machine(1));
    assert_eq!(world.core.next(machine(1)), first);
}

#[test]
fn a_timer_set_while_its_last_firing_waits_is_kept() {
    let mut world = World::new();
    let set = |due| {
        let change = TimerChange::Set {
            due,
            punishing: false,
        };
        BTreeMap::from([("k".to_owned(), change)])
    };
    let absorb = |world: &mut World, timers| {
        let Next::Run { input, .. } = world.core.next(machine(1)) else {
            panic!("something waits");
        };
        let commit = Commit {
            timers,
            ..Commit::empty(machine(1))
        };
        world.core.absorb(&input, commit, world.now);
    };
    let later = world.now + Span::hours(1);
    world.event(1, &[machine(1)]);
    let now = world.now;
    absorb(&mut world, set(now));
    world.event(2, &[machine(1)]);
    let due = world.now + Span::millis(1);
    world.core.poll_timers(due, |_| None);
    absorb(&mut world, set(later));
    absorb(&mut world, BTreeMap::new());
    world.commit();
    world.crash();
    assert_eq!(world.core.next_timer(), Some(later));
}

#[test]
fn a_clock_that_is_set_back_keeps_no_batch_waiting() {
    let mut world = World::new();
    world.event(1, &[]);
    world.commit();
    world.event(2, &[machine(1)]);
    world.turn(machine(1), Vec::new());
    let tick = Span::millis(250);
    assert!(world.core.prepare(world.now, tick).is_none());
    assert!(
        world
            .core
            .prepare(world.now - Span::hours(1), tick)
            .is_some()
    );
}

#[test]
fn a_timer_wanted_late_is_another_occurrence_than_the_one_that_fired() {
    let mut world = World::new();
    let due = world.now;
    let mut fired = Vec::new();
    for seq in 1..=2 {
        world.event(seq, &[machine(1)]);
        let Next::Run { input, .. } = world.core.next(machine(1)) else {
            panic!("the event waits");
        };
        let change = TimerChange::Set {
            due,
            punishing: false,
        };
        let commit = Commit {
            timers: BTreeMap::from([("k".to_owned(), change)]),
            ..Commit::empty(machine(1))
        };
        world.core.absorb(&input, commit, world.now);
        world.now = world.now + Span::seconds(1);
        world.core.poll_timers(world.now, |_| None);
        fired.extend(world.turn(machine(1), vec![say()]));
        world.commit();
        // As if no time had passed: the second event is of the same instant.
    }
    assert_eq!(fired.len(), 2);
    assert_ne!(fired[0].id, fired[1].id, "or their messages had one name");
}

#[test]
fn an_input_set_aside_does_not_leave_its_guild_in_a_gap_for_good() {
    let mut world = World::new();
    let gap = Gap {
        from: world.now,
        to: world.now,
        reason: "test".into(),
    };
    world.core.gaps.open(guild(1), gap, &Json);
    world.core.gaps.reconcile(guild(1), &[Kind::Welcome], &Json);
    let park = |world: &mut World, what: Inbound, id| {
        let (id, at) = (InputId::Fact(EffectId(id)), world.now);
        let input = Input { id, at, what };
        world.core.park(machine(1), &input, "panicked", at);
    };
    world.event(1, &[machine(1)]);
    let Next::Run { input, .. } = world.core.next(machine(1)) else {
        panic!("it waits");
    };
    world.core.park(machine(1), &input, "panicked", world.now);
    assert_eq!(
        world.core.gaps.len(),
        1,
        "an event of its own is not what it waits for"
    );
    // The sweep over its rows, by which it goes on, is set aside.
    let what = Inbound::Told {
        from: machine(1),
        fact: Fact::SharedWanted,
    };
    park(&mut world, what, 5);
    assert_eq!(world.core.gaps.len(), 0);
    world.commit();
    assert!(!world.disk.keys().any(|key| key.space() == Some(Space::Gap)));
}

#[test]
fn a_replayed_guild_does_not_open_its_gap_anew() {
    let mut world = World::new();
    let gap = Gap {
        from: world.now,
        to: world.now,
        reason: "test".into(),
    };
    world.core.gaps.open(guild(1), gap, &Json);
    let kinds = [Kind::Settings, Kind::Welcome];
    world.core.gaps.reconcile(guild(1), &kinds, &Json);
    let settings = Address::guild(Kind::Settings, guild(1));
    let what = Inbound::GuildLeft { guild: guild(1) };
    let absorbed = |world: &mut World, address| {
        world
            .core
            .gaps
            .absorbed(address, &what, Some(false), &Json)
            .is_some_and(|write| write.record.is_none())
    };
    assert!(!absorbed(&mut world, settings));
    world.core.gaps.reconcile(guild(1), &kinds, &Json);
    assert!(absorbed(&mut world, machine(1)), "settings had caught up");
}

#[test]
fn a_mark_is_written_once_however_long_the_position_waits() {
    let mut world = World::new();
    let (slow, fast) = (machine(1), machine(2));
    world.event(1, &[]);
    world.event(2, &[slow]);
    world.event(3, &[fast]);
    world.turn(fast, Vec::new());
    world.commit();
    world.core.write(Vec::new(), world.now, Haste::Soon);
    world.event(4, &[machine(3)]);
    world.turn(machine(3), Vec::new());
    let epoch = world.core.prepare_last(world.now).unwrap();
    let marks = epoch
        .write_list()
        .filter(|write| write.key.space() == Some(Space::Mark))
        .count();
    assert_eq!(marks, 1, "only the new one");
}

#[test]
fn the_note_of_careful_mode_outlives_progress_elsewhere_and_ends_with_its_input() {
    let mut world = World::new();
    world.event(1, &[]);
    world.event(2, &[machine(1)]);
    let Next::Run { input, .. } = world.core.next(machine(1)) else {
        panic!("it waits");
    };
    let note = Some((machine(1), (*input).clone()));
    world.core.about_to_handle(note.clone(), world.now);
    world.commit();
    assert_eq!(world.core.process().about_to_handle, note);
    world
        .core
        .absorb(&input, Commit::empty(machine(1)), world.now);
    world.commit();
    world.crash();
    assert_eq!(world.core.park_unfinished(world.now), None);
}

/// The records of one space.
fn stored(world: &World, space: Space) -> Vec<(Key, Record)> {
    let of = |(key, _): &(&Key, &Record)| key.space() == Some(space);
    let found = world.disk.iter().filter(of);
    found
        .map(|(key, record)| (key.clone(), record.clone()))
        .collect()
}

/// A world with one effect that Discord refused.
fn with_a_dead_letter() -> World {
    let mut world = World::new();
    world.event(1, &[machine(1)]);
    world.turn(machine(1), vec![say()]);
    world.commit();
    let id = world.sent()[0].row.id;
    let refused = Sent::Refused(Failure {
        status: 403,
        code: 50_013,
        text: "Missing Permissions".into(),
    });
    world.core.report(id, refused, world.now);
    world.core.write(Vec::new(), world.now, Haste::Now);
    world.commit();
    world
}

#[test]
fn a_dead_letter_is_sent_again_only_once_that_is_durable_and_survives_a_crash_before() {
    for crash_first in [true, false] {
        let mut world = with_a_dead_letter();
        let (key, record) = stored(&world, Space::DeadLetter).remove(0);
        world.now = world.now + Span::days(3);
        let decide =
            |world: &mut World| world.core.decide(&key, &record, Verdict::Again, world.now);
        assert_eq!(decide(&mut world), Ok(Decided::Sending));
        assert_eq!(
            decide(&mut world),
            Err(Undecided::Nothing),
            "once is enough"
        );
        assert_eq!(world.sent(), [], "not durable yet");
        if crash_first {
            world.crash();
            assert_eq!(
                stored(&world, Space::DeadLetter).len(),
                1,
                "nothing was decided"
            );
            assert_eq!(decide(&mut world), Ok(Decided::Sending));
        }
        world.commit();
        assert_eq!(stored(&world, Space::DeadLetter), []);
        assert_eq!(world.core.dead_letter_count(), 0);
        if crash_first {
            world.crash();
        }
        let jobs = world.sent();
        assert_eq!(jobs.len(), 1, "{jobs:?}");
        assert!(jobs[0].look_since.is_some(), "it may have arrived");
        assert!(jobs[0].row.expires_at > world.now);
    }
}

#[test]
fn a_dropped_dead_letter_is_gone_for_good() {
    let mut world = with_a_dead_letter();
    let (key, record) = stored(&world, Space::DeadLetter).remove(0);
    let drop = |world: &mut World| world.core.decide(&key, &record, Verdict::Drop, world.now);
    assert_eq!(drop(&mut world), Ok(Decided::Dropped));
    assert_eq!(drop(&mut world), Err(Undecided::Nothing));
    world.commit();
    world.crash();
    assert_eq!(stored(&world, Space::DeadLetter), []);
    assert_eq!(world.core.dead_letter_count(), 0);
    assert_eq!(world.sent(), []);
}

#[test]
fn an_effect_up_for_review_waits_for_a_person_under_whatever_key_it_lies() {
    let mut world = World::new();
    world.event(1, &[machine(1)]);
    world.turn(machine(1), vec![say()]);
    world.commit();
    // What a restore does with outbox rows.
    for (key, record) in stored(&world, Space::Outbox) {
        world.disk.remove(&key);
        let key = Key::new(Space::DeadLetter, &[key.body(), b"+"].concat());
        world.disk.insert(key, record);
    }
    world.crash();
    assert_eq!(world.sent(), [], "nobody decided");
    assert_eq!(world.core.dead_letter_count(), 1);
    let (key, record) = stored(&world, Space::DeadLetter).remove(0);
    let decided = world.core.decide(&key, &record, Verdict::Again, world.now);
    assert_eq!(decided, Ok(Decided::Sending));
    world.commit();
    assert_eq!(world.sent().len(), 1);
    assert_eq!(stored(&world, Space::DeadLetter), []);
}

/// A world in which the machine panicked three times on an input, and the input.
fn with_a_parked_input() -> (World, Arc<Input>) {
    let mut world = World::new();
    world.event(1, &[machine(1), machine(2)]);
    let input = panics(&mut world);
    (world, input)
}

#[test]
fn a_released_input_stays_set_aside_until_its_turn_is_durable() {
    let (mut world, input) = with_a_parked_input();
    let (key, record) = stored(&world, Space::Parked).remove(0);
    let decide = |world: &mut World, verdict| world.core.decide(&key, &record, verdict, world.now);
    let released = Decided::Released(machine(1), input.id.clone());
    assert_eq!(decide(&mut world, Verdict::Again), Ok(released));
    for verdict in [Verdict::Again, Verdict::Drop] {
        assert_eq!(decide(&mut world, verdict), Err(Undecided::UnderWay));
    }
    world.turn(machine(1), Vec::new());
    assert!(!world.core.is_released(machine(1), &input.id));
    assert_eq!(
        stored(&world, Space::Parked).len(),
        1,
        "until it is durable"
    );
    // The other machine has not seen the event: the position must still wait for it.
    world.commit();
    assert_eq!(stored(&world, Space::Parked), []);
    world.crash();
    assert_eq!(world.core.received(0).seq, 0);
    assert_eq!(world.core.counters.parked, 0);
}

#[test]
fn a_released_input_that_its_machine_cannot_take_stays_where_it_was() {
    let (mut world, _) = with_a_parked_input();
    let before = stored(&world, Space::Parked);
    let (key, record) = before[0].clone();
    let decided = world.core.decide(&key, &record, Verdict::Again, world.now);
    assert!(decided.is_ok());
    panics(&mut world);
    assert_eq!(stored(&world, Space::Parked), before);
    assert_eq!(world.core.counters.parked, 1);
    // A machine that fails all the time does not get it either.
    let decided = world.core.decide(&key, &record, Verdict::Again, world.now);
    assert!(decided.is_ok());
    world
        .core
        .spool_waiting(machine(1), "fails all the time", world.now);
    assert_eq!(stored(&world, Space::Parked), before);
    let decided = world.core.decide(&key, &record, Verdict::Drop, world.now);
    assert_eq!(decided, Ok(Decided::Dropped));
    world.commit();
    assert_eq!(stored(&world, Space::Parked), []);
}

const TICK: Span = Span::millis(250);

impl World {
    fn sign(&mut self, seq: u64, to: Address) {
        self.sign_of(seq, to, 7);
    }

    fn sign_of(&mut self, seq: u64, to: Address, user: u64) {
        let sign = Sign {
            guild: guild(1),
            user: UserId::new(user).unwrap(),
            at: self.now,
            signs: Signs::deed(self.now, Deed::Wrote, None),
        };
        let at = self.at(seq);
        self.core.sign(0, at, &[to], &sign, self.now);
    }

    fn is_due(&mut self) -> bool {
        self.core.prepare(self.now, TICK).is_some()
    }
}

#[test]
fn signs_of_life_gather_for_four_ticks_and_are_one_batch() {
    let mut world = World::new();
    let a = machine(1);
    world.sign(1, a);
    assert!(
        world.core.take_wakes().is_empty(),
        "nobody is woken for them"
    );
    for seq in 2..=9 {
        world.now = world.now + Span::millis(100);
        world.sign(seq, a);
        assert!(!world.is_due());
    }
    assert_eq!(
        world.core.next_commit(TICK),
        Some(world.now + Span::millis(200))
    );
    world.now = world.now + Span::millis(200);
    assert!(
        !world.is_due(),
        "they are handed out, nothing came of it yet"
    );
    assert_eq!(world.core.take_wakes(), [a]);
    world.sign(10, a);
    world.turn(a, Vec::new()).unwrap();
    assert!(world.is_due(), "they have waited long enough");
    assert!(
        world.turn(a, Vec::new()).is_none(),
        "the tenth gathers anew"
    );
    let epoch = world.core.prepare(world.now, TICK).unwrap().number;
    world.core.durable(epoch, world.now);
    let stored = world.core.positions.current(0).unwrap().seq;
    assert_eq!(
        stored, 9,
        "all that was handed out is contained, and no more is claimed"
    );
}

#[test]
fn after_an_early_end_nothing_gathers_until_a_position_is_stored() {
    let mut world = World::new();
    let a = machine(1);
    let process = ProcessRecord {
        starts_without_progress: 1,
        ..ProcessRecord::default()
    };
    world.core.set_process(process, world.now);
    world.commit();
    world.sign(1, a);
    world.is_due();
    assert_eq!(world.core.take_wakes(), [a]);
    world.turn(a, Vec::new()).unwrap();
    world.now = world.now + TICK;
    world.commit();
    world.sign(2, a);
    world.is_due();
    assert!(world.core.take_wakes().is_empty());
}

#[test]
fn what_discord_would_bring_again_waits_as_long_as_signs_of_life() {
    let mut world = World::new();
    let a = machine(1);
    world.sign(1, a);
    world.core.cut(world.now);
    world.turn(a, Vec::new()).unwrap();
    world.now = world.now + Span::seconds(2);
    assert!(world.is_due());
    let epoch = world.core.prepare(world.now, TICK).unwrap().number;
    world.core.durable(epoch, world.now);
    world.sign(2, a);
    world.event(3, &[a]);
    world.turn(a, Vec::new()).unwrap();
    world.turn(a, Vec::new()).unwrap();
    for _ in 0..4 {
        assert!(!world.is_due());
        world.now = world.now + TICK;
    }
    assert!(world.is_due());
}

#[test]
fn a_crowd_of_signs_is_handed_out_at_once() {
    let mut world = World::new();
    let a = machine(1);
    let mut seq = 0;
    while world.core.take_wakes().is_empty() {
        seq += 1;
        world.sign_of(seq, a, seq);
    }
    while world.turn(a, Vec::new()).is_some() {}
    assert!(world.is_due(), "nothing more is to come of it");
}

#[test]
fn what_was_set_aside_about_somebody_goes_when_they_are_forgotten_there() {
    let user = UserId::new(123_456_789_012_345_678).unwrap();
    for crash in [false, true] {
        let mut world = World::new();
        let to = |user: u64| Effect::Say {
            to: vec![Target::User(UserId::new(user).unwrap())],
            message: Message::text("hello"),
        };
        let tell = |fact: Fact| Effect::Tell {
            to: machine(1),
            fact,
        };
        world.event(1, &[machine(1), machine(2)]);
        let wanted = Fact::KnowledgeWanted { user, ask: 1 };
        let effects = vec![to(user.get()), to(123_456_789_012_345_679), tell(wanted)];
        world.turn(machine(1), effects);
        world.turn(machine(2), vec![to(user.get())]);
        world.commit();
        for _ in 0..2 {
            for job in world.sent() {
                let refused = Sent::Refused(Failure {
                    status: 403,
                    code: 0,
                    text: "no".into(),
                });
                world.core.report(job.row.id, refused, world.now);
            }
        }
        panics(&mut world);
        let kept = |world: &World| {
            let kept = |space| stored(world, space).len();
            (kept(Space::DeadLetter), kept(Space::Parked))
        };
        assert_eq!(kept(&world), (3, 1));
        world.event(2, &[machine(1)]);
        world.turn(machine(1), vec![tell(Fact::Forget { user, ask: 2 })]);
        world.commit();
        if crash {
            world.crash();
            world.core.counters.parked = 1;
        }
        world.turn(machine(1), Vec::new());
        assert_eq!(kept(&world), (3, 1), "until it is durable");
        world.commit();
        assert_eq!(kept(&world), (2, 0), "another guild's and another person's");
        assert_eq!(world.core.dead_letter_count(), 2);
        assert_eq!(world.core.counters.parked, 0);
    }
}

/// What is withdrawn while it is in the open batch, in the sealed one, or durable never leaves, whether
/// or not the process is killed after that.
#[test]
fn what_is_withdrawn_never_leaves_wherever_its_row_is() {
    for (sealed, durable, killed) in [
        (false, false, false),
        (false, false, true),
        (true, false, false),
        (true, true, false),
        (true, true, true),
    ] {
        let mut world = World::new();
        world.event(1, &[machine(1)]);
        let wanted = world.turn(machine(1), vec![say()]).unwrap();
        let id = crate::kernel::machine::effect_id(machine(1), &wanted.id, 0);
        let mut epoch = None;
        if sealed {
            epoch = world.core.prepare_last(world.now).cloned();
        }
        if durable {
            world.commit();
        }
        world.event(2, &[machine(1)]);
        world.turn_withdrawing(machine(1), Vec::new(), vec![id]);
        if epoch.is_some() && !durable {
            world.commit();
        }
        world.commit();
        if killed {
            world.crash();
        }
        assert!(world.sent().is_empty(), "{sealed} {durable} {killed}");
        let left = world
            .disk
            .keys()
            .filter(|key| key.space() == Some(Space::Outbox));
        assert_eq!(left.count(), 0, "{sealed} {durable} {killed}");
    }
}

#[test]
fn a_kick_does_not_leave_while_its_shard_is_behind() {
    let mut world = World::new();
    world.event(1, &[machine(1)]);
    let kick = Effect::Kick {
        guild: guild(1),
        user: UserId::new(5).unwrap(),
        joined_at: None,
        reason: String::new(),
    };
    world.turn(machine(1), vec![kick]);
    world.commit();
    let now = world.now;
    assert!(world.core.poll_outbox(now, |_| Some(now)).is_empty());
    let later = now + Span::seconds(5);
    assert_eq!(world.core.poll_outbox(later, |_| None).len(), 1);
}
