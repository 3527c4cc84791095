//! How the parts work together, with a store of a map and commits made by hand.

use super::*;
use crate::kernel::{
    address::Kind,
    effect::{Effect, Failure, OutboxRow, Outcome, Target},
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
        self.core.frame(0, at, inputs);
    }

    /// Runs the next turn of a machine: writes a head and wants `effects`.
    fn turn(&mut self, address: Address, effects: Vec<Effect>) -> Option<Input> {
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
        self.core.poll_outbox(self.now)
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
    world.core.write(vec![write], world.now, true);
    world.commit();
    world.crash();
    assert_eq!(world.core.gaps.len(), 1);
    let kinds = [Kind::Settings, Kind::Welcome];
    let (told, write) = world.core.gaps.reconcile(guild(1), &kinds, &Json).unwrap();
    assert_eq!(told, gap);
    world.core.write(vec![write], world.now, true);
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
fn a_parked_input_frees_its_machine_and_is_kept() {
    let mut world = World::new();
    world.event(1, &[machine(1)]);
    for _ in 0..3 {
        assert!(matches!(world.core.next(machine(1)), Next::Run { .. }));
        world.core.asleep(machine(1));
    }
    let Next::Park(input) = world.core.next(machine(1)) else {
        panic!("three tries are enough")
    };
    world.core.park(machine(1), &input, "panicked", world.now);
    world.commit();
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
    assert!(matches!(
        world.core.next(machine(1)),
        Next::Run { tries: 1, .. }
    ));
    assert_eq!(world.core.next(machine(1)), Next::Idle);
    world.core.untry(machine(1));
    world.core.asleep(machine(1));
    let again = world.core.next(machine(1));
    assert!(matches!(again, Next::Run { tries: 1, .. }), "{again:?}");
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
    world.core.write(Vec::new(), world.now, false);
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
