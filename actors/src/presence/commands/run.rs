//! `/presence run`: the next round now.

use crate::{
    kernel::{
        call::Call,
        command::{Command, Place, Spec, Who},
        machine::{Cx, Reply},
    },
    presence::{Presence, Refusal, Row, State, round, texts},
};

pub(in crate::presence) const COMMAND: Command<Presence> = Command {
    spec: Spec {
        name: "presence run",
        summary: "Look at everybody now and do what the rules about inactive members say",
        who: Who::Moderators,
        place: Place::Guild,
        options: &[],
    },
    run,
    complete: None,
};

fn run(cx: &mut Cx<'_, Row>, state: &mut State, call: &Call) -> Result<Reply, Refusal> {
    super::settings::possible(state, call)?;
    if state.rules.after.is_none() {
        return Err(Refusal::NoRules);
    }
    if !state.rules.armed {
        return Err(Refusal::DryRun);
    }
    super::watch::permitted(state, &call.origin)?;
    round::now(cx, state);
    Ok(Reply::text(texts::LOOKING))
}
