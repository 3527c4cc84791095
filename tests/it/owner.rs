//! Text commands of whoever owns the application: who is obeyed, where they are read, and that they reach no
//! other server.

use crate::{
    acts::{eventually, is_quiet},
    process::Process,
    support::{SOON, Town, text},
};
use guildhall::bot::Bot;
use serde_json::Value;
use simulator::{ChannelKind, GuildOptions, Id, InteractionHandle};

/// What Discord grants but for the text of messages.
const NO_CONTENT: u64 = 1 << 13 | 1 << 15;

impl Town {
    /// Two people own the bot together, and are in the town.
    fn team(&self) -> [Id; 2] {
        let team = ["Dev", "Deb"].map(|name| self.newcomer(name));
        self.sim.set_application_owners(&team);
        team
    }

    fn mention(&self) -> String {
        format!("<@{}>", self.sim.bot_user_id())
    }

    /// What the bot said in #general.
    fn answers(&self) -> Vec<Value> {
        let bot = self.sim.bot_user_id().to_string();
        let mut said = self.sim.messages(self.general);
        said.retain(|message| message["author"]["id"] == bot.as_str());
        said
    }

    /// Somebody writes in #general, and the bot answers there.
    async fn orders(&self, user: Id, line: &str) -> String {
        let before = self.answers().len();
        self.sim.say(self.general, user, line);
        self.until(line, |_| self.answers().len() > before).await;
        let answers = self.answers();
        assert_eq!(answers.len(), before + 1, "{line} is answered once");
        let answer = &answers[before];
        assert!(answer["mentions"].as_array().is_some_and(Vec::is_empty));
        text(answer)
    }

