use super::*;
use crate::discord::fake::{Act, Fake, Seen};
use serde_json::json;

fn discord(seen: &Seen) -> Act {
    match seen.path.as_str() {
        "/api/v10/users/@me" => Act::json(200, &json!({"id": "900", "username": "guildhall"})),
        "/api/v10/applications/@me" => Act::json(
            200,
            &json!({"id": "901", "flags": 1 << 15, "name": "Guildhall"}),
        ),
        "/api/v10/gateway/bot" => Act::json(
            200,
            &json!({"url": "wss://gateway.discord.gg", "shards": 3, "session_start_limit":
                {"total": 1000, "remaining": 999, "reset_after": 14_400_000, "max_concurrency": 2}}),
        ),
        _ => Act::error(404, 0),
    }
}

#[tokio::test]
async fn the_first_calls_tell_who_we_are_and_where_the_gateway_is() {
    let fake = Fake::start(|seen, _| discord(seen)).await;
    let start = start(&fake.rest()).await.unwrap();
    assert_eq!(
        (start.bot, start.bot_name.as_str()),
        (UserId::new(900), "guildhall")
    );
    assert_eq!(
        (start.application_id(), start.application.flags),
        (ApplicationId::new(901), Some(1 << 15))
    );
    let gateway = Gateway {
        url: Some("wss://gateway.discord.gg".to_owned()),
        shards: 3,
        max_concurrency: 2,
        sessions_left: Some((999, Span::hours(4))),
    };
    assert_eq!(start.gateway, gateway);
}

#[tokio::test]
async fn what_a_server_does_not_know_is_done_without() {
    let fake = Fake::start(|seen, _| match seen.path.as_str() {
        "/api/v10/users/@me" => Act::json(200, &json!({"id": 900})),
        "/api/v10/oauth2/applications/@me" => Act::json(200, &json!({"id": "901"})),
        "/api/v10/gateway/bot" => Act::Answer {
            status: 404,
            headers: Vec::new(),
            body: "404 page not found".to_owned(),
        },
        _ => Act::error(404, 0),
    })
    .await;
    let start = start(&fake.rest()).await.unwrap();
    assert_eq!(
        (start.application_id(), start.application.flags),
        (ApplicationId::new(901), None)
    );
    assert_eq!(start.gateway, Gateway::default());
}

#[tokio::test]
async fn nothing_but_the_account_is_enough() {
    for missing in [
        Act::error(405, 0),
        Act::error(501, 0),
        Act::text(501, "Not Implemented!"),
    ] {
        let fake = Fake::start(move |seen, _| match seen.path.as_str() {
            "/api/v10/users/@me" => Act::json(200, &json!({"id": "900"})),
            _ => missing.clone(),
        })
        .await;
        let start = start(&fake.rest()).await.unwrap();
        assert_eq!(start.application_id(), ApplicationId::new(900));
    }
}

#[tokio::test]
async fn a_refused_token_ends_it_at_once() {
    let fake = Fake::start(|_, _| Act::error(401, 0)).await;
    let fault = start_patiently(&fake.rest(), |_, _| panic!("no patience for that")).await;
    assert_eq!(fault, Err(StartFault::BadToken { route: "users/@me" }));
    assert_eq!(fake.seen().len(), 1);
}

#[tokio::test]
async fn an_outage_is_waited_for_as_long_as_the_caller_likes() {
    let fake = Fake::start(|seen, before| {
        if before < 2 {
            Act::error(500, 0)
        } else {
            discord(seen)
        }
    })
    .await;
    let mut pauses = Vec::new();
    let rest = fake.rest();
    let start = start_after(&rest, 4, |fault, pause| {
        pauses.push((fault.to_string(), pause));
        true
    });
    assert!(start.await.is_ok());
    let said: Vec<_> = pauses.iter().map(|(said, _)| said.as_str()).collect();
    assert_eq!(said, ["ask users/@me: status 500: no"; 2]);
    let within = |at: usize, full: u64| {
        (full / 2..=full).contains(&u64::try_from(pauses[at].1.as_millis()).unwrap())
    };
    assert!(within(0, 4) && within(1, 8), "{pauses:?}");

    let gone = Fake::start(|_, _| Act::Drop).await;
    let fault = start_patiently(&gone.rest(), |_, _| false)
        .await
        .unwrap_err();
    assert!(
        fault.retry()
            && fault
                .to_string()
                .starts_with("ask users/@me: connection lost")
    );
}

#[test]
fn the_owner_is_an_account_or_those_of_a_team_who_may_act() {
    let owners = |body: serde_json::Value| Vec::from_iter(read_application(&body).owners);
    assert_eq!(
        owners(json!({"owner": {"id": "10"}, "team": null})),
        [user(10)]
    );
    assert_eq!(owners(json!({"owner": {"id": 10}})), [user(10)]);
    let member = |id: &str, state: u64, role: &str| json!({"user": {"id": id}, "team_id": "7", "membership_state": state, "role": role});
    let members = json!([
        member("11", 2, "admin"),
        member("12", 2, "developer"),
        member("13", 2, "read_only"),
        member("14", 1, "admin"),
        {"user": null},
        7,
    ]);
    let team = json!({"id": "7", "owner_user_id": "15", "members": members});
    assert_eq!(
        owners(json!({"owner": {"id": "7"}, "team": team})),
        [user(11), user(12), user(15)]
    );
}

#[test]
fn where_it_is_not_said_nobody_is_the_owner() {
    for body in [
        json!({}),
        json!({"owner": null, "team": null}),
        json!({"owner": "10"}),
        json!({"owner": {"id": "7"}, "team": {"id": "7"}}),
        json!({"owner": {"id": "7"}, "team": {"members": {}}}),
    ] {
        assert!(read_application(&body).owners.is_empty(), "{body}");
    }
}

fn user(id: u64) -> UserId {
    UserId::new(id).unwrap()
}
