use super::*;
use actors::kernel::outbox::NONCE_TRUSTED;

/// A message whose fate is unknown, too long ago for its nonce.
fn doubtful() -> Job {
    let since = NOW - NONCE_TRUSTED - Span::seconds(30);
    Job {
        look_since: Some(since),
        ..say(Target::Channel(channel(30)))
    }
}

fn shown(id: u64, author: u64, content: &str, nonce: Option<&str>) -> Value {
    json!({"id": id.to_string(), "channel_id": "30", "author": {"id": author.to_string()},
        "content": content, "embeds": [], "nonce": nonce})
}

/// A channel that holds `messages`, oldest first, and pages like Discord: newest first, after the id.
fn holding(messages: Vec<Value>) -> impl Fn(&Seen, usize) -> Act + Send + Sync {
    move |seen, _| {
        let Some((_, query)) = seen.path.split_once("?after=") else {
            return Act::json(200, &message(999, 30));
        };
        let after: u64 = query.split('&').next().unwrap().parse().unwrap();
        let id = |shown: &Value| shown["id"].as_str().unwrap().parse::<u64>().unwrap();
        let mut page: Vec<_> = messages
            .iter()
            .filter(|shown| id(shown) > after)
            .take(100)
            .cloned()
            .collect();
        page.reverse();
        Act::json(200, &page.into())
    }
}

fn recent(n: u64) -> u64 {
    snowflake_at(NOW + AHEAD - Span::seconds(100)) + n
}

#[tokio::test]
async fn what_was_posted_before_the_answer_was_lost_is_found_and_not_posted_again() {
    let ours = nonce(7, EFFECT);
    let messages = vec![
        shown(5, 900, "hello", None),
        shown(recent(1), 10, "hello", None),
        shown(recent(2), 900, "hello", Some(&nonce(7, EffectId(1)))),
        shown(recent(3), 900, "hello", Some(&ours)),
    ];
    let fake = Fake::start(holding(messages)).await;
    assert_eq!(run(&fake, &doubtful(), &WORLD).await, sent(recent(3), 30));
    assert_eq!(fake.seen().len(), 1);
    assert!(fake.seen()[0].is("GET", "/channels/30/messages?after="));
}

/// A row made so long ago by our clock, which is 40 s behind Discord's, and perhaps sent by an earlier life.
fn left_over(age: Span, look_since: Option<Timestamp>) -> Job {
    let mut job = say(Target::Channel(channel(30)));
    job.row.made_at = NOW - age;
    (job.look_since, job.of_earlier_life) = (look_since, true);
    job
}

#[tokio::test]
async fn a_clock_set_back_between_two_lives_does_not_make_a_message_too_young_to_be_looked_for() {
    let then = snowflake_at(NOW - Span::seconds(60)) + 1;
    let there = || holding(vec![shown(then, 900, "hello", None)]);
    let fake = Fake::start(there()).await;
    let aged = left_over(Span::seconds(60), None);
    assert_eq!(run(&fake, &aged, &WORLD).await, sent(then, 30));
    let fake = Fake::start(there()).await;
    let young = left_over(Span::seconds(45), None);
    assert_eq!(run(&fake, &young, &WORLD).await, sent(999, 30));
    assert_eq!(fake.seen().len(), 1, "the nonce will do");
}

#[tokio::test]
async fn a_clock_that_fell_behind_between_two_lives_does_not_hide_what_was_posted() {
    let since = NOW - Span::minutes(30);
    let then = snowflake_at(since) + 1;
    let fake = Fake::start(holding(vec![shown(then, 900, "hello", None)])).await;
    let old = left_over(Span::minutes(30), Some(since));
    assert_eq!(run(&fake, &old, &WORLD).await, sent(then, 30));
}

#[tokio::test]
async fn without_nonces_the_same_words_of_ours_count() {
    let fake = Fake::start(holding(vec![shown(recent(1), 900, "hello", None)])).await;
    assert_eq!(run(&fake, &doubtful(), &WORLD).await, sent(recent(1), 30));
}

