use super::*;
use crate::discord::fake::{Act, Fake, Seen};
use actors::kernel::{
    address::{Address, Kind},
    call::Token,
    effect::{OutboxRow, Target},
    ids::{ChannelId, InteractionId, MessageId, snowflake_at},
    inbound::EffectId,
    outbox::{nonce, parse_nonce},
    text::Message,
};
use serde_json::{Value, json};

mod answers;
mod instants;
mod members;
mod queries;
mod replays;
mod rosters;

/// Our clock.
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
/// Discord's clock is this much ahead.
const AHEAD: Span = Span::seconds(40);
const EFFECT: EffectId = EffectId(0xabcd);

/// A process that knows everything.
struct Known {
    route: Route,
    shard_ready: bool,
    members_intent: bool,
    nonces: bool,
}

impl World for Known {
    fn incarnation(&self) -> u32 {
        7
    }
    fn bot(&self) -> Option<UserId> {
        UserId::new(900)
    }
    fn application(&self) -> Option<ApplicationId> {
        ApplicationId::new(22)
    }
    fn now(&self) -> Timestamp {
        NOW
    }
    fn offset(&self) -> Span {
        AHEAD
    }
    fn answer_route(&self, _: &Ticket) -> Route {
        self.route
    }
    fn request_members(&self, _: GuildId, _: &str) -> bool {
        self.shard_ready
    }
    fn may_list_members(&self) -> bool {
        self.members_intent
    }
    fn nonces(&self) -> bool {
        self.nonces
    }
}

const WORLD: Known = Known {
    route: Route::Callback,
    shard_ready: true,
    members_intent: true,
    nonces: true,
};

fn job(effect: Effect) -> Job {
    let row = OutboxRow {
        id: EFFECT,
        order: 1,
        from: Address::guild(Kind::Welcome, GuildId::new(1).unwrap()),
        effect,
        made_at: NOW,
        expires_at: NOW + Span::hours(1),
        reports: false,
        origin: None,
    };
    Job {
        row,
        stage: 0,
        look_since: None,
        of_earlier_life: false,
    }
}

fn say(to: Target) -> Job {
    job(Effect::Say {
        to: vec![to],
        message: Message::text("hello"),
    })
}

fn channel(n: u64) -> ChannelId {
    ChannelId::new(n).unwrap()
}

fn user(n: u64) -> UserId {
    UserId::new(n).unwrap()
}

/// An interaction of this age.
fn ticket(age: Span) -> Ticket {
    Ticket {
        interaction: InteractionId::new(snowflake_at(NOW + AHEAD - age)).unwrap(),
        application: ApplicationId::new(22).unwrap(),
        token: Token("secret".to_owned()),
    }
}

async fn run(fake: &Fake, job: &Job, world: &Known) -> Sent {
    Executor::new(Arc::new(fake.rest())).run(job, world).await
}

fn message(id: u64, channel: u64) -> Value {
    json!({"id": id.to_string(), "channel_id": channel.to_string()})
}

fn sent(id: u64, in_channel: u64) -> Sent {
    let message_id = MessageId::new(id).unwrap();
    Sent::Done(Outcome::Sent {
        message_id,
        channel: channel(in_channel),
        target: 0,
    })
}

