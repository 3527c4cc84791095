//! How many heaps the bot keeps.
//!
//! glibc gives each thread a heap of its own, up to eight for each CPU, and what one thread took another
//! cannot use: for a thousand guilds that was a fifth of all memory. It can be told only before the program
//! starts, in an environment variable, so the program starts once more in its own place: one millisecond,
//! same process id.

use std::{env, os::unix::process::CommandExt as _, process::Command};

const VARIABLE: &str = "MALLOC_ARENA_MAX";
/// Fewer make the start slower.
const HEAPS: &str = "2";

/// Sees to it that the heaps are few, unless somebody has decided otherwise. A failure costs memory only.
pub(super) fn keep_few() {
    if !cfg!(target_env = "gnu") || env::var_os(VARIABLE).is_some() {
        return;
    }
    let mut words = env::args_os();
    if let (Ok(program), Some(name)) = (env::current_exe(), words.next()) {
        let mut again = Command::new(program);
        // It returns only if it fails.
        let _ = again.arg0(name).args(words).env(VARIABLE, HEAPS).exec();
    }
}
