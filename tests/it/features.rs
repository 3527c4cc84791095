//! Every command and every habit of the bot, as people in a guild meet them.

use crate::{
    acts::{eventually, is_quiet, letters, mentions},
    support::{SOON, Town},
};
use serde_json::{Value, json};
use simulator::{AnswerKind, Id, InteractionAnswer, OverwriteOf, permissions};
use std::collections::BTreeMap;
use twilight_model::{
    channel::message::component::{ActionRow, Button, ButtonStyle, Component},
    id::Id as TwilightId,
};

impl Town {
    /// What somebody reads who runs a command.
    async fn reads(&self, user: Id, line: &str) -> String {
        let answer = self.asks(user, line).answer(SOON).await;
        answer
            .unwrap_or_else(|| panic!("no answer to {line}"))
            .text()
    }

    /// An interaction that no client would offer here.
    async fn forces(&self, channel: Id, user: Id, data: &Value) -> String {
        let answer = self
            .sim
            .command_json(channel, user, data)
            .answer(SOON)
            .await;
        answer
            .unwrap_or_else(|| panic!("no answer to {data}"))
            .text()
    }

    /// Presses the button with this label below an answer.
    async fn presses(
        &self,
        answer: &InteractionAnswer,
        label: &str,
    ) -> (simulator::InteractionHandle, InteractionAnswer) {
        let message: Id = answer.message["id"]
            .as_str()
            .and_then(|id| id.parse().ok())
            .expect("an id");
        let id = buttons(&answer.message).remove(label);
        let id = id.unwrap_or_else(|| panic!("no button {label} below {}", answer.text()));
        let handle = self
            .sim
            .click(message, &id, self.moderator)
            .expect("it can be pressed");
        let answer = handle
            .answer(SOON)
            .await
            .unwrap_or_else(|| panic!("no answer to {label}"));
        (handle, answer)
    }

    /// Sends the form that a press has opened.
    async fn submits(&self, form: &simulator::InteractionHandle, text: &str) -> InteractionAnswer {
        let sent = self
            .sim
            .submit_modal(form, &[("text", text)])
            .expect("the form is open");
        sent.answer(SOON).await.expect("an answer to the form")
    }
}

/// Labels and custom ids of the buttons of a message.
fn buttons(message: &Value) -> BTreeMap<String, String> {
    let rows = message["components"].as_array().into_iter().flatten();
    let buttons = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    buttons
        .map(|button| (word(&button["label"]), word(&button["custom_id"])))
        .collect()
}

/// What an open form shows in its first field.
fn shown_in(form: &InteractionAnswer) -> String {
    fn find(value: &Value) -> Option<&str> {
        match value {
            Value::Object(fields) if fields.get("custom_id").is_some_and(|id| id == "text") => {
                fields.get("value").and_then(Value::as_str)
            }
            Value::Object(fields) => fields.values().find_map(find),
            Value::Array(items) => items.iter().find_map(find),
            _ => None,
        }
    }
    find(&form.data["components"])
        .unwrap_or_default()
        .to_owned()
}

