use crate::{
    kernel::{
        check::{Stage, check},
        ids::GuildId,
        inbound::Inbound,
    },
    welcome::Welcome,
};
use expect_test::expect;

#[test]
fn switching_on_learns_who_is_here_without_greeting_them() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        mod /welcome leave channel:#mods
        listed mod, owner …
        listed alice, bob
        mod /welcome join channel:#welcome
        rows
        "#,
        expect![[r#"
            > mod /welcome leave channel:#mods
            [1] request members as welcome-1
            tell settings on: reports who leaves in <#mods>; next `/welcome join channel:…`
            reply mod "Who leaves is reported in <#mods>. So it will look:"
                # When somebody leaves
                | **mod** left.
                | Member for: 3 days 3 hours · Roles: none
                [Edit report → edit:leave]
            > listed mod, owner …
            timer list in 2 minutes
            > listed alice, bob
            timer list off
            > mod /welcome join channel:#welcome
            tell settings on: greets in <#welcome>; reports who leaves in <#mods>; next nothing
            reply mod "New members are greeted in <#welcome>. So it will look:"
                # When somebody joins
                | Welcome to The Hall, <@mod>!
                [Edit greeting → edit:join]
            > rows
            row alice Row { joined_at: Some(Timestamp(1766750400000)), roles: [], greeting: None, seen: 1 }
            row bob Row { joined_at: Some(Timestamp(1766750400000)), roles: [], greeting: None, seen: 1 }
            row mod Row { joined_at: Some(Timestamp(1766750400000)), roles: [], greeting: None, seen: 1 }
            row owner Row { joined_at: Some(Timestamp(1766750400000)), roles: [], greeting: None, seen: 1 }
        "#]],
    );
}

#[test]
fn a_member_list_that_is_refused_closes_the_gap_and_is_said_once() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        mod /welcome join channel:#welcome
        outcome of 1: fails 403
        guild available gap 10m
        outcome of 2: fails 403
        "#,
        expect![[r#"
            > mod /welcome join channel:#welcome
            [1] request members as welcome-1
            tell settings on: greets in <#welcome>; next `/welcome leave channel:…`
            reply mod "New members are greeted in <#welcome>. So it will look:"
                # When somebody joins
                | Welcome to The Hall, <@mod>!
                [Edit greeting → edit:join]
            > outcome of 1: fails 403
            post #log "Discord did not give me the list of this server's members. Of those who are here already I do not know since when and with which roles, and who came or went while I was away may go unnoticed. If `/setup show` names the intent Server Members, the bot's operator must switch it on."
            > guild available gap 10m
            [2] request members as welcome-2
            reconciling
            > outcome of 2: fails 403
            reconciled
        "#]],
    );
}

#[test]
fn a_member_list_that_keeps_quiet_is_asked_for_again_and_then_given_up() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome join channel:#welcome
        given listed mod
        guild available gap 10m
        10m pass
        outcome of 2: done
        1m pass
        listed mod …
        1m pass
        2m pass
        outcome of 3: done
        2m pass
        "#,
        expect![[r#"
            > guild available gap 10m
            [2] request members as welcome-2
            reconciling
            > 10m pass
            > outcome of 2: done
            timer list in 2 minutes
            > 1m pass
            > listed mod …
            timer list in 2 minutes
            > 1m pass
            > 2m pass
            [3] request members as welcome-3
            > outcome of 3: done
            timer list in 2 minutes
            > 2m pass
            post #log "Discord did not give me the list of this server's members. Of those who are here already I do not know since when and with which roles, and who came or went while I was away may go unnoticed. If `/setup show` names the intent Server Members, the bot's operator must switch it on."
            reconciled
        "#]],
    );
}

#[test]
fn a_request_too_old_to_be_sent_is_made_once_more_and_then_left_for_later() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome leave channel:#mods
        given listed mod, alice
        guild available gap 10m count 1 members mod
        outcome of 2: expires
        outcome of 3: expires
        guild available count 1 members mod
        listed mod
        rows
        "#,
        expect![[r#"
            > guild available gap 10m count 1 members mod
            [2] request members as welcome-2
            reconciling
            > outcome of 2: expires
            [3] request members as welcome-3
            > outcome of 3: expires
            post #log "Discord did not give me the list of this server's members. Of those who are here already I do not know since when and with which roles, and who came or went while I was away may go unnoticed. If `/setup show` names the intent Server Members, the bot's operator must switch it on."
            reconciled
            > guild available count 1 members mod
            [4] request members as welcome-4
            > listed mod
            > rows
            row mod Row { joined_at: Some(Timestamp(1766750400000)), roles: [], greeting: None, seen: 4 }
        "#]],
    );
}

#[test]
fn a_list_that_overtakes_the_event_does_not_swallow_the_greeting() {
    let mut stage = Stage::<Welcome>::new();
    stage.play("told shared log:#log\n mod /welcome join channel:#welcome");
    stage.step_away("alice joins");
    let shown = stage.play("listed mod, alice\n alice joins");
    expect![[r#"
        > listed mod, alice
        > alice joins
        post #welcome "Welcome to The Hall, <@alice>!" pings alice
    "#]]
    .assert_eq(&shown);
}

#[test]
fn an_answer_to_an_earlier_request_is_ignored() {
    let mut stage = Stage::<Welcome>::new();
    stage.play("told shared log:#log\n mod /welcome join channel:#welcome");
    let old = Inbound::MembersListed {
        guild: GuildId::new(1).unwrap(),
        members: Vec::new(),
        last: true,
        nonce: "welcome-0".into(),
    };
    stage.deliver(old);
    assert!(stage.state().roll.call.is_some());
}

#[test]
fn a_list_in_too_large_pieces_reports_nobody_as_gone() {
    let mut stage = Stage::<Welcome>::new();
    stage.play("told shared log:#log\n mod /welcome leave channel:#mods\n m1-m500 join\n listed m1-m250 …\n listed m251-m500");
    let shown = stage.play("guild available gap 10m\n listed m1-m500");
    expect![[r#"
        > guild available gap 10m
        [2] request members as welcome-2
        reconciling
        > listed m1-m500
        reconciled
    "#]]
    .assert_eq(&shown);
}

#[test]
fn a_bot_that_is_removed_keeps_the_members_until_it_is_said_to_forget_them() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome join channel:#welcome
        given listed mod, alice
        given m1-m7 join
        guild left
        given 1d passes
        guild available members mod
        listed mod
        rows
        m8 joins
        guild left
        told guild forgotten
        rows
        guild available new
        m9 joins
        "#,
        expect![[r#"
            > guild left
            timer flush off
            > guild available members mod
            [2] request members as welcome-2
            > listed mod
            > rows
            row mod Row { joined_at: Some(Timestamp(1766750400000)), roles: [], greeting: None, seen: 2 }
            > m8 joins
            post #welcome "Welcome to The Hall, <@m8>!" pings m8
            > guild left
            > told guild forgotten
            > rows
            no rows
            > guild available new
            > m9 joins
        "#]],
    );
}
