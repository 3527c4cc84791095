//! The power fails under a bot at work: what it has acknowledged by then is on the disk, and it goes on
//! from there as after any kill. A kill -9 cannot show this, because the kernel still writes what a killed
//! process left in its cache.
//!
//! The bot's data directory is an ext4 in a file. To cut the power the process is stopped, the file copied,
//! and the copy mounted elsewhere: it holds what had reached the device and nothing else. The stopped bot
//! is killed and the next life begins on the copy.
//!
//! `GUILDHALL_POWER_CUTS` sets the number of cuts (3 unless it says otherwise). Needs root and a loop
//! device; without them the test says so and passes.

use crate::{
    disk::Mounted,
    process::Process,
    rage::{Plan, World, rage},
    support::say,
};
use std::{path::Path, time::Duration};
use tokio::time::sleep;

fn cuts() -> u32 {
    std::env::var("GUILDHALL_POWER_CUTS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(3)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_power_cuts() {
    let Some(disk) = Mounted::ext4(64) else {
        return;
    };
    let plan = Plan {
        environment: &[],
        events: 2_000,
        pace: 50,
        joins: 25,
        patience: Duration::from_secs(60),
    };
    let home = disk.home().to_owned();
    // The last disk stays until the end.
    let mut disk = disk;
    let mut random = fastrand::Rng::with_seed(u64::from(cuts()));
    let after = rage(&plan, &home, async |world, mut process| {
        for cut in 0..cuts() {
            // Every third one falls into the start.
            if cut % 3 == 2 {
                sleep(Duration::from_millis(random.u64(0..150))).await;
            } else {
                process.connected(&world.sim).await;
                sleep(Duration::from_millis(random.u64(300..1_500))).await;
            }
            process.freeze().await;
            let next = disk.after_power_cut();
            process.kill();
            disk = next;
            assert_eq!(
                complaints(world, disk.home()),
                Vec::<String>::new(),
                "cut {cut}"
            );
            process = Process::start(&world.sim, disk.home());
        }
        process
    })
    .await;
    assert_eq!(after.complaints(), Vec::<String>::new());
    assert_eq!(
        after.sim.counters().identifies,
        2,
        "recorder and bot identified once; the rest resumed"
    );
    say(&format!("{} power cuts", cuts()));
}

/// What is wrong with a disk after a power cut.
fn complaints(world: &World, home: &Path) -> Vec<String> {
    let data = snapshots::DataDir::new(home.join("data"));
    let mut options = snapshots::Options::new(1, actors::kernel::time::Timestamp::EPOCH);
    options.incarnation = None;
    let opened = match snapshots::open(&data, &options) {
        Ok(opened) => opened,
        Err(fault) => return vec![format!("the store does not open: {fault:?}")],
    };
    let mut complaints = Vec::new();
    let started = opened.started;
    if started.rolled_back.is_some() || started.recounted {
        complaints.push(format!("{started:?}"));
    }
    let mut store = opened.store;
    let report = snapshots::verify(&store.view(), &mut |_| {}).expect("the store reads");
    if !report.is_good() {
        complaints.push(format!("{report:?}"));
    }
    store.close().expect("the store closes");
    complaints.extend(world.broken_promises(home));
    complaints
}
