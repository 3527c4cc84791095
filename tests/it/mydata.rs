//! Members' own data, as they read it and as it lies in the store.

use crate::{
    acts::{eventually, is_quiet},
    states::of_store,
    support::{SOON, Town},
};
use serde_json::Value;
use simulator::{Id, InteractionAnswer};

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
fn forms(id: Id) -> [Vec<u8>; 3] {
    [
        id.to_string().into_bytes(),
        id.to_be_bytes().to_vec(),
        id.to_le_bytes().to_vec(),
    ]
}

/// Heads and rows of a stopped bot that name somebody.
fn traces(town: &Town, id: Id) -> Vec<String> {
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
    let export = town.own(ann, "/mydata export").await.text();
    let json = export.strip_prefix("```json").expect("a block of code");
    let json: Value = serde_json::from_str(json.trim().trim_end_matches("```")).expect("JSON");
    assert_eq!(json["user"], ann.to_string());
    assert_eq!(
        json["features"]["presence"][0]["data"]["deeds"]["counts"][0],
        1
    );
    bot.stop().await;
    assert!(!traces(&town, ann).is_empty(), "it would be found");

    let bot = town.bot().await;
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
