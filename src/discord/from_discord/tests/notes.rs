use super::*;
use actors::kernel::note::{Note, Noted, Size, Writer};

/// An id made when frames arrive, as Discord's clock has it.
fn fresh(n: u64) -> u64 {
    actors::kernel::ids::snowflake_at(NOW + AHEAD) + n
}

fn noted_by(event: &str, data: &str, content: bool) -> Vec<Note> {
    let text = format!(r#"{{"op":0,"s":5,"t":"{event}","d":{data}}}"#);
    let cx = Context {
        content,
        ..context()
    };
    let notes = notes(&Frame::parse(&text).unwrap(), &cx);
    notes.map_or_else(Vec::new, |notes| {
        assert_eq!(notes.guild, guild_id(1));
        notes.notes
    })
}

fn message(content: &str, rest: &str) -> String {
    let id = fresh(0);
    format!(r#"{{"id":"{id}","guild_id":"1","channel_id":"30","content":{content}{rest}}}"#)
}

fn written(content: &str, rest: &str, intent: bool) -> Noted {
    let notes = noted_by("MESSAGE_CREATE", &message(content, rest), intent);
    assert_eq!(notes.len(), 1, "{content} {rest}");
    assert_eq!(notes[0].at, NOW + AHEAD);
    assert_eq!(notes[0].channel.get(), 30);
    notes[0].what
}

const ANNA: &str = r#","type":0,"author":{"id":"10"}"#;

#[test]
fn what_was_written_is_measured_and_not_kept() {
    let files = r#","type":19,"author":{"id":"10"},"attachments":[{"id":"1"},{"id":"2"}],
        "message_reference":{"message_id":"77"}"#;
    let expected = Noted::Written {
        author: user(10),
        writer: Writer::Person,
        size: Some(Size {
            length: 4,
            files: 2,
        }),
        reply: MessageId::new(77),
    };
    assert_eq!(written(r#""a\nä\ud83d\ude00""#, files, true), expected);
}

#[test]
fn without_the_intent_an_empty_text_is_an_unknown_one() {
    let size = |content: &str, rest: &str, intent| match written(content, rest, intent) {
        Noted::Written { size, .. } => size.map(|size| (size.length, size.files)),
        other => panic!("{other:?}"),
    };
    assert_eq!(size(r#""""#, ANNA, false), None);
    assert_eq!(size(r#""""#, ANNA, true), Some((0, 0)));
    assert_eq!(size("null", ANNA, true), None);
    // What mentions us is shown all the same, and so is what we wrote.
    assert_eq!(size(r#""<@900>""#, ANNA, false), Some((6, 0)));
    let ours = r#","type":0,"author":{"id":"900","bot":true}"#;
    assert_eq!(size(r#""""#, ours, false), Some((0, 0)));
}

#[test]
fn bots_and_webhooks_are_told_apart_from_people_and_notices_are_left_out() {
    let writer = |rest: &str| match written(r#""x""#, rest, true) {
        Noted::Written { writer, .. } => writer,
        other => panic!("{other:?}"),
    };
    assert_eq!(writer(ANNA), Writer::Person);
    assert_eq!(writer(r#","author":{"id":"10","bot":true}"#), Writer::Bot);
    let webhook = r#","author":{"id":"10","bot":true},"webhook_id":"10""#;
    assert_eq!(writer(webhook), Writer::Webhook);
    for rest in [
        r#","type":7,"author":{"id":"10"}"#,
        r#","type":6,"author":{"id":"10"}"#,
        r#","type":0"#,
    ] {
        let notes = noted_by("MESSAGE_CREATE", &message(r#""x""#, rest), true);
        assert_eq!(notes, [], "{rest}");
    }
}

#[test]
fn an_edit_has_its_own_time_and_a_link_that_unfolds_is_none() {
    let edited = r#","author":{"id":"10"},"edited_timestamp":"2023-11-14T22:15:00.250000+00:00""#;
    let notes = noted_by("MESSAGE_UPDATE", &message(r#""longer""#, edited), true);
    let size = Some(Size {
        length: 6,
        files: 0,
    });
    assert_eq!(notes[0].what, Noted::Edited { size });
    assert_eq!(notes[0].at, Timestamp::from_millis(1_700_000_100_250));
    let unfolds = r#","author":{"id":"10"},"edited_timestamp":null"#;
    assert_eq!(
        noted_by("MESSAGE_UPDATE", &message(r#""x""#, unfolds), true),
        []
    );
}

#[test]
fn deletions_come_one_by_one_or_many_at_once() {
    let gone = |event, data: &str| {
        let notes = noted_by(event, data, true);
        assert!(notes.iter().all(|note| note.what == Noted::Deleted));
        let ids = notes.iter().map(|note| note.message.get());
        ids.collect::<Vec<_>>()
    };
    let one = r#"{"id":"5","channel_id":"30","guild_id":"1"}"#;
    assert_eq!(gone("MESSAGE_DELETE", one), [5]);
    let many = r#"{"ids":["5","6",7,null],"channel_id":"30","guild_id":"1"}"#;
    assert_eq!(gone("MESSAGE_DELETE_BULK", many), [5, 6, 7]);
    let direct = r#"{"id":"5","channel_id":"30"}"#;
    assert_eq!(gone("MESSAGE_DELETE", direct), [0; 0]);
    assert_eq!(noted_by("TYPING_START", one, true), []);
}

#[test]
fn an_id_that_only_counts_does_not_say_when() {
    let data =
        r#"{"id":"1001","guild_id":"1","channel_id":"30","content":"x","author":{"id":"10"}}"#;
    assert_eq!(noted_by("MESSAGE_CREATE", data, true)[0].at, NOW + AHEAD);
}

proptest! {
    #[test]
    fn characters_are_counted_whatever_they_are(text in ".*") {
        let json = serde_json::to_string(&text).unwrap();
        let Noted::Written { size, .. } = written(&json, ANNA, true) else {
            return Err(TestCaseError::fail("not written"));
        };
        let length = u32::try_from(text.chars().count()).unwrap();
        prop_assert_eq!(size, Some(Size { length, files: 0 }));
    }

    #[test]
    fn whatever_comes_is_survived(event in "MESSAGE_(CREATE|UPDATE|DELETE|DELETE_BULK)", data in "\\PC*") {
        let text = format!(r#"{{"t":"{event}","s":5,"op":0,"d":{data}}}"#);
        if let Ok(frame) = Frame::parse(&text) {
            let _ = notes(&frame, &context());
        }
    }
}
