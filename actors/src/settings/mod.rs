//! Settings: what all features of a guild share (zone, moderators, log channel), how each feature
//! stands, and the bot's first words in a new guild.
//!
//! Every other machine of the guild is told [`Fact::Shared`] after a change, and once when this one
//! first meets it, so that a feature added by an upgrade learns the settings too. In return each
//! tells its [`Standing`](crate::kernel::fact::Standing) whenever that changes; `/setup` shows them.
//!
//! Discord does not let a command that has subcommands be used bare, so the status is `/setup show`;
//! the bare name means the same where a client or another server lets it through.
//!
//! The greeting: a guild seen for the first time is greeted when the bot joined it within the last
//! hour. An older one is adopted silently, because losing the data directory must not make the bot
//! greet a thousand guilds again. A guild that removed the bot and invites it back keeps its
//! settings and is not greeted twice, unless the runtime has said that the time for that is over: then
//! every feature forgets the guild, and so does this one.

mod commands;
mod health;
mod own;
mod presence;
mod state;
mod texts;

pub use state::State;

use crate::kernel::{
    address::{Address, Kind},
    command::Command,
    fact::{Fact, Shared},
    ids::UserId,
    inbound::Inbound,
    machine::{Broken, Cx, Machine, NoRow, Reply, RowKey, Samples},
    own::{Forgotten, Known},
    record::Snapshot,
};

/// Most moderator roles of a guild.
pub const MAX_MODERATOR_ROLES: usize = 20;

/// See the module docs.
#[derive(Debug)]
pub struct Settings;

/// Why the settings stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The bot could not write in the log channel.
    #[error("{}", texts::log_channel_closed(.0, .1))]
    LogChannelClosed(crate::kernel::ids::ChannelId, Vec<&'static str>),
    /// `@everyone` as moderators.
    #[error("With that role every member would be a moderator. Choose another role.")]
    EveryoneRole,
    /// No room for another role.
    #[error(
        "There are {MAX_MODERATOR_ROLES} moderator roles already. Take one out first: \
         `/setup moderators role:… remove:True`."
    )]
    TooManyRoles,
    /// The role is set already.
    #[error("Members with {} are moderators already.", texts::role(.0))]
    AlreadySet(crate::kernel::ids::RoleId),
    /// The role is not set.
    #[error("{} is not a moderator role. `/setup show` lists them.", texts::role(.0))]
    NotSet(crate::kernel::ids::RoleId),
    /// No such time zone.
    #[error("{0} Start typing and choose from the list.")]
    UnknownZone(#[from] crate::kernel::civil::UnknownZone),
    /// A button or form that this version does not know.
    #[error("This button does nothing any more. `/setup show` has the current state.")]
    OldButton,
}

impl Machine for Settings {
    const KIND: Kind = Kind::Settings;
    const COMMANDS: &'static [Command<Self>] = commands::ALL;
    const GROUPS: &'static [(&'static str, &'static str)] = &[(
        "setup",
        "Sets the bot up in this server and shows how it stands",
    )];
    type State = State;
    type Row = NoRow;
    type Refusal = Refusal;

    fn wants(what: &Inbound) -> bool {
        matches!(
            what,
            Inbound::GuildAvailable(_)
                | Inbound::GuildChanged { .. }
                | Inbound::GuildLeft { .. }
                | Inbound::ChannelDeleted { .. }
                | Inbound::RoleDeleted { .. }
        )
    }

    fn on(cx: &mut Cx<'_, NoRow>, state: &mut State, what: &Inbound) -> Result<Reply, Refusal> {
        match what {
            Inbound::GuildAvailable(view) => presence::available(cx, state, view),
            Inbound::GuildChanged { name, owner, .. } => {
                presence::renamed(cx, state, name, *owner);
            }
            Inbound::GuildLeft { .. } => {
                state.left_at.get_or_insert(cx.now);
            }
            Inbound::ChannelDeleted { channel, .. } => {
                presence::channel_gone(cx, state, *channel);
            }
            Inbound::RoleDeleted { role, .. } => presence::role_gone(cx, state, *role),
            Inbound::Told { from, fact } => heard(cx, state, *from, fact),
            Inbound::Done {
                outcome,
                origin: Some(origin),
                ..
            } => {
                let message = health::report(state, &origin.process, outcome);
                cx.answer(origin, message);
            }
            Inbound::Pressed(_) | Inbound::Submitted(_) => return Err(Refusal::OldButton),
            _ => {}
        }
        Ok(Reply::Nothing)
    }

    fn shared(state: &State) -> Option<&Shared> {
        Some(&state.shared)
    }

    fn samples() -> Samples<Self> {
        state::samples()
    }

    fn invariants(state: &State) -> Vec<Broken> {
        let many = state.shared.moderators.len() > MAX_MODERATOR_ROLES;
        many.then(|| Broken("too many moderator roles".to_owned()))
            .into_iter()
            .collect()
    }

    fn rows_about(_: UserId) -> Vec<RowKey> {
        Vec::new()
    }

    fn about(_: &Cx<'_, NoRow>, state: &State, user: UserId) -> Vec<Known> {
        own::about(state, user)
    }

    fn forget(_: &mut Cx<'_, NoRow>, _: &mut State, _: UserId) {}

    fn forgotten(_: &mut State) -> Option<&mut Forgotten> {
        None
    }

    fn record_again(_: &mut Cx<'_, NoRow>, _: &mut State, _: UserId) {}
}

impl Snapshot for State {
    const KIND: u16 = Kind::Settings.number();
    const VERSION: u16 = 1;
}

fn heard(cx: &mut Cx<'_, NoRow>, state: &mut State, from: Address, fact: &Fact) {
    match fact {
        Fact::Standing(standing) => {
            state.standings.insert(from.kind, standing.clone());
        }
        Fact::GraceOver { left_at } => presence::grace_over(cx, state, *left_at),
        Fact::SetupAgain => tell_everyone(cx, state),
        Fact::SharedWanted => {
            state.told.insert(from.kind);
            cx.tell(from, Fact::Shared(state.shared.clone()));
        }
        _ => {}
    }
}

/// Tells every other machine of the guild what they share.
fn tell_everyone(cx: &mut Cx<'_, NoRow>, state: &mut State) {
    state.told.clear();
    tell_strangers(cx, state);
}

/// Tells those that have never heard it.
fn tell_strangers(cx: &mut Cx<'_, NoRow>, state: &mut State) {
    // Nothing that the privacy machine does depends on them.
    let others = Kind::ALL
        .into_iter()
        .filter(|kind| !matches!(kind, Kind::Settings | Kind::Privacy));
    for kind in others {
        if state.told.insert(kind) {
            let to = Address::guild(kind, cx.guild());
            cx.tell(to, Fact::Shared(state.shared.clone()));
        }
    }
}
