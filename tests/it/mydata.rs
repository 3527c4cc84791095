//! Members' own data, as they read it and as it lies in the store.

use crate::{
    acts::{eventually, is_quiet},
    states::of_store,
    support::{SOON, Town},
};
use actors::kernel::{
    note::{Noted, Writer},
    record::Snapshot as _,
    spool::{Line, SpoolRow, spool_key},
};
use guildhall::{bot::Bot, secret::Secret};
use serde_json::Value;
use simulator::{Id, InteractionAnswer};
use snapshots::Bincode;

impl Town {
    pub(crate) async fn own(&self, user: Id, line: &str) -> InteractionAnswer {
        let answer = self.asks(user, line).answer(SOON).await;
        let answer = answer.unwrap_or_else(|| panic!("no answer to {line}"));
        assert!(answer.ephemeral, "{line} is answered in private");
        answer
    }

    /// Presses the one button below an answer.
    pub(crate) async fn confirms(&self, user: Id, below: &InteractionAnswer) -> InteractionAnswer {
        let message = &below.message;
        let id = message["id"].as_str().and_then(|id| id.parse().ok());
        let button = &message["components"][0]["components"][0]["custom_id"];
        let button = button.as_str().expect("there is a button");
        let pressed = self.sim.click(id.expect("an id"), button, user);
        let answer = pressed.expect("it can be pressed").answer(SOON).await;
        answer.expect("an answer to the button")
    }
}

/// The three forms in which an id can lie somewhere.
pub(crate) fn forms(id: Id) -> [Vec<u8>; 3] {
    [
        id.to_string().into_bytes(),
        id.to_be_bytes().to_vec(),
        id.to_le_bytes().to_vec(),
    ]
}

/// Heads and rows of a stopped bot that name somebody.
pub(crate) fn traces(town: &Town, id: Id) -> Vec<String> {
    let holds = |bytes: &[u8]| {
        let mut forms = forms(id).into_iter();
        forms.any(|form| bytes.windows(form.len()).any(|part| part == form))
    };
    let records = of_store(town.data.path()).into_iter();
    let named = records.filter(|(key, record)| holds(key.body()) || holds(&record.payload));
    named.map(|(key, _)| format!("{key:?}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_sees_exports_and_removes_what_is_stored_about_them() {
    let town = Town::new().await;
    let bot = town.bot().await;
    town.furnish(&bot).await;
    let ann = town.newcomer("Ann");
    town.greeted(&[ann]).await;
    town.sim.say(town.general, ann, "hello");

    let shown = town.own(ann, "/mydata show").await.text();
    for part in ["Signs of life", "1 message,", "Membership", "greeted"] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    let export = town.own(ann, "/mydata export").await;
    town.confirms(ann, &export).await;
    let (name, json) = town.uploaded();
    assert_eq!(name, "mydata.json");
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["user"], ann.to_string());
    assert_eq!(
        json["features"]["presence"][0]["data"]["deeds"]["counts"][0],
        1
    );
    bot.stop().await;
    assert!(!traces(&town, ann).is_empty(), "it would be found");

    let bot = town.bot().await;
    town.own(ann, "/mydata export").await;
    let asked = town.own(ann, "/mydata forget").await;
    let done = town.confirms(ann, &asked).await;
    assert!(
        done.text().starts_with("I have forgotten you"),
        "{}",
        done.text()
    );
    for _ in 0..20 {
        town.sim.say(town.general, ann, "hello again");
    }
    // A gap, after which the members are listed again.
    bot.stop().await;
    town.sim.refuse_resume_next(1);
    let bot = town.bot().await;
    eventually("the gap is closed", || is_quiet(&bot)).await;
    let shown = town.own(ann, "/mydata show").await;
    let text = shown.text();
    assert!(text.contains("stored nothing about you"), "{text}");
    assert_eq!(town.greetings()[&ann], 1, "nobody is greeted twice");
    bot.stop().await;
    assert_eq!(traces(&town, ann), [""; 0]);

    let bot = town.bot().await;
    town.confirms(ann, &shown).await;
    town.sim.say(town.general, ann, "record me");
    let text = town.own(ann, "/mydata show").await.text();
    assert!(text.contains("1 message,"), "{text}");
    bot.stop().await;
}

/// Lines that wait, as they lie in the store.
fn lines(bot: &Bot) -> Vec<SpoolRow> {
    let rows = bot.hub().core(|core| core.spool_rows());
    let (from, end) = (spool_key(rows.start), spool_key(rows.end));
    let page = bot.hub().reader.scan(&from, &end, 1_000);
    let entries = page.expect("the store reads").entries.into_iter();
    let rows = entries.map(|entry| SpoolRow::from_record(&Bincode, &entry.record));
    rows.map(|row| row.expect("it is a row of lines")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_a_place_outside_no_longer_says_who_was_forgotten() {
    let town = Town::new().await;
    // Nobody listens there, so everything waits.
    let away = || {
        let mut options = town.options();
        options.sinks.spool_bytes = 1 << 20;
        options.sinks.postgres = Some(Secret::new(
            "postgres://nobody@127.0.0.1:1/nothing".to_owned(),
        ));
        options
    };
    let bot = town.bot_with(away()).await;
    town.furnish(&bot).await;
    town.moderate("/messages settings stream:True").await;
    let (ann, bob) = (town.newcomer("Ann"), town.newcomer("Bob"));
    for user in [ann, bob, ann] {
        town.sim.say(town.general, user, "hello");
    }
    let authors = |bot: &Bot| -> Vec<u64> {
        let rows = lines(bot).into_iter().flat_map(|row| row.lines);
        let authors = rows.filter_map(|line| match line {
            Line::Message(note) => match note.what {
                Noted::Written {
                    author,
                    writer: Writer::Person,
                    ..
                } => Some(author.get()),
                _ => None,
            },
            Line::Forget { .. } => None,
        });
        authors.collect()
    };
    eventually("the lines wait", || authors(&bot) == [ann, bob, ann]).await;
    let asked = town.own(ann, "/mydata forget").await;
    town.confirms(ann, &asked).await;
    let is_another = |bot: &Bot| {
        let authors = authors(bot);
        authors.len() == 3 && authors[1] == bob && !authors.contains(&ann)
    };
    eventually("they name another number", || is_another(&bot)).await;
    bot.stop().await;
    let bot = town.bot_with(away()).await;
    assert!(is_another(&bot));
    let all = lines(&bot).into_iter().flat_map(|row| row.lines);
    let last = all.last().expect("there are lines");
    let Line::Forget { user, .. } = last else {
        panic!("{last:?}");
    };
    assert_eq!(user.get(), ann, "the place will hear of it");
    bot.stop().await;
}
