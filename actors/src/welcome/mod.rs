//! Welcome desk: greets who joins, tells moderators who left and why.
//!
//! Two sides, each with a channel and a text of its own ([`Desk`]); both off until a command sets a
//! channel. While a side is on there is a row per member ([`Row`]), because the event of leaving
//! brings neither roles nor the date of joining.
//!
//! - `arrivals`: each stay is greeted in exactly one message. A few arrivals are greeted singly, a
//!   flood is gathered and greeted together. Bots are recorded but not greeted. Who still has to
//!   pass the server's screening is greeted afterwards.
//! - `departures`: an alert waits two seconds for the audit log to say whether it was a kick or a
//!   ban, else asks it once for all who left meanwhile.
//! - `roll`: the member list, called when a side is switched on and after a gap in the events; who
//!   came or went unseen is greeted or reported then.
//! - `desk`: posting; a channel that is gone or closed is reported once, members go on being
//!   recorded, and a new channel mends it. Nobody is greeted late on that account: a welcome a day
//!   after the fact reads like a mistake.
//! - `editing`: preview, buttons, the form for the text.
//! - `own`: what is known about a member, for them to see and to have forgotten.
//!
//! A member who was gathered and leaves before the flood is greeted is greeted all the same: each
//! arrival has its one message.

mod arrivals;
mod audit;
mod burst;
mod commands;
mod departures;
mod desk;
mod editing;
mod own;
mod placeholders;
mod refusal;
mod roll;
mod state;
mod sweep;
#[cfg(test)]
mod tests;
mod texts;

pub use desk::{Broken, Desk, Why};
pub use placeholders::allowed as placeholders_of;
pub use refusal::Refusal;
pub use state::{Draft, Greeting, Row, Side, State};

use crate::kernel::{
    address::Kind,
    command::Command,
    fact::{Fact, Shared},
    ids::UserId,
    inbound::Inbound,
    machine::{Cx, Machine, Needs, Reply, RowKey, Samples},
    own::{Forgotten, Known},
    record::Snapshot,
};

/// See the module docs.
#[derive(Debug)]
pub struct Welcome;

impl Machine for Welcome {
    const KIND: Kind = Kind::Welcome;
    const COMMANDS: &'static [Command<Self>] = commands::ALL;
    const GROUPS: &'static [(&'static str, &'static str)] = &[(
        "welcome",
        "Greets members who join and tells moderators who left",
    )];
    type State = State;
    type Row = Row;
    type Refusal = Refusal;

    fn wants(what: &Inbound) -> bool {
        matches!(
            what,
            Inbound::GuildAvailable(_)
                | Inbound::GuildLeft { .. }
                | Inbound::MemberJoined { .. }
                | Inbound::MemberChanged { .. }
                | Inbound::MemberLeft { .. }
                | Inbound::MembersListed { .. }
                | Inbound::RemovalLogged { .. }
                | Inbound::ChannelDeleted { .. }
        )
    }

    fn needs(state: &State, what: &Inbound) -> Needs {
        match what {
            Inbound::MembersListed { members, .. } if state.roll.call.is_some() => {
                roll::rows_of(members)
            }
            Inbound::MemberJoined { member, .. } | Inbound::MemberChanged { member, .. }
                if state.on() =>
            {
                Needs::Rows(vec![RowKey::user(member.user)])
            }
            Inbound::MemberLeft { user, .. } if state.on() => {
                Needs::Rows(vec![RowKey::user(*user)])
            }
            Inbound::GuildAvailable(view) if state.on() => roll::rows_of(&view.members),
            Inbound::Told {
                fact: Fact::Sweep { from, .. },
                ..
            } => Needs::Range {
                from: RowKey::new(from),
                limit: sweep::PAGE,
            },
            _ => Needs::Nothing,
        }
    }

    fn on(cx: &mut Cx<'_, Row>, state: &mut State, what: &Inbound) -> Result<Reply, Refusal> {
        match what {
            Inbound::MemberJoined { member, .. } => arrivals::joined(cx, state, member),
            Inbound::MemberChanged { member, .. } => arrivals::changed(cx, state, member),
            Inbound::MemberLeft { user, name, .. } => departures::left(cx, state, *user, name),
            Inbound::RemovalLogged { entry, .. } => audit::logged(cx, state, entry),
            Inbound::GuildAvailable(view) => roll::available(cx, state, view),
            Inbound::MembersListed {
                members,
                last,
                nonce,
                ..
            } => {
                roll::listed(cx, state, members, *last, nonce);
            }
            Inbound::GuildLeft { .. } => sweep::pause(cx, state),
            Inbound::ChannelDeleted { channel, .. } => desk::channel_gone(cx, state, *channel),
            Inbound::TimerFired { key, .. } => match key.as_str() {
                arrivals::TIMER => arrivals::flush(cx, state),
                departures::TIMER => departures::due(cx, state),
                roll::TIMER => roll::overdue(cx, state),
                _ => {}
            },
            Inbound::Told { fact, .. } => told(cx, state, fact),
            Inbound::Done {
                effect, outcome, ..
            } => {
                desk::heard(cx, state, *effect, outcome);
                audit::heard(cx, state, *effect, outcome);
                roll::heard(cx, state, *effect, outcome);
            }
            Inbound::Pressed(press) => return editing::pressed(cx, state, press),
            Inbound::Submitted(submit) => return editing::submitted(cx, state, submit),
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

    fn invariants(state: &State) -> Vec<crate::kernel::machine::Broken> {
        state.invariants()
    }

    fn rows_about(user: UserId) -> Vec<RowKey> {
        vec![RowKey::user(user)]
    }

    fn about(cx: &Cx<'_, Row>, state: &State, user: UserId) -> Vec<Known> {
        own::about(cx, state, user)
    }

    fn forget(cx: &mut Cx<'_, Row>, state: &mut State, user: UserId) {
        own::forget(cx, state, user);
    }

    fn forgotten(state: &mut State) -> Option<&mut Forgotten> {
        Some(&mut state.forgotten)
    }

    fn record_again(cx: &mut Cx<'_, Row>, state: &mut State, user: UserId) {
        own::record_again(cx, state, user);
    }
}

impl Snapshot for State {
    const KIND: u16 = Kind::Welcome.number();
    const VERSION: u16 = 1;
}

impl Snapshot for Row {
    const KIND: u16 = 0x4000 + Kind::Welcome.number();
    const VERSION: u16 = 1;
}

fn told(cx: &mut Cx<'_, Row>, state: &mut State, fact: &Fact) {
    match fact {
        Fact::Shared(shared) => {
            let first = state.shared.replace(shared.clone()).is_none();
            if first {
                desk::alert_what_is_owed(cx, state);
                desk::tell_standing(cx, state);
            }
        }
        Fact::Sweep { tag, .. } => sweep::swept(cx, state, tag),
        Fact::GuildForgotten => sweep::guild_forgotten(cx, state),
        Fact::SetupAgain => {
            roll::again(cx, state);
            desk::tell_standing(cx, state);
        }
        _ => {}
    }
}
