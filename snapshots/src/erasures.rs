//! Who asked to be forgotten, noted beside the store: what a copy of it made earlier would bring back.
//!
//! Two files. `erasures` is for good: a line for each, with a name that only a question for somebody finds
//! ([`Veiled`]). `erasures.pending` names those whose copies (exports, and what sled has not written over) are
//! still to be removed, because that is how they are found; it is gone when they are.
//!
//! ```text
//! erasures           guild 201 0123456789abcdef 1767614400000       scope, veiled name, since when
//! erasures.pending   guild 201 101 1767614400000                    scope, user, since when
//! ```
//!
//! Both are written whole, so that a kill leaves the old one or the new one. A hundred thousand lines are 5 MB,
//! and one is added when somebody asks to be forgotten.

use crate::files::{self, DataDir};
use actors::kernel::{
    address::Scope,
    erase::Gone,
    ids::{GuildId, UserId},
    own::Veiled,
    time::{Span, Timestamp},
};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// See the module docs.
#[derive(Debug)]
pub struct Erasures {
    data: DataDir,
    list: BTreeMap<(Scope, Veiled), Timestamp>,
    pending: BTreeMap<(Scope, UserId), Timestamp>,
}

/// A file that is not what was written.
#[derive(Debug, thiserror::Error)]
pub enum ErasuresFault {
    /// It cannot be read or written.
    #[error("could not {doing} {}", path.display())]
    Io {
        /// What was attempted …
        doing: &'static str,
        /// … on what.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// A line of it makes no sense.
    #[error("line {line} of {} makes no sense; put it right, or take the file away if nobody asked to be forgotten", path.display())]
    Nonsense {
        /// The file.
        path: PathBuf,
        /// Which line, counted from 1.
        line: usize,
    },
}

impl Erasures {
    /// Reads what is noted in `data`; nothing is where nobody asked.
    ///
    /// # Errors
    /// See [`ErasuresFault`].
    pub fn open(data: &DataDir) -> Result<Self, ErasuresFault> {
        let list = read(&data.erasures(), |name| {
            let number = u64::from_str_radix(name, 16).ok()?;
            Some(Veiled::from_number(number))
        })?;
        let user = |name: &str| name.parse().ok().and_then(UserId::new);
        let pending = read(&data.pending_erasures(), user)?;
        let data = data.clone();
        Ok(Self {
            data,
            list,
            pending,
        })
    }

    /// Notes that `user` asked to be forgotten there. It is durable when this returns.
    ///
    /// # Errors
    /// When it cannot be written; nothing is noted then.
    pub fn add(&mut self, scope: Scope, user: UserId, now: Timestamp) -> Result<(), ErasuresFault> {
        let mut pending = self.pending.clone();
        pending.insert((scope, user), now);
        self.write_pending(&pending)?;
        self.pending = pending;
        let mut list = self.list.clone();
        list.insert((scope, Veiled::of(scope, user)), now);
        self.write_list(&list)?;
        self.list = list;
        Ok(())
    }

    /// They may be recorded again. Copies of what was before are removed all the same.
    ///
    /// # Errors
    /// As [`Erasures::add`].
    pub fn remove(&mut self, scope: Scope, user: UserId) -> Result<(), ErasuresFault> {
        let mut list = self.list.clone();
        if list.remove(&(scope, Veiled::of(scope, user))).is_some() {
            self.write_list(&list)?;
            self.list = list;
        }
        Ok(())
    }

    /// Takes in what was noted elsewhere: beside a store of which a copy comes here. It is durable after
    /// [`Erasures::write`].
    pub fn merge(&mut self, other: &Self) {
        self.list.extend(&other.list);
    }

    /// Writes the list.
    ///
    /// # Errors
    /// As [`Erasures::add`].
    pub fn write(&self) -> Result<(), ErasuresFault> {
        self.write_list(&self.list)
    }

    /// All who asked, where, and when.
    pub fn list(&self) -> impl Iterator<Item = (Scope, Veiled, Timestamp)> {
        let lines = self.list.iter();
        lines.map(|((scope, veiled), at)| (*scope, *veiled, *at))
    }

