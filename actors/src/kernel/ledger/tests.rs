//! What the ledger promises.

use super::*;
use crate::kernel::{
    activity::{Deed, Signs},
    address::Kind,
    ids::{GuildId, UserId},
    time::Timestamp,
};

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
    let run = |number| Next::Run {
        input: input(number),
        past: None,
        careful: false,
    };
    for _ in 0..MAX_PANICS {
        // An actor that ends otherwise counts for nothing.
        assert_eq!(ledger.next(a), run(1));
        assert_eq!(ledger.asleep(a), Some(a));
        assert_eq!(ledger.next(a), run(1));
        ledger.panicked(a);
        assert_eq!(ledger.asleep(a), Some(a));
    }
    assert_eq!(ledger.next(a), Next::Park(input(1)));
    ledger.absorbed(a, &id(1));
    assert_eq!(ledger.next(a), run(2));
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

fn write(ledger: &mut Ledger, seq: u64, user: u64) -> Vec<Address> {
    let sign = Sign {
        guild: GuildId::new(1).unwrap(),
        user: UserId::new(user).unwrap(),
        at: Timestamp::EPOCH,
        signs: Signs::deed(Timestamp::EPOCH, Deed::Wrote, None),
    };
    ledger.sign(0, at(seq), machine(1), sign)
}

/// Ends the gathering and wakes who is to be woken.
fn cut(ledger: &mut Ledger) -> Vec<Address> {
    let cut = ledger.cut().into_iter();
    cut.filter_map(|address| ledger.wake(address)).collect()
}

fn run(ledger: &mut Ledger, address: Address) -> Option<Arc<Input>> {
    match ledger.next(address) {
        Next::Run { input, .. } => Some(input),
        _ => None,
    }
}

fn written(input: &Input) -> Vec<u32> {
    let Inbound::Activity(activity) = &input.what else {
        panic!("no signs of life")
    };
    let members = activity.members.values();
    members.map(|signs| signs.times(Deed::Wrote)).collect()
}

#[test]
fn signs_of_life_gather_until_they_are_cut() {
    let mut ledger = Ledger::default();
    let a = machine(1);
    for (seq, user) in [(1, 7), (2, 8), (3, 7)] {
        assert_eq!(write(&mut ledger, seq, user), []);
    }
    assert_eq!(
        (ledger.total(), ledger.depth(a), ledger.merged()),
        (2, 1, 2)
    );
    assert!(run(&mut ledger, a).is_none(), "they gather");
    assert_eq!(cut(&mut ledger), [a]);
    write(&mut ledger, 4, 7);
    let first = run(&mut ledger, a).unwrap();
    assert_eq!(written(&first), [2, 1]);
    assert_eq!(
        ledger.low_water(0).map(|low| low.seq),
        None,
        "event 1 is not contained"
    );
    ledger.absorbed(a, &first.id);
    assert_eq!(ledger.low_water(0).map(|low| low.seq), Some(3));
    assert!(run(&mut ledger, a).is_none(), "the fourth gathers anew");
    assert_eq!(
        ledger.marks_ahead().count(),
        0,
        "nobody is ahead after a cut"
    );
}

#[test]
fn what_gathers_anew_does_not_wake_who_waits_for_their_turn_to_be_woken() {
    let mut ledger = Ledger::default();
    write(&mut ledger, 1, 7);
    let waiting = ledger.cut();
    assert_eq!(write(&mut ledger, 2, 8), []);
    let woken: Vec<_> = waiting.into_iter().filter_map(|a| ledger.wake(a)).collect();
    assert_eq!(woken, [machine(1)]);
    assert_eq!(written(&run(&mut ledger, machine(1)).unwrap()), [1]);
}

#[test]
fn nothing_that_is_contained_joins_again() {
    let mut ledger = Ledger::default();
    let a = machine(1);
    ledger.load_mark(a, 0, at(5));
    for seq in 3..=7 {
        write(&mut ledger, seq, 9);
    }
    cut(&mut ledger);
    assert_eq!(written(&run(&mut ledger, a).unwrap()), [2]);
}

