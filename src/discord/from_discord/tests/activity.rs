//! Signs of life.

use super::*;
use actors::kernel::activity::{Deed, Signs};

fn sign(event: &str, data: &str) -> (Timestamp, Signs) {
    let decoded = try_decode(event, data);
    let Ok(Decoded::Sign(sign)) = decoded else {
        panic!("{event}: {decoded:?}")
    };
    assert_eq!((sign.guild, sign.user), (guild_id(1), user(7)));
    (sign.at, sign.signs)
}

fn ignored(event: &str, data: &str) {
    assert_eq!(
        try_decode(event, data),
        Ok(Decoded::Ignored),
        "{event} {data}"
    );
}

#[test]
fn each_deed_is_told_with_its_place() {
    let here = ChannelId::new(5);
    let somewhere =
        r#"{"guild_id":"1","channel_id":"5","user_id":"7","timestamp":3,"emoji":{"name":"x"}}"#;
    for (event, deed) in [
        ("TYPING_START", Deed::Typed),
        ("MESSAGE_REACTION_ADD", Deed::Reacted),
        ("MESSAGE_REACTION_REMOVE", Deed::Reacted),
    ] {
        assert_eq!(sign(event, somewhere), (NOW, Signs::deed(NOW, deed, here)));
    }
    assert_eq!(
        sign("VOICE_STATE_UPDATE", somewhere),
        (NOW, Signs::voice(NOW, here))
    );
    assert_eq!(
        sign(
            "VOICE_STATE_UPDATE",
            r#"{"guild_id":"1","channel_id":null,"user_id":"7"}"#
        ),
        (NOW, Signs::voice(NOW, None))
    );
    assert_eq!(
        sign(
            "PRESENCE_UPDATE",
            r#"{"guild_id":"1","user":{"id":"7"},"status":"idle","activities":[{}]}"#
        ),
        (NOW, Signs::online(NOW))
    );
    let edited = r#"{"id":"9","guild_id":"1","channel_id":"5","author":{"id":"7"},"edited_timestamp":"2026-01-01T00:00:00+00:00"}"#;
    assert_eq!(
        sign("MESSAGE_UPDATE", edited),
        (NOW, Signs::deed(NOW, Deed::Edited, here))
    );
}

#[test]
fn an_answer_to_an_event_has_no_place() {
    let answer = r#"{"guild_scheduled_event_id":"9","guild_id":"1","user_id":"7"}"#;
    for event in [
        "GUILD_SCHEDULED_EVENT_USER_ADD",
        "GUILD_SCHEDULED_EVENT_USER_REMOVE",
    ] {
        assert_eq!(
            sign(event, answer),
            (NOW, Signs::deed(NOW, Deed::Answered, None))
        );
    }
}

