//! REST: the whole tour, and what needs a test of its own.

use crate::bot::{Bot, http, snowflake, start, start_with};
use crate::gateway::town;
use crate::raw::{request, try_request};
use crate::tour::Tour;
use serde_json::{Value, json};
use simulator::{OverwriteOf, permissions};
use std::time::Duration;
use twilight_gateway::{Event, Intents};
use twilight_http::request::AuditLogReason as _;
use twilight_model::channel::message::AllowedMentions;
use twilight_model::http::attachment::Attachment;

#[tokio::test]
async fn the_whole_tour_answers_as_discord_would() {
    let tour = Tour::walk().await;
    assert!(tour.sim.unknown_routes().is_empty());
    assert!(tour.sim.requests().len() > 150);
}

/// All events that REST causes are understood by strict models.
#[tokio::test]
async fn every_event_of_the_tour_parses() {
    let tour = Tour::prepare().await;
    let mut bot = Bot::connect(&tour.sim, Intents::all()).await;
    let walked = async {
        tour.run().await;
        let guild = tour.sim.bot_guilds()[0];
        let _last = tour
            .sim
            .create_channel(guild, "the-end", simulator::ChannelKind::Text);
    };
    let mut kinds = std::collections::BTreeSet::new();
    let heard = bot.until(|event| {
        kinds.insert(format!("{:?}", event.kind()));
        matches!(event, Event::ChannelCreate(c) if c.name.as_deref() == Some("the-end"))
            .then_some(())
    });
    tokio::join!(walked, heard);
    for kind in [
        "ThreadMembersUpdate",
        "ThreadDelete",
        "ThreadUpdate",
        "MessageDeleteBulk",
        "ReactionRemoveAll",
        "ReactionRemoveEmoji",
        "WebhooksUpdate",
        "InviteCreate",
        "InviteDelete",
        "GuildScheduledEventCreate",
        "GuildScheduledEventUpdate",
        "GuildScheduledEventDelete",
        "TypingStart",
        "BanRemove",
    ] {
        assert!(kinds.contains(kind), "{kind} is missing in {kinds:?}");
    }
}

#[tokio::test]
async fn unknown_routes_and_strangers_are_refused() {
    let sim = start().await;
    let (status, body) = request(&sim, "GET", "/no/such/route", None).await;
    assert_eq!(
        (status, &body["message"], &body["code"]),
        (404, &json!("404: Not Found"), &json!(0))
    );
    assert_eq!(sim.unknown_routes().len(), 1);
    let client = twilight_http::Client::builder()
        .token("wrong".to_owned())
        .proxy(sim.rest_host(), true)
        .ratelimiter(None)
        .build();
    assert!(client.current_user().await.is_err());
    assert_eq!(sim.requests().last().unwrap().status, 401);
    assert_eq!(sim.counters().invalid_requests, 1);
}

#[tokio::test]
async fn the_bot_hears_its_own_message_with_the_nonce() {
    let sim = start().await;
    let town = town(&sim);
    let mut wire = crate::raw::Wire::identified(&sim, 1 << 9).await;
    let path = format!("/channels/{}/messages", town.hall);
    let body = json!({"content": "mine", "nonce": "ABCDEFG", "enforce_nonce": true});
    request(&sim, "POST", &path, Some(&body)).await;
    let event = wire.frame().await.unwrap();
    assert_eq!(event["t"], "MESSAGE_CREATE");
    assert_eq!(event["d"]["nonce"], "ABCDEFG");
    assert_eq!(event["d"]["content"], "mine", "own content needs no intent");
}

#[tokio::test]
async fn files_come_with_payload_json() {
    let sim = start().await;
    let town = town(&sim);
    let file = Attachment::from_bytes("notes.txt".to_owned(), b"one\r\n\r\ntwo".to_vec(), 0);
    let payload = br#"{"content":"with a file","nonce":"f1","enforce_nonce":true,"attachments":[{"id":0,"filename":"notes.txt","description":"notes"}]}"#;
    let client = http(&sim);
    for _ in 0..2 {
        client
            .create_message(snowflake(town.hall))
            .attachments(std::slice::from_ref(&file))
            .payload_json(payload)
            .await
            .unwrap();
    }
    let messages = sim.messages(town.hall);
    assert_eq!(messages.len(), 1, "nonces count in forms too");
    assert_eq!(messages[0]["attachments"][0]["filename"], "notes.txt");
    assert_eq!(messages[0]["attachments"][0]["size"], 10);
    let record = &sim.requests()[0];
    assert_eq!(
        (record.body["content"].as_str(), record.files.len()),
        (Some("with a file"), 1)
    );
}

