//! Close codes, compression and other things below the level of a client library.

use crate::bot::{start, start_with};
use crate::gateway::town;
use crate::raw::Wire;
use serde_json::{Value, json};
use std::time::Duration;

async fn code_after(frame: &str) -> u16 {
    let sim = start().await;
    let mut wire = Wire::hello(&sim).await;
    wire.send_text(frame).await;
    wire.close_code().await
}

#[tokio::test]
async fn each_misdeed_has_its_close_code() {
    assert_eq!(code_after("not json").await, 4002);
    assert_eq!(code_after(r#"{"op":77,"d":null}"#).await, 4001);
    assert_eq!(code_after(r#"{"op":3,"d":{}}"#).await, 4003);
    assert_eq!(
        code_after(r#"{"op":2,"d":{"token":"wrong","intents":0}}"#).await,
        4004
    );
    let sim = start().await;
    let mut wire = Wire::hello(&sim).await;
    wire.send(&json!({"op": 2, "d": {"token": sim.token(), "intents": 1, "shard": [2, 2]}}))
        .await;
    assert_eq!(wire.close_code().await, 4010);
    let mut wire = Wire::hello(&sim).await;
    wire.identify(&sim, 1 << 40).await;
    assert_eq!(wire.close_code().await, 4013);
    let mut wire = Wire::identified(&sim, 1).await;
    wire.identify(&sim, 1).await;
    assert_eq!(wire.close_code().await, 4005);
    let mut wire = Wire::open(&sim, "v=3&encoding=json").await;
    assert_eq!(wire.close_code().await, 4012);
}

#[tokio::test]
async fn a_chatty_client_is_closed_with_4008() {
    let sim = start().await;
    let mut wire = Wire::identified(&sim, 1).await;
    for _ in 0..121 {
        wire.send(&json!({"op": 1, "d": null})).await;
    }
    assert_eq!(wire.close_code().await, 4008);
}

#[tokio::test]
async fn a_silent_client_is_closed() {
    let sim = start_with(|config| config.heartbeat_interval = Duration::from_millis(50)).await;
    let mut wire = Wire::identified(&sim, 1).await;
    assert_eq!(wire.close_code().await, 4009);
}

#[tokio::test]
async fn resume_answers_tell_unknown_sessions_from_wrong_numbers() {
    let sim = start().await;
    let mut wire = Wire::hello(&sim).await;
    wire.send(&json!({"op": 6, "d": {"token": sim.token(), "session_id": "none", "seq": 1}}))
        .await;
    let invalid = wire.frame().await.unwrap();
    assert_eq!(
        (invalid["op"].as_u64(), &invalid["d"]),
        (Some(9), &json!(false))
    );
    // The same connection may identify now.
    wire.identify(&sim, 1).await;
    let ready = wire.frame().await.unwrap();
    let mut other = Wire::hello(&sim).await;
    let session = &ready["d"]["session_id"];
    other
        .send(&json!({"op": 6, "d": {"token": sim.token(), "session_id": session, "seq": 999}}))
        .await;
    assert_eq!(other.close_code().await, 4007);
}

#[tokio::test]
async fn closing_with_1000_ends_the_session() {
    let sim = start().await;
    let mut wire = Wire::hello(&sim).await;
    wire.identify(&sim, 1).await;
    let ready = wire.frame().await.unwrap();
    sim.close_gateway(1000);
    assert_eq!(wire.close_code().await, 1000);
    let mut wire = Wire::hello(&sim).await;
    let session = &ready["d"]["session_id"];
    wire.send(&json!({"op": 6, "d": {"token": sim.token(), "session_id": session, "seq": 1}}))
        .await;
    assert_eq!(wire.frame().await.unwrap()["op"], 9);
}

#[tokio::test]
async fn identifies_are_limited_when_told_to() {
    let sim = start_with(|config| config.identify_interval = Duration::from_secs(5)).await;
    Wire::identified(&sim, 1).await;
    let mut second = Wire::hello(&sim).await;
    second.identify(&sim, 1).await;
    assert_eq!(second.frame().await.unwrap()["op"], 9);
    sim.advance(Duration::from_secs(5));
    second.identify(&sim, 1).await;
    assert_eq!(second.frame().await.unwrap()["t"], "READY");
}

#[tokio::test]
async fn zlib_frames_share_one_context() {
    let sim = start().await;
    let town = town(&sim);
    let mut wire = Wire::open(&sim, "v=10&encoding=json&compress=zlib-stream").await;
    assert_eq!(wire.frame().await.unwrap()["op"], 10);
    wire.identify(&sim, (1 << 17) - 1).await;
    assert_eq!(wire.frame().await.unwrap()["t"], "READY");
    assert_eq!(wire.frame().await.unwrap()["t"], "GUILD_CREATE");
    for number in 0..50 {
        sim.say(
            town.hall,
            town.ada,
            &format!("message {number} {}", "x".repeat(number * 40)),
        );
        let frame = wire.frame().await.unwrap();
        assert!(
            frame["d"]["content"]
                .as_str()
                .unwrap()
                .starts_with(&format!("message {number} "))
        );
    }
}

#[tokio::test]
async fn numbers_are_contiguous_and_heartbeats_are_answered() {
    let sim = start().await;
    let town = town(&sim);
    let mut wire = Wire::identified(&sim, (1 << 17) - 1).await;
    wire.send(&json!({"op": 1, "d": 1})).await;
    let early = loop {
        let frame = wire.frame().await.unwrap();
        if frame["op"] == 11 {
            break frame;
        }
        assert_eq!(frame["t"], "GUILD_CREATE");
    };
    assert!(early["d"].is_null());
    sim.request_heartbeat();
    for number in 0..100 {
        sim.say(town.hall, town.ada, &number.to_string());
    }
    let mut last = 2;
    let mut requests = 0;
    while last < 102 {
        let frame: Value = wire.frame().await.unwrap();
        match frame["op"].as_u64() {
            Some(0) => {
                last += 1;
                assert_eq!(frame["s"], last);
            }
            Some(1) => requests += 1,
            other => panic!("unexpected opcode {other:?}"),
        }
    }
    assert_eq!(requests, 1);
    assert_eq!(sim.counters().heartbeats, 1);
}
