use super::*;
use crate::kernel::{
    note::{Note, Noted},
    record::Snapshot as _,
    spool::{Cursor, Line, SpoolRow, spool_key},
};
use proptest::prelude::*;

fn line(n: u64) -> Line {
    Line::Message(Note {
        at: Timestamp::EPOCH,
        channel: crate::kernel::ids::ChannelId::new(1).unwrap(),
        message: crate::kernel::ids::MessageId::new(n).unwrap(),
        what: Noted::Deleted,
    })
}

fn number(line: &Line) -> u64 {
    match line {
        Line::Message(note) => note.message.get(),
        Line::Forget { user, .. } => user.get(),
    }
}

impl World {
    /// The event `seq` makes the machine want these lines.
    fn wants(&mut self, seq: u64, lines: &[u64]) {
        self.event(seq, &[machine(1)]);
        let Next::Run { input, .. } = self.core.next(machine(1)) else {
            return;
        };
        let commit = Commit {
            spooled: lines.iter().map(|n| line(*n)).collect(),
            ..Commit::empty(machine(1))
        };
        self.core.absorb(&input, commit, self.now);
    }

    /// What a sink gets when it takes up to `rows` rows.
    fn takes(&mut self, sink: &str, rows: u64) -> Vec<u64> {
        let waiting = self.core.waits_for(sink).unwrap();
        let until = waiting.until.row.min(waiting.cursor.at.row + rows);
        let (mut at, mut got) = (waiting.cursor.at, Vec::new());
        for row in at.row..until {
            let record = &self.disk[&spool_key(row)];
            let row = SpoolRow::from_record(&Json, record).unwrap();
            assert_eq!(row.before, at, "it knows its place");
            at.row += 1;
            at.lines += row.lines.len() as u64;
            at.bytes += record.payload.len() as u64;
            got.extend(row.lines.iter().map(number));
        }
        let cursor = Cursor {
            at,
            ..waiting.cursor
        };
        self.core.arrived(sink, cursor, self.now);
        got
    }

    fn rows(&self) -> usize {
        let rows = self.disk.keys();
        rows.filter(|key| key.space() == Some(Space::Spool)).count()
    }
}

#[test]
fn a_line_waits_until_its_turn_is_durable_and_goes_when_every_sink_has_it() {
    let mut world = World::new();
    world.core.set_sinks(&["a", "b"], world.now);
    world.wants(1, &[11, 12]);
    assert_eq!(world.takes("a", 9), [0; 0], "not durable");
    world.commit();
    assert_eq!(world.core.waits_for("b").unwrap().lines(), 2);
    assert_eq!(world.takes("a", 9), [11, 12]);
    world.commit();
    assert_eq!((world.rows(), world.takes("a", 9)), (1, vec![]));
    assert_eq!(world.takes("b", 9), [11, 12]);
    world.commit();
    assert_eq!(world.rows(), 0);
}

#[test]
fn nothing_is_spooled_for_nobody_and_who_comes_later_begins_later() {
    let mut world = World::new();
    world.wants(1, &[11]);
    world.commit();
    assert_eq!(world.rows(), 0);
    world.core.set_sinks(&["a"], world.now);
    world.wants(2, &[12]);
    world.commit();
    world.core.set_sinks(&["a", "b"], world.now);
    world.wants(3, &[13]);
    world.commit();
    assert_eq!(world.takes("b", 9), [13]);
    assert_eq!(world.takes("a", 9), [12, 13]);
    // One that is gone holds nothing back.
    world.wants(4, &[14]);
    world.core.set_sinks(&["b"], world.now);
    world.commit();
    assert_eq!(world.takes("b", 9), [14]);
    world.core.set_sinks(&[], world.now);
    world.commit();
    while world.core.untrimmed() {
        world.core.trim(world.now);
    }
    world.commit();
    assert_eq!(world.rows(), 0);
}