#[test]
fn a_thread_is_begun_once_and_joined_by_one_or_several() {
    let took_part = Signs::deed(NOW, Deed::Threaded, ChannelId::new(5));
    let thread = |more: &str| {
        format!(r#"{{"id":"5","guild_id":"1","parent_id":"4","owner_id":"7","type":11{more}}}"#)
    };
    assert_eq!(
        sign("THREAD_CREATE", &thread(r#","newly_created":true"#)),
        (NOW, took_part.clone())
    );
    ignored("THREAD_CREATE", &thread(""));
    ignored(
        "THREAD_CREATE",
        r#"{"id":"5","guild_id":"1","newly_created":true}"#,
    );
    let joined = |people: &str| {
        format!(r#"{{"id":"5","guild_id":"1","member_count":9,"added_members":[{people}]}}"#)
    };
    let seven =
        r#"{"id":"5","user_id":"7","flags":0,"member":{"user":{"id":"7"}},"presence":null}"#;
    let us = r#"{"user_id":"900"}"#;
    let robot = r#"{"user_id":"11","member":{"user":{"id":"11","bot":true}}}"#;
    assert_eq!(
        sign(
            "THREAD_MEMBERS_UPDATE",
            &joined(&format!("{us},{seven},{robot},null"))
        ),
        (NOW, took_part.clone())
    );
    let both = joined(&format!(r#"{seven},{{"user_id":"8"}}"#));
    let (_, what) = one("THREAD_MEMBERS_UPDATE", &both);
    let Inbound::Activity(activity) = what else {
        panic!("{what:?}")
    };
    let expected = [(user(7), took_part.clone()), (user(8), took_part)];
    assert_eq!(activity.members, expected.into());
    for people in [us, robot, ""] {
        ignored("THREAD_MEMBERS_UPDATE", &joined(people));
    }
    ignored(
        "THREAD_MEMBERS_UPDATE",
        r#"{"id":"5","guild_id":"1","removed_member_ids":["7"]}"#,
    );
}

#[test]
fn fields_behind_the_data_do_no_harm() {
    let text = r#"{"t":"TYPING_START","s":5,"op":0,"d":{"guild_id":"1","user_id":"7"},"later":{}}"#;
    let decoded = decode(&Frame::parse(text).unwrap(), &context());
    assert!(matches!(decoded, Ok(Decoded::Sign(_))), "{decoded:?}");
}

#[test]
fn a_message_counts_at_the_time_of_its_snowflake() {
    // 2^22 milliseconds of Discord's epoch lie in every 4,194,304 of an id.
    let id = 1_u64 << 40;
    let at = MessageId::new(id).unwrap().created_at() - AHEAD;
    let said = format!(
        r#"{{"id":"{id}","guild_id":"1","channel_id":"5","author":{{"id":"7"}},"content":"hi","type":0}}"#
    );
    assert_eq!(
        sign("MESSAGE_CREATE", &said),
        (at, Signs::deed(at, Deed::Wrote, ChannelId::new(5)))
    );
}

#[test]
fn bots_webhooks_unfolded_links_and_our_own_doings_are_no_signs_of_life() {
    ignored(
        "TYPING_START",
        r#"{"guild_id":"1","user_id":"7","member":{"user":{"id":"7","bot":true}}}"#,
    );
    ignored(
        "VOICE_STATE_UPDATE",
        r#"{"guild_id":"1","channel_id":"5","user_id":"900"}"#,
    );
    ignored("PRESENCE_UPDATE", r#"{"guild_id":"1","user":{"id":"900"}}"#);
    ignored("TYPING_START", r#"{"channel_id":"5","user_id":"7"}"#);
    ignored(
        "MESSAGE_UPDATE",
        r#"{"guild_id":"1","author":{"id":"7"},"edited_timestamp":null}"#,
    );
    ignored(
        "MESSAGE_CREATE",
        r#"{"id":"9","guild_id":"1","channel_id":"5","author":{"id":"7"},"webhook_id":"3","type":0}"#,
    );
    ignored(
        "MESSAGE_CREATE",
        r#"{"id":"9","guild_id":"1","channel_id":"5","author":{"id":"7"},"type":7}"#,
    );
}

#[test]
fn whoever_uses_a_command_gives_a_sign_of_life_after_it() {
    let asked = r#"{"id":"4194304000","application_id":"901","type":2,"token":"t","guild_id":"1","channel_id":"5",
        "member":{"user":{"id":"7","username":"x"},"roles":[]},"data":{"name":"seen"}}"#;
    let inputs = inputs("INTERACTION_CREATE", asked);
    assert!(matches!(inputs[0].1, Inbound::Called(_)));
    let Inbound::Activity(activity) = &inputs[1].1 else {
        panic!("{inputs:?}")
    };
    assert_eq!(activity.members[&user(7)].times(Deed::Used), 1);
}

#[test]
fn who_is_in_voice_comes_with_the_guild() {
    let guild = r#"{"id":"1","name":"x","voice_states":[{"user_id":"7","channel_id":"5"},{"user_id":"8","channel_id":null},
        {"user_id":"9","channel_id":"5","member":{"user":{"id":"9","bot":true}}}]}"#;
    let (_, what) = one("GUILD_CREATE", guild);
    let Inbound::GuildAvailable(view) = what else {
        panic!("{what:?}")
    };
    assert_eq!(view.voice, [(user(7), ChannelId::new(5).unwrap())]);
}
