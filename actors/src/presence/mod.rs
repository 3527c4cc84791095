//! Presence: when each member last gave a sign of life.
//!
//! The tracker keeps a row per member ([`Row`]): the newest deed with its kind and place, when they
//! were last seen online, how often they did what and at which hours, and their time in voice; and a
//! row per channel. Deeds arrive gathered ([`crate::kernel::activity`]), so a row is written once
//! however often its member acts.
//!
//! - Everybody who is here has a row, also who never does anything, and no bot has ([`catalogue`]).
//! - How long somebody has been idle is what the clock says, less the time in which nothing could be
//!   seen ([`idle`]).
//! - On from the start; `/presence settings track:False` ends it and forgets every row.
//! - Which kinds of deeds count as signs of life, and in which channels none does, is the guild's
//!   choice ([`Counted`]). A change of status (online, idle, a game) is a deed only where it counts.
//! - A voice session runs from a move to the next one. After a gap, who is in voice comes with the
//!   guild: a session that is over ended when events were last surely complete.
//! - Lists and files are made anew by a walk over all rows whenever somebody asks (`lists`).
//! - Who does nothing for too long becomes inactive, is told, and is removed, where moderators want that:
//!   [`Rules`] say when, [`judge`] what is to be done, `round` does it within limits ([`Brake`]), `stages`
//!   step by step. Only where there are rules it hears of every change of a member ([`Members`](crate::kernel::machine::IndexKey::Members)):
//!   each would end the gathering of deeds.
//! - A member who leaves is forgotten after 30 days, unless they come back.
//! - The owner can begin anew, and take that back for a day (`reset`); so can the application's owner, by text
//!   commands ([`crate::kernel::owner`]).
//! - Who asks to be forgotten is forgotten at once and not recorded again (`own`).

mod brake;
mod case;
pub mod catalogue;
mod channels;
mod commands;
mod counted;
mod export;
pub mod idle;
mod imported;
pub mod judge;
mod leavers;
mod lists;
mod outcomes;
mod own;
mod reset;
mod round;
mod row;
mod rules;
mod signs;
mod stages;
mod state;
mod stored;
mod sweep;
mod texts;
mod watch;

pub use brake::Brake;
pub use case::{Case, Inactive, Kept, Removal, RoleStep, Spared, Stage, Warning, Why};
pub use counted::Counted;
pub use row::{Before, Channel, Deeds, Hours, Left, Member, Row, Session, Voice, channel_key};
pub use rules::Rules;
pub use state::{Mending, Seat, State};
pub use watch::{Act, Watch, What};

use crate::kernel::{
    address::{Address, Kind},
    call::Permissions,
    command::Command,
    fact::{Fact, Shared, Standing},
    ids::{ChannelId, UserId},
    inbound::{Inbound, Input},
    machine::{Broken, Cx, Machine, Needs, Reply, RowKey, Samples, Scanned},
    own::{Forgotten, Known},
    owner::Said,
    turn::{FOR_MODERATORS, FOR_THE_OWNER},
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
    /// A button that is for moderators.
    #[error("{FOR_MODERATORS}")]
    ForModerators,
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
    /// A button or form that is for the server's owner.
    #[error("{FOR_THE_OWNER}")]
    ForTheOwner,
    /// A button that is for the application's owner.
    #[error("{}", texts::FOR_THE_BOTS_OWNER)]
    ForTheBotsOwner,
    /// Something else was typed.
    #[error("That is not this server's name, so nothing was reset.")]
    OtherName,
    /// There is nothing to take back.
    #[error(
        "This can no longer be undone: a reset is kept for 24 hours, and it can be undone once."
    )]
    NothingToUndo,
    /// One after the other.
    #[error("I am still at work on the last reset. Try again in a minute.")]
    StillResetting,
    /// Nothing is to be deleted.
    #[error("Say what: `user:` for a member, `channel:` for a channel, or both.")]
    NoTarget,
    /// A feature that this version does not have.
    #[error("I have no such feature. Leave it out to start all of them again.")]
    UnknownFeature,
    /// Rules that need the member list, which is not to be had.
    #[error("{}", texts::NEEDS_MEMBERS)]
    NeedsMembers,
    /// Members are to be removed, and that is not granted.
    #[error("{}", texts::NEEDS_KICK)]
    NeedsKick,
    /// Roles are to be given, and that is not granted.
    #[error("{}", texts::NEEDS_ROLES)]
    NeedsRoles,
    /// There are no rules about inactive members.
    #[error("{}", texts::NO_RULES)]
    NoRules,
    /// The rules are not switched on.
    #[error("{}", texts::DRY_RUN)]
    DryRun,
    /// A button of a preview of other rules.
    #[error("{}", texts::CHANGED_SINCE)]
    ChangedSince,
    /// A question about a day that is over.
    #[error("{}", texts::OTHER_DAY)]
    OtherDay,
    /// Nothing is kept for somebody any more.
    #[error("{}", texts::NOT_KEPT)]
    NotKept,
    /// A button that hands out roles.
    #[error("{}", texts::FOR_ROLE_MANAGERS)]
    ForRoleManagers,
    /// It is not said what to take out of the rules.
    #[error("{}", texts::NOTHING_TO_REMOVE)]
    NothingToRemove,
    /// No more can be exempt.
    #[error("{}", texts::TOO_MANY_EXEMPT)]
    TooManyExempt,
    /// A button that this version does not know.
    #[error("This button does nothing any more. `/seen` has the current state.")]
    OldButton,
}

