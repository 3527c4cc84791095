//! All that is recorded, as a file: a line per member, for spreadsheets or for programs.
//!
//! No cell holds anything that a member wrote: only ids, numbers, instants and words of ours. So there
//! is nothing to quote, and nothing that a spreadsheet would take for a formula.

use super::{
    Member, State,
    case::Warning,
    idle::{Standing, standing},
    lists::Format,
};
use crate::kernel::{
    activity::Deed,
    ids::UserId,
    text::limits,
    time::{Span, Timestamp},
};
use chrono::{DateTime, SecondsFormat};
use serde_json::Value;

/// Room for what closes a file.
const END: usize = 8;

/// A file in the making.
#[derive(Debug, Default)]
pub(super) struct Export {
    text: String,
    /// Members in it.
    pub(super) members: u64,
    /// Members who found no room in it.
    pub(super) left_out: u64,
}

impl Export {
    pub(super) fn add(
        &mut self,
        format: Format,
        state: &State,
        user: UserId,
        member: &Member,
        now: Timestamp,
    ) {
        let cells = cells(state, user, member, now);
        if self.text.is_empty() && format == Format::Csv {
            let names: Vec<&str> = cells.iter().map(|(name, _)| *name).collect();
            self.text = names.join(",") + "\n";
        }
        let line = match format {
            Format::Csv => {
                let cells: Vec<String> = cells.iter().map(|(_, cell)| plain(cell)).collect();
                cells.join(",") + "\n"
            }
            Format::Json => {
                let begin = if self.text.is_empty() { "[\n" } else { ",\n" };
                let object: Value = cells
                    .into_iter()
                    .map(|(name, cell)| (name.to_owned(), cell))
                    .collect();
                format!("{begin}{object}")
            }
        };
        if self.text.len() + line.len() + END > limits::FILES_TOTAL {
            self.left_out += 1;
            return;
        }
        self.text.push_str(&line);
        self.members += 1;
    }

    /// The whole file.
    pub(super) fn finish(mut self, format: Format) -> Vec<u8> {
        if format == Format::Json {
            self.text.push_str("\n]\n");
        }
        self.text.into_bytes()
    }
}

/// What is recorded of one member; the first five are what an import reads.
fn cells(
    state: &State,
    user: UserId,
    member: &Member,
    now: Timestamp,
) -> Vec<(&'static str, Value)> {
    let (last, deeds) = (member.last(), member.deeds.as_ref());
    let count = |deed: Deed| Value::from(deeds.map_or(0, |deeds| deeds.counts.of(deed)));
    let voice = deeds.map(|deeds| deeds.voice).unwrap_or_default();
    let idle = match standing(state, member, now) {
        Standing::Idle { idle, .. } => seconds(idle.rest()),
        Standing::InVoice(_) => seconds(Span::ZERO),
        Standing::Gone(_) | Standing::Unknown => Value::Null,
    };
    let spell = member.inactive();
    let warned = spell.and_then(|spell| match spell.warning {
        Warning::Told(at) => Some(at),
        Warning::None | Warning::Sending | Warning::Untold(_) => None,
    });
    vec![
        ("user_id", id(Some(user))),
        ("last_seen", instant(last.map(|last| last.at))),
        ("first_seen", instant(deeds.map(|deeds| deeds.first))),
        (
            "kind",
            last.map_or(Value::Null, |last| last.deed.name().into()),
        ),
        ("channel_id", id(last.and_then(|last| last.channel))),
        ("idle_seconds", idle),
        ("joined_at", instant(member.joined)),
        ("left_at", instant(member.left.map(|left| left.at))),
        ("status_seen", instant(member.online)),
        ("exempt", state.is_exempt(user, member).into()),
        ("inactive_since", instant(spell.map(|spell| spell.since))),
        ("warned_at", instant(warned)),
        ("messages", count(Deed::Wrote)),
        ("edits", count(Deed::Edited)),
        ("reactions", count(Deed::Reacted)),
        ("typings", count(Deed::Typed)),
        ("voice_changes", count(Deed::Spoke)),
        ("voice_settings", count(Deed::Muted)),
        ("commands", count(Deed::Used)),
        ("threads", count(Deed::Threaded)),
        ("event_answers", count(Deed::Answered)),
        ("status_changes", count(Deed::Appeared)),
        ("voice_seconds", seconds(voice.by(now))),
        ("voice_sessions", voice.sessions.into()),
        (
            "voice_channel_id",
            id(voice.open.map(|session| session.channel)),
        ),
    ]
}

/// As text: programs round large numbers.
fn id(id: Option<impl ToString>) -> Value {
    id.map_or(Value::Null, |id| id.to_string().into())
}

fn instant(at: Option<Timestamp>) -> Value {
    let at = at.and_then(|at| DateTime::from_timestamp_millis(at.millis()));
    at.map_or(Value::Null, |at| {
        at.to_rfc3339_opts(SecondsFormat::Millis, true).into()
    })
}

fn seconds(span: Span) -> Value {
    (span.as_millis() / 1000).into()
}

fn plain(cell: &Value) -> String {
    match cell {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presence::state;

    fn full(format: Format, members: u64) -> Export {
        let rows = state::samples().rows;
        let (_, row) = rows.iter().find(|(name, _)| *name == "full").unwrap();
        let member = row.member().unwrap();
        let mut export = Export::default();
        for n in 0..members {
            let user = UserId::new(u64::MAX - n).unwrap();
            let now = Timestamp::from_seconds(1_767_700_000);
            export.add(format, &State::default(), user, member, now);
        }
        export
    }

    #[test]
    fn a_file_is_never_larger_than_a_message_takes_and_says_what_it_leaves_out() {
        for format in [Format::Csv, Format::Json] {
            let export = full(format, 80_000);
            assert!(export.left_out > 0);
            assert_eq!(export.members + export.left_out, 80_000);
            let members = export.members;
            let bytes = export.finish(format);
            assert!(bytes.len() <= limits::FILES_TOTAL);
            assert!(bytes.len() > limits::FILES_TOTAL - 1_000);
            if format == Format::Json {
                let lines: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
                assert_eq!(lines.len() as u64, members);
            }
        }
    }

    #[test]
    fn no_cell_needs_quotes() {
        let text = String::from_utf8(full(Format::Csv, 3).finish(Format::Csv)).unwrap();
        let columns: Vec<usize> = text.lines().map(|line| line.split(',').count()).collect();
        assert_eq!(columns, [25; 4]);
        assert!(!text.contains(['"', '\'', ';', '=', '+', '@', '\t', '\r']));
    }
}