fn code_of(sent: &Sent) -> (u16, u32) {
    match sent {
        Sent::Refused(failure) => (failure.status, failure.code),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_message_goes_out_with_the_nonce_of_its_effect() {
    let fake = Fake::start(|_, _| Act::json(200, &message(5, 30))).await;
    assert_eq!(
        run(&fake, &say(Target::Channel(channel(30))), &WORLD).await,
        sent(5, 30)
    );
    let body = &fake.seen()[0].body;
    assert_eq!(
        parse_nonce(7, body["nonce"].as_str().unwrap()),
        Some(EFFECT)
    );
    assert_eq!(body["enforce_nonce"], true);
    let without = Known {
        nonces: false,
        ..WORLD
    };
    run(&fake, &say(Target::Channel(channel(30))), &without).await;
    assert_eq!(fake.seen()[1].body.get("nonce"), None);
}

#[tokio::test]
async fn a_later_target_is_told_and_beyond_the_last_there_is_nothing_to_do() {
    let fake = Fake::start(|_, _| Act::json(200, &message(5, 31))).await;
    let to = vec![
        Target::Channel(channel(30)),
        Target::Notice {
            channel: channel(31),
            user: user(10),
        },
    ];
    let effect = Effect::Say {
        to,
        message: Message::text("secret answer"),
    };
    let second = Job {
        stage: 1,
        ..job(effect)
    };
    let done = run(&fake, &second, &WORLD).await;
    assert!(matches!(done, Sent::Done(Outcome::Sent { target: 1, .. })));
    let body = fake.seen()[0].body.to_string();
    assert!(
        body.contains("<@10>") && !body.contains("secret answer"),
        "{body}"
    );
    let third = Job { stage: 2, ..second };
    assert_eq!(code_of(&run(&fake, &third, &WORLD).await), (0, 0));
}

#[tokio::test]
async fn conversations_are_opened_once_and_opened_again_when_gone() {
    let fake = Fake::start(|seen, before| match (seen.line().as_str(), before) {
        ("POST /api/v10/users/@me/channels", 0) => Act::json(200, &json!({"id": "50"})),
        ("POST /api/v10/users/@me/channels", _) => Act::json(200, &json!({"id": "51"})),
        (_, 3) => Act::error(404, 10003),
        _ => Act::json(200, &message(5, 51)),
    })
    .await;
    let executor = Executor::new(Arc::new(fake.rest()));
    let whisper = say(Target::User(user(10)));
    for _ in 0..3 {
        assert_eq!(executor.run(&whisper, &WORLD).await, sent(5, 51));
    }
    let (open, first, second) = (
        "POST users/@me/channels",
        "POST channels/50/messages",
        "POST channels/51/messages",
    );
    assert_eq!(fake.lines(), [open, first, first, first, open, second]);
}

#[tokio::test]
async fn a_closed_door_is_a_refusal() {
    let fake = Fake::start(|seen, _| {
        if seen.path.contains("@me") {
            Act::json(200, &json!({"id": "50"}))
        } else {
            Act::error(403, 50007)
        }
    })
    .await;
    assert_eq!(
        code_of(&run(&fake, &say(Target::User(user(10))), &WORLD).await),
        (403, 50007)
    );
}

#[tokio::test]
async fn edits_and_deletes_are_the_same_twice() {
    let (place, message_id) = (channel(30), MessageId::new(5).unwrap());
    let delete = job(Effect::Delete {
        channel: place,
        message_id,
    });
    let edit = job(Effect::Edit {
        channel: place,
        message_id,
        message: Message::text("new"),
    });
    let there = Fake::start(|_, _| Act::json(200, &message(5, 30))).await;
    assert_eq!(
        run(&there, &delete, &WORLD).await,
        Sent::Done(Outcome::Done)
    );
    assert_eq!(run(&there, &edit, &WORLD).await, Sent::Done(Outcome::Done));
    let gone = Fake::start(|_, _| Act::error(404, 10008)).await;
    assert_eq!(run(&gone, &delete, &WORLD).await, Sent::Done(Outcome::Done));
    assert_eq!(code_of(&run(&gone, &edit, &WORLD).await), (404, 10008));
}

#[tokio::test]
async fn trouble_is_told_as_it_is() {
    let fake = Fake::start(|_, before| match before {
        0 => Act::json(429, &json!({"message": "slow", "retry_after": 5})),
        1 => Act::error(500, 0),
        2 => Act::Drop,
        3 => Act::json(200, &json!("odd")),
        _ => Act::Hang,
    })
    .await;
    let rest = Arc::new(fake.rest_within(std::time::Duration::from_millis(300)));
    let executor = Executor::new(rest);
    let job = say(Target::Channel(channel(30)));
    assert!(matches!(executor.run(&job, &WORLD).await, Sent::Slow(_)));
    for _ in 0..4 {
        assert_eq!(executor.run(&job, &WORLD).await, Sent::Unclear);
    }
    assert_eq!(fake.seen().len(), 5);
}

#[tokio::test]
async fn member_lists_are_the_shards_business() {
    let fake = Fake::start(|_, _| Act::Drop).await;
    let ask = job(Effect::RequestMembers {
        guild: GuildId::new(1).unwrap(),
        nonce: "n".into(),
    });
    assert_eq!(run(&fake, &ask, &WORLD).await, Sent::Done(Outcome::Done));
    let busy = Known {
        shard_ready: false,
        ..WORLD
    };
    assert_eq!(run(&fake, &ask, &busy).await, Sent::Later(SHARD_BUSY));
    let blind = Known {
        members_intent: false,
        ..WORLD
    };
    assert!(matches!(run(&fake, &ask, &blind).await, Sent::Refused(_)));
    assert!(fake.seen().is_empty());
}
