use crate::{
    kernel::{
        check::{Stage, check},
        effect::Effect,
        ids::GuildId,
        inbound::{Gap, Inbound, Member},
        machine::RowKey,
        time::Span,
    },
    presence::Presence,
};
use expect_test::expect;
use proptest::prelude::*;
use std::collections::BTreeMap;

#[test]
fn who_never_did_anything_is_known_and_a_bot_is_not() {
    check::<Presence>(
        r#"
        given told shared log:#log
        guild available members bob
        outcome of 1: done
        listed owner, alice …
        listed bob
        given robot joins as a bot
        given 12d pass
        mod /seen user:alice
        mod /seen user:robot
        given carol joins
        given 1h pass
        mod /seen user:carol
        "#,
        expect![[r#"
            > guild available members bob
            [1] request members as presence-1
            > outcome of 1: done
            timer list in 2 minutes
            > listed owner, alice …
            timer list in 2 minutes
            > listed bob
            timer list off
            > mod /seen user:alice
            reply mod
                | I have not seen <@alice> do anything here yet.
                | Idle for **12 days**, since I began to record.
                | Here since <t:1766750400:D>.
            > mod /seen user:robot
            reply mod "I have no record of <@robot>. I keep one of everybody who is here; not of bots, and of those who left only for 30 days."
            > mod /seen user:carol
            reply mod
                | I have not seen <@carol> do anything here yet.
                | Idle for **1 hour**, since they joined.
                | Here since <t:1768651200:D>.
        "#]],
    );
}

#[test]
fn a_gap_is_as_long_as_it_was_however_far_the_clocks_are_apart() {
    check::<Presence>(
        r#"
        given guild available
        given listed alice
        given alice: writes #general
        given 14d pass
        guild available gap 2d behind 30d
        alice /seen user:alice
        "#,
        expect![[r#"
            > guild available gap 2d behind 30d
            tell settings shared wanted
            [2] request members as presence-2
            reconciling
            > alice /seen user:alice
            reply alice
                | <@alice> wrote in <#general> <t:1767614400:R>.
                | Idle for **12 days** = 14 days since then minus 2 days in which I could not see this server.
                | 1 message, 0 reactions, no time in voice.
                | Here since <t:1766750400:D>. First seen <t:1767614400:D>.
        "#]],
    );
}

#[test]
fn a_gap_of_days_counts_for_nobody() {
    check::<Presence>(
        r#"
        given told shared log:#log
        given guild available
        given listed alice, bob
        given alice: writes #general
        given 14d pass
        guild available gap 2d
        bob /seen user:alice
        bob /seen
        listed alice, bob
        1d passes
        guild unavailable
        6h pass
        bob /seen user:alice
        6h pass
        guild available
        listed alice, bob
        bob /seen user:alice
        "#,
        expect![[r#"
            > guild available gap 2d
            [2] request members as presence-2
            reconciling
            > bob /seen user:alice
            reply bob
                | <@alice> wrote in <#general> <t:1767614400:R>.
                | Idle for **12 days** = 14 days since then minus 2 days in which I could not see this server.
                | 1 message, 0 reactions, no time in voice.
                | Here since <t:1766750400:D>. First seen <t:1767614400:D>.
            > bob /seen
            reply bob
                | I have not seen <@bob> do anything here yet.
                | Idle for **12 days** = 14 days since I began to record minus 2 days in which I could not see this server.
                | Here since <t:1766750400:D>.
            > listed alice, bob
            reconciled
            > 1d passes
            > guild unavailable
            > 6h pass
            > bob /seen user:alice
            reply bob
                | <@alice> wrote in <#general> <t:1767614400:R>.
                | Idle for **13 days** = 15 days 6 hours since then minus 2 days 6 hours in which I could not see this server.
                | 1 message, 0 reactions, no time in voice.
                | Here since <t:1766750400:D>. First seen <t:1767614400:D>.
            > 6h pass
            > guild available
            [3] request members as presence-3
            > listed alice, bob
            > bob /seen user:alice
            reply bob
                | <@alice> wrote in <#general> <t:1767614400:R>.
                | Idle for **13 days** = 15 days 12 hours since then minus 2 days 12 hours in which I could not see this server.
                | 1 message, 0 reactions, no time in voice.
                | Here since <t:1766750400:D>. First seen <t:1767614400:D>.
        "#]],
    );
}

#[test]
fn who_left_unseen_is_found_by_the_next_list() {
    let mut stage = Stage::<Presence>::new();
    stage.play(
        "told shared log:#log
         guild available
         listed alice, bob, carol, dave
         bob: speaks #mods
         carol: writes #general
         robot: writes #general",
    );
    stage.step_away("dave leaves\n erin joins");
    let shown = stage.play(
        "given 1h pass
         guild available gap 10m members alice
         robot: writes #general
         outcome of 2: done
         listed alice, carol …
         listed erin
         mod /seen user:bob
         mod /seen user:dave
         carol leaves
         rows",
    );
    expect![[r#"
        > guild available gap 10m members alice
        [2] request members as presence-2
        reconciling
        > robot: writes #general
        > outcome of 2: done
        timer list in 2 minutes
        > listed alice, carol …
        timer list in 2 minutes
        > listed erin
        timer list off
        timer tidy in 30 days
        reconciled
        > mod /seen user:bob
        reply mod
            | <@bob> was in voice in <#mods> <t:1767617400:R>.
            | No longer in the server; I noticed <t:1767618000:R>.
            | 0 messages, 0 reactions, 50 minutes in voice (of 1 session I did not see the end).
            | First seen <t:1767614400:D>.
        > mod /seen user:dave
        reply mod
            | I have not seen <@dave> do anything here yet.
            | No longer in the server; I noticed <t:1767618000:R>.
        > carol leaves
        > rows
        row alice Member(Member { joined: Some(Timestamp(1766750400000)), listed: 2, online: None, left: None, deeds: None, exempt: false, case: None })
        row bob Member(Member { joined: Some(Timestamp(1766750400000)), listed: 1, online: None, left: Some(Left { at: Timestamp(1767618000000), seen: false }), deeds: Some(Deeds { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767617400000), deed: Spoke, channel: Some(ChannelId(504)) }), counts: Counts([0, 0, 0, 0, 1, 0, 0, 0, 0, 0]), hours: {12: 1}, voice: Voice { total: Span(3000000), sessions: 1, cut_short: 1, open: None } }), exempt: false, case: None })
        row carol Member(Member { joined: Some(Timestamp(1766750400000)), listed: 2, online: None, left: Some(Left { at: Timestamp(1767618000000), seen: true }), deeds: Some(Deeds { first: Timestamp(1767614400000), last: Some(Last { at: Timestamp(1767614400000), deed: Wrote, channel: Some(ChannelId(502)) }), counts: Counts([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), hours: {12: 1}, voice: Voice { total: Span(0), sessions: 0, cut_short: 0, open: None } }), exempt: false, case: None })
        row dave Member(Member { joined: Some(Timestamp(1766750400000)), listed: 1, online: None, left: Some(Left { at: Timestamp(1767618000000), seen: false }), deeds: None, exempt: false, case: None })
        row erin Member(Member { joined: Some(Timestamp(1767614400000)), listed: 2, online: None, left: None, deeds: None, exempt: false, case: None })
        row [255, 99, 0, 0, 0, 0, 0, 0, 1, 246] Channel(Channel { first: Timestamp(1767614400000), last: Timestamp(1767618000000), deed: Wrote, minutes: 2 })
        row [255, 99, 0, 0, 0, 0, 0, 0, 1, 248] Channel(Channel { first: Timestamp(1767614400000), last: Timestamp(1767614400000), deed: Spoke, minutes: 1 })
    "#]].assert_eq(&shown);
}

#[test]
fn a_list_that_cannot_be_had_closes_the_gap_and_is_asked_for_again() {
    check::<Presence>(
        r#"
        given told shared log:#log
        guild available gap 10m
        outcome of 1: fails 403
        alice: writes #general
        mod /seen user:bob
        guild available
        outcome of 2: expires
        outcome of 3: done
        1m pass
        listed alice …
        2m pass
        guild available
        listed alice
        "#,
        expect![[r#"
            > guild available gap 10m
            [1] request members as presence-1
            reconciling
            > outcome of 1: fails 403
            reconciled
            > alice: writes #general
            > mod /seen user:bob
            reply mod "I have not seen <@bob> do anything here yet."
            > guild available
            [2] request members as presence-2
            > outcome of 2: expires
            [3] request members as presence-3
            > outcome of 3: done
            timer list in 2 minutes
            > 1m pass
            > listed alice …
            timer list in 2 minutes
            > 2m pass
            > guild available
            [4] request members as presence-4
            > listed alice
        "#]],
    );
}

#[test]
fn who_is_away_in_voice_is_no_longer_there_and_it_is_said() {
    check::<Presence>(
        r#"
        given told shared log:#log
        given guild available
        given listed alice, bob
        given alice: speaks #mods
        given bob: speaks #mods
        given 1h pass
        given guild available gap 10m voice bob #mods
        given bob: speaks #mods
        given listed alice, bob
        mod /seen user:alice
        mod /seen user:bob
        "#,
        expect![[r#"
            > mod /seen user:alice
            reply mod
                | <@alice> was in voice in <#mods> <t:1767617400:R>.
                | Idle for **0 seconds** = 10 minutes since then minus 10 minutes in which I could not see this server.
                | 0 messages, 0 reactions, 50 minutes in voice (of 1 session I did not see the end).
                | Here since <t:1766750400:D>. First seen <t:1767614400:D>.
            > mod /seen user:bob
            reply mod
                | <@bob> changed their microphone, camera or stream in <#mods> <t:1767618000:R>.
                | Not idle: in voice since <t:1767614400:R>.
                | 0 messages, 0 reactions, 1 hour in voice (now in <#mods>).
                | Here since <t:1766750400:D>. First seen <t:1767614400:D>.
        "#]],
    );
}

#[test]
fn a_bot_that_is_removed_and_invited_back_goes_on() {
    check::<Presence>(
        r#"
        given told shared log:#log
        given guild available
        given listed alice, bob
        given alice: writes #general
        guild left
        given 1d passes
        guild available new
        listed bob
        bob /seen user:alice
        bob /seen
        "#,
        expect![[r#"
            > guild left
            > guild available new
            [2] request members as presence-2
            > listed bob
            timer tidy in 30 days
            > bob /seen user:alice
            reply bob
                | <@alice> wrote in <#general> <t:1767614400:R>.
                | No longer in the server; I noticed <t:1767700800:R>.
                | 1 message, 0 reactions, no time in voice.
                | First seen <t:1767614400:D>.
            > bob /seen
            reply bob
                | I have not seen <@bob> do anything here yet.
                | Idle for **0 seconds** = 1 day since I began to record minus 1 day in which I could not see this server.
                | Here since <t:1766750400:D>.
        "#]],
    );
}

#[test]
fn tracking_begun_again_while_rows_are_being_forgotten_loses_nobody() {
    let mut stage = Stage::<Presence>::new();
    stage.play("told shared log:#log\n guild available\n listed m1-m250 …\n listed m251-m450 …\n listed m451-m500");
    stage.hold_facts(1);
    stage.play("mod /presence settings track:false");
    let shown = stage.play(
        "mod /presence settings track:true
         mod /seen user:m450
         listed m1-m3
         given m2: writes #general
         mod /seen user:m3
         mod /seen user:m450",
    );
    expect![[r#"
        > mod /presence settings track:true
        tell settings on: records when members were last active; next nothing
        reply mod
            | I record when members were last active and how often: `/seen` shows it. `track:False` ends that and forgets everything.
            | **Counts as a sign of life:** Messages · Edits of messages · Reactions, given or taken back · Typing · Joining, changing or leaving voice · Mute, camera and stream in voice · Commands and buttons of mine · Beginning or joining a thread · Interest in a scheduled event.
            | **Does not count:** Status: online, idle, what they play (`count:` changes that).
            | **Ignored channels:** none (`ignore:` adds one; a thread is a channel of its own).
            # Inactive members
            | Nobody becomes inactive here yet. Say after how long: `/presence settings inactive_after_days:90`.
            | **Exempt roles:** none
            | **Exempt members:** none
            | **Who takes no direct messages is told in:** nowhere
            | **What I do is told in:** where moderators read everything. If departures are reported, removals appear there as well.
        [2] request members as presence-2
        > mod /seen user:m450
        reply mod "I have not seen <@m450> do anything here yet."
        > listed m1-m3
        > mod /seen user:m3
        reply mod
            | I have not seen <@m3> do anything here yet.
            | Idle for **0 seconds**, since I began to record.
            | Here since <t:1766750400:D>.
        > mod /seen user:m450
        reply mod "I have no record of <@m450>. I keep one of everybody who is here; not of bots, and of those who left only for 30 days."
    "#]].assert_eq(&shown);
}

#[test]
fn an_answer_to_an_earlier_request_says_who_is_here_and_ends_nothing() {
    let mut stage = Stage::<Presence>::new();
    stage.play("told shared log:#log\n guild available\n guild available gap 1m");
    stage.deliver(Inbound::MembersListed {
        guild: guild_id(),
        members: Vec::new(),
        last: true,
        nonce: "presence-1".into(),
    });
    assert!(stage.state().catalogue.call.is_some());
    stage.play("listed alice");
    assert!(stage.state().catalogue.call.is_none() && stage.state().catalogue.known);
}

#[test]
fn a_page_older_than_the_next_stay_changes_nothing_of_it() {
    for leaves_again in [false, true] {
        let mut guild = Guild::new();
        guild.pages.clear();
        guild.run(&Step::Joins(6, false), true);
        guild.run(&Step::Unavailable, true);
        guild.run(&Step::Leaves(6), true);
        guild.run(&Step::Joins(6, false), true);
        if leaves_again {
            guild.run(&Step::Leaves(6), true);
        }
        guild.rest();
        guild.check().unwrap();
    }
}

/// What happens to a guild.
#[derive(Clone, Debug)]
enum Step {
    Joins(u64, bool),
    Leaves(u64),
    Writes(u64),
    Online(u64),
    /// A session is lost, and these happened meanwhile.
    Gap(Vec<Step>),
    /// The next page of the newest list.
    Page,
    Unavailable,
    Hour,
}

fn step() -> impl Strategy<Value = Step> {
    let who = 1_u64..12;
    let plain = prop_oneof![
        3 => who.clone().prop_map(|user| Step::Joins(user, user > 9)),
        2 => who.clone().prop_map(Step::Leaves),
        3 => who.clone().prop_map(Step::Writes),
        1 => who.prop_map(Step::Online),
        4 => Just(Step::Page),
        1 => Just(Step::Unavailable),
        1 => Just(Step::Hour),
    ];
    let gap = prop::collection::vec(plain.clone(), 0..6).prop_map(Step::Gap);
    prop_oneof![8 => plain, 1 => gap]
}

/// A guild, and the pages of the lists it was asked for.
struct Guild {
    stage: Stage<Presence>,
    here: BTreeMap<u64, Member>,
    pages: Vec<Inbound>,
    asked: usize,
}

impl Guild {
    fn new() -> Self {
        let mut stage = Stage::<Presence>::new();
        stage.play("told shared log:#log");
        let mut guild = Self {
            stage,
            here: BTreeMap::new(),
            pages: Vec::new(),
            asked: 0,
        };
        guild.available(None);
        guild.answer();
        guild
    }

    /// The rest of the newest list comes, or all of another one if it was given up.
    fn rest(&mut self) {
        let catalogue = &self.stage.state().catalogue;
        if !catalogue.known && catalogue.call.is_none() {
            self.pages.clear();
            self.available(None);
            self.answer();
        }
        while !self.pages.is_empty() {
            self.run(&Step::Page, true);
        }
    }

    /// Rows are the members without bots, since when they are here.
    fn check(&self) -> Result<(), TestCaseError> {
        prop_assert!(self.stage.state().catalogue.known, "the list is in");
        let here = self.here.values().filter(|member| !member.bot);
        let here: BTreeMap<RowKey, _> = here
            .map(|member| (RowKey::user(member.user), member.joined_at))
            .collect();
        let rows = self.stage.stored_rows();
        let members = rows
            .iter()
            .filter_map(|(key, row)| Some((key, row.member()?)));
        let recorded: BTreeMap<RowKey, _> = members
            .filter(|(_, member)| member.left.is_none())
            .map(|(key, member)| (key.clone(), member.joined))
            .collect();
        prop_assert_eq!(recorded, here);
        Ok(())
    }

    fn run(&mut self, step: &Step, seen: bool) {
        let guild = guild_id();
        let tell = |stage: &mut Stage<Presence>, what: Inbound| {
            if seen {
                stage.deliver(what);
            }
        };
        match step {
            Step::Joins(n, bot) if !self.here.contains_key(n) => {
                let member = Member {
                    user: self.stage.names.user(&format!("m{n}")),
                    name: "x".into(),
                    bot: *bot,
                    joined_at: Some(self.stage.now),
                    roles: Vec::new(),
                    pending: false,
                };
                self.here.insert(*n, member.clone());
                tell(&mut self.stage, Inbound::MemberJoined { guild, member });
            }
            Step::Leaves(n) => {
                if let Some(Member {
                    user, name, bot, ..
                }) = self.here.remove(n)
                {
                    let left = Inbound::MemberLeft {
                        guild,
                        user,
                        name,
                        bot,
                    };
                    tell(&mut self.stage, left);
                }
            }
            Step::Writes(n) | Step::Online(n) => {
                let Some(member) = self.here.get(n) else {
                    return;
                };
                let name = self.stage.name_of(member.user);
                let deed = match step {
                    Step::Writes(_) if !member.bot => "writes #general",
                    _ => "online",
                };
                if seen {
                    self.stage.play(&format!("{name}: {deed}"));
                }
            }
            Step::Gap(missed) => {
                for step in missed {
                    self.run(step, false);
                }
                self.pages.clear();
                self.available(Some(Span::minutes(5)));
            }
            Step::Unavailable => {
                tell(&mut self.stage, Inbound::GuildUnavailable { guild });
                if seen {
                    self.pages.clear();
                    self.available(None);
                }
            }
            Step::Page if seen && !self.pages.is_empty() => {
                let page = self.pages.remove(0);
                self.stage.deliver(page);
            }
            Step::Hour => self.stage.pass(Span::hours(1)),
            _ => {}
        }
        self.stage.pass(Span::seconds(1));
        if seen {
            self.answer();
        }
    }

    fn available(&mut self, gap: Option<Span>) {
        let mut view = self.stage.view(&[]);
        view.members = self.here.values().take(3).cloned().collect();
        view.gap = gap.map(|length| Gap {
            from: self.stage.now - length,
            to: self.stage.now,
            reason: "lost".into(),
        });
        self.stage.deliver(Inbound::GuildAvailable(view));
    }

    /// Discord answers the newest request with the members of this moment, in pages of two.
    fn answer(&mut self) {
        if std::mem::replace(&mut self.asked, self.stage.questions()) == self.stage.questions() {
            return;
        }
        let effects = self.stage.effects.iter().rev();
        let mut nonces = effects.filter_map(|row| match &row.effect {
            Effect::RequestMembers { nonce, .. } => Some(nonce.clone()),
            _ => None,
        });
        let nonce = nonces.next().expect("a list was asked for");
        let members: Vec<Member> = self.here.values().cloned().collect();
        let count = members.len().div_ceil(2).max(1);
        let mut chunks = members.chunks(2).map(<[Member]>::to_vec);
        for page in 0..count {
            self.pages.push(Inbound::MembersListed {
                guild: guild_id(),
                members: chunks.next().unwrap_or_default(),
                last: page + 1 == count,
                nonce: nonce.clone(),
            });
        }
    }
}

fn guild_id() -> GuildId {
    GuildId::new(1).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn when_the_list_is_known_rows_are_the_members_without_bots(
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let mut guild = Guild::new();
        for step in &steps {
            guild.run(step, true);
        }
        guild.rest();
        guild.check()?;
    }
}
