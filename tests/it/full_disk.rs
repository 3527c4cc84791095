//! The real binary on a disk that fills up: nothing is promised meanwhile, nothing promised is lost, the
//! operator is told, and it goes on by itself when there is room. Needs root to mount a small disk;
//! without it the test says so and passes. (`trouble` does the same in memory, where it always runs.)

use crate::{
    acts::eventually,
    disk::Mounted,
    process::Process,
    support::{SOON, Town},
};
use guildhall::admin::{Answer, Client, Request};
use std::{fs, path::Path};

/// What `guildhall inspect status` would show.
fn status(home: &Path) -> serde_json::Value {
    let client = Client::connect(&home.join("data")).expect("the socket works");
    let mut client = client.expect("the bot runs");
    match client.ask(&Request::Status).expect("it answers") {
        Answer::Status(status) => status,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bot_waits_for_room_on_a_full_disk_and_loses_nothing() {
    let Some(disk) = Mounted::memory(24) else {
        return;
    };
    let home = disk.home();
    let log = || fs::read_to_string(home.join("bot.log")).unwrap_or_default();
    let town = Town::new().await;
    let process = Process::start(&town.sim, home);
    town.ready().await;
    town.furnish_by_command().await;

    let ballast = disk.fill();
    // Until the space is used up that sled has set aside.
    let mut asked = Vec::new();
    for n in 0.. {
        let zone = ["Asia/Tokyo", "Europe/Paris"][n % 2];
        let handle = town.asks(town.moderator, &format!("/setup zone zone:{zone}"));
        let told = |_: &simulator::Simulator| handle.so_far();
        let answer = town
            .sim
            .wait_for(SOON, told)
            .await
            .expect("somebody answers");
        let done = !answer.text().is_empty();
        asked.push((zone, handle));
        if !done {
            break;
        }
        assert!(n < 5_000, "the disk never got full");
    }
    // What was taken in before the disk was full is not promised; what comes now is not even taken in.
    eventually("the operator can read what is the matter", || {
        log().contains("store refuses a batch")
            && log().contains("full=true")
            && status(home)["store"]["lag_ms"].as_u64() > Some(500)
    })
    .await;
    let (ida, otto) = (town.newcomer("Ida"), town.newcomer("Otto"));
    assert_eq!(town.greetings().len(), 0);

    fs::remove_file(ballast).expect("it is there");
    let (zone, held_back) = asked.last().expect("somebody asked");
    let answer = held_back.answer(SOON).await.expect("the answer follows");
    assert!(answer.text().contains(zone), "{}", answer.text());
    town.greeted(&[ida, otto]).await;
    eventually("nothing lags any more", || {
        status(home)["store"]["lag_ms"] == 0
    })
    .await;
    process.kill();
    let process = Process::start(&town.sim, home);
    process.connected(&town.sim).await;
    let report = town.moderate("/setup show").await;
    assert!(report.contains(zone), "{report}");
    town.everybody_once().await;
    assert_eq!(town.sim.counters().identifies, 1, "no event was lost");
    assert!(process.terminate().await.success());
}
