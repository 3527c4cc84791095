//! Presence: when each member last gave a sign of life.
//!
//! The tracker keeps a row per member ([`Row`]): the newest deed with its kind and place, when they
//! were last seen online, how often they did what, and their time in voice. Deeds arrive gathered
//! ([`crate::kernel::activity`]), so a row is written once however often its member acts.
//!
//! - On from the start; `/presence settings track:False` ends it and forgets every row.
//! - Which kinds of deeds count as signs of life, and in which channels none does, is the guild's
//!   choice ([`Counted`]). A change of status (online, idle, a game) is a deed only where it counts.
//! - A voice session runs from a move to the next one. After a gap, who is in voice comes with the
//!   guild: a session that is over ended when events were last surely complete.
//! - A member who leaves is forgotten after 30 days, unless they come back.

mod commands;
mod counted;
mod leavers;
mod signs;
mod state;
mod sweep;
mod texts;

pub use counted::Counted;
pub use state::{Row, Session, State};

use crate::kernel::{
    activity::Deed,
    address::{Address, Kind},
    command::Command,
    fact::{Fact, Shared, Standing},
    ids::{ChannelId, UserId},
    inbound::Inbound,
    machine::{Broken, Cx, Machine, Needs, Reply, RowKey, Samples},
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
    /// Nothing would be a sign of life any more.
    #[error("{}", texts::NOTHING_COUNTS)]
    NothingCounts,
    /// Something is wanted and not wanted in one breath.
    #[error("{}", texts::BOTH_WAYS)]
    BothWays,
    /// A choice that this version does not offer.
    #[error("{}", texts::UNKNOWN_KIND)]
    UnknownKind,
    /// A channel is to be heeded that is not ignored.
    #[error("{}", texts::not_ignored(*.0))]
    NotIgnored(ChannelId),
    /// No more channels can be ignored.
    #[error("{}", texts::too_many_ignored())]
    TooManyIgnored,
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
            Inbound::Activity(_)
                | Inbound::GuildAvailable(_)
                | Inbound::GuildLeft { .. }
                | Inbound::ChannelDeleted { .. }
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
            Inbound::ChannelDeleted { channel, .. } => {
                state.counted.ignored.remove(channel);
            }
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

    fn invariants(state: &State) -> Vec<Broken> {
        state.counted.invariants()
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
        Fact::SharedWanted | Fact::Standing(_) => {}
    }
}

/// Privileged intents, and what is not seen without them.
fn lost_without(state: &State) -> impl Iterator<Item = (&'static str, &'static str)> {
    let members = ("Server Members", texts::MEMBERS_LOSS);
    let members = state.counted.deed(Deed::Threaded).then_some(members);
    let presence = Some(("Presence", texts::PRESENCE_LOSS));
    let lost = members.into_iter().chain(presence);
    lost.filter(|_| state.tracks())
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
        intents: lost_without(state)
            .map(|(intent, loss)| (intent.to_owned(), loss.to_owned()))
            .collect(),
    };
    cx.tell(settings, Fact::Standing(standing));
}

#[cfg(test)]
mod tests;
