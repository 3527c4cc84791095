use super::*;
use actors::kernel::{
    effect::Instant,
    text::{Attachment, Choice, Modal},
};

async fn send(fake: &Fake, instant: &Instant, route: Route) -> Sent {
    let executor = Executor::new(Arc::new(fake.rest()));
    executor
        .send_instant(&ticket(Span::ZERO), instant, route)
        .await
}

fn hello() -> Instant {
    Instant::Message(Message::text("hello"))
}

const DONE: Sent = Sent::Done(Outcome::Done);

#[tokio::test]
async fn trouble_is_tried_again_on_the_spot() {
    let fake = Fake::start(|_, before| match before {
        0 => Act::error(500, 0),
        1 => Act::Drop,
        _ => Act::empty(204),
    })
    .await;
    assert_eq!(send(&fake, &hello(), Route::Callback).await, DONE);
    assert_eq!(fake.seen().len(), 3);
}

#[tokio::test]
async fn what_got_through_is_not_said_again() {
    for (flags, calls) in [
        (json!(64), vec!["POST", "POST", "GET"]),
        (json!(64 | 128), vec!["POST", "POST", "GET", "PATCH"]),
    ] {
        let mut original = message(5, 30);
        original["flags"] = flags;
        let fake = Fake::start(move |seen, before| match before {
            0 => Act::Drop,
            _ if seen.is("POST", "/callback") => Act::error(400, 40060),
            _ => Act::json(200, &original),
        })
        .await;
        assert_eq!(send(&fake, &hello(), Route::Callback).await, DONE);
        let lines = fake.lines();
        let methods: Vec<_> = lines
            .iter()
            .filter_map(|line| line.split(' ').next())
            .collect();
        assert_eq!(methods, calls);
    }

    let fake = Fake::start(|_, _| Act::error(400, 40060)).await;
    for instant in [
        Instant::Defer,
        Instant::Choices(vec![]),
        Instant::Modal(Modal::new("x", "X")),
    ] {
        assert_eq!(send(&fake, &instant, Route::Callback).await, DONE);
    }
    assert_eq!(fake.seen().len(), 3);
}

#[tokio::test]
async fn after_a_defer_only_messages_can_still_be_shown() {
    let fake = Fake::start(|_, _| Act::json(200, &message(5, 30))).await;
    assert_eq!(send(&fake, &hello(), Route::Edit).await, DONE);
    assert_eq!(send(&fake, &Instant::Defer, Route::Edit).await, DONE);
    let choices = Instant::Choices(vec![Choice::new("a", "a")]);
    assert_eq!(code_of(&send(&fake, &choices, Route::Edit).await), (0, 0));
    assert_eq!(
        fake.lines(),
        ["PATCH webhooks/22/secret/messages/@original"]
    );
}

#[tokio::test]
async fn after_four_tries_it_is_lost() {
    let fake = Fake::start(|_, _| Act::error(503, 0)).await;
    assert_eq!(send(&fake, &hello(), Route::Callback).await, Sent::Unclear);
    assert_eq!(fake.seen().len(), 4);
}

#[tokio::test]
async fn a_refusal_is_final() {
    let fake = Fake::start(|_, _| Act::error(404, 10062)).await;
    assert_eq!(
        code_of(&send(&fake, &hello(), Route::Callback).await),
        (404, 10062)
    );
    assert_eq!(fake.seen().len(), 1);
}

fn file() -> Instant {
    let file = Attachment {
        name: "x.csv".to_owned(),
        description: "a table".to_owned(),
        bytes: b"a,b\r\n1,2\r\n".to_vec(),
    };
    Instant::Files(Message::text("here"), vec![file])
}

#[tokio::test]
async fn a_file_goes_into_the_place_of_thinking() {
    let fake = Fake::start(|seen, _| match seen.method.as_str() {
        "POST" => Act::empty(204),
        _ => Act::json(200, &message(5, 30)),
    })
    .await;
    assert_eq!(send(&fake, &file(), Route::Callback).await, DONE);
    let (callback, upload) = (&fake.seen()[0], &fake.seen()[1]);
    assert_eq!(callback.body["type"], 5);
    assert!(upload.is("PATCH", "@original"));
    let kind = upload.header("content-type").unwrap();
    assert!(kind.starts_with("multipart/form-data; boundary="), "{kind}");
    // "Thinking…" is there already.
    assert_eq!(send(&fake, &file(), Route::Edit).await, DONE);
    assert_eq!(fake.seen().len(), 3);
}

#[tokio::test]
async fn a_file_that_is_not_taken_is_not_waited_for() {
    let fake = Fake::start(|seen, before| match (seen.method.as_str(), before) {
        ("POST", _) => Act::empty(204),
        (_, 1) => Act::error(500, 0),
        (_, 2) => Act::error(413, 40005),
        _ => Act::json(200, &message(5, 30)),
    })
    .await;
    let sent = send(&fake, &file(), Route::Callback).await;
    assert_eq!(code_of(&sent), (413, 40005));
    let said = fake.seen()[3].body["content"].to_string();
    assert!(said.contains("did not take the file"), "{said}");
    // Who cannot be told "thinking…" any more is not there any more.
    let gone = Fake::start(|_, _| Act::error(404, 10062)).await;
    let sent = send(&gone, &file(), Route::Callback).await;
    assert_eq!((code_of(&sent), gone.seen().len()), ((404, 10062), 1));
}

#[tokio::test]
async fn a_page_takes_the_place_of_the_page_before() {
    let page = Instant::Replace(Message::text("page 2"));
    let fake = Fake::start(|seen, before| match before {
        0 => Act::Drop,
        _ if seen.is("POST", "/callback") => Act::error(400, 40060),
        _ => Act::json(200, &message(5, 30)),
    })
    .await;
    assert_eq!(send(&fake, &page, Route::Callback).await, DONE);
    assert_eq!(fake.seen()[0].body["type"], 7);
    assert_eq!(fake.seen()[0].body["data"].get("flags"), None);
    assert!(fake.seen()[2].is("PATCH", "@original"));
}
