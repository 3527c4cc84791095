//! Does the store hold what it says it holds?
//!
//! A full scan in bounded pieces: every record's CRC is checked by reading it, and what the scan adds up
//! to is compared with the totals that were committed with the last epoch. It runs in the background on a
//! [`View`] after every start. A mismatch is an alert and a reason to look, **never** a reason to restore
//! by itself: an export is always older than the store it would replace.

use crate::{
    chunk,
    digest::Totals,
    engine::EngineFault,
    fault::ReadFault,
    format::Header,
    meta::Identity,
    records::Records,
    store::{Damaged, Entry, Reader, all},
    view::View,
};
use actors::kernel::record::{Key, Space};

/// Records read per piece.
const PIECE: usize = 256;
/// The most damaged records that a report lists.
pub const MOST_LISTED: usize = 100;

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// The epoch that was verified.
    pub epoch: u64,
    /// What the store says it holds.
    pub expected: Totals,
    /// What was found intact.
    pub found: Totals,
    /// Bytes of payload of all intact records.
    pub payload_bytes: u64,
    /// Damaged records: the first [`MOST_LISTED`] …
    pub damaged: Vec<Damaged>,
    /// … and how many there are.
    pub damaged_count: u64,
    /// Records that claim to be newer than the last epoch: the first one and how many.
    pub too_new: Option<(Key, u64)>,
    /// Further pieces that belong to no record.
    pub stray_pieces: u64,
}

impl VerifyReport {
    /// Everything is as it was written.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.expected == self.found
            && self.damaged_count == 0
            && self.too_new.is_none()
            && self.stray_pieces == 0
    }
}

/// A record that a verification met.
#[derive(Clone, Copy, Debug)]
pub enum Met<'a> {
    /// As it was written.
    Intact(&'a Entry),
    /// Not as it was written.
    Damaged(&'a Damaged),
}

/// Verifies the store as it was when `view` was taken. `progress` is told how many records were read.
///
/// # Errors
/// A fault of the engine, or [`ReadFault::ViewExpired`]: take another view.
pub fn verify(view: &View, progress: &mut dyn FnMut(u64)) -> Result<VerifyReport, ReadFault> {
    verify_each(view, progress, &mut |_| {})
}

/// As [`verify`], showing each record that was met to `each`, in key order but for damaged ones, which
/// come before the others of their page: for those who understand what is in them.
///
/// # Errors
/// As [`verify`].
pub fn verify_each(
    view: &View,
    progress: &mut dyn FnMut(u64),
    each: &mut dyn FnMut(Met<'_>),
) -> Result<VerifyReport, ReadFault> {
    let mut report = VerifyReport {
        epoch: view.epoch(),
        expected: view.totals(),
        ..VerifyReport::default()
    };
    let (mut next, end) = all();
    let mut read = 0;
    loop {
        let page = view.scan(&next, &end, PIECE)?;
        page.damaged
            .iter()
            .for_each(|damaged| each(Met::Damaged(damaged)));
        for entry in &page.entries {
            each(Met::Intact(entry));
            report.found.add(&entry.key, entry.epoch, entry.crc);
            report.payload_bytes += entry.record.payload.len() as u64;
            if entry.epoch > report.epoch {
                let (_, count) = report.too_new.get_or_insert_with(|| (entry.key.clone(), 0));
                *count += 1;
            }
        }
        read += (page.entries.len() + page.damaged.len()) as u64;
        progress(read);
        report.damaged_count += page.damaged.len() as u64;
        let room = MOST_LISTED - report.damaged.len();
        report.damaged.extend(page.damaged.into_iter().take(room));
        let Some(further) = page.next else { break };
        next = further;
    }
    report.stray_pieces = view.checked(stray_pieces(view).map_err(|source| ReadFault::Engine {
        key: Identity::key(),
        source,
    }))?;
    Ok(report)
}

/// Counts pieces whose record is gone or needs fewer. Pieces of a damaged record are not stray.
fn stray_pieces(view: &View) -> Result<u64, EngineFault> {
    let (mut next, end) = (vec![chunk::SPACE], vec![chunk::SPACE + 1]);
    let mut stray = 0;
    let mut record: Option<(Key, u16)> = None;
    loop {
        let _gate = view.records().gate.reading();
        let pairs = view.raw().range(&next, &end, PIECE)?;
        let Some((last, _)) = pairs.last() else {
            return Ok(stray);
        };
        next = [&last[..], &[0]].concat();
        for (bytes, _) in pairs {
            let Some((key, number)) = chunk::parse(&bytes) else {
                stray += 1;
                continue;
            };
            if record.as_ref().is_none_or(|(known, _)| *known != key) {
                let pieces = match view
                    .raw()
                    .get(key.bytes())?
                    .map(|head| Header::parse(&head))
                {
                    None => 0,
                    Some(Ok(header)) => chunk::count(header.length),
                    Some(Err(_)) => u16::MAX,
                };
                record = Some((key, pieces));
            }
            stray += u64::from(record.as_ref().is_some_and(|(_, pieces)| number >= *pieces));
        }
    }
}

/// The totals of all intact records, by a full scan.
pub(crate) fn count(records: &Records) -> Result<(Totals, u64), ReadFault> {
    let (mut next, end) = all();
    let (mut totals, mut newest) = (Totals::default(), 0);
    loop {
        let page = records.scan(&next, &end, PIECE)?;
        for entry in page.entries {
            totals.add(&entry.key, entry.epoch, entry.crc);
            newest = newest.max(entry.epoch);
        }
        let Some(further) = page.next else {
            return Ok((totals, newest));
        };
        next = further;
    }
}

/// Whether there is any record besides those about the store itself.
pub(crate) fn is_empty(records: &Records) -> Result<bool, EngineFault> {
    let meta = Space::Meta as u8;
    let before = records.raw.range(&[0], &[meta], 1)?;
    let behind = records.raw.range(&[meta + 1], &[u8::MAX], 1)?;
    Ok(before.is_empty() && behind.is_empty())
}