    /// What is recorded of a member, as the owner of the server reads it there.
    async fn recorded(&self, channel: Id, user: Id) -> String {
        let line = format!("/presence user user:{user}");
        let asked = self.sim.command(channel, self.moderator, &line);
        let answer = asked.expect("a valid command").answer(SOON).await;
        let text = answer.expect("an answer").text();
        let lines = text.lines().filter(|line| !line.starts_with("Idle"));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Presses the button below the bot's last message in #general.
    fn takes_up(&self, user: Id) -> InteractionHandle {
        let last = self.answers().pop().expect("the bot said something");
        let id = last["id"].as_str().and_then(|id| id.parse().ok());
        let button = last["components"][0]["components"][0]["custom_id"].as_str();
        let pressed = self
            .sim
            .click(id.expect("an id"), button.expect("a button"), user);
        pressed.expect("it can be pressed")
    }
}

async fn quiet(bot: &Bot) {
    eventually("all is done", || is_quiet(bot)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_owns_the_bot_is_obeyed_where_they_write_and_nobody_else_is() {
    let town = Town::new().await;
    let [dev, deb] = town.team();
    let bot = town.bot().await;
    let options = GuildOptions {
        owner: Some(town.moderator),
        ..GuildOptions::default()
    };
    let other = town.sim.create_guild("Othertown", &options);
    let elsewhere = town.sim.create_channel(other, "general", ChannelKind::Text);
    let ann = town.newcomer("Ann");
    assert!(town.sim.join(other, ann));
    for channel in [town.general, elsewhere] {
        town.sim.say(channel, ann, "hello");
    }
    quiet(&bot).await;
    let there = town.recorded(elsewhere, ann).await;
    assert!(there.contains("1 message,"), "{there}");

    // Not even whoever owns the server.
    for stranger in [ann, town.moderator] {
        for order in [
            "?reset",
            "?setup",
            &format!("{} delete member {ann}", town.mention()),
        ] {
            town.sim.say(town.general, stranger, order);
        }
    }
    town.sim.say(town.general, dev, "?play something");
    town.sim.say(
        town.general,
        dev,
        &format!("{} good morning", town.mention()),
    );
    quiet(&bot).await;
    assert_eq!(town.answers(), Vec::<Value>::new());
    let here = town.recorded(town.general, ann).await;
    assert!(
        here.contains("4 messages,"),
        "what strangers write counts: {here}"
    );

    let unclear = town.orders(dev, "?delete role 7").await;
    assert!(
        unclear.starts_with("I know the types `member` and `channel`"),
        "{unclear}"
    );
    // Discord replays it, and it is done once.
    town.sim.duplicate_next_event(1);
    let deleted = town.orders(deb, &format!("?delete member <@{ann}>")).await;
    assert!(deleted.contains("is deleted"), "{deleted}");
    let here = town.recorded(town.general, ann).await;
    assert!(here.contains("I have not seen"), "{here}");
    let channel = format!("?delete channel {}", town.general);
    assert!(town.orders(deb, &channel).await.contains("is deleted"));

    for n in 0..20 {
        town.sim.say(town.general, ann, "on and on");
        if n % 10 == 0 {
            let order = ["?reload", "?reload presence"][n / 10];
            let reloaded = town.orders(dev, order).await;
            assert!(reloaded.starts_with("These start again"), "{reloaded}");
        }
    }
    assert!(
        town.orders(dev, "?setup")
            .await
            .starts_with("I read the member list")
    );
    quiet(&bot).await;
    let here = town.recorded(town.general, ann).await;
    assert!(here.contains("20 messages,"), "{here}");
    let devs = town.recorded(town.general, dev).await;
    assert!(
        devs.contains("6 messages,"),
        "commands are messages too: {devs}"
    );
    assert_eq!(town.recorded(elsewhere, ann).await, there);
    assert_eq!(town.answers().len(), 6, "each order is answered once");
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_message_content_a_mention_is_needed_and_in_private_it_is_said_where() {
    let town = Town::new().await;
    town.sim.set_application_flags(NO_CONTENT);
    let [dev, _] = town.team();
    let bot = town.bot().await;
    town.moderate("/messages settings record:True").await;
    town.sim.say(town.general, dev, "?setup");
    let mention = town.mention();
    for order in ["?reload info", "reload info"] {
        let reloaded = town.orders(dev, &format!("{mention} {order}")).await;
        assert!(reloaded.contains("info"), "{reloaded}");
    }
    assert_eq!(
        town.answers().len(),
        2,
        "what we are not shown is not obeyed"
    );

    let counted = town.moderate("/messages stats").await;
    assert!(
        counted.contains("5 messages in"),
        "commands and answers are messages too: {counted}"
    );

    town.sim.say_dm(dev, "?reset");
    town.until("it is answered", |sim| {
        sim.dms(dev)
            .iter()
            .any(|said| text(said) == "Use it in the server it is for.")
    })
    .await;
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_bot_may_not_write_it_obeys_in_silence() {
    let town = Town::new().await;
    let [dev, _] = town.team();
    let bot = town.bot().await;
    let ann = town.newcomer("Ann");
    town.sim.say(town.general, ann, "hello");
    let send = 1 << 11;
    let role = town.sim.bot_role(town.guild).expect("the bot has a role");
    town.sim
        .set_overwrite(town.general, simulator::OverwriteOf::Role, role, 0, send);
    town.sim
        .say(town.general, dev, &format!("?delete member {ann}"));
    quiet(&bot).await;
    assert_eq!(town.answers(), Vec::<Value>::new());
    let here = town.recorded(town.welcome, ann).await;
    assert!(here.contains("I have not seen"), "{here}");
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_outlives_a_kill_between_word_button_form_and_undo() {
    let town = Town::new().await;
    let [dev, _] = town.team();
    let again = async |process: Option<Process>| {
        if let Some(process) = process {
            process.kill();
        }
        let process = Process::start(&town.sim, town.data.path());
        process.connected(&town.sim).await;
        process
    };
    let process = again(None).await;
    town.ready().await;
    let ann = town.newcomer("Ann");
    town.sim.say(town.general, ann, "hello");
    let offer = town.orders(dev, "?reset").await;
    assert!(
        offer.starts_with("This forgets what is recorded here"),
        "{offer}"
    );

    let process = again(Some(process)).await;
    let refused = town.takes_up(town.moderator).answer(SOON).await;
    let refused = refused.expect("an answer").text();
    assert!(
        refused.starts_with("This button is for whoever owns this bot"),
        "{refused}"
    );
    let form = town.takes_up(dev);
    form.answer(SOON).await.expect("a form");

    let process = again(Some(process)).await;
    let sent = town.sim.submit_modal(&form, &[("name", "Townsville")]);
    let reset = sent
        .expect("it can be sent")
        .answer(SOON)
        .await
        .expect("an answer");
    assert!(reset.text().contains("begins anew"), "{}", reset.text());
    let gone = town.recorded(town.general, ann).await;
    assert!(!gone.contains("1 message,"), "{gone}");

    let process = again(Some(process)).await;
    let undone = town.confirms(dev, &reset).await.text();
    assert!(undone.contains("comes back"), "{undone}");
    let back = async || {
        town.recorded(town.general, ann)
            .await
            .contains("1 message,")
    };
    for _ in 0..1_000 {
        if back().await {
            break;
        }
    }
    assert!(back().await);
    assert_eq!(town.answers().len(), 1, "the word was obeyed once");
    process.terminate().await;
}
