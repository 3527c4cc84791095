//! `/seen`: when somebody was last active.

use crate::{
    kernel::{
        call::Call,
        command::{Command, Place, Spec, Who, opt},
        ids::UserId,
        machine::{Cx, Reply},
        turn::is_moderator,
    },
    presence::{Presence, Refusal, Row, State, own, sweep, texts},
};

pub(in crate::presence) const COMMAND: Command<Presence> = Command {
    spec: Spec {
        name: "seen",
        summary: "Show when somebody was last active",
        who: Who::Everyone,
        place: Place::Guild,
        options: &[opt::user("user", "Whom to look up; yourself without it")],
    },
    run: seen,
    complete: None,
};

/// Whom it is about.
pub(in crate::presence) fn whom(call: &Call) -> UserId {
    call.user("user").unwrap_or(call.origin.caller.user)
}

fn seen(cx: &mut Cx<'_, Row>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    if !state.tracks() {
        return Err(Refusal::Off);
    }
    let user = whom(call);
    let text = match sweep::member(cx, state, user) {
        Some(member) => {
            let caller = &call.origin.caller;
            let detail = user == caller.user || is_moderator(state.shared.as_ref(), caller);
            texts::seen(state, user, &member, cx.now, detail)
        }
        None => own::nobody(cx.me, state, user),
    };
    Ok(Reply::text(text))
}

#[cfg(test)]
mod tests {
    use crate::{kernel::check::check, presence::Presence};
    use expect_test::expect;

    #[test]
    fn what_somebody_did_last_is_shown() {
        check::<Presence>(
            r#"
            given guild available
            given alice: writes #general
            given 5m pass
            given alice: online
            given alice: reacts #general
            bob /seen user:alice
            alice /seen
            bob /seen user:carol
            "#,
            expect![[r#"
                > bob /seen user:alice
                reply bob
                    | <@alice> reacted in <#general> <t:1767614700:R>.
                    | Idle for **0 seconds**.
                    | Status last changed <t:1767614700:R>.
                    | 1 message, 1 reaction, no time in voice.
                    | First seen <t:1767614400:D>.
                > alice /seen
                reply alice
                    | <@alice> reacted in <#general> <t:1767614700:R>.
                    | Idle for **0 seconds**.
                    | Status last changed <t:1767614700:R>.
                    | 1 message, 1 reaction, no time in voice.
                    | First seen <t:1767614400:D>.
                > bob /seen user:carol
                reply bob "I have not seen <@carol> do anything here yet."
            "#]],
        );
    }

    #[test]
    fn time_in_voice_counts_from_move_to_move() {
        check::<Presence>(
            r#"
            given guild available
            given alice: speaks #mods
            given 10m pass
            alice /seen
            given alice: speaks #general
            given 5m pass
            given alice: leaves voice
            given 1h pass
            alice /seen
            "#,
            expect![[r#"
                > alice /seen
                reply alice
                    | <@alice> was in voice in <#mods> <t:1767614400:R>.
                    | Not idle: in voice since <t:1767614400:R>.
                    | 0 messages, 0 reactions, 10 minutes in voice (now in <#mods>).
                    | First seen <t:1767614400:D>.
                > alice /seen
                reply alice
                    | <@alice> left voice <t:1767615300:R>.
                    | Idle for **1 hour**.
                    | 0 messages, 0 reactions, 15 minutes in voice.
                    | First seen <t:1767614400:D>.
            "#]],
        );
    }

    #[test]
    fn nothing_is_known_while_tracking_is_off() {
        check::<Presence>(
            r#"
            given guild available
            given alice: writes #general
            given mod /presence settings track:false
            given bob: writes #general
            alice /seen
            rows
            "#,
            expect![[r#"
                > alice /seen
                refuse alice "It is not recorded here when members were last active. A moderator can change that: `/presence settings track:True`."
                > rows
                no rows
            "#]],
        );
    }
}
