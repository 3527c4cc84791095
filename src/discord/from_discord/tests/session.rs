use super::*;

pub(super) const READY: &str = r#"{
    "v": 10, "_trace": ["x"], "user_settings": {}, "private_channels": [], "relationships": [],
    "session_id": "abc", "resume_gateway_url": "wss://gateway-us-east1-b.discord.gg",
    "user": {"id": "900", "username": "guildhall", "bot": true, "verified": true, "email": null},
    "application": {"id": "901", "flags": 565248},
    "guilds": [{"id": "1", "unavailable": true}, {"id": 2, "unavailable": true}, null, {}],
    "shard": [0, 2]
}"#;

#[test]
fn ready_tells_who_we_are_and_where_we_are() {
    let expected = Ready {
        session_id: "abc".to_owned(),
        resume_url: Some("wss://gateway-us-east1-b.discord.gg".to_owned()),
        bot: user(900),
        application: ApplicationId::new(901).unwrap(),
        application_flags: Some(565_248),
        guilds: vec![guild_id(1), guild_id(2)],
        shard: Some((0, 2)),
    };
    assert_eq!(try_decode("READY", READY), Ok(Decoded::Ready(expected)));
}

#[test]
fn a_bare_ready_is_enough() {
    let Ok(Decoded::Ready(ready)) = try_decode("READY", r#"{"session_id":"s","user":{"id":77}}"#)
    else {
        panic!("not ready");
    };
    assert_eq!((ready.bot, ready.application.get()), (user(77), 901));
    assert_eq!(
        (ready.resume_url, ready.shard, ready.application_flags),
        (None, None, None)
    );
    assert!(ready.guilds.is_empty());
}

#[test]
fn a_ready_without_session_is_a_fault() {
    assert_eq!(
        fault("READY", r#"{"user":{"id":"900"}}"#),
        "decode READY: session_id: missing or of another type"
    );
}

#[test]
fn resumed_needs_no_data() {
    assert_eq!(try_decode("RESUMED", "null"), Ok(Decoded::Resumed));
    assert_eq!(
        try_decode("RESUMED", r#"{"_trace":[]}"#),
        Ok(Decoded::Resumed)
    );
}
