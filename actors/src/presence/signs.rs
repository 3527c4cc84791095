//! From signs of life to rows.

use super::{Row, Session, State, leavers, own};
use crate::kernel::{
    activity::{Activity, Deed, Last, Move, Signs, Stay},
    ids::UserId,
    machine::{Cx, RowKey},
    time::{Span, Timestamp},
};

/// Members gave signs of life.
pub(super) fn seen(cx: &mut Cx<'_, Row>, state: &mut State, activity: &Activity) {
    for (user, signs) in &activity.members {
        if own::is_forgotten(cx.me, state, *user) {
            continue;
        }
        let key = RowKey::user(*user);
        let mut row = match cx.row(&key) {
            Some(row) => row.clone(),
            None if signs.is_only_stay() => continue,
            None => stranger(cx.now, state, *user),
        };
        row.add(signs);
        if row.left.is_some() {
            leavers::left(cx, state);
        }
        cx.put(key, row);
        if let Some(mending) = state.mending.as_mut().filter(|_| !signs.moves.is_empty()) {
            mending.voice.remove(user);
        }
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
    fn add(&mut self, signs: &Signs) {
        // Discord tells of a member who left that they left voice as well, in either order.
        let gone = |last: Last| last.deed == Deed::Spoke && last.channel.is_none();
        if signs.last.is_some_and(|last| !gone(last)) {
            self.left = None;
        }
        self.online = self.online.max(signs.online);
        self.last = signs.last.or(self.last);
        self.counts.add(&signs.counts);
        for moved in &signs.moves {
            self.moved(*moved);
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
