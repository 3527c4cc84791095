//! What goes wrong between the bot and Discord, and on its disk: it recovers by itself, nothing is
//! lost or doubled, and its health shows what is the matter.

use crate::{
    acts::{eventually, is_quiet, letters, mentions, seen},
    process::Process,
    support::{Town, options},
};
use actors::kernel::{
    address::{Address, Kind},
    ids::GuildId,
    record::Key,
    time::Span,
    turn::head_key,
};
use guildhall::{bot::Bot, clock::Clock, config::Switch};
use serde_json::json;
use simulator::{
    ChannelKind, Fault, FaultKind, GuildOptions, Id, InteractionHandle, Scope, SimConfig, Simulator,
};
use snapshots::memory::Memory;
use std::{sync::Arc, time::Duration};

const GAPS: &str = "Gaps in the events";
const MESSAGES: &str = "/channels/{id}/messages";
const BUSY: FaultKind = FaultKind::Status(503);

/// Minutes pass, for Discord and for the bot.
fn pass(town: &Town, bot: &Bot, minutes: u64) {
    let by = Duration::from_secs(60 * minutes);
    town.sim.advance(by);
    bot.hub().clock.turn_on(Span::millis(
        i64::try_from(by.as_millis()).expect("a few minutes"),
    ));
}

async fn gone_offline(town: &Town, bot: &Bot) {
    town.sim.gateway_down(true);
    // What was sent before is taken in before the end is noticed.
    eventually("the connection is lost", || {
        bot.status().gateway == "offline"
    })
    .await;
}

fn is_posted(sim: &Simulator, status: u16) -> usize {
    let posts = sim.requests_to("POST", "/channels/{channel_id}/messages");
    posts
        .iter()
        .filter(|request| request.status == status)
        .count()
}

