//! What a process has used, from `/proc`, and what was written to the device its store is on, from `/sys`.

use std::{collections::BTreeMap, fs, os::unix::fs::MetadataExt as _, path::Path};

/// Ticks of `/proc/PID/stat` in a second; the same on every Linux.
const TICKS_PER_SECOND: u64 = 100;

/// CPU time and bytes written up to a moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Usage {
    /// Nanoseconds on a CPU, by thread.
    threads: BTreeMap<u32, u64>,
    /// User and system time of the whole process, in ticks.
    ticks: u64,
    /// Bytes written to the device, by whomever; `None` where that is not counted.
    written: Option<u64>,
}

impl Usage {
    /// Of the process `pid` that writes into `dir`.
    pub(super) fn of(pid: u32, dir: &Path) -> Self {
        let mut threads = BTreeMap::new();
        for entry in fs::read_dir(format!("/proc/{pid}/task"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let ns = fs::read_to_string(entry.path().join("schedstat"));
            let ns = ns
                .ok()
                .and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok());
            let tid = entry
                .file_name()
                .to_str()
                .and_then(|name| name.parse().ok());
            threads.extend(tid.zip(ns));
        }
        Self {
            threads,
            ticks: ticks(pid).unwrap_or(0),
            written: written(dir),
        }
    }

    /// CPU time since `before`, in microseconds: to the nanosecond from the scheduler's books, or in steps of 10 ms
    /// where it keeps none or a thread has ended meanwhile.
    pub(super) fn cpu_us_since(&self, before: &Self) -> f64 {
        let complete = before
            .threads
            .keys()
            .all(|tid| self.threads.contains_key(tid));
        let ns: u64 = self
            .threads
            .iter()
            .map(|(tid, ns)| ns.saturating_sub(before.threads.get(tid).copied().unwrap_or(0)))
            .sum();
        if complete && ns > 0 {
            ns as f64 / 1e3
        } else {
            (self.ticks - before.ticks) as f64 * 1e6 / TICKS_PER_SECOND as f64
        }
    }

    /// Bytes written to the device since `before`.
    pub(super) fn written_since(&self, before: &Self) -> Option<u64> {
        self.written
            .zip(before.written)
            .map(|(now, then)| now.saturating_sub(then))
    }
}

/// The seventh field of a block device's `stat` is sectors of 512 bytes (Linux, `Documentation/block/stat`).
/// `/proc/PID/io` is of no use here: it counts whole folios, two to ten times what arrives.
fn written(dir: &Path) -> Option<u64> {
    let device = fs::metadata(dir).ok()?.dev();
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    let stat = fs::read_to_string(format!("/sys/dev/block/{major}:{minor}/stat")).ok()?;
    let sectors: u64 = stat.split_whitespace().nth(6)?.parse().ok()?;
    Some(sectors * 512)
}

/// The largest resident set so far, in bytes.
pub(super) fn peak(pid: u32) -> Option<u64> {
    field(&format!("/proc/{pid}/status"), "VmHWM:").map(|kib| kib * 1024)
}

/// The resident set now, in bytes.
pub(super) fn resident(pid: u32) -> Option<u64> {
    field(&format!("/proc/{pid}/status"), "VmRSS:").map(|kib| kib * 1024)
}

/// What the files below `dir` take on the disk, in bytes; what goes away meanwhile counts nothing.
pub(super) fn stored(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let sizes = entries.filter_map(|entry| {
        let about = entry.metadata().ok()?;
        Some(if about.is_dir() {
            stored(&entry.path())
        } else {
            about.blocks() * 512
        })
    });
    sizes.sum()
}

fn field(path: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// utime and stime, the 14th and 15th field; the second is a name that may hold anything.
fn ticks(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(11);
    let utime: u64 = fields.next()?.parse().ok()?;
    let stime: u64 = fields.next()?.parse().ok()?;
    Some(utime + stime)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn work_is_seen_in_our_own_books() {
        let pid = std::process::id();
        let here = Path::new(".");
        let before = Usage::of(pid, here);
        let mut sum = 0_u64;
        while Usage::of(pid, here).cpu_us_since(&before) < 1_000.0 {
            sum = (0..100_000_u64).fold(sum, |sum, n| std::hint::black_box(sum ^ n));
        }
        assert!(peak(pid).unwrap() > 1 << 20);
        let now = resident(pid).unwrap();
        assert!((1 << 20..=peak(pid).unwrap()).contains(&now));
    }

    #[test]
    fn files_count_with_what_they_take_on_the_disk_also_in_folders() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("inner");
        fs::create_dir(&inner).unwrap();
        assert_eq!(stored(dir.path()), 0);
        for file in [dir.path().join("a"), inner.join("b")] {
            let mut file = fs::File::create(file).unwrap();
            file.write_all(&[7; 8192]).unwrap();
            file.sync_all().unwrap();
        }
        let sized = stored(dir.path());
        // A file system may give more, or pack them.
        assert!((1..1 << 20).contains(&sized), "{sized}");
    }
}
