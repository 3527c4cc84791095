//! When members were last active, as people read it.

use crate::{
    acts::{eventually, is_quiet},
    support::{SOON, Town},
};
use simulator::{ChannelKind, Id};

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_thing_that_somebody_does_is_seen_as_what_it_is() {
    let town = Town::new().await;
    let bot = town.bot().await;
    let (ann, sim) = (town.newcomer("Ann"), &town.sim);
    let does = async |text: &str| {
        let seen = town.seen(ann).await;
        assert!(seen.contains(text), "{text}: {seen}");
    };
    let message = sim.say(town.general, ann, "hello");
    does("wrote in").await;
    assert!(sim.edit(message, "hello all"));
    does("edited a message").await;
    assert!(sim.react(message, ann, "👍"));
    does("reacted in").await;
    does(" 1 reaction,").await;
    assert!(sim.unreact(message, ann, "👍"));
    does(" 2 reactions,").await;
    sim.typing(town.general, ann);
    does("typed in").await;
    let lounge = sim.create_channel(town.guild, "lounge", ChannelKind::Voice);
    assert!(sim.join_voice(lounge, ann));
    does("was in voice").await;
    assert!(sim.set_self_mute(town.guild, ann, true, false));
    does("changed their microphone, camera or stream").await;
    assert!(sim.leave_voice(town.guild, ann));
    does("left voice").await;
    let thread = sim.create_thread(town.general, "cards", ann);
    does(&format!("joined the thread <#{thread}>")).await;
    sim.typing(town.general, ann);
    let other = sim.create_thread(town.general, "dice", town.moderator);
    assert!(sim.change_thread(other, ann, true));
    does(&format!("joined the thread <#{other}>")).await;
    let event = sim.create_event(town.guild, "Tournament", town.moderator);
    for interested in [true, false] {
        sim.typing(town.general, ann);
        does("typed in").await;
        assert!(sim.answer_event(event, ann, interested));
        does("said whether an event interests them").await;
    }
    sim.presence(town.guild, ann, "idle", None);
    does("Status last changed").await;
    does("said whether").await;
    town.moderate("/presence settings count:status").await;
    sim.presence(town.guild, ann, "online", None);
    does("changed their status").await;
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_moderators_leave_out_is_no_sign_of_life_and_stays_left_out() {
    let town = Town::new().await;
    let bot = town.bot().await;
    let (ann, sim) = (town.newcomer("Ann"), &town.sim);
    let shown = town
        .moderate(&format!(
            "/presence settings skip:typing ignore:<#{}>",
            town.welcome
        ))
        .await;
    assert!(shown.contains(&format!("<#{}>", town.welcome)), "{shown}");
    sim.typing(town.general, ann);
    sim.say(town.welcome, ann, "hello");
    assert!(town.seen(ann).await.contains("not seen"));
    bot.stop().await;

    let bot = town.bot().await;
    sim.say(town.general, ann, "hello");
    sim.typing(town.general, ann);
    sim.say(town.welcome, ann, "hello");
    let seen = town.seen(ann).await;
    assert!(
        seen.contains("wrote in") && seen.contains("1 message,"),
        "{seen}"
    );
    let general = format!("<#{}>", town.general);
    assert!(seen.contains(&general), "{seen}");
    sim.delete_channel(town.welcome);
    let shown = town.moderate("/presence settings count:typing").await;
    assert!(shown.contains("none"), "{shown}");
    sim.typing(town.general, ann);
    assert!(town.seen(ann).await.contains("typed in"));
    bot.stop().await;
}
