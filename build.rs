//! Tells the program which commit it was built from, by reading `.git` (no git program needed).
//! Packagers who build from an archive set `SOURCE_COMMIT`.

use std::{env, fs, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=SOURCE_COMMIT");
    let commit = env::var("SOURCE_COMMIT")
        .ok()
        .or_else(|| commit(Path::new(".git")));
    println!(
        "cargo::rustc-env=BUILD_COMMIT={}",
        commit.as_deref().unwrap_or("unknown")
    );
}

/// The commit that `HEAD` names, directly or through a branch, loose or packed.
fn commit(git: &Path) -> Option<String> {
    // Grows with every commit, wherever the branch itself is kept.
    let _ = read(&git.join("logs/HEAD"));
    let head = read(&git.join("HEAD"))?;
    let Some(branch) = head.trim().strip_prefix("ref: ") else {
        return Some(head.trim().to_owned());
    };
    if let Some(commit) = read(&git.join(branch)) {
        return Some(commit.trim().to_owned());
    }
    let packed = read(&git.join("packed-refs"))?;
    let mut refs = packed.lines().filter_map(|line| line.split_once(' '));
    refs.find(|(_, name)| *name == branch)
        .map(|(commit, _)| commit.to_owned())
}

/// Reads a file and asks to be run again when it changes. Only files that exist: cargo would build
/// each time anew for one that does not.
fn read(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    println!("cargo::rerun-if-changed={}", path.display());
    Some(text)
}
