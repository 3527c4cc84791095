//! Every sentence of the privacy machine, in English, for languages to follow.

use super::Asking;
use crate::kernel::{
    address::{Address, Kind},
    custom_id::CustomId,
    text::{Button, ButtonStyle, Embed, Message, Row},
};
use serde_json::{Map, Value, json};

/// Whole numbers beyond it are not read exactly everywhere.
const EXACT: u64 = 1 << 53;

pub(super) const RECORDED_ALREADY: &str =
    "You are recorded here as everybody is. `/mydata forget` ends that.";
pub(super) const RECORDED_AGAIN: &str =
    "From now on I record you here again as I do others. `/mydata show` shows what.";
const NOT_RECORDED: &str = "You asked not to be recorded here, and you are not.";
const COPIES: &str = "Copies of the database that I keep myself, and its unused parts, follow within a day. This does not \
     reach copies that whoever runs me has made elsewhere.";

fn button(action: &str, args: &[&str], label: &str, style: ButtonStyle) -> Button {
    let id = CustomId::new(Kind::Privacy, action, args).to_string();
    Button::press(id, label, style)
}

fn record_again() -> Row {
    let button = button("record", &[], "Record me again", ButtonStyle::Secondary);
    Row::Buttons(vec![button])
}

fn here(asking: &Asking) -> &'static str {
    match asking.origin.guild {
        Some(_) => "in this server",
        None => "in direct messages",
    }
}

/// Where to ask for the rest.
fn elsewhere(asking: &Asking) -> &'static str {
    match asking.origin.guild {
        Some(_) => "",
        None => " What I know about you in a server you learn there: use the command in it.",
    }
}

/// Those who did not answer.
fn silent(asking: &Asking) -> Option<String> {
    let names: Vec<&str> = asking.waiting.iter().map(|kind| kind.name()).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn title(kind: Kind, topic: &str) -> String {
    let (first, rest) = kind.name().split_at(1);
    format!("{}{rest}: {topic}", first.to_uppercase())
}

pub(super) fn show(asking: &Asking, forgotten: bool) -> Message {
    let mut text = if asking.known.is_empty() {
        format!("I have stored nothing about you {}.", here(asking))
    } else {
        format!("This is stored about you {}.", here(asking))
    };
    text.push_str(elsewhere(asking));
    if let Some(names) = silent(asking) {
        text.push_str(&format!("\n⚠️ Did not answer: {names}. Try again later."));
    }
    if forgotten {
        text.push_str(&format!("\n{NOT_RECORDED}"));
    }
    let mut embed = Embed::default().footer(format!("/mydata forget removes it. {COPIES}"));
    for (kind, known) in &asking.known {
        for known in known {
            embed = embed.field(title(*kind, &known.topic), &known.text, false);
        }
    }
    let message = Message::text(text).embed(embed);
    if forgotten {
        message.row(record_again())
    } else {
        message
    }
}

pub(super) fn export(asking: &Asking) -> Message {
    let mut text = format!(
        "What is stored about you {} is ready as a file of JSON. You can fetch it for ten minutes.{}",
        here(asking),
        elsewhere(asking)
    );
    if let Some(names) = silent(asking) {
        text.push_str(&format!("\n⚠️ Did not answer: {names}. Try again later."));
    }
    let fetch = button("file", &[], "Download", ButtonStyle::Primary);
    Message::text(text).row(Row::Buttons(vec![fetch]))
}

/// Everything, as it is stored. Instants are milliseconds since 1970.
pub(super) fn json(asking: &Asking, forgotten: bool) -> String {
    let mut features = Map::new();
    for (kind, known) in &asking.known {
        let list = known.iter().map(|known| {
            let data = serde_json::from_str(&known.data).unwrap_or(Value::Null);
            json!({ "topic": known.topic, "data": exact(data), "stays": known.stays })
        });
        features.insert(kind.name().to_owned(), list.collect());
    }
    let silent: Vec<&str> = asking.waiting.iter().map(|kind| kind.name()).collect();
    let whole = json!({
        "user": asking.origin.caller.user.to_string(),
        "server": asking.origin.guild.map(|guild| guild.to_string()),
        "at": asking.at.millis(),
        "asked_not_to_be_recorded": forgotten,
        "did_not_answer": silent,
        "features": features,
    });
    serde_json::to_string_pretty(&whole).unwrap_or_default()
}

/// Ids as texts, so that no reader rounds them.
fn exact(value: Value) -> Value {
    match value {
        Value::Number(number) if number.as_u64().is_some_and(|number| number > EXACT) => {
            Value::String(number.to_string())
        }
        Value::Array(list) => list.into_iter().map(exact).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, exact(value)))
            .collect(),
        value => value,
    }
}

pub(super) fn ask_to_forget(me: Address) -> Message {
    let text = if me.guild_id().is_some() {
        format!(
            "**Shall I forget you in this server?**\n\
             - At once goes what I have recorded about you here: when you were last active, when you joined, \
             your roles, whether I greeted you, texts you wrote for the welcome desk and I did not accept.\n\
             - From then on I do not record you here. Of all this only a mark stays by which I know that. You \
             can take it back.\n\
             - If you own this server, I remember that: somebody must hear what goes wrong.\n\
             - {COPIES}"
        )
    } else {
        format!(
            "**Shall I forget that you wrote to me?** It goes at once. If you write to me again, I remember when I \
             last answered, so that two bots do not talk to each other for ever.\n{COPIES}\nWhat I know about \
             you in a server I forget if you ask me there."
        )
    };
    let yes = button("forget", &[], "Forget me", ButtonStyle::Danger);
    Message::text(text).row(Row::Buttons(vec![yes]))
}

pub(super) fn forgotten(asking: &Asking) -> Message {
    let mut text = match asking.origin.guild {
        Some(_) => "I have forgotten you in this server and do not record you here any more.",
        None => "I have forgotten you here.",
    }
    .to_owned();
    if let Some(names) = silent(asking) {
        text.push_str(&format!(
            "\n⚠️ This is broken at the moment and forgets you as soon as it works again: {names}."
        ));
    }
    let known = asking.known.values().flatten();
    for known in known {
        if let Some(why) = &known.stays {
            text.push_str(&format!("\n**{}** stays: {why}.", known.topic));
        }
    }
    text.push_str(&format!("\n{COPIES}"));
    let message = Message::text(text);
    if asking.origin.guild.is_some() {
        message.row(record_again())
    } else {
        message
    }
}
