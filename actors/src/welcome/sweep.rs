//! Going over all rows, page by page: to find members that are no longer here, or to forget them all.
//!
//! A machine goes on by a fact to itself. The fact names the generation it is for, so a newer call or
//! clearing ends an older sweep.

/// What a sweep over the rows is for, and for which generation; a newer call or clearing ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sweep {
    /// Finding members that are no longer here.
    Away(u32),
    /// Removing every row.
    Forget(u32),
}

impl Sweep {
    fn tag(self) -> String {
        match self {
            Self::Away(generation) => format!("away {generation}"),
            Self::Forget(generation) => format!("forget {generation}"),
        }
    }
}

fn sweep(cx: &mut Cx<'_, Row>, sweep: Sweep, from: &RowKey) {
    let me = cx.me;
    cx.tell(
        me,
        Fact::Sweep {
            tag: sweep.tag(),
            from: from.0.clone(),
        },
    );
}

/// The next page of rows.
pub(super) fn swept(cx: &mut Cx<'_, Row>, state: &mut State, tag: &str) {
    let generation = state.roll.generation;
    let sweeping = state
        .roll
        .call
        .as_ref()
        .is_some_and(|call| call.phase == Phase::Sweeping);
    let (away, forget) = (Sweep::Away(generation), Sweep::Forget(generation));
    let purpose = if tag == away.tag() && sweeping {
        away
    } else if tag == forget.tag() {
        forget
    } else {
        return;
    };
    let page: Vec<_> = cx
        .loaded()
        .map(|(key, row)| (key.clone(), row.clone()))
        .collect();
    for (key, row) in &page {
        match purpose {
            Sweep::Forget(_) => cx.remove(key.clone()),
            Sweep::Away(_) if row.seen != generation => {
                cx.remove(key.clone());
                note_gone(state, key, row);
            }
            Sweep::Away(_) => {}
        }
    }
    match page.last() {
        Some((last, _)) if page.len() >= PAGE => sweep(cx, purpose, &last.successor()),
        _ if purpose == away => finish(cx, state),
        _ => {}
    }
}

fn note_gone(state: &mut State, key: &RowKey, row: &Row) {
    let Some(call) = state.roll.call.as_mut() else {
        return;
    };
    match key.as_user() {
        Some(user) if call.gone.len() < MAX_NAMED => {
            let roles = row
                .roles
                .iter()
                .copied()
                .take(super::departures::MAX_ROLES)
                .collect();
            call.gone.push(Gone {
                user,
                joined_at: row.joined_at,
                roles,
            });
        }
        _ => call.gone_more += 1,
    }
}

