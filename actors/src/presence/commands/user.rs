//! `/presence user`: what is recorded about somebody, for moderators.

use crate::{
    kernel::{
        call::Call,
        command::{Command, Place, Spec, Who, opt},
        machine::{Cx, Reply},
    },
    presence::{Presence, Refusal, Row, State, own, sweep, texts},
};

pub(in crate::presence) const COMMAND: Command<Presence> = Command {
    spec: Spec {
        name: "presence user",
        summary: "Show all that is recorded here about somebody",
        who: Who::Moderators,
        place: Place::Guild,
        options: &[opt::user("user", "Whom to look up").required()],
    },
    run: user,
    complete: None,
};

fn user(cx: &mut Cx<'_, Row>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    if !state.tracks() {
        return Err(Refusal::Off);
    }
    let user = super::seen::whom(call);
    let text = match sweep::member(cx, state, user) {
        Some(member) => texts::all(state, user, &member, cx.now),
        None => own::nobody(cx.me, state, user),
    };
    Ok(Reply::text(text))
}

#[cfg(test)]
mod tests {
    use crate::{kernel::check::check, presence::Presence};
    use expect_test::expect;

    #[test]
    fn moderators_see_all_that_is_recorded_about_somebody() {
        check::<Presence>(
            r#"
            given guild available
            given alice: writes #general
            given 12d pass
            given bob: speaks #mods
            mod /presence user user:alice
            mod /presence user user:bob
            mod /presence user user:carol
            alice /presence user user:bob
            "#,
            expect![[r#"
                > mod /presence user user:alice
                reply mod
                    | <@alice> wrote in <#general> <t:1767614400:R>.
                    | Idle for **12 days**.
                    | 1 message, 0 reactions, no time in voice.
                    | First seen <t:1767614400:D>.
                    | Also counted: 0 edits, typed 0 times, 0 changes in voice, 0 changes of microphone, camera or stream, 0 commands and buttons of mine, 0 threads, 0 answers to events, 0 changes of status.
                    | Hours of the day, from 0 to 23 UTC: `············█···········`
                > mod /presence user user:bob
                reply mod
                    | <@bob> was in voice in <#mods> <t:1768651200:R>.
                    | Not idle: in voice since <t:1768651200:R>.
                    | 0 messages, 0 reactions, no time in voice (now in <#mods>).
                    | First seen <t:1768651200:D>.
                    | Also counted: 0 edits, typed 0 times, 1 change in voice, 0 changes of microphone, camera or stream, 0 commands and buttons of mine, 0 threads, 0 answers to events, 0 changes of status.
                    | Hours of the day, from 0 to 23 UTC: `············█···········`
                > mod /presence user user:carol
                reply mod "I have not seen <@carol> do anything here yet."
                > alice /presence user user:bob
                refuse alice "This is for moderators: you need the permission *Manage Server*, or a role that a moderator has set with `/setup moderators`."
            "#]],
        );
    }
}
