//! Each verb once, by the names that people use.

use super::Verb;
use crate::config::SimConfig;
use crate::simulator::Simulator;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// All names that the `verb` key may have, as serde tells them.
fn names() -> BTreeSet<String> {
    let error = serde_json::from_value::<Verb>(json!({"verb": "?"})).expect_err("no such verb");
    let text = error.to_string();
    let list = text
        .split_once("expected one of ")
        .expect("serde lists the variants")
        .1;
    list.split(", ")
        .map(|name| name.trim_matches('`').to_owned())
        .collect()
}

async fn do_it(sim: &Simulator, verb: Value) -> Value {
    let parsed: Verb =
        serde_json::from_value(verb.clone()).unwrap_or_else(|error| panic!("{verb}: {error}"));
    sim.perform(&parsed)
        .unwrap_or_else(|error| panic!("{verb}: {error}"))
}

/// Verbs in an order in which each finds what it needs. `$m` is the id of the last message, thread or event.
const TABLE: &str = r##"
{"verb": "add_user", "name": "Olga"}
{"verb": "add_user", "name": "Ada"}
{"verb": "add_user", "name": "Helper", "bot": true}
{"verb": "create_guild", "name": "Town", "owner": "Olga", "with_bot": false}
{"verb": "invite_bot"}
{"verb": "create_channel", "name": "hall"}
{"verb": "create_channel", "name": "talk", "kind": "voice"}
{"verb": "create_role", "name": "Friends", "permissions": 1024}
{"verb": "join", "user": "Ada"}
{"verb": "join", "user": "Somebody New"}
{"verb": "give_role", "user": "Ada", "role": "Friends"}
{"verb": "take_role", "user": "Ada", "role": "@Friends"}
{"verb": "set_nick", "user": "Ada", "nick": "Addie"}
{"verb": "set_overwrite", "channel": "#hall", "role": "Friends", "allow": 1024}
{"verb": "set_application_flags", "flags": 565248}
{"verb": "say", "channel": "#hall", "user": "Ada", "text": "hello"}
{"verb": "edit", "message": "$m", "text": "hello!"}
{"verb": "pin", "message": "$m"}
{"verb": "react", "message": "$m", "user": "Ada", "emoji": "👍"}
{"verb": "unreact", "message": "$m", "user": "Ada", "emoji": "👍"}
{"verb": "delete_message", "message": "$m"}
{"verb": "say_dm", "user": "Ada", "text": "psst"}
{"verb": "typing", "channel": "#hall", "user": "Ada"}
{"verb": "presence", "user": "Ada", "status": "idle", "playing": "chess"}
{"verb": "join_voice", "channel": "talk", "user": "Ada"}
{"verb": "self_mute", "user": "Ada", "mute": true}
{"verb": "stream", "user": "Ada", "on": true}
{"verb": "leave_voice", "user": "Ada"}
{"verb": "create_thread", "channel": "#hall", "user": "Olga", "name": "cards"}
{"verb": "join_thread", "thread": "$m", "user": "Ada"}
{"verb": "leave_thread", "thread": "$m", "user": "Ada"}
{"verb": "create_event", "user": "Olga", "name": "Cup"}
{"verb": "answer_event", "event": "$m", "user": "Ada"}
{"verb": "command", "channel": "#hall", "user": "Ada", "line": "/ping"}
{"verb": "command_dm", "user": "Ada", "line": "/ping"}
{"verb": "autocomplete", "channel": "#hall", "user": "Ada", "line": "/find what:c"}
{"verb": "click", "message": "$b", "custom_id": "go", "user": "Ada"}
{"verb": "select", "message": "$b", "custom_id": "menu", "user": "Ada", "values": ["a"]}
{"verb": "submit_modal", "interaction": "$i", "fields": {"name": "Lovelace"}}
{"verb": "rename_channel", "channel": "hall", "name": "entrance"}
{"verb": "delete_channel", "channel": "talk"}
{"verb": "delete_role", "role": "Friends"}
{"verb": "kick", "moderator": "Olga", "user": "Ada", "reason": "rules"}
{"verb": "ban", "moderator": "Olga", "user": "Ada"}
{"verb": "unban", "moderator": "Olga", "user": "Ada"}
{"verb": "leave", "user": "Somebody New"}
{"verb": "cut_gateway"}
{"verb": "close_gateway", "code": 4000}
{"verb": "reconnect_op"}
{"verb": "invalid_session", "resumable": false}
{"verb": "refuse_resume_next", "n": 1}
{"verb": "trim_replay"}
{"verb": "gateway_down", "down": false}
{"verb": "gateway_accept_and_close", "code": 4000}
{"verb": "duplicate_next_event", "n": 1}
{"verb": "fail_next", "method": "POST", "route": "/channels/{id}/messages", "n": 2, "fault": {"status": 503}}
{"verb": "fail_next", "fault": {"rate_limit": {"retry_after": 0.5, "global": true, "scope": "global"}}}
{"verb": "fail_next", "fault": {"delay": 20}}
{"verb": "fail_next", "fault": "drop_answer"}
{"verb": "fail_all", "fault": "hang"}
{"verb": "heal"}
{"verb": "set_unavailable", "unavailable": true}
{"verb": "advance", "ms": 1000}
{"verb": "remove_bot"}
"##;

