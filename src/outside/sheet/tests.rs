use super::*;
use expect_test::expect;

/// A sheet with so many accounts, from this id on.
pub(in crate::outside) fn sheet(from: u64, count: u64, total: Option<u64>) -> Sheet {
    let account = |id: u64| Account {
        user: UserId::new(id).unwrap(),
        name: format!("user{id}"),
        display_name: "\"Al\"\n".to_owned(),
        bot: id.is_multiple_of(2),
        avatar_url: "https://cdn.discordapp.com/embed/avatars/2.png".to_owned(),
        roles: vec!["@everyone".to_owned(), "vip, {x}".to_owned()],
    };
    Sheet {
        roster: Roster {
            guild: GuildId::new(1).unwrap(),
            guild_name: "The Hall".to_owned(),
            day: CivilDate::new(2026, 11, 21).unwrap(),
            at: Timestamp::from_millis(1_795_230_000_123),
        },
        accounts: (from..from + count).map(account).collect(),
        first: from == 1,
        total,
    }
}

#[test]
fn accounts_read_as_they_are_documented() {
    let sheet = sheet(1, 2, Some(2));
    let lines = sheet.lines().map(|(_, line)| line);
    let lines: Vec<String> = lines.chain(sheet.end()).collect();
    expect![[r#"
        {"v":1,"kind":"account","day":"2026-11-21","at":"2026-11-21T03:00:00.123Z","server_id":"1","server_name":"The Hall","discord_id":"1","discord_name":"user1","discord_bot":false,"discord_avatar_url":"https://cdn.discordapp.com/embed/avatars/2.png","discord_display_name":"\"Al\"\n","discord_roles":["@everyone","vip, {x}"]}
        {"v":1,"kind":"account","day":"2026-11-21","at":"2026-11-21T03:00:00.123Z","server_id":"1","server_name":"The Hall","discord_id":"2","discord_name":"user2","discord_bot":true,"discord_avatar_url":"https://cdn.discordapp.com/embed/avatars/2.png","discord_display_name":"\"Al\"\n","discord_roles":["@everyone","vip, {x}"]}
        {"v":1,"kind":"roster","day":"2026-11-21","at":"2026-11-21T03:00:00.123Z","server_id":"1","server_name":"The Hall","members":2}
    "#]].assert_eq(&(lines.join("\n") + "\n"));
}
