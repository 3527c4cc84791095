//! Driving a simulator over HTTP, as another process does.

use crate::bot::start;
use crate::raw::request;
use serde_json::json;

#[tokio::test]
async fn a_world_is_built_and_watched_over_http() {
    let sim = start().await;
    let verbs = json!([
        {"verb": "add_user", "name": "Olga"},
        {"verb": "create_guild", "name": "Town", "owner": "Olga"},
        {"verb": "create_channel", "name": "hall"},
        {"verb": "say", "channel": "#hall", "user": "Olga", "text": "hello"},
    ]);
    let (status, made) = request(&sim, "POST", "/sim/verbs", Some(&verbs)).await;
    assert_eq!(status, 200, "{made}");
    let channel = made[2]["id"].as_str().unwrap();
    let (_, messages) = request(&sim, "GET", &format!("/sim/messages/{channel}"), None).await;
    assert_eq!(messages[0]["content"], "hello");
    let (_, state) = request(&sim, "GET", "/sim/state", None).await;
    assert_eq!(state["guilds"][0]["name"], "Town");
    request(&sim, "GET", "/gateway", None).await;
    let (_, requests) = request(&sim, "GET", "/sim/requests?after=0", None).await;
    assert_eq!(
        requests.as_array().unwrap().len(),
        1,
        "driving is no request to Discord"
    );
}

#[tokio::test]
async fn errors_say_what_is_wrong() {
    let sim = start().await;
    let (status, answer) =
        request(&sim, "POST", "/sim/verbs", Some(&json!({"verb": "dance"}))).await;
    assert_eq!(status, 400);
    assert!(answer["error"].as_str().unwrap().contains("dance"));
    let (status, _) = request(&sim, "GET", "/sim/nothing", None).await;
    assert_eq!(status, 404);
    let (status, _) = request(&sim, "GET", "/sim/answer/77", None).await;
    assert_eq!(status, 404);
}
