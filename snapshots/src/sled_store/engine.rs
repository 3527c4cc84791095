//! sled as an [`Engine`]: every call guarded, every commit followed by our own `fdatasync`.

use super::{lock::Lock, tripwire::Tripwire, upgrade::put_rebuilt_in_place};
use crate::{
    engine::{Change, Engine, EngineFault, Facts, Pair, Raw},
    files::{self, DataDir},
};
use std::{
    any::Any,
    fs::{self, File},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError, RwLock, RwLockWriteGuard,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// How to open sled; see the parent module for the reasons.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tuning {
    pub(super) cache_bytes: u64,
    pub(super) collect_garbage_every_ms: u64,
}

/// A lock on a file that an earlier handle of ours let go of a moment ago is waited for this often …
const LOCK_TRIES: u32 = 100;
/// … with this pause: sled's background jobs hold the file a little longer than its `Db`.
const LOCK_PAUSE: Duration = Duration::from_millis(20);
/// Space that must be there before a store is re-opened: sled's recovery writes up to a segment.
const SPACE_TO_REOPEN: usize = 1024 * 1024;

pub(super) struct SledEngine {
    path: PathBuf,
    tuning: Tuning,
    live: RwLock<Option<Live>>,
    /// An `fdatasync` failed: see [`Engine::reopen`] below.
    sync_failed: AtomicBool,
    /// Released after sled has let go of its files: fields are dropped in order.
    held: Mutex<Option<Held>>,
}

/// What belongs to the engine of a live data directory.
struct Held {
    _lock: Lock,
    tripwire: Tripwire,
}

struct Live {
    db: sled::Db,
    /// Our own handle of `<path>/db`. Write-back errors are reported once per handle that was open when
    /// they happened, so it is opened with the store and kept.
    file: File,
}

impl SledEngine {
    pub(super) fn open(path: PathBuf, tuning: Tuning) -> Result<Self, EngineFault> {
        let live = open_live(&path, tuning)?;
        Ok(Self {
            path,
            tuning,
            live: RwLock::new(Some(live)),
            sync_failed: AtomicBool::default(),
            held: Mutex::default(),
        })
    }

    /// Makes it the engine of a live data directory until it is closed.
    pub(super) fn hold(&self, lock: Lock, tripwire: Tripwire) {
        *self.held() = Some(Held {
            _lock: lock,
            tripwire,
        });
    }

    /// Where the store lies.
    fn data(&self) -> DataDir {
        DataDir::new(self.path.parent().unwrap_or(Path::new(".")))
    }

    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn pretend_that_a_sync_failed(&self) {
        self.sync_failed.store(true, Ordering::SeqCst);
    }

    #[cfg(test)]
    pub(super) fn panicking_call(&self) -> Result<(), EngineFault> {
        self.with(|_| panic!("on purpose"))
    }

    fn with<T>(
        &self,
        call: impl FnOnce(&Live) -> Result<T, EngineFault>,
    ) -> Result<T, EngineFault> {
        let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
        let live = live.as_ref().ok_or(EngineFault::Closed)?;
        catch_unwind(AssertUnwindSafe(|| call(live))).unwrap_or_else(|panic| Err(panicked(&*panic)))
    }

    fn live_mut(&self) -> RwLockWriteGuard<'_, Option<Live>> {
        self.live.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Raw for SledEngine {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineFault> {
        self.with(|live| Ok(live.db.get(key)?.map(|value| value.to_vec())))
    }

    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Pair>, EngineFault> {
        if from >= to {
            return Ok(Vec::new());
        }
        self.with(|live| {
            let mut pairs = Vec::new();
            for pair in live.db.range(from..to).take(limit) {
                let (key, value) = pair?;
                pairs.push((key.to_vec(), value.to_vec()));
            }
            Ok(pairs)
        })
    }
}

impl Engine for SledEngine {
    fn apply(&self, changes: &[Change]) -> Result<(), EngineFault> {
        let mut batch = sled::Batch::default();
        for (key, value) in changes {
            match value {
                Some(value) => batch.insert(&key[..], &value[..]),
                None => batch.remove(&key[..]),
            }
        }
        self.with(|live| Ok(live.db.apply_batch(batch)?))
    }

    fn sync(&self) -> Result<(), EngineFault> {
        self.with(|live| {
            live.db.flush()?;
            live.file.sync_data().map_err(|fault| {
                self.sync_failed.store(true, Ordering::SeqCst);
                fault.into()
            })
        })
    }

