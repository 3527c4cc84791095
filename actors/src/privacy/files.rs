//! Files that members can fetch: the answer to `/mydata export`.
//!
//! What a turn changes cannot be answered with a file, because files are not kept with messages. So the text
//! lies in a row under the member's id for [`KEPT`], and the button below the answer gives it to them.

use super::{File, MAX_FILES, Refusal, State};
use crate::kernel::{
    ids::UserId,
    machine::{Cx, Reply, RowKey},
    own,
    text::{Attachment, Message},
    time::Span,
};

pub(super) const TIMER: &str = "files";
/// How long a file can be fetched.
pub(super) const KEPT: Span = Span::minutes(10);

/// Keeps a file for a member, in the place of an older one.
pub(super) fn keep(cx: &mut Cx<'_, File>, state: &mut State, user: UserId, json: String) {
    if state.files.len() >= MAX_FILES {
        let oldest = state.files.iter().min_by_key(|(user, at)| (**at, **user));
        if let Some((user, _)) = oldest.map(|(user, at)| (*user, *at)) {
            forget(cx, state, user);
        }
    }
    state.files.insert(user, cx.now);
    cx.put(RowKey::user(user), File { json });
    wait(cx, state);
}

/// Gives it to them.
pub(super) fn give(cx: &Cx<'_, File>, user: UserId) -> Result<Reply, Refusal> {
    let file = own::own_row(cx, user).ok_or(Refusal::NoFile)?;
    let attachment = Attachment {
        name: "mydata.json".to_owned(),
        description: "What is stored about you".to_owned(),
        bytes: file.json.clone().into_bytes(),
    };
    let text = "This is stored about you here. Instants are milliseconds since 1970.";
    Ok(Reply::Files(Message::text(text), vec![attachment]))
}

/// Removes a member's file.
pub(super) fn forget(cx: &mut Cx<'_, File>, state: &mut State, user: UserId) {
    if state.files.remove(&user).is_some() {
        cx.remove(RowKey::user(user));
    }
}

/// Removes what has been kept for long enough.
pub(super) fn tidy(cx: &mut Cx<'_, File>, state: &mut State) {
    let over = |at| cx.now.since(at) >= KEPT;
    let late: Vec<UserId> = state
        .files
        .iter()
        .filter(|(_, at)| over(**at))
        .map(|(user, _)| *user)
        .collect();
    for user in late {
        forget(cx, state, user);
    }
    wait(cx, state);
}

fn wait(cx: &mut Cx<'_, File>, state: &State) {
    if let Some(oldest) = state.files.values().min() {
        cx.wake_at(TIMER, *oldest + KEPT);
    }
}