// --- Setup --------------------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn setup_shows_what_is_missing_where_and_what_comes_next() {
    let town = Town::new().await;
    let bot = town.bot().await;
    let report = town.moderate("/setup show").await;
    assert!(
        report.contains("Everything that is switched on can work."),
        "{report}"
    );
    assert!(report.contains("Log channel: none"), "{report}");
    town.furnish(&bot).await;

    let role = town.sim.bot_role(town.guild).expect("the bot has a role");
    let less = permissions::BOT & !permissions::VIEW_AUDIT_LOG;
    town.sim.set_role_permissions(town.guild, role, less);
    town.sim.set_overwrite(
        town.welcome,
        OverwriteOf::Role,
        role,
        0,
        permissions::SEND_MESSAGES,
    );
    let report = town.moderate("/setup show").await;
    for part in [
        "2 things need attention.".to_owned(),
        format!("Missing in <#{}>: Send Messages", town.welcome),
        "Missing in the server: View Audit Log".to_owned(),
        format!("Log channel: <#{}>", town.log),
        format!("greets in <#{}>", town.welcome),
    ] {
        assert!(report.contains(&part), "{part} is not in {report}");
    }
    town.sim.delete_channel(town.log);
    eventually("everything is done", || is_quiet(&bot)).await;
    let report = town.moderate("/setup show").await;
    assert!(
        report.contains("Next: `/welcome leave channel:…`"),
        "{report}"
    );
    assert!(report.contains("Log channel: none"), "{report}");
    let told = letters(&town.sim, town.moderator);
    assert_eq!(
        told.iter()
            .filter(|text| text.contains("log channel of Townsville was deleted"))
            .count(),
        1,
        "{told:?}"
    );
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_where_the_bot_cannot_write_is_refused() {
    let town = Town::new().await;
    let bot = town.bot().await;
    let role = town.sim.bot_role(town.guild).expect("the bot has a role");
    town.sim.set_overwrite(
        town.welcome,
        OverwriteOf::Role,
        role,
        0,
        permissions::SEND_MESSAGES,
    );
    for line in [
        "/setup log channel:#welcome",
        "/welcome join channel:#welcome",
    ] {
        let answer = town.moderate(line).await;
        assert!(
            answer.contains("I lack Send Messages there"),
            "{line}: {answer}"
        );
    }
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn zones_are_offered_while_they_are_typed() {
    let town = Town::new().await;
    let bot = town.bot().await;
    let typing = town
        .sim
        .autocomplete(town.general, town.moderator, "/setup zone zone:pari");
    let answer = typing
        .expect("it can be typed")
        .answer(SOON)
        .await
        .expect("choices");
    assert_eq!(answer.kind, AnswerKind::Autocomplete);
    let choices = answer.data["choices"].as_array().expect("a list");
    assert!(
        choices
            .iter()
            .any(|choice| choice["value"] == "Europe/Paris"),
        "{choices:?}"
    );
    assert!(
        town.moderate("/setup zone zone:europe/paris")
            .await
            .contains("Europe/Paris")
    );
    assert!(
        town.moderate("/setup zone zone:Atlantis")
            .await
            .contains("Start typing and choose")
    );
    assert!(
        town.moderate("/setup show")
            .await
            .contains("Time zone: Europe/Paris")
    );

    town.moderate("/welcome join channel:#welcome").await;
    let typing = town
        .sim
        .autocomplete(town.general, town.moderator, "/welcome off which:");
    let answer = typing
        .expect("it can be typed")
        .answer(SOON)
        .await
        .expect("choices");
    assert_eq!(
        answer.data["choices"],
        json!([{"name": "join", "value": "join"}])
    );
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_makes_moderators_and_unmakes_them() {
    let town = Town::new().await;
    let bot = town.bot().await;
    let staff = town.sim.create_role(town.guild, "staff", 0);
    let stan = town.newcomer("Stan");
    town.sim.give_role(town.guild, stan, staff);
    // Discord hides these commands from Stan unless the server's settings show them to his role.
    let zone = json!({"type": 3, "name": "zone", "value": "Asia/Tokyo"});
    let set_zone = json!({"id": "1", "name": "setup", "type": 1,
        "options": [{"type": 1, "name": "zone", "options": [zone]}]});
    let refused = "This is for moderators";
    assert!(
        town.forces(town.general, stan, &set_zone)
            .await
            .contains(refused)
    );
    assert!(
        town.moderate("/setup moderators role:@staff")
            .await
            .contains("may now use moderator commands")
    );
    let answer = town.forces(town.general, stan, &set_zone).await;
    assert!(answer.contains("Asia/Tokyo"), "{answer}");
    let welcome = json!({"id": "1", "name": "welcome", "type": 1, "options": [{"type": 1, "name": "preview"}]});
    // Another feature hears of the role by a fact, which may take a moment.
    eventually("every feature knows", || is_quiet(&bot)).await;
    let answer = town.forces(town.general, stan, &welcome).await;
    assert!(answer.contains("The welcome desk is off"), "{answer}");
    town.moderate("/setup moderators role:@staff remove:True")
        .await;
    assert!(
        town.forces(town.general, stan, &set_zone)
            .await
            .contains(refused)
    );
    assert!(
        town.moderate("/setup moderators role:@everyone")
            .await
            .contains("every member would be a moderator")
    );
    bot.stop().await;
}

// --- The welcome desk ---------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_are_previewed_edited_in_a_form_and_used() {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    let preview = town
        .asks(town.moderator, "/welcome preview")
        .answer(SOON)
        .await
        .expect("a preview");
    assert!(
        preview
            .text()
            .contains(&format!("Hi <@{}>", town.moderator)),
        "{}",
        preview.text()
    );
    assert!(
        preview.text().contains("Bye Mo the Moderator"),
        "{}",
        preview.text()
    );

    let (form, opened) = town.presses(&preview, "Edit greeting").await;
    assert_eq!(
        (opened.kind, shown_in(&opened).as_str()),
        (AnswerKind::Modal, "Hi {user}")
    );
    let rejected = town.submits(&form, "Hi {usr}").await;
    assert!(
        rejected.text().contains("Did you mean `{user}`?"),
        "{}",
        rejected.text()
    );
    let (form, opened) = town.presses(&rejected, "Edit again").await;
    assert_eq!(shown_in(&opened), "Hi {usr}", "nobody types it twice");
    let saved = town
        .submits(&form, "Ahoy {user} || Ahoy there, {user}")
        .await;
    assert!(
        saved.text().contains("Saved") && saved.text().contains("Variant 1 of 2"),
        "{}",
        saved.text()
    );
    let (_, another) = town.presses(&saved, "Another variant").await;
    assert!(another.text().contains("Ahoy there"), "{}", another.text());

    let ida = town.newcomer("Ida");
    town.greeted(&[ida]).await;
    assert!(town.texts(town.welcome)[0].starts_with("Ahoy"));
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_off_is_silent_and_says_so() {
    let town = Town::new().await;
    let bot = town.bot().await;
    assert!(
        town.moderate("/welcome off")
            .await
            .contains("The welcome desk is off")
    );
    assert!(
        town.moderate("/welcome preview")
            .await
            .contains("The welcome desk is off")
    );
    town.furnish(&bot).await;
    let preview = town
        .asks(town.moderator, "/welcome preview")
        .answer(SOON)
        .await
        .expect("a preview");
    assert!(
        town.moderate("/welcome off which:join")
            .await
            .contains("no longer greeted")
    );
    let (_, answer) = town.presses(&preview, "Edit greeting").await;
    assert!(
        answer.text().contains("switched off already"),
        "{}",
        answer.text()
    );
    let ida = town.newcomer("Ida");
    town.sim.leave(town.guild, ida);
    town.logged("Bye Ida").await;
    assert_eq!(town.texts(town.welcome), Vec::<String>::new());
    assert!(
        town.moderate("/welcome off")
            .await
            .contains("is being deleted")
    );
    let otto = town.newcomer("Otto");
    town.sim.leave(town.guild, otto);
    town.moderate("/ping").await;
    eventually("everything is done", || is_quiet(&bot)).await;
    assert_eq!(town.times_logged("Otto"), 0);
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaving_being_kicked_and_being_banned_are_told_apart() {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    town.moderate("/welcome leave channel:#mod-log message:{name} {what} / {roles} / {reason}")
        .await;
    let crew = town.sim.create_role(town.guild, "crew", 0);
    let [lea, kit, bea] = ["Lea", "Kit", "Bea"].map(|name| town.newcomer(name));
    town.sim.give_role(town.guild, kit, crew);
    town.greeted(&[lea, kit, bea]).await;
    town.sim.leave(town.guild, lea);
    town.sim
        .kick(town.guild, town.moderator, kit, Some("spam @everyone"));
    town.sim.ban(town.guild, town.moderator, bea, None);
    let by = format!("by <@{}>", town.moderator);
    for part in [
        "Lea left / none / none given".to_owned(),
        format!("Bea was banned {by} / none / none given"),
    ] {
        town.logged(&part).await;
    }
    town.logged(&format!("Kit was kicked {by} (reason: spam"))
        .await;
    town.logged(&format!("/ <@&{crew}> / spam")).await;
    eventually("everything is done", || is_quiet(&bot)).await;
    assert_eq!(
        town.sim.message_count(town.log),
        3,
        "{:#?}",
        town.texts(town.log)
    );
    for message in town.sim.messages(town.log) {
        assert_eq!(
            (&message["mentions"], &message["mention_everyone"]),
            (&json!([]), &json!(false)),
            "{message:#}"
        );
        assert_eq!(message["mention_roles"], json!([]), "{message:#}");
    }
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_departure_without_sight_of_the_audit_log_says_that() {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    town.moderate("/welcome leave channel:#mod-log message:{name} {what}")
        .await;
    let role = town.sim.bot_role(town.guild).expect("the bot has a role");
    town.sim.set_role_permissions(
        town.guild,
        role,
        permissions::BOT & !permissions::VIEW_AUDIT_LOG,
    );
    let kit = town.newcomer("Kit");
    town.greeted(&[kit]).await;
    town.sim.kick(town.guild, town.moderator, kit, Some("spam"));
    town.logged("Kit left (I could not read the audit log")
        .await;
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_who_join_at_once_are_greeted_in_a_few_messages_each_once() {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    let crowd: Vec<Id> = (0..30)
        .map(|n| town.newcomer(&format!("Raider {n}")))
        .collect();
    town.greeted(&crowd).await;
    eventually("everything is done", || is_quiet(&bot)).await;
    let expected: BTreeMap<Id, usize> = crowd.into_iter().map(|user| (user, 1)).collect();
    assert_eq!(town.greetings(), expected);
    assert!(
        town.sim.message_count(town.welcome) <= 6,
        "{:#?}",
        town.texts(town.welcome)
    );
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_channel_is_reported_once_and_a_new_one_mends_it() {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    town.sim.delete_channel(town.welcome);
    town.logged("I cannot greet new members any more").await;
    for name in ["Ida", "Otto"] {
        town.newcomer(name);
    }
    assert!(town.moderate("/setup show").await.contains("cannot greet"));
    let porch = town
        .sim
        .create_channel(town.guild, "porch", simulator::ChannelKind::Text);
    let answer = town.moderate("/welcome join channel:#porch").await;
    assert!(
        answer.contains("2 members joined and not greeted"),
        "{answer}"
    );
    let joan = town.newcomer("Joan");
    let greeted = |sim: &simulator::Simulator| mentions(sim, porch) == BTreeMap::from([(joan, 1)]);
    town.until("Joan is greeted there", greeted).await;
    assert_eq!(
        town.texts(porch),
        [format!("Hi <@{joan}>")],
        "the text is kept"
    );
    assert_eq!(town.times_logged("I cannot greet new members any more"), 1);
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_closes_is_reported_once_and_works_again_when_set_anew() {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    let role = town.sim.bot_role(town.guild).expect("the bot has a role");
    town.sim.set_overwrite(
        town.welcome,
        OverwriteOf::Role,
        role,
        0,
        permissions::SEND_MESSAGES,
    );
    town.newcomer("Ida");
    town.logged("I may not write in").await;
    town.newcomer("Otto");
    eventually("everything is done", || is_quiet(&bot)).await;
    assert_eq!(town.times_logged("I cannot greet new members any more"), 1);
    assert_eq!(
        bot.status().dead_letters,
        0,
        "the desk heard of it, so nobody need look"
    );
    town.sim
        .set_overwrite(town.welcome, OverwriteOf::Role, role, 0, 0);
    town.moderate("/welcome join channel:#welcome").await;
    town.everybody_once().await;
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_names_ping_nobody_and_break_nothing() {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    let staff = town.sim.create_role(town.guild, "staff", 0);
    town.moderate("/welcome join channel:#welcome message:Hi {user}, known as {name} in {server}!")
        .await;
    let hostile = format!("@everyone <@{}> <@&{staff}> **`x", town.moderator);
    town.sim
        .rename_guild(town.guild, &format!("@here <@{}>", town.moderator));
    eventually("every feature knows the new name", || is_quiet(&bot)).await;
    let eve = town.newcomer(&hostile);
    town.greeted(&[eve]).await;
    assert_eq!(
        town.greetings(),
        BTreeMap::from([(eve, 1)]),
        "nobody else is pinged"
    );
    town.sim.leave(town.guild, eve);
    town.logged("Bye").await;
    for message in town
        .sim
        .messages(town.welcome)
        .iter()
        .chain(&town.sim.messages(town.log))
    {
        let content = message["content"].as_str().unwrap_or_default();
        for ping in [
            "@everyone".to_owned(),
            "@here".to_owned(),
            format!("<@{}>", town.moderator),
            format!("<@&{staff}>"),
        ] {
            assert!(!content.contains(&ping), "{ping} stands in {content}");
        }
        assert_eq!(
            (&message["mention_everyone"], &message["mention_roles"]),
            (&json!(false), &json!([]))
        );
    }
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bots_are_not_greeted() {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    let robot = town.sim.add_bot("Robot");
    town.sim.join(town.guild, robot);
    town.everybody_once().await;
    assert_eq!(town.greetings().get(&robot), None);
    bot.stop().await;
}

// --- Odds and ends ------------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn buttons_of_other_versions_and_of_strangers_are_answered_politely() {
    let town = Town::new().await;
    let bot = town.bot().await;
    let buttons = [
        "g0:welcome:edit:join",
        "g1:tombola:draw",
        "somebody-elses",
        "g1:welcome:gone:join",
        "g1:info:x",
        "g1:settings:x",
    ];
    let client = twilight_http::Client::builder()
        .token(town.sim.token())
        .proxy(town.sim.rest_host(), true);
    let button = |id: &&str| {
        let (label, style) = (Some((*id).to_owned()), ButtonStyle::Primary);
        let custom_id = Some((*id).to_owned());
        let (disabled, emoji, url, sku_id, id) = (false, None, None, None, None);
        Component::Button(Button {
            id,
            custom_id,
            disabled,
            emoji,
            label,
            style,
            url,
            sku_id,
        })
    };
    let rows = buttons.chunks(3).map(|part| {
        Component::ActionRow(ActionRow {
            id: None,
            components: part.iter().map(button).collect(),
        })
    });
    let rows: Vec<Component> = rows.collect();
    let sent = client
        .build()
        .create_message(TwilightId::new(town.general))
        .content("press")
        .components(&rows)
        .await;
    let message = sent
        .expect("the message is taken")
        .model()
        .await
        .expect("and shown")
        .id
        .get();
    town.moderate("/welcome join channel:#welcome").await;
    for id in buttons {
        let pressed = town
            .sim
            .click(message, id, town.moderator)
            .expect("it can be pressed");
        let answer = pressed
            .answer(SOON)
            .await
            .unwrap_or_else(|| panic!("{id} is not answered"));
        assert!(answer.ephemeral, "{id}");
        assert!(answer.text().contains("button"), "{id}: {}", answer.text());
    }
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_direct_messages_help_helps_and_guild_commands_send_you_to_a_server() {
    let town = Town::new().await;
    let bot = town.bot().await;
    let ida = town.newcomer("Ida");
    let direct = town.sim.dm_channel(ida);
    let asks = async |line: &str| {
        let asked = town
            .sim
            .command_dm(ida, line)
            .unwrap_or_else(|fault| panic!("{line}: {fault}"));
        asked
            .answer(SOON)
            .await
            .unwrap_or_else(|| panic!("no answer to {line}"))
            .text()
    };
    let help = asks("/help").await;
    assert!(
        help.contains("/ping") && help.contains("In a server I can do more"),
        "{help}"
    );
    assert!(!help.contains("/welcome"), "{help}");
    assert!(asks("/about").await.contains("Guildhall"));
    assert!(asks("/ping").await.contains("Gateway:"));
    for (name, options) in [
        ("welcome", json!([{"type": 1, "name": "preview"}])),
        ("setup", json!([{"type": 1, "name": "show"}])),
        ("modversion", json!([])),
    ] {
        let offered = town.sim.command_dm(ida, &format!("/{name}"));
        assert!(offered.is_err(), "Discord does not offer /{name} there");
        let data = json!({"id": "1", "name": name, "type": 1, "options": options});
        let answer = town.forces(direct, ida, &data).await;
        assert!(answer.contains("works in a server"), "{answer}");
    }
    town.sim.say_dm(ida, "hello?");
    town.sim.say_dm(ida, "anybody?");
    let hints = |sim: &simulator::Simulator| {
        letters(sim, ida)
            .iter()
            .filter(|text| text.contains("slash commands"))
            .count()
    };
    town.until("a hint", |sim| hints(sim) == 1).await;
    asks("/ping").await;
    eventually("everything is done", || is_quiet(&bot)).await;
    assert_eq!(hints(&town.sim), 1, "once a day is enough");
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_may_ask_what_runs_here_and_how_it_is() {
    let town = Town::new().await;
    let bot = town.bot().await;
    let ida = town.newcomer("Ida");
    let help = town.reads(ida, "/help").await;
    assert!(
        help.contains("/ping") && !help.contains("/welcome"),
        "what she may not use: {help}"
    );
    let help = town.moderate("/help").await;
    assert!(
        help.contains("/welcome join") && help.contains("(moderators)"),
        "{help}"
    );
    let details = town.moderate("/help command:welcome join").await;
    assert!(
        details.contains("channel (required)") && details.contains("For moderators"),
        "{details}"
    );
    assert!(
        town.moderate("/help command:welcome jion")
            .await
            .contains("Did you mean")
    );
    let about = town.reads(ida, "/about").await;
    for part in [
        env!("CARGO_PKG_VERSION"),
        "Gateway: connected, shard 0 of 1",
        "Servers: 1",
        "Gaps in the events: 0 open, 0 so far",
        "dead letters 0, damaged records 0, parked inputs 0",
        "tzdata",
    ] {
        assert!(about.contains(part), "{part} is not in {about}");
    }
    town.furnish(&bot).await;
    let ping = town.reads(ida, "/ping").await;
    assert!(
        ping.contains("Saving to disk:") && !ping.contains("Saving to disk: not measured"),
        "{ping}"
    );
    assert!(
        town.moderate("/modversion")
            .await
            .contains(guildhall::build_info::commit())
    );
    let hidden = town.sim.command(town.general, ida, "/setup show");
    assert!(hidden.is_err(), "Discord does not even show it to her");
    bot.stop().await;
}