// --- The gateway --------------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_resume_is_a_gap_that_is_shown_reconciled_and_closed() {
    let town = Town::new().await;
    let elsewhere = town.sim.create_guild("Elsewhere", &GuildOptions::default());
    let bot = town.bot().await;
    town.furnish(&bot).await;
    let (stella, leo) = (town.newcomer("Stella"), town.newcomer("Leo"));
    town.greeted(&[stella, leo]).await;
    assert_eq!(town.about(GAPS).await, "0 open, 0 so far");
    // Discord gives a member list once in half a minute; see the next test.
    pass(&town, &bot, 1);

    gone_offline(&town, &bot).await;
    let joan = town.newcomer("Joan");
    town.sim.leave(town.guild, leo);
    town.sim.set_unavailable(elsewhere, true);
    town.sim.refuse_resume_next(1);
    town.sim.gateway_down(false);

    town.greeted(&[joan]).await;
    town.logged("1 member left while I was away").await;
    assert_eq!(town.times_logged(&format!("<@{leo}>")), 1);
    // Each feature closes the gap on its own.
    eventually("only the guild in an outage is not seen yet", || {
        bot.status().open_gaps == 1
    })
    .await;
    assert_eq!(town.about(GAPS).await, "1 open, 1 so far");

    town.sim.set_unavailable(elsewhere, false);
    eventually("the last gap is closed", || bot.status().open_gaps == 0).await;
    assert_eq!(town.about(GAPS).await, "0 open, 1 so far");
    town.everybody_once().await;
    assert_eq!(town.times_logged("left while I was away"), 1);
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_list_refused_for_the_moment_is_asked_for_again() {
    let town = Town::with(SimConfig {
        rate_limits: false,
        ..SimConfig::default()
    })
    .await;
    // With presences Discord shows a small guild's members without being asked.
    let mut options = town.options();
    options.intents.presences = Switch::Off;
    let bot = town.bot_with(options).await;
    town.furnish(&bot).await;
    gone_offline(&town, &bot).await;
    let joan = town.newcomer("Joan");
    let before = town.sim.counters().refused_member_lists;
    town.sim.refuse_resume_next(1);
    town.sim.gateway_down(false);
    // A refusal alone changes nothing in the town: nobody who waits for a change is told.
    eventually("the list is asked for and refused", || {
        town.sim.counters().refused_member_lists > before
    })
    .await;
    assert_eq!(bot.status().open_gaps, 1);
    assert_eq!(
        town.greetings().get(&joan),
        None,
        "so soon after the first the list is refused"
    );
    // Two features want it, and each gets it in a minute of its own; a refusal may come late.
    for _ in 0..6 {
        let before = town.sim.counters().refused_member_lists;
        pass(&town, &bot, 1);
        eventually("the list has come, for one or for all", || {
            is_quiet(&bot) || town.sim.counters().refused_member_lists > before
        })
        .await;
        if is_quiet(&bot) {
            break;
        }
    }
    town.greeted(&[joan]).await;
    eventually("the gap is closed", || is_quiet(&bot)).await;
    town.everybody_once().await;
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_trimmed_to_the_last_heartbeat_is_a_gap_and_not_a_loss() {
    let town = Town::new().await;
    let process = Process::start(&town.sim, town.data.path());
    town.ready().await;
    town.furnish_by_command().await;
    let (stella, leo) = (town.newcomer("Stella"), town.newcomer("Leo"));
    town.greeted(&[stella, leo]).await;

    // What needs nothing done is not written down at once, but confirmed with the next heartbeat.
    for _ in 0..20 {
        town.sim.say(town.general, town.moderator, "hello");
    }
    let confirmed = |sim: &Simulator| {
        let session = &sim.snapshot().sessions[0];
        session["heartbeat_seq"] == session["seq"]
    };
    // The request may overtake the events.
    while !confirmed(&town.sim) {
        let before = town.sim.counters().heartbeats;
        town.sim.request_heartbeat();
        town.until("a heartbeat comes", |sim| {
            sim.counters().heartbeats > before
        })
        .await;
    }
    process.kill();
    town.sim.advance(Duration::from_secs(60));
    let joan = town.newcomer("Joan");
    town.sim.leave(town.guild, leo);
    town.sim.trim_replay_to_last_heartbeat();

    let process = Process::start(&town.sim, town.data.path());
    town.until("the bot is back", Simulator::is_connected).await;
    town.greeted(&[joan]).await;
    town.logged(&if town.sim.counters().refused_resumes > 0 {
        format!("<@{leo}>")
    } else {
        "Bye Leo".into()
    })
    .await;
    town.everybody_once().await;
    let refused = town.sim.counters().refused_resumes;
    assert_eq!(town.about(GAPS).await, format!("0 open, {refused} so far"));
    assert_eq!(town.sim.counters().identifies, 1 + refused);
    assert!(process.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_minutes_without_gateway_and_rest_are_made_up_for() {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    let leo = town.newcomer("Leo");
    town.greeted(&[leo]).await;

    // Nora's greeting is committed but cannot be sent before the line is dead as well.
    town.sim.fail_all(BUSY);
    let nora = town.newcomer("Nora");
    town.until("a greeting fails", |sim| is_posted(sim, 503) > 0)
        .await;
    gone_offline(&town, &bot).await;
    assert_eq!(bot.status().outbox, 1, "Nora's greeting waits");
    let joan = town.newcomer("Joan");
    town.sim.leave(town.guild, leo);
    for _ in 0..10 {
        pass(&town, &bot, 1);
    }
    town.sim.heal();

    town.greeted(&[nora, joan]).await;
    town.logged(&format!("<@{leo}>")).await;
    eventually("everything is done", || is_quiet(&bot)).await;
    assert_eq!(bot.status().gateway, "connected");
    assert_eq!(
        town.about(GAPS).await,
        "0 open, 1 so far",
        "Discord gave the session up meanwhile"
    );
    town.everybody_once().await;
    assert_eq!(town.times_logged(&format!("<@{leo}>")), 1);
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_ends_a_connection_nothing_is_missed_or_seen_twice() {
    type Deed = (&'static str, fn(&Simulator), bool);
    let deeds: [Deed; 7] = [
        ("the line is cut", Simulator::cut_gateway, false),
        ("op 7", Simulator::reconnect_op, false),
        ("op 9, resumable", |sim| sim.invalid_session(true), false),
        (
            "op 9, not resumable",
            |sim| sim.invalid_session(false),
            true,
        ),
        ("close code 4000", |sim| sim.close_gateway(4000), false),
        ("close code 4008", |sim| sim.close_gateway(4008), false),
        ("close code 4009", |sim| sim.close_gateway(4009), true),
    ];
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    let mut gaps = 0;
    for (number, (deed, act, begins_anew)) in deeds.into_iter().enumerate() {
        let before = town.sim.counters();
        act(&town.sim);
        let during = town.newcomer(&format!("Newcomer {number}"));
        let back = |sim: &Simulator| {
            let now = sim.counters();
            let (resumed, anew) = (
                now.resumes - before.resumes,
                now.identifies - before.identifies,
            );
            sim.is_connected()
                && if begins_anew {
                    anew == 1
                } else {
                    resumed == 1 && anew == 0
                }
        };
        town.until(&format!("{deed}: the bot is back as it should"), back)
            .await;
        town.greeted(&[during]).await;
        gaps += u64::from(begins_anew);
        eventually("the gap is closed", || is_quiet(&bot)).await;
        assert_eq!(bot.status().gaps_total, gaps, "{deed}");
        // More than five in ten seconds are a flood, which is another test's affair.
        pass(&town, &bot, 1);
    }
    town.everybody_once().await;
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_accepts_and_closes_is_approached_ever_more_slowly() {
    let town = Town::new().await;
    let bot = town.bot().await;
    // Discord has sent READY by now; the session is the bot's when it has read it.
    eventually("the bot has its session", || {
        bot.status().gateway == "connected"
    })
    .await;
    let before = town.sim.counters().gateway_connections;
    let begun = town.sim.snapshot().now_ms;
    town.sim.gateway_accept_and_close(Some(4000));
    town.sim.cut_gateway();
    town.until("it is tried again and again", |sim| {
        sim.counters().gateway_connections == before + 5
    })
    .await;
    // Pauses after failures are at least 0, 0.5, 1 and 2 seconds; only too few of them fail here.
    let took = town.sim.snapshot().now_ms - begun;
    assert!(took >= 3_500, "five connections within {took} ms");
    let identifies = town.sim.counters().identifies;
    town.sim.heal();
    town.until("the bot is back", Simulator::is_connected).await;
    assert_eq!(
        town.sim.counters().identifies,
        identifies,
        "the session was kept through it all"
    );
    town.moderate("/ping").await;
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_come_twice_count_once() {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    town.sim.duplicate_next_event(1_000);
    let (ida, otto) = (town.newcomer("Ida"), town.newcomer("Otto"));
    town.greeted(&[ida, otto]).await;
    assert!(
        town.moderate("/setup zone zone:Asia/Tokyo")
            .await
            .contains("Asia/Tokyo")
    );
    town.sim.leave(town.guild, otto);
    town.logged("Bye Otto").await;
    town.everybody_once().await;
    eventually("everything is done", || is_quiet(&bot)).await;
    assert_eq!(town.times_logged("Bye Otto"), 1);
    assert_eq!(bot.status().gaps_total, 0);
    let answers = town.sim.requests_to(
        "POST",
        "/interactions/{interaction_id}/{interaction_token}/callback",
    );
    assert!(
        answers.iter().all(|answer| answer.status < 400),
        "{answers:#?}"
    );
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_cannot_be_read_are_counted_and_skipped() {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    let guild = town.guild.to_string();
    let before = bot.hub().meters.undecodable.get();
    town.sim
        .send_raw_event("GUILD_MEMBER_ADD", &json!({"guild_id": guild, "user": 5}));
    town.sim
        .send_raw_event("INTERACTION_CREATE", &json!({"id": [], "token": 7}));
    town.sim.send_raw_event("GUILD_CREATE", &json!("no object"));
    town.sim
        .send_raw_event("SOMETHING_OF_NEXT_YEAR", &json!({"guild_id": guild}));
    let ida = town.newcomer("Ida");
    town.greeted(&[ida]).await;
    let unread = bot.hub().meters.undecodable.get() - before;
    assert_eq!(unread, 3, "what is unknown altogether is none of them");
    assert_eq!(bot.status().gaps_total, 0);
    town.everybody_once().await;
    bot.stop().await;
}

// --- REST ---------------------------------------------------------------------------------------

/// Every route goes wrong for a while, until `enough` requests did. A join and a change of settings
/// fall into that time; both are done once.
async fn weathers(kind: FaultKind, enough: usize) {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    town.sim.fail_all(kind.clone());
    let ida = town.newcomer("Ida");
    let asked = town.asks(town.moderator, "/setup zone zone:Asia/Tokyo");
    town.until("requests go wrong", |_| town.faults() >= enough)
        .await;
    town.until("the asker knows how it ends", |_| {
        asked.so_far().is_some() || asked.failed()
    })
    .await;
    let asked_in_vain = asked.failed();
    if !matches!(kind, FaultKind::DropAnswer) {
        assert!(bot.status().outbox > 0, "{kind:?}: health shows what waits");
    }
    town.sim.heal();

    town.greeted(&[ida]).await;
    let answer_of = |sim: &Simulator| {
        let letters = letters(sim, town.moderator)
            .iter()
            .filter(|text| text.contains("Asia/Tokyo"))
            .count();
        let answered = asked
            .so_far()
            .is_some_and(|answer| answer.text().contains("Asia/Tokyo"));
        letters + usize::from(answered)
    };
    town.until("the asker has an answer", |sim| answer_of(sim) > 0)
        .await;
    eventually("everything is done", || is_quiet(&bot)).await;
    assert_eq!(
        answer_of(&town.sim),
        1,
        "{kind:?}: answered once (seen to fail: {asked_in_vain})"
    );
    assert!(
        town.moderate("/setup show").await.contains("Asia/Tokyo"),
        "what was said is so"
    );
    assert_eq!(bot.status().dead_letters, 0, "{kind:?}");
    town.everybody_once().await;
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_internal_error_on_every_route_passes() {
    weathers(FaultKind::Status(500), 6).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_requests_on_every_route_passes() {
    weathers(
        FaultKind::RateLimit {
            retry_after: 0.3,
            global: false,
            scope: Scope::User,
        },
        4,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_requests_everywhere_at_once_passes() {
    weathers(
        FaultKind::RateLimit {
            retry_after: 0.3,
            global: true,
            scope: Scope::Global,
        },
        4,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_are_lost_on_every_route_are_made_again() {
    weathers(FaultKind::DropRequest, 6).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_are_lost_on_every_route_double_nothing() {
    weathers(FaultKind::DropAnswer, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_that_hangs_on_every_route_passes() {
    weathers(FaultKind::Hang, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_for_going_too_fast_stay_few() {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    let before = town.sim.counters().invalid_requests;
    // As unhelpful as it gets: no time is named, so that the bot must slow down by itself.
    town.sim.fail_all(FaultKind::RateLimit {
        retry_after: 0.0,
        global: false,
        scope: Scope::User,
    });
    let begun = town.sim.snapshot().now_ms;
    let ida = town.newcomer("Ida");
    town.until("three tries", |sim| {
        sim.counters().invalid_requests >= before + 3
    })
    .await;
    let took = town.sim.snapshot().now_ms - begun;
    assert!(took >= 1_500, "three refused tries within {took} ms");
    town.sim.heal();
    town.greeted(&[ida]).await;
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn discords_limits_are_kept_without_being_told() {
    let town = Town::with(SimConfig::default()).await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    let crowd: Vec<Id> = (0..12)
        .map(|n| town.newcomer(&format!("Raider {n}")))
        .collect();
    for user in &crowd[..8] {
        town.sim.leave(town.guild, *user);
    }
    for line in [
        "/ping",
        "/about",
        "/setup show",
        "/help",
        "/setup zone zone:UTC",
        "/welcome preview",
    ] {
        town.moderate(line).await;
    }
    town.greeted(&crowd).await;
    for n in 0..8 {
        town.logged(&format!("Raider {n}")).await;
    }
    eventually("everything is done", || is_quiet(&bot)).await;
    let requests = town.sim.requests();
    let refused: Vec<_> = requests
        .iter()
        .filter(|request| request.status >= 400)
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_whose_answer_is_lost_is_there_once() {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    town.sim
        .fail_next(Fault::on("POST", MESSAGES), 2, FaultKind::DropAnswer);
    let (ida, otto) = (town.newcomer("Ida"), town.newcomer("Otto"));
    town.greeted(&[ida, otto]).await;
    eventually("everything is done", || is_quiet(&bot)).await;
    town.everybody_once().await;
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_whose_nonce_discord_has_forgotten_is_looked_up_and_not_doubled() {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    // Three failures make time to lose the gateway, over which the bot would see its own message.
    town.sim.fail_next(Fault::on("POST", MESSAGES), 3, BUSY);
    town.sim
        .fail_next(Fault::on("POST", MESSAGES), 1, FaultKind::DropAnswer);
    let ida = town.newcomer("Ida");
    town.until("three tries fail", |sim| is_posted(sim, 503) == 3)
        .await;
    gone_offline(&town, &bot).await;
    town.until("the message is there", |sim| {
        sim.message_count(town.welcome) == 1
    })
    .await;
    assert_eq!(bot.status().outbox, 1, "and the bot does not know");
    town.sim.advance(Duration::from_secs(150));
    bot.hub().clock.turn_on(Span::seconds(150));
    eventually("the bot finds out", || bot.status().outbox == 0).await;
    let looked = town
        .sim
        .requests_to("GET", "/channels/{channel_id}/messages")
        .len();
    assert_eq!(looked, 1, "it looked before it spoke");
    town.sim.gateway_down(false);
    town.until("the bot is back", Simulator::is_connected).await;
    town.greeted(&[ida]).await;
    town.everybody_once().await;
    bot.stop().await;
}

// --- Death --------------------------------------------------------------------------------------

/// Kills the bot between commit and answer, while its first message meets `kind`.
async fn killed_while_speaking(kind: FaultKind) {
    let town = Town::new().await;
    let process = Process::start(&town.sim, town.data.path());
    town.ready().await;
    town.furnish_by_command().await;
    town.sim.fail_next(Fault::on("POST", MESSAGES), 1, kind);
    let ida = town.newcomer("Ida");
    town.until("the message is on its way", |sim| sim.pending_faults() == 0)
        .await;
    process.kill();
    town.sim.heal();
    let process = Process::start(&town.sim, town.data.path());
    town.greeted(&[ida]).await;
    town.everybody_once().await;
    assert!(process.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_committed_and_not_sent_is_said_once_after_a_kill() {
    killed_while_speaking(FaultKind::Hang).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_before_a_kill_is_not_said_again() {
    killed_while_speaking(FaultKind::DropAnswer).await;
}

/// How often somebody was told the answer: in the place of the answer, or directly.
fn times_told(town: &Town, asked: &InteractionHandle, part: &str) -> usize {
    let letters = letters(&town.sim, town.moderator);
    let answer = asked
        .so_far()
        .is_some_and(|answer| answer.text().contains(part));
    letters.iter().filter(|text| text.contains(part)).count() + usize::from(answer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_a_kill_held_back_is_told_once() {
    let town = Town::new().await;
    let process = Process::start(&town.sim, town.data.path());
    town.ready().await;
    town.sim
        .fail_next(Fault::on("POST", "/callback"), 1, FaultKind::Hang);
    let asked = town.asks(town.moderator, "/setup zone zone:Asia/Tokyo");
    town.until("the answer is on its way", |sim| sim.pending_faults() == 0)
        .await;
    process.kill();
    // Discord forgets the interaction's first response, but not the person.
    town.sim.advance(Duration::from_secs(5));
    let process = Process::start(&town.sim, town.data.path());
    town.until("the asker is told", |_| {
        times_told(&town, &asked, "Asia/Tokyo") > 0
    })
    .await;
    assert!(town.moderate("/setup show").await.contains("Asia/Tokyo"));
    assert!(process.terminate().await.success());
    assert_eq!(times_told(&town, &asked, "Asia/Tokyo"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_whose_author_saw_it_fail_is_not_carried_out_later() {
    let town = Town::new().await;
    let process = Process::start(&town.sim, town.data.path());
    town.ready().await;
    town.moderate("/setup zone zone:Europe/Paris").await;
    process.kill();
    let asked = town.asks(town.moderator, "/setup zone zone:Asia/Tokyo");
    town.sim.advance(Duration::from_secs(60));
    assert!(asked.failed(), "nobody answered");
    let process = Process::start(&town.sim, town.data.path());
    let resumed = |sim: &Simulator| sim.counters().resumes == 1;
    town.until("the bot is back", resumed).await;
    let report = town.moderate("/setup show").await;
    assert!(report.contains("Europe/Paris"), "{report}");
    assert_eq!(times_told(&town, &asked, "Asia/Tokyo"), 0);
    assert!(process.terminate().await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_at_the_start_is_waited_out() {
    let town = Town::new().await;
    town.sim.fail_all(BUSY);
    town.sim.gateway_down(true);
    let mut process = Process::start(&town.sim, town.data.path());
    town.until("it asks again", |_| town.faults() >= 3).await;
    assert_eq!(process.ended(), None, "it waits");
    town.sim.heal();
    town.ready().await;
    town.moderate("/ping").await;
    assert!(process.terminate().await.success());
}

// --- The disk -----------------------------------------------------------------------------------

async fn bot_on(town: &Town, memory: &Memory) -> Bot {
    let store = memory.open(7).expect("memory opens");
    let bot = Bot::start_on(
        store,
        options(&town.sim, town.data.path()),
        Arc::new(Clock::default()),
    );
    let bot = bot.await.expect("the bot starts");
    town.ready().await;
    bot
}

fn welcome_of(guild: Id) -> Key {
    head_key(Address::guild(
        Kind::Welcome,
        GuildId::new(guild).expect("not zero"),
    ))
}

fn raw(memory: &Memory, key: &Key) -> Option<Vec<u8>> {
    let image = memory.image();
    image
        .pairs()
        .find(|(found, _)| *found == key.bytes())
        .map(|(_, value)| value.to_vec())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_record_costs_its_feature_there_and_nothing_else() {
    let town = Town::new().await;
    let other = Neighbours::move_in(&town.sim);
    let memory = Memory::default();
    let bot = bot_on(&town, &memory).await;
    town.furnish(&bot).await;
    other.furnish(&town.sim).await;
    bot.stop().await;

    let key = welcome_of(town.guild);
    memory.tamper(key.bytes(), |value| {
        let mut value = value.expect("the welcome desk has a record");
        *value.last_mut().expect("it is not empty") ^= 1;
        Some(value)
    });
    let damaged = raw(&memory, &key);

    let bot = bot_on(&town, &memory).await;
    town.until("the bot is back", Simulator::is_connected).await;
    let answer = town.moderate("/welcome preview").await;
    assert!(
        answer.contains("Something is wrong with this feature's data"),
        "{answer}"
    );
    assert!(
        town.moderate("/setup show")
            .await
            .contains("Guildhall in Townsville")
    );
    let ida = town.newcomer("Ida");
    let wanda = town.sim.add_user("Wanda");
    town.sim.join(other.guild, wanda);
    seen(&town.sim, "the other guild greets", |sim| {
        mentions(sim, other.welcome).get(&wanda).copied()
    })
    .await;
    eventually("Ida's join is set aside", || bot.status().parked >= 2).await;
    assert_eq!(town.greetings().get(&ida), None);
    assert_eq!(bot.status().quarantined, 1);
    assert!(town.about("Set aside").await.contains("damaged records 1"));
    bot.stop().await;
    assert_eq!(
        raw(&memory, &key),
        damaged,
        "what is damaged is kept as it is"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_stops_the_intake_and_loses_nothing() {
    let town = Town::new().await;
    let memory = Memory::default();
    let bot = bot_on(&town, &memory).await;
    town.furnish(&bot).await;
    let said_before = town.sim.message_count(town.welcome);

    memory.set_full(true);
    let asked = town.asks(town.moderator, "/setup zone zone:Asia/Tokyo");
    let ida = town.newcomer("Ida");
    eventually("the intake stops", || !bot.hub().has_room()).await;
    eventually("health shows it", || bot.status().store_lag_ms > 0).await;
    town.until("the asker is told to wait", |_| asked.so_far().is_some())
        .await;
    assert_eq!(
        asked.so_far().map(|answer| answer.text()).as_deref(),
        Some(""),
        "nothing is promised"
    );
    let otto = town.newcomer("Otto");
    assert_eq!(
        town.sim.message_count(town.welcome),
        said_before,
        "and nothing is said"
    );

    memory.set_full(false);
    let answer = asked
        .answer(crate::support::SOON)
        .await
        .expect("the answer follows");
    assert!(answer.text().contains("Asia/Tokyo"), "{}", answer.text());
    town.greeted(&[ida, otto]).await;
    eventually("everything is done", || is_quiet(&bot)).await;
    town.everybody_once().await;
    let disk = memory.image();
    bot.stop().await;

    let bot = bot_on(&town, &Memory::from_image(disk)).await;
    town.until("the bot is back", Simulator::is_connected).await;
    assert!(
        town.moderate("/setup show").await.contains("Asia/Tokyo"),
        "what was answered is durable"
    );
    bot.stop().await;
}

/// Another guild of the same bot.
struct Neighbours {
    guild: Id,
    general: Id,
    welcome: Id,
    moderator: Id,
}

impl Neighbours {
    fn move_in(sim: &Simulator) -> Self {
        let moderator = sim.add_user("Nat the Neighbour");
        let options = GuildOptions {
            owner: Some(moderator),
            ..GuildOptions::default()
        };
        let guild = sim.create_guild("Nextdoor", &options);
        let channel = |name| sim.create_channel(guild, name, ChannelKind::Text);
        Self {
            guild,
            general: channel("general"),
            welcome: channel("welcome"),
            moderator,
        }
    }

    async fn furnish(&self, sim: &Simulator) {
        let line = "/welcome join channel:#welcome message:Hi {user}";
        let asked = sim
            .command(self.general, self.moderator, line)
            .expect("a valid command");
        asked.answer(crate::support::SOON).await.expect("an answer");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_says_how_far_the_clocks_are_apart() {
    let config = SimConfig {
        rate_limits: false,
        ..SimConfig::default()
    };
    config.clock.advance(Duration::from_secs(3_600));
    let town = Town::with(config).await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    let ida = town.newcomer("Ida");
    town.greeted(&[ida]).await;
    assert!(town.about("Clock").await.ends_with("ms ahead"));
    let offset = bot
        .status()
        .clock_offset_ms
        .expect("Discord's answers carry dates");
    assert!((3_590_000..=3_600_000).contains(&offset), "{offset}");
    town.everybody_once().await;
    bot.stop().await;
}
