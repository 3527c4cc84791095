//! A member who does nothing for days, from the first mark to coming back, while the bot is killed at it.

use crate::{
    acts::{eventually, is_quiet, seen},
    process::Process,
    support::{SOON, Town, text},
};
use actors::kernel::{
    address::{Address, Kind},
    ids::GuildId,
    time::{Span, Timestamp},
};
use guildhall::bot::Bot;
use serde_json::Value;
use simulator::{Fault, FaultKind, Id, Simulator};
use std::time::Duration;

/// The custom id of the first button below a message that has it in its id.
fn button(message: &Value, part: &str) -> Option<String> {
    let rows = message["components"].as_array()?.iter();
    let buttons = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
    let mut ids = buttons.filter_map(|button| button["custom_id"].as_str());
    ids.find(|id| id.contains(part)).map(str::to_owned)
}

fn id_of(message: &Value) -> Id {
    let id = message["id"].as_str().and_then(|id| id.parse().ok());
    id.expect("messages have ids")
}

impl Town {
    /// When the next round over the members is due.
    fn round(&self, bot: &Bot) -> Option<Timestamp> {
        let guild = GuildId::new(self.guild).expect("not zero");
        let tracker = Address::guild(Kind::Presence, guild);
        bot.hub().core(|core| {
            let mut timers = core.timers().iter();
            let round = timers.find(|(_, address, key)| *address == tracker && *key == "round");
            round.map(|(due, ..)| due)
        })
    }

    /// Time passes until `to`, for the bot and for Discord.
    fn pass_to(&self, bot: &Bot, to: Timestamp) -> Span {
        let span = to.since(bot.hub().clock.now()).max(Span::ZERO);
        let ms = u64::try_from(span.as_millis()).expect("time goes on");
        self.sim.advance(Duration::from_millis(ms));
        bot.hub().clock.turn_on(span);
        bot.hub().clock_turned();
        span
    }

    /// Time passes until the next round was made. Returns how much.
    async fn next_round(&self, bot: &Bot) -> Span {
        let due = self.round(bot).expect("there is a next round");
        let passed = self.pass_to(bot, due + Span::millis(1));
        eventually("a round is made", || {
            self.round(bot).is_some_and(|next| next > due) && is_quiet(bot)
        })
        .await;
        passed
    }

    fn roles(&self, user: Id) -> Vec<String> {
        let member = self.sim.member(self.guild, user).expect("they are here");
        let roles = member["roles"].as_array().into_iter().flatten();
        roles
            .filter_map(|role| role.as_str().map(str::to_owned))
            .collect()
    }

    /// The message of the log channel with these words.
    async fn told_in_log(&self, words: &str) -> Value {
        let log = self.log;
        seen(&self.sim, words, |sim: &Simulator| {
            let messages = sim.messages(log);
            messages
                .into_iter()
                .find(|message| text(message).contains(words))
        })
        .await
    }

