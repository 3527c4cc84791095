//! Servers that remove the bot: what it knows waits for it to be invited again, and is forgotten when nobody does,
//! with a last copy for the owner.

use crate::{
    acts::{eventually, is_quiet},
    mydata::traces,
    states::of_store,
    support::Town,
};
use actors::kernel::{record::Space, time::Span};
use guildhall::bot::Bot;
use std::{fs, process::Command, time::Duration};

impl Town {
    /// Days pass.
    fn days_pass(&self, bot: &Bot, days: u64) {
        self.sim.advance(Duration::from_secs(days * 86_400));
        bot.hub().clock.turn_on(Span::days(days.cast_signed()));
    }

    /// The bot is thrown out, and knows it.
    async fn throws_out(&self, bot: &Bot) {
        self.sim.remove_bot(self.guild);
        let knows = || {
            !bot.hub()
                .guilds()
                .iter()
                .any(|guild| guild.get() == self.guild)
        };
        eventually("the bot knows", knows).await;
        eventually("all is done", || is_quiet(bot)).await;
    }

    /// What the command line says.
    fn farewell(&self, line: &[&str]) -> String {
        let said = Command::new(env!("CARGO_BIN_EXE_guildhall"))
            .arg("farewell")
            .args(line)
            .arg("--data")
            .arg(self.data.path())
            .current_dir(self.data.path())
            .output()
            .expect("it runs");
        let text = [said.stdout, said.stderr].concat();
        String::from_utf8(text).expect("it speaks UTF-8")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_removed_the_bot_is_forgotten_after_a_grace_with_a_farewell() {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    let ann = town.newcomer("Ann");
    town.greeted(&[ann]).await;
    town.sim.say(town.general, ann, "hello");
    let seen = format!("/presence user user:{ann}");
    let before = town.moderate(&seen).await;
    assert!(before.contains("1 message,"), "{before}");

    // Invited again in time: everything is as it was.
    town.throws_out(&bot).await;
    town.days_pass(&bot, 29);
    bot.say_farewell().await.expect("there is nothing to do");
    town.sim.invite_bot(town.guild);
    eventually("the bot is back", || !bot.hub().guilds().is_empty()).await;
    eventually("all is done", || is_quiet(&bot)).await;
    let after = town.moderate(&seen).await;
    assert!(
        after.contains("1 message,") && after.contains("minus 29 days"),
        "{after}"
    );
    assert_eq!(town.greetings()[&ann], 1);
    let bea = town.newcomer("Bea");
    town.greeted(&[bea]).await;

    // Discord cannot serve it for long: nobody has left.
    town.sim.set_unavailable(town.guild, true);
    town.days_pass(&bot, 40);
    bot.say_farewell().await.expect("there is nothing to do");
    assert_eq!(town.farewell(&["list"]), "No farewells wait.\n");
    town.sim.set_unavailable(town.guild, false);
    eventually("all is done", || is_quiet(&bot)).await;

    // Not invited again.
    town.throws_out(&bot).await;
    town.days_pass(&bot, 31);
    let reconnected = || bot.status().gateway == "connected";
    eventually("it would hear of an invitation", reconnected).await;
    bot.say_farewell().await.expect("it is written down");
    eventually("all is done", || is_quiet(&bot)).await;
    bot.say_farewell().await.expect("it is done already");
    let list = town.farewell(&["list"]);
    assert!(
        list.contains("Townsville") && list.lines().count() == 1,
        "{list}"
    );
    let guild = town.guild.to_string();
    town.farewell(&["fetch", &guild, "--to", "fetched.jsonl"]);
    let fetched = fs::read_to_string(town.data.path().join("fetched.jsonl")).expect("a file");
    for known in [ann, town.welcome] {
        assert!(fetched.contains(&known.to_string()), "{fetched}");
    }
    assert!(
        fetched
            .lines()
            .all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok())
    );
    bot.stop().await;
    assert_eq!(traces(&town, ann), [""; 0]);
    let rows = of_store(town.data.path());
    let rows = rows.keys().filter(|key| key.space() == Some(Space::Row));
    assert_eq!(rows.count(), 0);
    assert!(town.farewell(&["drop", &guild]).contains("Removed."));
    assert_eq!(town.farewell(&["list"]), "No farewells wait.\n");

    // A stranger from now on.
    let bot = town.bot().await;
    town.sim.invite_bot(town.guild);
    eventually("the bot is back", || !bot.hub().guilds().is_empty()).await;
    let shown = town.moderate("/setup show").await;
    assert!(!shown.contains("greets in"), "{shown}");
    bot.stop().await;
}
