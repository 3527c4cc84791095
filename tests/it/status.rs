//! `guildhall status`: what people read, what programs read, and the exit code.

use crate::{acts::eventually, process::Process, support::Town, watch::Seen};
use guildhall::{
    admin,
    watch::{STEP_AT_MOST, Status, health},
};
use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
};

/// Runs `guildhall status` on the data directory of a town's bot.
async fn status(dir: &Path, more: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guildhall"));
    command.args(["status", "--data", "data"]).args(more);
    command.env_clear().current_dir(dir);
    let run = tokio::task::spawn_blocking(move || command.output().expect("the binary starts"));
    let output = run.await.expect("waiting does not panic");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn status_says_how_the_bot_is_also_by_its_exit_code() {
    let town = Town::new().await;
    let dir = town.data.path();
    let (code, out, err) = status(dir, &[]).await;
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("there is no data"), "{err}");

    let process = Process::start(&town.sim, dir);
    town.ready().await;
    town.furnish_by_command().await;
    let (code, out, err) = status(dir, &[]).await;
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    for part in [
        "is good, up for",
        "gateway    connected",
        "sessions: 1 begun",
        "most: ",
        "half within",
        "1 server,",
    ] {
        assert!(out.contains(part), "{part} is missing in:\n{out}");
    }
    let (code, out, _) = status(dir, &["--json"]).await;
    let told: Status = serde_json::from_str(&out).expect("a status");
    assert_eq!((code, told.about.pid), (Some(0), process.id()));
    assert!(told.is_healthy() && told.store.epochs > 0 && told.inputs.turns > 0);
    let (code, _, err) = status(dir, &["--every", "1"]).await;
    assert_eq!(code, Some(64), "{err}");

    // Stopped by a signal, as a process that hangs would be.
    process.hang(true);
    let (code, out, err) = status(dir, &[]).await;
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("runs but does not answer"), "{err}");
    process.hang(false);

    assert!(process.terminate().await.success());
    let (code, _, err) = status(dir, &[]).await;
    assert_eq!(code, Some(1));
    assert!(
        err.contains("no bot runs in data; one wrote there last"),
        "{err}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn status_of_a_bot_that_is_ill_fails_and_says_why() {
    let town = Town::new().await;
    let dir = town.data.path();
    let bot = town.bot().await;
    town.furnish(&bot).await;
    let seen = Seen::new(&town, bot).await;
    let (asks, mut asked) = tokio::sync::mpsc::channel(1);
    fs::create_dir_all(dir.join("data")).expect("a directory");
    let server =
        admin::Server::start(&dir.join("data"), seen.bot.reader(), asks).expect("a socket");
    town.sim.gateway_down(true);
    eventually("it is not ready", || seen.readyz().status == 503).await;
    seen.pass(health::SILENT_MS + STEP_AT_MOST);
    let told = seen.watch.status();
    tokio::spawn(async move {
        while let Some(admin::Ask::Status(reply)) = asked.recv().await {
            let told = serde_json::to_value(&told).expect("it is data");
            reply.send(told).expect("somebody waits");
        }
    });
    let (code, out, err) = status(dir, &[]).await;
    assert_eq!((code, err.as_str()), (Some(1), ""));
    assert!(
        out.contains("hung: gateway shard 0") || out.contains("ill: gateway shard 0"),
        "{out}"
    );
    drop(server);
    town.sim.gateway_down(false);
    seen.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn status_looks_again_and_again_and_waits_for_a_bot_that_is_gone() {
    let town = Town::new().await;
    let dir = town.data.path();
    let process = Process::start(&town.sim, dir);
    town.ready().await;
    let mut watching = Command::new(env!("CARGO_BIN_EXE_guildhall"))
        .args(["status", "--data", "data", "--watch", "--every", "1"])
        .current_dir(dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let (out, err) = (watching.stdout.take(), watching.stderr.take());
    let mut out = BufReader::new(out.expect("its output")).lines();
    let mut err = BufReader::new(err.expect("its complaints")).lines();
    let mut next = |part: &str| {
        let found = out.find(|line| line.as_ref().is_ok_and(|line| line.contains(part)));
        found
            .unwrap_or_else(|| panic!("{part} never came"))
            .expect("it is text")
    };
    next("is good");
    let turns = next("turns");
    assert!(
        !turns.contains("/s"),
        "no rate before the second look: {turns}"
    );
    next("is good");
    let turns = next("turns, ");
    assert!(turns.contains("/s,"), "{turns}");
    assert!(process.terminate().await.success());
    let gone = err.next().expect("a complaint").expect("it is text");
    assert!(
        gone.contains("no bot runs") || gone.contains("ending"),
        "{gone}"
    );
    let process = Process::start(&town.sim, dir);
    next("is ");
    watching.kill().expect("it runs");
    watching.wait().expect("it ends");
    assert!(process.terminate().await.success());
}