    /// After a failed `fdatasync` Linux marks the pages clean: what is read back then looks fine, the
    /// next `fdatasync` reports success, and the bytes are not on the disk. So in that case the file is
    /// written anew and synced before sled reads it: what it finds is what is durable.
    fn reopen(&self) -> Result<(), EngineFault> {
        files::probe(&self.path, SPACE_TO_REOPEN)?;
        let mut live = self.live_mut();
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(live.take())));
        dropped.map_err(|panic| panicked(&*panic))?;
        if self.sync_failed.load(Ordering::SeqCst) {
            write_anew(&self.path.join("db"))?;
            self.sync_failed.store(false, Ordering::SeqCst);
        }
        put_rebuilt_in_place(&self.data())?;
        remove_unfinished(&self.path)?;
        *live = Some(open_live(&self.path, self.tuning)?);
        Ok(())
    }

    fn beside(&self) -> Result<Option<Box<dyn Engine>>, EngineFault> {
        let path = self.data().new_store();
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        files::create_dir(&path)?;
        Ok(Some(Box::new(Self::open(path, self.tuning)?)))
    }

    fn take_place(&self, _: &dyn Engine) -> Result<(), EngineFault> {
        let data = self.data();
        sync_new(&data.new_store())?;
        files::rename(&data.new_store(), &data.rebuilt_store())?;
        self.reopen()
    }

    fn acknowledge(&self, incarnation: u32, epoch: u64) {
        if let Some(held) = &mut *self.held() {
            held.tripwire.write(incarnation, epoch);
        }
    }

    fn acknowledged(&self, incarnation: u32) -> Option<u64> {
        self.held().as_mut()?.tripwire.read(incarnation)
    }

    fn facts(&self) -> Facts {
        let bytes = fs::metadata(self.path.join("db")).map_or(0, |meta| meta.len());
        Facts {
            bytes_on_disk: bytes,
            blobs: blobs(&self.path).unwrap_or(0),
        }
    }

    fn close(&self) -> Result<(), EngineFault> {
        let live = self.live_mut().take();
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(live)));
        drop(self.held().take());
        dropped.map_err(|panic| panicked(&*panic))
    }
}

/// Opens sled on a thread of its own, because damaged files make it panic ("tried to serialize Uninit").
fn open_live(path: &Path, tuning: Tuning) -> Result<Live, EngineFault> {
    let config = sled::Config::new()
        .path(path)
        .mode(sled::Mode::LowSpace)
        .use_compression(false)
        .cache_capacity(tuning.cache_bytes)
        .flush_every_ms(Some(tuning.collect_garbage_every_ms));
    for _ in 0..LOCK_TRIES {
        let config = config.clone();
        let opening = thread::Builder::new()
            .name("store-open".into())
            .spawn(move || config.open())?;
        match opening.join().map_err(|panic| panicked(&*panic))? {
            Err(sled::Error::Io(fault)) if is_lock(&fault) => thread::sleep(LOCK_PAUSE),
            opened => {
                let db = opened?;
                return Ok(Live {
                    db,
                    file: File::open(path.join("db"))?,
                });
            }
        }
    }
    Err(EngineFault::Io(io::Error::other(
        "sled's file stays locked by another process",
    )))
}

/// sled reports a held lock only in words.
fn is_lock(fault: &io::Error) -> bool {
    fault.to_string().contains("could not acquire lock")
}

/// Deletes `snap.*.generating`: recovery writes that file, and sled takes an unfinished one for its newest
/// snapshot and refuses to open. It holds nothing that is not in the log.
pub(super) fn remove_unfinished(path: &Path) -> io::Result<()> {
    remove(path, |name| {
        name.starts_with("snap.") && name.ends_with(".generating")
    })
}

/// Deletes all of sled's snapshots of its page table; it then reads the whole log instead.
pub(super) fn remove_snapshots(path: &Path) -> io::Result<()> {
    remove(path, |name| name.starts_with("snap."))
}

fn remove(path: &Path, which: impl Fn(&str) -> bool) -> io::Result<()> {
    if !path.is_dir() {
        return Ok(());
    }
    for name in files::names(path)?.iter().filter(|name| which(name)) {
        fs::remove_file(path.join(name))?;
    }
    files::sync_dir(path)
}

/// Makes a new store's files durable by name: sled never fsyncs what names them.
pub(super) fn sync_new(path: &Path) -> io::Result<()> {
    File::open(path.join("conf"))?.sync_all()?;
    File::open(path.join("db"))?.sync_all()?;
    files::sync_dir(&path.join("blobs"))?;
    files::sync_dir(path)?;
    files::sync_dir(path.parent().unwrap_or(Path::new(".")))
}

/// How many files lie in `blobs/`; they would not be durable.
pub(super) fn blobs(path: &Path) -> io::Result<usize> {
    let blobs = path.join("blobs");
    if blobs.is_dir() {
        Ok(files::names(&blobs)?.len())
    } else {
        Ok(0)
    }
}

fn write_anew(file: &Path) -> io::Result<()> {
    let copy = file.with_extension("copy");
    fs::copy(file, &copy)?;
    File::open(&copy)?.sync_all()?;
    files::rename(&copy, file)
}

fn panicked(panic: &(dyn Any + Send)) -> EngineFault {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    EngineFault::Panicked(text.unwrap_or("without a message").to_owned())
}

impl From<sled::Error> for EngineFault {
    fn from(fault: sled::Error) -> Self {
        match fault {
            // A file shorter than its log says reads as this.
            sled::Error::Io(fault) if fault.kind() == io::ErrorKind::UnexpectedEof => {
                Self::Corrupt(fault.to_string())
            }
            sled::Error::Io(fault) => fault.into(),
            other => Self::Corrupt(other.to_string()),
        }
    }
}
