use super::*;
use crate::kernel::{
    ids::{RoleId, UserId},
    text::{
        Button, ButtonAction, ButtonStyle, Choice, Modal, ModalField, Row, Select, SelectKind,
        SelectOption, TextStyle,
    },
    time::Timestamp,
};
use proptest::{collection::vec, option, prelude::*};

#[test]
fn an_empty_message_shows_dots() {
    assert_eq!(
        Message::text(" \n").embed(Embed::new("")).fit(),
        Message::text("…")
    );
    let card = Message::default().embed(Embed::new("card"));
    assert_eq!(card.clone().fit(), card);
}

#[test]
fn what_is_too_many_is_counted() {
    let cards = (0..12).fold(Message::text("hi"), |message, n| {
        message.embed(Embed::new(format!("{n}")))
    });
    let fit = cards.fit();
    assert_eq!(
        (fit.embeds.len(), fit.content.as_str()),
        (10, "hi\n… and 2 more")
    );

    let fields = (0..30).fold(Embed::new("t"), |embed, n| {
        embed.field("n", format!("{n}"), true)
    });
    let fit = Message::default().embed(fields).fit();
    assert_eq!(fit.embeds[0].fields.len(), 25);
    assert_eq!(fit.embeds[0].fields[24].value, "… and 6 more");

    let long = (0..30).fold(Embed::new("t"), |embed, _| {
        embed.field("n", "v".repeat(2000), false)
    });
    let fit = Message::default()
        .embed(long)
        .embed(Embed::new("second"))
        .fit();
    assert_eq!(fit.embeds[0].fields.len(), 6);
    assert_eq!(fit.embeds[0].fields[5].value, "… and 25 more");

    // Just enough room left for the note, none for anything to note.
    let big = Embed::new("")
        .description("d".repeat(4096))
        .footer("f".repeat(1864));
    let fit = Message::default()
        .embed(big)
        .embed(Embed::new("").description("d".repeat(99)))
        .fit();
    assert_eq!(
        (fit.embeds.len(), fit.content.as_str()),
        (1, "… and 1 more")
    );

    let options = (0..27)
        .map(|n| SelectOption::new(format!("{n}"), format!("{n}")))
        .collect();
    let select = Select::new("s", SelectKind::Options(options))
        .placeholder("pick")
        .between(0, 40);
    let fit = Message::text("x").row(Row::Select(select)).fit();
    let Row::Select(select) = &fit.rows[0] else {
        panic!("{fit:?}")
    };
    assert_eq!(
        (select.placeholder.as_str(), select.max),
        ("pick … and 2 more", 25)
    );
}

#[test]
fn buttons_flow_into_further_rows_and_beyond_five_rows_are_counted() {
    let button = |n: usize| Button::press(format!("b{n}"), "", ButtonStyle::Primary);
    let fit = Message::text("x")
        .row(Row::Buttons((0..28).map(button).collect()))
        .fit();
    assert_eq!(fit.rows.len(), 5);
    assert_eq!(fit.content, "x\n… and 3 more");
    assert!(matches!(&fit.rows[0], Row::Buttons(row) if row.len() == 5 && row[0].label == "…"));
}

#[test]
fn what_cannot_work_is_dropped() {
    let press = |id: &str| Button::press(id, "b", ButtonStyle::Success);
    let long = "x".repeat(101);
    let buttons = vec![
        press("same"),
        press("same"),
        press(""),
        press(&long),
        Button::open("javascript:1", "b"),
    ];
    let twice = vec![
        SelectOption::new("v", "one"),
        SelectOption::new("v", "two"),
        SelectOption::new("w", " "),
    ];
    let fit = Message::text("x")
        .row(Row::Buttons(buttons))
        .row(Row::Select(Select::new("menu", SelectKind::Options(twice))))
        .row(Row::Select(Select::new(
            "empty",
            SelectKind::Options(Vec::new()),
        )))
        .row(Row::Select(Select::new("same", SelectKind::Users)))
        .fit();
    assert_eq!(fit.rows.len(), 2);
    assert_eq!(fit.rows[0], Row::Buttons(vec![press("same")]));
    assert_eq!(fit.content, "x");
}

fn text(most: usize) -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-c ]{0,6}",
        1 => "\\PC{0,6}",
        1 => Just("\u{200B}".to_owned()),
        2 => (0..most * 2).prop_map(|n| "word 😀 ".chars().cycle().take(n).collect()),
    ]
}

fn url() -> impl Strategy<Value = Option<String>> {
    option::of(prop_oneof![
        Just("https://a.org/x".to_owned()),
        Just("https://".to_owned()),
        text(20),
        (500..2100_usize).prop_map(|n| format!("https://{}", "a".repeat(n)))
    ])
}

prop_compose! {
    fn embed()(title in text(256), description in text(4096), author in text(256), footer in text(2048),
        fields in vec((text(256), text(1024), any::<bool>()), 0..32), url in url(), image in url(),
        colour in option::of(any::<u32>()), at in option::of(any::<i64>())) -> Embed {
        let fields = fields.into_iter().map(|(name, value, inline)| Field { name, value, inline }).collect();
        Embed { title, url, description, fields, author, footer, colour, image, thumbnail: None, at: at.map(Timestamp::from_millis) }
    }
}

