//! Reading when members were last active, from CSV or JSON.

use actors::kernel::{
    activity::{Deed, Last},
    fact::LastSeen,
    ids::{ChannelId, UserId},
    time::{Span, Timestamp},
};
use chrono::{DateTime, NaiveDate};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// The columns that are read.
const COLUMNS: [&str; 5] = ["user_id", "last_seen", "first_seen", "kind", "channel_id"];
/// Mistakes shown; more are counted.
const SHOWN: usize = 20;
/// Discord began in 2015: nobody was active there before.
const BEGIN: Timestamp = Timestamp::from_seconds(1_420_070_400);
/// So far a clock may be ahead of ours.
const AHEAD: Span = Span::days(1);
/// From here on a number of this size is of milliseconds: as seconds it would be the year 5138.
const MILLISECONDS: i64 = 100_000_000_000;

/// What a file says.
#[derive(Debug)]
pub(super) struct Read {
    /// Members, by id; of several lines about one the newest counts.
    pub(super) members: Vec<LastSeen>,
    /// Lines without a time.
    empty: usize,
    /// Columns that nobody reads.
    unread: BTreeSet<String>,
}

impl fmt::Display for Read {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            members,
            empty,
            unread,
        } = self;
        match members.len() {
            1 => f.write_str("1 member with a time")?,
            count => write!(f, "{count} members with a time")?,
        }
        if *empty > 0 {
            write!(f, ", {empty} without one, who are passed over")?;
        }
        if !unread.is_empty() {
            let unread: Vec<&str> = unread.iter().map(String::as_str).collect();
            write!(f, "; not read: {}", unread.join(", "))?;
        }
        f.write_str(".")
    }
}

/// All that is wrong with a file, a line each.
#[derive(Debug, Default)]
pub(super) struct Mistakes(Vec<String>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<&str> = self.0.iter().take(SHOWN).map(String::as_str).collect();
        f.write_str(&shown.join("\n"))?;
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\nand {more} mistakes more"),
        }
    }
}

/// One member as the file has them: the texts of [`COLUMNS`], empty where there is none.
type Cells = [String; COLUMNS.len()];

/// Reads a file. `now`: later than about that nobody can have been active.
///
/// # Errors
/// All mistakes, with their lines (in JSON with the place in the array).
pub(super) fn read(bytes: &[u8], now: Timestamp) -> Result<Read, Mistakes> {
    let mut mistakes = Mistakes::default();
    let mut unread = BTreeSet::new();
    let json = bytes.trim_ascii_start().starts_with(b"[");
    let rows = if json {
        of_json(bytes, &mut unread)
    } else {
        of_csv(bytes, &mut unread)
    };
    let rows = rows.map_err(|why| Mistakes(vec![why]))?;
    let mut members: BTreeMap<UserId, LastSeen> = BTreeMap::new();
    let mut empty = 0;
    for (place, cells) in rows {
        match member(&cells, now) {
            Ok(Some(seen)) => {
                let known = members.entry(seen.user).or_insert(seen);
                let first = known.first.into_iter().chain(seen.first).min();
                if known.last.at < seen.last.at {
                    *known = seen;
                }
                known.first = first;
            }
            Ok(None) => empty += 1,
            Err(why) => mistakes.0.push(format!("{place}: {why}")),
        }
    }
    if mistakes.0.is_empty() {
        Ok(Read {
            members: members.into_values().collect(),
            empty,
            unread,
        })
    } else {
        Err(mistakes)
    }
}

fn of_csv(bytes: &[u8], unread: &mut BTreeSet<String>) -> Result<Vec<(String, Cells)>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let names = reader.headers().map_err(|why| why.to_string())?.clone();
    for needed in &COLUMNS[..2] {
        if !names.iter().any(|name| name == *needed) {
            return Err(format!("line 1: there is no column {needed}"));
        }
    }
    let unknown = names.iter().filter(|name| !COLUMNS.contains(name));
    unread.extend(unknown.map(str::to_owned));
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|why| why.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |column| {
            let at = names.iter().position(|name| name == column);
            at.and_then(|at| record.get(at))
                .unwrap_or_default()
                .to_owned()
        };
        rows.push((format!("line {line}"), COLUMNS.map(cell)));
    }
    Ok(rows)
}

fn of_json(bytes: &[u8], unread: &mut BTreeSet<String>) -> Result<Vec<(String, Cells)>, String> {
    let objects: Vec<serde_json::Map<String, Value>> =
        serde_json::from_slice(bytes).map_err(|why| why.to_string())?;
    let mut rows = Vec::new();
    for (n, object) in objects.into_iter().enumerate() {
        let unknown = object.keys().filter(|key| !COLUMNS.contains(&key.as_str()));
        unread.extend(unknown.cloned());
        let cell = |column| match object.get(column) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(other) => other.to_string(),
        };
        rows.push((format!("object {}", n + 1), COLUMNS.map(cell)));
    }
    Ok(rows)
}

