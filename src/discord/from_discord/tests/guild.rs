use super::*;
use actors::kernel::{ids::RoleId, inbound::GuildView};

pub(super) const GUILD: &str = r#"{
    "id": "1", "name": "Guild of \"Testers\"", "icon": null, "owner_id": "10", "large": false,
    "system_channel_id": "30", "member_count": 2, "joined_at": "2024-05-01T12:00:00.000000+00:00",
    "channels": [
        {"id": "30", "type": 0, "name": "general", "permission_overwrites": []},
        {"id": 31, "type": 2, "name": "voice"}, {"type": 0}, null
    ],
    "threads": [{"id": "32", "type": 11, "parent_id": "30"}],
    "roles": [
        {"id": "1", "name": "@everyone", "permissions": "1024"},
        {"id": "40", "name": "mods", "permissions": "8", "colors": {"primary_color": 0}}
    ],
    "members": [
        {"user": {"id": "10", "username": "olga", "global_name": "Olga"}, "nick": null,
         "roles": ["40"], "joined_at": "2024-01-01T00:00:00Z", "pending": false},
        {"user": {"id": "900", "username": "guildhall", "bot": true}, "roles": [],
         "joined_at": null}
    ],
    "presences": [{"user": {"id": "10"}, "status": "online"}], "voice_states": [], "emojis": [],
    "premium_tier": 1, "afk_channel_id": null
}"#;

fn view(data: &str) -> GuildView {
    match one("GUILD_CREATE", data) {
        (NOW, Inbound::GuildAvailable(view)) => view,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_guild_is_read_in_part() {
    let view = view(GUILD);
    assert_eq!(
        (view.guild, view.name.as_str()),
        (guild_id(1), "Guild of \"Testers\"")
    );
    assert_eq!(
        (view.owner, view.system_channel),
        (Some(user(10)), ChannelId::new(30))
    );
    assert_eq!(view.joined_at, Some(ours(1_714_564_800_000)));
    let channels: Vec<_> = view.channels.iter().map(|channel| channel.get()).collect();
    assert_eq!(channels, [30, 31, 32]);
    let roles = [(1, "@everyone"), (40, "mods")];
    let roles = roles.map(|(id, name)| (RoleId::new(id).unwrap(), name.to_owned()));
    assert_eq!(view.roles, roles);
    assert_eq!((view.member_count, view.gap), (2, None));
    let olga = Member {
        user: user(10),
        name: "Olga".to_owned(),
        bot: false,
        joined_at: Some(Timestamp::from_millis(1_704_067_200_000)),
        roles: vec![RoleId::new(40).unwrap()],
        pending: false,
    };
    assert_eq!(view.members[0], olga);
    assert!(view.members[1].bot && view.members[1].joined_at.is_none());
}

#[test]
fn nulls_and_missing_fields_leave_a_guild_usable() {
    for data in [
        r#"{"id": 1}"#,
        r#"{"id":"1","name":null,"owner_id":null,"channels":null,"roles":{},"members":"none"}"#,
    ] {
        let view = view(data);
        assert_eq!(
            (view.guild, view.name.as_str(), view.owner),
            (guild_id(1), "", None)
        );
        assert_eq!(
            (view.channels.len(), view.roles.len(), view.members.len()),
            (0, 0, 0)
        );
    }
}

#[test]
fn a_big_member_list_is_cut_and_never_the_last_page() {
    let member = |n: usize| format!(r#"{{"user":{{"id":"{}","username":"u{n}"}}}}"#, n + 1);
    let members: Vec<_> = (0..601).map(member).collect();
    let data = format!(r#"{{"id":"1","members":[{}]}}"#, members.join(","));
    let inputs = inputs("GUILD_CREATE", &data);
    let sizes: Vec<_> = inputs
        .iter()
        .map(|(_, what)| match what {
            Inbound::GuildAvailable(view) => (view.members.len(), None),
            Inbound::MembersListed {
                members,
                last,
                nonce,
                ..
            } => {
                assert_eq!(nonce, "");
                (members.len(), Some(*last))
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(sizes, [(250, None), (250, Some(false)), (101, Some(false))]);
}

#[test]
fn an_outage_is_neither_an_arrival_nor_a_goodbye() {
    let away = r#"{"id":"1","unavailable":true}"#;
    let unavailable = Ok(Decoded::Unavailable(guild_id(1)));
    assert_eq!(try_decode("GUILD_CREATE", away), unavailable);
    assert_eq!(try_decode("GUILD_DELETE", away), unavailable);
    assert_eq!(view(r#"{"id":"1","unavailable":false}"#).guild, guild_id(1));
}

#[test]
fn a_goodbye_has_no_word_about_an_outage() {
    let left = (NOW, Inbound::GuildLeft { guild: guild_id(1) });
    for data in [r#"{"id":"1"}"#, r#"{"id":"1","unavailable":null}"#] {
        assert_eq!(one("GUILD_DELETE", data), left);
    }
}

#[test]
fn changes_of_a_guild_tell_name_and_owner() {
    let changed = Inbound::GuildChanged {
        guild: guild_id(1),
        name: "New".to_owned(),
        owner: Some(user(11)),
    };
    assert_eq!(
        one(
            "GUILD_UPDATE",
            r#"{"id":"1","name":"New","owner_id":"11","roles":[]}"#
        ),
        (NOW, changed)
    );
    assert_eq!(
        fault("GUILD_UPDATE", r#"{"id":"1"}"#),
        "decode GUILD_UPDATE: name: missing or of another type"
    );
}

#[test]
fn channels_threads_and_roles_go() {
    let gone = Inbound::ChannelDeleted {
        guild: guild_id(1),
        channel: ChannelId::new(30).unwrap(),
    };
    for event in ["CHANNEL_DELETE", "THREAD_DELETE"] {
        let data = r#"{"id":"30","guild_id":"1","type":0}"#;
        assert_eq!(one(event, data), (NOW, gone.clone()));
        assert_eq!(
            try_decode(event, r#"{"id":"30","type":1}"#),
            Ok(Decoded::Ignored)
        );
    }
    let role = Inbound::RoleDeleted {
        guild: guild_id(1),
        role: RoleId::new(40).unwrap(),
    };
    assert_eq!(
        one("GUILD_ROLE_DELETE", r#"{"guild_id":"1","role_id":"40"}"#),
        (NOW, role)
    );
}
