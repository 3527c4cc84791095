use super::*;
use actors::kernel::ids::GuildId;
use actors::kernel::time::Timestamp;
use proptest::prelude::*;

fn read(json: &str) -> Scalar<'_> {
    serde_json::from_str(json).unwrap()
}

#[test]
fn ids_are_numbers_however_they_are_written() {
    for json in ["\"42\"", "42"] {
        assert_eq!(read(json).id(GuildId::new), GuildId::new(42), "{json}");
    }
    for json in [
        "null",
        "\"\"",
        "\"x\"",
        "0",
        "-1",
        "1.5",
        "[42]",
        r#"{"id":42}"#,
        "true",
    ] {
        assert_eq!(read(json).id(GuildId::new), None, "{json}");
    }
}

#[test]
fn instants_end_in_z_or_an_offset() {
    let at = Some(Timestamp::from_millis(1_462_015_105_796));
    for json in [
        "\"2016-04-30T11:18:25.796Z\"",
        "\"2016-04-30T11:18:25.796000+00:00\"",
        "\"2016-04-30T13:18:25.796000+02:00\"",
    ] {
        assert_eq!(read(json).instant(), at, "{json}");
    }
    for json in ["null", "\"\"", "\"yesterday\"", "1462015105796"] {
        assert_eq!(read(json).instant(), None, "{json}");
    }
}

#[test]
fn numbers_keep_their_sign_and_whole_reals_count_as_whole() {
    assert_eq!(read("-3").integer(), Some(-3));
    assert_eq!(read("3.0").integer(), Some(3));
    assert_eq!(read("\"-3\"").integer(), Some(-3));
    assert_eq!(read("3.5").integer(), None);
    assert_eq!(read("18446744073709551615").integer(), None);
    assert_eq!(read("3.5").shown(), "3.5");
}

#[test]
fn a_text_without_escapes_is_borrowed() {
    assert!(matches!(
        read("\"plain\""),
        Scalar::Text(Cow::Borrowed("plain"))
    ));
    assert!(matches!(read(r#""a\n""#), Scalar::Text(Cow::Owned(_))));
}

#[test]
fn oddly_shaped_fields_are_empty_and_do_no_harm() {
    let odd = r#"{"guild_id":[1],"user":"me","nick":{"a":{}},"roles":{"x":1},"joined_at":true}"#;
    let member: Member<'_> = serde_json::from_str(odd).unwrap();
    assert_eq!(member.guild_id, Scalar::Nothing);
    assert!(member.user.get().is_none());
    assert!(member.roles.0.is_empty());
    let mixed: List<Maybe<Role<'_>>> =
        serde_json::from_str(r#"[1, null, {"id":"5"}, [], "x", {"id":6}]"#).unwrap();
    let ids: Vec<_> = mixed.objects().map(|role| role.id.number()).collect();
    assert_eq!(ids, [Some(5), Some(6)]);
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            proptest::collection::btree_map("[a-z_]{1,8}", inner, 0..4)
                .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #[test]
    fn every_shape_takes_any_json(value in any_json()) {
        let text = value.to_string();
        prop_assert!(serde_json::from_str::<Scalar<'_>>(&text).is_ok());
        prop_assert!(serde_json::from_str::<Maybe<Asked<'_>>>(&text).is_ok());
        prop_assert!(serde_json::from_str::<List<Maybe<Guild<'_>>>>(&text).is_ok());
        prop_assert!(serde_json::from_str::<Table<'_, Maybe<Named<'_>>>>(&text).is_ok());
    }
}
