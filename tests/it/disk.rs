//! Disks of a test's own: small, and able to lose their power. Mounting takes root; where it is not
//! allowed the test says so and passes.

use crate::support::say;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};
use tempfile::TempDir;

/// A mounted file system; it goes away with the test.
pub(crate) struct Mounted {
    home: TempDir,
    /// What lies below: the image of an ext4, nothing for a tmpfs.
    image: Option<PathBuf>,
}

impl Mounted {
    /// A tmpfs of this many MiB. `None`, and a message, where that is impossible.
    pub(crate) fn memory(mib: u32) -> Option<Self> {
        let size = format!("size={mib}m");
        Self::mount(None, &["-t", "tmpfs", "-o", &size, "tmpfs"])
    }

    /// A new ext4 in a file of this many MiB. `None`, and a message, where that is impossible.
    pub(crate) fn ext4(mib: u32) -> Option<Self> {
        let dir = TempDir::new().expect("a temporary directory");
        let image = dir.path().join("image");
        let file = fs::File::create(&image).expect("it is new");
        file.set_len(u64::from(mib) << 20)
            .expect("a sparse file takes no space");
        if let Err(why) = run(Command::new("mkfs.ext4").arg("-q").arg(&image)) {
            say(&format!("skipped: an ext4 cannot be made ({why})"));
            return None;
        }
        Self::of_image(&fs::read(&image).expect("the image can be read"))
    }

    /// The ext4 whose bytes are `image`.
    fn of_image(image: &[u8]) -> Option<Self> {
        let home = TempDir::new().expect("a temporary directory");
        let path = home.path().join("image");
        fs::write(&path, image).expect("there is space for the image");
        let name = path
            .to_str()
            .expect("temporary directories are UTF-8")
            .to_owned();
        let mounted = Self::mount(Some((home, path)), &["-o", "loop", &name])?;
        Some(mounted)
    }

    fn mount(image: Option<(TempDir, PathBuf)>, how: &[&str]) -> Option<Self> {
        let (home, image) = match image {
            Some((home, image)) => (home, Some(image)),
            None => (TempDir::new().expect("a temporary directory"), None),
        };
        let point = home.path().join("data");
        fs::create_dir(&point).expect("the directory is new");
        if let Err(why) = run(Command::new("mount").args(how).arg(&point)) {
            say(&format!(
                "skipped: mounting takes root and a loop device ({why})"
            ));
            return None;
        }
        Some(Self { home, image })
    }

    /// Where a bot can live: the file system is `data` in it, logs lie beside it.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// The power fails: what this disk holds at this moment, in the same way, mounted again elsewhere.
    /// Whoever writes to it must stand still.
    ///
    /// What the file system has in memory and not yet given to the device is lost. The kernel goes on
    /// writing for a moment, so the device is read until it says the same twice.
    pub(crate) fn after_power_cut(&self) -> Self {
        let image = self.image.as_ref().expect("only images lose their power");
        let read = || fs::read(image).expect("the image can be read");
        let mut before = read();
        for _ in 0..100 {
            thread::sleep(Duration::from_millis(20));
            let now = read();
            if now == before {
                return Self::of_image(&now).expect("it could be mounted before");
            }
            before = now;
        }
        panic!("the device does not come to rest");
    }

    /// Takes all space that is left; remove the file to give it back.
    pub(crate) fn fill(&self) -> PathBuf {
        let ballast = self.home().join("data/ballast");
        let full = fs::write(&ballast, vec![0; 256 << 20]).expect_err("it is smaller than that");
        assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
        ballast
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Lazily: nothing may hold up the end of the test.
        let point = self.home().join("data");
        let _ = Command::new("umount").arg("-l").arg(point).status();
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    match command.output() {
        Ok(done) if done.status.success() => Ok(()),
        Ok(done) => Err(String::from_utf8_lossy(&done.stderr).trim().to_owned()),
        Err(fault) => Err(fault.to_string()),
    }
}
