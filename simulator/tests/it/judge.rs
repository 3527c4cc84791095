//! Discord's own document judges the tour: what was sent, and what this simulator answered.

use crate::interactions::register;
use crate::raw::request;
use crate::tour::Tour;
use serde_json::json;
use simulator::RequestRecord;
use simulator::judge::Judge;

fn judge() -> Option<Judge> {
    let judge = Judge::load();
    if judge.is_none() {
        // A message for people, so that a missing document is not mistaken for a pass.
        #[expect(clippy::print_stderr, reason = "says that nothing was checked")]
        {
            eprintln!(
                "skipped: no openapi.json; set DISCORD_OPENAPI to check against Discord's document"
            );
        }
    }
    judge
}

#[tokio::test]
async fn the_tour_stands_up_to_the_document() {
    let Some(judge) = judge() else { return };
    let tour = Tour::walk().await;
    let mut wrong: Vec<String> = Vec::new();
    for record in tour.sim.requests() {
        wrong.extend(judge.check_response(&record));
        if record.status < 400 {
            wrong.extend(judge.check_request(&record));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} complaints:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[tokio::test]
async fn interactions_stand_up_to_the_document() {
    let Some(judge) = judge() else { return };
    let sim = crate::bot::start().await;
    let town = crate::gateway::town(&sim);
    register(&sim).await;
    let bodies = [
        json!({"type": 4, "data": {"content": "now", "flags": 64}}),
        json!({"type": 5, "data": {"flags": 64}}),
        json!({"type": 9, "data": {"custom_id": "f", "title": "F", "components":
            [{"type": 18, "label": "L", "component": {"type": 4, "custom_id": "t", "style": 1}}]}}),
    ];
    for body in bodies {
        let pressed = sim.command(town.hall, town.ada, "/ping").unwrap();
        let path = format!(
            "/interactions/{}/{}/callback?with_response=true",
            pressed.id, pressed.token
        );
        assert_eq!(request(&sim, "POST", &path, Some(&body)).await.0, 200);
        if body["type"] == 9 {
            continue;
        }
        let hook = format!("/webhooks/{}/{}", sim.application_id(), pressed.token);
        let content = json!({"content": "changed"});
        assert_eq!(
            request(
                &sim,
                "PATCH",
                &format!("{hook}/messages/@original"),
                Some(&content)
            )
            .await
            .0,
            200
        );
        assert_eq!(
            request(&sim, "GET", &format!("{hook}/messages/@original"), None)
                .await
                .0,
            200
        );
        assert_eq!(request(&sim, "POST", &hook, Some(&content)).await.0, 200);
        assert_eq!(
            request(&sim, "DELETE", &format!("{hook}/messages/@original"), None)
                .await
                .0,
            204
        );
    }
    let wrong: Vec<String> = sim
        .requests()
        .iter()
        .flat_map(|record| judge.check(record))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn record(body: serde_json::Value) -> RequestRecord {
    let mut record: RequestRecord = serde_json::from_value(json!({
        "number": 1, "method": "POST", "path": "/channels/1/messages", "query": "", "route": "/channels/{channel_id}/messages",
        "reason": null, "authorized": true, "body": {}, "files": [], "status": 400, "response": {}, "fault": null, "at_ms": 0,
    })).unwrap();
    record.body = body;
    record
}

#[test]
fn complaints_name_the_place_and_the_branch_that_was_meant() {
    let Some(judge) = judge() else { return };
    let button = json!({"type": 2, "style": 1, "label": "x".repeat(81), "custom_id": "a"});
    let wrong = judge.check_request(&record(
        json!({"components": [{"type": 1, "components": [button]}]}),
    ));
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert!(
        wrong[0].contains("/components/0/components/0/label"),
        "{wrong:?}"
    );
    let wrong = judge.check_request(&record(json!({"content": "x", "embed": {}})));
    assert!(
        wrong[0].contains("/embed: Discord knows no such key"),
        "{wrong:?}"
    );
    assert!(
        judge
            .check_request(&record(json!({"content": "x"})))
            .is_empty()
    );
}