fn table() -> Vec<Value> {
    let lines = TABLE.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

/// What a bot would have left behind: commands, a message with components, an open form.
fn furnish(sim: &Simulator) -> (String, String) {
    let mut world = sim.world();
    let what = json!({"type": 3, "name": "what", "description": "d", "autocomplete": true});
    for (id, command) in [
        json!({"id": "5", "name": "ping", "type": 1}),
        json!({"id": "6", "name": "find", "type": 1, "options": [what]}),
    ]
    .into_iter()
    .enumerate()
    {
        world
            .commands
            .entry(None)
            .or_default()
            .insert(id as u64, command);
    }
    let row = json!([{"type": 1, "components": [{"type": 2, "custom_id": "go"}]},
        {"type": 1, "components": [{"type": 3, "custom_id": "menu", "options": [{"value": "a"}]}]}]);
    let channel = world
        .channels
        .values()
        .find(|c| c.name == "hall")
        .expect("made above")
        .id;
    let fields = json!({"content": "press", "components": row})
        .as_object()
        .cloned()
        .unwrap_or_default();
    let author = world.bot;
    let message = world.post(&crate::world::messages::Draft {
        channel,
        author,
        fields,
        ..Default::default()
    });
    drop(world);
    let user = sim.user_named("Ada").expect("made above");
    let opener = sim.click(message, "go", user).expect("a button");
    if let Some(stored) = sim.world().interactions.get_mut(&opener.id) {
        stored.acked = Some(crate::world::interaction::AnswerKind::Modal);
        stored.callback_data = json!({"custom_id": "f", "title": "F", "components": [
            {"type": 18, "component": {"type": 4, "custom_id": "name"}}]});
    }
    (message.to_string(), opener.id.to_string())
}

#[tokio::test]
async fn each_verb_can_be_performed() {
    let sim = Simulator::start(SimConfig::default())
        .await
        .expect("loopback has free ports");
    let mut done = BTreeSet::new();
    let (mut message, mut furniture) = (String::new(), None);
    for verb in table() {
        let name = verb["verb"].as_str().expect("a name").to_owned();
        if name == "command" {
            furniture = Some(furnish(&sim));
        }
        let (button, interaction) = furniture.clone().unwrap_or_default();
        let text = verb
            .to_string()
            .replace("$m", &message)
            .replace("$b", &button)
            .replace("$i", &interaction);
        let answer = do_it(&sim, serde_json::from_str(&text).expect("still JSON")).await;
        if ["say", "create_thread", "create_event"].contains(&name.as_str()) {
            answer["id"]
                .as_str()
                .unwrap_or_default()
                .clone_into(&mut message);
        }
        let took_part = [
            "join_thread",
            "leave_thread",
            "answer_event",
            "self_mute",
            "stream",
        ];
        if took_part.contains(&name.as_str()) {
            assert_eq!(answer["changed"], true, "{text}");
        }
        done.insert(name);
    }
    assert_eq!(done, names());
}

#[tokio::test]
async fn what_is_misspelt_is_refused() {
    let typo = json!({"verb": "say", "chanel": "#hall", "user": "Ada", "text": "x"});
    assert!(serde_json::from_value::<Verb>(typo).is_err());
    let sim = Simulator::start(SimConfig::default())
        .await
        .expect("loopback has free ports");
    let verb = Verb::LeaveVoice {
        guild: Some("Nowhere".to_owned()),
        user: "Nobody".to_owned(),
    };
    assert!(sim.perform(&verb).is_err());
}
