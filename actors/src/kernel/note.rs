//! Notes: what became of messages, for guilds that asked to hear of it. Never what they say.
//!
//! As signs of life do, they gather in the ledger until their machine gets round to them; each keeps its
//! place, so what became of one channel's messages stays in order.

use super::{
    ids::{ChannelId, GuildId, MessageId, UserId},
    inbound::Seq,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// Notes of one [`Notes`]; the next one begins a new one. A deletion in bulk has a hundred at most.
pub const MAX_NOTES: usize = 256;

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Writer {
    /// A person.
    Person,
    /// A bot, this one included.
    Bot,
    /// A webhook; the author's id is then its own.
    Webhook,
}

/// How much is in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Characters of its text (Unicode scalar values).
    pub length: u32,
    /// Attachments.
    pub files: u16,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Noted {
    /// It was written.
    Written {
        /// By whom.
        author: UserId,
        /// What sort of account that is.
        writer: Writer,
        /// How much; `None` where Discord does not show it to us (the message content intent), which is
        /// not the same as nothing.
        size: Option<Size>,
        /// The message it answers.
        reply: Option<MessageId>,
    },
    /// It was edited.
    Edited {
        /// How much is in it now, as above.
        size: Option<Size>,
    },
    /// It was deleted. Discord does not say whose it was.
    Deleted,
}

/// What became of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// When, on Discord's clock: it is part of the note's name, so it must not change when we learn how far
    /// the clocks are apart. Of a deletion only the arrival is known.
    pub at: Timestamp,
    /// In which channel or thread.
    pub channel: ChannelId,
    /// Which message.
    pub message: MessageId,
    /// What.
    pub what: Noted,
}

/// What became of messages of a guild, in [`super::inbound::Inbound::Noted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// The guild.
    pub guild: GuildId,
    /// In order; at most [`MAX_NOTES`].
    pub notes: Vec<Note>,
    /// The newest gateway event that joined; its input's id names the first.
    pub until: Seq,
}

impl Notes {
    /// These, which came together.
    #[must_use]
    pub fn of(guild: GuildId, mut notes: Vec<Note>) -> Self {
        notes.truncate(MAX_NOTES);
        Self {
            guild,
            notes,
            until: Seq::default(),
        }
    }

    /// Adds what came later. `false`: it does not fit, and nothing is changed.
    pub fn add(&mut self, later: &Self) -> bool {
        let fits = self.notes.len() + later.notes.len() <= MAX_NOTES;
        if fits {
            self.notes.extend_from_slice(&later.notes);
        }
        fits
    }
}
