//! `/presence inactive`: who has not been seen for long.

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
        lists::{Query, Ranked},
        texts,
    },
};

/// How many days are long, where nobody says.
pub(in crate::presence) const DAYS: i64 = 30;

pub(in crate::presence) const COMMAND: Command<Presence> = Command {
    spec: Spec {
        name: "presence inactive",
        summary: "List members who have not been active for long, the longest first",
        who: Who::Moderators,
        place: Place::Guild,
        options: &[opt::integer(
            "days",
            "For at least how many days; 30 without it",
            1,
            365,
        )],
    },
    run: inactive,
    complete: None,
};

fn inactive(cx: &mut Cx<'_, Row>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    match Query::called(call) {
        Some(Query::Inactive(days)) => Ok(Reply::Say(shown(cx, state, days, 0)?)),
        _ => Err(Refusal::OldButton),
    }
}

/// One page.
pub(in crate::presence) fn shown(
    cx: &mut Cx<'_, Row>,
    state: &State,
    days: i64,
    page: usize,
) -> Result<Message, Refusal> {
    if !state.tracks() {
        return Err(Refusal::Off);
    }
    let ranked: Ranked = cx.scanned();
    let known = state.catalogue.known;
    Ok(match texts::inactive(days, &ranked, page, known) {
        Some(page) => pages::view(Kind::Presence, "inactive", &[&days.to_string()], page),
        None => Message::text(texts::nobody_inactive(days, &ranked, known)),
    })
}

#[cfg(test)]
mod tests {
    use crate::{kernel::check::check, presence::Presence};
    use expect_test::expect;

    #[test]
    fn who_has_been_silent_longest_comes_first() {
        check::<Presence>(
            r#"
            given guild available
            mod /presence inactive
            given alice: writes #general
            given dave: speaks #mods
            given 1d pass
            given bob: online
            given carol: reacts #general
            given 9d pass
            given carol: writes #general
            mod /presence inactive days:9
            mod /presence inactive days:10
            mod /presence inactive days:11
            given alice leaves
            mod /presence inactive days:9
            alice /presence inactive
            "#,
            expect![[r#"
                > mod /presence inactive
                reply mod "I have not seen anybody do anything here yet."
                > mod /presence inactive days:9
                reply mod
                    # Inactive for 9 days or more
                    | 1. <@alice> · 10 days
                    (1 of 3 members. Members who never gave a sign of life are not listed.)
                > mod /presence inactive days:10
                reply mod
                    # Inactive for 10 days or more
                    | 1. <@alice> · 10 days
                    (1 of 3 members. Members who never gave a sign of life are not listed.)
                > mod /presence inactive days:11
                reply mod "Nobody of 3 members has been inactive for 11 days or more. Members who never gave a sign of life are not listed."
                > mod /presence inactive days:9
                reply mod "Nobody of 2 members has been inactive for 9 days or more. Members who never gave a sign of life are not listed."
                > alice /presence inactive
                refuse alice "This is for moderators: you need the permission *Manage Server*, or a role that a moderator has set with `/setup moderators`."
            "#]],
        );
    }

    #[test]
    fn who_never_did_anything_is_listed_when_everybody_is_known() {
        check::<Presence>(
            r#"
            given guild available
            given listed alice, bob, carol
            given 8d pass
            given alice: writes #general
            given 4d pass
            mod /presence inactive days:4
            mod /presence inactive days:30
            "#,
            expect![[r#"
                > mod /presence inactive days:4
                reply mod
                    # Inactive for 4 days or more
                    | 1. <@bob> · 12 days
                    | 2. <@carol> · 12 days
                    | 3. <@alice> · 4 days
                    (3 of 3 members)
                > mod /presence inactive days:30
                reply mod "Nobody of 3 members has been inactive for 30 days or more."
            "#]],
        );
    }

    #[test]
    fn leafing_is_for_moderators_too() {
        check::<Presence>(
            r#"
            given guild available
            given m1-m12: writes #general
            given 40d pass
            mod /presence inactive days:40
            mod presses inactive:1:40:on
            alice presses inactive:1:40:on
            mod presses inactive:1:forty:on
            given m1-m12: writes #general
            mod presses inactive:1:40:on
            "#,
            expect![[r#"
                > mod /presence inactive days:40
                reply mod
                    # Inactive for 40 days or more
                    | 1. <@m1> · 40 days
                    | 2. <@m2> · 40 days
                    | 3. <@m3> · 40 days
                    | 4. <@m4> · 40 days
                    | 5. <@m5> · 40 days
                    | 6. <@m6> · 40 days
                    | 7. <@m7> · 40 days
                    | 8. <@m8> · 40 days
                    | 9. <@m9> · 40 days
                    | 10. <@m10> · 40 days
                    (Page 1 of 2 · 12 of 12 members. Members who never gave a sign of life are not listed.)
                    [« → inactive:0:40:first] [‹ → inactive:0:40:back] [› → inactive:1:40:on] [» → inactive:1:40:last]
                > mod presses inactive:1:40:on
                replace mod
                    # Inactive for 40 days or more
                    | 11. <@m11> · 40 days
                    | 12. <@m12> · 40 days
                    (Page 2 of 2 · 12 of 12 members. Members who never gave a sign of life are not listed.)
                    [« → inactive:0:40:first] [‹ → inactive:0:40:back] [› → inactive:1:40:on] [» → inactive:1:40:last]
                > alice presses inactive:1:40:on
                refuse alice "This is for moderators: you need the permission *Manage Server*, or a role that a moderator has set with `/setup moderators`."
                > mod presses inactive:1:forty:on
                refuse mod "This button does nothing any more. `/seen` has the current state."
                > mod presses inactive:1:40:on
                replace mod "Nobody of 12 members has been inactive for 40 days or more. Members who never gave a sign of life are not listed."
            "#]],
        );
    }
}
