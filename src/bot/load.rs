//! What is read from the store before anything runs.

use crate::discord::intake;
use actors::{
    kernel::{
        address::Kind,
        core::{Core, LoadFault, Loaded},
        ids::GuildId,
        record::{Key, Snapshot as _, Space},
        stored::ProcessRecord,
        time::Timestamp,
    },
    settings,
};
use snapshots::{Bincode, ReadFault, Reader, Store, end_of};
use std::collections::BTreeSet;

/// Records read at once.
const PAGE: usize = 1_000;

/// What the runtime needs of the store.
pub(crate) struct LoadedStore {
    /// For the core.
    pub(crate) core: Loaded,
    /// Guilds the bot knows.
    pub(crate) guilds: Vec<GuildId>,
    /// Inputs set aside.
    pub(crate) parked: u64,
}

/// Reads it. Damaged records are quarantined by the reader and left out.
///
/// # Errors
/// When the engine fails.
pub(crate) fn read(reader: &dyn Reader, store: &dyn Store) -> Result<LoadedStore, ReadFault> {
    let mut records = Vec::new();
    for space in Loaded::SPACES {
        each(reader, space, |key, record| records.push((key, record)))?;
    }
    // Where a machine ran ahead of the stored position, others may not have heard of a departure yet.
    let marks = records
        .iter()
        .filter(|(key, _)| key.space() == Some(Space::Mark));
    let ahead: BTreeSet<_> = marks.filter_map(|(key, _)| key.address()).collect();
    let mut guilds = Vec::new();
    each(reader, Space::Head, |key, record| {
        let address = key
            .address()
            .filter(|address| address.kind == Kind::Settings);
        let guild = address.and_then(|address| address.guild_id());
        // One that cannot be read is known all the same.
        let left = settings::State::from_record(&Bincode, &record)
            .is_ok_and(|state| state.left_at.is_some());
        let all_know = address.is_some_and(|address| !ahead.contains(&address));
        guilds.extend(guild.filter(|_| !(left && all_know)));
    })?;
    let mut parked = 0;
    each(reader, Space::Parked, |_, _| parked += 1)?;
    let core = Loaded {
        epoch: store.last_epoch(),
        incarnation: store.identity().incarnation,
        records,
    };
    Ok(LoadedStore {
        core,
        guilds,
        parked,
    })
}

fn each(
    reader: &dyn Reader,
    space: Space,
    mut take: impl FnMut(Key, actors::kernel::record::Record),
) -> Result<(), ReadFault> {
    let prefix = Key::new(space, &[]);
    let end = end_of(&prefix);
    let mut cursor = Some(prefix);
    while let Some(from) = cursor {
        let page = reader.scan(&from, &end, PAGE)?;
        for damaged in page.damaged {
            tracing::error!(key = ?damaged.key, damage = %damaged.damage, "damaged record set aside");
        }
        for entry in page.entries {
            take(entry.key, entry.record);
        }
        cursor = page.next;
    }
    Ok(())
}

/// Sets aside what the core cannot read.
pub(crate) fn report(reader: &dyn Reader, faults: &[LoadFault]) {
    for fault in faults {
        tracing::error!(key = ?fault.key, why = %fault.source, "record of the runtime set aside");
        if let Err(why) = reader.quarantine(&fault.key, &fault.source.to_string()) {
            tracing::error!(%why, "could not set it aside");
        }
    }
}

/// A position of another application, gateway or number of shards is not resumed: the shard begins a
/// new session, and so with a gap.
pub(crate) fn check_positions(
    core: &mut Core<Bincode>,
    application: u64,
    gateway: &str,
    shards: u32,
) {
    for shard in 0..shards {
        let Some(position) = core.positions.current(shard) else {
            continue;
        };
        let fits = position.application == application
            && position.shards == shards
            && position.gateway == intake::host(gateway);
        if !fits {
            tracing::warn!(
                shard,
                "stored position belongs elsewhere; beginning a new session"
            );
            core.positions.forget(shard);
        }
    }
}

/// So many starts without progress call for care.
const EARLY_ENDS: u32 = 3;

/// Notes that this process has started (forgotten at the first progress), and sets aside what the
/// last one died of, if that is known. After a few without progress care is taken.
pub(crate) fn count_start(core: &mut Core<Bincode>, now: Timestamp) {
    if let Some((address, input)) = core.park_unfinished(now) {
        tracing::error!(%address, inbound = input.what.name(), "the last process ended while handling this; set aside");
    }
    let before = core.process().clone();
    let starts_without_progress = before.starts_without_progress.saturating_add(1);
    core.set_process(
        ProcessRecord {
            starts_without_progress,
            ..before
        },
        now,
    );
    if starts_without_progress > EARLY_ENDS {
        tracing::warn!(
            starts_without_progress,
            "earlier processes ended early; handling one input at a time"
        );
        core.be_careful();
    }
}
