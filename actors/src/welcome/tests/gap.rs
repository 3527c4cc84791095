use crate::{
    kernel::check::{Stage, check},
    welcome::Welcome,
};
use expect_test::expect;

#[test]
fn after_a_gap_who_came_is_greeted_and_who_went_is_reported() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome join channel:#welcome
        given mod /welcome leave channel:#mods
        given listed mod, alice, bob, carol
        given 1h pass
        given frank joins
        given 1h pass
        given 5m pass
        given erin joins as a bot
        guild available gap 10m count 5 members mod
        listed mod, carol …
        listed erin, frank
        rows
        "#,
        expect![[r#"
            > guild available gap 10m count 5 members mod
            [2] request members as welcome-2
            reconciling
            > listed mod, carol …
            timer list in 2 minutes
            > listed erin, frank
            timer list off
            post #mods
                | **2 members left while I was away:**
                | <@alice> (member since: <t:1766750400:D>, roles: none)
                | <@bob> (member since: <t:1766750400:D>, roles: none)
            reconciled
            > rows
            row carol Row { joined_at: Some(Timestamp(1766750400000)), roles: [], greeting: None, seen: 2 }
            row erin Row { joined_at: Some(Timestamp(1767621900000)), roles: [], greeting: None, seen: 2 }
            row frank Row { joined_at: Some(Timestamp(1767618000000)), roles: [], greeting: Done, seen: 2 }
            row mod Row { joined_at: Some(Timestamp(1766750400000)), roles: [], greeting: None, seen: 2 }
        "#]],
    );
}

#[test]
fn arrivals_during_a_gap_are_greeted_late_and_together_when_many() {
    let mut stage = Stage::<Welcome>::new();
    stage.play("told shared log:#log\n mod /welcome join channel:#welcome\n listed mod\n 1h pass");
    stage.step_away("m1-m8 join");
    let shown = stage.play("10m pass\n guild available gap 15m members m1, m2\n listed mod, m1-m8\n m3 joins\n 10s pass");
    expect![[r#"
        > 10m pass
        > guild available gap 15m members m1, m2
        [2] request members as welcome-2
        post #welcome "Welcome to The Hall, <@m1>!" pings m1
        post #welcome "Welcome to The Hall, <@m2>!" pings m2
        reconciling
        > listed mod, m1-m8
        post #welcome "Welcome to The Hall, <@m3>!" pings m3
        post #welcome "Welcome to The Hall, <@m4>!" pings m4
        post #welcome "Welcome to The Hall, <@m5>!" pings m5
        timer flush in 10 seconds
        reconciled
        > m3 joins
        > 10s pass
        post #welcome "Welcome to The Hall, <@m6>, <@m7> and <@m8>!" pings m6 m7 m8
    "#]]
    .assert_eq(&shown);
}

#[test]
fn an_arrival_whose_event_was_on_its_way_when_the_gap_began_is_greeted() {
    let mut stage = Stage::<Welcome>::new();
    stage.play("told shared log:#log\n mod /welcome join channel:#welcome\n listed mod\n 1h pass");
    stage.step_away("alice joins");
    let shown = stage.play("5m pass\n guild available gap 4m\n listed mod, alice");
    expect![[r#"
        > 5m pass
        > guild available gap 4m
        [2] request members as welcome-2
        reconciling
        > listed mod, alice
        post #welcome "Welcome to The Hall, <@alice>!" pings alice
        reconciled
    "#]]
    .assert_eq(&shown);
}

#[test]
fn a_second_gap_before_the_first_is_closed_begins_anew_from_the_earlier() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome join channel:#welcome
        given listed mod
        given 1h pass
        guild available gap 30m
        10s pass
        guild available gap 1s
        outcome of 2: fails 403
        listed mod
        "#,
        expect![[r#"
            > guild available gap 30m
            [2] request members as welcome-2
            reconciling
            > 10s pass
            > guild available gap 1s
            [3] request members as welcome-3
            reconciling
            > outcome of 2: fails 403
            > listed mod
            reconciled
        "#]],
    );
}

#[test]
fn switching_off_while_reconciling_closes_the_gap() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome join channel:#welcome
        given listed mod
        guild available gap 30m
        mod /welcome off
        listed mod
        "#,
        expect![[r#"
            > guild available gap 30m
            [2] request members as welcome-2
            reconciling
            > mod /welcome off
            tell settings off: greets nobody and reports nobody; next `/welcome join channel:…`
            reply mod "The welcome desk is off. What I had recorded about members is being deleted."
            reconciled
            > listed mod
        "#]],
    );
}

#[test]
fn many_rows_are_swept_page_by_page() {
    let mut stage = Stage::<Welcome>::new();
    stage.play("told shared log:#log\n mod /welcome leave channel:#mods\n m1-m900 join\n listed m1-m450 …\n listed m451-m900");
    assert!(stage.state().roll.known);
    let shown = stage.play("guild available gap 10m\n listed m1-m450 …\n listed m451-m898");
    expect![[r#"
        > guild available gap 10m
        [2] request members as welcome-2
        reconciling
        > listed m1-m450 …
        timer list in 2 minutes
        > listed m451-m898
        timer list off
        post #mods
            | **2 members left while I was away:**
            | <@m899> (member since: <t:1767614400:D>, roles: none)
            | <@m900> (member since: <t:1767614400:D>, roles: none)
        reconciled
    "#]]
    .assert_eq(&shown);
}

#[test]
fn a_gap_within_a_gap_reports_both_together() {
    let mut stage = Stage::<Welcome>::new();
    stage.play(
        "told shared log:#log
         mod /welcome leave channel:#mods
         listed m1-m450",
    );
    // The sweep has found m1 and is at its second page when the next gap begins.
    stage.play("guild available gap 10m");
    stage.hold_facts(1);
    stage.play("listed m2-m450");
    let shown = stage.play("guild available gap 1s\n listed m2-m449");
    expect![[r#"
        > guild available gap 1s
        [3] request members as welcome-3
        reconciling
        > listed m2-m449
        post #mods
            | **2 members left while I was away:**
            | <@m1> (member since: <t:1766750400:D>, roles: none)
            | <@m450> (member since: <t:1766750400:D>, roles: none)
        reconciled
    "#]]
    .assert_eq(&shown);
}