#[test]
fn who_waits_for_an_answer_waits_for_the_signs_before_it_and_not_for_more() {
    let mut ledger = Ledger::default();
    let a = machine(1);
    write(&mut ledger, 1, 7);
    assert_eq!(ledger.receive(0, at(2), [(a, input(2))]), [a]);
    write(&mut ledger, 3, 7);
    let first = run(&mut ledger, a).unwrap();
    assert_eq!(written(&first), [1]);
    ledger.absorbed(a, &first.id);
    let second = run(&mut ledger, a).unwrap();
    assert_eq!(second.id, id(2));
    ledger.absorbed(a, &second.id);
    assert!(run(&mut ledger, a).is_none());
    assert_eq!(cut(&mut ledger), [a]);
    assert!(run(&mut ledger, a).is_some());
}

#[test]
fn what_was_tried_once_grows_no_more() {
    let mut ledger = Ledger::default();
    let a = machine(1);
    write(&mut ledger, 1, 7);
    cut(&mut ledger);
    run(&mut ledger, a).unwrap();
    write(&mut ledger, 2, 7);
    assert_eq!(ledger.asleep(a), Some(a), "it panicked");
    assert_eq!(written(&run(&mut ledger, a).unwrap()), [1]);
}

#[test]
fn a_crowd_is_to_end_the_gathering() {
    let mut ledger = Ledger::default();
    let a = machine(1);
    for seq in 1..=GATHERING_ENDS as u64 {
        assert!(!ledger.overflows());
        assert_eq!(
            write(&mut ledger, seq, seq),
            [],
            "a second heap gathers too"
        );
    }
    assert!(ledger.overflows());
    ledger.asks_about = questions().asks_about;
    write(&mut ledger, GATHERING_ENDS as u64 + 1, 7);
    let question = GATHERING_ENDS as u64 + 2;
    ledger.receive(0, at(question), [(a, input(question))]);
    assert_eq!(asked(&mut ledger, a), Some((id(question), Some(vec![2]))));
}

/// Every command asks about the member with its number.
fn questions() -> Ledger {
    fn about(_: Kind, what: &Inbound) -> Option<UserId> {
        match what {
            Inbound::Activity(_) => None,
            _ => UserId::new(7),
        }
    }
    Ledger {
        asks_about: Some(about),
        ..Ledger::default()
    }
}

/// The next input, and how much of what gathers it must see.
fn asked(ledger: &mut Ledger, address: Address) -> Option<(InputId, Option<Vec<u32>>)> {
    match ledger.next(address) {
        Next::Run { input, past, .. } => Some((input.id.clone(), past.map(|past| written(&past)))),
        _ => None,
    }
}

#[test]
fn a_question_goes_past_what_gathers_and_takes_along_what_it_is_about() {
    let mut ledger = questions();
    let a = machine(1);
    for (seq, user) in [(1, 7), (2, 8), (3, 7)] {
        write(&mut ledger, seq, user);
    }
    assert_eq!(ledger.receive(0, at(4), [(a, input(4))]), [a]);
    write(&mut ledger, 5, 7);
    assert_eq!(
        asked(&mut ledger, a),
        Some((id(4), Some(vec![2]))),
        "two messages of theirs came before, the third after"
    );
    ledger.absorbed(a, &id(4));
    assert!(ledger.gathers());
    assert!(run(&mut ledger, a).is_none(), "they gather on");
    assert_eq!(ledger.low_water(0), None, "event 1 is not contained");
    assert_eq!(
        ledger.marks_ahead().count(),
        0,
        "what it went past would be skipped in a replay"
    );
    assert_eq!(cut(&mut ledger), [a]);
    let gathered = run(&mut ledger, a).unwrap();
    assert_eq!(written(&gathered), [3, 1]);
    ledger.absorbed(a, &gathered.id);
    assert_eq!(ledger.low_water(0).map(|low| low.seq), Some(5));
}

#[test]
fn a_question_goes_past_nothing_that_does_not_gather() {
    let mut ledger = questions();
    let a = machine(1);
    write(&mut ledger, 1, 7);
    cut(&mut ledger);
    ledger.receive(0, at(2), [(a, input(2))]);
    assert_eq!(asked(&mut ledger, a), Some((id(1), None)));
    ledger.absorbed(a, &id(1));
    assert_eq!(asked(&mut ledger, a), Some((id(2), None)));
    ledger.absorbed(a, &id(2));
    ledger.receive(0, at(3), [(a, input(3))]);
    assert_eq!(asked(&mut ledger, a), Some((id(3), None)));
}

