use super::*;
use actors::kernel::inbound::{AuditEntry, Removal};

pub(super) const JOINED: &str = r#"{
    "guild_id": "1", "nick": null, "avatar": null, "flags": 0, "deaf": false, "mute": false,
    "user": {"id": "10", "username": "anna", "global_name": "Anna", "discriminator": "0"},
    "roles": [], "joined_at": "2024-05-01T12:00:00.250000+00:00", "pending": true
}"#;

#[test]
fn a_join_happens_when_discord_says_on_our_time_line() {
    let (at, what) = one("GUILD_MEMBER_ADD", JOINED);
    assert_eq!(at, ours(1_714_564_800_250));
    let Inbound::MemberJoined { guild, member } = what else {
        panic!("{what:?}")
    };
    assert_eq!(
        (guild, member.user, member.name.as_str()),
        (guild_id(1), user(10), "Anna")
    );
    // The date is part of what names a stay, so it must not move with our clock.
    assert_eq!(
        member.joined_at,
        Some(Timestamp::from_millis(1_714_564_800_250))
    );
    assert!(member.pending && !member.bot);
}

#[test]
fn a_join_without_a_date_happens_on_arrival() {
    let data = r#"{"guild_id":1,"user":{"id":10,"username":"anna","system":true}}"#;
    let (at, what) = one("GUILD_MEMBER_ADD", data);
    let Inbound::MemberJoined { member, .. } = what else {
        panic!("{what:?}")
    };
    assert_eq!(
        (at, member.joined_at, member.name.as_str()),
        (NOW, None, "anna")
    );
    assert!(member.bot, "a system account is no person");
}

#[test]
fn a_member_is_called_by_nickname_then_display_name_then_user_name() {
    let name = |nick: &str, global: &str| {
        let user = format!(r#"{{"id":"10","username":"u","global_name":{global}}}"#);
        let data = format!(r#"{{"guild_id":"1","nick":{nick},"user":{user},"roles":["5",6,"x"]}}"#);
        match one("GUILD_MEMBER_UPDATE", &data) {
            (NOW, Inbound::MemberChanged { member, .. }) => {
                assert_eq!(member.roles.len(), 2);
                member.name
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(name("\"Nick\"", "\"Global\""), "Nick");
    assert_eq!(name("null", "\"Global\""), "Global");
    assert_eq!(name("\"\"", "null"), "u");
}

#[test]
fn a_departure_tells_the_name_and_ours_is_left_to_the_guild() {
    let data = r#"{"guild_id":"1","user":{"id":"10","username":"anna","global_name":"Anna"}}"#;
    let left = Inbound::MemberLeft {
        guild: guild_id(1),
        user: user(10),
        name: "Anna".to_owned(),
        bot: false,
    };
    assert_eq!(one("GUILD_MEMBER_REMOVE", data), (NOW, left));
    let us = r#"{"guild_id":"1","user":{"id":"900","username":"guildhall","bot":true}}"#;
    assert_eq!(try_decode("GUILD_MEMBER_REMOVE", us), Ok(Decoded::Ignored));
}

fn chunk(members: usize, index: u64, count: u64) -> Vec<(usize, bool, String)> {
    let member = |n: usize| format!(r#"{{"user":{{"id":"{}","username":"u"}}}}"#, n + 1);
    let members: Vec<_> = (0..members).map(member).collect();
    let members = members.join(",");
    let data = format!(
        r#"{{"guild_id":"1","members":[{members}],"chunk_index":{index},"chunk_count":{count},"nonce":"n1"}}"#
    );
    let page = |(_, what)| match what {
        Inbound::MembersListed {
            members,
            last,
            nonce,
            ..
        } => (members.len(), last, nonce),
        other => panic!("{other:?}"),
    };
    inputs("GUILD_MEMBERS_CHUNK", &data)
        .into_iter()
        .map(page)
        .collect()
}

#[test]
fn only_the_last_part_of_the_last_chunk_is_the_last_page() {
    let page = |size, last| (size, last, "n1".to_owned());
    assert_eq!(chunk(500, 0, 2), [page(250, false), page(250, false)]);
    assert_eq!(chunk(251, 1, 2), [page(250, false), page(1, true)]);
    assert_eq!(chunk(0, 0, 1), [page(0, true)]);
    assert_eq!(
        chunk(1, 7, 2),
        [page(1, true)],
        "counts that do not fit still end"
    );
}

#[test]
fn a_member_list_asked_for_too_soon_is_asked_for_again() {
    let data = r#"{"opcode":8,"retry_after":12.25,"meta":{"guild_id":"1","nonce":"n1"}}"#;
    let (guild, wait) = (guild_id(1), Span::millis(12_250));
    let later = Decoded::MembersTooSoon {
        guild,
        nonce: "n1".to_owned(),
        wait,
    };
    assert_eq!(try_decode("RATE_LIMITED", data), Ok(later));
    let unknown = r#"{"opcode":14,"retry_after":1,"meta":{"guild_id":"1"}}"#;
    assert_eq!(try_decode("RATE_LIMITED", unknown), Ok(Decoded::Ignored));
}

#[test]
fn a_chunk_without_counts_is_the_whole_list() {
    let data = r#"{"guild_id":"1","members":[],"not_found":["5"]}"#;
    let listed = Inbound::MembersListed {
        guild: guild_id(1),
        members: vec![],
        last: true,
        nonce: String::new(),
    };
    assert_eq!(one("GUILD_MEMBERS_CHUNK", data), (NOW, listed));
}

#[test]
fn removals_in_the_audit_log_are_told_and_other_lines_are_not() {
    let entry = |action: u64| {
        format!(
            r#"{{"guild_id":"1","id":"175928847299117063","action_type":{action},
                "target_id":"10","user_id":"11","reason":"spam","changes":[],"options":null}}"#
        )
    };
    for (action, removal) in [
        (20, Removal::Kick),
        (21, Removal::Prune),
        (22, Removal::Ban),
    ] {
        let (at, what) = one("GUILD_AUDIT_LOG_ENTRY_CREATE", &entry(action));
        let expected = AuditEntry {
            at: ours(1_462_015_105_796),
            action: removal,
            target: Some(user(10)),
            by: Some(user(11)),
            reason: Some("spam".to_owned()),
        };
        assert_eq!(at, expected.at);
        assert_eq!(
            what,
            Inbound::RemovalLogged {
                guild: guild_id(1),
                entry: expected
            }
        );
    }
    for action in [1, 23, 24, 999] {
        let ignored = try_decode("GUILD_AUDIT_LOG_ENTRY_CREATE", &entry(action));
        assert_eq!(ignored, Ok(Decoded::Ignored), "{action}");
    }
}

#[test]
fn a_ban_without_audit_log_names_only_the_banned() {
    let data = r#"{"guild_id":"1","user":{"id":"10","username":"anna"}}"#;
    let entry = AuditEntry {
        at: NOW,
        action: Removal::Ban,
        target: Some(user(10)),
        by: None,
        reason: None,
    };
    let expected = Inbound::RemovalLogged {
        guild: guild_id(1),
        entry,
    };
    assert_eq!(one("GUILD_BAN_ADD", data), (NOW, expected));
}
