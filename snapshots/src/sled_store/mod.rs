//! The store on sled 0.34.7, with a rule for each of its traps.
//!
//! Each rule answers a failure that was seen in crash tests (simulated power cuts, kill -9 at chosen
//! system calls, single-bit flips). Please keep the reason when you change a rule.
//!
//! | rule | what happened without it |
//! |---|---|
//! | **Durable is `flush()` and then our own `fdatasync` of `<path>/db`.** Of a new store `conf`, the directory and its parent are fsynced too. | On Linux sled's flush is `sync_file_range`, which commits neither the file's size and extents nor the drive's cache: acknowledged data was lost, or the store did not open, in half of the power cuts. With the rule: none of 195. |
//! | **Values of at most 4 KiB** (`chunk`), and `blobs/` must stay empty. | An item above 128 KiB goes to a file in `blobs/` that nobody fsyncs; a leaf of 16 entries is one item. 25 of 25 power cuts did not open. |
//! | **One tree.** | A batch is atomic within one tree only. |
//! | **One thread commits**; reading is free. | A flush per writer was 24 times slower at 256 writers, and deadlocks are reported for concurrent writers (sled issue 1412). |
//! | **Our lock file first, then delete `snap.*.generating`, then open.** | Recovery writes that file, and an unfinished one counts as the newest snapshot: a kill at the wrong write during start-up, and no later start opens (issues 1527, 1533). |
//! | **A new store is made in `store.new`, and renamed when it is complete.** | sled does not open what a kill leaves of its first opening, and that looks like a store that lost everything. |
//! | **Open on a thread of its own, under `catch_unwind`.** A failure is tried once more without `snap.*`; then the directory is moved aside, never deleted, and the caller restores an export. | Damaged files panic instead of returning an error. A torn `snap.*` costs only a scan of the log. |
//! | **CRC and epoch on every value, a set digest in every batch** (`format`, `digest`). | Nine of thirty bit flips opened with silently older values. |
//! | **The last acknowledged epoch is noted beside the store** (`tripwire.rs`), and compared when it is opened. | When the end of its log is damaged, sled cuts it there and opens with an older, consistent state. |
//! | **Exports that do not need sled** (`export`). | A format that only one abandoned library reads is no backup. |
//! | **A small cache, `Mode::LowSpace`, no compression.** | The default cache is 1 GiB; compression can never be changed on an existing directory. |
//!
//! **The flusher thread stays on, but slow.** We never rely on it for durability: every commit has flushed
//! before. But it is the only caller of sled's garbage collection (`attempt_gc`); switched off, segments
//! with one live page are never freed and the file grows for years. At the default of 500 ms it also calls
//! `fsync` twice a second on an idle store. Five seconds is our middle: it collects for at most half of
//! that, so a commit is seldom in its way.
//!
//! **After an I/O error sled refuses everything** until it is opened again; see [`crate::Store::reopen`].

mod build;
mod engine;
mod fault;
mod lock;
mod open;
mod restore;
mod tripwire;
mod upgrade;

pub use build::BuildFault;
pub use fault::OpenFault;
pub use lock::LockFault;
pub use open::{Opened, Options, open};
pub use restore::{Restore, RestoreFault, RestoreReport};
pub use upgrade::UpgradeFault;

#[cfg(test)]
mod engine_tests;
#[cfg(test)]
mod upgrade_tests;
