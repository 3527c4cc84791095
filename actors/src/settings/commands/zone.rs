//! `/setup zone`: by which clocks "daily at 15:00" is meant here.

use crate::{
    kernel::{
        call::Call,
        civil::Zone,
        command::{Command, Place, Spec, Who, opt},
        machine::{Cx, NoRow, Reply},
        text::Choice,
    },
    settings::{Refusal, Settings, State, tell_everyone, texts},
};

pub(super) const COMMAND: Command<Settings> = Command {
    spec: Spec {
        name: "setup zone",
        summary: "Set the server's time zone",
        who: Who::Moderators,
        place: Place::Guild,
        options: &[
            opt::text("zone", "Such as Europe/Paris; start typing a city", 64)
                .required()
                .completes(),
        ],
    },
    run: zone,
    complete: Some(complete),
};

fn zone(cx: &mut Cx<'_, NoRow>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    let zone: Zone = call.text("zone").unwrap_or_default().parse()?;
    if state.shared.zone != zone {
        state.shared.zone = zone;
        tell_everyone(cx, state);
    }
    Ok(Reply::text(texts::zone_set(zone, cx.now)))
}

fn complete(_: &State, _: &Call, typed: &str) -> Vec<Choice> {
    Zone::search(typed)
        .iter()
        .map(|zone| Choice::new(zone.name(), zone.name()))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::{kernel::check::check, settings::Settings};
    use expect_test::expect;

    #[test]
    fn a_zone_is_set_and_its_clocks_are_shown() {
        check::<Settings>(
            r#"
            given guild available
            mod /setup zone zone:europe/paris
            "#,
            expect![[r#"
                > mod /setup zone zone:europe/paris
                tell info shared
                tell welcome shared
                tell presence shared
                tell messages shared
                reply mod "The server's time zone is Europe/Paris; clocks there show 2026-01-05 13:00."
            "#]],
        );
    }

    #[test]
    fn a_zone_that_does_not_exist_is_refused_with_what_may_be_meant() {
        check::<Settings>(
            r#"
            given guild available
            mod /setup zone zone:Europe/Pariss
            mod /setup zone zone:@everyone
            "#,
            expect![[r#"
                > mod /setup zone zone:Europe/Pariss
                refuse mod "There is no time zone `Europe/Pariss`. Did you mean Europe/Paris? Start typing and choose from the list."
                > mod /setup zone zone:@everyone
                refuse mod "There is no time zone `@¦everyone`. Zones are named like Europe/Paris. Start typing and choose from the list."
            "#]],
        );
    }

    #[test]
    fn cities_complete() {
        check::<Settings>(
            r#"
            mod types /setup zone zone:par
            "#,
            expect![[r#"
                > mod types /setup zone zone:par
                choices mod America/Paramaribo | Europe/Paris
            "#]],
        );
    }
}
