//! Discord's own document judges a broad session: each request of the bot, and each answer it got.
//!
//! The document is named by `DISCORD_OPENAPI`, or lies beside the repository. Without it the test says
//! so and checks only that no route was asked for that Discord does not have.

use crate::{
    acts::{eventually, is_quiet},
    support::{SOON, Town},
};
use simulator::{Fault, FaultKind, Id, Simulator, judge::Judge};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_is_one_that_discord_documents() {
    let town = Town::new().await;
    session(&town).await;
    assert_eq!(
        town.sim.unknown_routes().len(),
        0,
        "{:#?}",
        town.sim.unknown_routes()
    );
    let missed: Vec<&str> = ROUTES
        .into_iter()
        .filter(|route| !was_asked(&town.sim, route))
        .collect();
    assert_eq!(missed, [""; 0], "the session was not broad enough");
    judged(&town.sim);
}

/// Lists that are leafed through, and files.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_and_files_are_as_discord_documents_them() {
    let town = Town::new().await;
    let bot = town.bot().await;
    for n in 0..11 {
        let user = town.newcomer(&format!("Member {n}"));
        town.sim.say(town.general, user, "hello");
    }
    town.moderate("/presence me").await;
    town.moderate("/presence inactive days:1").await;
    let list = town
        .asks(town.moderator, "/presence top by:Messages")
        .answer(SOON)
        .await
        .expect("a list");
    let message: Id = list.message["id"]
        .as_str()
        .and_then(|id| id.parse().ok())
        .expect("an id");
    let next = town
        .sim
        .click(message, "g1:presence:top:1:messages:on", town.moderator)
        .expect("a button");
    next.answer(SOON).await.expect("the next page");
    town.moderate("/presence export format:JSON").await;
    eventually("everything is done", || is_quiet(&bot)).await;
    bot.stop().await;
    judged(&town.sim);
}

pub(crate) fn judged(sim: &Simulator) {
    let Some(judge) = Judge::load() else {
        // For people, so that a missing document is not mistaken for a pass.
        #[expect(clippy::print_stderr, reason = "says that nothing was checked")]
        {
            eprintln!("skipped: no openapi.json; DISCORD_OPENAPI names Discord's document");
        }
        return;
    };
    let requests = sim.requests();
    let wrong: Vec<String> = requests
        .iter()
        .flat_map(|request| judge.check(request))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} complaints:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Everything the bot has to ask of Discord.
const ROUTES: [&str; 13] = [
    "GET /users/@me",
    "GET /applications/@me",
    "GET /gateway/bot",
    "PUT /applications/{application_id}/commands",
    "POST /interactions/{interaction_id}/{interaction_token}/callback",
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original",
    "POST /channels/{channel_id}/messages",
    "GET /channels/{channel_id}/messages",
    "POST /users/@me/channels",
    "GET /guilds/{guild_id}/audit-logs",
    "GET /guilds/{guild_id}",
    "GET /guilds/{guild_id}/members/{user_id}",
    "GET /guilds/{guild_id}/channels",
];

fn was_asked(sim: &Simulator, route: &str) -> bool {
    let (method, template) = route.split_once(' ').expect("method and route");
    sim.requests()
        .iter()
        .any(|request| request.is(method, template))
}

/// All commands, every kind of interaction, and what happens by itself.
async fn session(town: &Town) {
    let bot = town.bot().await;
    let staff = town.sim.create_role(town.guild, "staff", 0);
    for line in [
        "/help",
        "/help command:welcome join",
        "/about",
        "/ping",
        "/modversion",
        "/setup show",
        "/setup log channel:#mod-log",
        "/setup moderators role:@staff",
        "/setup zone zone:Europe/Paris",
        "/setup zone zone:Atlantis",
        "/welcome preview",
        "/welcome join channel:#welcome message:Hi {user} || Hello {user} of {server}",
        "/welcome join channel:#welcome message:Hi {usr}",
        "/welcome leave channel:#mod-log",
        "/setup show",
    ] {
        town.moderate(line).await;
    }
    edit_a_text(town).await;
    for line in [
        "/setup zone zone:par",
        "/welcome off which:",
        "/help command:we",
    ] {
        let typing = town
            .sim
            .autocomplete(town.general, town.moderator, line)
            .expect("it can be typed");
        typing.answer(SOON).await.expect("choices");
    }
    // Few enough to be greeted singly.
    let names = ["Ida", "Otto", "Kit", "Bea"];
    let users: Vec<Id> = names.into_iter().map(|name| town.newcomer(name)).collect();
    town.sim.give_role(town.guild, users[0], staff);
    town.greeted(&users).await;
    town.sim.leave(town.guild, users[0]);
    town.sim
        .kick(town.guild, town.moderator, users[1], Some("spam"));
    town.sim.ban(town.guild, town.moderator, users[2], None);
    for part in ["Ida", "Otto", "Kit"] {
        town.logged(part).await;
    }
    town.sim.say_dm(users[3], "hello?");
    let direct = town
        .sim
        .command_dm(users[3], "/about")
        .expect("a valid command");
    direct.answer(SOON).await.expect("an answer");
    look_before_speaking_again(town, &bot).await;
    town.sim.delete_channel(town.welcome);
    town.logged("I cannot greet").await;
    town.sim.delete_channel(town.log);
    town.moderate("/welcome off").await;
    eventually("everything is done", || is_quiet(&bot)).await;
    bot.stop().await;
}

/// Preview, form, rejection, form, saved.
async fn edit_a_text(town: &Town) {
    let preview = town
        .asks(town.moderator, "/welcome preview")
        .answer(SOON)
        .await
        .expect("a preview");
    let message: Id = preview.message["id"]
        .as_str()
        .and_then(|id| id.parse().ok())
        .expect("an id");
    for text in ["Hi {usr}", "Welcome {user}"] {
        let form = town
            .sim
            .click(message, "g1:welcome:edit:join", town.moderator)
            .expect("a button");
        form.answer(SOON).await.expect("a form");
        let sent = town
            .sim
            .submit_modal(&form, &[("text", text)])
            .expect("the form is open");
        sent.answer(SOON).await.expect("an answer to the form");
    }
}

/// A message of unknown fate is looked up when Discord has forgotten its nonce.
async fn look_before_speaking_again(town: &Town, bot: &guildhall::bot::Bot) {
    town.sim.fail_next(
        Fault::on("POST", "/channels/{id}/messages"),
        2,
        FaultKind::DropRequest,
    );
    let last = town.newcomer("Nina");
    town.until("a message is lost", |sim| sim.pending_faults() < 2)
        .await;
    let passed = actors::kernel::time::Span::seconds(150);
    town.sim.advance(Duration::from_secs(150));
    bot.hub().clock.turn_on(passed);
    town.greeted(&[last]).await;
}
