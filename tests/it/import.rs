//! `guildhall import`: what another bot recorded, brought to a running one.

use crate::{
    cli::{ends_with, err, guildhall, out},
    process::Process,
    support::{SOON, Town},
};
use guildhall::cli::Exit;
use std::fs;

async fn import(town: &Town, more: &[&str]) -> std::process::Output {
    let guild = town.guild.to_string();
    let line = ["import", "last-seen", "old.csv", "--guild", &guild];
    guildhall(&[&line[..], more].concat(), &[], town.data.path()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_brought_survives_kill_9() {
    let town = Town::new().await;
    let (ann, ben) = (town.newcomer("Ann"), town.newcomer("Ben"));
    let seconds = 1_767_323_045;
    let file = town.data.path().join("old.csv");
    fs::write(
        &file,
        format!("user_id,last_seen,kind,name\n{ann},{seconds},reaction,Ann\n{ben},,,Ben\n"),
    )
    .expect("a file");
    ends_with(&import(&town, &[]).await, Exit::NotNow);

    let process = Process::start(&town.sim, town.data.path());
    town.ready().await;
    town.moderate("/ping").await;
    let tried = import(&town, &["--dry-run"]).await;
    ends_with(&tried, Exit::Good);
    assert!(
        out(&tried).contains("Nothing was brought."),
        "{}",
        out(&tried)
    );
    let brought = import(&town, &[]).await;
    process.kill();
    ends_with(&brought, Exit::Good);
    let said = out(&brought);
    assert!(
        said.starts_with(
            "1 member with a time, 1 without one, who are passed over; not read: name."
        ),
        "{said}"
    );

    let process = Process::start(&town.sim, town.data.path());
    town.ready().await;
    let seen = town.asks(town.moderator, &format!("/seen user:<@{ann}>"));
    let seen = seen.answer(SOON).await.expect("an answer").text();
    assert!(seen.contains(&format!("reacted <t:{seconds}:R>")), "{seen}");

    fs::write(&file, "user_id,last_seen\nx,1\n").expect("a file");
    let wrong = import(&town, &[]).await;
    ends_with(&wrong, Exit::Failed);
    assert!(err(&wrong).contains("line 2: user_id"), "{}", err(&wrong));
    fs::write(&file, format!("user_id,last_seen\n{ann},{seconds}\n")).expect("a file");
    let line = ["import", "last-seen", "old.csv", "--guild", "5"];
    let elsewhere = guildhall(&line, &[], town.data.path()).await;
    ends_with(&elsewhere, Exit::Failed);
    assert!(
        err(&elsewhere).contains("not in the server 5"),
        "{}",
        err(&elsewhere)
    );
    assert!(process.terminate().await.success());
}
