//! Which machines see an inbound: a pure function of the event, the index rows and the list of
//! features, which is handed in because the kernel knows no feature.
//!
//! | inbound | goes to |
//! |---|---|
//! | gateway event of a guild | every kind that wants it, in that guild; machines whose index rows name its channel, user or message |
//! | direct message, also a command of the application's owner | every kind that wants it, at the user |
//! | slash command, completion | the feature that owns the command, in the guild or, in direct messages, at the user |
//! | button, menu, form | the machine its custom id names, in the same place |
//! | timer, fact, outcome | nowhere: they carry their address already |

use super::{
    address::{Address, Kind, Scope},
    call::Origin,
    inbound::Inbound,
    machine::IndexKey,
};
use std::collections::BTreeSet;

/// What routing must know of the features.
pub trait Directory {
    /// The kinds that want to see this gateway event.
    fn wanting(&self, what: &Inbound) -> Vec<Kind>;
    /// The feature that owns this command, by its full name.
    fn home(&self, command: &str) -> Option<Kind>;
}

/// Why nobody can be found for an inbound. Its text is for the person who waits, if one does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unroutable {
    /// The command belongs to a version that is not running here.
    #[error(
        "I do not know `/{0}`. Discord may still show an old list of commands: try again in a minute, or see `/help`."
    )]
    UnknownCommand(String),
    /// It carries its address already.
    #[error("{0} carries its address")]
    Addressed(&'static str),
}

/// The machines that `what` concerns, in the order of their addresses. `index` finds the machines
/// that have an index row for a key.
///
/// # Errors
/// When it names a command nobody owns, or is not for routing at all.
pub fn route(
    what: &Inbound,
    directory: &dyn Directory,
    index: &dyn Fn(IndexKey) -> Vec<Address>,
) -> Result<Vec<Address>, Unroutable> {
    match what {
        Inbound::Called(call) | Inbound::Completing(call) => {
            let kind = directory
                .home(&call.command)
                .ok_or_else(|| Unroutable::UnknownCommand(call.command.clone()))?;
            Ok(vec![at(&call.origin, kind, 0)])
        }
        Inbound::Pressed(press) => Ok(vec![at(&press.origin, press.id.kind, press.id.number)]),
        Inbound::Submitted(submit) => {
            Ok(vec![at(&submit.origin, submit.id.kind, submit.id.number)])
        }
        Inbound::TimerFired { .. } | Inbound::Told { .. } | Inbound::Done { .. } => {
            Err(Unroutable::Addressed(what.name()))
        }
        _ => Ok(gateway(what, directory, index)),
    }
}

fn at(origin: &Origin, kind: Kind, number: u32) -> Address {
    let scope = origin
        .guild
        .map_or(Scope::User(origin.caller.user), Scope::Guild);
    Address {
        scope,
        kind,
        number,
    }
}

fn gateway(
    what: &Inbound,
    directory: &dyn Directory,
    index: &dyn Fn(IndexKey) -> Vec<Address>,
) -> Vec<Address> {
    let scope = match what {
        Inbound::DirectMessage { user, .. } => Some(Scope::User(*user)),
        Inbound::OwnerSaid(said) if said.guild.is_none() => Some(Scope::User(said.user)),
        _ => what.guild().map(Scope::Guild),
    };
    let wanting = scope.map_or_else(Vec::new, |scope| {
        let kinds = directory.wanting(what).into_iter();
        kinds
            .map(|kind| Address {
                scope,
                kind,
                number: 0,
            })
            .collect()
    });
    let indexed = named(what).into_iter().flat_map(index);
    let all: BTreeSet<Address> = wanting.into_iter().chain(indexed).collect();
    all.into_iter().collect()
}

/// What a gateway event names, for looking up index rows.
pub(super) fn named(what: &Inbound) -> Vec<IndexKey> {
    match what {
        Inbound::MemberJoined { member, .. } => vec![IndexKey::User(member.user)],
        Inbound::MemberChanged { guild, member } => {
            vec![IndexKey::User(member.user), IndexKey::Members(*guild)]
        }
        Inbound::MemberLeft { user, .. } => vec![IndexKey::User(*user)],
        Inbound::RemovalLogged { entry, .. } => {
            entry.target.map(IndexKey::User).into_iter().collect()
        }
        Inbound::ChannelDeleted { channel, .. } => vec![IndexKey::Channel(*channel)],
        Inbound::DirectMessage { user, channel, .. } => {
            vec![IndexKey::User(*user), IndexKey::Channel(*channel)]
        }
        _ => Vec::new(),
    }
}
