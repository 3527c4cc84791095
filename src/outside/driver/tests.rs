use super::*;
use actors::kernel::{
    ids::{ChannelId, GuildId, MessageId, UserId},
    note::{Note, Noted},
    spool::Cursor,
};

const BYTES: u64 = 100;

/// So many rows of ten lines and a hundred bytes, from row `from` on.
fn rows(from: u64, count: u64) -> Vec<(SpoolRow, u64)> {
    let line = Line::Message(Note {
        at: Timestamp::EPOCH,
        channel: ChannelId::new(1).unwrap(),
        message: MessageId::new(1).unwrap(),
        what: Noted::Deleted,
    });
    let row = |number| SpoolRow {
        guild: GuildId::new(1).unwrap(),
        made_at: Timestamp::from_seconds(i64::try_from(number).unwrap()),
        before: place(number),
        lines: vec![line; 10],
    };
    (from..from + count)
        .map(|number| (row(number), BYTES))
        .collect()
}

fn place(row: u64) -> Place {
    Place {
        row,
        lines: row * 10,
        bytes: row * BYTES,
    }
}

fn waiting(from: u64, until: u64) -> Waiting {
    let cursor = Cursor {
        at: place(from),
        incarnation: 7,
        ..Cursor::default()
    };
    Waiting {
        cursor,
        until: place(until),
    }
}

fn paged(next: Next) -> (u64, u64) {
    match next {
        Next::Page(page) => (page.rows.len() as u64, page.end.row),
        Next::Gone(to, ..) => panic!("given up until {to:?}"),
    }
}

fn gone(next: Next) -> (u64, u64) {
    match next {
        Next::Gone(to, lines, _) => (to.row, lines),
        Next::Page(page) => panic!("a page until {:?}", page.end),
    }
}

#[test]
fn a_page_is_what_waits_up_to_a_thousand_lines() {
    let next = |rows, waiting: &Waiting| decide(rows, waiting, 7, u64::MAX);
    assert_eq!(paged(next(rows(3, 4), &waiting(3, 7))), (4, 7));
    assert_eq!(paged(next(rows(0, 300), &waiting(0, 300))), (100, 100));
    match decide(rows(0, 1), &waiting(0, 1), 8, u64::MAX) {
        Next::Page(page) => assert!(!page.same_life, "noted in another life"),
        Next::Gone(..) => panic!("given up"),
    }
}

#[test]
fn what_is_missing_is_given_up_and_what_follows_is_not() {
    let next = |rows, waiting: &Waiting| decide(rows, waiting, 7, u64::MAX);
    assert_eq!(gone(next(rows(5, 2), &waiting(3, 7))), (5, 20));
    assert_eq!(gone(next(Vec::new(), &waiting(3, 7))), (7, 40));
    let holed = [rows(0, 2), rows(3, 2)].concat();
    assert_eq!(paged(next(holed, &waiting(0, 5))), (2, 2), "up to the hole");
}

#[test]
fn beyond_the_bound_the_oldest_goes() {
    let next = |until, bound| decide(rows(0, 64), &waiting(0, until), 7, bound);
    assert_eq!(paged(next(64, 6_400)), (64, 64));
    assert_eq!(gone(next(64, 6_399)), (1, 10));
    assert_eq!(gone(next(64, 1_000)), (54, 540));
    assert_eq!(gone(next(900, 1_000)), (64, 640), "a page at a time");
}

#[test]
fn to_forget_stands_alone() {
    let mut rows = rows(0, 5);
    rows[2].0.lines = vec![Line::Forget {
        user: UserId::new(9).unwrap(),
        at: Timestamp::EPOCH,
    }];
    let next = |rows: &[(SpoolRow, u64)], from| {
        decide(rows[from..].to_vec(), &waiting(from as u64, 5), 7, u64::MAX)
    };
    assert_eq!(paged(next(&rows, 0)), (2, 2));
    assert_eq!(paged(next(&rows, 2)).0, 1);
    assert_eq!(paged(next(&rows, 3)).0, 2);
}
