//! How many heaps the bot keeps, and what they give back.
//!
//! glibc gives each thread a heap of its own, up to eight for each CPU, and what one thread took another
//! cannot use: for a thousand guilds that was a fifth of all memory. What is freed at the end of a heap it
//! keeps by a measure that grows with the largest piece ever freed, and a start frees pieces of
//! megabytes: another tenth. Both can be told only before the program starts, in the environment, so the
//! program starts once more in its own place: one millisecond, same process id.

use std::{env, os::unix::process::CommandExt as _, process::Command};

/// The heaps: one makes the start slower by a third, three take a tenth more memory. The sizes, in
/// bytes, from which on a piece is given back: one that is given does not grow.
const SETTINGS: [(&str, &str); 3] = [
    ("MALLOC_ARENA_MAX", "2"),
    ("MALLOC_MMAP_THRESHOLD_", "524288"),
    ("MALLOC_TRIM_THRESHOLD_", "524288"),
];

/// Sees to it that the heaps are few and small, unless somebody has decided otherwise. A failure costs
/// memory only.
pub(super) fn keep_few() {
    let decided = SETTINGS.iter().any(|(name, _)| env::var_os(name).is_some());
    if !cfg!(target_env = "gnu") || decided {
        return;
    }
    let mut words = env::args_os();
    if let (Ok(program), Some(name)) = (env::current_exe(), words.next()) {
        let mut again = Command::new(program);
        // It returns only if it fails.
        let _ = again.arg0(name).args(words).envs(SETTINGS).exec();
    }
}
