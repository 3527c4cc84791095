use crate::{
    kernel::{
        check::{Stage, check},
        effect::Effect,
        time::Span,
    },
    messages::Messages,
};
use expect_test::expect;
use proptest::prelude::*;

#[test]
fn a_list_is_taken_once_a_day_when_a_moderator_wants_it() {
    check::<Messages>(
        r#"
        told shared zone:Europe/Paris
        mod /messages roster
        alice /messages roster at:04:00
        mod /messages roster at:4
        mod /messages roster at:04:00 daily:False
        mod /messages roster daily:True
        15h pass
        16h pass
        mod /messages roster
        outcome of 1: listed 1234
        mod /messages roster
        1d passes
        mod /messages settings
        mod /messages roster daily:False
        2d pass
        "#,
        expect![[r#"
            > told shared zone:Europe/Paris
            tell settings off: messages are not counted (`/messages settings record:True`); next nothing
            > mod /messages roster
            reply mod "The list of accounts here is not passed on. `/messages roster at:04:00` has me take it every day at that time to where whoever runs me has set up: id, name, display name, address of the picture, bot or not, and names of roles, of everybody."
            > alice /messages roster at:04:00
            refuse alice "This is for moderators: you need the permission *Manage Server*, or a role that a moderator has set with `/setup moderators`."
            > mod /messages roster at:4
            refuse mod "A time is written hours:minutes, from 00:00 to 23:59."
            > mod /messages roster at:04:00 daily:False
            refuse mod "You ask for something and against it at once. Say one of the two: nothing was changed."
            > mod /messages roster daily:True
            tell settings on: messages are not counted (`/messages settings record:True`); passes on the list of accounts daily at 04:00; next nothing
            reply mod "Every day at **04:00** (Europe/Paris) I take the list of all accounts here to where whoever runs me has set up: id, name, display name, address of the picture, bot or not, and names of roles. I keep no copy of it. Who has said `/mydata forget` is not on it. The next one: <t:1767668400:F>."
            timer roster in 15 hours
            > 15h pass
            [1] take the roster of 2026-01-06
            timer roster in 1 day
            timer roster overdue in 2 hours
            > 16h pass
            tell settings on: messages are not counted (`/messages settings record:True`); passes on the list of accounts daily at 04:00, which does not work at present (`/messages roster`); next nothing
            > mod /messages roster
            reply mod
                | Every day at **04:00** (Europe/Paris) I take the list of all accounts here to where whoever runs me has set up: id, name, display name, address of the picture, bot or not, and names of roles. I keep no copy of it. Who has said `/mydata forget` is not on it. The next one: <t:1767754800:F>.
                | One is on its way.
                | ⚠️ It has not arrived everywhere for hours, or for a day. Whoever runs me sees in the log and with `guildhall status` what is away.
            > outcome of 1: listed 1234
            tell settings on: messages are not counted (`/messages settings record:True`); passes on the list of accounts daily at 04:00; next nothing
            > mod /messages roster
            reply mod
                | Every day at **04:00** (Europe/Paris) I take the list of all accounts here to where whoever runs me has set up: id, name, display name, address of the picture, bot or not, and names of roles. I keep no copy of it. Who has said `/mydata forget` is not on it. The next one: <t:1767754800:F>.
                | The last one that arrived: 2026-01-06, 1234 accounts.
            > 1d passes
            [2] take the roster of 2026-01-07
            timer roster in 1 day
            timer roster overdue in 2 hours
            tell settings on: messages are not counted (`/messages settings record:True`); passes on the list of accounts daily at 04:00, which does not work at present (`/messages roster`); next nothing
            > mod /messages settings
            reply mod "Messages are not counted here. A moderator can switch that on with `/messages settings record:True`."
            > mod /messages roster daily:False
            tell settings off: messages are not counted (`/messages settings record:True`); next nothing
            reply mod "The list of accounts here is not passed on. `/messages roster at:04:00` has me take it every day at that time to where whoever runs me has set up: id, name, display name, address of the picture, bot or not, and names of roles, of everybody."
            withdraw take_roster
            timer roster off
            > 2d pass
        "#]],
    );
}

#[test]
fn what_was_missed_is_caught_up_with_once() {
    check::<Messages>(
        r#"
        given told shared zone:Europe/Paris
        given mod /messages roster at:23:30
        11h asleep
        1h passes
        outcome of 1: listed 5
        10h asleep
        13h pass
        outcome of 2: listed 5
        4d asleep
        "#,
        expect![[r#"
            > 11h asleep
            [1] take the roster of 2026-01-05
            timer roster in 23 hours 30 minutes
            timer roster overdue in 2 hours
            > 1h passes
            > outcome of 1: listed 5
            timer roster overdue off
            > 10h asleep
            > 13h pass
            [2] take the roster of 2026-01-06
            timer roster in 1 day
            timer roster overdue in 2 hours
            > outcome of 2: listed 5
            timer roster overdue off
            > 4d asleep
            [3] take the roster of 2026-01-10
            timer roster in 23 hours 30 minutes
            timer roster overdue in 2 hours
        "#]],
    );
}

#[test]
fn clocks_that_change_neither_skip_a_day_nor_double_it() {
    check::<Messages>(
        r#"
        given told shared zone:Europe/Paris
        given 82d pass
        given mod /messages roster at:02:30
        23h pass
        23h pass
        1h passes
        1d passes
        given mod /messages roster daily:False
        given 206d pass
        given mod /messages roster at:02:30
        1d passes
        1d passes
        1d passes
        "#,
        expect![[r#"
            > 23h pass
            [1] take the roster of 2026-03-29
            timer roster in 23 hours
            timer roster overdue in 2 hours
            tell settings on: messages are not counted (`/messages settings record:True`); passes on the list of accounts daily at 02:30, which does not work at present (`/messages roster`); next nothing
            > 23h pass
            [2] take the roster of 2026-03-30
            withdraw take_roster
            timer roster in 1 day
            timer roster overdue in 2 hours
            > 1h passes
            > 1d passes
            [3] take the roster of 2026-03-31
            withdraw take_roster
            timer roster in 1 day
            timer roster overdue in 2 hours
            > 1d passes
            [4] take the roster of 2026-10-24
            timer roster in 1 day
            timer roster overdue in 2 hours
            tell settings on: messages are not counted (`/messages settings record:True`); passes on the list of accounts daily at 02:30, which does not work at present (`/messages roster`); next nothing
            > 1d passes
            [5] take the roster of 2026-10-25
            withdraw take_roster
            timer roster in 1 day 1 hour
            timer roster overdue in 2 hours
            > 1d passes
            [6] take the roster of 2026-10-26
            withdraw take_roster
            timer roster in 1 day
            timer roster overdue in 2 hours
        "#]],
    );
}

#[test]
fn another_time_or_zone_never_takes_a_day_twice() {
    check::<Messages>(
        r#"
        given told shared zone:UTC
        given mod /messages roster at:13:00
        1h passes
        given outcome of 1: listed 5
        mod /messages roster at:18:00
        mod /messages roster at:03:00
        10h pass
        5h pass
        given outcome of 2: listed 5
        mod /messages roster at:23:00
        told shared zone:Pacific/Auckland
        told shared zone:Pacific/Honolulu
        1d passes
        1d passes
        "#,
        expect![[r#"
            > 1h passes
            [1] take the roster of 2026-01-05
            timer roster in 1 day
            timer roster overdue in 2 hours
            > mod /messages roster at:18:00
            tell settings on: messages are not counted (`/messages settings record:True`); passes on the list of accounts daily at 18:00; next nothing
            reply mod
                | Every day at **18:00** (UTC) I take the list of all accounts here to where whoever runs me has set up: id, name, display name, address of the picture, bot or not, and names of roles. I keep no copy of it. Who has said `/mydata forget` is not on it. The next one: <t:1767636000:F>.
                | The last one that arrived: 2026-01-05, 5 accounts.
            timer roster in 5 hours
            > mod /messages roster at:03:00
            tell settings on: messages are not counted (`/messages settings record:True`); passes on the list of accounts daily at 03:00; next nothing
            reply mod
                | Every day at **03:00** (UTC) I take the list of all accounts here to where whoever runs me has set up: id, name, display name, address of the picture, bot or not, and names of roles. I keep no copy of it. Who has said `/mydata forget` is not on it. The next one: <t:1767668400:F>.
                | The last one that arrived: 2026-01-05, 5 accounts.
            timer roster in 14 hours
            > 10h pass
            > 5h pass
            [2] take the roster of 2026-01-06
            timer roster in 1 day
            timer roster overdue in 2 hours
            > mod /messages roster at:23:00
            tell settings on: messages are not counted (`/messages settings record:True`); passes on the list of accounts daily at 23:00; next nothing
            reply mod
                | Every day at **23:00** (UTC) I take the list of all accounts here to where whoever runs me has set up: id, name, display name, address of the picture, bot or not, and names of roles. I keep no copy of it. Who has said `/mydata forget` is not on it. The next one: <t:1767740400:F>.
                | The last one that arrived: 2026-01-06, 5 accounts.
            timer roster in 19 hours
            > told shared zone:Pacific/Auckland
            timer roster in 6 hours
            > told shared zone:Pacific/Honolulu
            timer roster in 5 hours
            > 1d passes
            timer roster in 1 day
            > 1d passes
            timer roster in 1 day
        "#]],
    );
}

#[test]
fn a_time_that_is_put_forward_past_today_is_caught_up_with_at_once() {
    check::<Messages>(
        r#"
        given told shared zone:UTC
        given mod /messages roster at:18:00
        given 20h pass
        mod /messages roster at:07:00
        2h pass
        "#,
        expect![[r#"
            > mod /messages roster at:07:00
            [2] take the roster of 2026-01-06
            tell settings on: messages are not counted (`/messages settings record:True`); passes on the list of accounts daily at 07:00, which does not work at present (`/messages roster`); next nothing
            reply mod
                | Every day at **07:00** (UTC) I take the list of all accounts here to where whoever runs me has set up: id, name, display name, address of the picture, bot or not, and names of roles. I keep no copy of it. Who has said `/mydata forget` is not on it. The next one: <t:1767769200:F>.
                | One is on its way.
                | ⚠️ It has not arrived everywhere for hours, or for a day. Whoever runs me sees in the log and with `guildhall status` what is away.
            withdraw take_roster
            timer roster in 23 hours
            timer roster overdue in 2 hours
            > 2h pass
        "#]],
    );
}

#[test]
fn what_goes_wrong_is_told_once_until_it_goes_well() {
    check::<Messages>(
        r#"
        given told shared zone:UTC log:#log owner:owner
        given mod /messages roster at:13:00
        given 1h passes
        outcome of 1: fails 403
        1d passes
        outcome of 2: fails 403
        mod /messages roster
        given 1d passes
        outcome of 3: listed 7
        given 1d passes
        3h pass
        1d passes
        outcome of 4: listed 7
        outcome of 5: expires
        given 1d passes
        given 1d passes
        outcome of 7: fails 404
        "#,
        expect![[r#"
            > outcome of 1: fails 403
            post #log "The daily list of accounts: Discord does not let me read it (403: refused). I say this once, and go on trying each day; `/messages roster` shows how it stands."
            tell settings on: messages are not counted (`/messages settings record:True`); passes on the list of accounts daily at 13:00, which does not work at present (`/messages roster`); next nothing
            timer roster overdue off
            > 1d passes
            [2] take the roster of 2026-01-06
            timer roster in 1 day
            timer roster overdue in 2 hours
            > outcome of 2: fails 403
            timer roster overdue off
            > mod /messages roster
            reply mod
                | Every day at **13:00** (UTC) I take the list of all accounts here to where whoever runs me has set up: id, name, display name, address of the picture, bot or not, and names of roles. I keep no copy of it. Who has said `/mydata forget` is not on it. The next one: <t:1767790800:F>.
                | ⚠️ Discord does not let me read it (403: refused).
            > outcome of 3: listed 7
            tell settings on: messages are not counted (`/messages settings record:True`); passes on the list of accounts daily at 13:00; next nothing
            timer roster overdue off
            > 3h pass
            post #log "The daily list of accounts: It has not arrived everywhere for hours, or for a day. Whoever runs me sees in the log and with `guildhall status` what is away. I say this once, and go on trying each day; `/messages roster` shows how it stands."
            tell settings on: messages are not counted (`/messages settings record:True`); passes on the list of accounts daily at 13:00, which does not work at present (`/messages roster`); next nothing
            > 1d passes
            [5] take the roster of 2026-01-09
            withdraw take_roster
            timer roster in 1 day
            timer roster overdue in 2 hours
            > outcome of 4: listed 7
            > outcome of 5: expires
            > outcome of 7: fails 404
        "#]],
    );
}

#[test]
fn a_bot_that_did_not_run_has_not_tried_for_long() {
    check::<Messages>(
        r#"
        given told shared zone:UTC log:#log
        given mod /messages roster at:13:00
        1h passes
        5h asleep
        1h passes
        1h passes
        "#,
        expect![[r#"
            > 1h passes
            [1] take the roster of 2026-01-05
            timer roster in 1 day
            timer roster overdue in 2 hours
            > 5h asleep
            timer roster overdue in 2 hours
            > 1h passes
            > 1h passes
            post #log "The daily list of accounts: It has not arrived everywhere for hours, or for a day. Whoever runs me sees in the log and with `guildhall status` what is away. I say this once, and go on trying each day; `/messages roster` shows how it stands."
            tell settings on: messages are not counted (`/messages settings record:True`); passes on the list of accounts daily at 13:00, which does not work at present (`/messages roster`); next nothing
        "#]],
    );
}

#[test]
fn without_the_intent_it_is_refused_and_says_so() {
    check::<Messages>(
        r#"
        given told shared
        given mod /messages roster at:13:00
        missing intent "Server Members"
        mod /messages roster at:14:00
        mod /messages roster daily:True
        mod /messages roster
        mod /messages roster daily:False
        "#,
        expect![[r#"
            > missing intent "Server Members"
            > mod /messages roster at:14:00
            refuse mod "Discord does not grant me the *Server Members* intent, and without it I cannot read who is here. Whoever runs me can switch it on in Discord's developer portal."
            > mod /messages roster daily:True
            refuse mod "Discord does not grant me the *Server Members* intent, and without it I cannot read who is here. Whoever runs me can switch it on in Discord's developer portal."
            > mod /messages roster
            reply mod
                | Every day at **13:00** (UTC) I take the list of all accounts here to where whoever runs me has set up: id, name, display name, address of the picture, bot or not, and names of roles. I keep no copy of it. Who has said `/mydata forget` is not on it. The next one: <t:1767618000:F>.
                | ⚠️ Discord does not grant me the *Server Members* intent, and without it I cannot read who is here. Whoever runs me can switch it on in Discord's developer portal.
            > mod /messages roster daily:False
            tell settings off: messages are not counted (`/messages settings record:True`); next nothing
            reply mod "The list of accounts here is not passed on. `/messages roster at:04:00` has me take it every day at that time to where whoever runs me has set up: id, name, display name, address of the picture, bot or not, and names of roles, of everybody."
            timer roster off
        "#]],
    );
}

#[test]
fn who_asks_to_be_forgotten_is_told_of_it_and_the_places_too() {
    check::<Messages>(
        r#"
        given told shared
        given mod /messages roster at:13:00
        told wanted alice
        told forget alice
        given 1h passes
        told guild forgotten
        told wanted alice
        2d pass
        "#,
        expect![[r#"
            > told wanted alice
            tell privacy 1 known
                # Your account passed on
                | A list of all accounts in this server is or was passed on every day to where whoever runs me keeps it, with yours: id, name, display name, address of the picture, whether it is a bot, names of roles. `/mydata forget` has yours removed there too, where it can be, and left out from then on.
                "listed"
            > told forget alice
            tell privacy 0 known
            spool forget alice
            > told guild forgotten
            withdraw take_roster
            timer roster off
            timer roster overdue off
            > told wanted alice
            tell privacy 1 known
                # Your account passed on
                | A list of all accounts in this server is or was passed on every day to where whoever runs me keeps it, with yours: id, name, display name, address of the picture, whether it is a bot, names of roles. `/mydata forget` has yours removed there too, where it can be, and left out from then on.
                "listed"
            > 2d pass
        "#]],
    );
}

#[test]
fn a_clock_that_was_wrong_does_not_stop_it_for_years() {
    let mut stage = Stage::<Messages>::new();
    stage.play("told shared zone:UTC\nmod /messages roster at:13:00");
    let right = stage.now;
    stage.sleep(Span::days(500));
    stage.now = right + Span::hours(3);
    stage.play("outcome of 1: listed 1");
    let said = stage.play("mod /messages roster at:14:00");
    assert!(said.contains("[2] take the roster of 2026-01-05"), "{said}");
}

proptest! {
    /// However time passes and whatever is set, no day is wanted twice, and days only go forward.
    #[test]
    fn each_day_at_most_once(steps in proptest::collection::vec((0..6_u8, 0..30_i64), 1..60)) {
        const ZONES: [&str; 4] = ["UTC", "Pacific/Auckland", "America/New_York", "Asia/Kathmandu"];
        let mut stage = Stage::<Messages>::new();
        stage.play("told shared zone:Europe/Paris");
        for (step, n) in steps {
            match step {
                0 => _ = stage.play(&format!("mod /messages roster at:{:02}:30", n % 24)),
                1 => _ = stage.play("mod /messages roster daily:False"),
                2 => _ = stage.play(&format!("told shared zone:{}", ZONES[usize::try_from(n % 4).unwrap()])),
                3 => stage.sleep(Span::hours(n)),
                _ => stage.pass(Span::hours(n)),
            }
        }
        let days: Vec<_> = stage.effects.iter().filter_map(|row| match row.effect {
            Effect::TakeRoster { day, .. } => Some(day),
            _ => None,
        }).collect();
        prop_assert!(days.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", days);
    }
}
