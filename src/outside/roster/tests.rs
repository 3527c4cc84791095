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

#[test]
fn a_sink_that_takes_nothing_is_left_alone_for_ever_longer_pauses() {
    let mut books = Books::default();
    let now = Timestamp::from_seconds(1_000);
    assert_eq!(books.pause("postgres", now), Span::ZERO);
    let pauses = (0..10).map(|_| {
        books.failed("postgres", now);
        books.pause("postgres", now).as_millis() / 1_000
    });
    let pauses: Vec<i64> = pauses.collect();
    assert_eq!(pauses, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    assert!(books.pause("postgres", now + Span::minutes(5)) <= Span::ZERO);
    assert_eq!(books.pause("lines", now), Span::ZERO);
}

#[test]
fn who_has_a_list_has_that_of_one_effect() {
    let mut books = Books::default();
    let (one, two) = (GuildId::new(1).unwrap(), GuildId::new(2).unwrap());
    books.have.insert(one, (EffectId(7), ["lines"].into()));
    assert!(books.has(one, EffectId(7), "lines"));
    assert!(!books.has(one, EffectId(8), "lines"), "of another day");
    assert!(!books.has(one, EffectId(7), "postgres"));
    assert!(!books.has(two, EffectId(7), "lines"));
}
