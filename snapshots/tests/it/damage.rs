//! Every kind of record there is, damaged in every way a disk knows: it is found, set aside and reported,
//! and what lies beside it is untouched. Nothing panics, and nothing asks for more memory than a record
//! may have.

use crate::kit::{Place, commit, key, payload, put};
use actors::{
    kernel::record::{Key, Record, Space, Write},
    registry,
};
use snapshots::{Batch, Bincode, CommitFault, ReadFault, format, verify};
use std::fs;

/// No reading of one record may allocate more: a record has at most 256 KiB, and what it becomes in
/// memory is a few times that.
pub(crate) const MOST_MEMORY: u64 = 4 << 20;

/// One of each kind, as the registry has them, and a large one that lies in pieces.
pub(crate) fn samples() -> Vec<(String, Record)> {
    let mut samples = registry::samples(&Bincode).unwrap();
    let (_, record) = samples[0].clone();
    let large = Record {
        payload: (0..9_000_u32).map(|n| n.to_le_bytes()[0]).collect(),
        ..record
    };
    samples.push(("large".into(), large));
    samples
}

/// Runs `work` and returns what it returns, if it kept to its memory.
#[track_caller]
pub(crate) fn frugal<T>(work: impl FnOnce() -> T) -> T {
    let mut done = None;
    let used = allocation_counter::measure(|| done = Some(work()));
    assert!(
        used.bytes_max < MOST_MEMORY,
        "{} bytes at once for one record",
        used.bytes_max
    );
    done.unwrap()
}

#[test]
fn no_flipped_bit_and_no_truncation_of_any_kind_of_record_goes_unnoticed() {
    let place = key("here");
    for (name, record) in samples() {
        let sealed = format::seal(&place, 9, &record);
        let length = sealed.len().min(600);
        let damaged = |bytes: Vec<u8>, what: &str, at: usize| {
            let found = frugal(|| format::open(&place, bytes));
            assert!(found.is_err(), "{name}: {what} {at} gives {found:?}");
        };
        for bit in 0..length * 8 {
            let mut bytes = sealed.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            damaged(bytes, "flipped bit", bit);
        }
        for length in 0..length {
            damaged(sealed[..length].to_vec(), "length", length);
        }
        damaged([&sealed[..], &[0]].concat(), "a byte behind", sealed.len());
    }
}

#[test]
fn a_payload_that_is_wrong_behind_a_correct_crc_is_refused_or_read_the_same_way_every_time() {
    for (name, record) in registry::samples(&Bincode).unwrap() {
        let renewed = registry::renew(&Bincode, &record).unwrap();
        assert_eq!(renewed, record, "{name}");
        let flipped = (0..record.payload.len() * 8).map(|bit| {
            let mut payload = record.payload.clone();
            payload[bit / 8] ^= 1 << (bit % 8);
            payload
        });
        let cut = (0..record.payload.len()).map(|length| record.payload[..length].to_vec());
        for payload in flipped.chain(cut) {
            let schema = record.schema;
            reads_or_refuses(&Record { schema, payload });
        }
    }
}

/// Reads what may be nonsense. What can be read can be written, and then reads as the same.
pub(crate) fn reads_or_refuses(record: &Record) {
    if let Ok(once) = frugal(|| registry::renew(&Bincode, record)) {
        let twice = registry::renew(&Bincode, &once);
        assert_eq!(twice.as_ref(), Ok(&once));
    }
}

/// How one record is damaged in round `n`.
fn damage(n: usize, bytes: &mut Vec<u8>) {
    // Spread so that few rounds reach many places.
    let at = n.wrapping_mul(2_654_435_761);
    if n % 4 == 3 {
        bytes.truncate(at % bytes.len());
    } else {
        let bit = at % (bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn damaged_records_of_every_kind_are_set_aside_and_reported_and_their_neighbours_are_not() {
    for (place, rounds) in Place::each().into_iter().zip([120, 12]) {
        let samples = samples();
        let at = |n: usize| key(&format!("{n:02}"));
        let beside = |n: usize| format!("{n:02} beside");
        let mut store = place.open();
        let mut writes = Vec::new();
        for (n, (name, record)) in samples.iter().enumerate() {
            writes.push(Write {
                key: at(n),
                record: Some(record.clone()),
            });
            writes.push(put(&beside(n), name.as_bytes()));
        }
        commit(&mut *store, writes);
        drop(store);
        for round in 0..rounds {
            // The large one is damaged in one of its pieces.
            let pieces = |n: usize| if n == samples.len() - 1 { round % 3 } else { 0 };
            let victims: Vec<_> = (0..samples.len()).map(|n| raw(&at(n), pieces(n))).collect();
            let mut before = Vec::new();
            place.tamper_each(&victims, &mut |n, bytes| {
                let mut bytes = bytes.unwrap();
                before.push(bytes.clone());
                damage(round * samples.len() + n, &mut bytes);
                Some(bytes)
            });
            check(&place, samples.len(), &at, &beside);
            place.tamper_each(&victims, &mut |n, _| Some(before[n].clone()));
            if let Place::Disk(_) = &place {
                fs::remove_dir_all(place.data().quarantine()).unwrap();
            }
        }
        let mut store = place.open();
        crate::kit::assert_good(&store.view());
    }
}

/// The key of a piece of a record in the engine.
fn raw(of: &Key, piece: usize) -> Vec<u8> {
    if piece == 0 {
        return of.bytes().to_vec();
    }
    let piece = u16::try_from(piece).unwrap();
    [b"~", of.bytes(), &piece.to_be_bytes()].concat()
}

/// Every record at `at` is damaged, and every one `beside` is not: the store says exactly that.
fn check(place: &Place, count: usize, at: &dyn Fn(usize) -> Key, beside: &dyn Fn(usize) -> String) {
    let mut store = place.open();
    let reader = store.reader();
    for n in 0..count {
        let found = frugal(|| reader.get(&at(n)));
        assert!(matches!(found, Err(ReadFault::Damaged { .. })), "{found:?}");
        assert!(payload(&*reader, &beside(n)).is_some());
        let writes = vec![Write {
            key: at(n),
            record: None,
        }];
        let epoch = store.last_epoch() + 1;
        let refused = store.commit(&Batch { epoch, writes });
        assert!(
            matches!(refused, Err(CommitFault::Quarantined { .. })),
            "{refused:?}"
        );
    }
    let whole = Key::new(Space::Row, b"");
    let page = reader.scan_prefix(&whole, &whole, 1_000).unwrap();
    assert_eq!((page.entries.len(), page.damaged.len()), (count, count));
    assert_eq!(reader.damaged().len(), count);
    assert_eq!(store.health().quarantined, count);
    let report = verify(&store.view(), &mut |_| {}).unwrap();
    assert_eq!(report.damaged_count, u64::try_from(count).unwrap());
    if let Place::Disk(_) = place {
        let copies = fs::read_dir(place.data().quarantine()).unwrap().count();
        assert_eq!(copies, count, "the bytes of each are kept");
    }
}
