use super::*;
use crate::discord::fake::{Act, Fake};
use actors::kernel::{
    call::{Ticket, Token},
    ids::{ApplicationId, ChannelId, InteractionId, MessageId, UserId},
};
use serde_json::json;

fn ticket(interaction: u64) -> Ticket {
    Ticket {
        interaction: InteractionId::new(interaction).unwrap(),
        application: ApplicationId::new(22).unwrap(),
        token: Token("secret".to_owned()),
    }
}

fn anything() -> Request {
    to_discord::gateway_bot()
}

#[tokio::test]
async fn a_request_carries_token_reason_and_body() {
    let fake = Fake::start(|_, _| Act::json(200, &json!({"id": "5"}))).await;
    let (channel, id) = (ChannelId::new(1).unwrap(), MessageId::new(2).unwrap());
    let rest = fake.rest();
    rest.call(&to_discord::delete_message(channel, id).because("tidy up"))
        .await
        .unwrap();
    rest.call(&to_discord::open_dm(UserId::new(3).unwrap()))
        .await
        .unwrap();
    let seen = fake.seen();
    assert_eq!(seen[0].line(), "DELETE /api/v10/channels/1/messages/2");
    assert_eq!(seen[0].header("authorization"), Some("Bot token"));
    assert_eq!(seen[0].header("x-audit-log-reason"), Some("tidy%20up"));
    assert_eq!(seen[1].header("content-type"), Some("application/json"));
    assert_eq!(seen[1].body, json!({"recipient_id": "3"}));
}

#[tokio::test]
async fn interactions_go_without_the_bots_token() {
    let fake = Fake::start(|_, _| Act::empty(204)).await;
    let rest = fake.rest();
    for request in [
        to_discord::bare_defer(&ticket(1)),
        to_discord::original(&ticket(1)),
    ] {
        assert!(rest.call(&request).await.unwrap().is_success());
    }
    assert!(
        fake.seen()
            .iter()
            .all(|seen| seen.header("authorization").is_none())
    );
}

#[tokio::test]
async fn discords_clock_is_told() {
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    let fake = Fake::start(move |_, _| Act::empty(200).with("date", date)).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&told);
    let rest = fake.rest_telling(
        CALL_WITHIN,
        Box::new(move |at| tell.lock().unwrap().push(at)),
    );
    let answer = rest.call(&anything()).await.unwrap();
    let at = Timestamp::from_seconds(784_111_777);
    assert_eq!(
        (answer.date, told.lock().unwrap().as_slice()),
        (Some(at), &[at][..])
    );
}

#[tokio::test]
async fn too_fast_comes_back_to_us_and_the_pauses_grow() {
    let fake = Fake::start(|_, before| match before {
        0..=2 | 4 => Act::json(429, &json!({"message": "slow", "retry_after": 9.0})),
        _ => Act::empty(200),
    })
    .await;
    let rest = fake.rest();
    let mut pauses = Vec::new();
    for _ in 0..5 {
        let answer = rest.call(&anything()).await.unwrap();
        pauses.push(
            answer
                .retry_after
                .map(|pause| (pause.as_millis() + 500) / 1000),
        );
    }
    assert_eq!(pauses, [Some(1), Some(2), Some(4), None, Some(1)]);
    assert_eq!(fake.seen().len(), 5, "twilight repeated none of them");
}

#[tokio::test]
async fn where_the_limiter_knows_the_reset_it_waits_and_we_wait_less() {
    let fake = Fake::start(|_, _| {
        Act::json(
            429,
            &json!({"message": "slow", "retry_after": 0.2, "global": false}),
        )
        .with("x-ratelimit-scope", "user")
        .with("x-ratelimit-bucket", "b")
        .with("x-ratelimit-limit", "5")
        .with("x-ratelimit-remaining", "0")
        .with("x-ratelimit-reset-after", "0.2")
    })
    .await;
    let answer = fake.rest().call(&anything()).await.unwrap();
    assert_eq!(answer.status, 429);
    assert!(answer.retry_after.unwrap().as_millis() <= 800);
    assert_eq!(fake.seen().len(), 1);
}

#[tokio::test]
async fn a_hanging_server_is_given_up_and_what_waits_behind_was_never_sent() {
    let fake = Fake::start(|_, _| Act::Hang).await;
    let rest = fake.rest_within(Duration::from_millis(400));
    let (first, request) = (anything(), anything());
    let second = rest.call_within(&request, Duration::from_millis(150));
    let (first, second) = tokio::join!(rest.call(&first), second);
    assert_eq!(first, Err(RestFault::TimedOut));
    assert_eq!(second, Err(RestFault::Unsent));
    assert_eq!(fake.seen().len(), 1);
}

