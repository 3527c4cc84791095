use super::*;

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
