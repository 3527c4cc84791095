//! Servers that removed the bot: after the grace that the settings give, what it knows about them is written down
//! for the owner, and forgotten.

use crate::{
    farewell::{self, Farewell, FarewellFault},
    runtime::{Hub, hub::Gateway},
};
use actors::{
    kernel::{
        address::{Address, Kind},
        fact::Fact,
        ids::GuildId,
        record::{Key, Snapshot as _, Space},
        time::{Span, Timestamp},
    },
    settings,
};
use snapshots::{Bincode, DataDir, ReadFault, end_of};
use std::{io, sync::Arc, time::Duration};

/// How long after the start to look first: whoever invited the bot again while it was off has been heard by then.
const FIRST_LOOK: Duration = Duration::from_secs(600);
const EVERY: Duration = Duration::from_secs(3_600);
/// Heads read at once.
const PAGE: usize = 500;

/// Why a server is not forgotten yet. It is tried again.
#[derive(Debug, thiserror::Error)]
pub enum LeavingFault {
    /// The store could not be read.
    #[error("could not read the store")]
    Read(#[from] ReadFault),
    /// What was known could not be written down.
    #[error(transparent)]
    Farewell(#[from] FarewellFault),
    /// An old farewell could not be removed.
    #[error("could not remove old farewells")]
    Expire(#[from] io::Error),
    /// The bot is stopping.
    #[error("the bot is stopping")]
    Stopping,
}

/// Looks every hour until the bot stops.
pub(super) fn keep(hub: Arc<Hub>, data: DataDir, grace: Span) {
    tokio::spawn(async move {
        let mut pause = FIRST_LOOK;
        loop {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = hub.stopped() => return,
            }
            pause = EVERY;
            if let Err(fault) = look(&hub, &data, grace).await {
                tracing::error!(%fault, source = ?std::error::Error::source(&fault), "servers that removed the bot are not forgotten yet");
            }
        }
    });
}

/// Says farewell to every server whose grace is over.
pub(super) async fn look(hub: &Arc<Hub>, data: &DataDir, grace: Span) -> Result<(), LeavingFault> {
    hub.all_durable().await;
    let (hub, data) = (Arc::clone(hub), data.clone());
    let looked = tokio::task::spawn_blocking(move || {
        let now = hub.clock.now();
        farewell::expire(&data, now)?;
        for (guild, state, left_at) in left(&hub, now - grace)? {
            let about = Farewell {
                server: guild.to_string(),
                name: state.shared.guild_name,
                left_at: left_at.millis(),
                made_at: now.millis(),
            };
            let path = farewell::write(&*hub.reader, &data, guild, &about)?;
            tracing::info!(%guild, farewell = %path.display(), "the server removed the bot long ago and is forgotten");
            let settings = Address::guild(Kind::Settings, guild);
            hub.core(|core| {
                let name = left_at.millis().unsigned_abs();
                core.tell_from_outside(settings, Fact::GraceOver { left_at }, name, now);
            });
        }
        Ok(())
    });
    looked.await.map_err(|_| LeavingFault::Stopping)?
}

/// Servers that removed the bot at `until` or before, and that it still knows something about.
fn left(
    hub: &Hub,
    until: Timestamp,
) -> Result<Vec<(GuildId, settings::State, Timestamp)>, ReadFault> {
    let prefix = Key::new(Space::Head, &[0]);
    let (mut found, mut next) = (Vec::new(), Some(prefix.clone()));
    while let Some(from) = next {
        let page = hub.reader.scan(&from, &end_of(&prefix), PAGE)?;
        for entry in page.entries {
            let address = entry.key.address();
            let address = address.filter(|address| address.kind == Kind::Settings);
            let Some(guild) = address.and_then(|address| address.guild_id()) else {
                continue;
            };
            let Ok(state) = settings::State::from_record(&Bincode, &entry.record) else {
                continue;
            };
            let over = state.left_at.filter(|at| *at <= until);
            // One that is forgotten has met nobody.
            if let Some(left_at) = over.filter(|_| state.met && is_connected(hub, guild)) {
                found.push((guild, state, left_at));
            }
        }
        next = page.next;
    }
    Ok(found)
}

/// Whether we would know by now if the bot had been invited again.
fn is_connected(hub: &Hub, guild: GuildId) -> bool {
    let shard = hub.shard(hub.shard_of(guild));
    shard.is_some_and(|shard| shard.gateway == Gateway::Connected)
}
