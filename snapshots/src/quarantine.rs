//! Damaged records: kept, reported, protected.
//!
//! A record that is not what was written is never dropped and never replaced by a default. Its bytes are
//! copied to a file (key and content, fsynced), it is listed for operators, and every write to its key is
//! refused until a person gives it up through [`crate::Store::discard_damaged`]: a machine that started
//! from nothing must not overwrite what may still be repaired.
//!
//! At most [`MOST_COPIES`] files are written. Damage beyond that is a dead disk, and the bytes are still
//! in the store.

use crate::{files, format::Damage, store::Damaged};
use actors::kernel::record::Key;
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The most files the quarantine directory gets.
pub const MOST_COPIES: usize = 1_000;
const MAGIC: &[u8; 8] = b"GSNQUAR1";
const SUFFIX: &str = "damaged";
const GIVEN_UP: &str = "given-up";

pub(crate) struct Quarantine {
    /// Where copies go; `None` keeps the list only (the memory store).
    dir: Option<PathBuf>,
    held: Mutex<BTreeMap<Key, Damaged>>,
}

impl Quarantine {
    pub(crate) fn new(dir: Option<PathBuf>) -> Self {
        Self {
            dir,
            held: Mutex::default(),
        }
    }

    /// Takes the record under `key`, whose bytes are now `bytes`.
    pub(crate) fn take(&self, key: &Key, damage: Damage, bytes: &[u8]) -> Damaged {
        let mut held = self.held();
        if let Some(known) = held.get(key)
            && (known.copy.is_some() || self.dir.is_none())
        {
            return known.clone();
        }
        let copy = self
            .dir
            .as_deref()
            .and_then(|dir| copy(dir, key, bytes).ok());
        let damaged = Damaged {
            key: key.clone(),
            damage,
            copy,
        };
        held.insert(key.clone(), damaged.clone());
        damaged
    }

    pub(crate) fn get(&self, key: &Key) -> Option<Damaged> {
        self.held().get(key).cloned()
    }

    pub(crate) fn list(&self) -> Vec<Damaged> {
        self.held().values().cloned().collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.held().len()
    }

    /// Forgets the record under `key`. Its copy is renamed, so that the next start does not protect the
    /// key again.
    pub(crate) fn release(&self, key: &Key) {
        let Some(Damaged {
            copy: Some(name), ..
        }) = self.held().remove(key)
        else {
            return;
        };
        if let Some(dir) = &self.dir {
            let given_up = dir.join(&name).with_extension(GIVEN_UP);
            // When this fails the key is protected again after a restart, which is the safe side.
            let _ = fs::rename(dir.join(&name), given_up).and_then(|()| files::sync_dir(dir));
        }
    }

    /// The copies of earlier runs that were not given up: key, bytes, file name.
    pub(crate) fn copies(&self) -> io::Result<Vec<(Key, Vec<u8>, String)>> {
        let Some(dir) = self.dir.as_deref().filter(|dir| dir.exists()) else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for name in files::names(dir)? {
            if name.ends_with(SUFFIX)
                && let Some((key, bytes)) = parse(&fs::read(dir.join(&name))?)
            {
                found.push((key, bytes, name));
            }
        }
        Ok(found)
    }

    /// Protects a key again that an earlier run put into quarantine.
    pub(crate) fn remember(&self, key: Key, name: String) {
        let damage = Damage::Undecodable("set aside by an earlier run".into());
        self.held().insert(
            key.clone(),
            Damaged {
                key,
                damage,
                copy: Some(name),
            },
        );
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<Key, Damaged>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The copies in `dir`, given up or not, that `names` says yes to.
///
/// # Errors
/// When the directory cannot be read.
pub fn copies_that(
    dir: &Path,
    names: &dyn Fn(&Key, &[u8]) -> bool,
) -> io::Result<Vec<(Key, PathBuf)>> {
    let mut found = Vec::new();
    if !dir.is_dir() {
        return Ok(found);
    }
    for name in files::names(dir)? {
        let path = dir.join(name);
        if let Some((key, bytes)) = parse(&fs::read(&path)?)
            && names(&key, &bytes)
        {
            found.push((key, path));
        }
    }
    Ok(found)
}

/// Removes a copy for good.
///
/// # Errors
/// When the operating system refuses.
pub fn remove_copy(path: &Path) -> io::Result<()> {
    for path in [path.to_owned(), path.with_extension(GIVEN_UP)] {
        match fs::remove_file(path) {
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => {}
            removed => removed?,
        }
    }
    files::sync_dir(path.parent().unwrap_or(Path::new(".")))
}

/// Writes a copy named after space and content, so that the same damage gives the same file.
fn copy(dir: &Path, key: &Key, bytes: &[u8]) -> io::Result<String> {
    fs::create_dir_all(dir)?;
    let content = [&MAGIC[..], &[key_length(key)], key.bytes(), bytes].concat();
    let space = key.space().map_or("unknown", |space| space.name());
    let name = format!(
        "{space}-{:08x}-{}.{SUFFIX}",
        crc32fast::hash(&content),
        bytes.len()
    );
    let path = dir.join(&name);
    if path.exists() {
        return Ok(name);
    }
    if files::names(dir)?.len() >= MOST_COPIES {
        return Err(io::Error::other("the quarantine directory is full"));
    }
    files::write_whole(&path, &content)?;
    Ok(name)
}

fn parse(content: &[u8]) -> Option<(Key, Vec<u8>)> {
    let (&length, rest) = content.strip_prefix(MAGIC)?.split_first()?;
    let (key, bytes) = rest.split_at_checked(usize::from(length))?;
    Some((Key::from_bytes(key)?, bytes.to_vec()))
}

fn key_length(key: &Key) -> u8 {
    u8::try_from(key.bytes().len()).expect("a key is at most 255 bytes")
}
