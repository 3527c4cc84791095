use crate::{kernel::check::check, welcome::Welcome};
use expect_test::expect;

#[test]
fn the_log_may_come_before_the_departure() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome leave channel:#mods
        given alice joins
        log: mod kicks alice
        given 1s pass
        alice leaves
        2s pass
        "#,
        expect![[r#"
            > log: mod kicks alice
            > alice leaves
            timer leave in 2 seconds
            > 2s pass
            post #mods
                | **alice** was kicked by <@mod>.
                | Member for: 1 second · Roles: none
        "#]],
    );
}

#[test]
fn the_log_is_asked_once_for_all_who_are_unexplained() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome leave channel:#mods
        given alice, bob, carol join
        given 1h pass
        alice leaves
        1s pass
        bob leaves
        1s pass
        carol leaves
        outcome of 2: log mod bans bob "raid"
        2s pass
        outcome of 3: log
        "#,
        expect![[r#"
            > alice leaves
            timer leave in 2 seconds
            > 1s pass
            > bob leaves
            > 1s pass
            [2] read audit log of the last 1 minute 2 seconds
            > carol leaves
            timer leave in 2 seconds
            > outcome of 2: log mod bans bob "raid"
            post #mods
                | **alice** left.
                | Member for: 1 hour · Roles: none
            post #mods
                | **bob** was banned by <@mod> (reason: raid).
                | Member for: 1 hour · Roles: none
            > 2s pass
            [3] read audit log of the last 1 minute 2 seconds
            > outcome of 3: log
            post #mods
                | **carol** left.
                | Member for: 1 hour · Roles: none
        "#]],
    );
}

#[test]
fn a_line_of_the_log_from_another_time_explains_nothing() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome leave channel:#mods
        given log: mod kicks alice
        given alice joins
        given 2m pass
        alice leaves
        2s pass
        outcome of 2: log
        "#,
        expect![[r#"
            > alice leaves
            timer leave in 2 seconds
            > 2s pass
            [2] read audit log of the last 1 minute 2 seconds
            > outcome of 2: log
            post #mods
                | **alice** left.
                | Member for: 2 minutes · Roles: none
        "#]],
    );
}

#[test]
fn a_log_that_may_not_be_read_is_said_and_left_alone_for_an_hour() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome leave channel:#mods
        given alice, bob, carol join
        given alice leaves
        2s pass
        outcome of 2: fails 403
        bob leaves
        2s pass
        1h pass
        carol leaves
        2s pass
        outcome of 3: expires
        "#,
        expect![[r#"
            > 2s pass
            [2] read audit log of the last 1 minute 2 seconds
            > outcome of 2: fails 403
            post #mods
                | **alice** left (I could not read the audit log, so it may have been a kick or a ban).
                | Member for: 0 seconds · Roles: none
            > bob leaves
            timer leave in 2 seconds
            > 2s pass
            post #mods
                | **bob** left (I could not read the audit log, so it may have been a kick or a ban).
                | Member for: 2 seconds · Roles: none
            > 1h pass
            > carol leaves
            timer leave in 2 seconds
            > 2s pass
            [3] read audit log of the last 1 minute 2 seconds
            > outcome of 3: expires
            post #mods
                | **carol** left (I could not read the audit log, so it may have been a kick or a ban).
                | Member for: 1 hour · Roles: none
        "#]],
    );
}

#[test]
fn a_prune_explains_everybody_who_goes_with_it() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome leave channel:#mods
        given m1-m3 join
        given m1-m2 leave
        log: mod prunes members
        m3 leaves
        2s pass
        "#,
        expect![[r#"
            > log: mod prunes members
            > m3 leaves
            > 2s pass
            post #mods
                | **m1** was removed in a prune of inactive members by <@mod>.
                | Member for: 0 seconds · Roles: none
            post #mods
                | **m2** was removed in a prune of inactive members by <@mod>.
                | Member for: 0 seconds · Roles: none
            post #mods
                | **m3** was removed in a prune of inactive members by <@mod>.
                | Member for: 0 seconds · Roles: none
        "#]],
    );
}
