//! Commands, buttons and forms from press to answer.

use crate::bot::{Bot, PATIENCE, http, snowflake, start};
use crate::gateway::town;
use serde_json::{Value, json};
use simulator::{AnswerKind, Simulator, VerbError};
use std::time::Duration;
use twilight_gateway::{Event, Intents};
use twilight_http::Client;
use twilight_model::application::interaction::application_command::CommandOptionValue;
use twilight_model::application::interaction::{Interaction, InteractionData};
use twilight_model::channel::message::MessageFlags;
use twilight_model::http::interaction::{
    InteractionResponse, InteractionResponseData, InteractionResponseType,
};

fn commands() -> Vec<twilight_model::application::command::Command> {
    let text = |name: &str, required: bool| json!({"type": 3, "name": name, "description": "text", "required": required});
    let channel = json!({"type": 7, "name": "channel", "description": "where", "required": true, "channel_types": [0]});
    let list = json!([
        {"name": "ping", "description": "is it there?", "type": 1, "version": "1"},
        {"name": "welcome", "description": "greet", "type": 1, "version": "1", "default_member_permissions": "32", "contexts": [0],
            "options": [{"type": 1, "name": "join", "description": "on joining", "options": [channel, text("message", false)]}]},
        {"name": "find", "description": "search", "type": 1, "version": "1",
            "options": [{"type": 3, "name": "what", "description": "text", "required": true, "autocomplete": true}]},
    ]);
    serde_json::from_value(list).unwrap()
}

pub(crate) async fn register(sim: &Simulator) -> Client {
    let client = http(sim);
    client
        .interaction(snowflake(sim.application_id()))
        .set_global_commands(&commands())
        .await
        .unwrap();
    client
}

async fn next_interaction(bot: &mut Bot) -> Interaction {
    bot.until(|event| match event {
        Event::InteractionCreate(interaction) => Some(interaction.0.clone()),
        _ => None,
    })
    .await
}

fn reply(kind: InteractionResponseType, text: &str, flags: MessageFlags) -> InteractionResponse {
    let data = InteractionResponseData {
        content: (!text.is_empty()).then(|| text.to_owned()),
        flags: Some(flags),
        ..InteractionResponseData::default()
    };
    InteractionResponse {
        kind,
        data: Some(data),
    }
}

async fn answer(
    sim: &Simulator,
    client: &Client,
    to: &Interaction,
    response: &InteractionResponse,
) -> u16 {
    let ours = client.interaction(snowflake(sim.application_id()));
    match ours.create_response(to.id, &to.token, response).await {
        Ok(done) => done.status().get(),
        Err(error) => match error.kind() {
            twilight_http::error::ErrorType::Response { status, .. } => status.get(),
            other => panic!("{other:?}"),
        },
    }
}

#[tokio::test]
async fn a_command_is_answered_ephemerally() {
    let sim = start().await;
    let town = town(&sim);
    let client = register(&sim).await;
    let mut bot = Bot::connect(&sim, Intents::all()).await;
    let pressed = sim.command(town.hall, town.ada, "/ping").unwrap();
    let interaction = next_interaction(&mut bot).await;
    assert_eq!(interaction.author_id().unwrap().get(), town.ada);
    let response = reply(
        InteractionResponseType::ChannelMessageWithSource,
        "pong",
        MessageFlags::EPHEMERAL,
    );
    assert_eq!(answer(&sim, &client, &interaction, &response).await, 204);
    let got = pressed.answer(PATIENCE).await.unwrap();
    assert_eq!(
        (got.kind, got.text().as_str(), got.ephemeral),
        (AnswerKind::Reply, "pong", true)
    );
    assert!(sim.messages(town.hall).is_empty(), "nobody else sees it");
    assert_eq!(sim.whispers(town.ada).len(), 1);
    assert_eq!(
        answer(&sim, &client, &interaction, &response).await,
        400,
        "only one answer"
    );
    assert_eq!(sim.requests().last().unwrap().response["code"], 40060);
}

