//! `/presence admin setup`: what is done when the bot joins a server, done once more.

use crate::{
    kernel::{
        address::{Address, Kind},
        call::Call,
        command::{Command, Place, Spec, Who},
        fact::Fact,
        machine::{Cx, Reply},
    },
    presence::{Presence, Refusal, Row, State, catalogue, tell_standing, texts},
};

pub(in crate::presence) const COMMAND: Command<Presence> = Command {
    spec: Spec {
        name: "presence admin setup",
        summary: "Read the member list again and tell every feature the settings, as after an invitation",
        who: Who::Owner,
        place: Place::Guild,
        options: &[],
    },
    run: setup,
    complete: None,
};

fn setup(cx: &mut Cx<'_, Row>, state: &mut State, _: &Call) -> Result<Reply, Refusal> {
    Ok(Reply::text(set_up_again(cx, state)))
}

/// Does it, and says so.
pub(super) fn set_up_again(cx: &mut Cx<'_, Row>, state: &mut State) -> &'static str {
    for kind in [Kind::Settings, Kind::Welcome] {
        cx.tell(Address::guild(kind, cx.guild()), Fact::SetupAgain);
    }
    if state.records() {
        catalogue::begin(cx, state, None);
    }
    tell_standing(cx, state);
    texts::SETUP_AGAIN
}

#[cfg(test)]
mod tests {
    use crate::{kernel::check::check, presence::Presence, settings::Settings, welcome::Welcome};
    use expect_test::expect;

    #[test]
    fn members_are_listed_and_settings_told_once_more() {
        check::<Presence>(
            r#"
            given told shared owner:owner
            given guild available
            given listed alice
            given alice: writes #general
            owner /presence admin setup
            listed alice
            bob /seen user:alice
            "#,
            expect![[r#"
                > owner /presence admin setup
                tell settings to set up again
                tell welcome to set up again
                [2] request members as presence-2
                tell settings on: records when members were last active; next nothing
                reply owner "I read the member list again and tell every feature the settings, as I do when I am invited. `/setup show` shows how everything stands."
                > listed alice
                > bob /seen user:alice
                reply bob
                    | <@alice> wrote in <#general> <t:1767614400:R>.
                    | Idle for **0 seconds**.
                    | 1 message, 0 reactions, no time in voice.
                    | Here since <t:1766750400:D>. First seen <t:1767614400:D>.
            "#]],
        );
        check::<Settings>(
            r#"
            given guild available
            told setup
            "#,
            expect![[r#"
                > told setup
                tell info shared
                tell welcome shared
                tell presence shared
                tell messages shared
            "#]],
        );
        check::<Welcome>(
            r#"
            given told shared log:#log
            told setup
            given mod /welcome join channel:#welcome
            given listed mod
            told setup
            "#,
            expect![[r#"
                > told setup
                tell settings off: greets nobody and reports nobody; next `/welcome join channel:…`
                > told setup
                [2] request members as welcome-2
                tell settings on: greets in <#welcome>; next `/welcome leave channel:…`
            "#]],
        );
    }
}
