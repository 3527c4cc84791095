//! `/welcome off`: stop greeting, stop reporting, or both. With both off nothing about members is
//! kept.

use crate::{
    kernel::{
        call::Call,
        command::{Command, Place, Spec, Who, opt},
        machine::{Cx, Reply},
        text::Choice,
    },
    welcome::{Refusal, Row, Side, State, Welcome, arrivals, departures, desk, sweep, texts},
};

pub(super) const COMMAND: Command<Welcome> = Command {
    spec: Spec {
        name: "welcome off",
        summary: "Stop greeting new members, stop reporting who leaves, or both",
        who: Who::Moderators,
        place: Place::Guild,
        options: &[opt::text("which", "join or leave; both without it", 16).completes()],
    },
    run: off,
    complete: Some(complete),
};

fn off(cx: &mut Cx<'_, Row>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    let sides = match call.text("which") {
        Some(name) => {
            let name = name.trim().to_lowercase();
            let side = Side::from_name(&name).ok_or(Refusal::UnknownSide)?;
            vec![
                state
                    .desk(side)
                    .map(|_| side)
                    .ok_or(Refusal::SideOff(side))?,
            ]
        }
        None => Side::ALL
            .into_iter()
            .filter(|side| state.desk(*side).is_some())
            .collect(),
    };
    if sides.is_empty() {
        return Err(Refusal::AllOff);
    }
    for side in &sides {
        switch_off(cx, state, *side);
    }
    if !state.on() {
        sweep::forget(cx, state);
    }
    desk::tell_standing(cx, state);
    let gone = if state.on() {
        sides
    } else {
        Side::ALL.to_vec()
    };
    Ok(Reply::text(texts::switched_off(&gone)))
}

fn switch_off(cx: &mut Cx<'_, Row>, state: &mut State, side: Side) {
    *state.desk_mut(side) = None;
    state.drafts.retain(|draft| draft.side != side);
    match side {
        Side::Join => {
            state.arrivals = arrivals::Arrivals::default();
            cx.cancel(arrivals::TIMER);
        }
        Side::Leave => {
            state.departures = departures::Departures::default();
            cx.cancel(departures::TIMER);
        }
    }
}

fn complete(state: &State, _: &Call, typed: &str) -> Vec<Choice> {
    let on = Side::ALL
        .into_iter()
        .filter(|side| state.desk(*side).is_some());
    let names = on
        .map(Side::name)
        .filter(|name| name.starts_with(typed.trim()));
    names.map(|name| Choice::new(name, name)).collect()
}

#[cfg(test)]
mod tests {
    use crate::{kernel::check::check, welcome::Welcome};
    use expect_test::expect;

    #[test]
    fn one_side_can_be_switched_off() {
        check::<Welcome>(
            r#"
            given told shared log:#log
            given mod /welcome join channel:#welcome
            given mod /welcome leave channel:#mods
            given m1-m7 join
            given m1 leaves
            mod /welcome off which:join
            10s pass
            mod /welcome off which:join
            mod /welcome off which:leave
            "#,
            expect![[r#"
                > mod /welcome off which:join
                tell settings on: reports who leaves in <#mods>; next `/welcome join channel:…`
                reply mod "New members are no longer greeted."
                timer flush off
                > 10s pass
                [2] read audit log of the last 1 minute 2 seconds
                > mod /welcome off which:join
                refuse mod "That is switched off already. `/welcome join channel:…` switches it on."
                > mod /welcome off which:leave
                tell settings off: greets nobody and reports nobody; next `/welcome join channel:…`
                reply mod "The welcome desk is off. What I had recorded about members is being deleted."
            "#]],
        );
    }

    #[test]
    fn with_both_off_nothing_about_members_is_kept() {
        check::<Welcome>(
            r#"
            given told shared log:#log
            given mod /welcome join channel:#welcome
            given mod /welcome leave channel:#mods
            given listed mod, alice
            mod /welcome off
            rows
            mod /welcome off
            "#,
            expect![[r#"
                > mod /welcome off
                tell settings off: greets nobody and reports nobody; next `/welcome join channel:…`
                reply mod "The welcome desk is off. What I had recorded about members is being deleted."
                > rows
                no rows
                > mod /welcome off
                refuse mod "The welcome desk is off. `/welcome join channel:…` or `/welcome leave channel:…` switches it on."
            "#]],
        );
    }

    #[test]
    fn a_side_is_named_join_or_leave() {
        check::<Welcome>(
            r#"
            given mod /welcome join channel:#welcome
            mod /welcome off which:sideways
            mod types /welcome off which:j
            mod types /welcome off which:l
            "#,
            expect![[r#"
                > mod /welcome off which:sideways
                refuse mod "Choose `join` or `leave`, or leave `which` out to switch both off."
                > mod types /welcome off which:j
                choices mod join
                > mod types /welcome off which:l
                choices mod 
            "#]],
        );
    }
}
