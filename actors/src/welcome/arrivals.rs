//! Who joins is greeted: exactly once per stay.
//!
//! A stay is told from the next by its `joined_at`. The first few arrivals are greeted singly; in a
//! flood the rest is gathered in the state and greeted together when the timer fires.

use super::{
    Greeting, Row, Side, State,
    burst::{Burst, WITHIN},
    desk, own,
    placeholders::{self, Person},
    texts,
};
use crate::kernel::{
    ids::UserId,
    inbound::Member,
    machine::{Cx, RowKey},
    text::Message,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The timer that ends the gathering.
pub(super) const TIMER: &str = "flush";
/// Most members gathered; with that many the greeting does not wait for the timer.
pub(super) const MAX_GATHERED: usize = 2_000;
/// Most members greeted in one message: their mentions fit into 2000 characters.
const PER_MESSAGE: usize = 50;

/// Arrivals not greeted yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrivals {
    /// Those greeted singly of late.
    pub recent: Burst,
    /// Those to be greeted together, in the order of their arrival.
    pub gathered: Vec<UserId>,
}

pub(super) fn joined(cx: &mut Cx<'_, Row>, state: &mut State, member: &Member) {
    if !state.on() {
        return;
    }
    let key = RowKey::user(member.user);
    let known = cx.row(&key).filter(|row| row.joined_at == member.joined_at);
    // A member list can name somebody before the event of their joining arrives; that is why only
    // a stay whose greeting was decided makes this event a repetition.
    if known.is_some_and(|row| row.greeting != Greeting::None) {
        return;
    }
    if known.is_none() {
        state.members = state.members.map(|members| members + 1);
    }
    let greeting = greet(cx, state, member);
    if own::is_forgotten(cx.me, state, member.user) {
        return;
    }
    let seen = state.roll.generation;
    let roles = member.roles.clone();
    cx.put(
        key,
        Row {
            joined_at: member.joined_at,
            roles,
            greeting,
            seen,
        },
    );
}

pub(super) fn changed(cx: &mut Cx<'_, Row>, state: &mut State, member: &Member) {
    let key = RowKey::user(member.user);
    let Some(old) = cx.row(&key).filter(|_| state.on()).cloned() else {
        return;
    };
    let mut row = Row {
        roles: member.roles.clone(),
        seen: state.roll.generation,
        ..old
    };
    if row.greeting == Greeting::Due && !member.pending {
        row.greeting = greet(cx, state, member);
    }
    if row != old {
        cx.put(key, row);
    }
}

/// Greets a new stay, now or with the others of a flood, or says why not.
pub(super) fn greet(cx: &mut Cx<'_, Row>, state: &mut State, member: &Member) -> Greeting {
    if state.join.is_none() || member.bot {
        return Greeting::None;
    }
    if member.pending {
        return Greeting::Due;
    }
    if !desk::open(cx, state, Side::Join, 1) {
        return Greeting::None;
    }
    if state.arrivals.gathered.is_empty() && state.arrivals.recent.take(cx.now) {
        let person = Person::of_member(member);
        let text = placeholders::render(cx, state, Side::Join, &person);
        desk::post(
            cx,
            state,
            Side::Join,
            Message::text(text).ping_user(member.user),
        );
    } else {
        gather(cx, state, member.user);
    }
    Greeting::Done
}

fn gather(cx: &mut Cx<'_, Row>, state: &mut State, user: UserId) {
    let gathered = &mut state.arrivals.gathered;
    gathered.push(user);
    if gathered.len() >= MAX_GATHERED {
        flush(cx, state);
    } else if gathered.len() == 1 {
        cx.wake_at(TIMER, cx.now + WITHIN);
    }
}

/// Greets everybody gathered.
pub(super) fn flush(cx: &mut Cx<'_, Row>, state: &mut State) {
    let gathered = std::mem::take(&mut state.arrivals.gathered);
    if gathered.is_empty() || !desk::open(cx, state, Side::Join, gathered.len()) {
        return;
    }
    cx.cancel(TIMER);
    state.arrivals.recent.exhaust(cx.now);
    for users in messages(&gathered) {
        let message = texts::welcome_many(&users, state.guild_name());
        let message = users
            .iter()
            .fold(message, |message, user| message.ping_user(*user));
        desk::post(cx, state, Side::Join, message);
    }
}

/// Cuts into lists for one message each. Nobody is named twice in one: who left and came back within
/// the flood has two stays, and each stay its own message.
fn messages(gathered: &[UserId]) -> Vec<Vec<UserId>> {
    let mut lists = Vec::new();
    let mut list: Vec<UserId> = Vec::new();
    let mut named = BTreeSet::new();
    for user in gathered {
        if list.len() >= PER_MESSAGE || !named.insert(*user) {
            lists.push(std::mem::take(&mut list));
            named = BTreeSet::from([*user]);
        }
        list.push(*user);
    }
    lists.push(list);
    lists
}
