use super::*;
use crate::outside::sheet::tests::sheet;
use actors::kernel::{
    ids::{ChannelId, MessageId},
    note::{Note, Noted, Writer},
    spool::{Hole, Place, SpoolRow},
};
use proptest::prelude::*;
use tempfile::TempDir;

/// 2026-01-05, noon.
const NOON: i64 = 1_767_614_400;

/// A row with these messages of author 10, written so many hours after noon.
fn row(number: u64, hour: i64, messages: &[u64]) -> SpoolRow {
    let made_at = Timestamp::from_seconds(NOON + hour * 3_600);
    let line = |id: &u64| {
        Line::Message(Note {
            at: made_at,
            channel: ChannelId::new(30).unwrap(),
            message: MessageId::new(*id).unwrap(),
            what: Noted::Written {
                author: UserId::new(10 + id % 2).unwrap(),
                writer: Writer::Person,
                size: None,
                reply: None,
            },
        })
    };
    SpoolRow {
        guild: GuildId::new(1).unwrap(),
        made_at,
        before: Place {
            row: number,
            ..Place::default()
        },
        lines: messages.iter().map(line).collect(),
    }
}

fn page(cursor: Cursor, rows: Vec<SpoolRow>) -> Page {
    let row = cursor.at.row + rows.len() as u64;
    Page {
        cursor,
        same_life: true,
        rows,
        end: Place {
            row,
            ..Place::default()
        },
    }
}

/// The messages in all files, in order; panics at a torn line.
fn messages(dir: &TempDir) -> Vec<u64> {
    let mut found = Vec::new();
    for name in ours(dir.path()).unwrap() {
        let text = fs::read_to_string(dir.path().join(name)).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'));
        for line in text.lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            found.extend(
                line["message"]
                    .as_str()
                    .map(|id| id.parse::<u64>().unwrap()),
            );
        }
    }
    found
}

fn wrote(dir: &TempDir, open: Option<Open>, page: &Page) -> (Open, Cursor) {
    let (open, cursor) = write(dir.path(), open, page).unwrap();
    if cursor.at != page.cursor.at {
        return (open, cursor);
    }
    // Where it begins is noted first.
    let noted = Page {
        cursor,
        same_life: true,
        ..page.clone()
    };
    write(dir.path(), Some(open), &noted).unwrap()
}

#[test]
fn who_dies_before_the_first_note_has_written_nothing() {
    let dir = TempDir::new().unwrap();
    fs::write(
        dir.path().join("messages-2026-01-05.jsonl"),
        "{\"message\":\"7\"}\n{",
    )
    .unwrap();
    let first = page(Cursor::default(), vec![row(0, 0, &[1, 2])]);
    for _ in 0..2 {
        let (_, noted) = write(dir.path(), None, &first).unwrap();
        assert_eq!((noted.at, noted.offset), (first.cursor.at, 16));
        assert_eq!(messages(&dir), [7]);
    }
    let (open, noted) = wrote(&dir, None, &first);
    assert_eq!(messages(&dir), [7, 1, 2]);
    // Before the second note: what was written is cut off.
    drop(open);
    let begun = Cursor {
        offset: 16,
        at: first.cursor.at,
        ..noted
    };
    wrote(&dir, None, &page(begun, first.rows));
    assert_eq!(messages(&dir), [7, 1, 2]);
}

#[test]
fn a_day_has_a_file_of_its_own_and_a_clock_set_back_opens_no_older_one() {
    let dir = TempDir::new().unwrap();
    let rows = vec![row(0, 0, &[1]), row(1, 12, &[2]), row(2, 1, &[3])];
    let (open, cursor) = wrote(&dir, None, &page(Cursor::default(), rows));
    assert_eq!(cursor.file, "messages-2026-01-06.jsonl");
    assert_eq!(cursor.offset, open.length);
    assert_eq!(messages(&dir), [1, 2, 3]);
    let names: Vec<String> = ours(dir.path()).unwrap().into_iter().collect();
    assert_eq!(
        names,
        ["messages-2026-01-05.jsonl", "messages-2026-01-06.jsonl"]
    );
}

