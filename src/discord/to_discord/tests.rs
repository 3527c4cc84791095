use super::*;
use actors::kernel::{
    call::{Ticket, Token},
    effect::Instant,
    ids::{ApplicationId, ChannelId, GuildId, InteractionId, MessageId, UserId},
    text::{Attachment, Choice, Embed, Message, Modal, ModalField, TextStyle},
};
use expect_test::{Expect, expect};

fn check(request: &Request, expected: &Expect) {
    let mut text = format!("{} {}\n", request.method.name(), request.path);
    if let Some(body) = &request.body {
        text.push_str(&serde_json::to_string(body).unwrap());
        text.push('\n');
    }
    expected.assert_eq(&text);
}

fn ticket() -> Ticket {
    Ticket {
        interaction: InteractionId::new(11).unwrap(),
        application: ApplicationId::new(22).unwrap(),
        token: Token("sec/ret".to_owned()),
    }
}

fn channel() -> ChannelId {
    ChannelId::new(33).unwrap()
}

fn user() -> UserId {
    UserId::new(44).unwrap()
}

#[test]
fn a_message_carries_its_nonce_and_pings_nobody() {
    let message = Message::text("hello").embed(Embed::new("Title"));
    check(
        &create_message(channel(), &message, Some("NONCE")),
        &expect![[r#"
            POST channels/33/messages
            {"allowed_mentions":{"parse":[],"roles":[],"users":[]},"components":[],"content":"hello","embeds":[{"title":"Title"}],"enforce_nonce":true,"nonce":"NONCE"}
        "#]],
    );
}

#[test]
fn edits_name_every_part_and_deletes_have_no_body() {
    let id = MessageId::new(55).unwrap();
    check(
        &edit_message(channel(), id, &Message::text("new")),
        &expect![[r#"
            PATCH channels/33/messages/55
            {"allowed_mentions":{"parse":[],"roles":[],"users":[]},"components":[],"content":"new","embeds":[]}
        "#]],
    );
    check(
        &delete_message(channel(), id),
        &expect![[r"
            DELETE channels/33/messages/55
        "]],
    );
}

#[test]
fn a_notice_pings_only_the_one_who_asked() {
    check(
        &create_message(channel(), &notice(user()), Some("N")),
        &expect![[r#"
            POST channels/33/messages
            {"allowed_mentions":{"parse":[],"roles":[],"users":["44"]},"components":[],"content":"<@44> I carried out what you asked for, but could not deliver the answer.","embeds":[],"enforce_nonce":true,"nonce":"N"}
        "#]],
    );
}

#[test]
fn first_responses_are_ephemeral_and_their_secret_is_one_segment() {
    let instants = [
        Instant::Message(Message::text("done")),
        Instant::Defer,
        Instant::Replace(Message::text("page 2")),
        Instant::Files(Message::text("here"), vec![file()]),
        Instant::Choices(vec![Choice::new("Paris", "Europe/Paris")]),
        Instant::Modal(Modal::new("g1:welcome:edit", "Edit").field(ModalField::new(
            "text",
            "Text",
            TextStyle::Short,
        ))),
    ];
    let expected = [
        expect![[r#"
            POST interactions/11/sec%2Fret/callback
            {"data":{"allowed_mentions":{"parse":[],"roles":[],"users":[]},"components":[],"content":"done","embeds":[],"flags":64},"type":4}
        "#]],
        expect![[r#"
            POST interactions/11/sec%2Fret/callback
            {"data":{"flags":64},"type":5}
        "#]],
        expect![[r#"
            POST interactions/11/sec%2Fret/callback
            {"data":{"allowed_mentions":{"parse":[],"roles":[],"users":[]},"components":[],"content":"page 2","embeds":[]},"type":7}
        "#]],
        expect![[r#"
            POST interactions/11/sec%2Fret/callback
            {"data":{"flags":64},"type":5}
        "#]],
        expect![[r#"
            POST interactions/11/sec%2Fret/callback
            {"data":{"choices":[{"name":"Paris","value":"Europe/Paris"}]},"type":8}
        "#]],
        expect![[r#"
            POST interactions/11/sec%2Fret/callback
            {"data":{"components":[{"components":[{"custom_id":"text","label":"Text","max_length":4000,"min_length":0,"required":true,"style":1,"type":4}],"type":1}],"custom_id":"g1:welcome:edit","title":"Edit"},"type":9}
        "#]],
    ];
    for (instant, expected) in instants.iter().zip(&expected) {
        let request = instant_callback(&ticket(), instant);
        assert!(!request.authorised());
        assert!(!request.route.contains("sec"));
        check(&request, expected);
    }
}

fn file() -> Attachment {
    Attachment {
        name: "x.csv".to_owned(),
        description: "a table".to_owned(),
        bytes: b"a,b".to_vec(),
    }
}

#[test]
fn files_are_named_in_the_body_and_go_beside_it() {
    let request = edit_original_with(&ticket(), &Message::text("here"), &[file()]);
    assert_eq!(request.files, [file()]);
    check(
        &request,
        &expect![[r#"
        PATCH webhooks/22/sec%2Fret/messages/@original
        {"allowed_mentions":{"parse":[],"roles":[],"users":[]},"attachments":[{"description":"a table","filename":"x.csv","id":"0"}],"components":[],"content":"here","embeds":[]}
    "#]],
    );
}

#[test]
fn a_later_answer_edits_the_first_response() {
    check(
        &edit_original(&ticket(), &Message::text("done")),
        &expect![[r#"
            PATCH webhooks/22/sec%2Fret/messages/@original
            {"allowed_mentions":{"parse":[],"roles":[],"users":[]},"components":[],"content":"done","embeds":[]}
        "#]],
    );
    check(
        &original(&ticket()),
        &expect![[r"
            GET webhooks/22/sec%2Fret/messages/@original
        "]],
    );
}

#[test]
fn questions_have_their_limits_in_the_query() {
    let guild_id = GuildId::new(66).unwrap();
    let requests = [
        messages_after(channel(), 99),
        open_dm(user()),
        audit_log(guild_id, None),
        audit_log(guild_id, Some(20)),
        guild(guild_id),
        member(guild_id, user()),
        channels(guild_id),
        gateway_bot(),
        application(),
        legacy_application(),
        current_user(),
        commands(ApplicationId::new(22).unwrap(), &serde_json::json!([])),
    ];
    let lines: Vec<String> = requests
        .iter()
        .map(|request| {
            assert!(request.authorised());
            let body = request
                .body
                .as_ref()
                .map(|body| format!(" {body}"))
                .unwrap_or_default();
            format!("{} {}{body}", request.method.name(), request.path)
        })
        .collect();
    expect![[r#"
        GET channels/33/messages?after=99&limit=100
        POST users/@me/channels {"recipient_id":"44"}
        GET guilds/66/audit-logs?limit=50
        GET guilds/66/audit-logs?limit=50&action_type=20
        GET guilds/66
        GET guilds/66/members/44
        GET guilds/66/channels
        GET gateway/bot
        GET applications/@me
        GET oauth2/applications/@me
        GET users/@me
        PUT applications/22/commands []"#]]
    .assert_eq(&lines.join("\n"));
}
