//! From signs of life to rows.

use super::{
    State,
    catalogue::Catalogue,
    channels, leavers,
    row::{Left, Member, Row, Session, Voice},
    sweep,
};
use crate::kernel::{
    activity::{Activity, Deed, Last, Move, Signs, Stay},
    ids::UserId,
    machine::{Cx, RowKey},
    time::Timestamp,
};

/// Members gave signs of life.
pub(super) fn seen(cx: &mut Cx<'_, Row>, state: &mut State, activity: &Activity) {
    for (user, signs) in &activity.members {
        let key = RowKey::user(*user);
        let known = cx.row(&key).and_then(Row::member);
        if signs.stay.is_some_and(|stay| stay.bot) {
            if known.is_some() {
                cx.remove(key);
            }
            continue;
        }
        let moved = known.is_none() || !signs.moves.is_empty() || signs.stay.is_some();
        let mut member = match known {
            Some(member) => member.clone(),
            None if begins(state, signs) => Member::default(),
            None => continue,
        };
        if moved {
            add_moved(cx.now, state, *user, &mut member, signs);
        } else {
            member.add(cx.now, signs, &state.catalogue);
        }
        if let Some(left) = member.left {
            leavers::left(cx, state, left.at);
        }
        cx.put(key, Row::Member(member));
    }
    channels::add(cx, state, activity);
}

/// Whether somebody without a row gets one. Where everybody who is here has theirs, who has none is a
/// bot, or was a member. A status says nothing of somebody nobody knows; it may be a bot's. Who leaves
/// while the list is on its way is noted, because it may still name them.
fn begins(state: &State, signs: &Signs) -> bool {
    let catalogue = &state.catalogue;
    match signs.stay {
        Some(stay) if stay.here => true,
        Some(_) if catalogue.call.is_some() => true,
        _ => !catalogue.known && (signs.last.is_some() || !signs.moves.is_empty()),
    }
}

/// As [`Member::add`], of somebody who may be in another place afterwards than a comparison under way
/// expects, or whose row it will not come across any more.
fn add_moved(now: Timestamp, state: &mut State, user: UserId, member: &mut Member, signs: &Signs) {
    if let Some(mending) = &mut state.mending {
        sweep::mend(mending, user, member);
    }
    member.add(now, signs, &state.catalogue);
    if let Some(mending) = &mut state.mending {
        mending.sits(user, member.session());
    }
}

impl Member {
    fn add(&mut self, now: Timestamp, signs: &Signs, catalogue: &Catalogue) {
        // Discord tells of a member who left that they left voice as well, in either order. Where the
        // list is known, only it and who joins say who is here.
        let gone = |last: Last| last.deed == Deed::Spoke && last.channel.is_none();
        if !catalogue.known && signs.last.is_some_and(|last| !gone(last)) {
            self.left = None;
        }
        self.online = self.online.max(signs.online);
        if signs.last.is_some() || !signs.moves.is_empty() {
            let deeds = self.deeds_from(now);
            deeds.last = signs.last.or(deeds.last);
            deeds.counts.add(&signs.counts);
            if let Some(last) = signs.last {
                deeds.hours.add(last.at, signs.counts.sum());
            }
            for moved in &signs.moves {
                deeds.voice.moved(*moved);
            }
        }
        if signs.stay.is_some() {
            self.listed = catalogue.number;
        }
        match signs.stay {
            Some(stay) if stay.here => {
                self.joined = stay.joined_at.or(Some(stay.at));
                self.left = None;
            }
            Some(Stay { at, .. }) => {
                if let Some(deeds) = &mut self.deeds {
                    deeds.voice.ended(at, true);
                }
                self.left = Some(Left { at, seen: true });
            }
            None => {}
        }
    }
}

impl Voice {
    fn moved(&mut self, Move { at, to }: Move) {
        if self.open.map(|session| session.channel) == to {
            return;
        }
        self.ended(at, true);
        self.open = to.map(|channel| Session { channel, since: at });
    }
}
