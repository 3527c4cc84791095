//! Gaps: which guilds missed events for good, and when they have caught up.
//!
//! A gap is a row per guild. It is closed in the batch of the turn with which the last of the
//! guild's machines finishes reconciling: each machine that sees [`Inbound::GuildAvailable`] with a
//! gap is done with that turn, unless it says it goes on. Who still is at it is part of the row, so a
//! restart in between changes nothing.

use crate::kernel::{
    address::{Address, Kind},
    ids::GuildId,
    inbound::{Gap, Inbound},
    record::{Codec, Snapshot, Write},
    stored::{GapRow, gap_key},
    time::Timestamp,
};
use std::collections::BTreeMap;

/// See the module docs.
#[derive(Debug, Default)]
pub struct Gaps {
    open: BTreeMap<GuildId, GapRow>,
}

impl Gaps {
    /// A stored gap, at start.
    pub fn load(&mut self, guild: GuildId, row: GapRow) {
        self.open.insert(guild, row);
    }

    /// Opens a gap, or widens one that is open. Returns the row to write.
    pub fn open<C: Codec>(&mut self, guild: GuildId, gap: Gap, codec: &C) -> Write {
        let from = self
            .open
            .get(&guild)
            .map_or(gap.from, |open| open.gap.from.min(gap.from));
        self.open.insert(
            guild,
            GapRow {
                gap: Gap { from, ..gap },
                busy: None,
            },
        );
        self.write(guild, codec)
    }

    /// The guild is visible again: its machines of these kinds reconcile now. Returns the gap they
    /// must be told of, and the row to write.
    pub fn reconcile<C: Codec>(
        &mut self,
        guild: GuildId,
        kinds: &[Kind],
        codec: &C,
    ) -> Option<(Gap, Write)> {
        let open = self.open.get_mut(&guild)?;
        // A replay of this event changes nothing: some may have caught up already.
        open.busy
            .get_or_insert_with(|| kinds.iter().copied().collect());
        let gap = open.gap.clone();
        Some((gap, self.write(guild, codec)))
    }

    /// A machine's turn is part of the epoch: has it caught up, and was it the last one?
    pub(super) fn absorbed<C: Codec>(
        &mut self,
        address: Address,
        what: &Inbound,
        reconciling: Option<bool>,
        codec: &C,
    ) -> Option<Write> {
        let guild = address.guild_id()?;
        let busy = self.open.get_mut(&guild)?.busy.as_mut()?;
        let seen = matches!(what, Inbound::GuildAvailable(view) if view.gap.is_some());
        let done = reconciling == Some(false) || (seen && reconciling.is_none());
        if !done || !busy.remove(&address.kind) {
            return None;
        }
        if busy.is_empty() {
            return self.close(guild);
        }
        Some(self.write(guild, codec))
    }

    /// The guild has caught up, or is gone.
    pub fn close(&mut self, guild: GuildId) -> Option<Write> {
        self.open.remove(&guild)?;
        Some(Write {
            key: gap_key(guild),
            record: None,
        })
    }

    fn write<C: Codec>(&self, guild: GuildId, codec: &C) -> Write {
        let record = self
            .open
            .get(&guild)
            .and_then(|row| row.to_record(codec).ok());
        Write {
            key: gap_key(guild),
            record,
        }
    }

    /// Since when a guild is not up to date.
    #[must_use]
    pub fn open_since(&self, guild: GuildId) -> Option<Timestamp> {
        self.open.get(&guild).map(|open| open.gap.to)
    }

    /// How many guilds have an open gap.
    #[must_use]
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether every guild is up to date.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }
}
