use crate::{
    kernel::{
        check::{Json, Stage, check},
        record::{Codec as _, MAX_PAYLOAD},
    },
    welcome::Welcome,
};
use expect_test::expect;

#[test]
fn who_leaves_is_reported_with_roles_and_time_once_the_audit_log_is_silent() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome leave channel:#mods
        alice joins with @vip @staff
        3d pass
        alice leaves
        2s pass
        outcome of 2: log
        rows
        "#,
        expect![[r#"
            > alice joins with @vip @staff
            > 3d pass
            > alice leaves
            timer leave in 2 seconds
            > 2s pass
            [2] read audit log of the last 1 minute 2 seconds
            > outcome of 2: log
            post #mods
                | **alice** left.
                | Member for: 3 days · Roles: <@&vip> <@&staff>
            > rows
            no rows
        "#]],
    );
}

#[test]
fn a_kick_and_a_ban_are_told_apart_by_the_log_on_the_gateway() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome leave channel:#mods
        given alice, bob join
        alice kicked by mod: "spam, *stars*, @everyone <@&1>"
        bob banned by owner
        2s pass
        "#,
        expect![[r#"
            > alice kicked by mod: "spam, *stars*, @everyone <@&1>"
            timer leave in 2 seconds
            > bob banned by owner
            > 2s pass
            post #mods
                | **alice** was kicked by <@mod> (reason: spam, \*stars\*, @¦everyone \<@&1\>).
                | Member for: 0 seconds · Roles: none
            post #mods
                | **bob** was banned by <@owner>.
                | Member for: 0 seconds · Roles: none
        "#]],
    );
}

#[test]
fn a_flood_of_departures_is_reported_together() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome leave channel:#mods
        given m1-m9 join
        given m1-m8 banned by mod: "raid"
        2s pass
        m9 banned by mod: "raid"
        10s pass
        "#,
        expect![[r#"
            > 2s pass
            post #mods
                | **m1** was banned by <@mod> (reason: raid).
                | Member for: 0 seconds · Roles: none
            post #mods
                | **m2** was banned by <@mod> (reason: raid).
                | Member for: 0 seconds · Roles: none
            post #mods
                | **m3** was banned by <@mod> (reason: raid).
                | Member for: 0 seconds · Roles: none
            post #mods
                | **m4** was banned by <@mod> (reason: raid).
                | Member for: 0 seconds · Roles: none
            post #mods
                | **m5** was banned by <@mod> (reason: raid).
                | Member for: 0 seconds · Roles: none
            post #mods
                | **3 more departures:**
                | **m6** was banned by <@mod> (reason: raid) · member for: 0 seconds
                | **m7** was banned by <@mod> (reason: raid) · member for: 0 seconds
                | **m8** was banned by <@mod> (reason: raid) · member for: 0 seconds
            > m9 banned by mod: "raid"
            timer leave in 10 seconds
            > 10s pass
            post #mods
                | **m9** was banned by <@mod> (reason: raid).
                | Member for: 2 seconds · Roles: none
        "#]],
    );
}

#[test]
fn of_somebody_who_was_not_recorded_it_says_unknown() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome leave channel:#mods message:"{name} ({id}, {user}) {what} after {stayed}, since {joined}, {roles}, {reason}, {by}, {server}, {count}"
        alice leaves
        repeat
        given 2s pass
        outcome of 2: log
        "#,
        expect![[r#"
            > alice leaves
            timer leave in 2 seconds
            > repeat
            > outcome of 2: log
            post #mods "alice (101, <@alice>) left after unknown, since unknown, unknown, none given, nobody, The Hall, ?"
        "#]],
    );
}

#[test]
fn departures_have_a_largest_number_and_are_then_reported_at_once() {
    let mut stage = Stage::<Welcome>::new();
    stage.play(
        "told shared log:#log\n mod /welcome leave channel:#mods\n m1-m205 join\n m1-m205 leave",
    );
    assert_eq!(stage.state().departures.leaving.len(), 5);
    stage.play("2s pass\n outcome of 2: log\n 10s pass");
    assert!(stage.state().departures.leaving.is_empty());
}

#[test]
fn the_largest_state_fits_a_record() {
    let mut stage = Stage::<Welcome>::new();
    let roles: Vec<String> = (1..=250).map(|n| format!("@r{n}")).collect();
    let reason = "🎉".repeat(256);
    let name = "🎉".repeat(32);
    let mut script = format!(
        "told shared log:#log
         mod /welcome leave channel:#mods message:\"{{name}} {}\"
         mod /welcome join channel:#mods
         m1-m199 join named \"{name}\" with {}\n",
        "é".repeat(990),
        roles.join(" "),
    );
    for n in 1..=100 {
        script.push_str(&format!("log: mod bans m{n} \"{reason}\"\n"));
    }
    for n in 1..=199 {
        script.push_str(&format!("m{n} banned by mod: \"{reason}\"\n"));
    }
    stage.play(&script);
    assert_eq!(stage.state().departures.leaving.len(), 199);
    let size = Json.encode(stage.state()).unwrap().len();
    let gathered = 2_000 * "1234567890123456789,".len();
    assert!(size + gathered < MAX_PAYLOAD, "{size} and {gathered} bytes");
}

#[test]
fn bots_that_leave_are_reported_too() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome leave channel:#mods
        given robot joins as a bot
        robot kicked by mod
        2s pass
        "#,
        expect![[r#"
            > robot kicked by mod
            timer leave in 2 seconds
            > 2s pass
            post #mods
                | **robot** was kicked by <@mod>.
                | Member for: 0 seconds · Roles: none
        "#]],
    );
}
