//! Whatever lies on the disk: reading it never panics, never asks for much memory, and never gives a value
//! that does not stay what it is. Random damage of real records, keys and exports; more of it with
//! `PROPTEST_CASES` (see CONTRIBUTING.md, "Long runs").

use crate::{
    damage::{frugal, reads_or_refuses, samples},
    kit::commit,
};
use actors::{
    kernel::{
        core::{Core, Loaded},
        record::{Key, Record, Schema, Space, Write},
        spool::SpoolRow,
        stored::{GapRow, Mark, Parked, Position, ProcessRecord, TimerRow},
        time::{Span, Timestamp},
    },
    kernel::{
        effect::{DeadLetter, OutboxRow},
        record::Snapshot,
    },
    registry,
};
use proptest::{collection::vec, prelude::*, sample::Index};
use snapshots::{
    Bincode,
    export::{Reason, read_header, verify_export, write},
    format,
    memory::Memory,
};
use std::{fs, sync::OnceLock};

/// One thing that can happen to bytes.
#[derive(Clone, Debug)]
enum Harm {
    Flip(Index, u8),
    Set(Index, u8),
    /// A length or number of eight bytes becomes this.
    Number(Index, u64),
    Cut(Index),
    Insert(Index, Vec<u8>),
    Remove(Index, Index),
    /// A piece is repeated somewhere else.
    Copy(Index, Index, Index),
}

fn harm() -> impl Strategy<Value = Harm> {
    let at = any::<Index>;
    let number = prop_oneof![
        any::<u64>(),
        0..300_u64,
        Just(u64::MAX),
        Just(i64::MAX.unsigned_abs()),
        Just(u64::from(u32::MAX)),
        (0..64_u32).prop_map(|bit| 1 << bit),
    ];
    prop_oneof![
        4 => (at(), 0..8_u8).prop_map(|(at, bit)| Harm::Flip(at, bit)),
        2 => (at(), any::<u8>()).prop_map(|(at, byte)| Harm::Set(at, byte)),
        3 => (at(), number).prop_map(|(at, number)| Harm::Number(at, number)),
        1 => at().prop_map(Harm::Cut),
        1 => (at(), vec(any::<u8>(), 1..40)).prop_map(|(at, bytes)| Harm::Insert(at, bytes)),
        1 => (at(), at()).prop_map(|(from, to)| Harm::Remove(from, to)),
        1 => (at(), at(), at()).prop_map(|(from, to, at)| Harm::Copy(from, to, at)),
    ]
}

impl Harm {
    fn befall(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let length = bytes.len();
        let range = |from: &Index, to: &Index| {
            let (from, to) = (from.index(length), to.index(length));
            from.min(to)..from.max(to)
        };
        match self {
            Self::Flip(at, bit) => bytes[at.index(length)] ^= 1 << bit,
            Self::Set(at, byte) => bytes[at.index(length)] = *byte,
            Self::Number(at, number) => {
                let at = at.index(length);
                let end = length.min(at + 8);
                bytes[at..end].copy_from_slice(&number.to_le_bytes()[..end - at]);
            }
            Self::Cut(at) => bytes.truncate(at.index(length)),
            Self::Insert(at, more) => {
                let at = at.index(length);
                bytes.splice(at..at, more.iter().copied());
            }
            Self::Remove(from, to) => drop(bytes.drain(range(from, to))),
            Self::Copy(from, to, at) => {
                let piece = bytes[range(from, to)].to_vec();
                let at = at.index(length);
                bytes.splice(at..at, piece);
            }
        }
    }
}

fn harmed(mut bytes: Vec<u8>, harms: &[Harm]) -> Vec<u8> {
    for harm in harms {
        harm.befall(&mut bytes);
    }
    bytes
}

fn any_record() -> impl Strategy<Value = Record> {
    let known = registry::samples(&Bincode).unwrap();
    let count = known.len();
    (0..count).prop_map(move |n| known[n].1.clone())
}

/// Where a record of the runtime lies.
fn space(schema: Schema) -> Space {
    match schema.kind {
        OutboxRow::KIND => Space::Outbox,
        DeadLetter::KIND => Space::DeadLetter,
        GapRow::KIND => Space::Gap,
        Position::KIND => Space::Position,
        Mark::KIND => Space::Mark,
        TimerRow::KIND => Space::Timer,
        Parked::KIND => Space::Parked,
        ProcessRecord::KIND => Space::Process,
        SpoolRow::KIND => Space::Spool,
        _ => Space::Head,
    }
}

/// An export of one of everything.
fn export() -> &'static [u8] {
    static EXPORT: OnceLock<Vec<u8>> = OnceLock::new();
    EXPORT.get_or_init(|| {
        let mut store = Memory::default().open(7).unwrap();
        let write_of = |(name, record): (String, Record)| Write {
            key: Key::new(Space::Row, name.as_bytes()),
            record: Some(record),
        };
        commit(&mut *store, samples().into_iter().map(write_of).collect());
        let dir = tempfile::TempDir::new().unwrap();
        let at = Timestamp::from_seconds(1_795_000_000);
        let (path, _) = write(&store.view(), dir.path(), Reason::Manual, at, &mut |_| {}).unwrap();
        fs::read(path).unwrap()
    })
}

proptest! {
    #[test]
    fn a_payload_of_any_kind(record in any_record(), harms in vec(harm(), 0..4), version in 0..3_u16) {
        let schema = Schema { version: record.schema.version + version / 2, ..record.schema };
        let payload = harmed(record.payload, &harms);
        reads_or_refuses(&Record { schema, payload });
    }

    #[test]
    fn a_payload_taken_for_another_kind(record in any_record(), other in any_record()) {
        reads_or_refuses(&Record { schema: other.schema, payload: record.payload });
    }

    #[test]
    fn a_sealed_record(record in any_record(), harms in vec(harm(), 1..4), epoch: u64) {
        let key = Key::new(Space::Head, b"somewhere");
        let sealed = format::seal(&key, epoch, &record);
        let found = harmed(sealed.clone(), &harms);
        let same = found == sealed;
        prop_assert_eq!(frugal(|| format::open(&key, found)).is_ok(), same);
    }

    #[test]
    fn what_the_core_starts_from(
        records in vec((any_record(), vec(harm(), 0..3), vec(any::<u8>(), 0..40)), 0..12),
    ) {
        let record = |(record, harms, body): (Record, Vec<Harm>, Vec<u8>)| {
            let key = Key::new(space(record.schema), &body);
            let payload = harmed(record.payload, &harms);
            (key, Record { payload, ..record })
        };
        let loaded = Loaded {
            epoch: 9,
            incarnation: 7,
            records: records.into_iter().map(record).collect(),
        };
        let now = Timestamp::from_seconds(1_795_000_000);
        let (mut core, _) = Core::load(Bincode, 2, &loaded, now);
        core.park_unfinished(now);
        core.wake_waiting();
        for minutes in [0, 10, 100_000] {
            let now = now + Span::minutes(minutes);
            core.poll_timers(now, |_| None);
            core.poll_outbox(now, |_| None);
            while let Some(epoch) = core.prepare_last(now).map(|epoch| epoch.number) {
                core.durable(epoch, now);
            }
        }
    }

    #[test]
    fn an_export(harms in vec(harm(), 1..4)) {
        let found = harmed(export().to_vec(), &harms);
        let same = found == export();
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), found).unwrap();
        let _ = frugal(|| read_header(file.path()));
        prop_assert_eq!(frugal(|| verify_export(file.path())).is_ok(), same);
    }
}
