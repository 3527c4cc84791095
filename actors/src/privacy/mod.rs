//! Members' own data: `/mydata` shows what is stored about whoever asks, gives it to them as JSON, and
//! has it forgotten.
//!
//! This machine knows nothing about anybody. It asks the other machines of the server, or in direct
//! messages those that know a person there, and answers when all have; each of them must be able to
//! ([`crate::kernel::own`]). Questions and answers are facts, so none is lost. A machine that keeps
//! quiet for [`PATIENCE`] is named in the answer; what it was told to forget it forgets when it works
//! again. An answer that came too late for its interaction arrives as a direct message, as all do.
//!
//! Who was forgotten is not recorded again in that server until they say so. Each machine keeps its own
//! list of them, under names that only a question for somebody finds ([`Forgotten`]); the one here
//! is what `/mydata show` goes by.

mod asking;
mod commands;
mod files;
mod state;
mod stored;
mod texts;

pub use state::{Asking, File, State, Wants};

use crate::kernel::{
    address::Kind,
    call::Press,
    chore::Chore,
    command::Command,
    effect::Effect,
    fact::{Fact, Shared},
    ids::UserId,
    inbound::Inbound,
    machine::{Broken, Cx, Machine, Needs, Reply, RowKey, Samples},
    own::{Forgotten, Known},
    record::{Codec, CodecFault, Snapshot},
    time::Span,
};

/// How long an answer waits for a machine.
pub const PATIENCE: Span = Span::seconds(20);
/// Questions that wait for answers at a time; each is over within milliseconds.
pub const MAX_ASKING: usize = 20;

/// Files that can be fetched at a time; beyond it the oldest goes.
pub const MAX_FILES: usize = 50;

/// See the module docs.
#[derive(Debug)]
pub struct Privacy;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Too many ask at once.
    #[error("Many people ask at this moment. Try again in a minute.")]
    Busy,
    /// There is no room for another name.
    #[error(
        "More than {} members of this server asked not to be recorded, and I cannot remember more. Ask a \
         moderator to switch off what records members: `/presence settings track:False`, `/welcome off`.",
        Forgotten::MOST
    )]
    Full,
    /// Its time is over.
    #[error("That file is gone: it is kept for ten minutes. `/mydata export` makes a new one.")]
    NoFile,
    /// A button that this version does not know.
    #[error("This button does nothing any more. `/mydata show` has the current state.")]
    OldButton,
}

impl Machine for Privacy {
    const KIND: Kind = Kind::Privacy;
    const COMMANDS: &'static [Command<Self>] = commands::ALL;
    const GROUPS: &'static [(&'static str, &'static str)] = &[(
        "mydata",
        "Shows you what I have stored about you, and forgets it",
    )];
    type State = State;
    type Row = File;
    type Refusal = Refusal;

    fn wants(_: &Inbound) -> bool {
        false
    }

    fn needs(_: &State, what: &Inbound) -> Needs {
        match what {
            Inbound::Pressed(press) if press.id.action == "file" => {
                Needs::Rows(vec![RowKey::user(press.origin.caller.user)])
            }
            _ => Needs::Nothing,
        }
    }

    fn on(cx: &mut Cx<'_, File>, state: &mut State, what: &Inbound) -> Result<Reply, Refusal> {
        match what {
            Inbound::Told {
                from,
                fact: Fact::Knowledge { ask, known },
            } => asking::heard(cx, state, from.kind, *ask, known),
            Inbound::Done {
                origin: Some(origin),
                ..
            } => {
                let ask = origin.ticket.interaction.get();
                asking::heard(cx, state, Kind::Privacy, ask, &[]);
            }
            Inbound::TimerFired { key, .. } if key == files::TIMER => files::tidy(cx, state),
            Inbound::TimerFired { .. } => asking::overdue(cx, state),
            Inbound::Pressed(press) => return pressed(cx, state, press),
            Inbound::Submitted(_) => return Err(Refusal::OldButton),
            _ => {}
        }
        Ok(Reply::Nothing)
    }

    fn shared(_: &State) -> Option<&Shared> {
        None
    }

    fn samples() -> Samples<Self> {
        state::samples()
    }

    fn invariants(state: &State) -> Vec<Broken> {
        let held = [
            (state.asking.len() <= MAX_ASKING, "too many questions"),
            (state.files.len() <= MAX_FILES, "too many files"),
        ];
        let broken = held.into_iter().filter(|(holds, _)| !holds);
        broken.map(|(_, what)| Broken(what.to_owned())).collect()
    }

    fn rows_about(user: UserId) -> Vec<RowKey> {
        vec![RowKey::user(user)]
    }

    /// It is never asked: a question is forgotten with its answer.
    fn about(_: &Cx<'_, File>, _: &State, _: UserId) -> Vec<Known> {
        Vec::new()
    }

    fn forget(cx: &mut Cx<'_, File>, state: &mut State, user: UserId) {
        files::forget(cx, state, user);
        state
            .asking
            .retain(|asking| asking.origin.caller.user != user);
    }

    fn forgotten(state: &mut State) -> Option<&mut Forgotten> {
        Some(&mut state.forgotten)
    }

    fn record_again(_: &mut Cx<'_, File>, _: &mut State, _: UserId) {}
}

impl Snapshot for State {
    const KIND: u16 = Kind::Privacy.number();
    const VERSION: u16 = 2;

    fn upcast<C: Codec>(codec: &C, version: u16, payload: &[u8]) -> Result<Self, CodecFault> {
        match version {
            1 => Ok(codec.decode::<stored::StateV1>(payload)?.into()),
            found => Err(CodecFault::Newer {
                kind: Self::KIND,
                found,
                known: Self::VERSION,
            }),
        }
    }
}

impl Snapshot for File {
    const KIND: u16 = 0x4000 + Kind::Privacy.number();
    const VERSION: u16 = 1;
}

fn pressed(cx: &mut Cx<'_, File>, state: &mut State, press: &Press) -> Result<Reply, Refusal> {
    let user = press.origin.caller.user;
    match press.id.action.as_str() {
        "forget" => {
            if state.forgotten.is_full() {
                return Err(Refusal::Full);
            }
            asking::begin(cx, state, &press.origin, Wants::Forget)?;
            files::forget(cx, state, user);
            state.forgotten.add(cx.me, user);
            Ok(Reply::Later)
        }
        "file" => files::give(cx, user),
        "record" => {
            if !state.forgotten.remove(cx.me, user) {
                return Ok(Reply::text(texts::RECORDED_ALREADY));
            }
            for to in asking::others(cx.me) {
                cx.tell(to, Fact::RecordAgain { user });
            }
            let scope = cx.me.scope;
            cx.effect(Effect::House(Chore::Record { scope, user }));
            Ok(Reply::text(texts::RECORDED_AGAIN))
        }
        _ => Err(Refusal::OldButton),
    }
}

#[cfg(test)]
mod tests;
