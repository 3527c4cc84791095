//! Opening a data directory, whatever state it is in.

use super::{
    build::Builder,
    engine::{self, SledEngine, Tuning},
    fault::{OpenFault, io_fault, start_fault},
    lock,
    tripwire::Tripwire,
    upgrade::{self, STEPS, Step, Upgrade},
};
use crate::{
    core::Core,
    engine::EngineFault,
    export,
    files::{self, DataDir},
    meta::Identity,
    quarantine::Quarantine,
    records::Records,
    start::{self, StartFault, Started},
    store::Store,
};
use actors::kernel::time::Timestamp;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// How to open a data directory.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// sled's page cache in bytes. 10,000 records of 1 KB are served from 8 MiB with 15–25 MB of RSS.
    pub cache_bytes: u64,
    /// How often sled looks for garbage; see the parent module.
    pub collect_garbage_every_ms: u64,
    /// The incarnation of a store that has to be created: random, drawn by the caller. `None` refuses to
    /// create one.
    pub incarnation: Option<u32>,
    /// The present, for the name of the export that precedes an upgrade.
    pub now: Timestamp,
}

impl Options {
    /// The usual, creating a store with `incarnation` where there is none.
    #[must_use]
    pub fn new(incarnation: u32, now: Timestamp) -> Self {
        let incarnation = Some(incarnation);
        Self {
            cache_bytes: 8 * 1024 * 1024,
            collect_garbage_every_ms: 5_000,
            incarnation,
            now,
        }
    }

    pub(super) fn tuning(&self) -> Tuning {
        let Self {
            cache_bytes,
            collect_garbage_every_ms,
            ..
        } = *self;
        Tuning {
            cache_bytes,
            collect_garbage_every_ms,
        }
    }
}

/// An open store, and what was found.
pub struct Opened {
    /// For the committer.
    pub store: Box<dyn Store>,
    /// For the log.
    pub started: Started,
}

/// Opens the store of a data directory, creating it where there is none and upgrading an older one.
///
/// # Errors
/// See [`OpenFault`].
pub fn open(data: &DataDir, options: &Options) -> Result<Opened, OpenFault> {
    open_with(data, options, STEPS)
}

pub(super) fn open_with(
    data: &DataDir,
    options: &Options,
    steps: &[Step],
) -> Result<Opened, OpenFault> {
    files::create_dir(data.path()).map_err(io_fault("create", data.path()))?;
    let lock = lock::take(data.path(), &data.lock())?;
    clear_up(data)?;
    let mut tripwire = Tripwire::open(&data.acknowledged());
    let created = !data.store().join("db").exists();
    if created {
        let identity = may_create(data, options, &mut tripwire)?;
        create(data, options, &identity)?;
    }
    let mut engine = Arc::new(open_engine(data, options.tuning())?);
    let upgraded_from = upgrade(data, options, steps, &engine)?;
    if upgraded_from.is_some() {
        engine = Arc::new(open_engine(data, options.tuning())?);
    }
    let blobs = engine::blobs(&data.store()).map_err(io_fault("list", &data.store()))?;
    if blobs > 0 {
        return Err(OpenFault::Blobs {
            store: data.store(),
            blobs,
        });
    }
    engine.hold(lock, tripwire);
    let quarantine = Quarantine::new(Some(data.quarantine()));
    let (core, started): (Core<SledEngine>, _) =
        start::start(engine, quarantine, None).map_err(start_fault(data))?;
    Ok(Opened {
        store: Box::new(core),
        started: Started {
            created,
            upgraded_from,
            ..started
        },
    })
}

/// Finishes or removes what a killed process left.
fn clear_up(data: &DataDir) -> Result<(), OpenFault> {
    upgrade::put_in_place(data).map_err(io_fault("put in place", &data.ready_store()))?;
    upgrade::put_rebuilt_in_place(data).map_err(io_fault("put in place", &data.rebuilt_store()))?;
    data.remove_replaced()
        .map_err(io_fault("clear up", data.path()))?;
    if data.new_store().exists() {
        fs::remove_dir_all(data.new_store()).map_err(io_fault("remove", &data.new_store()))?;
    }
    let store = data.store();
    engine::remove_unfinished(&store).map_err(io_fault("remove unfinished snapshots in", &store))
}

