//! Messages: how many there are, and what becomes of each; never what they say.
//!
//! Off until a moderator switches it on, and then in two steps. *Recording* counts messages per hour and
//! channel ([`Hour`]); nobody's name is in that. The *stream* also passes on what becomes of each message, as
//! lines of the spool ([`crate::kernel::spool`]), to where whoever runs the bot has set up.
//!
//! - Only a guild that records subscribes to notes ([`IndexKey::Guild`]); in all others nobody looks.
//! - What happens in an ignored channel is left out, and so is what an ignored person writes. An edit and a
//!   deletion do not say whose message it was, so these are passed on all the same, with ids alone.
//! - An hour is kept for as many days as the guild says (`tidy`).
//! - Once a day a list of all accounts can go to the same places (`roster`); that is a decision of its own.
//! - Who asks to be forgotten is left out from then on, and the places the lines went to are told (`own`).

mod commands;
mod hour;
mod noting;
mod own;
mod roster;
mod state;
mod stats;
mod stored;
mod texts;
mod tidy;

pub use hour::{Hour, Tally};
pub use roster::Roster;
pub use state::{Days, State};

use crate::kernel::{
    address::{Address, Kind},
    civil::NotCivil,
    command::Command,
    fact::{Fact, Shared, Standing},
    ids::{ChannelId, UserId},
    inbound::{Inbound, Input},
    machine::{Broken, Cx, IndexKey, Machine, Needs, Reply, RowKey, Samples, Scanned},
    own::{Forgotten, Known},
    turn::FOR_MODERATORS,
};

/// See the module docs.
#[derive(Debug)]
pub struct Messages;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing is recorded here.
    #[error("{}", texts::OFF)]
    Off,
    /// A button that is for moderators.
    #[error("{FOR_MODERATORS}")]
    ForModerators,
    /// Something is wanted and not wanted in one breath.
    #[error("{}", texts::BOTH_WAYS)]
    BothWays,
    /// A channel is to be heeded that is not ignored.
    #[error("<#{0}> is not ignored. `/messages settings` lists what is.")]
    ChannelNotIgnored(ChannelId),
    /// Somebody is to be heeded who is not ignored.
    #[error("<@{0}> is not ignored. `/messages settings` lists who is.")]
    UserNotIgnored(UserId),
    /// No more can be ignored.
    #[error("{}", texts::too_many_ignored())]
    TooManyIgnored,
    /// The list of accounts cannot be read.
    #[error("{}", texts::NO_MEMBERS)]
    NoMembers,
    /// No time of day.
    #[error(transparent)]
    NotCivil(#[from] NotCivil),
    /// A button that this version does not know.
    #[error("This button does nothing any more. `/messages stats` has the current numbers.")]
    OldButton,
}

impl Machine for Messages {
    const KIND: Kind = Kind::Messages;
    const COMMANDS: &'static [Command<Self>] = commands::ALL;
    const GROUPS: &'static [(&'static str, &'static str)] =
        &[("messages", "Counts messages, without what they say")];
    type State = State;
    type Row = Hour;
    type Refusal = Refusal;

    fn wants(what: &Inbound) -> bool {
        matches!(what, Inbound::Noted(_) | Inbound::ChannelDeleted { .. })
    }

    fn needs(_: &State, what: &Inbound) -> Needs {
        match what {
            Inbound::Noted(notes) => Needs::Rows(hour::rows_of(notes).into_iter().collect()),
            Inbound::TimerFired { key, .. } if key == tidy::TIMER => Needs::Range {
                from: hour::key(0),
                limit: tidy::PAGE,
            },
            _ if stats::asked(what).is_some() => Needs::Every {
                rows: Vec::new(),
                from: hour::key(0),
                to: hour::key(u64::MAX),
            },
            _ => Needs::Nothing,
        }
    }

    fn scan(_: &State, input: &Input, into: &mut Scanned, key: &RowKey, row: &Hour) {
        stats::scan(input, into, key, row);
    }

