//! `/messages stats`: how much was written, by channel.

use crate::{
    kernel::{
        call::Call,
        command::{Command, Place, Spec, Who, opt},
        machine::{Cx, Reply},
    },
    messages::{Hour, Messages, Refusal, State, stats},
};

/// Days shown when nobody says how many.
const DAYS: u16 = 7;

pub(in crate::messages) const COMMAND: Command<Messages> = Command {
    spec: Spec {
        name: "messages stats",
        summary: "Show how much was written in which channels",
        who: Who::Moderators,
        place: Place::Guild,
        options: &[opt::integer(
            "days",
            "Of so many days; 7 if you do not say",
            1,
            730,
        )],
    },
    run: show,
    complete: None,
};

/// For how many days the command asks, if it is this one.
pub(in crate::messages) fn days(call: &Call) -> Option<u16> {
    (call.command == COMMAND.spec.name).then(|| {
        let days = call.integer("days").and_then(|days| days.try_into().ok());
        days.unwrap_or(DAYS)
    })
}

fn show(cx: &mut Cx<'_, Hour>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    let days = days(call).unwrap_or(DAYS);
    stats::shown(cx, state, days, 0).map(Reply::Say)
}