impl Machine for Presence {
    const KIND: Kind = Kind::Presence;
    const COMMANDS: &'static [Command<Self>] = commands::ALL;
    const GROUPS: &'static [(&'static str, &'static str)] = &[
        ("presence", "Knows when members were last active"),
        commands::ADMIN,
    ];
    type State = State;
    type Row = Row;
    type Refusal = Refusal;

    fn wants(what: &Inbound) -> bool {
        matches!(
            what,
            Inbound::Activity(_)
                | Inbound::GuildAvailable(_)
                | Inbound::GuildUnavailable { .. }
                | Inbound::GuildLeft { .. }
                | Inbound::MembersListed { .. }
                | Inbound::ChannelDeleted { .. }
                | Inbound::RoleDeleted { .. }
                | Inbound::OwnerSaid(Said { guild: Some(_), .. })
        )
    }

    fn needs(state: &State, what: &Inbound) -> Needs {
        match what {
            Inbound::Activity(activity) => {
                let users = activity.members.keys().map(|user| RowKey::user(*user));
                Needs::Rows(users.chain(channels::rows_of(activity)).collect())
            }
            Inbound::GuildAvailable(view) if state.tracks() => {
                let gone = state.roles_gone(view).next().is_some();
                let acts = state.watch.rows().filter(|_| gone);
                catalogue::rows_of(catalogue::shown(view), acts)
            }
            Inbound::RoleDeleted { .. } => Needs::Rows(state.watch.rows().collect()),
            Inbound::MemberChanged { member, .. } => Needs::Rows(vec![RowKey::user(member.user)]),
            Inbound::Done { effect, .. } => {
                let act = state.watch.acts.get(effect);
                act.map_or(Needs::Nothing, |act| {
                    Needs::Rows(vec![RowKey::user(act.user)])
                })
            }
            _ if round::asks(what) => round::needs(),
            Inbound::MembersListed { members, .. } => {
                catalogue::rows_of(members, std::iter::empty())
            }
            Inbound::ChannelDeleted { channel, .. } => Needs::Rows(vec![channel_key(*channel)]),
            Inbound::Called(_)
            | Inbound::Pressed(_)
            | Inbound::Submitted(_)
            | Inbound::OwnerSaid(_) => commands::needs(state, what),
            Inbound::Told {
                fact: Fact::Sweep { tag, from },
                ..
            } => sweep::needs(tag, from),
            Inbound::Told {
                fact: Fact::Imported(brought),
                ..
            } if state.records() => imported::rows_of(brought),
            Inbound::TimerFired { key, .. } if key == reset::TIMER => {
                Needs::Rows(vec![reset::before_key()])
            }
            _ => Needs::Nothing,
        }
    }

    fn scan(state: &State, input: &Input, into: &mut Scanned, key: &RowKey, row: &Row) {
        if round::asks(&input.what) {
            round::scan(state, input, into, key, row);
        } else {
            lists::scan(state, input, into, key, row);
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
            Inbound::Activity(activity) if state.records() => signs::seen(cx, state, activity),
            Inbound::MembersListed {
                members,
                last,
                nonce,
                ..
            } if state.records() => {
                catalogue::listed(cx, state, members, *last, nonce);
            }
            Inbound::GuildAvailable(view) => sweep::available(cx, state, view),
            Inbound::GuildUnavailable { .. } => sweep::unavailable(cx, state),
            Inbound::GuildLeft { .. } => sweep::left(cx, state),
            Inbound::ChannelDeleted { channel, .. } => {
                state.counted.ignored.remove(channel);
                stages::channel_gone(state, *channel);
                channels::deleted(cx, state, *channel);
            }
            Inbound::RoleDeleted { role, .. } => stages::role_gone(cx, state, *role),
            Inbound::MemberChanged { member, .. } => stages::changed(cx, state, member),
            Inbound::TimerFired { key, due } => match key.as_str() {
                leavers::TIMER => leavers::tidy(cx, state),
                catalogue::TIMER => catalogue::overdue(cx, state),
                reset::TIMER => reset::over(cx),
                round::TIMER => round::fired(cx, state, *due),
                _ => {}
            },
            Inbound::Done {
                effect, outcome, ..
            } => {
                catalogue::heard(cx, state, *effect, outcome);
                outcomes::heard(cx, state, *effect, outcome);
            }
            Inbound::Told { fact, .. } => told(cx, state, fact),
            Inbound::OwnerSaid(said) => commands::said(cx, state, said),
            Inbound::Pressed(press) => return commands::pressed(cx, state, press),
            Inbound::Submitted(submit) => return commands::submitted(cx, state, submit),
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
        let mut broken = state.invariants();
        broken.extend(state.counted.invariants());
        broken
    }

    fn rows_about(user: UserId) -> Vec<RowKey> {
        vec![RowKey::user(user), reset::aside(user)]
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

fn told(cx: &mut Cx<'_, Row>, state: &mut State, fact: &Fact) {
    match fact {
        Fact::Shared(shared) => {
            let first = state.shared.replace(shared.clone()).is_none();
            if first {
                tell_standing(cx, state);
            }
        }
        Fact::Sweep { tag, from } if reset::swept(cx, state, tag, from) => {}
        Fact::Sweep { tag, .. } => sweep::swept(cx, state, tag),
        Fact::Imported(brought) if state.records() => imported::take(cx, state, brought),
        Fact::GuildForgotten => sweep::guild_forgotten(cx, state),
        _ => {}
    }
}

/// Privileged intents, and what is not seen without them.
fn lost_without(state: &State) -> impl Iterator<Item = (&'static str, &'static str)> {
    let lost = [
        ("Presence", texts::PRESENCE_LOSS),
        ("Server Members", texts::MEMBERS_LOSS),
    ];
    lost.into_iter().filter(|_| state.tracks())
}

/// What must be granted for the rules.
fn needed(state: &State) -> Vec<(Option<ChannelId>, Permissions)> {
    let rules = &state.rules;
    let posting = Permissions::VIEW_CHANNEL.and(Permissions::SEND_MESSAGES);
    let roles = rules.role.map(|_| (None, Permissions::MANAGE_ROLES));
    let kick = rules.kick.then_some((None, Permissions::KICK_MEMBERS));
    let log = rules.log.map(|channel| (Some(channel), posting));
    let warn = rules.warn_channel.map(|channel| (Some(channel), posting));
    let needed = roles.into_iter().chain(kick).chain(log).chain(warn);
    needed
        .filter(|_| state.tracks() && rules.after.is_some())
        .collect()
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
        needs: needed(state),
        intents: lost_without(state)
            .map(|(intent, loss)| (intent.to_owned(), loss.to_owned()))
            .collect(),
    };
    cx.tell(settings, Fact::Standing(standing));
}

#[cfg(test)]
mod tests;
