use crate::{
    kernel::{
        check::{Stage, check},
        ids::{GuildId, UserId},
        inbound::{Inbound, Member},
        time::Timestamp,
    },
    welcome::Welcome,
};
use expect_test::expect;

#[test]
fn a_new_member_is_greeted_and_nobody_else_is_pinged() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome join channel:#welcome message:"Hi {user} in {server}, no. {count}! @everyone <@&1> <@202>"
        given listed mod, owner
        alice joins
        "#,
        expect![[r#"
            > alice joins
            post #welcome "Hi <@alice> in The Hall, no. 3! @everyone <@&everyone> <@owner>" pings alice
        "#]],
    );
}

#[test]
fn hostile_names_are_shown_as_typed_and_ping_nobody() {
    check::<Welcome>(
        r#"
        given told shared log:#log name:"@everyone **x**"
        given mod /welcome join channel:#welcome message:"{name} joined {server}"
        given mod /welcome leave channel:#mods message:"{name} left {server}"
        alice joins named "@everyone"
        bob joins named "**x** <@1> [a](http://x)"
        carol joins named "\n# "
        alice leaves
        bob kicked by mod: "@here `<@&1>` || discord.gg/abc"
        2s pass
        outcome of 2: fails 403
        "#,
        expect![[r#"
            > alice joins named "@everyone"
            post #welcome "@¦everyone joined @¦everyone \*\*x\*\*" pings alice
            > bob joins named "**x** <@1> [a](http://x)"
            post #welcome "\*\*x\*\* \<@1\> \[a\](http\://x) joined @¦everyone \*\*x\*\*" pings bob
            > carol joins named "\n# "
            post #welcome "\# joined @¦everyone \*\*x\*\*" pings carol
            > alice leaves
            timer leave in 2 seconds
            > bob kicked by mod: "@here `<@&1>` || discord.gg/abc"
            > 2s pass
            [2] read audit log of the last 1 minute 2 seconds
            post #mods "\*\*x\*\* \<@1\> \[a\](http\://x) left @¦everyone \*\*x\*\*"
            > outcome of 2: fails 403
            post #mods "@¦everyone left @¦everyone \*\*x\*\*"
        "#]],
    );
}

#[test]
fn bots_are_recorded_but_not_greeted() {
    check::<Welcome>(
        r#"
        given mod /welcome join channel:#welcome
        robot joins as a bot
        rows
        "#,
        expect![[r#"
            > robot joins as a bot
            > rows
            row robot Row { joined_at: Some(Timestamp(1767614400000)), roles: [], greeting: None, seen: 1 }
        "#]],
    );
}

#[test]
fn who_must_pass_the_screening_is_greeted_afterwards_and_once() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome join channel:#welcome
        alice joins pending
        alice gets @vip
        alice passes screening
        alice gets @staff
        rows
        "#,
        expect![[r#"
            > alice joins pending
            > alice gets @vip
            > alice passes screening
            post #welcome "Welcome to The Hall, <@alice>!" pings alice
            > alice gets @staff
            > rows
            row alice Row { joined_at: Some(Timestamp(1767614400000)), roles: [RoleId(601), RoleId(602)], greeting: Done, seen: 1 }
        "#]],
    );
}

#[test]
fn the_same_arrival_told_twice_is_greeted_once_and_the_next_stay_again() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome join channel:#welcome
        alice joins
        repeat
        alice leaves
        1m pass
        alice joins
        "#,
        expect![[r#"
            > alice joins
            post #welcome "Welcome to The Hall, <@alice>!" pings alice
            > repeat
            > alice leaves
            > 1m pass
            > alice joins
            post #welcome "Welcome to The Hall, <@alice>!" pings alice
        "#]],
    );
}

#[test]
fn a_flood_is_greeted_singly_at_first_and_then_together() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome join channel:#welcome
        given m1-m4 join
        m5-m7 join
        2s pass
        m8 joins
        10s pass
        m9 joins
        20s pass
        m10 joins
        "#,
        expect![[r#"
            > m5-m7 join
            post #welcome "Welcome to The Hall, <@m5>!" pings m5
            timer flush in 10 seconds
            > 2s pass
            > m8 joins
            > 10s pass
            post #welcome "Welcome to The Hall, <@m6>, <@m7> and <@m8>!" pings m6 m7 m8
            > m9 joins
            timer flush in 10 seconds
            > 20s pass
            post #welcome "Welcome to The Hall, <@m9>!" pings m9
            > m10 joins
            post #welcome "Welcome to The Hall, <@m10>!" pings m10
        "#]],
    );
}

#[test]
fn a_large_flood_takes_several_messages_of_fifty() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome join channel:#welcome
        given m1-m110 join
        10s pass
        "#,
        expect![[r#"
            > 10s pass
            post #welcome "Welcome to The Hall, <@m6>, <@m7>, <@m8>, <@m9>, <@m10>, <@m11>, <@m12>, <@m13>, <@m14>, <@m15>, <@m16>, <@m17>, <@m18>, <@m19>, <@m20>, <@m21>, <@m22>, <@m23>, <@m24>, <@m25>, <@m26>, <@m27>, <@m28>, <@m29>, <@m30>, <@m31>, <@m32>, <@m33>, <@m34>, <@m35>, <@m36>, <@m37>, <@m38>, <@m39>, <@m40>, <@m41>, <@m42>, <@m43>, <@m44>, <@m45>, <@m46>, <@m47>, <@m48>, <@m49>, <@m50>, <@m51>, <@m52>, <@m53>, <@m54> and <@m55>!" pings m6 m7 m8 m9 m10 m11 m12 m13 m14 m15 m16 m17 m18 m19 m20 m21 m22 m23 m24 m25 m26 m27 m28 m29 m30 m31 m32 m33 m34 m35 m36 m37 m38 m39 m40 m41 m42 m43 m44 m45 m46 m47 m48 m49 m50 m51 m52 m53 m54 m55
            post #welcome "Welcome to The Hall, <@m56>, <@m57>, <@m58>, <@m59>, <@m60>, <@m61>, <@m62>, <@m63>, <@m64>, <@m65>, <@m66>, <@m67>, <@m68>, <@m69>, <@m70>, <@m71>, <@m72>, <@m73>, <@m74>, <@m75>, <@m76>, <@m77>, <@m78>, <@m79>, <@m80>, <@m81>, <@m82>, <@m83>, <@m84>, <@m85>, <@m86>, <@m87>, <@m88>, <@m89>, <@m90>, <@m91>, <@m92>, <@m93>, <@m94>, <@m95>, <@m96>, <@m97>, <@m98>, <@m99>, <@m100>, <@m101>, <@m102>, <@m103>, <@m104> and <@m105>!" pings m56 m57 m58 m59 m60 m61 m62 m63 m64 m65 m66 m67 m68 m69 m70 m71 m72 m73 m74 m75 m76 m77 m78 m79 m80 m81 m82 m83 m84 m85 m86 m87 m88 m89 m90 m91 m92 m93 m94 m95 m96 m97 m98 m99 m100 m101 m102 m103 m104 m105
            post #welcome "Welcome to The Hall, <@m106>, <@m107>, <@m108>, <@m109> and <@m110>!" pings m106 m107 m108 m109 m110
        "#]],
    );
}

#[test]
fn two_stays_within_one_flood_are_two_messages() {
    check::<Welcome>(
        r#"
        given told shared log:#log
        given mod /welcome join channel:#welcome
        given m1-m5 join
        alice joins
        1s pass
        alice leaves
        1s pass
        alice joins
        10s pass
        "#,
        expect![[r#"
            > alice joins
            timer flush in 10 seconds
            > 1s pass
            > alice leaves
            > 1s pass
            > alice joins
            > 10s pass
            post #welcome "Welcome to The Hall, <@alice>!" pings alice
            post #welcome "Welcome to The Hall, <@alice>!" pings alice
        "#]],
    );
}

#[test]
fn the_gathering_has_a_largest_size_and_is_then_greeted_at_once() {
    let mut stage = Stage::<Welcome>::new();
    stage.play(
        "told shared log:#log
         mod /welcome join channel:#welcome
         guild available gap 10m",
    );
    for page in 1..=7 {
        stage.deliver(newcomers(page, 300, stage.now));
    }
    assert_eq!(stage.state().arrivals.gathered.len(), 2100 - 5 - 2000);
}

fn newcomers(page: u64, count: u64, at: Timestamp) -> Inbound {
    let member = |n| Member {
        user: UserId::new(page * 10_000 + n).unwrap(),
        name: "x".into(),
        bot: false,
        joined_at: Some(at),
        roles: Vec::new(),
        pending: false,
    };
    Inbound::MembersListed {
        guild: GuildId::new(1).unwrap(),
        members: (1..=count).map(member).collect(),
        last: false,
        nonce: "welcome-2".into(),
    }
}

#[test]
fn nothing_is_recorded_while_both_sides_are_off() {
    check::<Welcome>(
        r#"
        alice joins
        alice gets @vip
        alice leaves
        guild available gap 5m members bob
        rows
        "#,
        expect![[r#"
            > alice joins
            > alice gets @vip
            > alice leaves
            > guild available gap 5m members bob
            > rows
            no rows
        "#]],
    );
}