#[test]
fn a_question_does_not_go_past_what_is_handed_out_already() {
    let mut ledger = Ledger::default();
    let a = machine(1);
    write(&mut ledger, 1, 7);
    ledger.receive(0, at(2), [(a, input(2))]);
    ledger.hold(a, &id(2));
    assert_eq!(asked(&mut ledger, a), Some((id(1), None)));
    ledger.drop_held(a, &id(2));
    ledger.asks_about = questions().asks_about;
    ledger.receive(0, at(3), [(a, input(3))]);
    ledger.absorbed(a, &id(1));
    assert_eq!(asked(&mut ledger, a), Some((id(3), None)));
}

#[test]
fn with_care_a_question_waits_for_what_came_before_it() {
    let mut ledger = questions();
    let a = machine(1);
    ledger.be_careful();
    write(&mut ledger, 1, 7);
    ledger.receive(0, at(2), [(a, input(2))]);
    let first = ledger.next(a);
    assert!(
        matches!(&first, Next::Run { input, careful: true, .. } if input.id == id(1)),
        "setting the question aside would say that the sign before it is contained: {first:?}"
    );
}

#[test]
fn a_question_that_fails_keeps_its_place_and_is_parked_alone() {
    let mut ledger = questions();
    let a = machine(1);
    write(&mut ledger, 1, 7);
    ledger.receive(0, at(2), [(a, input(2))]);
    for _ in 0..MAX_PANICS {
        assert_eq!(asked(&mut ledger, a), Some((id(2), Some(vec![1]))));
        ledger.panicked(a);
        assert_eq!(ledger.asleep(a), Some(a));
    }
    assert_eq!(ledger.next(a), Next::Park(input(2)));
    ledger.absorbed(a, &id(2));
    assert!(ledger.gathers());
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

/// One message written in channel `channel`, as an input of the frame `seq`.
fn noted(seq: u64, channel: u64) -> Arc<Input> {
    use crate::kernel::{
        ids::{ChannelId, MessageId},
        note::{Note, Noted, Notes},
    };
    let note = Note {
        at: Timestamp::EPOCH,
        channel: ChannelId::new(channel).unwrap(),
        message: MessageId::new(seq).unwrap(),
        what: Noted::Deleted,
    };
    let at = Seq {
        session: 1,
        seq,
        part: 0,
    };
    Arc::new(Input {
        id: InputId::Gateway { shard: 0, at },
        at: Timestamp::EPOCH,
        what: Inbound::Noted(Notes::of(GuildId::new(1).unwrap(), vec![note])),
    })
}

#[test]
fn notes_gather_in_order_and_none_is_lost_or_told_twice() {
    let desk = Address::guild(Kind::Welcome, GuildId::new(1).unwrap());
    let mut ledger = Ledger::default();
    let mut told = Vec::new();
    let work_off = |ledger: &mut Ledger, told: &mut Vec<u64>| {
        while let Next::Run { input, .. } = ledger.next(desk) {
            if let Inbound::Noted(notes) = &input.what {
                assert!(notes.notes.len() <= crate::kernel::note::MAX_NOTES);
                told.extend(notes.notes.iter().map(|note| note.message.get()));
            }
            ledger.absorbed(desk, &input.id);
        }
    };
    for seq in 1..=1_000_u64 {
        let input = noted(seq, seq % 3 + 1);
        let InputId::Gateway { at, .. } = input.id else {
            continue;
        };
        let wake = ledger.receive(0, at, [(desk, input)]);
        assert!(wake.is_empty() || seq > 256, "nobody waits for them");
        if seq % 333 == 0 {
            ledger.cut();
            ledger.wake(desk);
            work_off(&mut ledger, &mut told);
        }
    }
    ledger.cut();
    ledger.wake(desk);
    work_off(&mut ledger, &mut told);
    assert_eq!(told, (1..=1_000).collect::<Vec<_>>());
    assert_eq!(
        (ledger.total(), ledger.low_water(0).unwrap().seq),
        (0, 1_000)
    );
}
