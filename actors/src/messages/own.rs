//! What is known about a member: that they are left out, and that lines about their messages, or their account,
//! were passed on. The hours name nobody.

use super::{Hour, State, texts};
use crate::kernel::{ids::UserId, machine::Cx, own::Known, spool::Line};

pub(super) fn about(state: &State, user: UserId) -> Vec<Known> {
    let ignored = state.ignored_users.contains(&user);
    let ignored = ignored.then(|| Known::new("Messages", texts::YOU_ARE_IGNORED, &"ignored"));
    let passed = state.streamed;
    let passed = passed.then(|| Known::new("Messages passed on", texts::PASSED_ON, &"passed on"));
    let listed = state.listed;
    let listed = listed.then(|| Known::new("Your account passed on", texts::LISTED, &"listed"));
    ignored.into_iter().chain(passed).chain(listed).collect()
}

/// Lines that are on their way arrive before the one that takes them back.
pub(super) fn forget(cx: &mut Cx<'_, Hour>, state: &mut State, user: UserId) {
    state.ignored_users.remove(&user);
    state.forgotten.add(cx.me, user);
    if state.streamed || state.listed {
        let at = cx.now;
        cx.spool(Line::Forget { user, at });
    }
}
