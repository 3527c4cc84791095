//! `/mydata export`: the same as JSON, as it is stored.

use crate::{
    kernel::{
        call::Call,
        command::{Command, Place, Spec, Who},
        machine::{Cx, NoRow, Reply},
    },
    privacy::{Privacy, Refusal, State, Wants, asking},
};

pub(in crate::privacy) const COMMAND: Command<Privacy> = Command {
    spec: Spec {
        name: "mydata export",
        summary: "Get what I have stored about you here as JSON",
        who: Who::Everyone,
        place: Place::Anywhere,
        options: &[],
    },
    run: export,
    complete: None,
};

fn export(cx: &mut Cx<'_, NoRow>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    asking::begin(cx, state, &call.origin, Wants::Export { part: 0 })?;
    Ok(Reply::Later)
}

#[cfg(test)]
mod tests {
    use crate::{
        kernel::{
            check::{Stage, check},
            effect::Effect,
        },
        privacy::Privacy,
    };
    use expect_test::expect;
    use serde_json::Value;

    #[test]
    fn it_is_json_as_it_is_stored() {
        check::<Privacy>(
            r#"
            given alice /mydata export
            given told knowledge settings 1
            given told knowledge info 1
            given told knowledge messages 1
            given told knowledge presence 1
            told knowledge welcome 1 "Membership" "Here."
            alice presses export:x
            "#,
            expect![[r#"
                > told knowledge welcome 1 "Membership" "Here."
                reply alice
                    | ```json
                    | {
                    |   "asked_not_to_be_recorded": false,
                    |   "at": 1767614400000,
                    |   "did_not_answer": [],
                    |   "features": {
                    |     "welcome": [
                    |       {
                    |         "data": "Here.",
                    |         "stays": null,
                    |         "topic": "Membership"
                    |       }
                    |     ]
                    |   },
                    |   "server": "1",
                    |   "user": "101"
                    | }
                    | ```
                timer late off
                > alice presses export:x
                refuse alice "This button does nothing any more. `/mydata show` has the current state."
            "#]],
        );
    }

    #[test]
    fn what_is_too_long_for_a_message_comes_in_parts_that_fit_together() {
        let mut stage = Stage::<Privacy>::new();
        let mut whole = String::new();
        for part in 0..9 {
            let long = "```".repeat(250);
            let ask = if part == 0 {
                "alice /mydata export".to_owned()
            } else {
                format!("alice presses export:{part}")
            };
            stage.play(&ask);
            for kind in ["settings", "info", "presence", "messages", "welcome"] {
                stage.play(&format!(
                    "told knowledge {kind} {} \"Topic\" \"{long}\"",
                    part + 1
                ));
            }
            let Some(Effect::Say { message, .. }) = stage.effects.last().map(|row| &row.effect)
            else {
                panic!("no answer");
            };
            let text = message
                .content
                .strip_prefix("```json\n")
                .expect("a block of code");
            let (json, rest) = text.split_once("\n```").expect("its end");
            assert!(!rest.contains("```"), "{text}");
            whole.push_str(json);
            whole.push('\n');
            if message.rows.is_empty() {
                assert!(part > 2, "{part}");
                break;
            }
        }
        let whole: Value = serde_json::from_str(&whole).expect("it is JSON");
        let data = &whole["features"]["presence"][0]["data"];
        let pieces = data.as_array().expect("a long text is in pieces");
        let pieces: String = pieces.iter().filter_map(Value::as_str).collect();
        assert_eq!(pieces, "```".repeat(250));
    }
}
