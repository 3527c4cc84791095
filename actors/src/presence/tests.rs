//! Flows of the tracker that no single command owns.

mod catalogue;
mod imported;
mod watch;
mod years;

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
        alice /seen user:bob
        listed alice, bob, dave …
        listed carol
        rows
        "#,
        expect![[r#"
            > guild available gap 4m voice alice #mods bob #general dave #mods
            tell settings shared wanted
            [2] request members as presence-2
            reconciling
            > alice /seen user:bob
            reply alice
                | <@bob> was in voice in <#mods> <t:1767614400:R>.
                | Not idle: in voice since <t:1767615000:R>.
                | 0 messages, 0 reactions, no time in voice (of 1 session I did not see the end) (now in <#general>).
                | First seen <t:1767614400:D>.
            > listed alice, bob, dave …
            timer list in 2 minutes
            > listed carol
            timer list off
            reconciled
            > rows
            row alice Member(Member { joined: Some(Timestamp(1766750400000)), listed: 2, online: None, left: None, deeds: Some(Deeds { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767614400000), deed: Spoke, channel: Some(ChannelId(504)) }), counts: Counts([0, 0, 0, 0, 1, 0, 0, 0, 0, 0]), hours: {12: 1}, voice: Voice { total: Span(0), sessions: 0, cut_short: 0, open: Some(Session { channel: ChannelId(504), since: Timestamp(1767614400000) }) } }), exempt: false, case: None })
            row bob Member(Member { joined: Some(Timestamp(1766750400000)), listed: 2, online: None, left: None, deeds: Some(Deeds { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767614400000), deed: Spoke, channel: Some(ChannelId(504)) }), counts: Counts([0, 0, 0, 0, 1, 0, 0, 0, 0, 0]), hours: {12: 1}, voice: Voice { total: Span(0), sessions: 1, cut_short: 1, open: Some(Session { channel: ChannelId(502), since: Timestamp(1767615000000) }) } }), exempt: false, case: None })
            row carol Member(Member { joined: Some(Timestamp(1766750400000)), listed: 2, online: None, left: None, deeds: Some(Deeds { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767614400000), deed: Spoke, channel: Some(ChannelId(504)) }), counts: Counts([0, 0, 0, 0, 1, 0, 0, 0, 0, 0]), hours: {12: 1}, voice: Voice { total: Span(0), sessions: 1, cut_short: 1, open: None } }), exempt: false, case: None })
            row dave Member(Member { joined: Some(Timestamp(1766750400000)), listed: 2, online: None, left: None, deeds: Some(Deeds { first: Timestamp(1767615000000), last: None, counts: Counts([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), hours: {}, voice: Voice { total: Span(0), sessions: 0, cut_short: 0, open: Some(Session { channel: ChannelId(504), since: Timestamp(1767615000000) }) } }), exempt: false, case: None })
            row [255, 99, 0, 0, 0, 0, 0, 0, 1, 248] Channel(Channel { first: Timestamp(1767614400000), last: Timestamp(1767614400000), deed: Spoke, minutes: 1 })
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
            | <@dave> reacted in <#general> <t:1767614400:R>.
            | Not idle: in voice since <t:1767614400:R>.
            | 1 message, 1 reaction, no time in voice (now in <#mods>).
            | First seen <t:1767614400:D>.
    "#]]
    .assert_eq(&played);
}

#[test]
fn who_leaves_and_stays_away_is_forgotten() {
    check::<Presence>(
        r#"
        given guild available
        given alice: writes #general
        given bob: speaks #mods
        given 1h pass
        alice leaves
        given 1d pass
        given bob leaves
        given bob: leaves voice
        given carol: writes #general
        given carol leaves
        given carol joins
        mod /seen user:bob
        given 10d pass
        given alice: writes #general
        20d pass
        rows
        1d passes
        rows
        "#,
        expect![[r#"
            > alice leaves
            timer tidy in 30 days
            > mod /seen user:bob
            reply mod
                | <@bob> left voice <t:1767704400:R>.
                | Left the server <t:1767704400:R>.
                | 0 messages, 0 reactions, 1 day 1 hour in voice.
                | First seen <t:1767614400:D>.
            > 20d pass
            timer tidy in 1 day
            > rows
            row alice Member(Member { joined: None, listed: 1, online: None, left: None, deeds: Some(Deeds { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1768568400000), deed: Wrote, channel: Some(ChannelId(502)) }), counts: Counts([2, 0, 0, 0, 0, 0, 0, 0, 0, 0]), hours: {12: 1, 13: 1}, voice: Voice { total: Span(0), sessions: 0, cut_short: 0, open: None } }), exempt: false, case: None })
            row carol Member(Member { joined: Some(Timestamp(1767704400000)), listed: 1, online: None, left: None, deeds: Some(Deeds { first: Timestamp(1767704400000), last: Some(Last { at: Timestamp(1767704400000), deed: Wrote, channel: Some(ChannelId(502)) }), counts: Counts([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), hours: {13: 1}, voice: Voice { total: Span(0), sessions: 0, cut_short: 0, open: None } }), exempt: false, case: None })
            row [255, 99, 0, 0, 0, 0, 0, 0, 1, 246] Channel(Channel { first: Timestamp(1767614400000), last: Timestamp(1768568400000), deed: Wrote, minutes: 3 })
            row [255, 99, 0, 0, 0, 0, 0, 0, 1, 248] Channel(Channel { first: Timestamp(1767614400000), last: Timestamp(1767614400000), deed: Spoke, minutes: 1 })
            > 1d passes
            > rows
            row alice Member(Member { joined: None, listed: 1, online: None, left: None, deeds: Some(Deeds { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1768568400000), deed: Wrote, channel: Some(ChannelId(502)) }), counts: Counts([2, 0, 0, 0, 0, 0, 0, 0, 0, 0]), hours: {12: 1, 13: 1}, voice: Voice { total: Span(0), sessions: 0, cut_short: 0, open: None } }), exempt: false, case: None })
            row carol Member(Member { joined: Some(Timestamp(1767704400000)), listed: 1, online: None, left: None, deeds: Some(Deeds { first: Timestamp(1767704400000), last: Some(Last { at: Timestamp(1767704400000), deed: Wrote, channel: Some(ChannelId(502)) }), counts: Counts([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), hours: {13: 1}, voice: Voice { total: Span(0), sessions: 0, cut_short: 0, open: None } }), exempt: false, case: None })
            row [255, 99, 0, 0, 0, 0, 0, 0, 1, 246] Channel(Channel { first: Timestamp(1767614400000), last: Timestamp(1768568400000), deed: Wrote, minutes: 3 })
            row [255, 99, 0, 0, 0, 0, 0, 0, 1, 248] Channel(Channel { first: Timestamp(1767614400000), last: Timestamp(1767614400000), deed: Spoke, minutes: 1 })
        "#]],
    );
}