    /// Those whose copies are still to be removed.
    #[must_use]
    pub fn pending(&self) -> Pending {
        Pending(self.pending.clone())
    }

    /// Nothing of these is left anywhere. Whoever asked again meanwhile stays.
    ///
    /// # Errors
    /// As [`Erasures::add`].
    pub fn done(&mut self, done: &Pending) -> Result<(), ErasuresFault> {
        let mut pending = self.pending.clone();
        pending.retain(|who, at| done.0.get(who) != Some(at));
        if pending.is_empty() {
            let path = self.data.pending_erasures();
            let removed = match fs::remove_file(&path) {
                Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(()),
                removed => removed.and_then(|()| files::sync_dir(self.data.path())),
            };
            removed.map_err(io_fault("remove", &path))?;
        } else {
            self.write_pending(&pending)?;
        }
        self.pending = pending;
        Ok(())
    }

    fn write_list(&self, list: &BTreeMap<(Scope, Veiled), Timestamp>) -> Result<(), ErasuresFault> {
        let lines = list.iter().map(|((scope, veiled), at)| {
            format!(
                "{} {:016x} {}\n",
                word(*scope),
                veiled.number(),
                at.millis()
            )
        });
        write(&self.data.erasures(), &lines.collect::<String>())
    }

    fn write_pending(
        &self,
        pending: &BTreeMap<(Scope, UserId), Timestamp>,
    ) -> Result<(), ErasuresFault> {
        let lines = pending
            .iter()
            .map(|((scope, user), at)| format!("{} {user} {}\n", word(*scope), at.millis()));
        write(&self.data.pending_erasures(), &lines.collect::<String>())
    }
}

/// Some who asked to be forgotten, by their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pending(BTreeMap<(Scope, UserId), Timestamp>);

impl Pending {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// For how long the first of them has waited.
    #[must_use]
    pub fn waited(&self, now: Timestamp) -> Span {
        let first = self.0.values().min();
        first.map_or(Span::ZERO, |first| now.since(*first))
    }

    /// Who, and where.
    pub fn each(&self) -> impl Iterator<Item = (Scope, UserId)> {
        self.0.keys().copied()
    }
}

impl Gone for Pending {
    fn has(&self, scope: Scope, user: UserId) -> bool {
        self.0.contains_key(&(scope, user))
    }

    fn all(&self, _: Scope) -> Vec<Veiled> {
        Vec::new()
    }
}

/// Who is gone from a copy made at some time. What a person's own machine has forgotten it may learn
/// again, so of those only what was before counts.
pub struct GoneFrom<'a> {
    /// The list.
    pub erasures: &'a Erasures,
    /// When the copy was made.
    pub made_at: Timestamp,
}

impl Gone for GoneFrom<'_> {
    fn has(&self, scope: Scope, user: UserId) -> bool {
        let asked = self.erasures.list.get(&(scope, Veiled::of(scope, user)));
        asked.is_some_and(|at| matches!(scope, Scope::Guild(_)) || *at >= self.made_at)
    }

    fn all(&self, scope: Scope) -> Vec<Veiled> {
        let (first, last) = (Veiled::from_number(0), Veiled::from_number(u64::MAX));
        let there = self.erasures.list.range((scope, first)..=(scope, last));
        let in_guild = there.filter(|((scope, _), _)| matches!(scope, Scope::Guild(_)));
        in_guild.map(|((_, veiled), _)| *veiled).collect()
    }
}

fn word(scope: Scope) -> String {
    match scope {
        Scope::Guild(guild) => format!("guild {guild}"),
        Scope::User(user) => format!("user {user}"),
    }
}

fn read<T: Ord>(
    path: &Path,
    name: impl Fn(&str) -> Option<T>,
) -> Result<BTreeMap<(Scope, T), Timestamp>, ErasuresFault> {
    let text = match fs::read_to_string(path) {
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        read => read.map_err(io_fault("read", path))?,
    };
    let mut found = BTreeMap::new();
    for (n, line) in text.lines().enumerate() {
        let nonsense = || ErasuresFault::Nonsense {
            path: path.to_owned(),
            line: n + 1,
        };
        let (who, at) = parse(line, &name).ok_or_else(nonsense)?;
        found.insert(who, at);
    }
    Ok(found)
}

