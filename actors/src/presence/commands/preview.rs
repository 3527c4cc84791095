//! `/presence preview`: what the rules about inactive members would do, and the button that lets them.

use crate::{
    kernel::{
        call::Call,
        command::{Command, Place, Spec, Who},
        machine::{Cx, Reply},
    },
    presence::{Presence, Refusal, Row, State, round::Found, texts},
};

pub(in crate::presence) const COMMAND: Command<Presence> = Command {
    spec: Spec {
        name: "presence preview",
        summary: "Show who would be marked, told and removed for inactivity, and switch that on",
        who: Who::Moderators,
        place: Place::Guild,
        options: &[],
    },
    run: preview,
    complete: None,
};

fn preview(cx: &mut Cx<'_, Row>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    super::settings::possible(state, call)?;
    if state.rules.after.is_none() {
        return Err(Refusal::NoRules);
    }
    let found: Found = cx.scanned();
    Ok(Reply::Say(texts::preview(state, &found)))
}
