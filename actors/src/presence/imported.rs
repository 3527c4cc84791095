//! Last-seen times from another bot.
//!
//! What is brought twice changes nothing the second time: of two last signs of life the newer counts, of
//! two first ones the older. Nothing is counted by it. Who is not a member by the complete list, and who
//! asked not to be recorded, is passed over.

use super::{
    Row, State,
    judge::{Verdict, judge},
    own,
    row::{Deeds, Member},
    stages,
};
use crate::kernel::{
    fact::LastSeen,
    machine::{Cx, Needs, RowKey},
};

/// The rows of those who are brought.
pub(super) fn rows_of(brought: &[LastSeen]) -> Needs {
    Needs::Rows(brought.iter().map(|seen| RowKey::user(seen.user)).collect())
}

pub(super) fn take(cx: &mut Cx<'_, Row>, state: &mut State, brought: &[LastSeen]) {
    for seen in brought {
        let key = RowKey::user(seen.user);
        let old = cx.row(&key).and_then(Row::member);
        let stranger = old.is_none() && state.catalogue.known;
        if stranger || own::is_forgotten(cx.me, state, seen.user) || seen.last.at > cx.now {
            continue;
        }
        let mut new = old.cloned().unwrap_or_default();
        bring(&mut new, seen);
        if old == Some(&new) {
            continue;
        }
        if judge(state, seen.user, &new, cx.now) == Verdict::Wake {
            stages::wake(cx, state, seen.user, &mut new);
        }
        cx.put(key, Row::Member(new));
    }
}

fn bring(member: &mut Member, seen: &LastSeen) {
    let first = seen.first.unwrap_or(seen.last.at).min(seen.last.at);
    let deeds = member.deeds.get_or_insert_with(|| Deeds::new(first));
    deeds.first = deeds.first.min(first);
    if deeds.last.is_none_or(|last| last.at < seen.last.at) {
        deeds.last = Some(seen.last);
    }
}