#[tokio::test]
async fn what_is_not_found_is_posted() {
    let fake = Fake::start(holding(vec![shown(recent(1), 900, "other words", None)])).await;
    assert_eq!(run(&fake, &doubtful(), &WORLD).await, sent(999, 30));
    assert_eq!(fake.seen().len(), 2);
}

#[tokio::test]
async fn a_busy_channel_is_read_page_by_page_with_an_end() {
    let chatter = |n: u64| shown(recent(n), 10, "chatter", None);
    let mut messages: Vec<_> = (0..250).map(chatter).collect();
    messages.push(shown(recent(300), 900, "hello", None));
    let fake = Fake::start(holding(messages)).await;
    assert_eq!(run(&fake, &doubtful(), &WORLD).await, sent(recent(300), 30));
    assert_eq!(fake.seen().len(), 3);

    let fake = Fake::start(holding((0..900).map(chatter).collect())).await;
    assert_eq!(run(&fake, &doubtful(), &WORLD).await, sent(999, 30));
    assert_eq!(fake.seen().len(), look::PAGES + 1);
}

#[tokio::test]
async fn as_long_as_looking_fails_nothing_is_posted() {
    let fake = Fake::start(|_, _| Act::error(500, 0)).await;
    assert_eq!(run(&fake, &doubtful(), &WORLD).await, Sent::Unclear);
    assert_eq!(fake.seen().len(), 1);
}

#[tokio::test]
async fn where_we_may_not_look_posting_tells_why() {
    let fake = Fake::start(|_, _| Act::error(403, 50001)).await;
    assert_eq!(
        code_of(&run(&fake, &doubtful(), &WORLD).await),
        (403, 50001)
    );
}

async fn ask(fake: &Fake, age: Span) -> Acknowledged {
    Executor::new(Arc::new(fake.rest()))
        .was_acknowledged(&ticket(age), age)
        .await
}

const YOUNG: Span = Span::seconds(3);
const OLD: Span = Span::seconds(60);

#[tokio::test]
async fn a_young_interaction_is_acknowledged_or_says_that_it_was() {
    let open = Fake::start(|_, _| Act::empty(204)).await;
    assert_eq!(ask(&open, YOUNG).await, Acknowledged::Yes);
    assert_eq!(open.seen()[0].body["type"], 5);
    let taken = Fake::start(|_, _| Act::error(400, 40060)).await;
    assert_eq!(ask(&taken, YOUNG).await, Acknowledged::Yes);
    assert_eq!(taken.seen().len(), 1);
}

#[tokio::test]
async fn an_older_one_is_judged_by_its_first_response() {
    let answered = Fake::start(|_, _| Act::json(200, &message(5, 30))).await;
    assert_eq!(ask(&answered, OLD).await, Acknowledged::Yes);
    assert_eq!(
        answered.lines(),
        ["GET webhooks/22/secret/messages/@original"]
    );
    for (status, code) in [(404, 10008), (404, 10015), (401, 50027)] {
        let failed = Fake::start(move |_, _| Act::error(status, code)).await;
        assert_eq!(ask(&failed, OLD).await, Acknowledged::No);
    }
}

#[tokio::test]
async fn one_that_just_closed_is_asked_about() {
    let fake = Fake::start(|seen, _| {
        if seen.method == "POST" {
            Act::error(404, 10062)
        } else {
            Act::json(200, &message(5, 30))
        }
    })
    .await;
    assert_eq!(ask(&fake, YOUNG).await, Acknowledged::Yes);
}

#[tokio::test]
async fn a_defer_that_may_still_get_through_is_given_a_moment() {
    let fake = Fake::start(|_, before| match before {
        0 => Act::Drop,
        1 => Act::error(404, 10015),
        _ => Act::json(200, &message(5, 30)),
    })
    .await;
    assert_eq!(ask(&fake, YOUNG).await, Acknowledged::Yes);
    assert_eq!(fake.seen().len(), 3);
}
