use super::*;
use actors::kernel::{inbound::Member, outbox::nonce};
use proptest::prelude::*;

mod activity;
mod guild;
mod interaction;
mod member;
mod message;
mod notes;
mod session;

/// Discord's clock is this much ahead of ours.
const AHEAD: Span = Span::millis(90_000);
/// When frames arrive, on our time line.
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn context() -> Context {
    Context {
        bot: UserId::new(900),
        application: ApplicationId::new(901),
        owners: Default::default(),
        incarnation: 7,
        now: NOW,
        offset: AHEAD,
        process: Process {
            version: "1.2.3".to_owned(),
            ..Process::default()
        },
        content: true,
    }
}

fn try_decode(event: &str, data: &str) -> Result<Decoded, DecodeFault> {
    let text = format!(r#"{{"op":0,"s":5,"t":"{event}","d":{data}}}"#);
    decode(&Frame::parse(&text).unwrap(), &context())
}

fn inputs(event: &str, data: &str) -> Vec<(Timestamp, Inbound)> {
    match try_decode(event, data) {
        Ok(Decoded::Inputs(inputs)) => inputs,
        other => panic!("{event}: {other:?}"),
    }
}

/// The one input; behind an interaction a sign of life of its author may follow.
fn one(event: &str, data: &str) -> (Timestamp, Inbound) {
    let mut inputs = inputs(event, data).into_iter();
    let first = inputs.next().expect("an input");
    let rest: Vec<_> = inputs.collect();
    let sign = matches!(rest.as_slice(), [(_, Inbound::Activity(_))]);
    assert!(rest.is_empty() || sign, "{event}: {rest:?}");
    first
}

fn fault(event: &str, data: &str) -> String {
    try_decode(event, data).unwrap_err().to_string()
}

fn guild_id(n: u64) -> GuildId {
    GuildId::new(n).unwrap()
}

fn user(n: u64) -> UserId {
    UserId::new(n).unwrap()
}

/// An instant of Discord's, as we see it.
fn ours(discord_ms: i64) -> Timestamp {
    Timestamp::from_millis(discord_ms) - AHEAD
}

const EVENTS: [&str; 27] = [
    "READY",
    "RESUMED",
    "GUILD_CREATE",
    "GUILD_UPDATE",
    "GUILD_DELETE",
    "CHANNEL_DELETE",
    "THREAD_DELETE",
    "GUILD_ROLE_DELETE",
    "GUILD_MEMBER_ADD",
    "GUILD_MEMBER_UPDATE",
    "GUILD_MEMBER_REMOVE",
    "GUILD_MEMBERS_CHUNK",
    "RATE_LIMITED",
    "GUILD_AUDIT_LOG_ENTRY_CREATE",
    "GUILD_BAN_ADD",
    "MESSAGE_CREATE",
    "MESSAGE_UPDATE",
    "PRESENCE_UPDATE",
    "TYPING_START",
    "MESSAGE_REACTION_ADD",
    "MESSAGE_REACTION_REMOVE",
    "VOICE_STATE_UPDATE",
    "THREAD_CREATE",
    "THREAD_MEMBERS_UPDATE",
    "GUILD_SCHEDULED_EVENT_USER_ADD",
    "GUILD_SCHEDULED_EVENT_USER_REMOVE",
    "INTERACTION_CREATE",
];

#[test]
fn events_nobody_reads_are_ignored_without_a_look_at_their_data() {
    for event in ["MESSAGE_DELETE", "VOICE_SERVER_UPDATE", "TOMORROWS_EVENT"] {
        assert_eq!(
            try_decode(event, r#"{"user":"\ud800"}"#),
            Ok(Decoded::Ignored),
            "{event}"
        );
    }
    let heartbeat = Frame::parse(r#"{"op":1,"t":"READY","d":{}}"#).unwrap();
    assert_eq!(decode(&heartbeat, &context()), Ok(Decoded::Ignored));
}

#[test]
fn a_fault_names_event_field_and_reason() {
    assert_eq!(
        fault("GUILD_MEMBER_ADD", r#"{"guild_id":"1","user":{}}"#),
        "decode GUILD_MEMBER_ADD: user.id: missing or of another type"
    );
    assert_eq!(
        fault("GUILD_CREATE", "[]"),
        "decode GUILD_CREATE: data: not an object"
    );
    assert_eq!(
        fault("GUILD_CREATE", "null"),
        "decode GUILD_CREATE: data: not an object"
    );
    let torn = fault("GUILD_CREATE", r#"{"id":"1","name":"\ud800"}"#);
    assert!(torn.starts_with("decode GUILD_CREATE: data: "), "{torn}");
}

#[test]
fn a_frame_that_was_cut_off_anywhere_is_no_frame() {
    for data in [session::READY, guild::GUILD, member::JOINED] {
        let text = format!(r#"{{"op":0,"s":5,"t":"READY","d":{data}}}"#);
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let frame = Frame::parse(&text[..end]);
            let read = frame.map_or(Err(()), |frame| decode(&frame, &context()).map_err(|_| ()));
            assert!(read.is_err(), "{end}");
        }
    }
}

#[test]
fn a_frame_nested_too_deep_is_a_fault() {
    let deep = format!(
        r#"{{"id":"1","x":{}{}}}"#,
        "[".repeat(5_000),
        "]".repeat(5_000)
    );
    // Whether or not an unread field is looked into, nothing overflows.
    let _ = try_decode("GUILD_CREATE", &deep);
    let nested = r#"{"name":"a","options":["#.repeat(500) + &"]}".repeat(500);
    let data = format!(r#"{{"id":"5","token":"t","type":2,"user":{{"id":"1"}},"data":{nested}}}"#);
    assert!(fault("INTERACTION_CREATE", &data).contains("recursion limit"));
}

proptest! {
    #[test]
    fn arbitrary_data_never_panics(event in 0..EVENTS.len(), data in any_data()) {
        let _ = try_decode(EVENTS[event], &data.to_string());
    }

    #[test]
    fn arbitrary_text_never_panics(text in ".{0,64}") {
        if let Ok(frame) = Frame::parse(&text) {
            let _ = decode(&frame, &context());
        }
    }
}

/// JSON of the names that are read, with values of any sort.
fn any_data() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::{Map, Value};
    const KEYS: [&str; 24] = [
        "id",
        "guild_id",
        "user",
        "member",
        "data",
        "options",
        "name",
        "type",
        "value",
        "token",
        "members",
        "roles",
        "joined_at",
        "guilds",
        "session_id",
        "custom_id",
        "components",
        "values",
        "resolved",
        "channels",
        "author",
        "nonce",
        "chunk_index",
        "action_type",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (0..9_u64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<u64>().prop_map(|id| id.to_string().into()),
        "[a-z:#0-9]{0,12}".prop_map(Value::from),
        Just(Value::from("g1:welcome:edit")),
        Just(Value::from("2024-02-30T25:00:00Z")),
    ];
    leaf.prop_recursive(5, 64, 8, |inner| {
        let entry = (0..KEYS.len(), inner.clone()).prop_map(|(key, value)| (KEYS[key], value));
        prop_oneof![
            1 => proptest::collection::vec(inner, 0..4).prop_map(Value::from),
            3 => proptest::collection::vec(entry, 0..12).prop_map(|entries| {
                let map: Map<_, _> =
                    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
                Value::Object(map)
            }),
        ]
    })
}
