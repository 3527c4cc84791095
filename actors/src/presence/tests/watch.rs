//! From doing nothing to being removed and back, in every way.

use crate::{kernel::check::Stage, presence::Presence};
use expect_test::{Expect, expect};

/// Plays `script` without saying when rounds are.
#[expect(
    clippy::needless_pass_by_value,
    reason = "`expect![[…]]` is written in place"
)]
fn check(script: &str, expected: Expect) {
    let played = Stage::<Presence>::new().play(script);
    let lines = played
        .lines()
        .filter(|line| !line.starts_with("timer round"));
    let shown: String = lines.map(|line| format!("{line}\n")).collect();
    expected.assert_eq(&shown);
}

/// A guild of ten whose members are known, with rules that are switched on.
macro_rules! armed {
    ($rest:literal) => {
        concat!(
            "
            given guild available
            given told shared log:#log owner:owner
            given listed alice, bob, carol, dave, erin, frank, m1-m30
            given may Kick Members, Manage Roles
            given mod /presence settings inactive_after_days:30 role:@vip kick:true kick_after_days:10 grace_days:3 percent:50
            given mod presses arm:1
            ",
            $rest
        )
    };
}

#[test]
fn who_does_nothing_is_marked_told_and_removed_and_may_get_their_roles_back() {
    check(
        armed!(
            r#"
            given 29d pass
            given m1-m30: writes #general
            given bob,carol,dave,erin,frank: writes #general
            alice /seen user:alice
            2d pass
            given outcome of 2: done
            alice /seen user:alice
            bob /seen user:alice
            7d pass
            mod /presence user user:alice
            3d pass
            given alice gets @vip @staff
            outcome of 3: here
            outcome of 4: done
            alice leaves
            mod presses roles:101
            alice joins
            mod presses roles:101
            "#
        ),
        expect![[r#"
            > alice /seen user:alice
            reply alice
                | I have not seen <@alice> do anything here yet.
                | Idle for **29 days**, since I began to record.
                | Here since <t:1766750400:D>.
            > 2d pass
            [2] give @vip to alice "Inactive. Guildhall, /presence settings"
            post #log "1 member has become inactive."
            > alice /seen user:alice
            reply alice
                | I have not seen <@alice> do anything here yet.
                | Idle for **31 days**, since I began to record.
                | Inactive since <t:1770206400:D>, has the role <@&vip>, will be removed on <t:1771070400:D> or later.
                | Here since <t:1766750400:D>.
            > bob /seen user:alice
            reply bob
                | I have not seen <@alice> do anything here yet.
                | Idle for **31 days**, since I began to record.
                | Counts as inactive.
                | Here since <t:1766750400:D>.
            > 7d pass
            dm alice "<@alice>, you have not been active in **The Hall** for 37 days. Members who stay inactive are removed there; if you do nothing, that happens on <t:1771070400:f> or later. Write something, react, or join a voice channel there, and you stay." pings alice
            post #log "1 inactive member will be removed unless they do something."
            > mod /presence user user:alice
            reply mod
                | I have not seen <@alice> do anything here yet.
                | Idle for **38 days**, since I began to record.
                | Inactive since <t:1770206400:D>, has the role <@&vip>, was told on <t:1770811200:D>, will be removed on <t:1771070400:D> or later.
                | Here since <t:1766750400:D>.
            > 3d pass
            [3] look at alice
            > outcome of 3: here
            [4] kick alice "Inactive for 41 days (limit 30 days), warned before. Guildhall, /presence settings"
            > outcome of 4: done
            post #log "<@alice> (101) was removed for inactivity: they did nothing for 41 days, and were told on <t:1770811200:D>. Roles: <@&staff>."
                [Give the roles back when they return → roles:101]
            timer tidy in 30 days
            > alice leaves
            > mod presses roles:101
            reply mod "They get their roles back when they return within 30 days of their removal."
            > alice joins
            [5] give @staff to alice "Returned after having been removed for inactivity. Guildhall, /presence settings"
            post #log "<@alice> is back, and gets the roles from before: <@&staff>."
            > mod presses roles:101
            refuse mod "That was too long ago, or is done already: roles are kept for 30 days, and given back once."
        "#]],
    );
}

#[test]
fn a_dry_run_does_nothing_at_all_until_a_moderator_has_seen_what_it_would_do() {
    check(
        r#"
        given guild available
        given told shared log:#log owner:owner
        given listed alice, bob
        mod /presence preview
        mod /presence run
        mod /presence settings inactive_after_days:30
        given bob: writes #general
        40d pass
        mod /presence run
        given bob: writes #general
        mod /presence preview
        alice presses arm:1
        mod presses arm:2
        given mod /presence settings role:@vip
        mod presses arm:1
        mod presses arm:2
        given may Manage Roles
        mod presses arm:2
        mod presses arm:2
        1m pass
        given mod /presence settings inactive_after_days:29
        1d pass
        given mod /presence settings inactive_after_days:0
        2m pass
        7d pass
        "#,
        expect![[r#"
            > mod /presence preview
            refuse mod "Nobody becomes inactive here yet. Say after how long: `/presence settings inactive_after_days:90`."
            > mod /presence run
            refuse mod "Nobody becomes inactive here yet. Say after how long: `/presence settings inactive_after_days:90`."
            > mod /presence settings inactive_after_days:30
            tell settings on: records when members were last active; next nothing
            reply mod
                | I record when members were last active and how often: `/seen` shows it. `track:False` ends that and forgets everything.
                | **Counts as a sign of life:** Messages · Edits of messages · Reactions, given or taken back · Typing · Joining, changing or leaving voice · Mute, camera and stream in voice · Commands and buttons of mine · Beginning or joining a thread · Interest in a scheduled event.
                | **Does not count:** Status: online, idle, what they play (`count:` changes that).
                | **Ignored channels:** none (`ignore:` adds one; a thread is a channel of its own).
                # Inactive members
                | Members become inactive after 30 days without a sign of life. Nobody is removed.
                | **This is a dry run**: look at `/presence preview` and switch them on there.
                | **Exempt roles:** none
                | **Exempt members:** none
                | **Who takes no direct messages is told in:** nowhere
                | **What I do is told in:** where moderators read everything. If departures are reported, removals appear there as well.
            watch members
            > 40d pass
            > mod /presence run
            refuse mod "This is a dry run: nothing would happen. `/presence preview` shows what would, and has the button that switches it on."
            > mod /presence preview
            reply mod
                # Inactive members
                | **A dry run**: nothing of this happens until somebody presses the button.
                ## Become inactive: 1
                | <@alice> · 40 days
                ## The rules
                | Members become inactive after 30 days without a sign of life. Nobody is removed.
                (2 members, of them 0 inactive so far, 0 exempt)
                [Switch on → arm:1]
            > alice presses arm:1
            refuse alice "This is for moderators: you need the permission *Manage Server*, or a role that a moderator has set with `/setup moderators`."
            > mod presses arm:2
            refuse mod "The rules have changed since this was shown. Look again: `/presence preview`."
            > mod presses arm:1
            refuse mod "The rules have changed since this was shown. Look again: `/presence preview`."
            > mod presses arm:2
            refuse mod "I may not give roles: I lack the permission *Manage Roles*. Give it to one of my roles, or take the role out of the rules: `/presence settings role:… remove:True`."
            > mod presses arm:2
            post #log "<@mod> has switched the rules about inactive members on: `/presence settings` shows them."
            reply mod "The rules are switched on. I look at everybody in a minute, and tell moderators what I do. `/presence settings kick:False` or `inactive_after_days:0` ends it at any time."
            > mod presses arm:2
            refuse mod "The rules have changed since this was shown. Look again: `/presence preview`."
            > 1m pass
            [2] give @vip to alice "Inactive. Guildhall, /presence settings"
            post #log "1 member has become inactive."
            > 1d pass
            > 2m pass
            [3] take @vip from alice "No longer inactive. Guildhall, /presence settings"
            > 7d pass
        "#]],
    );
}

#[test]
fn a_sign_of_life_ends_it_at_every_stage() {
    check(
        armed!(
            r#"
            given m1-m30: writes #general
            given carol,dave,erin,frank: writes #general
            given 29d pass
            given m1-m30: writes #general
            given carol,dave,erin,frank: writes #general
            1d pass
            alice: writes #general
            given outcome of 2: done
            given outcome of 3: done
            bob: speaks #mods
            alice /seen user:bob
            bob: leaves voice
            given m1-m30: writes #general
            given carol,dave,erin,frank: writes #general
            29d pass
            given m1-m30: writes #general
            given carol,dave,erin,frank: writes #general
            1d pass
            given outcome of 6: done
            given outcome of 7: done
            8d pass
            given alice: types #general
            10d pass
            given m1-m30: writes #general
            given carol,dave,erin,frank,alice: writes #general
            3d pass
            outcome of 9: here
            bob: reacts #general
            outcome of 10: done
            "#
        ),
        expect![[r#"
            > 1d pass
            [2] give @vip to alice "Inactive. Guildhall, /presence settings"
            [3] give @vip to bob "Inactive. Guildhall, /presence settings"
            post #log "2 members have become inactive."
            > alice: writes #general
            [4] take @vip from alice "No longer inactive. Guildhall, /presence settings"
            withdraw change_role alice
            > bob: speaks #mods
            [5] take @vip from bob "No longer inactive. Guildhall, /presence settings"
            > alice /seen user:bob
            reply alice
                | <@bob> was in voice in <#mods> <t:1770206400:R>.
                | Not idle: in voice since <t:1770206400:R>.
                | 0 messages, 0 reactions, no time in voice (now in <#mods>).
                | Here since <t:1766750400:D>. First seen <t:1770206400:D>.
            > bob: leaves voice
            > 29d pass
            > 1d pass
            [6] give @vip to alice "Inactive. Guildhall, /presence settings"
            [7] give @vip to bob "Inactive. Guildhall, /presence settings"
            post #log "2 members have become inactive."
            > 8d pass
            dm alice "<@alice>, you have not been active in **The Hall** for 37 days. Members who stay inactive are removed there; if you do nothing, that happens on <t:1773662400:f> or later. Write something, react, or join a voice channel there, and you stay." pings alice
            dm bob "<@bob>, you have not been active in **The Hall** for 37 days. Members who stay inactive are removed there; if you do nothing, that happens on <t:1773662400:f> or later. Write something, react, or join a voice channel there, and you stay." pings bob
            post #log "2 inactive members will be removed unless they do something."
            > 10d pass
            [9] look at bob
            > 3d pass
            > outcome of 9: here
            [10] kick bob "Inactive for 51 days (limit 30 days), warned before. Guildhall, /presence settings"
            > bob: reacts #general
            [11] take @vip from bob "No longer inactive. Guildhall, /presence settings"
            withdraw kick bob
            > outcome of 10: done
            post #log "<@bob> (102) became active in the very moment in which they were removed for inactivity. You may want to invite them back. Roles: none that I could give back."
            timer tidy in 30 days
        "#]],
    );
}

#[test]
fn whom_nobody_may_touch_is_spared_and_that_is_told_once() {
    check(
        armed!(
            r#"
            given m1-m30: writes #general
            given carol,dave,erin,frank: writes #general
            given 29d pass
            given m1-m30: writes #general
            given carol,dave,erin,frank: writes #general
            given 1d pass
            given 7d pass
            given 3d pass
            outcome of 4: here above
            outcome of 5: here powerless
            given m1-m30: writes #general
            given carol,dave,erin,frank: writes #general
            8d pass
            outcome of 6: here above
            outcome of 7: here powerless
            alice /seen
            7d pass
            outcome of 9: here
            outcome of 10: fails 403
            2d pass
            "#
        ),
        expect![[r#"
            > outcome of 4: here above
            post #log "I did not remove <@alice> for inactivity: their highest role is not below mine. I will look again in a week, and say nothing if it is still so. `/presence settings exempt_user:…` leaves them alone for good."
            > outcome of 5: here powerless
            post #log "Members are due to be removed for inactivity, but I lack the permission *Kick Members*. I try again every day. `/presence settings kick:False` if nobody should be removed."
            > 8d pass
            [6] look at bob
            [7] look at alice
            > outcome of 6: here above
            post #log "I did not remove <@bob> for inactivity: their highest role is not below mine. I will look again in a week, and say nothing if it is still so. `/presence settings exempt_user:…` leaves them alone for good."
            > outcome of 7: here powerless
            post #log "Members are due to be removed for inactivity, but I lack the permission *Kick Members*. I try again every day. `/presence settings kick:False` if nobody should be removed."
            > alice /seen
            reply alice
                | I have not seen <@alice> do anything here yet.
                | Idle for **48 days**, since I began to record.
                | Inactive since <t:1770206400:D>, was told on <t:1770811200:D>, will be removed on <t:1771761600:D> or later; could not be: their role is not below mine.
                | Here since <t:1766750400:D>.
            > 7d pass
            [8] look at alice
            [9] look at bob
            > outcome of 9: here
            [10] kick bob "Inactive for 55 days (limit 30 days), warned before. Guildhall, /presence settings"
            > outcome of 10: fails 403
            post #log "I did not remove <@bob> for inactivity: Discord refused it. I will look again in a week, and say nothing if it is still so. `/presence settings exempt_user:…` leaves them alone for good."
            > 2d pass
        "#]],
    );
}

#[test]
fn beyond_the_share_of_a_day_nobody_is_removed_until_somebody_decides() {
    check(
        r#"
        given guild available
        given told shared log:#log owner:owner
        given listed alice, bob, carol, dave, m1-m30
        given may Kick Members
        given mod /presence settings inactive_after_days:30 kick:true kick_after_days:1 grace_days:1 warn:false per_hour:2
        given mod presses arm:1
        given 29d pass
        given m1-m30: writes #general
        2d pass
        given m1-m30: writes #general
        1d pass
        alice presses keep:2026-02-06
        mod presses keep:2026-01-01
        mod presses keep:2026-02-06
        1m pass
        given outcome of 2: here
        given outcome of 3: done
        6h pass
        1d pass
        mod presses go:2026-02-07:3
        1m pass
        1h pass
        mod presses off
        mod /presence settings
        5d pass
        "#,
        expect![[r#"
            > 2d pass
            post #log "4 members have become inactive."
            post #log "4 inactive members will be removed unless they do something."
            > 1d pass
            post #log "**4 members are due to be removed for inactivity**, more than the 1 that are left of today's limit of 1. I remove nobody until somebody here decides. `/presence preview` lists them."
                [Remove all 4 today → go:2026-02-05:4] [Stay at 1 a day → keep:2026-02-05] [Remove nobody any more → off]
            post #log "**4 members are due to be removed for inactivity**, more than the 1 that are left of today's limit of 1. I remove nobody until somebody here decides. `/presence preview` lists them."
                [Remove all 4 today → go:2026-02-06:4] [Stay at 1 a day → keep:2026-02-06] [Remove nobody any more → off]
            > alice presses keep:2026-02-06
            refuse alice "This is for moderators: you need the permission *Manage Server*, or a role that a moderator has set with `/setup moderators`."
            > mod presses keep:2026-01-01
            refuse mod "That was about another day. `/presence preview` shows who is due now."
            > mod presses keep:2026-02-06
            reply mod "Noted. I go on in a minute."
            > 1m pass
            [2] look at alice
            > 6h pass
            > 1d pass
            post #log "**3 members are due to be removed for inactivity**, more than the 1 that are left of today's limit of 1. I remove nobody until somebody here decides. `/presence preview` lists them."
                [Remove all 3 today → go:2026-02-07:3] [Stay at 1 a day → keep:2026-02-07] [Remove nobody any more → off]
            > mod presses go:2026-02-07:3
            reply mod "Noted. I go on in a minute."
            > 1m pass
            [4] look at bob
            [5] look at carol
            > 1h pass
            [6] look at dave
            > mod presses off
            tell settings on: records when members were last active; next nothing
            reply mod "I remove nobody any more. `/presence settings kick:True` would begin again, with a dry run."
            withdraw read_member bob
            withdraw read_member carol
            withdraw read_member dave
            > mod /presence settings
            reply mod
                | I record when members were last active and how often: `/seen` shows it. `track:False` ends that and forgets everything.
                | **Counts as a sign of life:** Messages · Edits of messages · Reactions, given or taken back · Typing · Joining, changing or leaving voice · Mute, camera and stream in voice · Commands and buttons of mine · Beginning or joining a thread · Interest in a scheduled event.
                | **Does not count:** Status: online, idle, what they play (`count:` changes that).
                | **Ignored channels:** none (`ignore:` adds one; a thread is a channel of its own).
                # Inactive members
                | Members become inactive after 30 days without a sign of life. Nobody is removed.
                | **They are switched on.**
                | **Exempt roles:** none
                | **Exempt members:** none
                | **Who takes no direct messages is told in:** nowhere
                | **What I do is told in:** where moderators read everything. If departures are reported, removals appear there as well.
            > 5d pass
        "#]],
    );
}

#[test]
fn time_away_counts_for_nobody_and_after_a_long_one_nobody_is_removed_at_first() {
    check(
        armed!(
            r#"
            given m1-m30: writes #general
            given carol,dave,erin,frank: writes #general
            given 29d pass
            given m1-m30: writes #general
            given carol,dave,erin,frank: writes #general
            given 1d pass
            given 9d pass
            guild available gap 6d
            given listed alice, bob, carol, dave, erin, frank, m1-m30
            mod /presence user user:alice
            given m1-m30: writes #general
            given carol,dave,erin,frank: writes #general
            3d pass
            given bob takes no messages
            5d pass
            "#
        ),
        expect![[r#"
            > guild available gap 6d
            post #log "I could not see this server for 6 days. That time counts for nobody, and I remove nobody before <t:1771243200:f>."
            [4] request members as presence-2
            reconciling
            > mod /presence user user:alice
            reply mod
                | I have not seen <@alice> do anything here yet.
                | Idle for **33 days** = 39 days since I began to record minus 6 days in which I could not see this server.
                | Inactive since <t:1770206400:D>, was told on <t:1770811200:D>, will be removed on <t:1771588800:D> or later.
                | Here since <t:1766750400:D>.
            > 3d pass
            > 5d pass
            [5] look at alice
            [6] look at bob
        "#]],
    );
}

#[test]
fn a_role_taken_by_hand_is_a_pardon_and_roles_that_go_end_the_rules() {
    check(
        armed!(
            r#"
            given m1-m30: writes #general
            given bob,carol,dave,erin,frank: writes #general
            given 29d pass
            given m1-m30: writes #general
            given bob,carol,dave,erin,frank: writes #general
            given 1d pass
            given outcome of 2: done
            given alice gets @vip
            alice loses @vip
            mod /presence user user:alice
            12d pass
            given m1-m30,bob,carol,dave,erin,frank: writes #general
            alice: writes #general
            given 29d pass
            given m1-m30,bob,carol,dave,erin,frank: writes #general
            1d pass
            given outcome of 4: done
            8d pass
            @vip deleted
            20d pass
            "#
        ),
        expect![[r#"
            > alice loses @vip
            [3] take @vip from alice "No longer inactive. Guildhall, /presence settings"
            > mod /presence user user:alice
            reply mod
                | I have not seen <@alice> do anything here yet.
                | Idle for **30 days**, since I began to record.
                | Not judged before their next sign of life: a moderator took the role off.
                | Here since <t:1766750400:D>.
            > 12d pass
            > alice: writes #general
            > 1d pass
            [4] give @vip to alice "Inactive. Guildhall, /presence settings"
            post #log "1 member has become inactive."
            > 8d pass
            dm alice "<@alice>, you have not been active in **The Hall** for 37 days. Members who stay inactive are removed there; if you do nothing, that happens on <t:1774699200:f> or later. Write something, react, or join a voice channel there, and you stay." pings alice
            post #log "1 inactive member will be removed unless they do something."
            > @vip deleted
            post #log "The role of inactive members is gone. Choose another: `/presence settings role:…`. Until a moderator has looked at `/presence preview` I mark and remove nobody."
            tell settings on: records when members were last active; next nothing
            > 20d pass
        "#]],
    );
}

#[test]
fn who_is_exempt_is_never_inactive_and_stops_being_so_when_that_is_set() {
    check(
        armed!(
            r#"
            given mod /presence settings exempt_user:alice exempt_role:@staff
            given bob gets @staff
            given listed alice, bob, carol, dave, erin, frank, m1-m30
            given 29d pass
            given m1-m30,dave,erin,frank: writes #general
            given 1d pass
            mod /presence user user:alice
            given carol gets @vip
            carol gets @staff
            given mod /presence settings exempt_user:alice remove:true
            mod /presence preview
            mod /presence settings remove:true
            given missing intent "Server Members"
            mod /presence preview
            mod /presence settings kick_after_days:3
            "#
        ),
        expect![[r#"
            > mod /presence user user:alice
            reply mod
                | I have not seen <@alice> do anything here yet.
                | Idle for **30 days**, since I began to record.
                | Exempt from the rules about inactive members.
                | Here since <t:1766750400:D>.
            > carol gets @staff
            [4] take @vip from carol "No longer inactive. Guildhall, /presence settings"
            withdraw change_role carol
            > mod /presence preview
            reply mod
                # Inactive members
                | **A dry run**: nothing of this happens until somebody presses the button.
                ## Become inactive: 1
                | <@alice> · 30 days
                ## The rules
                | Members become inactive after 30 days without a sign of life, and get the role <@&vip>. They are told 3 days before, removed 10 days after they became inactive: at most 10 an hour and 50 % of all members a day; for more I ask.
                (36 members, of them 0 inactive so far, 2 exempt)
                [Switch on → arm:3]
            > mod /presence settings remove:true
            refuse mod "`remove:True` takes something out of the rules: say which role, channel or member as well."
            > mod /presence preview
            refuse mod "Without the intent *Server Members* I do not know who is here, so nobody can be marked or removed. The operator of this bot switches it on in Discord's developer portal; `/setup show` says when it works."
            > mod /presence settings kick_after_days:3
            refuse mod "Without the intent *Server Members* I do not know who is here, so nobody can be marked or removed. The operator of this bot switches it on in Discord's developer portal; `/setup show` says when it works."
        "#]],
    );
}

#[test]
fn who_cannot_be_told_has_the_same_time_and_moderators_know_it() {
    check(
        r#"
        given guild available
        given told shared log:#log
        given listed alice, bob, m1-m30
        given may Kick Members
        given mod /presence settings inactive_after_days:30 kick:true kick_after_days:1 grace_days:5 percent:50 warn_channel:#general
        given mod presses arm:1
        given 29d pass
        given m1-m30: writes #general
        given bob takes no messages
        given 1d pass
        given m1-m30: writes #general
        4d pass
        2d pass
        outcome of 2: fails 404
        outcome of 3: expires
        mod /presence user user:alice
        mod /presence user user:bob
        given mod /presence settings warn_channel:#general remove:true
        2h pass
        "#,
        expect![[r#"
            > 4d pass
            dm alice "<@alice>, you have not been active in **The Hall** for 30 days 6 hours. Members who stay inactive are removed there; if you do nothing, that happens on <t:1770660000:f> or later. Write something, react, or join a voice channel there, and you stay." pings alice
            post #general "<@bob>, you have not been active in **The Hall** for 30 days 6 hours. Members who stay inactive are removed there; if you do nothing, that happens on <t:1770660000:f> or later. Write something, react, or join a voice channel there, and you stay." pings bob
            post #log "2 inactive members will be removed unless they do something."
            > 2d pass
            [2] look at alice
            [3] look at bob
            > outcome of 2: fails 404
            timer tidy in 30 days
            > outcome of 3: expires
            > mod /presence user user:alice
            reply mod
                | I have not seen <@alice> do anything here yet.
                | No longer in the server; I noticed <t:1770724800:R>.
            > mod /presence user user:bob
            reply mod
                | I have not seen <@bob> do anything here yet.
                | Idle for **36 days**, since I began to record.
                | Inactive since <t:1770206400:D>, was told on <t:1770228000:D>, will be removed on <t:1770724800:D> or later.
                | Here since <t:1766750400:D>.
            > 2h pass
            [4] look at bob
        "#]],
    );
}

#[test]
fn who_takes_no_messages_anywhere_has_the_same_time_and_moderators_are_told() {
    check(
        r#"
        given guild available
        given told shared log:#log
        given listed alice, m1-m30
        given alice takes no messages
        given may Kick Members
        given mod /presence settings inactive_after_days:30 kick:true kick_after_days:1 grace_days:5
        given mod presses arm:1
        given 29d pass
        given m1-m30: writes #general
        2d pass
        given m1-m30: writes #general
        4d pass
        2d pass
        "#,
        expect![[r#"
            > 2d pass
            post #log "1 member has become inactive."
            dm alice (refused: 403) "<@alice>, you have not been active in **The Hall** for 30 days 6 hours. Members who stay inactive are removed there; if you do nothing, that happens on <t:1770660000:f> or later. Write something, react, or join a voice channel there, and you stay." pings alice
            post #log "1 inactive member will be removed unless they do something."
            post #log "I could not tell <@alice> that they will be removed for inactivity: they take no direct messages, and I found no channel to do it in. That happens on <t:1770660000:D> or later."
            > 4d pass
            > 2d pass
            [2] look at alice
        "#]],
    );
}

#[test]
fn who_was_told_is_not_told_again_after_a_restart_and_forgetting_ends_everything() {
    check(
        armed!(
            r#"
            given m1-m30,bob,carol,dave,erin,frank: writes #general
            given 29d pass
            given m1-m30,bob,carol,dave,erin,frank: writes #general
            given 1d pass
            given outcome of 2: done
            given 7d pass
            given 3d pass
            told wanted alice
            told forget alice
            outcome of 3: here
            5d pass
            mod /presence settings track:false
            5d pass
            "#
        ),
        expect![[r#"
            > told wanted alice
            tell privacy 1 known
                # Signs of life
                | I have not seen <@alice> do anything here yet.
                | Idle for **40 days**, since I began to record.
                | Inactive since <t:1770206400:D>, has the role <@&vip>, was told on <t:1770811200:D>, will be removed on <t:1771070400:D> or later.
                | Here since <t:1766750400:D>.
                {"joined":1766750400000,"listed":1,"online":null,"left":null,"deeds":null,"exempt":false,"case":{"stage":{"Inactive":{"since":1770206400000,"role":{"Given":601},"warning":{"Told":1770811200000},"removal":"Looking","spared":null}},"kept":null}}
            > told forget alice
            [4] take @vip from alice "No longer inactive. Guildhall, /presence settings"
            tell privacy 0 known
            withdraw read_member alice
            > outcome of 3: here
            > 5d pass
            > mod /presence settings track:false
            tell settings off: records nothing; next `/presence settings track:True`
            reply mod "I do not record when members were last active. What I had recorded is being deleted. `track:True` begins anew."
            > 5d pass
        "#]],
    );
}