fn row() -> impl Strategy<Value = Row> {
    let press =
        (text(60), text(80)).prop_map(|(id, label)| Button::press(id, label, ButtonStyle::Primary));
    let open =
        (url(), text(80)).prop_map(|(url, label)| Button::open(url.unwrap_or_default(), label));
    let options = vec((text(60), text(100), text(100), any::<bool>()), 0..35).prop_map(|options| {
        let options = options
            .into_iter()
            .map(|(value, label, description, chosen)| SelectOption {
                label,
                value,
                description,
                chosen,
            });
        SelectKind::Options(options.collect())
    });
    let kind = prop_oneof![2 => options, 1 => Just(SelectKind::Users), 1 => vec(any::<u8>(), 0..9).prop_map(SelectKind::Channels)];
    let select = (text(60), kind, text(150), any::<u8>(), any::<u8>()).prop_map(
        |(custom_id, kind, placeholder, min, max)| {
            Row::Select(Select {
                custom_id,
                kind,
                placeholder,
                min,
                max,
                disabled: false,
            })
        },
    );
    prop_oneof![
        vec(prop_oneof![press, open], 0..9).prop_map(Row::Buttons),
        select
    ]
}

prop_compose! {
    fn message()(content in text(2000), embeds in vec(embed(), 0..12), rows in vec(row(), 0..8),
        users in vec(1..200_u64, 0..150)) -> Message {
        let mentions = Mentions {
            users: users.iter().filter_map(|n| UserId::new(*n)).collect(),
            roles: users.iter().filter_map(|n| RoleId::new(*n)).collect(),
            everyone: false,
        };
        Message { content, embeds, rows, mentions, silent: false }
    }
}

fn within_bounds(text: &str, least: usize, most: usize) {
    assert!(
        width(text) <= most && (least == 0 || !is_blank(text)),
        "{text:?} is not {least}..={most}"
    );
}

/// Discord's limits, read from the finished message rather than from the code that applies them.
fn assert_fits(message: &Message) {
    assert!(!message.content.trim().is_empty() || !message.embeds.is_empty());
    within_bounds(&message.content, 0, 2000);
    assert!(message.embeds.len() <= 10 && message.rows.len() <= 5);
    assert!(message.mentions.users.len() <= 100 && message.mentions.roles.len() <= 100);
    let mut total = 0;
    for embed in &message.embeds {
        assert!(!is_empty(embed));
        for (text, most) in [
            (&embed.title, 256),
            (&embed.description, 4096),
            (&embed.author, 256),
            (&embed.footer, 2048),
        ] {
            within_bounds(text, 0, most);
            total += width(text);
        }
        assert!(embed.fields.len() <= 25 && embed.colour.is_none_or(|colour| colour <= 0xFF_FFFF));
        for field in &embed.fields {
            within_bounds(&field.name, 1, 256);
            within_bounds(&field.value, 1, 1024);
            total += width(&field.name) + width(&field.value);
        }
    }
    assert!(total <= 6000, "{total}");
    let mut ids = BTreeSet::new();
    let mut fresh = |id: &str| {
        within_bounds(id, 1, 100);
        assert!(ids.insert(id.to_owned()), "{id} twice");
    };
    for row in &message.rows {
        match row {
            Row::Buttons(buttons) => {
                assert!((1..=5).contains(&buttons.len()));
                for button in buttons {
                    within_bounds(&button.label, 1, 80);
                    match &button.action {
                        ButtonAction::Press { custom_id, .. } => fresh(custom_id),
                        ButtonAction::Open { url } => within_bounds(url, 1, 512),
                    }
                }
            }
            Row::Select(select) => {
                fresh(&select.custom_id);
                within_bounds(&select.placeholder, 0, 150);
                assert!(select.min <= select.max && (1..=25).contains(&select.max));
                if let SelectKind::Options(options) = &select.kind {
                    assert!((usize::from(select.max)..=25).contains(&options.len()));
                    for option in options {
                        within_bounds(&option.label, 1, 100);
                        within_bounds(&option.value, 1, 100);
                        within_bounds(&option.description, 0, 100);
                    }
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn every_limit_holds_after_fit_and_fitting_again_changes_nothing(message in message()) {
        let fit = message.fit();
        assert_fits(&fit);
        prop_assert_eq!(fit.clone().fit(), fit);
    }

    #[test]
    fn every_limit_of_forms_and_choices_holds_after_fit(
        texts in vec((text(60), text(60), text(120), text(4100), any::<u16>(), any::<u16>()), 0..8)
    ) {
        let fields = texts.iter().map(|(id, label, placeholder, value, min, max)| {
            ModalField::new(id, label, TextStyle::Short).placeholder(placeholder).value(value).between(*min, *max)
        });
        let form = fields.fold(Modal::new("id", "title"), Modal::field).fit();
        assert!((1..=5).contains(&form.fields.len()));
        for field in &form.fields {
            within_bounds(&field.custom_id, 1, 100);
            within_bounds(&field.label, 1, 45);
            within_bounds(&field.placeholder, 0, 100);
            assert!(field.min <= field.max && (1..=4000).contains(&field.max));
            within_bounds(&field.value, 0, usize::from(field.max));
        }
        prop_assert_eq!(form.clone().fit(), form);

        let choices = Choice::fit(texts.iter().cycle().take(40).map(|text| Choice::new(&text.2, &text.0)).collect());
        assert!(choices.len() <= 25);
        for choice in &choices {
            within_bounds(&choice.name, 1, 100);
            within_bounds(&choice.value, 1, 100);
        }
    }
}
