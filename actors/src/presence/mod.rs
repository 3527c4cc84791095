//! Presence: when each member last gave a sign of life.
//!
//! The tracker keeps a row per member ([`Row`]): the newest deed with its kind and place, when they
//! were last seen online, how often they did what, and their time in voice. Deeds arrive gathered
//! ([`crate::kernel::activity`]), so a row is written once however often its member acts.
//!
//! - On from the start; `/presence settings track:False` ends it and forgets every row.
//! - A change of status (online, idle, a game) shows that somebody is there, and is not a deed.
//! - A voice session runs from a move to the next one. After a gap, who is in voice comes with the
//!   guild: a session that is over ended when events were last surely complete.
//! - A member who leaves is forgotten after 30 days, unless they come back.
//! - Who asks to be forgotten is forgotten at once and not recorded again ([`own`]).

mod commands;
mod leavers;
mod own;
mod signs;
mod state;
mod sweep;
mod texts;

pub use state::{Row, Session, State};

use crate::kernel::{
    address::{Address, Kind},
    command::Command,
    fact::{Fact, Shared, Standing},
    ids::UserId,
    inbound::Inbound,
    machine::{Cx, Machine, Needs, Reply, RowKey, Samples},
    own::Known,
    record::Snapshot,
};

/// See the module docs.
#[derive(Debug)]
pub struct Presence;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing is tracked here.
    #[error("{}", texts::OFF)]
    Off,
    /// A button that this version does not know.
    #[error("This button does nothing any more. `/seen` has the current state.")]
    OldButton,
}

impl Machine for Presence {
    const KIND: Kind = Kind::Presence;
    const COMMANDS: &'static [Command<Self>] = commands::ALL;
    const GROUPS: &'static [(&'static str, &'static str)] =
        &[("presence", "Knows when members were last active")];
    type State = State;
    type Row = Row;
    type Refusal = Refusal;

    fn wants(what: &Inbound) -> bool {
        matches!(
            what,
            Inbound::Activity(_) | Inbound::GuildAvailable(_) | Inbound::GuildLeft { .. }
        )
    }

    fn needs(_: Address, what: &Inbound) -> Needs {
        match what {
            Inbound::Activity(activity) => {
                let users = activity.members.keys();
                Needs::Rows(users.map(|user| RowKey::user(*user)).collect())
            }
            Inbound::Called(call) => commands::needs(call),
            Inbound::Told {
                fact: Fact::Sweep { from, .. },
                ..
            } => Needs::Range {
                from: RowKey(from.clone()),
                limit: sweep::PAGE,
            },
            _ => Needs::Nothing,
        }
    }

    fn asks_about(what: &Inbound) -> Option<UserId> {
        match what {
            Inbound::Called(call) => commands::asks_about(call),
            _ => None,
        }
    }

    fn on(cx: &mut Cx<'_, Row>, state: &mut State, what: &Inbound) -> Result<Reply, Refusal> {
        match what {
            Inbound::Activity(activity) if state.tracks() => signs::seen(cx, state, activity),
            Inbound::GuildAvailable(view) => sweep::available(cx, state, view),
            Inbound::GuildLeft { .. } => sweep::forget(cx, state),
            Inbound::TimerFired { .. } => leavers::tidy(cx, state),
            Inbound::Told { fact, .. } => told(cx, state, fact),
            Inbound::Pressed(_) | Inbound::Submitted(_) => return Err(Refusal::OldButton),
            _ => {}
        }
        Ok(Reply::Nothing)
    }

    fn shared(state: &State) -> Option<&Shared> {
        state.shared.as_ref()
    }

    fn samples() -> Samples<Self> {
        state::samples()
    }

    fn rows_about(user: UserId) -> Vec<RowKey> {
        vec![RowKey::user(user)]
    }

    fn about(cx: &Cx<'_, Row>, _: &State, user: UserId) -> Vec<Known> {
        own::about(cx, user)
    }

    fn forget(cx: &mut Cx<'_, Row>, state: &mut State, user: UserId) {
        own::forget(cx, state, user);
    }

    fn record_again(cx: &mut Cx<'_, Row>, state: &mut State, user: UserId) {
        state.forgotten.remove(cx.me, user);
    }
}

impl Snapshot for State {
    const KIND: u16 = Kind::Presence.number();
    const VERSION: u16 = 1;
}

impl Snapshot for Row {
    const KIND: u16 = 0x4000 + Kind::Presence.number();
    const VERSION: u16 = 1;
}

fn told(cx: &mut Cx<'_, Row>, state: &mut State, fact: &Fact) {
    match fact {
        Fact::Shared(shared) => {
            let first = state.shared.replace(shared.clone()).is_none();
            if first {
                tell_standing(cx, state);
            }
        }
        Fact::Sweep { tag, .. } => sweep::swept(cx, state, tag),
        _ => {}
    }
}

/// Tells `/setup` how the tracker stands.
fn tell_standing(cx: &mut Cx<'_, Row>, state: &State) {
    let settings = Address::guild(Kind::Settings, cx.guild());
    let on = state.tracks();
    let standing = Standing {
        kind: Kind::Presence,
        on,
        summary: texts::summary(on).to_owned(),
        next_step: (!on).then(|| "`/presence settings track:True`".to_owned()),
        needs: Vec::new(),
        intents: on
            .then(|| ("Presence".to_owned(), texts::INTENT_LOSS.to_owned()))
            .into_iter()
            .collect(),
    };
    cx.tell(settings, Fact::Standing(standing));
}

#[cfg(test)]
mod tests;
