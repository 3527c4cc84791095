//! `/mydata show`: what is stored about whoever asks.

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
        name: "mydata show",
        summary: "Show what I have stored about you here",
        who: Who::Everyone,
        place: Place::Anywhere,
        options: &[],
    },
    run: show,
    complete: None,
};

fn show(cx: &mut Cx<'_, File>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    asking::begin(cx, state, &call.origin, Wants::Show)?;
    Ok(Reply::Later)
}

#[cfg(test)]
mod tests {
    use crate::{kernel::check::check, privacy::Privacy};
    use expect_test::expect;

    #[test]
    fn it_shows_what_each_feature_says() {
        check::<Privacy>(
            r#"
            alice /mydata show
            told knowledge settings 1
            told knowledge info 1
            given told knowledge messages 1
            told knowledge welcome 1 "Membership" "Here since yesterday."
            told knowledge presence 1 "Signs of life" "You wrote."
            alice /mydata show
            given told knowledge settings 2 "Owner" "You own it." stays "it must"
            given told knowledge info 2
            given told knowledge messages 2
            19s pass
            told knowledge presence 1 "Signs of life" "Too late."
            1s passes
            told knowledge welcome 2
            1h passes
            "#,
            expect![[r#"
                > alice /mydata show
                tell settings to say what it knows about alice
                tell info to say what it knows about alice
                tell welcome to say what it knows about alice
                tell presence to say what it knows about alice
                tell messages to say what it knows about alice
                defer alice
                timer late in 20 seconds
                > told knowledge settings 1
                > told knowledge info 1
                > told knowledge welcome 1 "Membership" "Here since yesterday."
                > told knowledge presence 1 "Signs of life" "You wrote."
                reply alice "This is stored about you in this server."
                    ## Welcome: Membership
                    | Here since yesterday.
                    ## Presence: Signs of life
                    | You wrote.
                    (/mydata forget removes it. Copies of the database that I keep myself, and its unused parts, follow within a day. This does not reach copies that whoever runs me has made elsewhere.)
                timer late off
                > alice /mydata show
                tell settings to say what it knows about alice
                tell info to say what it knows about alice
                tell welcome to say what it knows about alice
                tell presence to say what it knows about alice
                tell messages to say what it knows about alice
                defer alice
                timer late in 20 seconds
                > 19s pass
                > told knowledge presence 1 "Signs of life" "Too late."
                > 1s passes
                reply alice
                    | This is stored about you in this server.
                    | ⚠️ Did not answer: welcome, presence. Try again later.
                    ## Settings: Owner
                    | You own it.
                    (/mydata forget removes it. Copies of the database that I keep myself, and its unused parts, follow within a day. This does not reach copies that whoever runs me has made elsewhere.)
                > told knowledge welcome 2
                > 1h passes
            "#]],
        );
    }

    #[test]
    fn nothing_known_is_said_and_too_many_at_once_are_refused() {
        let mut stage = crate::kernel::check::Stage::<Privacy>::new();
        let all = |n: usize| {
            let kinds = ["settings", "info", "welcome", "presence", "messages"];
            kinds
                .map(|kind| format!("given told knowledge {kind} {n}\n"))
                .concat()
        };
        let played = stage.play(&("given alice /mydata show\n".to_owned() + &all(1)));
        assert_eq!(played, "");
        stage.play(&"given alice /mydata show\n".repeat(crate::privacy::MAX_ASKING));
        expect![[r#"
            > bob /mydata show
            refuse bob "Many people ask at this moment. Try again in a minute."
        "#]]
        .assert_eq(&stage.play("bob /mydata show"));
        stage.play("given 1m passes");
        assert!(stage.state().asking.is_empty());
    }
}
