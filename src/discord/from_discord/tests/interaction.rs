use super::*;
use actors::kernel::{
    call::{Call, Permissions, Submit, Value},
    ids::RoleId,
};

const WHO: &str = r#""id":"175928847299117063","application_id":"901","token":"secret","version":1,
    "guild_id":"1","channel_id":"30","channel":{"id":"30","type":0},"locale":"de",
    "app_permissions":"562949953601536","entitlements":[],"context":0,
    "member":{"user":{"id":"10","username":"anna","global_name":"Anna"},"nick":"Annie",
        "roles":["40"],"permissions":"9007199254740991","joined_at":"2024-01-01T00:00:00Z"}"#;

fn asked(kind: u8, data: &str) -> String {
    format!(r#"{{{WHO},"type":{kind},"data":{data}}}"#)
}

fn call(data: &str) -> Call {
    match one("INTERACTION_CREATE", &asked(2, data)) {
        (_, Inbound::Called(call)) => call,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_command_comes_with_who_where_and_how_to_answer() {
    let (at, what) = one(
        "INTERACTION_CREATE",
        &asked(2, r#"{"id":"5","name":"ping","type":1}"#),
    );
    assert_eq!(at, ours(1_462_015_105_796));
    let Inbound::Called(call) = what else {
        panic!("{what:?}")
    };
    assert_eq!(
        (call.command.as_str(), call.options.len(), call.focused),
        ("ping", 0, None)
    );
    let origin = call.origin;
    assert_eq!(origin.ticket.interaction.get(), 175_928_847_299_117_063);
    assert_eq!(origin.ticket.application.get(), 901);
    assert_eq!(origin.ticket.token.0, "secret");
    assert_eq!(
        (origin.guild, origin.channel),
        (Some(guild_id(1)), ChannelId::new(30))
    );
    assert_eq!(
        (origin.caller.user, origin.caller.name.as_str()),
        (user(10), "Annie")
    );
    assert_eq!(origin.caller.roles, [RoleId::new(40).unwrap()]);
    assert_eq!(
        origin.caller.permissions,
        Permissions(9_007_199_254_740_991)
    );
    assert_eq!(origin.caller.locale, "de");
    assert_eq!(origin.app_permissions, Permissions(562_949_953_601_536));
    assert_eq!(origin.process.version, "1.2.3");
}

#[test]
fn who_owns_the_application_is_known_by_their_id_and_by_nothing_discord_says() {
    let owns = |owner: u64, permissions: &str| {
        let data = asked(2, r#"{"id":"5","name":"ping","type":1}"#);
        let data = data.replace("9007199254740991", permissions);
        let text = format!(r#"{{"op":0,"s":5,"t":"INTERACTION_CREATE","d":{data}}}"#);
        let cx = Context {
            owners: Arc::new([user(owner)]),
            ..context()
        };
        let Ok(Decoded::Inputs(inputs)) = decode(&Frame::parse(&text).unwrap(), &cx) else {
            panic!("no input")
        };
        let caller = inputs[0].1.origin().unwrap().caller.clone();
        (caller.owns_application(), caller.permissions.0 & !(1 << 63))
    };
    assert_eq!(owns(10, "32"), (true, 32));
    assert_eq!(owns(12, "32"), (false, 32));
    let all = u64::MAX.to_string();
    assert_eq!(owns(12, &all), (false, u64::MAX >> 1), "an administrator");
}

#[test]
fn subcommands_become_part_of_the_name_and_options_get_our_types() {
    let call = call(
        r#"{"name":"welcome","options":[{"name":"join","type":1,"options":[
            {"name":"text","type":3,"value":"hi"},
            {"name":"count","type":4,"value":-7},
            {"name":"loud","type":5,"value":true},
            {"name":"user","type":6,"value":"11"},
            {"name":"channel","type":7,"value":"31"},
            {"name":"role","type":8,"value":"40"},
            {"name":"anyone","type":9,"value":"12"},
            {"name":"share","type":10,"value":2.5},
            {"name":"future","type":99,"value":5},
            {"name":"odd","type":7,"value":{"id":1}},
            {"name":"","type":3,"value":"nameless"}, null
        ]}],"resolved":{"channels":{
            "31":{"id":"31","name":"general","type":0,"permissions":"1","app_permissions":"3072"},
            "32":{"name":"old"},"x":{"name":"no id"},"33":null
        },"users":{}}}"#,
    );
    assert_eq!(call.command, "welcome join");
    let expected = [
        ("anyone", Value::Text("12".into())),
        ("channel", Value::Channel(ChannelId::new(31).unwrap())),
        ("count", Value::Integer(-7)),
        ("future", Value::Text("5".into())),
        ("loud", Value::Flag(true)),
        ("odd", Value::Text(String::new())),
        ("role", Value::Role(RoleId::new(40).unwrap())),
        ("share", Value::Text("2.5".into())),
        ("text", Value::Text("hi".into())),
        ("user", Value::User(user(11))),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value));
    assert_eq!(call.options.into_iter().collect::<Vec<_>>(), expected);
    let channel = &call.channels[&ChannelId::new(31).unwrap()];
    assert_eq!(channel.name, "general");
    assert_eq!(channel.app_permissions, Some(Permissions(3072)));
    assert_eq!(
        call.channels[&ChannelId::new(32).unwrap()].app_permissions,
        None
    );
    assert_eq!(call.channels.len(), 2);
}

#[test]
fn groups_nest_once() {
    let nested = r#"{"name":"a","options":[{"name":"b","type":2,"options":[
        {"name":"c","type":1,"options":[{"name":"d","type":1,"options":[]}]}]}]}"#;
    let call = call(nested);
    assert_eq!((call.command.as_str(), call.options.len()), ("a b c", 0));
}

