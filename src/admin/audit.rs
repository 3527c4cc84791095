//! Is everything as it was written, and does it make sense?
//!
//! `snapshots` knows whether bytes are what they were: CRCs, pieces, the set digest, epochs. This adds what
//! only somebody who knows the features can tell: that each record is of a kind and version that this
//! program reads and does decode, and that what a machine owns (rows, timers, index rows) lies beside a
//! head of that machine and not alone.

use super::{decode, page};
use actors::kernel::{
    address::Address,
    record::{Key, Space},
    turn::indexed,
};
use serde::{Deserialize, Serialize};
use snapshots::{
    Entry, Met, ReadFault, Reader as _, Started, VerifyReport, View, all, export::ExportFile,
    verify_each,
};
use std::collections::BTreeSet;

/// The most findings that are listed; the others are only counted.
pub const MOST_LISTED: usize = 200;
/// Records read at once.
const PIECE: usize = 256;

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// The epoch that was looked at.
    pub epoch: u64,
    /// Intact records, the store's own left out.
    pub records: u64,
    /// Bytes of their values.
    pub bytes: u64,
    /// The set digest that was found.
    pub digest: String,
    /// What is wrong: the first [`MOST_LISTED`] …
    pub findings: Vec<Finding>,
    /// … and how much there is.
    pub wrong: u64,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Which sort: `damaged`, `unreadable`, `orphan`, `digest`, `stray`, `future`, `missing`, `lost`.
    pub what: String,
    /// Whose, as far as is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// In words.
    pub why: String,
}

impl Audit {
    /// Nothing is wrong.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.wrong == 0
    }

    fn find(&mut self, what: &str, key: Option<&Key>, why: impl Into<String>) {
        self.wrong += 1;
        if self.findings.len() >= MOST_LISTED {
            return;
        }
        let about = key.map(decode::About::of_key).unwrap_or_default();
        self.findings.push(Finding {
            what: what.to_owned(),
            address: about.address.map(|address| address.to_string()),
            key: key.map(page::name),
            why: why.into(),
        });
    }

    /// Adds what was noticed when the store was opened.
    pub fn opened(&mut self, started: &Started) {
        if started.recounted {
            self.find(
                "damaged",
                None,
                "the store's note of its own progress was damaged; it was counted again",
            );
        }
        if let Some(lost) = started.rolled_back {
            self.find(
                "lost",
                None,
                format!(
                    "the store ends at epoch {}, but epoch {} was durable: its newest changes are gone",
                    lost.found, lost.acknowledged
                ),
            );
        }
    }

    fn totals(&mut self, report: &VerifyReport) {
        (self.epoch, self.records) = (report.epoch, report.found.records);
        self.digest = report.found.digest.to_string();
        if report.found != report.expected && report.damaged_count == 0 {
            self.find(
                "digest",
                None,
                format!(
                    "{} records with digest {} where {} with digest {} belong: a record is missing, came \
                     from nowhere, or silently became an older one",
                    report.found.records,
                    report.found.digest,
                    report.expected.records,
                    report.expected.digest
                ),
            );
        }
        if report.stray_pieces > 0 {
            self.find(
                "stray",
                None,
                format!(
                    "{} pieces of large records belong to none",
                    report.stray_pieces
                ),
            );
        }
        if let Some((key, count)) = &report.too_new {
            self.find(
                "future",
                Some(key),
                format!(
                    "{count} records claim to be newer than epoch {}, the last one",
                    report.epoch
                ),
            );
        }
    }
}

/// Audits a store. `progress` is told how many records were read.
///
/// # Errors
/// When it cannot be read.
pub fn of_view(view: &View, progress: &mut dyn FnMut(u64)) -> Result<Audit, ReadFault> {
    let (mut audit, mut heads) = (Audit::default(), Heads::default());
    let report = verify_each(view, progress, &mut |met| match met {
        // The store's own records are part of it, not of what it holds.
        Met::Intact(entry) if entry.key.space() == Some(Space::Meta) => {}
        Met::Intact(entry) => {
            audit.bytes += entry.record.payload.len() as u64;
            heads.check(entry, &mut audit);
        }
        Met::Damaged(damaged) => {
            heads.note(&damaged.key);
            audit.find("damaged", Some(&damaged.key), damaged.damage.to_string());
        }
    })?;
    audit.totals(&report);
    Ok(audit)
}

/// Audits an export, the bytes of which were checked when it was opened.
///
/// # Errors
/// When it cannot be read.
pub fn of_export(export: &ExportFile, progress: &mut dyn FnMut(u64)) -> Result<Audit, ReadFault> {
    let (mut audit, mut heads) = (Audit::default(), Heads::default());
    let (mut next, end) = all();
    let (mut bytes, mut read) = (0, 0);
    loop {
        let page = export.scan(&next, &end, PIECE)?;
        for entry in &page.entries {
            heads.check(entry, &mut audit);
            bytes += entry.record.payload.len() as u64;
        }
        read += page.entries.len() as u64;
        progress(read);
        let Some(further) = page.next else { break };
        next = further;
    }
    let summary = export.summary();
    (audit.epoch, audit.records) = (summary.header.epoch, summary.totals.records);
    (audit.bytes, audit.digest) = (bytes, summary.totals.digest.to_string());
    if summary.damaged > 0 {
        let why = format!(
            "{} records are missing here because they were damaged or left out when this was written",
            summary.damaged
        );
        audit.find("missing", None, why);
    } else if !summary.is_complete() {
        audit.find(
            "digest",
            None,
            format!(
                "{} records with digest {}, but the store said it held {} with digest {}",
                summary.totals.records,
                summary.totals.digest,
                summary.header.totals.records,
                summary.header.totals.digest
            ),
        );
    }
    Ok(audit)
}

/// The machines that have a head. In the order of keys heads come before all that machines own.
#[derive(Default)]
struct Heads(BTreeSet<Address>);

impl Heads {
    fn note(&mut self, key: &Key) {
        if key.space() == Some(Space::Head) {
            self.0.extend(key.address());
        }
    }

    fn check(&mut self, entry: &Entry, audit: &mut Audit) {
        self.note(&entry.key);
        if let Err(why) = decode::check(entry) {
            audit.find("unreadable", Some(&entry.key), why);
            return;
        }
        let owner = match entry.key.space() {
            Some(Space::Row | Space::Timer) => entry.key.address(),
            Some(Space::Index) => indexed(&entry.key),
            _ => None,
        };
        if let Some(owner) = owner.filter(|owner| !self.0.contains(owner)) {
            let why = format!("it belongs to {owner}, which has no state");
            audit.find("orphan", Some(&entry.key), why);
        }
    }
}
