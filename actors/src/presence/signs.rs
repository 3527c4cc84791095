//! From signs of life to rows.

use super::{Counted, Row, Session, State, leavers};
use crate::kernel::{
    activity::{Activity, Deed, Did, Move, Signs, Stay},
    ids::UserId,
    machine::{Cx, RowKey},
    time::{Span, Timestamp},
};

/// Members gave signs of life.
pub(super) fn seen(cx: &mut Cx<'_, Row>, state: &mut State, activity: &Activity) {
    for (user, signs) in &activity.members {
        let key = RowKey::user(*user);
        let known = cx.row(&key);
        let mut row = match known {
            Some(row) => row.clone(),
            None if signs.is_only_stay() => continue,
            None => stranger(cx.now, state, *user),
        };
        row.add(signs, &state.counted);
        if let Some(mending) = state.mending.as_mut().filter(|_| !signs.moves.is_empty()) {
            mending.voice.remove(user);
        }
        let learned = match known {
            Some(known) => row != *known,
            None => row != Row::new(cx.now),
        };
        if !learned {
            continue;
        }
        if row.left.is_some() {
            leavers::left(cx, state);
        }
        cx.put(key, row);
    }
}

/// Somebody without a row. If they are known to be in voice, that is part of it: the comparison that
/// found them there has no row of theirs to look at.
fn stranger(now: Timestamp, state: &mut State, user: UserId) -> Row {
    let mending = state.mending.as_mut();
    let session = mending.and_then(|mending| {
        let channel = mending.voice.remove(&user)?;
        let since = mending.to;
        Some(Session { channel, since })
    });
    Row {
        session,
        ..Row::new(now)
    }
}

impl Row {
    fn add(&mut self, signs: &Signs, counted: &Counted) {
        let was = self.session.map(|session| session.channel);
        signs.deeds(was, |did| {
            if shows_that_they_are_here(&did) {
                self.left = None;
            }
        });
        counted.deeds(signs, was, |did| {
            self.last = Some(did.last());
            self.counts.add(did.deed, did.times);
        });
        if let Some(appeared) = counted.appeared(signs.online) {
            self.counts.add(appeared.deed, 1);
            if self.last.is_none_or(|last| last.at <= appeared.at) {
                self.last = Some(appeared);
            }
        }
        self.online = self.online.max(signs.online);
        for moved in &signs.moves {
            let to = moved.to.filter(|to| !counted.ignores(*to));
            self.moved(Move { to, ..*moved });
        }
        match signs.stay {
            Some(Stay { here: true, .. }) => self.left = None,
            Some(Stay { at, here: false }) => {
                self.ended(at);
                self.left = Some(at);
            }
            None => {}
        }
    }

    fn moved(&mut self, Move { at, to }: Move) {
        if self.session.map(|session| session.channel) == to {
            return;
        }
        self.ended(at);
        self.session = to.map(|channel| Session { channel, since: at });
    }

    /// The session that went on, if one did, ended at `at`.
    pub(super) fn ended(&mut self, at: Timestamp) {
        if let Some(session) = self.session.take() {
            let spent = at.since(session.since).max(Span::ZERO);
            self.voice = Span::millis(self.voice.as_millis().saturating_add(spent.as_millis()));
        }
    }
}

/// Discord tells of a member who left that they left voice as well, in either order; and of what
/// others took back for them: reactions, their place in a thread, their interest in an event.
const fn shows_that_they_are_here(did: &Did) -> bool {
    match did.deed {
        Deed::Wrote | Deed::Edited | Deed::Typed | Deed::Used | Deed::Muted => true,
        Deed::Spoke => did.channel.is_some(),
        Deed::Reacted | Deed::Threaded | Deed::Answered | Deed::Appeared => false,
    }
}

#[cfg(test)]
mod tests;
