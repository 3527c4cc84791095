//! Information: help, about, ping, version; in guilds and in direct messages.
//!
//! The help is made from the list of all commands, which [`crate::registry`] keeps. That is no
//! dependency of one feature on another: the registry is the table of contents, knows every feature
//! and decides nothing.
//!
//! A direct message that is no command gets one line that points to `/help`, at most once a day per
//! person, since two bots that answer each other must come to an end. A command of the application's owner
//! ([`crate::kernel::owner`]) is for a server, and here they are told so.

mod commands;
mod own;
mod state;
mod texts;

pub use state::State;

use crate::kernel::{
    address::Kind,
    command::Command,
    fact::{Fact, Shared},
    ids::UserId,
    inbound::Inbound,
    machine::{Cx, Machine, NoRow, Reply, RowKey, Samples},
    own::{Forgotten, Known},
    owner::Said,
    record::Snapshot,
    time::Span,
};

/// How long the hint in direct messages keeps quiet.
const HINT_EVERY: Span = Span::days(1);

/// See the module docs.
#[derive(Debug)]
pub struct Info;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such command, with the one that may be meant.
    #[error("{}", texts::unknown_command(.name, *.nearest))]
    UnknownCommand {
        /// What was asked for.
        name: String,
        /// What it resembles.
        nearest: Option<&'static str>,
    },
    /// A button that this version does not know.
    #[error("This button does nothing any more. `/help` lists what I can do.")]
    OldButton,
}

impl Machine for Info {
    const KIND: Kind = Kind::Info;
    const COMMANDS: &'static [Command<Self>] = commands::ALL;
    type State = State;
    type Row = NoRow;
    type Refusal = Refusal;

    fn wants(what: &Inbound) -> bool {
        matches!(
            what,
            Inbound::DirectMessage { .. } | Inbound::OwnerSaid(Said { guild: None, .. })
        )
    }

    fn on(cx: &mut Cx<'_, NoRow>, state: &mut State, what: &Inbound) -> Result<Reply, Refusal> {
        match what {
            Inbound::Told {
                fact: Fact::Shared(shared),
                ..
            } => state.shared = Some(shared.clone()),
            Inbound::Told {
                fact: Fact::GuildForgotten,
                ..
            } => *state = State::default(),
            Inbound::DirectMessage { channel, .. } => {
                let quiet = state
                    .hinted_at
                    .is_some_and(|at| cx.now.since(at) < HINT_EVERY);
                if !quiet {
                    state.hinted_at = Some(cx.now);
                    cx.say(*channel, texts::hint());
                }
            }
            Inbound::OwnerSaid(said) => {
                cx.say(said.channel, texts::for_a_server());
            }
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

    fn rows_about(_: UserId) -> Vec<RowKey> {
        Vec::new()
    }

    fn about(_: &Cx<'_, NoRow>, state: &State, _: UserId) -> Vec<Known> {
        own::about(state)
    }

    fn forget(_: &mut Cx<'_, NoRow>, state: &mut State, _: UserId) {
        state.hinted_at = None;
    }

    fn forgotten(_: &mut State) -> Option<&mut Forgotten> {
        None
    }

    fn record_again(_: &mut Cx<'_, NoRow>, _: &mut State, _: UserId) {}
}

impl Snapshot for State {
    const KIND: u16 = Kind::Info.number();
    const VERSION: u16 = 1;
}

#[cfg(test)]
mod tests {
    use super::Info;
    use crate::kernel::check::check;
    use expect_test::expect;

    #[test]
    fn a_direct_message_gets_a_hint_at_most_once_a_day() {
        check::<Info>(
            r#"
            alice writes a direct message
            23h pass
            alice writes a direct message
            1h passes
            alice writes a direct message
            "#,
            expect![[r#"
                > alice writes a direct message
                post #general "I answer slash commands: type `/help` to see what works here."
                > 23h pass
                > alice writes a direct message
                > 1h passes
                > alice writes a direct message
                post #general "I answer slash commands: type `/help` to see what works here."
            "#]],
        );
    }

    #[test]
    fn a_text_command_is_for_a_server() {
        check::<Info>(
            r#"
            dev in dm says ?reset
            dev in dm says ?delete role 7
            dev says ?setup
            "#,
            expect![[r#"
                > dev in dm says ?reset
                post #general "Use it in the server it is for."
                > dev in dm says ?delete role 7
                post #general "Use it in the server it is for."
                > dev says ?setup
            "#]],
        );
    }
}
