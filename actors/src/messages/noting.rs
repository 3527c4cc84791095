//! What became of messages is counted, and passed on.

use super::{Hour, State, hour};
use crate::kernel::{
    address::Address,
    machine::Cx,
    note::{Note, Noted, Notes},
    spool::Line,
};

/// Counts them and, where that is wanted, passes them on.
pub(super) fn add(cx: &mut Cx<'_, Hour>, state: &State, notes: &Notes) {
    let me = cx.me;
    for note in notes.notes.iter().filter(|note| counts(me, state, note)) {
        let key = hour::key(hour::of(note.at));
        let mut row = cx.row(&key).cloned().unwrap_or_default();
        row.count(note);
        cx.put(key, row);
        if state.stream {
            cx.spool(Line::Message(*note));
        }
    }
}

fn counts(me: Address, state: &State, note: &Note) -> bool {
    let by_nobody = match note.what {
        Noted::Written { author, .. } => {
            state.ignored_users.contains(&author) || state.forgotten.has(me, author)
        }
        Noted::Edited { .. } | Noted::Deleted => false,
    };
    !by_nobody && !state.ignored_channels.contains(&note.channel)
}
