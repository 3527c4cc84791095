//! Flows of the tracker that no single command owns.

use super::Presence;
use crate::kernel::check::{Stage, check};
use expect_test::expect;

#[test]
fn after_a_gap_sessions_are_compared_with_who_is_in_voice() {
    check::<Presence>(
        r#"
        given guild available
        given alice: speaks #mods
        given bob: speaks #mods
        given carol: speaks #mods
        given 10m pass
        guild available gap 4m voice alice #mods bob #general dave #mods
        rows
        "#,
        expect![[r#"
            > guild available gap 4m voice alice #mods bob #general dave #mods
            tell settings shared wanted
            reconciling
            reconciled
            > rows
            row alice Row { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767614400000), deed: Spoke, channel: Some(ChannelId(504)) }), online: None, counts: Counts([0, 0, 0, 0, 1, 0]), voice: Span(0), session: Some(Session { channel: ChannelId(504), since: Timestamp(1767614400000) }) }
            row bob Row { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767614400000), deed: Spoke, channel: Some(ChannelId(504)) }), online: None, counts: Counts([0, 0, 0, 0, 1, 0]), voice: Span(360000), session: Some(Session { channel: ChannelId(502), since: Timestamp(1767615000000) }) }
            row carol Row { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767614400000), deed: Spoke, channel: Some(ChannelId(504)) }), online: None, counts: Counts([0, 0, 0, 0, 1, 0]), voice: Span(360000), session: None }
            row dave Row { first: Timestamp(1767615000000), last: None, online: None, counts: Counts([0, 0, 0, 0, 0, 0]), voice: Span(0), session: Some(Session { channel: ChannelId(504), since: Timestamp(1767615000000) }) }
        "#]],
    );
}

#[test]
fn a_sign_of_life_in_the_middle_of_the_comparison_is_kept() {
    let mut stage = Stage::<Presence>::new();
    stage.play("guild available\nm1-m401: writes #general");
    // One page is compared, with dave's place in it; the rest follows after he has written.
    stage.hold_facts(1);
    stage.play("guild available gap 1m voice dave #mods\ndave: writes #general");
    let played = stage.play("dave: reacts #general\n dave /seen");
    expect![[r#"
        > dave: reacts #general
        > dave /seen
        reply dave
            | <@dave> reacted to a message in <#general> <t:1767614400:R>.
            | 1 message, 1 reaction, no time in voice (now in <#mods>).
            | Recorded since <t:1767614400:D>.
    "#]]
    .assert_eq(&played);
}

#[test]
fn who_leaves_is_forgotten() {
    check::<Presence>(
        r#"
        given guild available
        given alice: writes #general
        given alice leaves
        rows
        "#,
        expect![[r#"
            > rows
            no rows
        "#]],
    );
}

#[test]
fn a_guild_that_is_left_is_forgotten() {
    check::<Presence>(
        r#"
        given guild available
        given alice: writes #general
        given bob: writes #general
        guild left
        rows
        "#,
        expect![[r#"
            > guild left
            > rows
            no rows
        "#]],
    );
}