#[test]
fn a_guild_that_is_left_is_forgotten_when_it_is_said_and_until_then_nothing_changes() {
    check::<Presence>(
        r#"
        given guild available
        given mod /presence settings count:typing:no
        given alice: writes #general
        given bob: speaks #general
        given told forget carol
        given 1d passes
        guild left
        given 10d pass
        guild available members alice
        given listed alice
        mod /presence user user:alice
        mod /presence user user:bob
        guild left
        told guild forgotten
        rows
        guild available members alice, carol
        listed alice, carol
        rows
        "#,
        expect![[r#"
            > guild left
            > guild available members alice
            tell settings shared wanted
            [2] request members as presence-2
            > mod /presence user user:alice
            reply mod
                | <@alice> wrote in <#general> <t:1767614400:R>.
                | Idle for **1 day** = 11 days since then minus 10 days in which I could not see this server.
                | 1 message, 0 reactions, no time in voice.
                | Here since <t:1766750400:D>. First seen <t:1767614400:D>.
                | Also counted: 0 edits, typed 0 times, 0 changes in voice, 0 changes of microphone, camera or stream, 0 commands and buttons of mine, 0 threads, 0 answers to events, 0 changes of status.
                | Hours of the day, from 0 to 23 UTC: `············█···········`
            > mod /presence user user:bob
            reply mod "I have no record of <@bob>. I keep one of everybody who is here; not of bots, and of those who left only for 30 days."
            > guild left
            > told guild forgotten
            > rows
            no rows
            > guild available members alice, carol
            tell settings shared wanted
            [3] request members as presence-1
            > listed alice, carol
            > rows
            row alice Member(Member { joined: Some(Timestamp(1766750400000)), listed: 1, online: None, left: None, deeds: None, exempt: false, case: None })
        "#]],
    );
}

#[test]
fn every_deed_is_told_by_its_name() {
    check::<Presence>(
        r#"
        given guild available
        given alice: edits #general
        alice /seen
        given alice: types #general
        alice /seen
        given alice: speaks #mods
        alice /seen
        given alice: mutes #mods
        alice /seen
        given alice: leaves voice
        alice /seen
        given alice: joins #general
        alice /seen
        given alice: answers an event
        alice /seen
        given mod /presence settings count:status
        given alice: online
        alice /seen
        rows
        "#,
        expect![[r#"
            > alice /seen
            reply alice
                | <@alice> edited a message of theirs in <#general> <t:1767614400:R>.
                | Idle for **0 seconds**.
                | 0 messages, 0 reactions, no time in voice.
                | First seen <t:1767614400:D>.
            > alice /seen
            reply alice
                | <@alice> typed in <#general> <t:1767614400:R>.
                | Idle for **0 seconds**.
                | 0 messages, 0 reactions, no time in voice.
                | First seen <t:1767614400:D>.
            > alice /seen
            reply alice
                | <@alice> was in voice in <#mods> <t:1767614400:R>.
                | Not idle: in voice since <t:1767614400:R>.
                | 0 messages, 0 reactions, no time in voice (now in <#mods>).
                | First seen <t:1767614400:D>.
            > alice /seen
            reply alice
                | <@alice> changed their microphone, camera or stream in <#mods> <t:1767614400:R>.
                | Not idle: in voice since <t:1767614400:R>.
                | 0 messages, 0 reactions, no time in voice (now in <#mods>).
                | First seen <t:1767614400:D>.
            > alice /seen
            reply alice
                | <@alice> left voice <t:1767614400:R>.
                | Idle for **0 seconds**.
                | 0 messages, 0 reactions, no time in voice.
                | First seen <t:1767614400:D>.
            > alice /seen
            reply alice
                | <@alice> joined the thread <#general> <t:1767614400:R>.
                | Idle for **0 seconds**.
                | 0 messages, 0 reactions, no time in voice.
                | First seen <t:1767614400:D>.
            > alice /seen
            reply alice
                | <@alice> said whether an event interests them <t:1767614400:R>.
                | Idle for **0 seconds**.
                | 0 messages, 0 reactions, no time in voice.
                | First seen <t:1767614400:D>.
            > alice /seen
            reply alice
                | <@alice> changed their status <t:1767614400:R>.
                | Idle for **0 seconds**.
                | 0 messages, 0 reactions, no time in voice.
                | First seen <t:1767614400:D>.
            > rows
            row alice Member(Member { joined: None, listed: 0, online: Some(Timestamp(1767614400000)), left: None, deeds: Some(Deeds { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767614400000), deed: Appeared, channel: None }), counts: Counts([0, 1, 0, 1, 2, 0, 1, 1, 1, 1]), hours: {12: 8}, voice: Voice { total: Span(0), sessions: 1, cut_short: 0, open: None } }), exempt: false, case: None })
            row [255, 99, 0, 0, 0, 0, 0, 0, 1, 246] Channel(Channel { first: Timestamp(1767614400000), last: Timestamp(1767614400000), deed: Edited, minutes: 1 })
            row [255, 99, 0, 0, 0, 0, 0, 0, 1, 248] Channel(Channel { first: Timestamp(1767614400000), last: Timestamp(1767614400000), deed: Spoke, minutes: 1 })
        "#]],
    );
}

#[test]
fn what_does_not_count_is_not_recorded_from_then_on() {
    check::<Presence>(
        r#"
        given guild available
        given alice: types #general
        given 1h pass
        given mod /presence settings skip:typing
        given alice: types #general
        given bob: types #general
        rows
        given mod /presence settings count:typing
        given alice: types #general
        alice /seen
        "#,
        expect![[r#"
            > rows
            row alice Member(Member { joined: None, listed: 0, online: None, left: None, deeds: Some(Deeds { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767614400000), deed: Typed, channel: Some(ChannelId(502)) }), counts: Counts([0, 0, 0, 1, 0, 0, 0, 0, 0, 0]), hours: {12: 1}, voice: Voice { total: Span(0), sessions: 0, cut_short: 0, open: None } }), exempt: false, case: None })
            row [255, 99, 0, 0, 0, 0, 0, 0, 1, 246] Channel(Channel { first: Timestamp(1767614400000), last: Timestamp(1767614400000), deed: Typed, minutes: 1 })
            > alice /seen
            reply alice
                | <@alice> typed in <#general> <t:1767618000:R>.
                | Idle for **0 seconds**.
                | 0 messages, 0 reactions, no time in voice.
                | First seen <t:1767614400:D>.
        "#]],
    );
}

#[test]
fn nothing_counts_in_an_ignored_channel() {
    check::<Presence>(
        r#"
        given guild available
        given alice: writes #general
        given 1h pass
        given mod /presence settings ignore:#mods
        given alice: writes #mods
        given alice: speaks #mods
        given alice: mutes #mods
        given 1h pass
        given alice: leaves voice
        given bob: reacts #mods
        rows
        given alice: speaks #general
        given 1h pass
        given alice: speaks #mods
        rows
        "#,
        expect![[r#"
            > rows
            row alice Member(Member { joined: None, listed: 0, online: None, left: None, deeds: Some(Deeds { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767614400000), deed: Wrote, channel: Some(ChannelId(502)) }), counts: Counts([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), hours: {12: 1}, voice: Voice { total: Span(0), sessions: 0, cut_short: 0, open: None } }), exempt: false, case: None })
            row [255, 99, 0, 0, 0, 0, 0, 0, 1, 246] Channel(Channel { first: Timestamp(1767614400000), last: Timestamp(1767614400000), deed: Wrote, minutes: 1 })
            > rows
            row alice Member(Member { joined: None, listed: 0, online: None, left: None, deeds: Some(Deeds { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767621600000), deed: Spoke, channel: Some(ChannelId(502)) }), counts: Counts([1, 0, 0, 0, 1, 0, 0, 0, 0, 0]), hours: {12: 1, 14: 1}, voice: Voice { total: Span(3600000), sessions: 1, cut_short: 0, open: None } }), exempt: false, case: None })
            row [255, 99, 0, 0, 0, 0, 0, 0, 1, 246] Channel(Channel { first: Timestamp(1767614400000), last: Timestamp(1767621600000), deed: Spoke, minutes: 2 })
        "#]],
    );
}

