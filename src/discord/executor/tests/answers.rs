use super::*;

fn answer(age: Span) -> Job {
    say(Target::Answer(ticket(age)))
}

const YOUNG: Span = Span::seconds(1);
const OLD: Span = Span::seconds(10);
const EDITING: Known = Known {
    route: Route::Edit,
    ..WORLD
};

fn is_callback(seen: &Seen) -> bool {
    seen.is("POST", "/interactions/")
}

fn steps(fake: &Fake) -> Vec<&'static str> {
    let seen = fake.seen();
    seen.iter()
        .map(|seen| {
            if is_callback(seen) {
                "callback"
            } else {
                "edit"
            }
        })
        .collect()
}

#[tokio::test]
async fn an_answer_in_time_is_the_first_response() {
    let fake = Fake::start(|_, _| Act::empty(204)).await;
    assert_eq!(
        run(&fake, &answer(YOUNG), &WORLD).await,
        Sent::Done(Outcome::Done)
    );
    let seen = fake.seen();
    assert_eq!((seen.len(), &seen[0].body["type"]), (1, &json!(4)));
    assert_eq!(seen[0].body["data"]["flags"], 64);
}

#[tokio::test]
async fn an_answer_after_a_defer_edits_it() {
    let fake = Fake::start(|_, _| Act::json(200, &message(5, 30))).await;
    assert_eq!(run(&fake, &answer(OLD), &EDITING).await, sent(5, 30));
    assert_eq!(
        fake.lines(),
        ["PATCH webhooks/22/secret/messages/@original"]
    );
}

#[tokio::test]
async fn already_acknowledged_leads_to_an_edit_at_once() {
    let fake = Fake::start(|seen, _| {
        if is_callback(seen) {
            Act::error(400, 40060)
        } else {
            Act::json(200, &message(5, 30))
        }
    })
    .await;
    assert_eq!(run(&fake, &answer(YOUNG), &WORLD).await, sent(5, 30));
    assert_eq!(steps(&fake), ["callback", "edit"]);
}

#[tokio::test]
async fn nothing_to_edit_leads_to_a_first_response_while_it_is_young() {
    for code in [10015, 10008, 0] {
        let fake = Fake::start(move |seen, _| {
            if is_callback(seen) {
                Act::empty(204)
            } else {
                Act::error(404, code)
            }
        })
        .await;
        let done = run(&fake, &answer(YOUNG), &EDITING).await;
        assert_eq!(done, Sent::Done(Outcome::Done));
        assert_eq!(steps(&fake), ["edit", "callback"]);
        let late = run(&fake, &answer(OLD), &EDITING).await;
        assert_eq!(code_of(&late), (404, code));
    }
}

#[tokio::test]
async fn an_unknown_interaction_is_refused_and_goes_to_the_next_target() {
    let fake = Fake::start(|_, _| Act::error(404, 10062)).await;
    assert_eq!(
        code_of(&run(&fake, &answer(YOUNG), &WORLD).await),
        (404, 10062)
    );
    assert_eq!(steps(&fake), ["callback"]);
}

#[tokio::test]
async fn a_server_that_contradicts_itself_is_not_asked_for_ever() {
    let fake = Fake::start(|seen, _| {
        if is_callback(seen) {
            Act::error(400, 40060)
        } else {
            Act::error(404, 10008)
        }
    })
    .await;
    assert_eq!(run(&fake, &answer(YOUNG), &WORLD).await, Sent::Unclear);
    assert_eq!(steps(&fake), ["callback", "edit", "callback"]);
}

#[tokio::test]
async fn an_expired_secret_is_a_refusal_and_not_a_bad_token() {
    let fake = Fake::start(|_, _| Act::error(401, 50027)).await;
    let executor = Executor::new(Arc::new(fake.rest()));
    assert_eq!(
        code_of(&executor.run(&answer(OLD), &EDITING).await),
        (401, 50027)
    );
    assert!(!executor.token_is_bad());
}
