//! A rotting disk: whatever happens to sled's log, a wrong value is never given out unnoticed.

use crate::kit::{Place, closed, contents, options};
use snapshots::{OpenFault, Store, open, verify};
use std::fs;

#[derive(Debug, PartialEq)]
enum Outcome {
    /// Everything is as it was.
    Harmless,
    /// The store opens and says what is wrong.
    Noticed,
    /// The store does not open, or cannot be read: restore an export.
    Refused,
}

/// Copies the closed store, damages its log, and sees what an operator would see.
fn outcome(place: &Place, damage: impl FnOnce(&mut Vec<u8>)) -> Outcome {
    let other = Place::disk();
    let (from, to) = (place.data(), other.data());
    fs::create_dir_all(to.store().join("blobs")).unwrap();
    fs::copy(from.acknowledged(), to.acknowledged()).unwrap();
    for entry in fs::read_dir(from.store()).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), to.store().join(entry.file_name())).unwrap();
        }
    }
    let mut bytes = fs::read(to.store().join("db")).unwrap();
    damage(&mut bytes);
    fs::write(to.store().join("db"), bytes).unwrap();
    let opened = match open(&to, &options(7)) {
        Err(OpenFault::Damaged { .. } | OpenFault::Start { .. }) => return Outcome::Refused,
        Err(other) => panic!("{other:?}"),
        Ok(opened) => opened,
    };
    let mut store: Box<dyn Store> = opened.store;
    let Ok(report) = verify(&store.view(), &mut |_| {}) else {
        return Outcome::Refused;
    };
    let started = opened.started;
    if !report.is_good() || started.rolled_back.is_some() || started.recounted {
        return Outcome::Noticed;
    }
    assert_eq!(
        contents(&*store.reader(), 100),
        contents(&*place.open().reader(), 100)
    );
    Outcome::Harmless
}

/// Spreads `n` over `range` so that few tries reach many places.
fn spread(n: usize, range: usize) -> usize {
    n.wrapping_mul(2_654_435_761) % range
}

#[test]
fn flipped_bits_in_the_log_never_give_a_wrong_value() {
    let place = closed();
    let length = fs::metadata(place.data().store().join("db")).unwrap().len() as usize;
    let flip = |n: usize| {
        let bit = spread(n, length * 8);
        outcome(&place, |bytes| bytes[bit / 8] ^= 1 << (bit % 8))
    };
    let outcomes: Vec<Outcome> = (0..60).map(flip).collect();
    assert!(outcomes.contains(&Outcome::Noticed), "{outcomes:?}");
}

#[test]
fn a_truncated_log_never_gives_a_wrong_value() {
    let place = closed();
    let length = fs::metadata(place.data().store().join("db")).unwrap().len() as usize;
    let cut = |n: usize| outcome(&place, |bytes| bytes.truncate(spread(n, length)));
    let outcomes: Vec<Outcome> = (0..30).map(cut).collect();
    assert!(outcomes.contains(&Outcome::Noticed), "{outcomes:?}");
}

#[test]
fn overwritten_blocks_in_the_log_never_give_a_wrong_value() {
    let place = closed();
    let length = fs::metadata(place.data().store().join("db")).unwrap().len() as usize;
    for n in 0..30 {
        let at = spread(n, length - 512);
        outcome(&place, |bytes| bytes[at..at + 512].fill(n as u8));
    }
}