#[test]
fn who_sits_in_a_channel_when_it_is_ignored_is_there_no_longer() {
    check::<Presence>(
        r#"
        given guild available
        given alice: speaks #mods
        given bob: speaks #general
        given 1h pass
        given mod /presence settings ignore:#mods
        given 1h pass
        given alice: mutes #mods
        given alice: leaves voice
        rows
        guild available gap 4m voice alice #mods bob #general
        rows
        "#,
        expect![[r#"
            > rows
            row alice Member(Member { joined: None, listed: 0, online: None, left: None, deeds: Some(Deeds { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767614400000), deed: Spoke, channel: Some(ChannelId(504)) }), counts: Counts([0, 0, 0, 0, 1, 0, 0, 0, 0, 0]), hours: {12: 1}, voice: Voice { total: Span(3600000), sessions: 1, cut_short: 0, open: None } }), exempt: false, case: None })
            row bob Member(Member { joined: None, listed: 0, online: None, left: None, deeds: Some(Deeds { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767614400000), deed: Spoke, channel: Some(ChannelId(502)) }), counts: Counts([0, 0, 0, 0, 1, 0, 0, 0, 0, 0]), hours: {12: 1}, voice: Voice { total: Span(0), sessions: 0, cut_short: 0, open: Some(Session { channel: ChannelId(502), since: Timestamp(1767614400000) }) } }), exempt: false, case: None })
            row [255, 99, 0, 0, 0, 0, 0, 0, 1, 246] Channel(Channel { first: Timestamp(1767614400000), last: Timestamp(1767614400000), deed: Spoke, minutes: 1 })
            row [255, 99, 0, 0, 0, 0, 0, 0, 1, 248] Channel(Channel { first: Timestamp(1767614400000), last: Timestamp(1767614400000), deed: Spoke, minutes: 1 })
            > guild available gap 4m voice alice #mods bob #general
            tell settings shared wanted
            [2] request members as presence-2
            reconciling
            > rows
            row alice Member(Member { joined: None, listed: 0, online: None, left: None, deeds: Some(Deeds { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767614400000), deed: Spoke, channel: Some(ChannelId(504)) }), counts: Counts([0, 0, 0, 0, 1, 0, 0, 0, 0, 0]), hours: {12: 1}, voice: Voice { total: Span(3600000), sessions: 1, cut_short: 0, open: None } }), exempt: false, case: None })
            row bob Member(Member { joined: None, listed: 0, online: None, left: None, deeds: Some(Deeds { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767614400000), deed: Spoke, channel: Some(ChannelId(502)) }), counts: Counts([0, 0, 0, 0, 1, 0, 0, 0, 0, 0]), hours: {12: 1}, voice: Voice { total: Span(0), sessions: 0, cut_short: 0, open: Some(Session { channel: ChannelId(502), since: Timestamp(1767614400000) }) } }), exempt: false, case: None })
            row [255, 99, 0, 0, 0, 0, 0, 0, 1, 246] Channel(Channel { first: Timestamp(1767614400000), last: Timestamp(1767614400000), deed: Spoke, minutes: 1 })
            row [255, 99, 0, 0, 0, 0, 0, 0, 1, 248] Channel(Channel { first: Timestamp(1767614400000), last: Timestamp(1767614400000), deed: Spoke, minutes: 1 })
        "#]],
    );
}

