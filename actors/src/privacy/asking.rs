//! Questions to the other machines, and the answer when all have theirs.

use super::{Asking, File, MAX_ASKING, PATIENCE, Refusal, State, Wants, files, texts};
use crate::kernel::{
    address::{Address, Kind, Scope},
    call::Origin,
    chore::Chore,
    effect::Effect,
    fact::Fact,
    machine::Cx,
    own::Known,
};
use std::collections::{BTreeMap, BTreeSet};

const TIMER: &str = "late";

/// Those that may know something where `me` is.
pub(super) fn others(me: Address) -> impl Iterator<Item = Address> {
    let kinds = Kind::ALL.into_iter().filter(move |kind| {
        let there = matches!(me.scope, Scope::Guild(_)) || kind.serves_users();
        there && *kind != Kind::Privacy
    });
    kinds.map(move |kind| Address { kind, ..me })
}

/// Asks all of them.
///
/// # Errors
/// When too many questions wait.
pub(super) fn begin(
    cx: &mut Cx<'_, File>,
    state: &mut State,
    origin: &Origin,
    wants: Wants,
) -> Result<(), Refusal> {
    if state.asking.len() >= MAX_ASKING {
        return Err(Refusal::Busy);
    }
    let (user, ask) = (origin.caller.user, origin.ticket.interaction.get());
    for to in others(cx.me) {
        let fact = match wants {
            Wants::Show | Wants::Export => Fact::KnowledgeWanted { user, ask },
            Wants::Forget => Fact::Forget { user, ask },
        };
        cx.tell(to, fact);
    }
    let mut waiting: BTreeSet<Kind> = others(cx.me).map(|to| to.kind).collect();
    if wants == Wants::Forget {
        // Our own part: older copies of the store must not bring them back.
        let scope = cx.me.scope;
        cx.ask_for(Effect::House(Chore::Erase { scope, user }), origin);
        waiting.insert(Kind::Privacy);
    }
    if state.asking.is_empty() {
        cx.wake_at(TIMER, cx.now + PATIENCE);
    }
    state.asking.push(Asking {
        number: ask,
        at: cx.now,
        origin: origin.clone(),
        wants,
        waiting,
        known: BTreeMap::new(),
    });
    Ok(())
}

/// A machine answered.
pub(super) fn heard(
    cx: &mut Cx<'_, File>,
    state: &mut State,
    from: Kind,
    ask: u64,
    known: &[Known],
) {
    let Some(place) = state.asking.iter().position(|asking| asking.number == ask) else {
        return;
    };
    let asking = &mut state.asking[place];
    if asking.waiting.remove(&from) && !known.is_empty() {
        asking.known.insert(from, known.to_vec());
    }
    if asking.waiting.is_empty() {
        let asking = state.asking.remove(place);
        answer(cx, state, &asking);
        wait(cx, state);
    }
}

/// Somebody has waited for too long.
pub(super) fn overdue(cx: &mut Cx<'_, File>, state: &mut State) {
    let (late, rest) = std::mem::take(&mut state.asking)
        .into_iter()
        .partition(|asking| cx.now.since(asking.at) >= PATIENCE);
    state.asking = rest;
    let late: Vec<Asking> = late;
    for asking in &late {
        answer(cx, state, asking);
    }
    wait(cx, state);
}

fn wait(cx: &mut Cx<'_, File>, state: &State) {
    match state.asking.first() {
        Some(oldest) => cx.wake_at(TIMER, oldest.at + PATIENCE),
        None => cx.cancel(TIMER),
    }
}

fn answer(cx: &mut Cx<'_, File>, state: &mut State, asking: &Asking) {
    let forgotten = state.forgotten.has(cx.me, asking.origin.caller.user);
    let message = match asking.wants {
        Wants::Show => texts::show(asking, forgotten),
        Wants::Export => {
            let json = texts::json(asking, forgotten);
            files::keep(cx, state, asking.origin.caller.user, json);
            texts::export(asking)
        }
        Wants::Forget => texts::forgotten(asking),
    };
    cx.answer(&asking.origin, message);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ids::{GuildId, UserId};

    #[test]
    fn in_direct_messages_only_those_are_asked_that_know_a_person_there() {
        let user = Address::user(Kind::Privacy, UserId::new(1).unwrap());
        let asked: Vec<Address> = others(user).collect();
        assert_eq!(
            asked,
            [Address {
                kind: Kind::Info,
                ..user
            }]
        );
        let guild = Address::guild(Kind::Privacy, GuildId::new(1).unwrap());
        assert_eq!(others(guild).count(), Kind::ALL.len() - 1);
    }
}
