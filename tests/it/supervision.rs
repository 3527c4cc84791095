//! Bugs of ours and floods from outside: a machine that panics is started again and gets its input again,
//! an input nobody can handle is set aside, and what is too much waits at Discord.

use crate::{
    acts::{eventually, is_quiet, mentions, seen},
    process::Process,
    support::{SOON, Town},
};
use guildhall::{
    bot::Bot,
    runtime::hub::{FEW_WAITING, MAX_WAITING},
};
use simulator::{ChannelKind, GuildOptions, Id};

fn restarts(bot: &Bot) -> u64 {
    bot.hub().meters.restarts.get()
}

fn panic_on(bot: &Bot, whom: &str, times: u32) {
    bot.hub().sabotage.panic_on(whom, times);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_that_panics_is_started_again_and_gets_its_input_again() {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    panic_on(&bot, "Ida", 1);
    panic_on(&bot, "setup zone", 2);
    let (ida, otto) = (town.newcomer("Ida"), town.newcomer("Otto"));
    let answer = town.moderate("/setup zone zone:Asia/Tokyo").await;
    assert!(answer.contains("Asia/Tokyo"), "{answer}");
    town.greeted(&[ida, otto]).await;
    eventually("everything is done", || is_quiet(&bot)).await;
    assert_eq!(restarts(&bot), 3);
    assert_eq!(bot.status().parked, 0);
    town.everybody_once().await;
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_input_that_always_panics_is_set_aside_after_three_tries_and_the_rest_goes_on() {
    let town = Town::new().await;
    let (there, there_welcome) = another_guild(&town);
    let bot = town.bot().await;
    town.furnish(&bot).await;
    for name in ["Poison", "Ida", "Wanda"] {
        panic_on(&bot, name, if name == "Poison" { u32::MAX } else { 0 });
    }
    let before = town.newcomer("Ida");
    let poison = town.newcomer("Poison");
    let after = town.newcomer("Otto");
    // Another feature of the same guild, and the same feature elsewhere.
    let answer = town.moderate("/setup zone zone:Asia/Tokyo").await;
    assert!(answer.contains("Asia/Tokyo"), "{answer}");
    let wanda = town.sim.add_user("Wanda");
    switch_on(&town, there, there_welcome).await;
    town.sim.join(there, wanda);
    seen(&town.sim, "the other guild greets", |sim| {
        mentions(sim, there_welcome).get(&wanda).copied()
    })
    .await;
    town.greeted(&[before, after]).await;
    eventually("it is set aside", || bot.status().parked == 1).await;
    assert_eq!(restarts(&bot), 3, "three tries");
    assert!(town.about("Set aside").await.ends_with("parked inputs 1"));
    eventually("everything is done", || is_quiet(&bot)).await;
    assert_eq!(town.greetings().get(&poison), None);
    bot.stop().await;

    // It is durable that it was set aside: the next life neither gets it again nor forgets it.
    let bot = town.bot().await;
    town.until("the bot is back", |sim| sim.counters().resumes == 1)
        .await;
    town.everybody_once().await;
    eventually("everything is done", || is_quiet(&bot)).await;
    assert_eq!(town.greetings().get(&poison), None);
    assert_eq!((restarts(&bot), bot.status().parked), (0, 1));
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_that_fails_all_the_time_does_not_hold_up_the_position() {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    // Ten failures within a minute are enough.
    for n in 0..6 {
        panic_on(&bot, &format!("Poison {n}"), u32::MAX);
        town.newcomer(&format!("Poison {n}"));
    }
    eventually("the bot gives up on the machine", || {
        bot.status().parked >= 6
    })
    .await;
    let ida = town.newcomer("Ida");
    eventually("what comes for it is set aside", || {
        bot.status().parked >= 7
    })
    .await;
    let answer = town.moderate("/setup show").await;
    assert!(answer.contains("Guildhall in"), "{answer}");
    let refused = town.moderate("/welcome preview").await;
    assert!(refused.contains("set it aside"), "{refused}");
    eventually("nothing waits", || is_quiet(&bot)).await;
    assert_eq!(restarts(&bot), 10);
    assert_eq!(town.greetings().get(&ida), None);
    bot.stop().await;
    let bot = town.bot().await;
    town.until("the bot is back", |sim| sim.counters().resumes == 1)
        .await;
    assert_eq!(town.sim.counters().replayed, 0, "nothing was held up");
    bot.stop().await;
}

/// The worst of inputs ends the whole process. After three early ends the bot handles one input at a time
/// and notes each before; the one it was at when it died is set aside.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_input_that_ends_the_process_is_set_aside_after_a_few_lives() {
    let town = Town::new().await;
    let home = town.data.path();
    let deadly = [("SABOTAGE_DIES_ON", "Poison")];
    let mut process = Process::start_with(&town.sim, home, &deadly);
    town.ready().await;
    town.furnish_by_command().await;
    let ida = town.newcomer("Ida");
    town.greeted(&[ida]).await;
    let poison = town.newcomer("Poison");
    let otto = town.newcomer("Otto");
    let mut lives = 1;
    while !town.greetings().contains_key(&otto) {
        eventually("it dies, or greets Otto", || {
            process.ended().is_some() || town.greetings().contains_key(&otto)
        })
        .await;
        if process.ended().is_some() {
            lives += 1;
            // A life may get a little further than the one before, and the count begins anew.
            assert!(lives < 40, "it dies for ever");
            process = Process::start_with(&town.sim, home, &deadly);
        }
    }
    assert!(lives > 3, "it dies a few times before it takes care");
    assert!(town.about("Set aside").await.ends_with("parked inputs 1"));
    assert_eq!(town.greetings().get(&poison), None);
    town.everybody_once().await;
    assert_eq!(town.sim.counters().identifies, 1, "no event was lost");
    assert!(process.terminate().await.success());
}

fn another_guild(town: &Town) -> (Id, Id) {
    let options = GuildOptions {
        owner: Some(town.moderator),
        ..GuildOptions::default()
    };
    let guild = town.sim.create_guild("Nextdoor", &options);
    let welcome = town.sim.create_channel(guild, "welcome", ChannelKind::Text);
    (guild, welcome)
}

async fn switch_on(town: &Town, guild: Id, welcome: Id) {
    let line = "/welcome join channel:#welcome message:Hi {user}";
    let asked = town.sim.command(welcome, town.moderator, line);
    let answer = asked.expect("a valid command").answer(SOON).await;
    assert!(answer.is_some(), "the desk of {guild} is switched on");
}

// --- Floods -------------------------------------------------------------------------------------

/// While the machines do nothing, more comes than may wait. What does not fit stays in the socket, then
/// at Discord: the connection is let go with a code that keeps the session, and RESUME brings the rest.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_waits_at_discord_and_not_in_memory() {
    let town = Town::new().await;
    let mut guilds = vec![(town.guild, town.welcome)];
    guilds.extend((0..9).map(|_| another_guild(&town)));
    let bot = town.bot().await;
    for (guild, welcome) in &guilds {
        switch_on(&town, *guild, *welcome).await;
    }
    eventually("everything is done", || is_quiet(&bot)).await;
    let before = town.sim.counters();

    bot.hub().hold_machines(true);
    let most = std::cell::Cell::new(0);
    let waiting = || {
        let now = bot.hub().core(|core| core.waiting());
        most.set(most.get().max(now));
        now
    };
    // More than the ledger takes, and for no machine more than it may have; then more than the shard's
    // buffer takes.
    let each = 1_700;
    let talker = town.general;
    let moderator = town.moderator;
    let sim = town.sim.clone();
    let crowd = guilds.clone();
    let flood = tokio::task::spawn_blocking(move || {
        for n in 0..each {
            for (guild, _) in &crowd {
                let user = sim.add_user(&format!("Guest {n}"));
                sim.join(*guild, user);
            }
        }
        for _ in 0..4_500 {
            sim.typing(talker, moderator);
            sim.say(talker, moderator, "help");
        }
    });
    eventually("the ledger is full", || waiting() >= MAX_WAITING).await;
    assert!(!bot.hub().has_room());
    flood.await.expect("the flood does not panic");
    eventually("the connection is let go", || {
        waiting();
        bot.status().gateway == "offline"
    })
    .await;
    let closed = town.sim.counters().last_close_code;
    assert_eq!(closed, None, "not Discord closed it");

    bot.hub().hold_machines(false);
    // The greetings themselves leave as slowly as Discord wants.
    eventually("all is taken in", || {
        waiting();
        bot.status().gateway == "connected" && bot.hub().core(|core| core.decided())
    })
    .await;
    let after = town.sim.counters();
    assert_eq!(after.identifies, before.identifies, "the session was kept");
    assert_eq!(after.resumes, before.resumes + 1, "and resumed");
    assert_eq!(bot.status().gaps_total, 0);
    // One frame may lead to an input in each of a few machines.
    let bound = MAX_WAITING + 8;
    assert!(
        (FEW_WAITING..=bound).contains(&most.get()),
        "{}",
        most.get()
    );
    assert_eq!(bot.status().parked, 0, "nothing was set aside");
    for (guild, _) in &guilds {
        let known = members_known(&bot, *guild);
        assert!(known >= each, "{known} of {each} are known in {guild}");
    }
    bot.stop().await;
}

/// How many members the welcome desk of a guild knows.
fn members_known(bot: &Bot, guild: Id) -> usize {
    use actors::kernel::{
        address::{Address, Kind},
        ids::GuildId,
        record::{Key, Space},
    };
    let desk = Address::guild(Kind::Welcome, GuildId::new(guild).expect("not zero"));
    let rows = Key::of(Space::Row, desk, &[]);
    let page = bot.reader().scan_prefix(&rows, &rows, 10_000);
    page.expect("the store reads").entries.len()
}
