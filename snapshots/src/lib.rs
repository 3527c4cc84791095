//! `snapshots` remembers: bytes and rows, committed so that a power cut at any instant loses nothing that
//! was acknowledged.
//!
//! | to learn about | read |
//! |---|---|
//! | committing and reading | [`Store`], [`Reader`], [`View`] |
//! | opening, and the traps of sled | [`sled_store`] |
//! | the store of tests | [`memory`] |
//! | how a record looks as bytes | [`mod@format`], [`codec`], [`chunk`] |
//! | how damage is found | [`mod@format`] (one record), [`digest`] (the set), [`mod@verify`] (the scan) |
//! | what is kept in memory | [`cache`] |
//! | backups | [`export`], [`Restore`] |
//! | what is left of what was removed | [`rebuild`], [`erasures`] |
//! | what happens to damaged records | [`quarantine`] |

pub mod cache;
pub mod chunk;
pub mod codec;
mod core;
pub mod digest;
pub mod engine;
pub mod erasures;
pub mod export;
pub mod fault;
pub mod files;
pub mod format;
pub mod load;
pub mod memory;
pub mod meta;
mod plan;
pub mod quarantine;
pub mod rebuild;
pub mod records;
pub mod sled_store;
pub mod start;
pub mod store;
pub mod verify;
pub mod view;

pub use codec::Bincode;
pub use digest::{Digest, Totals};
pub use engine::EngineFault;
pub use fault::{CommitFault, ReadFault, Refused};
pub use files::DataDir;
pub use format::Damage;
pub use load::{LoadFault, load};
pub use meta::{DATA_FORMAT, Identity, Restored};
pub use rebuild::{Rebuild, RebuildFault};
pub use sled_store::{
    OpenFault, Opened, Options, Restore, RestoreFault, RestoreReport, UpgradeFault, open,
};
pub use start::{RolledBack, StartFault, Started};
pub use store::{Batch, Committed, Damaged, Entry, Health, Page, Reader, Store, all, end_of};
pub use verify::{Met, VerifyReport, verify, verify_each};
pub use view::View;