    fn on(cx: &mut Cx<'_, Hour>, state: &mut State, what: &Inbound) -> Result<Reply, Refusal> {
        match what {
            Inbound::Noted(notes) if state.record => noting::add(cx, state, notes),
            Inbound::Told {
                fact: Fact::GuildForgotten,
                ..
            } => guild_forgotten(cx, state),
            Inbound::ChannelDeleted { channel, .. } => {
                state.ignored_channels.remove(channel);
            }
            Inbound::TimerFired { key, due } => match key.as_str() {
                roster::TIMER => roster::look(cx, state),
                roster::OVERDUE => roster::waited(cx, state, *due),
                _ => tidy::tidy(cx, state),
            },
            Inbound::Done {
                effect, outcome, ..
            } => roster::ended(cx, state, *effect, outcome),
            Inbound::Told {
                fact: Fact::Shared(shared),
                ..
            } => learn(cx, state, shared),
            Inbound::Pressed(press) => return stats::pressed(cx, state, press),
            Inbound::Submitted(_) => return Err(Refusal::OldButton),
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
        state.invariants()
    }

    /// The hours name nobody.
    fn rows_about(_: UserId) -> Vec<RowKey> {
        Vec::new()
    }

    fn about(_: &Cx<'_, Hour>, state: &State, user: UserId) -> Vec<Known> {
        own::about(state, user)
    }

    fn forget(cx: &mut Cx<'_, Hour>, state: &mut State, user: UserId) {
        own::forget(cx, state, user);
    }

    fn forgotten(state: &mut State) -> Option<&mut Forgotten> {
        Some(&mut state.forgotten)
    }

    fn record_again(cx: &mut Cx<'_, Hour>, state: &mut State, user: UserId) {
        state.forgotten.remove(cx.me, user);
    }
}

/// What all features share has changed.
fn learn(cx: &mut Cx<'_, Hour>, state: &mut State, shared: &Shared) {
    let zone = roster::zone(state);
    let first = state.shared.replace(shared.clone()).is_none();
    if zone != shared.zone {
        roster::look(cx, state);
    }
    if first {
        tell_standing(cx, state);
    }
}

/// Switches recording and the stream; the numbers so far stay until their time is over.
fn switch(cx: &mut Cx<'_, Hour>, state: &mut State, record: bool, stream: bool) {
    if record != state.record {
        cx.index(IndexKey::Guild(cx.guild()), record);
    }
    if record {
        state.emptying = false;
        tidy::schedule(cx, state);
    }
    (state.record, state.stream) = (record, stream);
    state.streamed |= stream;
    tell_standing(cx, state);
}

/// The bot is no longer there, and will not be: what was recorded goes, and nothing is recorded any more.
fn guild_forgotten(cx: &mut Cx<'_, Hour>, state: &mut State) {
    if state.record {
        cx.index(IndexKey::Guild(cx.guild()), false);
    }
    roster::stop(cx, state);
    let emptying = state.record || state.tidies_at.is_some();
    *state = State {
        forgotten: std::mem::take(&mut state.forgotten),
        streamed: state.streamed,
        listed: state.listed,
        emptying,
        ..State::default()
    };
    if emptying {
        tidy::at(cx, state, cx.now);
    }
}

/// Tells `/setup` how it stands.
fn tell_standing(cx: &mut Cx<'_, Hour>, state: &State) {
    let settings = Address::guild(Kind::Settings, cx.guild());
    let owned = |(name, loss): (&str, &str)| (name.to_owned(), loss.to_owned());
    let content = (texts::CONTENT_INTENT, texts::LOSS);
    let members = (texts::MEMBERS_INTENT, texts::NO_LIST);
    let content = state.record.then(|| owned(content));
    let members = state.roster.at.map(|_| owned(members));
    let standing = Standing {
        kind: Kind::Messages,
        on: state.record || state.roster.at.is_some(),
        summary: texts::summary(state),
        next_step: None,
        needs: Vec::new(),
        intents: content.into_iter().chain(members).collect(),
    };
    cx.tell(settings, Fact::Standing(standing));
}

#[cfg(test)]
mod tests;