fn parse<T>(line: &str, name: impl Fn(&str) -> Option<T>) -> Option<((Scope, T), Timestamp)> {
    let words: Vec<&str> = line.split(' ').collect();
    let [of, id, who, at] = words[..] else {
        return None;
    };
    let id = id.parse().ok()?;
    let scope = match of {
        "guild" => Scope::Guild(GuildId::new(id)?),
        "user" => Scope::User(UserId::new(id)?),
        _ => return None,
    };
    let at = Timestamp::from_millis(at.parse().ok()?);
    Some(((scope, name(who)?), at))
}

fn write(path: &Path, text: &str) -> Result<(), ErasuresFault> {
    files::write_whole(path, text.as_bytes()).map_err(io_fault("write", path))
}

fn io_fault(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ErasuresFault {
    let path = path.to_owned();
    move |source| ErasuresFault::Io {
        doing,
        path,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn user(id: u64) -> UserId {
        UserId::new(id).unwrap()
    }

    fn guild(id: u64) -> Scope {
        Scope::Guild(GuildId::new(id).unwrap())
    }

    #[test]
    fn who_asked_is_known_to_the_next_life_and_only_there() {
        let dir = TempDir::new().unwrap();
        let data = DataDir::new(dir.path());
        let at = Timestamp::from_seconds(1_800_000_000);
        let mut erasures = Erasures::open(&data).unwrap();
        erasures.add(guild(1), user(7), at).unwrap();
        erasures.add(Scope::User(user(7)), user(7), at).unwrap();
        erasures.add(guild(1), user(8), at).unwrap();
        erasures.remove(guild(1), user(8)).unwrap();
        let erasures = Erasures::open(&data).unwrap();
        let of = |made_at| GoneFrom {
            erasures: &erasures,
            made_at,
        };
        assert!(of(at).has(guild(1), user(7)));
        assert!(!of(at).has(guild(2), user(7)));
        assert!(!of(at).has(guild(1), user(8)));
        assert_eq!(of(at).all(guild(1)).len(), 1);
        // In direct messages what came later is known rightly.
        let later = at + Span::seconds(1);
        assert!(of(at).has(Scope::User(user(7)), user(7)));
        assert!(!of(later).has(Scope::User(user(7)), user(7)));
        assert!(of(later).has(guild(1), user(7)));
        let list = fs::read_to_string(data.erasures()).unwrap();
        assert!(!list.contains("guild 1 7"), "{list}");
    }

    #[test]
    fn copies_are_done_with_unless_somebody_asks_again_meanwhile() {
        let dir = TempDir::new().unwrap();
        let data = DataDir::new(dir.path());
        let at = Timestamp::from_seconds(1_800_000_000);
        let mut erasures = Erasures::open(&data).unwrap();
        erasures.add(guild(1), user(7), at).unwrap();
        erasures.add(guild(1), user(8), at).unwrap();
        let begun = erasures.pending();
        assert_eq!(begun.waited(at + Span::hours(2)), Span::hours(2));
        erasures
            .add(guild(1), user(8), at + Span::seconds(1))
            .unwrap();
        erasures.done(&begun).unwrap();
        let left: Vec<_> = erasures.pending().each().collect();
        assert_eq!(left, [(guild(1), user(8))]);
        assert_eq!(Erasures::open(&data).unwrap().pending(), erasures.pending());
        erasures.done(&erasures.pending()).unwrap();
        assert!(!data.pending_erasures().exists());
        assert_eq!(erasures.list().count(), 2);
    }

    #[test]
    fn nonsense_is_refused_with_its_line() {
        let dir = TempDir::new().unwrap();
        let data = DataDir::new(dir.path());
        fs::write(data.erasures(), "guild 1 00000000000000ff 5\nguild 1 x 5\n").unwrap();
        let fault = Erasures::open(&data).unwrap_err().to_string();
        assert!(fault.starts_with("line 2 of "), "{fault}");
    }
}