#[test]
fn what_waits_can_be_written_anew_for_as_long_as_it_waits() {
    let mut world = World::new();
    world.core.set_sinks(&["a"], world.now);
    world.wants(1, &[11]);
    assert!(world.core.spool_rows().is_empty(), "not durable");
    world.commit();
    let anew = |world: &mut World, n| {
        let record = &world.disk[&spool_key(0)];
        let mut row = SpoolRow::from_record(&Json, record).unwrap();
        row.lines = vec![line(n)];
        let record = row.to_record(&Json).unwrap();
        world.core.respool(0, record, world.now);
        world.commit();
    };
    anew(&mut world, 12);
    assert_eq!(world.core.spool_rows(), 0..1);
    let row = SpoolRow::from_record(&Json, &world.disk[&spool_key(0)]).unwrap();
    assert_eq!(world.takes("a", 9), [12]);
    let record = row.to_record(&Json).unwrap();
    world.commit();
    world.core.respool(0, record, world.now);
    world.commit();
    assert_eq!(world.rows(), 0, "it does not come back");
}

#[test]
fn that_somebody_is_to_be_forgotten_is_said_once_when_it_is_durable() {
    let mut world = World::new();
    world.core.set_sinks(&["a"], world.now);
    world.wants(1, &[11]);
    world.commit();
    assert!(!world.core.somebody_forgotten());
    world.event(2, &[machine(1)]);
    let Next::Run { input, .. } = world.core.next(machine(1)) else {
        panic!("there is an event");
    };
    let user = crate::kernel::ids::UserId::new(7).unwrap();
    let at = world.now;
    let commit = Commit {
        spooled: vec![Line::Forget { user, at }],
        ..Commit::empty(machine(1))
    };
    world.core.absorb(&input, commit, world.now);
    assert!(!world.core.somebody_forgotten(), "not durable");
    world.commit();
    assert!(world.core.somebody_forgotten());
    assert!(!world.core.somebody_forgotten());
}

#[test]
fn what_is_given_up_is_counted_and_to_be_told() {
    let mut world = World::new();
    world.core.set_sinks(&["a", "b"], world.now);
    for seq in 1..=4 {
        world.wants(seq, &[seq * 10, seq * 10 + 1]);
    }
    world.commit();
    assert_eq!(world.takes("b", 9).len(), 8);
    let waiting = world.core.waits_for("a").unwrap();
    let record = &world.disk[&spool_key(2)];
    let to = SpoolRow::from_record(&Json, record).unwrap().before;
    world
        .core
        .given_up("a", to, (world.now, world.now), world.now);
    world.commit();
    world.crash();
    world.core.set_sinks(&["a", "b"], world.now);
    let after = world.core.waits_for("a").unwrap();
    assert_eq!((waiting.lines(), after.lines()), (8, 4));
    assert_eq!(
        (after.cursor.lost, after.cursor.hole.unwrap().lines),
        (4, 4)
    );
    assert_eq!(world.takes("a", 9), [30, 31, 40, 41]);
}

proptest! {
    /// Killed between any two steps: every line of a durable turn arrives at every sink, in order, and
    /// what comes again is what came last.
    #[test]
    fn every_line_arrives_in_order(steps in proptest::collection::vec(0..7_u8, 1..80)) {
        let mut world = World::new();
        world.core.set_sinks(&["a", "b"], world.now);
        world.wants(1, &[2, 3]);
        world.commit();
        let mut seq = 1;
        let mut got: BTreeMap<&str, Vec<u64>> = [("a", vec![]), ("b", vec![])].into();
        for step in steps {
            match step {
                0 | 1 => {
                    seq += 1;
                    world.wants(seq, &[seq * 2, seq * 2 + 1]);
                }
                2 => _ = world.commit(),
                3 => got.get_mut("a").unwrap().extend(world.takes("a", 1)),
                4 => got.get_mut("b").unwrap().extend(world.takes("b", 3)),
                5 => world.core.trim(world.now),
                _ => {
                    world.crash();
                    world.core.set_sinks(&["a", "b"], world.now);
                    // Discord replays what is not contained.
                    seq = world.core.received(0).seq;
                }
            }
        }
        world.commit();
        for (sink, got) in &mut got {
            while world.core.waits_for(sink).unwrap().lines() > 0 {
                got.extend(world.takes(sink, 5));
            }
            let mut newest = 1;
            for line in got.iter() {
                prop_assert!(*line <= newest + 1, "{sink}: {line} after {newest}");
                newest = newest.max(*line);
            }
            prop_assert_eq!(newest, seq * 2 + 1);
        }
        world.commit();
        prop_assert_eq!(world.rows(), 0);
    }
}