    pub(crate) async fn uses(&self, message: &Value, part: &str) -> String {
        let id = button(message, part).unwrap_or_else(|| panic!("no {part} below {message}"));
        let pressed = self.sim.click(id_of(message), &id, self.moderator);
        let answer = pressed.expect("it can be pressed").answer(SOON).await;
        answer.expect("an answer").text()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_nothing_is_removed_once_though_the_bot_is_killed_and_gets_their_roles_back() {
    let town = Town::new().await;
    let (ann, bob) = (town.newcomer("Ann"), town.newcomer("Bob"));
    let vip = town.sim.create_role(town.guild, "VIP", 0);
    let idle = town.sim.create_role(town.guild, "Inactive", 0);
    town.sim.give_role(town.guild, ann, vip);
    let mut options = town.options();
    options.data = town.data.path().join("data");
    let bot = town.bot_with(options).await;
    eventually("everybody is known", || is_quiet(&bot)).await;
    town.moderate(&format!(
        "/presence settings inactive_after_days:1 role:<@&{idle}> kick:True kick_after_days:1 grace_days:1 percent:50"
    ))
    .await;
    town.moderate("/setup log channel:#mod-log").await;
    let shown = town.moderate("/presence run").await;
    assert!(shown.contains("dry run"), "{shown}");
    let preview = town
        .asks(town.moderator, "/presence preview")
        .answer(SOON)
        .await;
    let armed = town
        .uses(&preview.expect("a preview").message, ":arm:")
        .await;
    assert!(armed.contains("switched on"), "{armed}");

    // Bob writes something every few hours, and nobody else does anything.
    let mut ahead = Span::ZERO;
    let told = loop {
        let passed = town.next_round(&bot).await;
        ahead = Span::millis(ahead.as_millis() + passed.as_millis());
        town.sim.say(town.general, bob, "still here");
        if !town.sim.dms(ann).is_empty() {
            break bot.hub().clock.now();
        }
    };
    assert_eq!(town.roles(ann), [vip.to_string(), idle.to_string()]);
    assert_eq!(town.roles(bob), [""; 0]);
    let warning = text(&town.sim.dms(ann)[0]);
    assert!(warning.contains("Townsville"), "{warning}");
    while town.round(&bot).expect("there is one") < told + Span::days(1) {
        let passed = town.next_round(&bot).await;
        ahead = Span::millis(ahead.as_millis() + passed.as_millis());
        town.sim.say(town.general, bob, "still here");
    }

    // The round that removes Ann is due in a moment, and belongs to another process.
    eventually("all is quiet", || is_quiet(&bot)).await;
    let due = town.round(&bot).expect("there is one");
    let passed = town.pass_to(&bot, due - Span::seconds(1));
    ahead = Span::millis(ahead.as_millis() + passed.as_millis());
    bot.stop().await;
    let file = town.data.path().join("ahead");
    std::fs::write(&file, ahead.as_millis().to_string()).expect("it can be written");
    let environment = [("CLOCK_AHEAD_FILE", file.to_str().expect("a plain path"))];
    let route = "/guilds/{guild_id}/members/{user_id}";
    town.sim
        .fail_next(Fault::on("DELETE", "/members/"), 1, FaultKind::DropAnswer);
    let process = Process::start_with(&town.sim, town.data.path(), &environment);
    seen(&town.sim, "Ann is removed", |sim: &Simulator| {
        (!sim.members(town.guild).contains(&ann)).then_some(())
    })
    .await;
    process.kill();

    let process = Process::start_with(&town.sim, town.data.path(), &environment);
    let removed = town.told_in_log("was removed for inactivity").await;
    assert!(text(&removed).contains(&format!("<@&{vip}>")), "{removed}");
    process.kill();
    let process = Process::start_with(&town.sim, town.data.path(), &environment);
    process.connected(&town.sim).await;
    assert_eq!(town.sim.requests_to("DELETE", route).len(), 1);
    assert_eq!(town.sim.dms(ann).len(), 1, "nobody is told twice");
    let promised = town.uses(&removed, ":roles:").await;
    assert!(promised.contains("when they return"), "{promised}");
    process.kill();

    let process = Process::start_with(&town.sim, town.data.path(), &environment);
    process.connected(&town.sim).await;
    assert!(town.sim.join(town.guild, ann));
    town.told_in_log("gets the roles from before").await;
    seen(&town.sim, "Ann has her role again", |_: &Simulator| {
        (town.roles(ann) == [vip.to_string()]).then_some(())
    })
    .await;
    assert!(process.terminate().await.success());
    let log = town.texts(town.log);
    let times = |words: &str| log.iter().filter(|text| text.contains(words)).count();
    assert_eq!(times("was removed for inactivity"), 1, "{log:#?}");
    assert_eq!(times("gets the roles"), 1, "{log:#?}");
    crate::judge::judged(&town.sim);
}
