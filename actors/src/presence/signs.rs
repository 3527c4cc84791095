//! From signs of life to rows.

use super::{
    Counted, Stage, State,
    catalogue::Catalogue,
    channels, leavers, own,
    row::{Deeds, Left, Member, Row, Session, Voice},
    stages, sweep,
};
use crate::kernel::{
    activity::{Activity, Deed, Did, Move, Signs, Stay},
    ids::UserId,
    machine::{Cx, RowKey},
    time::Timestamp,
};

/// Members gave signs of life.
pub(super) fn seen(cx: &mut Cx<'_, Row>, state: &mut State, activity: &Activity) {
    for (user, signs) in &activity.members {
        if own::is_forgotten(cx.me, state, *user) {
            continue;
        }
        let key = RowKey::user(*user);
        let known = cx.row(&key).and_then(Row::member);
        if signs.stay.is_some_and(|stay| stay.bot) {
            let recorded = known.is_some();
            stages::drop_acts(cx, state, *user);
            if recorded {
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
            member.add(cx.now, signs, &state.catalogue, &state.counted);
        }
        if known == Some(&member) {
            continue;
        }
        if member.case.is_some() {
            let done = |member: &Member| member.deeds.map(|deeds| (deeds.counts, deeds.last));
            let acted = known.is_some_and(|known| done(known) != done(&member));
            let gone = known.and_then(|known| known.left);
            watched(cx, state, *user, &mut member, signs, acted, gone);
        }
        if let Some(left) = member.left {
            leavers::left(cx, state, left.at);
        }
        cx.put(key, Row::Member(member));
    }
    channels::add(cx, state, activity);
}

/// Somebody whom the rules concern gave signs of life.
fn watched(
    cx: &mut Cx<'_, Row>,
    state: &mut State,
    user: UserId,
    member: &mut Member,
    signs: &Signs,
    acted: bool,
    gone: Option<Left>,
) {
    match signs.stay {
        Some(stay) if stay.here => stages::returned(cx, state, user, member, gone),
        Some(_) => stages::left(cx, state, user, member),
        None if acted && *member.stage() != Stage::Active => stages::wake(cx, state, user, member),
        None => {}
    }
}

/// Whether somebody without a row gets one. Where everybody who is here has theirs, who has none is a
/// bot, or was a member. A status says nothing of somebody nobody knows; it may be a bot's. Who leaves
/// while the list is on its way is noted, because it may still name them.
fn begins(state: &State, signs: &Signs) -> bool {
    let catalogue = &state.catalogue;
    match signs.stay {
        Some(stay) if stay.here => true,
        Some(_) if catalogue.call.is_some() => true,
        _ => !catalogue.known && (state.counted.any(signs) || state.counted.moves(signs)),
    }
}

/// As [`Member::add`], of somebody who may be in another place afterwards than a comparison under way
/// expects, or whose row it will not come across any more.
fn add_moved(now: Timestamp, state: &mut State, user: UserId, member: &mut Member, signs: &Signs) {
    if let Some(mending) = &mut state.mending {
        sweep::mend(mending, user, member);
    }
    member.add(now, signs, &state.catalogue, &state.counted);
    if let Some(mending) = &mut state.mending {
        mending.sits(user, member.session());
    }
}

impl Member {
    fn add(&mut self, now: Timestamp, signs: &Signs, catalogue: &Catalogue, counted: &Counted) {
        let was = self.session().map(|session| session.channel);
        // Where the list is known, only it and who joins say who is here.
        if !catalogue.known {
            signs.deeds(was, |did| {
                if shows_that_they_are_here(&did) {
                    self.left = None;
                }
            });
        }
        self.online = self.online.max(signs.online);
        let appeared = counted.appeared(signs.online);
        let moves = was.is_some() || counted.moves(signs);
        if moves || appeared.is_some() || counted.any(signs) {
            let deeds = self.deeds_from(now);
            counted.deeds(signs, was, |did| deeds.add(did));
            if let Some(appeared) = appeared {
                deeds.add(appeared);
            }
            for moved in &signs.moves {
                let to = moved.to.filter(|to| !counted.ignores(*to));
                deeds.voice.moved(Move { to, ..*moved });
            }
        }
        if signs.stay.is_some() {
            self.listed = catalogue.number;
        }
        match signs.stay {
            Some(stay) if stay.here => {
                self.joined = stay.joined_at.or(Some(stay.at));
                self.left = None;
                self.exempt = false;
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

impl Deeds {
    fn add(&mut self, did: Did) {
        if self.last.is_none_or(|last| last.at <= did.at) {
            self.last = Some(did.last());
        }
        self.counts.add(did.deed, did.times);
        self.hours.add(did.at, did.times);
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