#[tokio::test]
async fn a_deferred_answer_counts_when_it_is_filled() {
    let sim = start().await;
    let town = town(&sim);
    let client = register(&sim).await;
    let mut bot = Bot::connect(&sim, Intents::all()).await;
    let pressed = sim.command(town.hall, town.ada, "/ping").unwrap();
    let interaction = next_interaction(&mut bot).await;
    let ours = client.interaction(snowflake(sim.application_id()));
    assert!(
        ours.response(&interaction.token).await.is_err(),
        "nothing to get before the first answer"
    );
    assert_eq!(sim.requests().last().unwrap().response["code"], 10015);
    let response = reply(
        InteractionResponseType::DeferredChannelMessageWithSource,
        "",
        MessageFlags::EPHEMERAL,
    );
    assert_eq!(answer(&sim, &client, &interaction, &response).await, 204);
    assert_eq!(pressed.so_far().unwrap().kind, AnswerKind::Deferred);
    ours.update_response(&interaction.token)
        .content(Some("at last"))
        .await
        .unwrap();
    let got = pressed.answer(PATIENCE).await.unwrap();
    assert_eq!((got.text().as_str(), got.ephemeral), ("at last", true));
    let original = ours
        .response(&interaction.token)
        .await
        .unwrap()
        .model()
        .await
        .unwrap();
    assert_eq!(original.content, "at last");
    ours.create_followup(&interaction.token)
        .content("and more")
        .await
        .unwrap();
    assert_eq!(pressed.so_far().unwrap().followups.len(), 1);
    ours.delete_response(&interaction.token).await.unwrap();
    sim.advance(Duration::from_secs(15 * 60));
    assert!(
        ours.create_followup(&interaction.token)
            .content("too late")
            .await
            .is_err()
    );
    assert_eq!(sim.requests().last().unwrap().response["code"], 50027);
}

#[tokio::test]
async fn after_three_seconds_the_member_sees_it_fail() {
    let sim = start().await;
    let town = town(&sim);
    let client = register(&sim).await;
    let mut bot = Bot::connect(&sim, Intents::all()).await;
    let pressed = sim.command(town.hall, town.ada, "/ping").unwrap();
    let interaction = next_interaction(&mut bot).await;
    assert!(!pressed.failed());
    sim.advance(Duration::from_millis(3_000));
    assert!(pressed.failed());
    assert!(pressed.answer(PATIENCE).await.is_none());
    let response = reply(
        InteractionResponseType::ChannelMessageWithSource,
        "late",
        MessageFlags::empty(),
    );
    assert_eq!(answer(&sim, &client, &interaction, &response).await, 404);
    assert_eq!(sim.requests().last().unwrap().response["code"], 10062);
    assert_eq!(sim.counters().failed_interactions, 1);
}

#[tokio::test]
async fn options_arrive_typed_and_resolved() {
    let sim = start().await;
    let town = town(&sim);
    register(&sim).await;
    let mut bot = Bot::connect(&sim, Intents::all()).await;
    sim.command(
        town.hall,
        town.owner,
        "/welcome join channel:#hall message:Hello: {user}, at 12:30",
    )
    .unwrap();
    let interaction = next_interaction(&mut bot).await;
    let Some(InteractionData::ApplicationCommand(data)) = interaction.data else {
        panic!("a command")
    };
    let CommandOptionValue::SubCommand(options) = &data.options[0].value else {
        panic!("a subcommand")
    };
    assert_eq!(data.options[0].name, "join");
    assert_eq!(
        options[0].value,
        CommandOptionValue::Channel(snowflake(town.hall))
    );
    assert_eq!(
        options[1].value,
        CommandOptionValue::String("Hello: {user}, at 12:30".to_owned())
    );
    let resolved = data.resolved.unwrap();
    let channel = &resolved.channels[&snowflake(town.hall)];
    assert_eq!(channel.name, "hall");
    assert!(channel.app_permissions.is_some());
}

#[tokio::test]
async fn the_client_refuses_what_discord_would_not_send() {
    let sim = start().await;
    let town = town(&sim);
    register(&sim).await;
    let refusal = |user, line: &str| sim.command(town.hall, user, line).unwrap_err();
    assert!(matches!(
        refusal(town.ada, "/nothing"),
        VerbError::UnknownCommand(_)
    ));
    assert!(matches!(
        refusal(town.ada, "/welcome join channel:#hall"),
        VerbError::NotAllowed(_)
    ));
    assert!(matches!(
        refusal(town.owner, "/welcome"),
        VerbError::SubcommandMissing(_)
    ));
    assert!(matches!(
        refusal(town.owner, "/welcome join"),
        VerbError::OptionMissing(_)
    ));
    assert!(matches!(
        refusal(town.owner, "/welcome join channel:#nowhere"),
        VerbError::BadValue { .. }
    ));
    assert!(matches!(
        refusal(town.ada, "/ping hello"),
        VerbError::UnknownOption { .. }
    ));
    let stranger = sim.add_user("Stranger");
    assert!(matches!(
        refusal(stranger, "/ping"),
        VerbError::NotAllowed(_)
    ));
    let dm = sim.command_dm(town.owner, "/welcome join channel:#hall");
    assert!(
        matches!(dm.unwrap_err(), VerbError::UnknownCommand(_)),
        "a guild command"
    );
}

