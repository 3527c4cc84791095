//! `/presence top`: who did the most.

use crate::{
    kernel::{
        address::Kind,
        call::Call,
        command::{Command, Place, Spec, Who, opt},
        machine::{Cx, Reply},
        pages,
        text::Message,
    },
    presence::{
        Presence, Refusal, Row, State,
        lists::{By, Query, Ranked},
        texts,
    },
};

pub(in crate::presence) const COMMAND: Command<Presence> = Command {
    spec: Spec {
        name: "presence top",
        summary: "List the most active members",
        who: Who::Everyone,
        place: Place::Guild,
        options: &[opt::choice(
            "by",
            "What counts; everything without it",
            &[
                ("Everything", "everything"),
                ("Messages", "messages"),
                ("Reactions", "reactions"),
                ("Time in voice", "voice"),
            ],
        )],
    },
    run: top,
    complete: None,
};

fn top(cx: &mut Cx<'_, Row>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    match Query::called(call) {
        Some(Query::Top(by)) => Ok(Reply::Say(shown(cx, state, by, 0)?)),
        _ => Err(Refusal::OldButton),
    }
}

/// One page.
pub(in crate::presence) fn shown(
    cx: &mut Cx<'_, Row>,
    state: &State,
    by: By,
    page: usize,
) -> Result<Message, Refusal> {
    if !state.tracks() {
        return Err(Refusal::Off);
    }
    let ranked: Ranked = cx.scanned();
    Ok(match texts::top(by, &ranked, page) {
        Some(page) => pages::view(Kind::Presence, "top", &[by.name()], page),
        None => Message::text(texts::nobody_on_top(by)),
    })
}

#[cfg(test)]
mod tests {
    use crate::{kernel::check::check, presence::Presence};
    use expect_test::expect;

    #[test]
    fn who_did_the_most_comes_first() {
        check::<Presence>(
            r#"
            given guild available
            alice /presence top
            given alice: writes #general
            given bob: writes #general
            given carol: writes #general
            given bob: reacts #general
            given carol: reacts #general
            given carol: reacts #general
            given dave: types #general
            given erin: speaks #mods
            given 90m pass
            alice /presence top
            alice /presence top by:messages
            alice /presence top by:reactions
            alice /presence top by:voice
            given bob leaves
            alice /presence top by:reactions
            given mod /presence settings track:false
            alice /presence top
            "#,
            expect![[r#"
                > alice /presence top
                reply alice "I have not seen anybody do anything here yet."
                > alice /presence top
                reply alice
                    # Most active members
                    | 1. <@carol> · 3 deeds
                    | 2. <@bob> · 2 deeds
                    | 3. <@alice> · 1 deed
                    | 4. <@erin> · 1 deed
                    (4 of 5 members)
                > alice /presence top by:messages
                reply alice
                    # Members with the most messages
                    | 1. <@alice> · 1 message
                    | 2. <@bob> · 1 message
                    | 3. <@carol> · 1 message
                    (3 of 5 members)
                > alice /presence top by:reactions
                reply alice
                    # Members with the most reactions
                    | 1. <@carol> · 2 reactions
                    | 2. <@bob> · 1 reaction
                    (2 of 5 members)
                > alice /presence top by:voice
                reply alice
                    # Members with the most time in voice
                    | 1. <@erin> · 1 hour 30 minutes
                    (1 of 5 members)
                > alice /presence top by:reactions
                reply alice
                    # Members with the most reactions
                    | 1. <@carol> · 2 reactions
                    (1 of 4 members)
                > alice /presence top
                refuse alice "It is not recorded here when members were last active. A moderator can change that: `/presence settings track:True`."
            "#]],
        );
    }

    #[test]
    fn a_long_list_is_leafed_through_and_is_always_of_now() {
        check::<Presence>(
            r#"
            given guild available
            given m1-m21: writes #general
            given m7: writes #general
            alice /presence top by:messages
            alice presses top:2:messages:last
            given m21 leaves
            alice presses top:2:messages:last
            given m3: reacts #general
            alice presses top:1:reactions:on
            "#,
            expect![[r#"
                > alice /presence top by:messages
                reply alice
                    # Members with the most messages
                    | 1. <@m7> · 2 messages
                    | 2. <@m1> · 1 message
                    | 3. <@m2> · 1 message
                    | 4. <@m3> · 1 message
                    | 5. <@m4> · 1 message
                    | 6. <@m5> · 1 message
                    | 7. <@m6> · 1 message
                    | 8. <@m8> · 1 message
                    | 9. <@m9> · 1 message
                    | 10. <@m10> · 1 message
                    (Page 1 of 3 · 21 of 21 members)
                    [« → top:0:messages:first] [‹ → top:0:messages:back] [› → top:1:messages:on] [» → top:2:messages:last]
                > alice presses top:2:messages:last
                replace alice
                    # Members with the most messages
                    | 21. <@m21> · 1 message
                    (Page 3 of 3 · 21 of 21 members)
                    [« → top:0:messages:first] [‹ → top:1:messages:back] [› → top:2:messages:on] [» → top:2:messages:last]
                > alice presses top:2:messages:last
                replace alice
                    # Members with the most messages
                    | 11. <@m11> · 1 message
                    | 12. <@m12> · 1 message
                    | 13. <@m13> · 1 message
                    | 14. <@m14> · 1 message
                    | 15. <@m15> · 1 message
                    | 16. <@m16> · 1 message
                    | 17. <@m17> · 1 message
                    | 18. <@m18> · 1 message
                    | 19. <@m19> · 1 message
                    | 20. <@m20> · 1 message
                    (Page 2 of 2 · 20 of 20 members)
                    [« → top:0:messages:first] [‹ → top:0:messages:back] [› → top:1:messages:on] [» → top:1:messages:last]
                > alice presses top:1:reactions:on
                replace alice
                    # Members with the most reactions
                    | 1. <@m3> · 1 reaction
                    (1 of 20 members)
            "#]],
        );
    }

    #[test]
    fn old_buttons_are_refused_politely() {
        check::<Presence>(
            r#"
            given guild available
            given alice: writes #general
            alice presses top
            alice presses top:x:messages
            alice presses bottom:1:messages
            given mod /presence settings track:false
            alice presses top:1:messages:on
            "#,
            expect![[r#"
                > alice presses top
                refuse alice "This button does nothing any more. `/seen` has the current state."
                > alice presses top:x:messages
                refuse alice "This button does nothing any more. `/seen` has the current state."
                > alice presses bottom:1:messages
                refuse alice "This button does nothing any more. `/seen` has the current state."
                > alice presses top:1:messages:on
                refuse alice "It is not recorded here when members were last active. A moderator can change that: `/presence settings track:True`."
            "#]],
        );
    }
}
