//! `/mydata export`: the same as a file of JSON, as it is stored.

use crate::{
    kernel::{
        call::Call,
        command::{Command, Place, Spec, Who},
        machine::{Cx, Reply},
    },
    privacy::{File, Privacy, Refusal, State, Wants, asking},
};

pub(in crate::privacy) const COMMAND: Command<Privacy> = Command {
    spec: Spec {
        name: "mydata export",
        summary: "Get what I have stored about you here as a file of JSON",
        who: Who::Everyone,
        place: Place::Anywhere,
        options: &[],
    },
    run: export,
    complete: None,
};

fn export(cx: &mut Cx<'_, File>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    asking::begin(cx, state, &call.origin, Wants::Export)?;
    Ok(Reply::Later)
}

#[cfg(test)]
mod tests {
    use crate::{
        kernel::check::{Stage, check},
        privacy::{MAX_FILES, Privacy},
    };
    use expect_test::expect;

    #[test]
    fn it_is_a_file_of_json_as_it_is_stored_and_goes_after_ten_minutes() {
        check::<Privacy>(
            r#"
            given alice /mydata export
            given told knowledge settings 1
            given told knowledge info 1
            given told knowledge messages 1
            given told knowledge presence 1
            told knowledge welcome 1 "Membership" "Here."
            alice presses file
            bob presses file
            given alice presses file
            9m pass
            given alice presses file
            1m passes
            alice presses file
            rows
            "#,
            expect![[r#"
                > told knowledge welcome 1 "Membership" "Here."
                reply alice "What is stored about you in this server is ready as a file of JSON. You can fetch it for ten minutes."
                    [Download → file]
                timer files in 10 minutes
                timer late off
                > alice presses file
                reply alice "This is stored about you here. Instants are milliseconds since 1970."
                    file mydata.json "What is stored about you"
                    > {
                    >   "asked_not_to_be_recorded": false,
                    >   "at": 1767614400000,
                    >   "did_not_answer": [],
                    >   "features": {
                    >     "welcome": [
                    >       {
                    >         "data": "Here.",
                    >         "stays": null,
                    >         "topic": "Membership"
                    >       }
                    >     ]
                    >   },
                    >   "server": "1",
                    >   "user": "101"
                    > }
                > bob presses file
                refuse bob "That file is gone: it is kept for ten minutes. `/mydata export` makes a new one."
                > 9m pass
                > 1m passes
                > alice presses file
                refuse alice "That file is gone: it is kept for ten minutes. `/mydata export` makes a new one."
                > rows
                no rows
            "#]],
        );
    }

    #[test]
    fn who_is_forgotten_has_no_file_any_more() {
        let mut stage = Stage::<Privacy>::new();
        stage.play("given alice /mydata export\n20s pass\ngiven alice presses forget\n20s pass");
        let alice = stage.names.user("alice");
        assert_eq!(stage.traces_of(alice), [""; 0]);
    }

    #[test]
    fn of_too_many_files_the_oldest_goes() {
        let mut stage = Stage::<Privacy>::new();
        for n in 0..=MAX_FILES {
            stage.play(&format!("m{n} /mydata export\n20s pass"));
            assert!(stage.state().files.len() <= MAX_FILES);
        }
        let played = stage.play("m0 presses file");
        assert!(played.contains("That file is gone"), "{played}");
    }
}
