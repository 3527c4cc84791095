use crate::{kernel::check::check, welcome::Welcome};
use expect_test::expect;

#[test]
fn a_deleted_channel_is_reported_once_and_a_new_one_mends_it() {
    check::<Welcome>(
        r#"
        given told shared log:#log owner:owner
        given mod /welcome join channel:#welcome message:"Hi {user}"
        #welcome deleted
        alice joins
        bob joins
        1d passes
        carol joins
        mod /welcome join channel:#general
        dave joins
        rows
        "#,
        expect![[r#"
            > #welcome deleted
            post #log "I cannot greet new members any more: the channel <#welcome> is gone. Set another with `/welcome join channel:…`. Until then I only count."
            tell settings on: cannot greet in <#welcome>; next `/welcome join channel:…`
            > alice joins
            > bob joins
            > 1d passes
            > carol joins
            > mod /welcome join channel:#general
            tell settings on: greets in <#general>; next `/welcome leave channel:…`
            reply mod
                | New members are greeted in <#general>. So it will look:
                | While the channel was closed: 3 members joined and not greeted; nobody is greeted late.
                # When somebody joins
                | Hi <@mod>
                [Edit greeting → edit:join]
            > dave joins
            post #general "Hi <@dave>" pings dave
            > rows
            row alice Row { joined_at: Some(Timestamp(1767614400000)), roles: [], greeting: None, seen: 1 }
            row bob Row { joined_at: Some(Timestamp(1767614400000)), roles: [], greeting: None, seen: 1 }
            row carol Row { joined_at: Some(Timestamp(1767700800000)), roles: [], greeting: None, seen: 1 }
            row dave Row { joined_at: Some(Timestamp(1767700800000)), roles: [], greeting: Done, seen: 1 }
        "#]],
    );
}

#[test]
fn a_channel_that_refuses_is_reported_once_and_tried_again_after_an_hour() {
    check::<Welcome>(
        r#"
        given told shared log:#log owner:owner
        given mod /welcome join channel:#welcome
        given #welcome refuses 403
        alice joins
        bob joins
        1h pass
        carol joins
        #welcome heals
        1h pass
        dave joins
        erin joins
        "#,
        expect![[r#"
            > alice joins
            post #welcome (refused: 403) "Welcome to The Hall, <@alice>!" pings alice
            post #log "I cannot greet new members any more: I may not write in <#welcome>. Allow it again, or set another with `/welcome join channel:…`. Until then I only count."
            tell settings on: cannot greet in <#welcome>; next `/welcome join channel:…`
            > bob joins
            > 1h pass
            > carol joins
            post #welcome (refused: 403) "Welcome to The Hall, <@carol>!" pings carol
            > #welcome heals
            > 1h pass
            > dave joins
            post #welcome "Welcome to The Hall, <@dave>!" pings dave
            post #log "New members are greeted in <#welcome> again."
            tell settings on: greets in <#welcome>; next `/welcome leave channel:…`
            > erin joins
            post #welcome "Welcome to The Hall, <@erin>!" pings erin
        "#]],
    );
}

#[test]
fn a_flood_waiting_for_a_channel_that_goes_is_counted() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome join channel:#welcome
        given m1-m9 join
        #welcome deleted
        10s pass
        mod /welcome join channel:#general
        "#,
        expect![[r#"
            > #welcome deleted
            post #log "I cannot greet new members any more: the channel <#welcome> is gone. Set another with `/welcome join channel:…`. Until then I only count."
            tell settings on: cannot greet in <#welcome>; next `/welcome join channel:…`
            > 10s pass
            > mod /welcome join channel:#general
            tell settings on: greets in <#general>; next `/welcome leave channel:…`
            reply mod
                | New members are greeted in <#general>. So it will look:
                | While the channel was closed: 4 members joined and not greeted; nobody is greeted late.
                # When somebody joins
                | Welcome to The Hall, <@mod>!
                [Edit greeting → edit:join]
        "#]],
    );
}

#[test]
fn departures_are_counted_while_their_channel_is_gone() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome leave channel:#mods
        given alice, bob join
        given alice kicked by mod
        #mods deleted
        2s pass
        bob kicked by mod
        2s pass
        mod /welcome leave channel:#general
        "#,
        expect![[r#"
            > #mods deleted
            post #log "I cannot report who leaves any more: the channel <#mods> is gone. Set another with `/welcome leave channel:…`. Until then I only count."
            tell settings on: cannot report who leaves in <#mods>; next `/welcome leave channel:…`
            > 2s pass
            > bob kicked by mod
            timer leave in 2 seconds
            > 2s pass
            > mod /welcome leave channel:#general
            tell settings on: reports who leaves in <#general>; next `/welcome join channel:…`
            reply mod
                | Who leaves is reported in <#general>. So it will look:
                | While the channel was closed: 2 members left and not reported.
                # When somebody leaves
                | **mod** left.
                | Member for: 3 days 3 hours · Roles: none
                [Edit report → edit:leave]
        "#]],
    );
}

#[test]
fn moderators_hear_of_a_broken_channel_as_soon_as_they_can_be_reached() {
    check::<Welcome>(
        r#"
        given mod /welcome join channel:#welcome
        #welcome deleted
        told shared owner:owner
        told shared owner:owner log:#log
        "#,
        expect![[r#"
            > #welcome deleted
            tell settings shared wanted
            tell settings on: cannot greet in <#welcome>; next `/welcome join channel:…`
            > told shared owner:owner
            dm owner "I cannot greet new members any more: the channel <#welcome> is gone. Set another with `/welcome join channel:…`. Until then I only count."
            tell settings on: cannot greet in <#welcome>; next `/welcome join channel:…`
            > told shared owner:owner log:#log
        "#]],
    );
}

#[test]
fn a_log_channel_that_is_gone_too_leaves_the_owner() {
    check::<Welcome>(
        r#"
        given told shared log:#welcome owner:owner
        given mod /welcome join channel:#welcome
        #welcome deleted
        "#,
        expect![[r#"
            > #welcome deleted
            dm owner "I cannot greet new members any more: the channel <#welcome> is gone. Set another with `/welcome join channel:…`. Until then I only count."
            tell settings on: cannot greet in <#welcome>; next `/welcome join channel:…`
        "#]],
    );
}

#[test]
fn a_channel_deleted_while_the_bot_was_away_is_noticed_on_return() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome join channel:#welcome
        given listed mod
        guild available without #welcome
        "#,
        expect![[r#"
            > guild available without #welcome
            post #log "I cannot greet new members any more: the channel <#welcome> is gone. Set another with `/welcome join channel:…`. Until then I only count."
            tell settings on: cannot greet in <#welcome>; next `/welcome join channel:…`
        "#]],
    );
}