/// Upgrades a store of an older format; `None` when there is nothing to do.
fn upgrade(
    data: &DataDir,
    options: &Options,
    steps: &[Step],
    engine: &Arc<SledEngine>,
) -> Result<Option<u32>, OpenFault> {
    let records = Records::over(
        Arc::clone(engine) as _,
        Quarantine::new(Some(data.quarantine())),
    );
    let Err(StartFault::Older { found }) = start::identity(&records) else {
        return Ok(None);
    };
    let (identity, progress) = start::of_any_format(&records).map_err(start_fault(data))?;
    Upgrade {
        data,
        tuning: options.tuning(),
        steps,
        now: options.now,
    }
    .run(engine, &records, &identity, progress)
    .map_err(|source| OpenFault::Upgrade {
        data: data.path().to_owned(),
        found,
        source,
    })?;
    Ok(Some(found))
}

/// Who a new store would be. One is created only if nothing says that there was one before: the files of
/// a store that lost everything look like those of a new one.
fn may_create(
    data: &DataDir,
    options: &Options,
    tripwire: &mut Tripwire,
) -> Result<Identity, OpenFault> {
    let (damaged, newest_export) = (data.damaged_stores(), newest_export(data));
    if !damaged.is_empty() || newest_export.is_some() || tripwire.is_set() {
        return Err(OpenFault::Vanished {
            data: data.path().to_owned(),
            damaged,
            newest_export,
        });
    }
    let missing = || OpenFault::Missing(data.path().to_owned());
    options.incarnation.map(Identity::new).ok_or_else(missing)
}

/// Puts a new store in its place, complete: sled does not open what a kill left of its first opening.
fn create(data: &DataDir, options: &Options, identity: &Identity) -> Result<(), OpenFault> {
    Builder::begin(data.new_store(), options.tuning())
        .and_then(|builder| builder.finish(identity, identity.created_at_epoch))
        .map_err(|source| OpenFault::Create {
            data: data.path().to_owned(),
            source,
        })?;
    upgrade::put_new_in_place(data).map_err(io_fault("put in place", &data.new_store()))
}

fn newest_export(data: &DataDir) -> Option<PathBuf> {
    export::newest(&data.exports()).ok().flatten()
}

/// Opens sled; on failure once more without its snapshots, then moves the directory aside.
fn open_engine(data: &DataDir, tuning: Tuning) -> Result<SledEngine, OpenFault> {
    let path = data.store();
    let failed = |doing, path: &Path, fault| match fault {
        EngineFault::Full(source) | EngineFault::Io(source) => Err(OpenFault::Io {
            doing,
            path: path.to_owned(),
            source,
        }),
        fault => Ok(fault),
    };
    let first = match SledEngine::open(path.clone(), tuning) {
        Ok(engine) => return Ok(engine),
        Err(fault) => failed("open", &path, fault)?,
    };
    // sled unwraps some I/O errors, so a full or read-only disk can look like damage.
    files::probe(data.path(), 1024 * 1024).map_err(|source| OpenFault::Io {
        doing: "write to",
        path: path.clone(),
        source,
    })?;
    engine::remove_snapshots(&path).map_err(|source| OpenFault::Io {
        doing: "remove snapshots in",
        path: path.clone(),
        source,
    })?;
    match SledEngine::open(path.clone(), tuning) {
        Ok(engine) => return Ok(engine),
        Err(fault) => failed("open", &path, fault)?,
    };
    let moved_to = data.aside("damaged");
    files::rename(&path, &moved_to).map_err(|source| OpenFault::Io {
        doing: "move aside",
        path: path.clone(),
        source,
    })?;
    Err(OpenFault::Damaged {
        data: data.path().to_owned(),
        moved_to,
        newest_export: newest_export(data),
        source: first,
    })
}
