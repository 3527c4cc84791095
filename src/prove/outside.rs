//! A place that lines of the spool go to: it outlives every process, and may be given a line twice, because
//! the process can die between the arrival and the note of it.

use super::{
    discord::{Event, What},
    world::{Check, World},
};
use crate::runtime::ground::Reads as _;
use actors::kernel::{
    activity::Deed,
    ids::{GuildId, MessageId},
    note::{Note, Noted, Notes, Writer},
    record::Snapshot as _,
    spool::{Cursor, Line, Place, SpoolRow, spool_key},
};
use snapshots::Bincode;

/// Its name.
pub const SINK: &str = "outside";

/// A line, and whose.
pub type Told = (GuildId, Line);

/// What a frame says of messages, as `from_discord` reads it: somebody who wrote or edited did so with a message
/// that the frame's place names.
#[must_use]
pub fn notes(event: &Event, session: usize, frame: u64) -> Option<Notes> {
    let What::Signed(sign) = &event.what else {
        return None;
    };
    let did = sign.signs.newest?;
    let what = match did.deed {
        Deed::Wrote => Noted::Written {
            author: sign.user,
            writer: Writer::Person,
            size: None,
            reply: None,
        },
        Deed::Edited => Noted::Edited { size: None },
        Deed::Reacted => Noted::Deleted,
        _ => return None,
    };
    let note = Note {
        at: event.at,
        channel: did.channel?,
        message: MessageId::new((session as u64 + 1) << 32 | frame)?,
        what,
    };
    Some(Notes::of(sign.guild, vec![note]))
}

impl World {
    /// The place takes up to so many rows.
    ///
    /// # Errors
    /// When a row is not there, or does not know its place.
    pub(super) fn deliver(&mut self, rows: u64) -> Check {
        let now = self.now();
        let Some(life) = &self.life else {
            return Ok(());
        };
        let here = &life.here;
        let Some(waiting) = here.core(|core| core.waits_for(SINK)) else {
            return Err("the spool does not know its sink".to_owned());
        };
        let mut at = waiting.cursor.at;
        while at.row
            < waiting
                .until
                .row
                .min(waiting.cursor.at.row.saturating_add(rows))
        {
            let found = here.reader().get(&spool_key(at.row));
            let entry = found.map_err(|why| why.to_string())?;
            let entry = entry.ok_or_else(|| format!("row {} of the spool is gone", at.row))?;
            let row = SpoolRow::from_record(&Bincode, &entry.record);
            let row = row.map_err(|why| why.to_string())?;
            if row.before != at {
                return Err(format!("row {} of the spool is not at its place", at.row));
            }
            at = Place {
                row: at.row + 1,
                lines: at.lines + row.lines.len() as u64,
                bytes: at.bytes + entry.record.payload.len() as u64,
            };
            let lines = row.lines.iter().map(|line| (row.guild, *line));
            self.outside.extend(lines);
        }
        if at != waiting.cursor.at {
            let cursor = Cursor {
                at,
                ..waiting.cursor
            };
            here.core(|core| core.arrived(SINK, cursor, now));
        }
        Ok(())
    }
}

/// Every line that was wanted arrived, in order, and none that was not; some twice.
///
/// # Errors
/// With the first difference.
pub fn compare(arrived: &[Told], wanted: &[Told]) -> Check {
    let mut next = 0;
    for line in arrived {
        if wanted.get(next) == Some(line) {
            next += 1;
        } else if !wanted[..next].contains(line) {
            let expected = wanted.get(next);
            return Err(format!("{line:?} arrives where {expected:?} is next"));
        }
    }
    match wanted.get(next) {
        Some(missing) => Err(format!("{missing:?} never arrives")),
        None => Ok(()),
    }
}
