//! Faults of REST: what the client sees, and whether the effect happened.

use crate::bot::{http, snowflake, start, start_with};
use crate::gateway::town;
use crate::raw::{request, try_request};
use serde_json::json;
use simulator::{Fault, FaultKind, Scope};
use std::time::Duration;

const MESSAGES: &str = "/channels/{id}/messages";

#[tokio::test]
async fn a_planned_status_hits_once_and_has_no_effect() {
    let sim = start().await;
    let town = town(&sim);
    sim.fail_next(Fault::on("POST", MESSAGES), 1, FaultKind::Status(503));
    let client = http(&sim);
    assert!(
        client
            .create_message(snowflake(town.hall))
            .content("one")
            .await
            .is_err()
    );
    assert!(sim.messages(town.hall).is_empty());
    client
        .create_message(snowflake(town.hall))
        .content("two")
        .await
        .unwrap();
    assert_eq!(sim.messages(town.hall).len(), 1);
    assert_eq!(sim.requests()[0].fault.as_deref(), Some("status 503"));
}

#[tokio::test]
async fn a_dropped_answer_has_its_effect() {
    let sim = start().await;
    let town = town(&sim);
    sim.fail_next(Fault::on("POST", MESSAGES), 1, FaultKind::DropAnswer);
    let path = format!("/channels/{}/messages", town.hall);
    let body = json!({"content": "once", "nonce": "n", "enforce_nonce": true});
    assert!(
        try_request(&sim, "POST", &path, Some(&body))
            .await
            .is_none(),
        "no answer"
    );
    assert_eq!(sim.messages(town.hall).len(), 1);
    let (status, again) = request(&sim, "POST", &path, Some(&body)).await;
    assert_eq!((status, again["nonce"].as_str()), (200, Some("n")));
    assert_eq!(
        sim.messages(town.hall).len(),
        1,
        "the nonce keeps it single"
    );
    assert_eq!(sim.counters().nonce_hits, 1);
    sim.advance(Duration::from_secs(121));
    request(&sim, "POST", &path, Some(&body)).await;
    assert_eq!(
        sim.messages(town.hall).len(),
        2,
        "and is forgotten after two minutes"
    );
}

#[tokio::test]
async fn a_dropped_request_has_no_effect() {
    let sim = start().await;
    let town = town(&sim);
    sim.fail_next(Fault::on("POST", MESSAGES), 1, FaultKind::DropRequest);
    let path = format!("/channels/{}/messages", town.hall);
    let body = json!({"content": "never"});
    assert!(
        try_request(&sim, "POST", &path, Some(&body))
            .await
            .is_none(),
        "no answer"
    );
    assert!(sim.messages(town.hall).is_empty());
}

#[tokio::test]
async fn a_hanging_request_is_never_answered() {
    let sim = start().await;
    let town = town(&sim);
    sim.fail_all(FaultKind::Hang);
    let client = http(&sim);
    let asked = tokio::spawn(async move {
        client
            .create_message(snowflake(town.hall))
            .content("one")
            .await
            .is_ok()
    });
    let arrived = sim
        .wait_for(crate::bot::PATIENCE, |sim| {
            (!sim.requests().is_empty()).then_some(())
        })
        .await;
    assert!(arrived.is_some());
    assert!(!asked.is_finished());
    asked.abort();
    assert_eq!(sim.requests()[0].status, 0);
    sim.heal();
    request(&sim, "GET", "/gateway", None).await;
}

#[tokio::test]
async fn a_full_bucket_answers_429_with_its_headers() {
    let sim = start().await;
    let town = town(&sim);
    let path = format!("/channels/{}/messages", town.hall);
    for _ in 0..5 {
        assert_eq!(
            request(&sim, "POST", &path, Some(&json!({"content": "x"})))
                .await
                .0,
            200
        );
    }
    let (status, headers, body) = try_request(&sim, "POST", &path, Some(&json!({"content": "x"})))
        .await
        .unwrap();
    assert_eq!(status, 429);
    assert!(body["retry_after"].as_f64().unwrap() > 0.0);
    assert_eq!(body["global"], false);
    for header in [
        "retry-after",
        "x-ratelimit-scope",
        "x-ratelimit-limit",
        "x-ratelimit-bucket",
        "date",
    ] {
        assert!(headers.contains_key(header), "{header} in {headers:?}");
    }
    sim.advance(Duration::from_secs(5));
    assert_eq!(
        request(&sim, "POST", &path, Some(&json!({"content": "x"})))
            .await
            .0,
        200
    );
    assert_eq!(sim.counters().invalid_requests, 1);
}

#[tokio::test]
async fn limits_can_be_switched_off() {
    let sim = start_with(|config| config.rate_limits = false).await;
    let town = town(&sim);
    let path = format!("/channels/{}/messages", town.hall);
    for _ in 0..60 {
        assert_eq!(
            request(&sim, "POST", &path, Some(&json!({"content": "x"})))
                .await
                .0,
            200
        );
    }
}

#[tokio::test]
async fn a_planned_rate_limit_tells_its_scope() {
    let sim = start().await;
    let limit = FaultKind::RateLimit {
        retry_after: 1.5,
        global: true,
        scope: Scope::Global,
    };
    sim.fail_next(Fault::everywhere(), 1, limit);
    let (status, headers, body) = try_request(&sim, "GET", "/gateway/bot", None)
        .await
        .unwrap();
    assert_eq!((status, body["retry_after"].as_f64()), (429, Some(1.5)));
    assert_eq!(headers["x-ratelimit-global"], "true");
    assert_eq!(headers["retry-after"], "2");
}
