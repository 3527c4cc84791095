//! Where things lie in the data directory, and writing files so that they survive a power cut.
//!
//! ```text
//! data/
//!   lock                     held by the running process; its content is the process id
//!   acknowledged             the last acknowledged epoch, to notice a store that rolled back
//!   store/                   sled
//!   store.damaged-N/         a store that did not open, moved here as it was
//!   store.replaced-N/        the store as it was before an upgrade
//!   store.new/               a store being built: a first one, a restored or an upgraded; a leftover is removed
//!   store.ready/             a complete new store, about to take the place of `store/`
//!   store.rebuilt/           the same, when what was in `store/` is to be removed afterwards: from here on it counts
//!   store.erased-N/          what was in `store/` before that, being removed
//!   erasures                 who asked to be forgotten, under names that only a question for somebody finds
//!   erasures.pending         whose copies are still to be removed
//!   exports/                 *.guildhall
//!   quarantine/              *.damaged, *.given-up
//! ```

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// The layout of a data directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataDir(PathBuf);

impl DataDir {
    /// The data directory at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The directory itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The lock file.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }

    /// The note of the last acknowledged epoch.
    #[must_use]
    pub fn acknowledged(&self) -> PathBuf {
        self.0.join("acknowledged")
    }

    /// The live store.
    #[must_use]
    pub fn store(&self) -> PathBuf {
        self.0.join("store")
    }

    /// A store that is being built.
    #[must_use]
    pub fn new_store(&self) -> PathBuf {
        self.0.join("store.new")
    }

    /// A complete store that is to replace the live one.
    #[must_use]
    pub fn ready_store(&self) -> PathBuf {
        self.0.join("store.ready")
    }

    /// A complete store that replaces the live one, of which nothing shall be left.
    #[must_use]
    pub fn rebuilt_store(&self) -> PathBuf {
        self.0.join("store.rebuilt")
    }

    /// Removes what [`crate::Store::exchange`] has put aside.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn remove_replaced(&self) -> io::Result<()> {
        for name in names(&self.0)? {
            if name.starts_with("store.erased-") {
                fs::remove_dir_all(self.0.join(name))?;
            }
        }
        sync_dir(&self.0)
    }

    /// Who asked to be forgotten.
    #[must_use]
    pub fn erasures(&self) -> PathBuf {
        self.0.join("erasures")
    }

    /// Whose copies are still to be removed.
    #[must_use]
    pub fn pending_erasures(&self) -> PathBuf {
        self.0.join("erasures.pending")
    }

    /// Export files.
    #[must_use]
    pub fn exports(&self) -> PathBuf {
        self.0.join("exports")
    }

    /// Copies of damaged records.
    #[must_use]
    pub fn quarantine(&self) -> PathBuf {
        self.0.join("quarantine")
    }

    /// Stores that were moved aside because they did not open.
    #[must_use]
    pub fn damaged_stores(&self) -> Vec<PathBuf> {
        let names = names(&self.0).unwrap_or_default();
        let damaged = names
            .into_iter()
            .filter(|name| name.starts_with("store.damaged-"));
        damaged.map(|name| self.0.join(name)).collect()
    }

    /// The first unused path `store.{what}-N`.
    pub(crate) fn aside(&self, what: &str) -> PathBuf {
        let path = |n: u32| self.0.join(format!("store.{what}-{n}"));
        (1..)
            .map(path)
            .find(|path| !path.exists())
            .expect("some number is free")
    }
}

/// The names of everything in `dir`, sorted; names that are not UTF-8 are not ours.
pub(crate) fn names(dir: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir)? {
        names.extend(entry?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

/// Makes the entries of `dir` durable: creations, renames and removals in it.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Creates `dir` and its parents so that they survive a power cut.
pub(crate) fn create_dir(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent {
        create_dir(parent)?;
    }
    // Ours alone: it holds what members did.
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(dir) {
        Err(fault) if fault.kind() != io::ErrorKind::AlreadyExists => return Err(fault),
        _ => sync_dir(dir)?,
    }
    parent.map_or(Ok(()), sync_dir)
}

/// Writes a small file: under another name, fsync, rename, fsync of the directory.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let partial = path.with_extension("partial");
    let mut file = File::create(&partial)?;
    file.write_all(content)?;
    file.sync_all()?;
    rename(&partial, path)
}

/// Renames within one directory and makes it durable.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    // The parent of a bare name is an empty path, which cannot be opened.
    let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty());
    sync_dir(parent.unwrap_or(Path::new(".")))
}

/// Checks that `dir` takes a new file of `bytes` bytes, durably.
///
/// Telling a full or read-only disk from a damaged store by what sled returns is guesswork (some of its
/// paths `unwrap` I/O errors), so whoever must know tries.
pub(crate) fn probe(dir: &Path, bytes: usize) -> io::Result<()> {
    let path = dir.join("space.probe");
    let written = File::create(&path).and_then(|mut file| {
        file.write_all(&vec![0x5a; bytes])?;
        file.sync_all()
    });
    let removed = fs::remove_file(&path);
    written.and(removed)
}