#[test]
fn of_deeds_that_gathered_those_count_that_do() {
    let mut stage = Stage::<Presence>::new();
    stage.play("guild available\nmod /presence settings skip:typing ignore:#mods");
    let played = stage.play(
        r#"
        given alice: writes #general, types #general, writes #mods, speaks #mods, leaves voice
        rows
        given bob: speaks #general, mutes #general, speaks #mods, leaves voice, types #general
        rows
        "#,
    );
    expect![[r#"
        > rows
        row alice Member(Member { joined: None, listed: 0, online: None, left: None, deeds: Some(Deeds { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767614400000), deed: Wrote, channel: Some(ChannelId(502)) }), counts: Counts([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), hours: {12: 1}, voice: Voice { total: Span(0), sessions: 0, cut_short: 0, open: None } }), exempt: false, case: None })
        row [255, 99, 0, 0, 0, 0, 0, 0, 1, 246] Channel(Channel { first: Timestamp(1767614400000), last: Timestamp(1767614400000), deed: Wrote, minutes: 1 })
        > rows
        row alice Member(Member { joined: None, listed: 0, online: None, left: None, deeds: Some(Deeds { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767614400000), deed: Wrote, channel: Some(ChannelId(502)) }), counts: Counts([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), hours: {12: 1}, voice: Voice { total: Span(0), sessions: 0, cut_short: 0, open: None } }), exempt: false, case: None })
        row bob Member(Member { joined: None, listed: 0, online: None, left: None, deeds: Some(Deeds { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767614400000), deed: Muted, channel: Some(ChannelId(502)) }), counts: Counts([0, 0, 0, 0, 1, 0, 1, 0, 0, 0]), hours: {12: 2}, voice: Voice { total: Span(0), sessions: 1, cut_short: 0, open: None } }), exempt: false, case: None })
        row [255, 99, 0, 0, 0, 0, 0, 0, 1, 246] Channel(Channel { first: Timestamp(1767614400000), last: Timestamp(1767614400000), deed: Wrote, minutes: 1 })
    "#]].assert_eq(&played);
}

#[test]
fn what_others_take_back_for_somebody_who_left_does_not_bring_them_back() {
    check::<Presence>(
        r#"
        given guild available
        given alice: writes #general
        given alice leaves
        given alice: reacts #general
        given alice: answers an event
        mod /seen user:alice
        "#,
        expect![[r#"
            > mod /seen user:alice
            reply mod
                | <@alice> said whether an event interests them <t:1767614400:R>.
                | Left the server <t:1767614400:R>.
                | 1 message, 1 reaction, no time in voice.
                | First seen <t:1767614400:D>.
        "#]],
    );
}
