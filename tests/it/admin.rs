//! What a server's owner can do with what is recorded there, and that it reaches no other server.

use crate::{
    acts::{eventually, is_quiet},
    support::{SOON, Town},
};
use simulator::{ChannelKind, GuildOptions};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_begins_anew_in_one_server_and_the_other_notices_nothing() {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    let options = GuildOptions {
        owner: Some(town.moderator),
        ..GuildOptions::default()
    };
    let other = town.sim.create_guild("Othertown", &options);
    let elsewhere = town.sim.create_channel(other, "general", ChannelKind::Text);
    let ann = town.newcomer("Ann");
    assert!(town.sim.join(other, ann));
    town.greeted(&[ann]).await;
    for channel in [town.general, elsewhere] {
        town.sim.say(channel, ann, "hello");
    }
    eventually("all is done", || is_quiet(&bot)).await;
    let seen = format!("/presence user user:{ann}");
    let there = async || {
        let asked = town.sim.command(elsewhere, town.moderator, &seen);
        let answer = asked.expect("a valid command").answer(SOON).await;
        answer.expect("an answer").text()
    };
    let before = there().await;
    assert!(before.contains("1 message,"), "{before}");
    let refused = town.asks(ann, "/presence admin reload").answer(SOON).await;
    let refused = refused.expect("an answer").text();
    assert!(
        refused.starts_with("This is for the server's owner"),
        "{refused}"
    );

    // In the middle of what people do.
    for n in 0..40 {
        town.sim.say(town.general, ann, "on and on");
        if n % 10 == 0 {
            let reloaded = town.moderate("/presence admin reload").await;
            assert!(reloaded.starts_with("These start again"), "{reloaded}");
        }
    }
    eventually("all is done", || is_quiet(&bot)).await;
    let counted = town.moderate(&seen).await;
    assert!(counted.contains("41 messages,"), "{counted}");
    let again = town.moderate("/presence admin setup").await;
    assert!(again.starts_with("I read the member list again"), "{again}");

    let form = town.asks(town.moderator, "/presence admin reset");
    form.answer(SOON).await.expect("a form");
    let sent = town.sim.submit_modal(&form, &[("name", "townsville")]);
    let reset = sent.expect("it can be sent").answer(SOON).await;
    let reset = reset.expect("an answer");
    eventually("all is done", || is_quiet(&bot)).await;
    let counted = town.moderate(&seen).await;
    assert!(counted.contains("I have not seen"), "{counted}");
    let undone = town.confirms(town.moderator, &reset).await.text();
    assert!(undone.contains("comes back"), "{undone}");
    eventually("all is done", || is_quiet(&bot)).await;
    let counted = town.moderate(&seen).await;
    assert!(counted.contains("41 messages,"), "{counted}");

    let deleted = town
        .moderate(&format!("/presence admin delete user:{ann}"))
        .await;
    assert!(deleted.contains("is deleted"), "{deleted}");
    let counted = town.moderate(&seen).await;
    assert!(counted.contains("I have not seen"), "{counted}");
    let same = |text: String| {
        let lines = text.lines().filter(|line| !line.starts_with("Idle"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(same(there().await), same(before));
    bot.stop().await;
}