/// `None`: it says nothing of a time.
fn member(cells: &Cells, now: Timestamp) -> Result<Option<LastSeen>, String> {
    let [user, last, first, kind, channel] = cells;
    let user = number(user)
        .and_then(UserId::new)
        .ok_or_else(|| format!("user_id {user:?} is no id"))?;
    if last.is_empty() {
        return Ok(None);
    }
    let at = instant("last_seen", last, now)?;
    let first = match first.as_str() {
        "" => None,
        first => Some(instant("first_seen", first, now)?),
    };
    let channel = match channel.as_str() {
        "" => None,
        text => {
            let channel = number(text).and_then(ChannelId::new);
            Some(channel.ok_or_else(|| format!("channel_id {text:?} is no id"))?)
        }
    };
    let named = |(deed, name): &(Deed, &str)| (name == kind).then_some(*deed);
    let deed = match kind.as_str() {
        "" => Deed::Wrote,
        _ => Deed::NAMES.iter().find_map(named).ok_or_else(|| {
            let known = Deed::NAMES.map(|(_, name)| name).join(", ");
            format!("kind {kind:?} is none of {known}")
        })?,
    };
    Ok(Some(LastSeen {
        user,
        last: Last { at, deed, channel },
        first,
    }))
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|id| *id > 0)
}

fn instant(column: &str, text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let at = parse(text).ok_or_else(|| {
        format!("{column} {text:?} is no time: 2026-11-21T18:30:00Z, or seconds since 1970")
    })?;
    if at < BEGIN {
        return Err(format!("{column} {text:?} is before Discord began"));
    }
    if at > now + AHEAD {
        return Err(format!("{column} {text:?} is in the future"));
    }
    Ok(at.min(now))
}

fn parse(text: &str) -> Option<Timestamp> {
    if let Ok(number) = text.parse::<i64>() {
        return Some(if number.abs() < MILLISECONDS {
            Timestamp::from_seconds(number)
        } else {
            Timestamp::from_millis(number)
        });
    }
    if let Ok(day) = text.parse::<NaiveDate>() {
        let midnight = day.and_hms_opt(0, 0, 0)?.and_utc();
        return Some(Timestamp::from_millis(midnight.timestamp_millis()));
    }
    let at = DateTime::parse_from_rfc3339(text).ok()?;
    Some(Timestamp::from_millis(at.timestamp_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_300_000);

    fn said(text: &str) -> String {
        match read(text.as_bytes(), NOW) {
            Ok(read) => format!("{read}"),
            Err(mistakes) => format!("{mistakes}"),
        }
    }

    #[test]
    fn both_formats_say_the_same() {
        let csv = "\u{feff}user_id,last_seen,first_seen,kind,channel_id,note\n\
                   11,2026-01-02T03:04:05Z,2025-01-02,reaction,300,\"a, b\"\n\
                   12,1767323045,,,,\n\
                   13,,,,,\n\
                   12,1767323045001,1700000000,,,\n";
        let json = r#"[
            {"user_id": "11", "last_seen": "2026-01-02T04:04:05+01:00", "first_seen": "2025-01-02",
             "kind": "reaction", "channel_id": 300, "note": 1},
            {"user_id": 12, "last_seen": 1767323045},
            {"user_id": "13", "last_seen": null},
            {"user_id": "12", "last_seen": "1767323045001", "first_seen": 1700000000}]"#;
        let [csv, json] = [csv, json].map(|text| read(text.as_bytes(), NOW).unwrap());
        assert_eq!(csv.members, json.members);
        assert_eq!(
            csv.to_string(),
            "2 members with a time, 1 without one, who are passed over; not read: note."
        );
        let second = Timestamp::from_seconds(1_767_323_045);
        assert_eq!(csv.members[0].last.at, second);
        assert_eq!(csv.members[0].last.deed, Deed::Reacted);
        assert_eq!(csv.members[1].last.at, second + Span::millis(1));
        assert_eq!(
            csv.members[1].first,
            Some(Timestamp::from_seconds(1_700_000_000))
        );
    }

    #[test]
    fn all_mistakes_are_told_with_their_lines() {
        let text = "user_id,last_seen,kind,channel_id\n\
                    nobody,1767323045,,\n\
                    11,yesterday,,\n\
                    12,1000,,\n\
                    13,1895300000,,\n\
                    14,1767323045,sneeze,\n\
                    15,1767323045,,general\n\
                    16,1767323045,,\n";
        let told = said(text);
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines.len(), 6, "{told}");
        for (n, part) in [
            "line 2: user_id \"nobody\" is no id",
            "line 3: last_seen \"yesterday\" is no time",
            "line 4: last_seen \"1000\" is before Discord began",
            "line 5: last_seen \"1895300000\" is in the future",
            "line 6: kind \"sneeze\" is none of message, edit",
            "line 7: channel_id \"general\" is no id",
        ]
        .into_iter()
        .enumerate()
        {
            assert!(lines[n].starts_with(part), "{told}");
        }
        let many = "user_id,last_seen\n".to_owned() + &"x,1\n".repeat(25);
        assert!(said(&many).ends_with("\nand 5 mistakes more"));
    }

    #[test]
    fn what_is_no_such_file_is_said() {
        assert_eq!(said("name,when\n"), "line 1: there is no column user_id");
        assert!(said("[1, 2]").contains("line 1"));
        assert!(said("user_id,last_seen\n11\n").contains("line: 2"));
        assert_eq!(said("user_id,last_seen\n"), "0 members with a time.");
    }
}