#[test]
fn what_was_not_noted_is_cut_off_and_comes_again_once() {
    let dir = TempDir::new().unwrap();
    let (open, noted) = wrote(
        &dir,
        None,
        &page(Cursor::default(), vec![row(0, 0, &[1, 2])]),
    );
    let second = page(noted, vec![row(1, 0, &[3, 4]), row(2, 12, &[5])]);
    wrote(&dir, Some(open), &second);
    assert_eq!(messages(&dir), [1, 2, 3, 4, 5]);
    // The process dies before it notes that.
    wrote(&dir, None, &second);
    assert_eq!(messages(&dir), [1, 2, 3, 4, 5]);
}

#[test]
fn a_file_that_somebody_shortened_or_took_away_goes_on() {
    let dir = TempDir::new().unwrap();
    let (_, noted) = wrote(
        &dir,
        None,
        &page(Cursor::default(), vec![row(0, 0, &[1, 2])]),
    );
    let path = dir.path().join(&noted.file);
    fs::write(&path, "{\"message\":\"1\"}\n{\"mess").unwrap();
    let second = page(noted, vec![row(1, 0, &[3])]);
    wrote(&dir, None, &second);
    assert_eq!(messages(&dir), [1, 3]);
    fs::remove_file(&path).unwrap();
    wrote(&dir, None, &second);
    assert_eq!(messages(&dir), [3]);
}

#[test]
fn after_a_restore_nothing_that_arrived_is_cut_off() {
    let dir = TempDir::new().unwrap();
    let (open, noted) = wrote(
        &dir,
        None,
        &page(Cursor::default(), vec![row(0, 0, &[1, 2])]),
    );
    wrote(
        &dir,
        Some(open),
        &page(noted.clone(), vec![row(1, 0, &[3])]),
    );
    let restored = Page {
        same_life: false,
        ..page(noted, vec![row(1, 0, &[4])])
    };
    wrote(&dir, None, &restored);
    assert_eq!(messages(&dir), [1, 2, 3, 4]);
}

