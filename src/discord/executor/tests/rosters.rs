use super::*;
use crate::outside::{Account, Sheet, Takes};
use actors::kernel::civil::CivilDate;

/// Takes everything, or so many sheets.
struct Pile {
    sheets: Vec<Sheet>,
    most: usize,
}

impl Takes for Pile {
    fn is_wanted(&self) -> bool {
        self.sheets.len() < self.most
    }
    async fn hand_on(&mut self, sheet: &Sheet) {
        self.sheets.push(sheet.clone());
    }
}

fn day() -> CivilDate {
    CivilDate::new(2026, 11, 21).unwrap()
}

async fn read(fake: &Fake, most: usize) -> (Vec<Sheet>, Result<(), Sent>) {
    let mut pile = Pile {
        sheets: Vec::new(),
        most,
    };
    let executor = Executor::new(Arc::new(fake.rest()));
    let guild = GuildId::new(1).unwrap();
    let read = executor.read_roster(&mut pile, guild, day(), &WORLD).await;
    (pile.sheets, read)
}

fn guild() -> Value {
    json!({"id": "1", "name": "The\0 Hall", "roles": [
        {"id": "30", "name": "staff", "position": 2},
        {"id": "1", "name": "@everyone", "position": 0},
        {"id": "31", "name": "vip", "position": 1},
    ]})
}

fn member(id: u64) -> Value {
    json!({"user": {"id": id.to_string(), "username": format!("u{id}")}, "roles": []})
}

/// The number behind `after=`.
fn after(seen: &Seen) -> u64 {
    let number = seen.path.split("after=").nth(1).unwrap();
    number.parse().unwrap()
}

/// A guild in which these are the members behind `after`, for each page.
async fn with(members: impl Fn(u64) -> Vec<Value> + Send + Sync + 'static) -> Fake {
    Fake::start(move |seen, _| match seen.path.contains("/members") {
        true => Act::json(200, &Value::Array(members(after(seen)))),
        false => Act::json(200, &guild()),
    })
    .await
}

fn ids(sheets: &[Sheet]) -> Vec<u64> {
    let accounts = sheets.iter().flat_map(|sheet| &sheet.accounts);
    accounts.map(|account| account.user.get()).collect()
}

#[tokio::test]
async fn an_account_has_its_names_its_picture_and_the_names_of_its_roles() {
    let fake = with(|_| {
        vec![
            json!({"nick": "Al", "roles": ["30", "31", "99"], "user": {
                "id": "10", "username": "alice", "global_name": "Alice", "avatar": "a_f00",
                "discriminator": "0"}}),
            json!({"nick": null, "roles": null, "user": {
                "id": "4194314", "username": "robot", "bot": true, "discriminator": "0007"}}),
            json!({"user": {"id": "8388620", "username": "carol", "global_name": ""}}),
            json!({"user": null}),
        ]
    })
    .await;
    let (sheets, read) = read(&fake, 9).await;
    assert_eq!(read, Ok(()));
    assert_eq!(
        fake.lines(),
        ["GET guilds/1", "GET guilds/1/members?limit=1000&after=0"]
    );
    let account = |id, name: &str, display_name: &str, bot, avatar: &str, roles: &[&str]| Account {
        user: user(id),
        name: name.to_owned(),
        display_name: display_name.to_owned(),
        bot,
        avatar_url: format!("https://cdn.discordapp.com/{avatar}.png"),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
    };
    let everyone = ["@everyone", "vip", "staff"];
    let expected = [
        account(10, "alice", "Al", false, "avatars/10/a_f00", &everyone),
        account(
            4_194_314,
            "robot",
            "robot",
            true,
            "embed/avatars/2",
            &everyone[..1],
        ),
        account(
            8_388_620,
            "carol",
            "carol",
            false,
            "embed/avatars/2",
            &everyone[..1],
        ),
    ];
    let [sheet] = sheets.as_slice() else {
        panic!("{sheets:?}")
    };
    assert_eq!(sheet.accounts, expected);
    assert_eq!((sheet.first, sheet.total), (true, Some(3)));
    let roster = &sheet.roster;
    assert_eq!(roster.guild_name, "The Hall", "no database takes a NUL");
    assert_eq!((roster.day, roster.at), (day(), NOW + AHEAD));
}

