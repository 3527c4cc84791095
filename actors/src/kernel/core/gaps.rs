//! Gaps: which guilds missed events for good, and when they have caught up.
//!
//! A gap is a row per guild. It is closed in the batch of the turn with which the last of the
//! guild's machines finishes reconciling: each machine that sees [`Inbound::GuildAvailable`] with a
//! gap is done with that turn, unless it says it goes on.

use crate::kernel::{
    address::{Address, Kind},
    ids::GuildId,
    inbound::{Gap, Inbound},
    record::{Codec, Snapshot, Write},
    stored::gap_key,
    time::Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug)]
struct Open {
    gap: Gap,
    /// Machines still at it; `None` until the guild was seen again.
    busy: Option<BTreeSet<Kind>>,
}

/// See the module docs.
#[derive(Debug, Default)]
pub struct Gaps {
    open: BTreeMap<GuildId, Open>,
}

impl Gaps {
    /// A stored gap, at start.
    pub fn load(&mut self, guild: GuildId, gap: Gap) {
        self.open.insert(guild, Open { gap, busy: None });
    }

    /// Opens a gap, or widens one that is open. Returns the row to write.
    pub fn open<C: Codec>(&mut self, guild: GuildId, gap: Gap, codec: &C) -> Write {
        let from = self.open.get(&guild).map_or(gap.from, |open| open.gap.from.min(gap.from));
        let gap = Gap { from, ..gap };
        let record = gap.to_record(codec).ok();
        self.open.insert(guild, Open { gap, busy: None });
        Write { key: gap_key(guild), record }
    }

    /// The guild is visible again: its machines of these kinds reconcile now.
    pub fn reconcile(&mut self, guild: GuildId, kinds: &[Kind]) -> Option<Gap> {
        let open = self.open.get_mut(&guild)?;
        open.busy = Some(kinds.iter().copied().collect());
        Some(open.gap.clone())
    }

    /// A machine's turn is part of the epoch: was it the last one to catch up?
    pub(super) fn absorbed(
        &mut self,
        address: Address,
        what: &Inbound,
        reconciling: Option<bool>,
    ) -> Option<Write> {
        let guild = address.guild_id()?;
        let open = self.open.get_mut(&guild)?;
        let busy = open.busy.as_mut()?;
        let seen = matches!(what, Inbound::GuildAvailable(view) if view.gap.is_some());
        if reconciling == Some(false) || (seen && reconciling.is_none()) {
            busy.remove(&address.kind);
        }
        if !busy.is_empty() {
            return None;
        }
        self.open.remove(&guild);
        Some(Write { key: gap_key(guild), record: None })
    }

    /// The guild is gone: so is its gap.
    pub fn close(&mut self, guild: GuildId) -> Option<Write> {
        self.open.remove(&guild)?;
        Some(Write { key: gap_key(guild), record: None })
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
