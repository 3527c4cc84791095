//! What this program was built from; `build.rs` reads the commit.

/// The version, as in `Cargo.toml`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The full hash of the commit, or `unknown` when built outside a clone.
#[must_use]
pub const fn commit() -> &'static str {
    env!("BUILD_COMMIT")
}
