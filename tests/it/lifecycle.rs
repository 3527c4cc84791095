//! From the first start to the last: signals, restarts, invitations, exports, shards, intents.

use crate::{
    acts::{eventually, is_quiet, letters, mentions, seen},
    process::Process,
    support::{SOON, Town},
};
use actors::kernel::stored::ProcessRecord;
use simulator::{ChannelKind, Fault, FaultKind, GuildOptions, Id, SimConfig, Simulator};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

const MESSAGES: &str = "/channels/{id}/messages";

fn sim_config() -> SimConfig {
    SimConfig {
        rate_limits: false,
        member_list_every: Duration::ZERO,
        ..SimConfig::default()
    }
}

fn exports(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir.join("data/exports")) else {
        return Vec::new();
    };
    entries
        .map(|entry| entry.expect("the directory can be read").path())
        .collect()
}

fn log(dir: &Path) -> String {
    fs::read_to_string(dir.join("bot.log")).unwrap_or_default()
}

/// Starts the bot again and waits until it is back.
async fn back(town: &Town) -> Process {
    let before = town.sim.counters();
    let process = Process::start(&town.sim, town.data.path());
    let connected = |sim: &Simulator| {
        let now = sim.counters();
        now.resumes + now.identifies > before.resumes + before.identifies
    };
    town.until("the bot is back", connected).await;
    process
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bot_that_was_asked_to_end_resumes_its_session_at_the_next_start() {
    let town = Town::new().await;
    let process = Process::start(&town.sim, town.data.path());
    town.ready().await;
    town.furnish_by_command().await;
    assert!(exports(town.data.path()).is_empty());
    assert_eq!(
        process.terminate().await.code(),
        Some(0),
        "{}",
        log(town.data.path())
    );
    assert_eq!(
        exports(town.data.path()).len(),
        1,
        "a clean end leaves an export"
    );

    let ida = town.newcomer("Ida");
    let process = back(&town).await;
    town.greeted(&[ida]).await;
    town.everybody_once().await;
    let counters = town.sim.counters();
    assert_eq!(
        (
            counters.identifies,
            counters.resumes,
            counters.refused_resumes
        ),
        (1, 1, 0)
    );
    assert!(process.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_ends_at_once_and_loses_nothing() {
    let town = Town::new().await;
    let process = Process::start(&town.sim, town.data.path());
    town.ready().await;
    town.furnish_by_command().await;
    // A message that cannot be sent keeps the shutdown waiting.
    town.sim
        .fail_next(Fault::on("POST", MESSAGES), u64::MAX, FaultKind::Hang);
    let ida = town.newcomer("Ida");
    town.until("the message is on its way", |_| town.faults() > 0)
        .await;
    process.ask_to_end();
    eventually("the bot is ending", || {
        log(town.data.path()).contains("a second signal ends at once")
    })
    .await;
    assert_eq!(
        process.terminate().await.code(),
        Some(1),
        "{}",
        log(town.data.path())
    );
    assert!(
        exports(town.data.path()).is_empty(),
        "there was no time for that"
    );
    town.sim.heal();
    let process = back(&town).await;
    town.greeted(&[ida]).await;
    town.everybody_once().await;
    assert!(process.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_are_registered_once_and_again_when_they_changed() {
    let town = Town::new().await;
    let registered = || {
        town.sim
            .requests_to("PUT", "/applications/{application_id}/commands")
            .len()
    };
    for _ in 0..2 {
        let bot = town.bot().await;
        town.until("the bot is connected", Simulator::is_connected)
            .await;
        town.moderate("/ping").await;
        bot.stop().await;
    }
    assert_eq!(registered(), 1);
    let bot = town.bot().await;
    bot.hub().core(|core| {
        let other = ProcessRecord {
            commands: "of another version".into(),
            ..core.process().clone()
        };
        core.set_process(other, bot.hub().clock.now());
    });
    bot.stop().await;
    let bot = town.bot().await;
    town.until("they are registered again", |_| registered() == 2)
        .await;
    bot.stop().await;
}

// --- Guilds come and go -------------------------------------------------------------------------

fn hellos(sim: &Simulator, owner: Id) -> usize {
    letters(sim, owner)
        .iter()
        .filter(|text| text.starts_with("Hello"))
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guild_is_greeted_once_when_the_bot_is_invited_even_if_it_is_killed_meanwhile() {
    let town = Town::new().await;
    let process = Process::start(&town.sim, town.data.path());
    town.ready().await;
    let owner = town.sim.add_user("Nora of Newtown");
    let options = GuildOptions {
        owner: Some(owner),
        with_bot: false,
        ..GuildOptions::default()
    };
    let guild = town.sim.create_guild("Newtown", &options);
    let general = town.sim.create_channel(guild, "general", ChannelKind::Text);
    town.until("the first guild is greeted", |sim| {
        hellos(sim, town.moderator) == 1
    })
    .await;

    town.sim
        .fail_next(Fault::on("POST", MESSAGES), 1, FaultKind::DropAnswer);
    town.sim.invite_bot(guild);
    town.until("hello is said", |sim| sim.pending_faults() == 0)
        .await;
    process.kill();
    let process = back(&town).await;
    let zone = town
        .sim
        .command(general, owner, "/setup zone zone:Asia/Tokyo")
        .expect("a valid command");
    zone.answer(SOON).await.expect("an answer");

    town.sim.remove_bot(guild);
    town.sim.invite_bot(guild);
    let show = town
        .sim
        .command(general, owner, "/setup show")
        .expect("a valid command");
    let shown = show.answer(SOON).await.expect("an answer").text();
    assert!(
        shown.contains("Asia/Tokyo"),
        "settings outlast a removal: {shown}"
    );
    assert_eq!(hellos(&town.sim, owner), 1);
    assert_eq!(hellos(&town.sim, town.moderator), 1);
    assert!(process.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_guilds_are_not_greeted_by_a_bot_that_has_lost_its_memory() {
    let town = Town::new().await;
    let long_ago = town.sim.snapshot().now_ms - 90_000_000;
    town.sim
        .set_joined_at(town.guild, town.sim.bot_user_id(), long_ago);
    let bot = town.bot().await;
    town.furnish(&bot).await;
    assert_eq!(letters(&town.sim, town.moderator), Vec::<String>::new());
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guild_left_while_the_bot_was_away_is_taken_up_again_where_it_was() {
    let town = Town::new().await;
    let process = Process::start(&town.sim, town.data.path());
    town.ready().await;
    town.furnish_by_command().await;
    assert!(process.terminate().await.success());
    town.sim.remove_bot(town.guild);
    // Long enough for the session to end, so that nothing but its absence tells.
    town.sim.advance(Duration::from_secs(600));
    let process = back(&town).await;
    town.sim.invite_bot(town.guild);
    let ida = town.newcomer("Ida");
    town.greeted(&[ida]).await;
    town.everybody_once().await;
    assert_eq!(
        hellos(&town.sim, town.moderator),
        1,
        "only at the very first"
    );
    assert!(town.about("Gaps in the events").await.starts_with("0 open"));
    assert!(process.terminate().await.success());
}

// --- A new life from an export ------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bot_restored_from_an_export_begins_with_a_gap_and_repeats_nothing() {
    let town = Town::new().await;
    let dir = town.data.path();
    let process = Process::start(&town.sim, dir);
    town.ready().await;
    town.furnish_by_command().await;
    let leo = town.newcomer("Leo");
    town.greeted(&[leo]).await;
    town.sim.fail_next(
        Fault::on("POST", MESSAGES),
        u64::MAX,
        FaultKind::Status(503),
    );
    let ida = town.newcomer("Ida");
    town.until("her greeting cannot be sent", |_| town.faults() > 0)
        .await;
    assert!(process.terminate().await.success());
    town.sim.heal();

    let export = exports(dir).pop().expect("a clean end leaves an export");
    let restored = Command::new(env!("CARGO_BIN_EXE_guildhall"))
        .arg("restore")
        .arg(&export)
        .arg("--data")
        .arg(dir.join("second/data"))
        .output()
        .expect("the binary starts");
    let said = String::from_utf8_lossy(&restored.stdout);
    assert!(
        restored.status.success() && said.contains("still to be sent (1)"),
        "{restored:?}"
    );

    town.sim.leave(town.guild, leo);
    let joan = town.newcomer("Joan");
    town.sim.advance(Duration::from_secs(60));
    let process = Process::start(&town.sim, &dir.join("second"));
    town.greeted(&[joan]).await;
    town.logged(&format!("<@{leo}>")).await;
    town.everybody_once().await;
    assert_eq!(
        town.sim.counters().identifies,
        2,
        "the old session is not resumed"
    );
    assert_eq!(town.about("Gaps in the events").await, "0 open, 1 so far");
    assert!(town.about("Set aside").await.starts_with("dead letters 1,"));
    assert_eq!(
        town.greetings().get(&ida),
        None,
        "the lost life may have said it: a person decides"
    );
    assert!(process.terminate().await.success());
}

// --- Shards and intents -------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_shards_serve_their_guilds_and_the_first_serves_direct_messages() {
    let town = Town::with(SimConfig {
        shards: 2,
        max_concurrency: 2,
        ..sim_config()
    })
    .await;
    let shard = |guild: Id| (guild >> 22) % 2;
    let options = GuildOptions {
        owner: Some(town.moderator),
        ..GuildOptions::default()
    };
    let mut other = town.guild;
    while shard(other) == shard(town.guild) {
        town.sim.advance(Duration::from_millis(1));
        other = town.sim.create_guild("Othertown", &options);
    }
    let welcome = town.sim.create_channel(other, "welcome", ChannelKind::Text);
    let bot = town.bot().await;
    let both = |sim: &Simulator| {
        let sessions = sim.snapshot().sessions;
        sessions.len() == 2 && sessions.iter().all(|session| session["connected"] == true)
    };
    town.until("both shards are connected", both).await;
    town.furnish(&bot).await;
    for (line, part) in [
        (
            "/welcome join channel:#welcome message:Hi {user}".to_owned(),
            "greeted".to_owned(),
        ),
        ("/about".to_owned(), format!("shard {} of 2", shard(other))),
    ] {
        let asked = town
            .sim
            .command(welcome, town.moderator, &line)
            .expect("a valid command");
        let answer = asked.answer(SOON).await.expect("an answer").text();
        assert!(answer.contains(&part), "{answer}");
    }
    assert!(
        town.about("Gateway")
            .await
            .ends_with(&format!("shard {} of 2", shard(town.guild)))
    );
    let direct = town
        .sim
        .command_dm(town.moderator, "/about")
        .expect("a valid command");
    assert!(
        direct
            .answer(SOON)
            .await
            .expect("an answer")
            .text()
            .contains("shard 0 of 2")
    );

    // Both survive a cut and a restart.
    town.sim.cut_gateway();
    town.until("both shards are resumed", |sim| {
        sim.counters().resumes == 2 && both(sim)
    })
    .await;
    bot.stop().await;
    let (ida, otto) = (town.newcomer("Ida"), town.sim.add_user("Otto"));
    town.sim.join(other, otto);
    let bot = town.bot().await;
    town.greeted(&[ida]).await;
    seen(&town.sim, "Otto is greeted", |sim| {
        mentions(sim, welcome).get(&otto).copied()
    })
    .await;
    eventually("everything is done", || is_quiet(&bot)).await;
    assert_eq!(mentions(&town.sim, welcome).get(&otto), Some(&1));
    town.everybody_once().await;
    assert_eq!(
        (town.sim.counters().identifies, town.sim.counters().resumes),
        (2, 4)
    );
    bot.stop().await;
}

const INTENT: &str = "The bot was not granted the intent Server Members";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_intent_that_is_not_granted_is_not_asked_for_and_named() {
    let town = Town::with(SimConfig {
        application_flags: 0,
        ..sim_config()
    })
    .await;
    let bot = town.bot().await;
    let answer = town.moderate("/welcome join channel:#welcome").await;
    assert!(
        answer.contains("must switch on the intent Server Members"),
        "{answer}"
    );
    let report = town.moderate("/setup show").await;
    assert!(report.contains(INTENT), "{report}");
    assert_eq!(town.sim.counters().last_close_code, None);
    town.newcomer("Ida");
    town.moderate("/ping").await;
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_intent_that_is_withdrawn_costs_its_feature_and_not_the_bot() {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    assert!(!town.moderate("/setup show").await.contains(INTENT));
    town.sim.set_application_flags(0);
    town.sim.close_gateway(4009);
    let refused =
        |sim: &Simulator| sim.counters().last_close_code == Some(4014) && sim.is_connected();
    town.until("the bot is back without it", refused).await;
    let report = town.moderate("/setup show").await;
    assert!(report.contains(INTENT), "{report}");
    bot.stop().await;
}