#[tokio::test]
async fn an_answer_that_hangs_holds_no_other_back() {
    let fake = Fake::start(|_, before| match before {
        0 => Act::Hang,
        _ => Act::empty(204),
    })
    .await;
    let rest = fake.rest_within(Duration::from_millis(900));
    let defer = |interaction| to_discord::bare_defer(&ticket(interaction));
    let (first, second, edit) = (defer(1), defer(2), to_discord::original(&ticket(3)));
    let others = async {
        // The connection is taken by the one that hangs: only then do the others come.
        while fake.seen().is_empty() {
            tokio::task::yield_now().await;
        }
        for request in [&second, &edit] {
            let answer = rest.call_within(request, Duration::from_millis(300)).await;
            assert!(answer.unwrap().is_success());
        }
    };
    let (hanging, ()) = tokio::join!(rest.call(&first), others);
    assert_eq!(hanging, Err(RestFault::TimedOut));
    assert_eq!(fake.seen().len(), 3);
}

#[tokio::test]
async fn a_dropped_connection_is_lost_and_an_odd_error_is_garbled() {
    let fake = Fake::start(|_, before| match before {
        0 => Act::Drop,
        1 => Act::Answer {
            status: 502,
            headers: Vec::new(),
            body: "<h1>Bad Gateway</h1>".into(),
        },
        2 => Act::Answer {
            status: 404,
            headers: Vec::new(),
            body: "404 page not found".into(),
        },
        3 => Act::json(404, &json!({"error": "no such route"})),
        _ => Act::Answer {
            status: 200,
            headers: Vec::new(),
            body: "fine".into(),
        },
    })
    .await;
    let rest = fake.rest();
    assert!(matches!(
        rest.call(&anything()).await,
        Err(RestFault::Lost(_))
    ));
    let garbled = rest.call(&anything()).await;
    assert!(matches!(
        garbled,
        Err(RestFault::Garbled { likely: None, .. })
    ));
    let garbled = rest.call(&anything()).await;
    assert!(matches!(
        garbled,
        Err(RestFault::Garbled {
            likely: Some(404),
            ..
        })
    ));
    assert_eq!(rest.call(&anything()).await.unwrap().status, 404);
    assert!(rest.call(&anything()).await.unwrap().body.is_null());
}

#[tokio::test]
async fn a_token_is_bad_only_when_our_own_account_is_refused_as_well() {
    let fake = Fake::start(|_, _| Act::error(401, 0)).await;
    let rest = fake.rest();
    assert_eq!(rest.call(&anything()).await.unwrap().status, 401);
    assert!(rest.token_is_bad());
    assert_eq!(rest.call(&anything()).await, Err(RestFault::BadToken));
    assert_eq!(fake.lines(), ["GET gateway/bot", "GET users/@me"]);
}

#[tokio::test]
async fn a_single_401_is_asked_again() {
    let fake = Fake::start(|_, before| match before {
        0 => Act::error(401, 0),
        _ => Act::empty(200),
    })
    .await;
    let rest = fake.rest();
    assert!(rest.call(&anything()).await.unwrap().is_success());
    assert!(!rest.token_is_bad());
    assert_eq!(
        fake.lines(),
        ["GET gateway/bot", "GET users/@me", "GET gateway/bot"]
    );
}

#[tokio::test]
async fn an_expired_interaction_says_nothing_about_the_bots_token() {
    let fake = Fake::start(|_, _| Act::error(401, 50027)).await;
    let rest = fake.rest();
    assert_eq!(
        rest.call(&to_discord::original(&ticket(1)))
            .await
            .unwrap()
            .code,
        50027
    );
    assert!(!rest.token_is_bad());
    assert_eq!(fake.seen().len(), 1);
}

#[tokio::test]
async fn a_token_that_is_no_header_is_bad() {
    crate::discord::install_tls_provider();
    let token = Secret::new("to\nken".to_owned());
    let proxy = Some("127.0.0.1:1".to_owned());
    let settings = Settings {
        token,
        proxy,
        call_within: CALL_WITHIN,
        on_date: Box::new(|_| {}),
    };
    assert_eq!(
        Rest::new(settings).call(&anything()).await,
        Err(RestFault::BadToken)
    );
}