#[test]
fn what_is_being_typed_is_text_whatever_it_will_be() {
    let data = r#"{"name":"setup","options":[{"name":"zone","type":1,"options":[
        {"name":"zone","type":3,"value":"eur","focused":true},
        {"name":"count","type":4,"value":"1x"}]}]}"#;
    let (_, what) = one("INTERACTION_CREATE", &asked(4, data));
    let Inbound::Completing(call) = what else {
        panic!("{what:?}")
    };
    assert_eq!(
        (call.command.as_str(), call.focused.as_deref()),
        ("setup zone", Some("zone"))
    );
    assert_eq!(
        (call.text("zone"), call.text("count")),
        (Some("eur"), Some("1x"))
    );
}

#[test]
fn a_press_finds_its_machine_by_custom_id() {
    let data = r#"{"custom_id":"g1:welcome:pick:join","component_type":3,"values":["a",7]}"#;
    let text = format!(r#"{{{WHO},"type":3,"data":{data},"message":{{"id":"55","content":""}}}}"#);
    let (_, what) = one("INTERACTION_CREATE", &text);
    let Inbound::Pressed(press) = what else {
        panic!("{what:?}")
    };
    assert_eq!(press.id.to_string(), "g1:welcome:pick:join");
    assert_eq!(press.message, MessageId::new(55));
    assert_eq!(press.values, ["a", "7"]);
}

#[test]
fn foreign_and_future_components_come_back_for_a_polite_answer() {
    let cases = [
        (3, "poll-42", Foreign::NotOurs),
        (5, "g9:welcome:edit", Foreign::OtherVersion),
    ];
    for (kind, id, expected) in cases {
        let data = asked(kind, &format!(r#"{{"custom_id":"{id}","components":[]}}"#));
        match try_decode("INTERACTION_CREATE", &data) {
            Ok(Decoded::ForeignPress { origin, why }) => {
                assert_eq!((origin.caller.user, why), (user(10), expected));
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(
        try_decode("INTERACTION_CREATE", &asked(3, "{}")),
        Ok(Decoded::ForeignPress {
            why: Foreign::NotOurs,
            ..
        })
    ));
}

#[test]
fn a_form_is_read_from_rows_and_from_labels() {
    let data = r#"{"custom_id":"g1:welcome:save","components":[
        {"type":1,"components":[{"type":4,"custom_id":"text","value":"Hello"}]},
        {"type":18,"component":{"type":4,"custom_id":"why","value":""}},
        {"type":18,"component":{"type":3,"custom_id":"pick","values":["a","b"]}},
        {"type":10,"content":"just text"}, null
    ]}"#;
    let (_, what) = one("INTERACTION_CREATE", &asked(5, data));
    let Inbound::Submitted(Submit { fields, .. }) = what else {
        panic!("{what:?}")
    };
    let expected = [("pick", "a,b"), ("text", "Hello"), ("why", "")];
    let expected = expected.map(|(id, value)| (id.to_owned(), value.to_owned()));
    assert_eq!(fields.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn in_direct_messages_the_user_stands_alone() {
    let data = r#"{"id":"5","token":"t","type":2,"channel":{"id":31},"app_permissions":null,
        "user":{"id":"10","username":"anna"},"data":{"name":"help"}}"#;
    let (_, what) = one("INTERACTION_CREATE", data);
    let Inbound::Called(call) = what else {
        panic!("{what:?}")
    };
    let origin = call.origin;
    assert_eq!((origin.guild, origin.channel), (None, ChannelId::new(31)));
    assert_eq!(
        (origin.caller.name.as_str(), origin.caller.locale.as_str()),
        ("anna", "en-US")
    );
    assert_eq!(
        (origin.caller.permissions, origin.app_permissions),
        Default::default()
    );
    assert_eq!(origin.ticket.application.get(), 901, "from the context");
}

#[test]
fn pings_and_unknown_kinds_are_ignored_and_the_unanswerable_is_a_fault() {
    for kind in [1, 6, 200] {
        let text = asked(kind, "{}");
        assert_eq!(
            try_decode("INTERACTION_CREATE", &text),
            Ok(Decoded::Ignored),
            "{kind}"
        );
    }
    for (data, field) in [
        (r#"{"type":2}"#, "id"),
        (r#"{"type":2,"id":"5"}"#, "token"),
        (r#"{"type":2,"id":"5","token":"t"}"#, "member.user"),
        (
            r#"{"type":2,"id":"5","token":"t","user":{}}"#,
            "member.user.id",
        ),
        (
            r#"{"type":2,"id":"5","token":"t","user":{"id":"1"}}"#,
            "data",
        ),
        (
            r#"{"type":2,"id":"5","token":"t","user":{"id":"1"},"data":{}}"#,
            "data.name",
        ),
        (r#"{"id":"5"}"#, "type"),
    ] {
        let fault = try_decode("INTERACTION_CREATE", data).unwrap_err();
        assert_eq!(fault.field, field, "{data}");
    }
}

#[test]
fn a_fault_never_shows_the_secret() {
    let shown = fault(
        "INTERACTION_CREATE",
        r#"{"type":2,"id":"5","token":"secret"}"#,
    );
    assert!(!shown.contains("secret"));
}