#[tokio::test]
async fn commands_work_in_direct_messages() {
    let sim = start().await;
    let town = town(&sim);
    let client = register(&sim).await;
    let mut bot = Bot::connect(&sim, Intents::all()).await;
    let pressed = sim.command_dm(town.ada, "/ping").unwrap();
    let interaction = next_interaction(&mut bot).await;
    assert!(interaction.is_dm());
    let response = reply(
        InteractionResponseType::ChannelMessageWithSource,
        "pong",
        MessageFlags::empty(),
    );
    answer(&sim, &client, &interaction, &response).await;
    assert_eq!(pressed.answer(PATIENCE).await.unwrap().text(), "pong");
    assert_eq!(sim.dms(town.ada).len(), 1);
}

#[tokio::test]
async fn suggestions_come_back_while_typing() {
    let sim = start().await;
    let town = town(&sim);
    register(&sim).await;
    let mut bot = Bot::connect(&sim, Intents::all()).await;
    let typing = sim
        .autocomplete(town.hall, town.ada, "/find what:ch")
        .unwrap();
    let interaction = next_interaction(&mut bot).await;
    let Some(InteractionData::ApplicationCommand(data)) = &interaction.data else {
        panic!("a command")
    };
    assert!(matches!(&data.options[0].value, CommandOptionValue::Focused(text, _) if text == "ch"));
    let body = json!({"type": 8, "data": {"choices": [{"name": "chess", "value": "chess"}]}});
    assert_eq!(callback(&sim, &interaction, &body).await, 204);
    let got = typing.answer(PATIENCE).await.unwrap();
    assert_eq!(got.data["choices"][0]["value"], "chess");
}

/// A callback with a body of our own, over a bare connection.
async fn callback(sim: &Simulator, interaction: &Interaction, body: &Value) -> u16 {
    let path = format!(
        "/interactions/{}/{}/callback",
        interaction.id, interaction.token
    );
    crate::raw::request(sim, "POST", &path, Some(body)).await.0
}

#[tokio::test]
async fn a_button_updates_its_message_and_a_form_brings_its_fields() {
    let sim = start().await;
    let town = town(&sim);
    register(&sim).await;
    let mut bot = Bot::connect(&sim, Intents::all()).await;
    let row = |label: &str| json!([{"type": 1, "components": [{"type": 2, "style": 1, "label": label, "custom_id": "v1:go"}]}]);
    let path = format!("/channels/{}/messages", town.hall);
    let (status, message) = crate::raw::request(
        &sim,
        "POST",
        &path,
        Some(&json!({"content": "Ready?", "components": row("Go")})),
    )
    .await;
    assert_eq!(status, 200);
    let message: u64 = message["id"].as_str().unwrap().parse().unwrap();
    let pressed = sim.click(message, "v1:go", town.ada).unwrap();
    let interaction = next_interaction(&mut bot).await;
    assert_eq!(interaction.message.as_ref().unwrap().id.get(), message);
    let update = json!({"type": 7, "data": {"content": "Gone", "components": row("Again")}});
    assert_eq!(callback(&sim, &interaction, &update).await, 204);
    assert_eq!(
        pressed.answer(PATIENCE).await.unwrap().kind,
        AnswerKind::Update
    );
    assert_eq!(sim.message(message).unwrap()["content"], "Gone");
    let pressed = sim.click(message, "v1:go", town.ada).unwrap();
    let interaction = next_interaction(&mut bot).await;
    let input = json!({"type": 4, "custom_id": "name", "style": 1});
    let form = json!({"type": 9, "data": {"custom_id": "v1:form", "title": "Who?", "components":
        [{"type": 18, "label": "Name", "component": input}]}});
    assert_eq!(callback(&sim, &interaction, &form).await, 204);
    pressed.answer(PATIENCE).await.unwrap();
    assert!(sim.submit_modal(&pressed, &[("nonsense", "x")]).is_err());
    let sent = sim.submit_modal(&pressed, &[("name", "Lovelace")]).unwrap();
    let interaction = next_interaction(&mut bot).await;
    let Some(InteractionData::ModalSubmit(data)) = &interaction.data else {
        panic!("a form")
    };
    assert_eq!(data.custom_id, "v1:form");
    assert!(format!("{data:?}").contains("Lovelace"));
    let thanks = json!({"type": 4, "data": {"content": "Thanks", "flags": 64}});
    assert_eq!(callback(&sim, &interaction, &thanks).await, 204);
    assert!(sent.answer(PATIENCE).await.unwrap().ephemeral);
}
