use super::*;
use actors::kernel::owner::{Order, Said};

const AT_MS: i64 = 1_462_015_105_796;

fn message(rest: &str) -> String {
    format!(r#"{{"id":"175928847299117063","channel_id":"30","content":"hi","type":0,{rest}}}"#)
}

#[test]
fn our_own_message_with_our_nonce_is_recognised() {
    let ours = nonce(7, EffectId(42));
    let data = message(&format!(
        r#""guild_id":"1","author":{{"id":"900","bot":true}},"nonce":"{ours}""#
    ));
    let expected = Decoded::Own {
        effect: EffectId(42),
        message: MessageId::new(175_928_847_299_117_063).unwrap(),
        channel: ChannelId::new(30).unwrap(),
    };
    assert_eq!(try_decode("MESSAGE_CREATE", &data), Ok(expected));
}

#[test]
fn nonces_of_others_prove_nothing() {
    let (ours, older) = (nonce(7, EffectId(42)), nonce(6, EffectId(42)));
    for rest in [
        format!(r#""guild_id":"1","author":{{"id":"10","bot":true}},"nonce":"{ours}""#),
        format!(r#""guild_id":"1","author":{{"id":"900"}},"nonce":"{older}""#),
        r#""guild_id":"1","author":{"id":"900"},"nonce":123"#.to_owned(),
        r#""author":{"id":"900"},"nonce":null"#.to_owned(),
        r#""author":{"id":"900"}"#.to_owned(),
    ] {
        assert_eq!(
            try_decode("MESSAGE_CREATE", &message(&rest)),
            Ok(Decoded::Ignored),
            "{rest}"
        );
    }
}

#[test]
fn a_direct_message_of_a_person_is_told_at_its_time() {
    let (at, what) = one(
        "MESSAGE_CREATE",
        &message(r#""author":{"id":"10","username":"anna"}"#),
    );
    assert_eq!(at, ours(AT_MS));
    let expected = Inbound::DirectMessage {
        user: user(10),
        channel: ChannelId::new(30).unwrap(),
        message: MessageId::new(175_928_847_299_117_063).unwrap(),
    };
    assert_eq!(what, expected);
}

#[test]
fn messages_of_bots_and_of_discord_are_ignored() {
    for rest in [
        r#""author":{"id":"10","bot":true}"#,
        r#""author":{"id":"10"},"webhook_id":"5""#,
        r#""author":{"id":"643945264868098049","system":true}"#,
        r#""author":null"#,
    ] {
        assert_eq!(
            try_decode("MESSAGE_CREATE", &message(rest)),
            Ok(Decoded::Ignored),
            "{rest}"
        );
    }
    let call = r#"{"id":"5","channel_id":"30","type":3,"author":{"id":"10"}}"#;
    assert_eq!(
        try_decode("MESSAGE_CREATE", call),
        Ok(Decoded::Ignored),
        "a notice by Discord"
    );
}

/// What becomes of a message with this text when accounts 10 and 11 own the application.
fn said(text: &str, rest: &str) -> Decoded {
    let cx = Context {
        owners: Arc::new([user(10), user(11)]),
        ..context()
    };
    let text = serde_json::Value::from(text);
    let data =
        format!(r#"{{"id":"175928847299117063","channel_id":"30","content":{text},{rest}}}"#);
    let frame = format!(r#"{{"op":0,"s":5,"t":"MESSAGE_CREATE","d":{data}}}"#);
    decode(&Frame::parse(&frame).unwrap(), &cx).unwrap()
}

fn order_of(decoded: Decoded) -> Option<Order> {
    let Decoded::Inputs(inputs) = decoded else {
        return None;
    };
    inputs.into_iter().find_map(|(_, what)| match what {
        Inbound::OwnerSaid(said) => Some(said.order),
        _ => None,
    })
}

#[test]
fn a_command_of_the_applications_owner_follows_their_sign_of_life() {
    let decoded = said("?reset", r#""guild_id":"1","type":0,"author":{"id":"10"}"#);
    let Decoded::Inputs(inputs) = decoded else {
        panic!("{decoded:?}")
    };
    let [
        (_, Inbound::Activity(activity)),
        (at, Inbound::OwnerSaid(order)),
    ] = inputs.as_slice()
    else {
        panic!("{inputs:?}")
    };
    assert!(activity.members.contains_key(&user(10)));
    assert_eq!(*at, ours(AT_MS));
    let expected = Said {
        user: user(10),
        guild: Some(guild_id(1)),
        channel: ChannelId::new(30).unwrap(),
        order: Order::Reset,
    };
    assert_eq!(*order, expected);
}

#[test]
fn every_owner_is_obeyed_in_every_form_and_in_answers() {
    for text in ["?setup", "<@900> ?setup", "<@!900> setup", " ?SETUP"] {
        for rest in [
            r#""guild_id":"1","type":0,"author":{"id":"10"}"#,
            r#""guild_id":"1","type":19,"author":{"id":"11"}"#,
        ] {
            assert_eq!(
                order_of(said(text, rest)),
                Some(Order::Setup),
                "{text} {rest}"
            );
        }
    }
}

#[test]
fn nobody_else_is_obeyed_and_what_they_write_is_a_sign_of_life_as_ever() {
    for (text, author) in [
        ("?reset", "12"),
        ("<@900> reset", "12"),
        ("?help", "10"),
        ("hello", "10"),
        // What we are not shown.
        ("", "10"),
    ] {
        let rest = format!(r#""guild_id":"1","type":0,"author":{{"id":"{author}"}}"#);
        let decoded = said(text, &rest);
        assert!(matches!(decoded, Decoded::Sign(_)), "{text}: {decoded:?}");
    }
    for rest in [
        r#""guild_id":"1","type":0,"author":{"id":"10","bot":true}"#,
        r#""guild_id":"1","type":0,"author":{"id":"10"},"webhook_id":"5""#,
        r#""guild_id":"1","type":7,"author":{"id":"10"}"#,
    ] {
        assert_eq!(said("?reset", rest), Decoded::Ignored, "{rest}");
    }
}

#[test]
fn who_does_not_know_its_owners_obeys_nobody() {
    let data = r#"{"id":"175928847299117063","channel_id":"30","guild_id":"1","content":"?reset","type":0,"author":{"id":"10"}}"#;
    let decoded = try_decode("MESSAGE_CREATE", data);
    assert!(matches!(decoded, Ok(Decoded::Sign(_))), "{decoded:?}");
}

#[test]
fn in_direct_messages_a_command_takes_the_place_of_the_message() {
    let rest = r#""type":0,"author":{"id":"10"}"#;
    let Decoded::Inputs(inputs) = said("?reset", rest) else {
        panic!("no input")
    };
    let [(_, Inbound::OwnerSaid(order))] = inputs.as_slice() else {
        panic!("{inputs:?}")
    };
    assert_eq!((order.guild, order.user), (None, user(10)));
    let Decoded::Inputs(inputs) = said("hello", rest) else {
        panic!("no input")
    };
    assert!(matches!(
        inputs.as_slice(),
        [(_, Inbound::DirectMessage { .. })]
    ));
}

#[test]
fn text_that_is_broken_is_no_command() {
    let data = r#"{"id":"175928847299117063","channel_id":"30","guild_id":"1","content":"?reset \ud800","type":0,"author":{"id":"10"}}"#;
    let frame = format!(r#"{{"op":0,"s":5,"t":"MESSAGE_CREATE","d":{data}}}"#);
    let cx = Context {
        owners: Arc::new([user(10)]),
        ..context()
    };
    let decoded = decode(&Frame::parse(&frame).unwrap(), &cx);
    assert!(matches!(decoded, Ok(Decoded::Sign(_))), "{decoded:?}");
}
