//! `/messages roster`: whether a list of all accounts is passed on every day, and when.

use crate::{
    kernel::{
        call::Call,
        civil::CivilTime,
        command::{Command, Place, Spec, Who, opt},
        machine::{Cx, Reply},
    },
    messages::{Hour, Messages, Refusal, State, roster, tell_standing, texts},
};

/// When, if nobody says: most places are quiet then.
const USUALLY: &str = "04:00";

pub(in crate::messages) const COMMAND: Command<Messages> = Command {
    spec: Spec {
        name: "messages roster",
        summary: "Show or set whether a list of all accounts here is passed on every day",
        who: Who::Moderators,
        place: Place::Guild,
        options: &[
            opt::flag(
                "daily",
                "Pass the list on once a day, to where my operator keeps it",
            ),
            opt::text("at", "When, by the server's clocks, such as 04:00", 5),
        ],
    },
    run: set,
    complete: None,
};

fn set(cx: &mut Cx<'_, Hour>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    let at = call.text("at").map(str::parse).transpose()?;
    let missing = &call.origin.process.missing_intents;
    let blind = missing.iter().any(|name| name == texts::MEMBERS_INTENT);
    let before = state.roster.at;
    match (call.yes_or_no("daily"), at) {
        (Some(false), Some(_)) => return Err(Refusal::BothWays),
        (Some(false), None) => roster::stop(cx, state),
        (None, None) => {}
        (Some(true), _) | (None, Some(_)) if blind => return Err(Refusal::NoMembers),
        (Some(true) | None, at) => {
            let usually = || USUALLY.parse::<CivilTime>().ok();
            if let Some(at) = at.or(before).or_else(usually) {
                roster::take_at(cx, state, at);
            }
        }
    }
    if before != state.roster.at {
        tell_standing(cx, state);
    }
    Ok(Reply::text(texts::roster(state, cx.now, blind)))
}
