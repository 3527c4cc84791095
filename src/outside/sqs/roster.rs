//! Lists of accounts: a message for each account, and one behind them that says that the list is whole.
//!
//! In a queue that keeps the order a guild is a group. Accounts of one list may overtake each other; the last
//! message leaves when all of them were taken.

use super::{BATCH, Entry, Queue};
use crate::outside::{Sheet, SinkFault};
use actors::kernel::ids::GuildId;

/// Bytes of one request's messages at most; the service takes 256 KiB.
const BYTES: usize = 200_000;

impl Queue {
    pub(in crate::outside) async fn take(&mut self, sheet: &Sheet) -> Result<(), SinkFault> {
        let accounts = accounts(sheet);
        for batch in batches(&accounts) {
            self.send(batch).await.1?;
        }
        if let Some(body) = sheet.end() {
            let whole = [entry(sheet, 0, "whole", body)];
            self.send(&whole).await.1?;
        }
        Ok(())
    }
}

fn accounts(sheet: &Sheet) -> Vec<Entry> {
    let lines = sheet.lines().enumerate();
    lines
        .map(|(number, (user, body))| entry(sheet, number, &user.to_string(), body))
        .collect()
}

fn entry(sheet: &Sheet, number: usize, name: &str, body: String) -> Entry {
    let (guild, day): (GuildId, _) = (sheet.roster.guild, sheet.roster.day);
    Entry {
        number,
        group: format!("roster:{guild}"),
        name: format!("{guild}:{day}:{name}"),
        body,
    }
}

/// As many as one request may hold.
fn batches(mut entries: &[Entry]) -> impl Iterator<Item = &[Entry]> {
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fit = entries.iter().take(BATCH).take_while(|entry| {
            bytes += entry.body.len();
            bytes <= BYTES
        });
        let count = fit.count().max(1).min(entries.len());
        let (batch, rest) = entries.split_at(count);
        entries = rest;
        (!batch.is_empty()).then_some(batch)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_holds_ten_messages_and_not_too_many_bytes() {
        let entries = |lengths: &[usize]| -> Vec<Entry> {
            let entry = |length: &usize| Entry {
                number: 0,
                group: String::new(),
                name: String::new(),
                body: "x".repeat(*length),
            };
            lengths.iter().map(entry).collect()
        };
        let counts = |lengths: &[usize]| -> Vec<usize> {
            let entries = entries(lengths);
            batches(&entries).map(<[Entry]>::len).collect()
        };
        assert_eq!(counts(&[]), [0; 0]);
        assert_eq!(counts(&[1; 23]), [10, 10, 3]);
        assert_eq!(counts(&[BYTES / 2, BYTES / 2, 1]), [2, 1]);
        assert_eq!(
            counts(&[1, BYTES + 1, 1]),
            [1, 1, 1],
            "one that is too long is tried"
        );
    }
}
