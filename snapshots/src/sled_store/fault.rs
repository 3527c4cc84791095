//! Why a data directory does not open, and what a person can do.

use super::{build::BuildFault, lock::LockFault, upgrade::UpgradeFault};
use crate::{engine::EngineFault, files::DataDir, start::StartFault};
use std::{
    io,
    path::{Path, PathBuf},
};

/// Why a data directory did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenFault {
    /// Somebody else uses it.
    #[error(transparent)]
    Lock(#[from] LockFault),
    /// A file operation failed; nothing was changed.
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
    /// The files of the store are damaged. They were moved as they are; restore an export.
    #[error(
        "the store in {} is damaged and was moved to {}; {}",
        data.display(), moved_to.display(), advice(newest_export.as_deref())
    )]
    Damaged {
        /// The data directory.
        data: PathBuf,
        /// Where the damaged store lies now.
        moved_to: PathBuf,
        /// The newest export, if there is one.
        newest_export: Option<PathBuf>,
        /// What sled said.
        #[source]
        source: EngineFault,
    },
    /// There is no store, but there was one: a note of it, exports, or a damaged one that was moved aside.
    /// Starting with nothing would look like losing everything.
    #[error(
        "there is no store in {}, but there was one; {} damaged ones lie beside it; {}",
        data.display(), damaged.len(), advice(newest_export.as_deref())
    )]
    Vanished {
        /// The data directory.
        data: PathBuf,
        /// Stores that were moved aside.
        damaged: Vec<PathBuf>,
        /// The newest export, if there is one.
        newest_export: Option<PathBuf>,
    },
    /// There is no store, and the caller did not want a new one.
    #[error("there is no store in {}", .0.display())]
    Missing(PathBuf),
    /// sled wrote blob files, which are not durable: a bug in the chunking.
    #[error("{blobs} files lie in {}/blobs, which must be empty", store.display())]
    Blobs {
        /// The store.
        store: PathBuf,
        /// How many.
        blobs: usize,
    },
    /// A new store could not be made.
    #[error("could not create the store in {}", data.display())]
    Create {
        /// The data directory.
        data: PathBuf,
        /// Why.
        #[source]
        source: BuildFault,
    },
    /// The store is of an older format and could not be upgraded; it is as it was.
    #[error("could not upgrade the store in {} from data format {found}", data.display())]
    Upgrade {
        /// The data directory.
        data: PathBuf,
        /// The format found.
        found: u32,
        /// Why.
        #[source]
        source: UpgradeFault,
    },
    /// The store opened but is not usable.
    #[error("the store in {} cannot be used", data.display())]
    Start {
        /// The data directory.
        data: PathBuf,
        /// Why.
        #[source]
        source: StartFault,
    },
}

pub(super) fn io_fault(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> OpenFault {
    let path = path.to_owned();
    move |source| OpenFault::Io {
        doing,
        path,
        source,
    }
}

pub(super) fn start_fault(data: &DataDir) -> impl FnOnce(StartFault) -> OpenFault {
    let data = data.path().to_owned();
    move |source| OpenFault::Start { data, source }
}

fn advice(export: Option<&Path>) -> String {
    match export {
        Some(export) => format!("restore {}", export.display()),
        None => "there is no export to restore".into(),
    }
}
