//! A directory that goes away when it is no longer needed.

use super::stop::Stop;
use std::{
    env,
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    process,
};

/// Readable by us alone; removed on drop.
#[derive(Debug)]
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// A new one in the system's directory for temporary files, with `purpose` in its name.
    pub(super) fn new(purpose: &str) -> Result<Self, Stop> {
        let parent = env::temp_dir();
        for n in 0..100 {
            let path = parent.join(format!("guildhall-{purpose}-{}-{n}", process::id()));
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(fault) if fault.kind() == io::ErrorKind::AlreadyExists => {}
                Err(fault) => {
                    return Err(Stop::failed(
                        &format!("cannot create {}", path.display()),
                        &fault,
                    ));
                }
            }
        }
        Err(Stop::new(
            super::Exit::Failed,
            format!("{} is full of leftovers", parent.display()),
        ))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
