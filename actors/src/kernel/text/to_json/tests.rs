use super::*;
use crate::kernel::{ids::UserId, time::Timestamp};
use expect_test::{Expect, expect};

fn check(value: &Value, expected: &Expect) {
    let text = serde_json::to_string_pretty(value).unwrap();
    expected.assert_eq(&text);
}

#[test]
fn a_plain_message_pings_nobody() {
    let plain = Message::text("hi");
    let expected = json!({
        "content": "hi", "embeds": [], "components": [],
        "allowed_mentions": { "parse": [], "users": [], "roles": [] },
    });
    assert_eq!(message(&plain, None, false), expected);
    assert_eq!(message_edit(&plain.silently()), expected);
}

#[test]
fn flags_and_nonce_are_only_there_when_asked_for() {
    let loud = message(&Message::text("hi").ping_everyone(), Some("NONCE"), false);
    assert_eq!(loud["nonce"], "NONCE");
    assert_eq!(loud["enforce_nonce"], true);
    assert_eq!(loud.get("flags"), None);
    assert_eq!(loud["allowed_mentions"]["parse"], json!(["everyone"]));
    let quiet = message(&Message::text("hi").silently(), None, true);
    assert_eq!(quiet["flags"], 4096 + 64);
    assert_eq!(quiet.get("nonce"), None);
}

#[test]
fn every_part_of_a_message_has_discords_names() {
    let card = Embed::new("Title")
        .url("https://a.org")
        .description("Text")
        .field("Name", "Value", true)
        .author("Author")
        .footer("Footer")
        .colour(0xFF00)
        .image("https://a.org/i")
        .thumbnail("attachment://t")
        .at(Timestamp::from_millis(1_500));
    let buttons = vec![
        Button::press("v1:go", "Go", ButtonStyle::Danger).disabled(true),
        Button::open("https://a.org", "Open"),
    ];
    let options = SelectKind::Options(vec![SelectOption::new("a", "A").description("first")]);
    let whole = UserId::new(7)
        .into_iter()
        .fold(Message::text("text"), Message::ping_user)
        .embed(card)
        .row(Row::Buttons(buttons))
        .row(Row::Select(
            Select::new("v1:pick", options)
                .placeholder("Pick")
                .between(0, 1),
        ))
        .row(Row::Select(Select::new(
            "v1:channel",
            SelectKind::Channels(vec![0]),
        )));
    assert_eq!(whole.clone().fit(), whole);
    check(
        &message_edit(&whole),
        &expect![[r#"
        {
          "allowed_mentions": {
            "parse": [],
            "roles": [],
            "users": [
              "7"
            ]
          },
          "components": [
            {
              "components": [
                {
                  "custom_id": "v1:go",
                  "disabled": true,
                  "label": "Go",
                  "style": 4,
                  "type": 2
                },
                {
                  "disabled": false,
                  "label": "Open",
                  "style": 5,
                  "type": 2,
                  "url": "https://a.org"
                }
              ],
              "type": 1
            },
            {
              "components": [
                {
                  "custom_id": "v1:pick",
                  "disabled": false,
                  "max_values": 1,
                  "min_values": 0,
                  "options": [
                    {
                      "default": false,
                      "description": "first",
                      "label": "A",
                      "value": "a"
                    }
                  ],
                  "placeholder": "Pick",
                  "type": 3
                }
              ],
              "type": 1
            },
            {
              "components": [
                {
                  "channel_types": [
                    0
                  ],
                  "custom_id": "v1:channel",
                  "disabled": false,
                  "max_values": 1,
                  "min_values": 1,
                  "type": 8
                }
              ],
              "type": 1
            }
          ],
          "content": "text",
          "embeds": [
            {
              "author": {
                "name": "Author"
              },
              "color": 65280,
              "description": "Text",
              "fields": [
                {
                  "inline": true,
                  "name": "Name",
                  "value": "Value"
                }
              ],
              "footer": {
                "text": "Footer"
              },
              "image": {
                "url": "https://a.org/i"
              },
              "thumbnail": {
                "url": "attachment://t"
              },
              "timestamp": "1970-01-01T00:00:01.500Z",
              "title": "Title",
              "url": "https://a.org"
            }
          ]
        }"#]],
    );
}

#[test]
fn a_form_has_one_row_for_each_input() {
    let form = Modal::new("v1:form", "Form").field(
        ModalField::new("why", "Why?", TextStyle::Paragraph)
            .optional()
            .between(3, 100)
            .placeholder("because")
            .value("so it is"),
    );
    assert_eq!(form.clone().fit(), form);
    check(
        &modal(&form),
        &expect![[r#"
        {
          "components": [
            {
              "components": [
                {
                  "custom_id": "why",
                  "label": "Why?",
                  "max_length": 100,
                  "min_length": 3,
                  "placeholder": "because",
                  "required": false,
                  "style": 2,
                  "type": 4,
                  "value": "so it is"
                }
              ],
              "type": 1
            }
          ],
          "custom_id": "v1:form",
          "title": "Form"
        }"#]],
    );
}

#[test]
fn choices_are_names_with_values() {
    assert_eq!(
        choices(&[Choice::new("Paris", "Europe/Paris")]),
        json!({ "choices": [{ "name": "Paris", "value": "Europe/Paris" }] })
    );
}