#[test]
fn what_is_lost_is_said() {
    let dir = TempDir::new().unwrap();
    let at = Timestamp::from_seconds(NOON);
    let cursor = Cursor {
        hole: Some(Hole {
            lines: 7,
            from: at,
            to: at,
        }),
        ..Cursor::default()
    };
    let (_, noted) = wrote(&dir, None, &page(cursor, vec![row(0, 0, &[1])]));
    assert_eq!(noted.hole, None);
    let text = fs::read_to_string(dir.path().join(noted.file)).unwrap();
    assert!(
        text.starts_with(r#"{"v":1,"kind":"lost","lines":7,"#),
        "{text}"
    );
}

#[test]
fn who_is_forgotten_is_in_no_file_any_more() {
    let dir = TempDir::new().unwrap();
    let (open, noted) = wrote(
        &dir,
        None,
        &page(
            Cursor::default(),
            vec![row(0, 0, &[1, 2]), row(1, 12, &[3, 4])],
        ),
    );
    let edited = |id: u64| {
        Line::Message(Note {
            at: Timestamp::from_seconds(NOON),
            channel: ChannelId::new(30).unwrap(),
            message: MessageId::new(id).unwrap(),
            what: Noted::Edited { size: None },
        })
    };
    let mut later = row(2, 12, &[]);
    later.lines = vec![edited(1), edited(2)];
    let (open, noted) = wrote(&dir, Some(open), &page(noted, vec![later]));
    let mut forget = row(3, 12, &[]);
    forget.lines = vec![Line::Forget {
        user: UserId::new(11).unwrap(),
        at: forget.made_at,
    }];
    let forget = page(noted, vec![forget]);
    let (open, noted) = wrote(&dir, Some(open), &forget);
    assert_eq!(messages(&dir), [2, 4, 2], "the edit of 1 went with it");
    for name in ours(dir.path()).unwrap() {
        let text = fs::read_to_string(dir.path().join(name)).unwrap();
        assert!(!text.contains("\"11\""), "{text}");
    }
    // Killed before it was noted: once more, and then on.
    drop(open);
    let (open, again) = wrote(&dir, None, &forget);
    assert_eq!(again, noted);
    wrote(&dir, Some(open), &page(again, vec![row(4, 12, &[6])]));
    assert_eq!(messages(&dir), [2, 4, 2, 6]);
}

proptest! {
    /// Torn at any byte behind what was noted: every line is there once, in order.
    #[test]
    fn a_torn_file_is_mended(noted in 1..5_u64, more in 1..6_u64, torn in 0..4_000_u64) {
        let dir = TempDir::new().unwrap();
        let first = page(Cursor::default(), vec![row(0, 0, &(1..=noted).collect::<Vec<_>>())]);
        let (open, cursor) = wrote(&dir, None, &first);
        let rest: Vec<u64> = (noted + 1..=noted + more).collect();
        let second = page(cursor.clone(), vec![row(1, 0, &rest)]);
        let (open, _) = wrote(&dir, Some(open), &second);
        let keep = cursor.offset + torn % (open.length - cursor.offset + 1);
        open.file.set_len(keep).unwrap();
        drop(open);
        wrote(&dir, None, &second);
        prop_assert_eq!(messages(&dir), (1..=noted + more).collect::<Vec<_>>());
    }
}

/// The ids on the list that readers see, or what says that it is whole.
fn listed(dir: &TempDir) -> Vec<String> {
    let text = fs::read_to_string(dir.path().join("roster-1.jsonl")).unwrap_or_default();
    let lines = text.lines().map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let id = line["discord_id"].as_str().map(str::to_owned);
        id.unwrap_or_else(|| format!("all {}", line["members"]))
    });
    lines.collect()
}

#[test]
fn a_list_appears_when_it_is_whole_and_replaces_the_one_before() {
    let dir = TempDir::new().unwrap();
    let write = |sheet: &Sheet| roster::write(dir.path(), sheet).unwrap();
    write(&sheet(1, 2, None));
    assert_eq!(listed(&dir), [""; 0], "half a list is not there");
    // Killed here: the next run begins anew.
    roster::tidy(dir.path()).unwrap();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    write(&sheet(1, 2, None));
    write(&sheet(3, 1, Some(3)));
    assert_eq!(listed(&dir), ["1", "2", "3", "all 3"]);
    // A longer run that was cut short leaves nothing behind the shorter one after it.
    write(&sheet(1, 5, None));
    assert_eq!(
        listed(&dir),
        ["1", "2", "3", "all 3"],
        "the old one is there"
    );
    write(&sheet(1, 1, Some(1)));
    assert_eq!(listed(&dir), ["1", "all 1"]);
    write(&sheet(1, 1, None));
    roster::give_up(dir.path(), GuildId::new(1).unwrap());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    assert!(
        roster::write(dir.path(), &sheet(2, 1, None)).is_err(),
        "it has no beginning"
    );
}

#[test]
fn who_is_forgotten_leaves_the_list_and_the_one_that_grows() {
    let dir = TempDir::new().unwrap();
    let write = |sheet: &Sheet| roster::write(dir.path(), sheet).unwrap();
    let (guild, user) = (GuildId::new(1).unwrap(), UserId::new(2).unwrap());
    write(&sheet(1, 3, Some(3)));
    write(&sheet(1, 3, None));
    forget(dir.path(), guild, user).unwrap();
    assert_eq!(listed(&dir), ["1", "3", "all 3"]);
    write(&sheet(4, 1, Some(3)));
    assert_eq!(listed(&dir), ["1", "3", "4", "all 3"]);
    forget(
        dir.path(),
        GuildId::new(2).unwrap(),
        UserId::new(1).unwrap(),
    )
    .unwrap();
    assert_eq!(listed(&dir), ["1", "3", "4", "all 3"], "of another server");
}
