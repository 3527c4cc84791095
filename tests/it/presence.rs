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
