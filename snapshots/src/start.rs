//! From an opened engine to a store: identity, format, progress, and what was in quarantine.

use crate::{
    core::Core,
    digest::Totals,
    engine::{Engine, EngineFault},
    fault::{CommitFault, ReadFault},
    format::{Damage, HEADER},
    meta::{self, DATA_FORMAT, Identity, Progress},
    quarantine::Quarantine,
    records::Records,
    verify,
};
use actors::kernel::record::Record;
use std::sync::Arc;

/// What was found when the store was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Started {
    /// There was nothing; a new store was created.
    pub created: bool,
    /// The record of the store's progress was damaged, and was counted anew. Alert: what happened to it
    /// can have happened to others, and this time the digest cannot tell.
    pub recounted: bool,
    /// The store ends before what it acknowledged: its newest epochs are gone, and sled did not notice.
    /// Alert. The store goes on from its older state, as after a very slow commit; numbers of epochs are
    /// not used twice.
    pub rolled_back: Option<RolledBack>,
    /// The store was of this older data format and was upgraded.
    pub upgraded_from: Option<u32>,
}

/// What is missing; see [`Started::rolled_back`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RolledBack {
    /// The last epoch that is known to have been acknowledged.
    pub acknowledged: u64,
    /// The last one that is there.
    pub found: u64,
}

/// Why an intact engine does not hold a usable store.
#[derive(Debug, thiserror::Error)]
pub enum StartFault {
    /// The engine failed.
    #[error("could not {doing}")]
    Engine {
        /// Which step.
        doing: &'static str,
        /// What the engine says.
        #[source]
        source: EngineFault,
    },
    /// The scan that counts the records failed.
    #[error("could not count the records")]
    Count(#[source] ReadFault),
    /// The store's own records could not be written.
    #[error("could not write the store's own records")]
    Write(#[source] CommitFault),
    /// The record that says who the store is cannot be read. Nonces depend on it: restore an export.
    #[error("the store's identity is damaged")]
    Identity(#[source] Damage),
    /// There are records, but none says who the store is: these files are not of this program.
    #[error("there are records but the store has no identity")]
    NoIdentity,
    /// There is nothing at all, but there was a store here before. Restore an export.
    #[error("the store is empty, but it was not before")]
    Empty,
    /// Written by a newer program.
    #[error("the data has format {found}, this program knows up to {DATA_FORMAT}")]
    Newer {
        /// The format found.
        found: u32,
    },
    /// Written by an older program; opening through [`crate::open`] upgrades it.
    #[error("the data has format {found} and needs an upgrade to {DATA_FORMAT}")]
    Older {
        /// The format found.
        found: u32,
    },
    /// The copies in the quarantine directory cannot be read.
    #[error("could not read the quarantine directory")]
    Quarantine(#[source] std::io::Error),
}

/// Makes a store of `engine`; an empty one is created as `create` says.
pub(crate) fn start<E: Engine>(
    engine: Arc<E>,
    quarantine: Quarantine,
    create: Option<Identity>,
) -> Result<(Core<E>, Started), StartFault> {
    let records = Records::over(Arc::clone(&engine) as _, quarantine);
    let mut started = Started::default();
    let (identity, mut progress) = match (identity(&records)?, create) {
        (Some(found), _) => (found, progress(&records, &mut started)?),
        (None, Some(new)) if is_empty(&records)? => {
            started.created = true;
            let progress = Progress::new(new.created_at_epoch, Totals::default());
            (new, progress)
        }
        (None, None) if is_empty(&records)? => return Err(StartFault::Empty),
        (None, _) => return Err(StartFault::NoIdentity),
    };
    protect(&records)?;
    let found = progress.epoch;
    if let Some(acknowledged) = engine
        .acknowledged(identity.incarnation)
        .filter(|at| *at > found)
    {
        started.rolled_back = Some(RolledBack {
            acknowledged,
            found,
        });
        progress = Progress::new(acknowledged, progress.totals());
    }
    let mut core = Core::new(engine, records, identity, progress);
    if started.created || started.recounted || started.rolled_back.is_some() {
        core.write_meta().map_err(StartFault::Write)?;
    }
    Ok((core, started))
}

/// Who the store is; `None` when it does not say.
pub(crate) fn identity(records: &Records) -> Result<Option<Identity>, StartFault> {
    let Some(found) = found_identity(records)? else {
        return Ok(None);
    };
    match meta::data_format(&found).map_err(StartFault::Identity)? {
        found if found > DATA_FORMAT => Err(StartFault::Newer { found }),
        found if found < DATA_FORMAT => Err(StartFault::Older { found }),
        _ => meta::read(&found).map(Some).map_err(StartFault::Identity),
    }
}

/// Identity and progress of a store that may be of an older format.
pub(crate) fn of_any_format(records: &Records) -> Result<(Identity, Progress), StartFault> {
    let found = found_identity(records)?.ok_or(StartFault::NoIdentity)?;
    let identity = meta::read(&found).map_err(StartFault::Identity)?;
    Ok((identity, progress(records, &mut Started::default())?))
}

fn found_identity(records: &Records) -> Result<Option<Record>, StartFault> {
    match records
        .find(&Identity::key())
        .map_err(doing("read the identity"))?
    {
        None => Ok(None),
        Some(Err(damaged)) => Err(StartFault::Identity(damaged.damage)),
        Some(Ok((_, record))) => Ok(Some(record)),
    }
}

fn progress(records: &Records, started: &mut Started) -> Result<Progress, StartFault> {
    match load_progress(records).map_err(doing("read the progress"))? {
        Ok(progress) => Ok(progress),
        Err(_) => {
            started.recounted = true;
            let (totals, newest) = verify::count(records).map_err(StartFault::Count)?;
            // It will be written anew; the scan has met it as well, so it is given up only now.
            records.quarantine.release(&Progress::key());
            Ok(Progress::new(newest, totals))
        }
    }
}

/// The store's progress as it lies in `records`.
pub(crate) fn load_progress(records: &Records) -> Result<Result<Progress, Damage>, EngineFault> {
    let missing = || Damage::Length {
        found: 0,
        expected: HEADER,
    };
    Ok(match records.find(&Progress::key())? {
        None => Err(missing()),
        Some(Err(damaged)) => Err(damaged.damage),
        Some(Ok((_, record))) => meta::read(&record),
    })
}

fn is_empty(records: &Records) -> Result<bool, StartFault> {
    verify::is_empty(records).map_err(doing("look for records"))
}

/// Records that an earlier run set aside stay protected while their bytes are the same.
fn protect(records: &Records) -> Result<(), StartFault> {
    for (key, bytes, name) in records
        .quarantine
        .copies()
        .map_err(StartFault::Quarantine)?
    {
        if records
            .bytes_of(&key)
            .map_err(doing("read a damaged record"))?
            == bytes
        {
            records.quarantine.remember(key, name);
        }
    }
    Ok(())
}

fn doing(doing: &'static str) -> impl Fn(EngineFault) -> StartFault {
    move |source| StartFault::Engine { doing, source }
}
