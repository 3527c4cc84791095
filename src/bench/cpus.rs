//! CPUs of their own for the source of load and the client: where they share them, an answer waits for the source
//! as often as for the client, and no two runs are alike.
//!
//! The source gets the last CPU this process may use and the client all others; with a single one they share it.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::{
    io,
    process::{Child, Command},
};

/// Who is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Source,
    Client,
    /// A client whose start is measured: the source only waits for it.
    Both,
}

/// Starts `command` on the CPUs of its side. A child inherits what the thread that starts it may use.
pub(super) fn spawn(command: &mut Command, side: Side) -> io::Result<Child> {
    // Where the system does not let us choose, they share.
    let Ok(all) = sched_getaffinity(None) else {
        return command.spawn();
    };
    let _ = sched_setaffinity(None, &part(&all, side));
    let child = command.spawn();
    let _ = sched_setaffinity(None, &all);
    child
}

fn part(all: &CpuSet, side: Side) -> CpuSet {
    let Some(last) = (0..CpuSet::MAX_CPU).rev().find(|cpu| all.is_set(*cpu)) else {
        return *all;
    };
    let mut others = *all;
    others.unset(last);
    match side {
        _ if others.count() == 0 => *all,
        Side::Both => *all,
        Side::Client => others,
        Side::Source => {
            let mut own = CpuSet::new();
            own.set(last);
            own
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cpus(of: &CpuSet) -> Vec<usize> {
        (0..CpuSet::MAX_CPU).filter(|cpu| of.is_set(*cpu)).collect()
    }

    #[test]
    fn the_source_has_a_cpu_of_its_own_where_there_are_two() {
        let mut all = CpuSet::new();
        all.set(3);
        assert_eq!(cpus(&part(&all, Side::Source)), [3]);
        assert_eq!(cpus(&part(&all, Side::Client)), [3]);
        all.set(1);
        all.set(5);
        assert_eq!(cpus(&part(&all, Side::Source)), [5]);
        assert_eq!(cpus(&part(&all, Side::Client)), [1, 3]);
        assert_eq!(cpus(&part(&all, Side::Both)), [1, 3, 5]);
    }
}
