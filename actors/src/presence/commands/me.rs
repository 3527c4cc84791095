//! `/presence me`: what is recorded about whoever asks.

use crate::{
    kernel::{
        call::Call,
        command::{Command, Place, Spec, Who},
        machine::{Cx, Reply},
    },
    presence::{Presence, Refusal, Row, State, own, sweep, texts},
};

pub(in crate::presence) const COMMAND: Command<Presence> = Command {
    spec: Spec {
        name: "presence me",
        summary: "Show what is recorded here about you",
        who: Who::Everyone,
        place: Place::Guild,
        options: &[],
    },
    run: me,
    complete: None,
};

fn me(cx: &mut Cx<'_, Row>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    if !state.tracks() {
        return Err(Refusal::Off);
    }
    let user = call.origin.caller.user;
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
    fn everybody_sees_what_is_recorded_about_them() {
        check::<Presence>(
            r#"
            given guild available
            given alice: writes #general
            given alice: types #general
            given 2h pass
            alice /presence me
            bob /presence me
            given mod /presence settings track:false
            alice /presence me
            "#,
            expect![[r#"
                > alice /presence me
                reply alice
                    | <@alice> typed in <#general> <t:1767614400:R>.
                    | Idle for **2 hours**.
                    | 1 message, 0 reactions, no time in voice.
                    | First seen <t:1767614400:D>.
                    | Also counted: 0 edits, typed 1 time, 0 changes in voice, 0 changes of microphone, camera or stream, 0 commands and buttons of mine, 0 threads, 0 answers to events, 0 changes of status.
                    | Hours of the day, from 0 to 23 UTC: `············█···········`
                > bob /presence me
                reply bob "I have not seen <@bob> do anything here yet."
                > alice /presence me
                refuse alice "It is not recorded here when members were last active. A moderator can change that: `/presence settings track:True`."
            "#]],
        );
    }
}
