//! Commands and events, end to end, in one process.

use crate::support::{SOON, Town};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_is_answered_and_survives_a_restart() {
    let town = Town::new().await;
    let bot = town.bot().await;
    let said = town
        .moderate("/welcome join channel:#welcome message:Hi {user}!")
        .await;
    assert!(said.contains("greeted"), "{said}");
    bot.stop().await;
    let bot = town.bot().await;
    let ann = town.sim.add_user("Ann");
    town.sim.join(town.guild, ann);
    let posts = town.messages(town.welcome, 1).await;
    assert_eq!(posts, [format!("Hi <@{ann}>!")]);
    assert_eq!(town.sim.counters().identifies, 1, "the second life resumed");
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_can_ask_for_help_and_only_moderators_change_things() {
    let town = Town::new().await;
    let bot = town.bot().await;
    let ann = town.sim.add_user("Ann");
    town.sim.join(town.guild, ann);
    let help = town
        .sim
        .command(town.general, ann, "/help")
        .unwrap()
        .answer(SOON)
        .await
        .unwrap();
    assert!(help.text().contains("/ping"), "{}", help.text());
    let data = serde_json::json!({
        "id": "1", "type": 1, "name": "welcome",
        "options": [{ "type": 1, "name": "off", "options": [] }],
    });
    let refused = town
        .sim
        .command_json(town.general, ann, &data)
        .answer(SOON)
        .await
        .unwrap();
    assert!(refused.text().contains("moderators"), "{}", refused.text());
    bot.stop().await;
}
