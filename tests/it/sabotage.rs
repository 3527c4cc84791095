//! The tests can fail: deliberate faults of the feature `sabotage` are found on the whole bot. All of them,
//! and those that need luck here, are found by the seeded proof (`prove`).

use crate::{
    acts::{eventually, is_quiet},
    process::Process,
    states,
    support::{SOON, Town},
};
use actors::kernel::{
    address::{Address, Kind},
    ids::GuildId,
    turn::head_key,
};
use guildhall::bot::Bot;
use simulator::{Fault, FaultKind, Simulator};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_without_a_nonce_are_found_doubled() {
    assert_eq!(greetings_when_the_answer_is_lost(false).await, 1);
    assert_eq!(greetings_when_the_answer_is_lost(true).await, 2);
}

/// Discord posts the greeting, but its answer never arrives: how often does the member see it?
async fn greetings_when_the_answer_is_lost(no_nonce: bool) -> usize {
    let town = Town::new().await;
    let mut options = town.options();
    options.sabotage.no_nonce = no_nonce;
    let bot = Bot::start(options).await.expect("the bot starts");
    town.ready().await;
    town.moderate("/welcome join channel:#welcome message:Hi")
        .await;
    // The bot's first words in a new guild are posted as well.
    eventually("nothing is left to do", || is_quiet(&bot)).await;
    let posting = Fault::on("POST", "/channels/{id}/messages");
    town.sim.fail_next(posting, 1, FaultKind::DropAnswer);
    let ann = town.sim.add_user("Ann");
    town.sim.join(town.guild, ann);
    town.messages(town.welcome, 1).await;
    // A second try comes about a second later; without it there is nothing to wait for.
    let twice = |sim: &Simulator| (sim.message_count(town.welcome) > 1).then_some(());
    let patience = if no_nonce {
        SOON
    } else {
        Duration::from_secs(3)
    };
    let _ = town.sim.wait_for(patience, twice).await;
    let count = town.sim.message_count(town.welcome);
    bot.stop().await;
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_leaves_before_its_commit_is_found_to_lie() {
    assert_eq!(
        zone_after_answer_and_kill("").await,
        "Europe/Paris",
        "without sabotage an answer is true"
    );
    // A batch that somebody else was waiting for may take the zone along in time.
    for _ in 0..5 {
        if zone_after_answer_and_kill("effect-before-commit").await != "Europe/Paris" {
            return;
        }
    }
    panic!("nobody noticed");
}

/// Sets the zone, kills the bot the moment it has answered, and reads what it remembers.
async fn zone_after_answer_and_kill(sabotage: &str) -> String {
    let town = Town::new().await;
    let slow = [("SABOTAGE", sabotage), ("GUILDHALL_STORE__TICK_MS", "5000")];
    let process = Process::start_with(&town.sim, town.data.path(), &slow);
    town.ready().await;
    // The guild is known, or nothing would be remembered at all.
    town.moderate("/setup zone zone:Asia/Tokyo").await;
    let handle = town.sim.command(
        town.general,
        town.moderator,
        "/setup zone zone:Europe/Paris",
    );
    // "Thinking…" promises nothing.
    let answer = handle.expect("a valid command").answer(SOON).await;
    process.kill();
    assert!(answer.is_some(), "the command is answered");
    let states = states::of_store(&town.data.path().join("data"));
    let settings = Address::guild(Kind::Settings, GuildId::new(town.guild).expect("not zero"));
    let head = states.get(&head_key(settings));
    head.map_or_else(String::new, |head| {
        let json = states::json(&head_key(settings), Some(head));
        json["shared"]["zone"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    })
}