#[tokio::test]
async fn mentions_ping_only_whom_they_may() {
    let sim = start().await;
    let town = town(&sim);
    let client = http(&sim);
    let text = format!("<@{}> @everyone", town.ada);
    let none = AllowedMentions::default();
    client
        .create_message(snowflake(town.hall))
        .content(&text)
        .allowed_mentions(Some(&none))
        .await
        .unwrap();
    client
        .create_message(snowflake(town.hall))
        .content(&text)
        .await
        .unwrap();
    let messages = sim.messages(town.hall);
    assert_eq!(messages[0]["mentions"], json!([]));
    assert_eq!(messages[0]["mention_everyone"], false);
    assert_eq!(
        messages[1]["mentions"][0]["id"].as_str().unwrap(),
        town.ada.to_string()
    );
}

#[tokio::test]
async fn the_audit_log_reason_is_kept() {
    let sim = start().await;
    let town = town(&sim);
    let client = http(&sim);
    client
        .remove_guild_member(snowflake(town.guild), snowflake(town.ada))
        .reason("idle für lange")
        .await
        .unwrap();
    assert_eq!(sim.requests()[0].reason.as_deref(), Some("idle für lange"));
    let entry = sim.audit_log(town.guild).pop().unwrap();
    assert_eq!(
        (entry["action_type"].as_u64(), entry["reason"].as_str()),
        (Some(20), Some("idle für lange"))
    );
}

#[tokio::test]
async fn permissions_are_asked_for_everything() {
    let sim = start().await;
    let town = town(&sim);
    let me = sim.bot_user_id();
    sim.set_overwrite(
        town.hall,
        OverwriteOf::Member,
        me,
        0,
        permissions::SEND_MESSAGES,
    );
    let path = format!("/channels/{}/messages", town.hall);
    let body = json!({"content": "x"});
    assert_eq!(
        request(&sim, "POST", &path, Some(&body)).await.1["code"],
        50013
    );
    sim.set_overwrite(
        town.hall,
        OverwriteOf::Member,
        me,
        0,
        permissions::VIEW_CHANNEL,
    );
    assert_eq!(
        request(&sim, "POST", &path, Some(&body)).await.1["code"],
        50001
    );
    sim.set_overwrite(town.hall, OverwriteOf::Member, me, 0, 0);
    assert_eq!(request(&sim, "POST", &path, Some(&body)).await.0, 200);
    let role = sim.bot_role(town.guild).unwrap();
    sim.set_role_permissions(town.guild, role, permissions::VIEW_CHANNEL);
    let kick = format!("/guilds/{}/members/{}", town.guild, town.ada);
    assert_eq!(request(&sim, "DELETE", &kick, None).await.1["code"], 50013);
}

#[tokio::test]
async fn the_third_rename_in_ten_minutes_waits() {
    let sim = start().await;
    let town = town(&sim);
    let path = format!("/channels/{}", town.hall);
    for name in ["one", "two"] {
        assert_eq!(
            request(&sim, "PATCH", &path, Some(&json!({"name": name})))
                .await
                .0,
            200
        );
    }
    let (status, body) = request(&sim, "PATCH", &path, Some(&json!({"name": "three"}))).await;
    assert_eq!(status, 429);
    assert!(body["retry_after"].as_f64().unwrap() > 500.0);
    assert_eq!(
        request(&sim, "PATCH", &path, Some(&json!({"position": 3})))
            .await
            .0,
        200,
        "other fields are free"
    );
    sim.advance(Duration::from_secs(600));
    assert_eq!(
        request(&sim, "PATCH", &path, Some(&json!({"name": "three"})))
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn twilight_paces_itself_and_loses_nothing() {
    let sim = start_with(|config| config.global_rate_limit = false).await;
    let town = town(&sim);
    let client = twilight_http::Client::builder()
        .token(sim.token())
        .proxy(sim.rest_host(), true)
        .build();
    for number in 0..7 {
        client
            .create_message(snowflake(town.hall))
            .content(&number.to_string())
            .await
            .unwrap();
    }
    let texts: Vec<Value> = sim
        .messages(town.hall)
        .iter()
        .map(|m| m["content"].clone())
        .collect();
    assert_eq!(texts, ["0", "1", "2", "3", "4", "5", "6"]);
}

#[tokio::test]
async fn every_answer_has_a_date_of_the_shifted_clock() {
    let sim = start().await;
    let (_, headers, _) = try_request(&sim, "GET", "/gateway", None).await.unwrap();
    let before = headers["date"].clone();
    sim.advance(Duration::from_secs(30 * 86_400));
    let (_, headers, _) = try_request(&sim, "GET", "/nothing", None).await.unwrap();
    assert_ne!(headers["date"], before);
}
