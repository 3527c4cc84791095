use crate::{kernel::check::check, presence::Presence};
use expect_test::expect;

#[test]
fn the_newer_sign_of_life_counts_and_strangers_are_passed_over() {
    check::<Presence>(
        r#"
        given told shared log:#log
        given guild available members alice, bob
        given outcome of 1: done
        given listed alice, bob, carol
        given bob: reacts #mods
        given told forget carol
        given 2d pass
        told imported alice:60d bob:61d carol:62d dave:1d
        told imported alice:60d bob:61d
        told imported bob:1d alice:63d
        mod /seen user:alice
        mod /seen user:bob
        mod /seen user:carol
        mod /seen user:dave
        "#,
        expect![[r#"
            > told imported alice:60d bob:61d carol:62d dave:1d
            > told imported alice:60d bob:61d
            > told imported bob:1d alice:63d
            > mod /seen user:alice
            reply mod
                | <@alice> wrote in <#general> <t:1762603200:R>.
                | Idle for **12 days**, since they joined.
                | 0 messages, 0 reactions, no time in voice.
                | Here since <t:1766750400:D>. First seen <t:1762344000:D>.
            > mod /seen user:bob
            reply mod
                | <@bob> wrote in <#general> <t:1767700800:R>.
                | Idle for **1 day**.
                | 0 messages, 1 reaction, no time in voice.
                | Here since <t:1766750400:D>. First seen <t:1762516800:D>.
            > mod /seen user:carol
            reply mod "<@carol> asked not to be recorded here."
            > mod /seen user:dave
            reply mod "I have no record of <@dave>. I keep one of everybody who is here; not of bots, and of those who left only for 30 days."
        "#]],
    );
}

#[test]
fn nothing_is_taken_where_nothing_is_recorded() {
    check::<Presence>(
        r#"
        given told shared log:#log
        given guild available members alice, bob
        given outcome of 1: done
        given listed alice, bob
        given mod /presence settings track:False
        told imported alice:60d
        rows
        "#,
        expect![[r#"
            > told imported alice:60d
            > rows
            no rows
        "#]],
    );
}

#[test]
fn who_is_brought_before_the_list_is_there_stays_if_the_list_names_them() {
    check::<Presence>(
        r#"
        given told shared log:#log
        guild available
        given outcome of 1: done
        told imported alice:60d dave:60d
        given listed alice, bob
        mod /seen user:alice
        mod /seen user:dave
        "#,
        expect![[r#"
            > guild available
            [1] request members as presence-1
            > told imported alice:60d dave:60d
            > mod /seen user:alice
            reply mod
                | <@alice> wrote in <#general> <t:1762430400:R>.
                | Idle for **10 days**, since they joined.
                | 0 messages, 0 reactions, no time in voice.
                | Here since <t:1766750400:D>. First seen <t:1762430400:D>.
            > mod /seen user:dave
            reply mod "I have no record of <@dave>. I keep one of everybody who is here; not of bots, and of those who left only for 30 days."
        "#]],
    );
}
