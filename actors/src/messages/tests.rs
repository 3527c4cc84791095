use super::{Messages, State};
use crate::kernel::{
    check::{Stage, check},
    ids::GuildId,
    inbound::Inbound,
    note::{Note, Noted, Notes, Size, Writer},
    time::Span,
};
use expect_test::expect;
use proptest::prelude::*;

mod roster;

#[test]
fn nothing_is_recorded_until_a_moderator_says_so() {
    check::<Messages>(
        r#"
        told shared
        note 401 #general written alice 12 2
        rows
        mod /messages settings
        mod /messages stats
        alice /messages settings record:True
        mod /messages settings record:True
        note 401 #general written alice 12 2, 402 #general written bot robot 5 0
        rows
        mod /messages settings record:False stream:True
        mod /messages settings record:False
        note 403 #general written alice 12 2
        rows
        "#,
        expect![[r#"
            > told shared
            tell settings off: messages are not counted (`/messages settings record:True`); next nothing
            > note 401 #general written alice 12 2
            > rows
            no rows
            > mod /messages settings
            reply mod "Messages are not counted here. A moderator can switch that on with `/messages settings record:True`."
            > mod /messages stats
            refuse mod "Messages are not counted here. A moderator can switch that on with `/messages settings record:True`."
            > alice /messages settings record:True
            refuse alice "This is for moderators: you need the permission *Manage Server*, or a role that a moderator has set with `/setup moderators`."
            > mod /messages settings record:True
            tell settings on: counts messages per hour and channel; next nothing
            reply mod
                | Messages are counted per hour and channel: how many, how long, with how many files. Never what they say, and not who wrote them. The numbers are kept for **90 days** and shown by `/messages stats`.
                | Single messages are not passed on to anywhere; `stream:True` would do that.
            timer tidy in 21 hours 6 minutes
            watch messages
            > note 401 #general written alice 12 2, 402 #general written bot robot 5 0
            > rows
            row [255, 104, 0, 0, 0, 0, 0, 7, 125, 252] Hour { channels: {ChannelId(502): Tally { written: 2, edited: 0, deleted: 0, files: 2, letters: 17, unknown: 0 }}, others: Tally { written: 0, edited: 0, deleted: 0, files: 0, letters: 0, unknown: 0 } }
            > mod /messages settings record:False stream:True
            refuse mod "You ask for something and against it at once. Say one of the two: nothing was changed."
            > mod /messages settings record:False
            tell settings off: messages are not counted (`/messages settings record:True`); next nothing
            reply mod "Messages are not counted here. A moderator can switch that on with `/messages settings record:True`."
            unwatch messages
            > note 403 #general written alice 12 2
            > rows
            row [255, 104, 0, 0, 0, 0, 0, 7, 125, 252] Hour { channels: {ChannelId(502): Tally { written: 2, edited: 0, deleted: 0, files: 2, letters: 17, unknown: 0 }}, others: Tally { written: 0, edited: 0, deleted: 0, files: 0, letters: 0, unknown: 0 } }
        "#]],
    );
}

#[test]
fn what_becomes_of_messages_is_counted_by_hour_and_channel_and_passed_on() {
    check::<Messages>(
        r#"
        given told shared
        mod /messages settings stream:True keep_days:30
        note 401 #general written alice 12 2, 402 #mods written webhook robot 5 0, 401 #general edited 14 2
        note 403 #general written bob ?, 402 #mods deleted
        given 1h passes
        note 404 #general written bob 3 0
        rows
        mod /messages stats
        mod /messages stats days:1
        alice /messages stats
        mod /messages settings stream:False
        note 405 #general written bob 3 0
        "#,
        expect![[r#"
            > mod /messages settings stream:True keep_days:30
            tell settings on: counts messages, and passes on what becomes of each, without what they say; next nothing
            reply mod
                | Messages are counted per hour and channel: how many, how long, with how many files. Never what they say, and not who wrote them. The numbers are kept for **30 days** and shown by `/messages stats`.
                | What becomes of each message is **passed on** to where whoever runs me has set up, and nowhere if they have not: ids, author, channel, time, length, number of files, the message it answers, edited, deleted. Never what it says.
            timer tidy in 1 day
            watch messages
            > note 401 #general written alice 12 2, 402 #mods written webhook robot 5 0, 401 #general edited 14 2
            spool #general 401 written by alice Person 12 characters, 2 files None
            spool #mods 402 written by robot Webhook 5 characters, 0 files None
            spool #general 401 edited 14 characters, 2 files
            > note 403 #general written bob ?, 402 #mods deleted
            spool #general 403 written by bob Person ? None
            spool #mods 402 deleted
            > note 404 #general written bob 3 0
            spool #general 404 written by bob Person 3 characters, 0 files None
            > rows
            row [255, 104, 0, 0, 0, 0, 0, 7, 125, 252] Hour { channels: {ChannelId(502): Tally { written: 2, edited: 1, deleted: 0, files: 2, letters: 12, unknown: 1 }, ChannelId(504): Tally { written: 1, edited: 0, deleted: 1, files: 0, letters: 5, unknown: 0 }}, others: Tally { written: 0, edited: 0, deleted: 0, files: 0, letters: 0, unknown: 0 } }
            row [255, 104, 0, 0, 0, 0, 0, 7, 125, 253] Hour { channels: {ChannelId(502): Tally { written: 1, edited: 0, deleted: 0, files: 0, letters: 3, unknown: 0 }}, others: Tally { written: 0, edited: 0, deleted: 0, files: 0, letters: 0, unknown: 0 } }
            > mod /messages stats
            reply mod
                # 4 messages in the last 7 days
                | <#general>: 3 messages, 7 characters on average, 2 files, 1 edit, 1 of unknown length
                | <#mods>: 1 message, 5 characters on average, 1 deleted
                (Most was written from 12:00 to 13:00 UTC)
            > mod /messages stats days:1
            reply mod
                # 4 messages in the last day
                | <#general>: 3 messages, 7 characters on average, 2 files, 1 edit, 1 of unknown length
                | <#mods>: 1 message, 5 characters on average, 1 deleted
                (Most was written from 12:00 to 13:00 UTC)
            > alice /messages stats
            refuse alice "This is for moderators: you need the permission *Manage Server*, or a role that a moderator has set with `/setup moderators`."
            > mod /messages settings stream:False
            tell settings on: counts messages per hour and channel; next nothing
            reply mod
                | Messages are counted per hour and channel: how many, how long, with how many files. Never what they say, and not who wrote them. The numbers are kept for **30 days** and shown by `/messages stats`.
                | Single messages are not passed on to anywhere; `stream:True` would do that.
            > note 405 #general written bob 3 0
        "#]],
    );
}

#[test]
fn channels_and_people_can_be_left_out() {
    check::<Messages>(
        r#"
        given told shared
        given mod /messages settings stream:True ignore:#mods ignore_user:alice
        note 401 #mods written bob 1 0, 402 #general written alice 1 0, 402 #general edited 2 0
        mod /messages settings heed:#general
        mod /messages settings ignore_user:bob heed_user:bob
        mod /messages settings heed:#mods heed_user:alice
        note 403 #mods written alice 1 0
        given mod /messages settings ignore:#mods
        #mods deleted
        mod /messages settings
        "#,
        expect![[r#"
            > note 401 #mods written bob 1 0, 402 #general written alice 1 0, 402 #general edited 2 0
            spool #general 402 edited 2 characters, 0 files
            > mod /messages settings heed:#general
            refuse mod "<#general> is not ignored. `/messages settings` lists what is."
            > mod /messages settings ignore_user:bob heed_user:bob
            refuse mod "You ask for something and against it at once. Say one of the two: nothing was changed."
            > mod /messages settings heed:#mods heed_user:alice
            reply mod
                | Messages are counted per hour and channel: how many, how long, with how many files. Never what they say, and not who wrote them. The numbers are kept for **90 days** and shown by `/messages stats`.
                | What becomes of each message is **passed on** to where whoever runs me has set up, and nowhere if they have not: ids, author, channel, time, length, number of files, the message it answers, edited, deleted. Never what it says.
            > note 403 #mods written alice 1 0
            spool #mods 403 written by alice Person 1 characters, 0 files None
            > #mods deleted
            > mod /messages settings
            reply mod
                | Messages are counted per hour and channel: how many, how long, with how many files. Never what they say, and not who wrote them. The numbers are kept for **90 days** and shown by `/messages stats`.
                | What becomes of each message is **passed on** to where whoever runs me has set up, and nowhere if they have not: ids, author, channel, time, length, number of files, the message it answers, edited, deleted. Never what it says.
        "#]],
    );
}

#[test]
fn hours_go_when_their_time_is_over_and_all_of_them_when_the_bot_has_left() {
    check::<Messages>(
        r#"
        given told shared
        given mod /messages settings record:True keep_days:2
        given note 401 #general written alice 12 2
        given 1d passes
        given note 402 #general written alice 12 2
        given 1d passes
        given 12h pass
        rows
        told guild forgotten
        2s pass
        rows
        note 403 #general written alice 12 2
        told guild forgotten
        mod /messages settings
        "#,
        expect![[r#"
            > rows
            row [255, 104, 0, 0, 0, 0, 0, 7, 126, 20] Hour { channels: {ChannelId(502): Tally { written: 1, edited: 0, deleted: 0, files: 2, letters: 12, unknown: 0 }}, others: Tally { written: 0, edited: 0, deleted: 0, files: 0, letters: 0, unknown: 0 } }
            > told guild forgotten
            timer tidy in 0 seconds
            unwatch messages
            > 2s pass
            > rows
            no rows
            > note 403 #general written alice 12 2
            > told guild forgotten
            > mod /messages settings
            reply mod "Messages are not counted here. A moderator can switch that on with `/messages settings record:True`."
        "#]],
    );
}

#[test]
fn who_asks_to_be_forgotten_is_left_out_and_the_sinks_are_told() {
    check::<Messages>(
        r#"
        given told shared
        told wanted alice
        told forget bob
        given mod /messages settings stream:True ignore_user:alice
        told wanted alice
        told forget alice
        note 401 #general written alice 12 2
        told record alice
        note 402 #general written alice 12 2
        "#,
        expect![[r#"
            > told wanted alice
            tell privacy 0 known
            > told forget bob
            tell privacy 0 known
            > told wanted alice
            tell privacy 2 known
                # Messages
                | A moderator has set that your messages are not counted and not passed on.
                "ignored"
                # Messages passed on
                | What became of messages in this server is or was passed on to where whoever runs me keeps it: ids, author, channel, time, length, number of files, edited, deleted; never what they say. `/mydata forget` has what is about your messages removed there too, where it can be.
                "passed on"
            > told forget alice
            tell privacy 0 known
            spool forget alice
            > note 401 #general written alice 12 2
            > told record alice
            > note 402 #general written alice 12 2
            spool #general 402 written by alice Person 12 characters, 2 files None
        "#]],
    );
}

#[test]
fn without_the_intent_it_says_what_is_not_known() {
    check::<Messages>(
        r#"
        missing intent "Message Content"
        mod /messages settings record:True
        note 401 #general written alice ?
        mod /messages stats
        "#,
        expect![[r#"
            > missing intent "Message Content"
            > mod /messages settings record:True
            tell settings on: counts messages per hour and channel; next nothing
            reply mod
                | Messages are counted per hour and channel: how many, how long, with how many files. Never what they say, and not who wrote them. The numbers are kept for **90 days** and shown by `/messages stats`.
                | Single messages are not passed on to anywhere; `stream:True` would do that.
                | ⚠️ Discord does not grant me the *Message Content* intent: length and attachments of messages are not known.
            timer tidy in 1 day
            watch messages
            > note 401 #general written alice ?
            > mod /messages stats
            reply mod
                # 1 message in the last 7 days
                | <#general>: 1 message, 1 of unknown length
                (Most was written from 12:00 to 13:00 UTC)
        "#]],
    );
}

#[test]
fn a_long_list_is_leafed_through() {
    let mut stage = Stage::<Messages>::new();
    stage.play("told shared\nmod /messages settings record:True");
    for id in 1..=25 {
        deliver(&mut stage, (0..id).map(|n| (id * 100 + n, id)));
    }
    expect![[r#"
        > mod /messages stats
        reply mod
            # 325 messages in the last 7 days
            | <#9025>: 25 messages, 1 characters on average
            | <#9024>: 24 messages, 1 characters on average
            | <#9023>: 23 messages, 1 characters on average
            | <#9022>: 22 messages, 1 characters on average
            | <#9021>: 21 messages, 1 characters on average
            | <#9020>: 20 messages, 1 characters on average
            | <#9019>: 19 messages, 1 characters on average
            | <#9018>: 18 messages, 1 characters on average
            | <#9017>: 17 messages, 1 characters on average
            | <#9016>: 16 messages, 1 characters on average
            (Page 1 of 3 · Most was written from 12:00 to 13:00 UTC)
            [« → stats:0:7:first] [‹ → stats:0:7:back] [› → stats:1:7:on] [» → stats:2:7:last]
        > mod presses stats:2:7:last
        replace mod
            # 325 messages in the last 7 days
            | <#9005>: 5 messages, 1 characters on average
            | <#9004>: 4 messages, 1 characters on average
            | <#9003>: 3 messages, 1 characters on average
            | <#9002>: 2 messages, 1 characters on average
            | <#9001>: 1 message, 1 characters on average
            (Page 3 of 3 · Most was written from 12:00 to 13:00 UTC)
            [« → stats:0:7:first] [‹ → stats:1:7:back] [› → stats:2:7:on] [» → stats:2:7:last]
        > alice presses stats:2:7:last
        refuse alice "This is for moderators: you need the permission *Manage Server*, or a role that a moderator has set with `/setup moderators`."
        > mod presses stats:x
        refuse mod "This button does nothing any more. `/messages stats` has the current numbers."
    "#]].assert_eq(&stage.play(
        "mod /messages stats\nmod presses stats:2:7:last\nalice presses stats:2:7:last\nmod presses stats:x",
    ));
}

/// Messages written, each with its id and channel.
fn deliver(stage: &mut Stage<Messages>, written: impl Iterator<Item = (u64, u64)>) {
    let note = |(message, channel)| Note {
        at: stage.now,
        channel: crate::kernel::ids::ChannelId::new(9_000 + channel).unwrap(),
        message: crate::kernel::ids::MessageId::new(message).unwrap(),
        what: Noted::Written {
            author: crate::kernel::ids::UserId::new(1).unwrap(),
            writer: Writer::Person,
            size: Some(Size {
                length: 1,
                files: 0,
            }),
            reply: None,
        },
    };
    let notes: Vec<Note> = written.map(note).collect();
    let guild = GuildId::new(1).unwrap();
    stage.deliver(Inbound::Noted(Notes::of(guild, notes)));
}

#[test]
fn an_hour_tells_two_hundred_channels_apart_and_loses_no_message() {
    let mut stage = Stage::<Messages>::new();
    stage.play("told shared\nmod /messages settings record:True");
    deliver(&mut stage, (1..=250).map(|n| (n, n)));
    let said = stage.play("mod /messages stats");
    assert!(said.contains("250 messages in the last 7 days"), "{said}");
    let last = stage.play("mod presses stats:20:7:last");
    assert!(last.contains("Elsewhere: 50 messages"), "{last}");
}

proptest! {
    /// Whatever happens, what was counted is what was written while it was recorded and is kept.
    #[test]
    fn numbers_add_up(steps in proptest::collection::vec((0..5_u8, 1..20_u64), 1..40)) {
        let mut stage = Stage::<Messages>::new();
        stage.play("told shared");
        let (mut written, mut id) = (0, 1);
        for (step, n) in steps {
            match step {
                0 => _ = stage.play("mod /messages settings record:True"),
                1 => _ = stage.play("mod /messages settings record:False"),
                2 => stage.pass(Span::hours(i64::try_from(n).unwrap())),
                _ => {
                    written += if stage.state().record { n } else { 0 };
                    deliver(&mut stage, (id..id + n).map(|id| (id, id % 3)));
                    id += n;
                }
            }
        }
        let said = stage.play("mod /messages stats days:90");
        let expected = format!("{written} message");
        prop_assert!(written == 0 || said.contains(&expected), "{} in {}", expected, said);
        let State { record, stream, .. } = stage.state();
        prop_assert!(*record || !stream);
    }
}