#[tokio::test]
async fn a_list_has_everybody_once_over_many_pages() {
    // Members 1 to 2,500. Of those who were there when the first page was read the last one leaves, and every page
    // begins with one too many.
    let fake = with(|after| {
        let left = |id: &u64| after == 0 || *id != 1_000;
        let ids = (after.max(1)..=2_500).filter(left);
        ids.take(1_000).map(member).collect()
    })
    .await;
    let (sheets, read) = read(&fake, 9).await;
    assert_eq!(read, Ok(()));
    assert_eq!(ids(&sheets), (1..=2_500).collect::<Vec<_>>());
    let totals: Vec<_> = sheets.iter().map(|sheet| sheet.total).collect();
    assert_eq!(totals, [None, None, Some(2_500)]);
    let first: Vec<_> = sheets.iter().map(|sheet| sheet.first).collect();
    assert_eq!(first, [true, false, false]);
}

#[tokio::test]
async fn a_full_last_page_is_not_the_last() {
    let fake = with(|after| (after + 1..=1_000).map(member).collect()).await;
    let (sheets, read) = read(&fake, 9).await;
    assert_eq!((read, ids(&sheets).len()), (Ok(()), 1_000));
    let totals: Vec<_> = sheets.iter().map(|sheet| sheet.total).collect();
    assert_eq!(totals, [None, Some(1_000)]);
}

#[tokio::test]
async fn a_list_that_does_not_go_on_is_given_up() {
    let fake = with(|_| (1..=1_000).map(member).collect()).await;
    let (sheets, read) = read(&fake, 9).await;
    assert_eq!(code_of(&read.unwrap_err()), (0, 0));
    assert!(sheets.iter().all(|sheet| sheet.total.is_none()));
}

#[tokio::test]
async fn nothing_is_read_for_nobody() {
    let fake = with(|after| (after + 1..=9_000).take(1_000).map(member).collect()).await;
    let (sheets, read) = read(&fake, 2).await;
    assert_eq!((read, sheets.len()), (Ok(()), 2));
    assert_eq!(fake.seen().len(), 3, "the guild and two pages");
}

#[tokio::test]
async fn a_page_that_fails_is_read_again_and_a_refusal_is_not() {
    let fake = Fake::start(|seen, before| match before {
        0 => Act::json(200, &guild()),
        1 => Act::empty(502),
        _ if after(seen) == 0 => Act::json(200, &json!([member(5)])),
        _ => Act::error(403, 50_001),
    })
    .await;
    let (sheets, read_it) = read(&fake, 9).await;
    assert_eq!((read_it, ids(&sheets)), (Ok(()), vec![5]));
    let fake = Fake::start(|_, _| Act::error(403, 50_001)).await;
    let (sheets, read_it) = read(&fake, 9).await;
    assert_eq!(code_of(&read_it.unwrap_err()), (403, 50_001));
    assert_eq!((sheets.len(), fake.seen().len()), (0, 1));
}

#[tokio::test]
async fn without_the_intent_or_a_place_it_says_why() {
    let fake = with(|_| Vec::new()).await;
    let take = job(Effect::TakeRoster {
        guild: GuildId::new(1).unwrap(),
        day: day(),
    });
    let blind = Known {
        members_intent: false,
        ..WORLD
    };
    for (world, word) in [(blind, "Server Members"), (WORLD, "[postgres]")] {
        let Sent::Refused(failure) = run(&fake, &take, &world).await else {
            panic!("it was not refused")
        };
        assert!(failure.text.contains(word), "{}", failure.text);
    }
    assert_eq!(fake.seen().len(), 0);
}
