//! When members were last active, as people read it.

use crate::{
    acts::{eventually, is_quiet},
    support::{SOON, Town},
};
use actors::kernel::time::Span;
use serde_json::Value;
use simulator::{AnswerKind, ChannelKind, Id, InteractionAnswer};
use std::time::Duration;

impl Town {
    async fn seen(&self, user: Id) -> String {
        let answer = self
            .asks(self.moderator, &format!("/seen user:<@{user}>"))
            .answer(SOON)
            .await;
        answer.expect("an answer").text()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_member_has_just_done_is_in_the_answer() {
    let town = Town::new().await;
    let bot = town.bot().await;
    let ann = town.newcomer("Ann");
    for n in 1..=20 {
        town.sim.say(town.general, ann, "hello");
        let seen = town.seen(ann).await;
        let wrote = if n == 1 { "message" } else { "messages" };
        assert!(seen.contains(&format!("{n} {wrote},")), "after {n}: {seen}");
    }
    // Nobody asks between these: they become one turn.
    for _ in 0..20 {
        town.sim.typing(town.general, ann);
    }
    eventually("signs of life are merged, and counted", || {
        bot.hub().core(|core| core.merged()) > 0
    })
    .await;
    let lounge = town
        .sim
        .create_channel(town.guild, "lounge", ChannelKind::Voice);
    assert!(town.sim.join_voice(lounge, ann));
    assert!(
        town.seen(ann)
            .await
            .contains(&format!("now in <#{lounge}>"))
    );
    bot.stop().await;

    // It is remembered, and who left voice meanwhile is no longer there.
    town.sim.leave_voice(town.guild, ann);
    town.sim.refuse_resume_next(1);
    let bot = town.bot().await;
    eventually("the gap is closed", || is_quiet(&bot)).await;
    let seen = town.seen(ann).await;
    assert!(seen.contains("20 messages,"), "{seen}");
    assert!(!seen.contains("now in"), "{seen}");
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_recorded_where_moderators_do_not_want_it() {
    let town = Town::new().await;
    let bot = town.bot().await;
    let ann = town.newcomer("Ann");
    town.sim.say(town.general, ann, "hello");
    town.moderate("/presence settings track:False").await;
    assert!(town.seen(ann).await.contains("not recorded"));
    town.moderate("/presence settings track:True").await;
    assert!(town.seen(ann).await.contains("not seen"));
    bot.stop().await;
}

/// The message of an answer, to press its buttons.
fn id_of(answer: &InteractionAnswer) -> Id {
    let id = answer.message["id"].as_str();
    id.and_then(|id| id.parse().ok()).expect("an id")
}

impl Town {
    async fn leafs(&self, message: Id, button: &str) -> InteractionAnswer {
        let id = format!("g1:presence:{button}");
        let handle = self.sim.click(message, &id, self.moderator);
        let answer = handle.expect("a button").answer(SOON).await;
        answer.expect("an answer")
    }

    /// What the newest uploaded file says.
    fn uploaded(&self) -> (String, String) {
        let requests = self.sim.requests();
        let file = requests
            .iter()
            .rev()
            .find_map(|request| request.files.first());
        let file = file.expect("a file was uploaded");
        (file.filename.clone(), file.text.clone())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_leafed_through_in_place_and_outlives_a_restart() {
    let town = Town::new().await;
    let bot = town.bot().await;
    let members: Vec<Id> = (0..12)
        .map(|n| town.newcomer(&format!("Member {n}")))
        .collect();
    for (n, member) in members.iter().enumerate() {
        for _ in 0..=n {
            town.sim.say(town.general, *member, "hello");
        }
    }
    let top = town.asks(town.moderator, "/presence top by:Messages");
    let top = top.answer(SOON).await.expect("a list");
    let text = top.text();
    assert!(
        text.contains(&format!("1. <@{}> · 12 messages", members[11])),
        "{text}"
    );
    assert!(
        text.contains(&format!("10. <@{}> · 3 messages", members[2])),
        "{text}"
    );
    assert!(!text.contains("11."), "{text}");
    assert!(top.ephemeral);
    let second = town.leafs(id_of(&top), "top:1:messages:on").await;
    assert_eq!(
        (second.kind, id_of(&second)),
        (AnswerKind::Update, id_of(&top))
    );
    assert!(
        second
            .text()
            .contains(&format!("12. <@{}> · 1 message", members[0]))
    );
    bot.stop().await;

    let bot = town.bot().await;
    let first = town.leafs(id_of(&top), "top:0:messages:back").await;
    assert_eq!(id_of(&first), id_of(&top));
    assert!(first.text().contains("1. <@"), "{}", first.text());
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_been_silent_is_listed_and_everything_comes_as_a_file() {
    let town = Town::new().await;
    let bot = town.bot().await;
    let (ann, bea) = (town.newcomer("Ann"), town.newcomer("Bea"));
    for user in [ann, bea] {
        town.sim.say(town.general, user, "hello");
    }
    assert!(town.seen(bea).await.contains("1 message,"));
    let answer = town.moderate("/presence inactive days:1").await;
    assert!(answer.contains("has been inactive for 1 day"), "{answer}");
    town.sim.advance(Duration::from_secs(49 * 3_600));
    bot.hub().clock.turn_on(Span::hours(49));
    town.sim.say(town.general, bea, "hello again");
    let answer = town.moderate("/presence inactive days:1").await;
    assert!(
        answer.contains(&format!("1. <@{ann}> · 2 days 1 hour")),
        "{answer}"
    );
    assert!(!answer.contains(&format!("<@{bea}>")), "{answer}");

    let answer = town.asks(town.moderator, "/presence export format:JSON");
    let answer = answer.answer(SOON).await.expect("a file");
    assert_eq!(
        (answer.kind, answer.ephemeral),
        (AnswerKind::Deferred, true)
    );
    let (name, text) = town.uploaded();
    assert_eq!(answer.message["attachments"][0]["filename"], name.as_str());
    let lines: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let of = |user: Id| {
        let id = user.to_string();
        lines.iter().find(|line| line["user_id"] == id.as_str())
    };
    assert_eq!(of(ann).expect("a line")["messages"], 1);
    assert_eq!(of(bea).expect("a line")["messages"], 2);
    town.moderate("/presence export").await;
    let (name, text) = town.uploaded();
    assert!(
        name.ends_with(".csv") && text.starts_with("user_id,last_seen,"),
        "{text}"
    );
    assert!(text.contains(&format!("\n{ann},")), "{text}");
    bot.stop().await;
}
