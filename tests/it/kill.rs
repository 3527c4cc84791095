//! kill -9, again and again: nothing that was accepted is lost, nothing is said twice.
//!
//! `GUILDHALL_KILLS` sets the number of rounds (30 unless it says otherwise). A third of the kills falls
//! into the start, a third into work, a third into the end after SIGTERM.

use crate::{
    process::Process,
    rage::{Plan, World, rage},
    support::{SOON, Town, say},
};
use std::{path::Path, time::Duration};
use tokio::time::{Instant, sleep};

fn rounds() -> u32 {
    std::env::var("GUILDHALL_KILLS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(30)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_kills_lose_nothing_and_repeat_nothing() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let plan = Plan {
        environment: &[],
        events: 20_000,
        pace: 50,
        joins: 25,
        patience: Duration::from_secs(60),
    };
    let mut killer = Killer::new(rounds());
    let after = rage(&plan, home.path(), async |world, process| {
        killer.rage(world, process, rounds()).await
    })
    .await;
    assert_eq!(after.complaints(), Vec::<String>::new());
    assert_eq!(
        after.sim.counters().identifies,
        2,
        "recorder and bot identified once; the rest resumed"
    );
    let struck = killer.struck;
    assert!(
        struck.starting > 0 && struck.working > 0 && struck.ending > 0,
        "{struck:?}"
    );
    say(&format!("{} kills: {struck:?}", rounds()));
}

/// What kills fell into.
#[derive(Debug, Default)]
struct Struck {
    /// Before the process had a session.
    starting: u32,
    /// While it had one.
    working: u32,
    /// After SIGTERM and before its end.
    ending: u32,
    /// It ended by itself before the kill.
    ended: u32,
}

/// Kills at random instants. How long starts and ends take is learned, so that kills spread over them
/// on any machine.
struct Killer {
    random: fastrand::Rng,
    start: Duration,
    end: Duration,
    struck: Struck,
}

impl Killer {
    fn new(seed: u32) -> Self {
        Self {
            random: fastrand::Rng::with_seed(u64::from(seed)),
            start: Duration::from_millis(200),
            end: Duration::from_millis(100),
            struck: Struck::default(),
        }
    }

    fn up_to(&mut self, most: Duration) -> Duration {
        most.mul_f64(self.random.f64())
    }

    async fn rage(&mut self, world: &World, mut process: Process, rounds: u32) -> Process {
        for round in 0..rounds {
            let home = process.home().to_owned();
            match round % 3 {
                0 => self.at_work(world, process).await,
                1 => self.at_the_start(world, process).await,
                _ => self.at_the_end(world, process).await,
            }
            process = Process::start(&world.sim, &home);
        }
        process
    }

    async fn at_the_start(&mut self, world: &World, process: Process) {
        sleep(self.up_to(self.start)).await;
        let late = process.is_connected(&world.sim);
        process.kill();
        if late {
            self.struck.working += 1;
        } else {
            self.struck.starting += 1;
        }
    }

    async fn at_work(&mut self, world: &World, process: Process) {
        self.wait_for_work(world, &process).await;
        sleep(self.up_to(Duration::from_millis(700))).await;
        process.kill();
        self.struck.working += 1;
    }

    async fn at_the_end(&mut self, world: &World, mut process: Process) {
        self.wait_for_work(world, &process).await;
        sleep(self.up_to(Duration::from_millis(300))).await;
        process.ask_to_end();
        sleep(self.up_to(self.end)).await;
        if let Some(status) = process.ended() {
            assert!(status.success(), "{status}");
            self.struck.ended += 1;
            self.end = self.end.mul_f64(0.7);
        } else {
            process.kill();
            self.struck.ending += 1;
            self.end = (self.end.mul_f64(1.3)).min(SOON);
        }
    }

    async fn wait_for_work(&mut self, world: &World, process: &Process) {
        let began = Instant::now();
        process.connected(&world.sim).await;
        self.start = (self.start + began.elapsed()) / 2;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_during_the_very_first_start_is_no_obstacle_to_the_next() {
    let town = Town::new().await;
    // The first one shows how long it takes.
    let began = Instant::now();
    first_start(&town, &town.data.path().join("untroubled"), None).await;
    let usual = began.elapsed();
    let mut random = fastrand::Rng::with_seed(1);
    for n in 0..rounds().div_ceil(4) {
        let life = usual.mul_f64(random.f64() / 2.0);
        first_start(&town, &town.data.path().join(n.to_string()), Some(life)).await;
    }
}

/// Starts a bot where none was before, killed first after `life` if that is given.
async fn first_start(town: &Town, home: &Path, life: Option<Duration>) {
    std::fs::create_dir(home).expect("the directory is new");
    if let Some(life) = life {
        let process = Process::start(&town.sim, home);
        sleep(life).await;
        process.kill();
    }
    let process = Process::start(&town.sim, home);
    process.connected(&town.sim).await;
    process.kill();
}
