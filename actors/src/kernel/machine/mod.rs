//! The shape of a feature: a state, rows beside it, and a pure function from what happened to what
//! should be done.
//!
//! **Validate, then change**: everything that can refuse comes before the first mutation, because a
//! refused turn must leave the state as it was ([`super::turn`] checks it in debug builds).

mod cx;
mod names;
mod scanned;

pub use cx::{ANSWER_LIFETIME, Cx, answer_targets};
pub use names::effect_id;
pub use scanned::Scanned;

use super::{
    address::Kind,
    command::Command,
    fact::Shared,
    ids::{ChannelId, GuildId, MessageId, UserId},
    inbound::{Inbound, Input},
    own::{Forgotten, Known},
    record::{CodecFault, Snapshot},
    text::{Attachment, Choice, Message, Modal},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::fmt;

/// A feature's rules.
pub trait Machine: Sized + 'static {
    /// Which feature.
    const KIND: Kind;
    /// Its slash commands.
    const COMMANDS: &'static [Command<Self>];
    /// Descriptions of command groups: `("welcome", "Greets who joins …")`.
    const GROUPS: &'static [(&'static str, &'static str)] = &[];
    /// What is rewritten whenever it changes; keep it small. In direct messages the default means that
    /// nothing is known, and is not kept: there must be neither rows nor timers then.
    type State: Snapshot + Default + PartialEq + fmt::Debug + Send;
    /// What there are many of: one record each, loaded only when [`Machine::needs`] asks.
    type Row: Snapshot + Clone + fmt::Debug + Send;
    /// Why the rules say no. Its text is the sentence the user reads, with the way out.
    type Refusal: fmt::Display;

    /// Whether gateway events of this sort concern the feature at all.
    fn wants(what: &Inbound) -> bool;

    /// The rows that must be at hand for this input. Whoever has nothing to do should need nothing: rows
    /// are read before the turn.
    fn needs(state: &Self::State, what: &Inbound) -> Needs {
        let _ = (state, what);
        Needs::Nothing
    }

    /// One row of the walk that [`Needs::Every`] asked for, in key order; what it gathers in `into` is
    /// there for the turn as [`Cx::scanned`]. It must be bounded, however many rows there are.
    fn scan(state: &Self::State, input: &Input, into: &mut Scanned, key: &RowKey, row: &Self::Row) {
        let _ = (state, input, into, key, row);
    }

    /// Whom an input asks about, if its turn changes nothing and the row of that member, as
    /// [`Machine::needs`] names it, is all it needs. It then does not wait for what others do.
    #[must_use]
    fn asks_about(what: &Inbound) -> Option<UserId> {
        let _ = what;
        None
    }

    /// One turn: everything but slash commands, which go to their functions.
    ///
    /// # Errors
    /// When the rules say no; nothing may have been changed then.
    fn on(
        cx: &mut Cx<'_, Self::Row>,
        state: &mut Self::State,
        what: &Inbound,
    ) -> Result<Reply, Self::Refusal>;

    /// What all features share, as this machine knows it; decides who is a moderator.
    fn shared(state: &Self::State) -> Option<&Shared>;

    /// States and rows as they could be, by name: the golden files of `snapshots` show that later
    /// versions still read them. To be extended with every field, never shortened.
    #[must_use]
    fn samples() -> Samples<Self> {
        Samples {
            heads: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// What must hold of every state.
    fn invariants(state: &Self::State) -> Vec<Broken> {
        let _ = state;
        Vec::new()
    }

    /// The rows in which something about `user` stands, besides the head: see [`super::own`].
    fn rows_about(user: UserId) -> Vec<RowKey>;

    /// What it knows about somebody, from these rows and the head, for them to read. What follows
    /// from what another machine decides (the settings that all share) is that one's affair.
    fn about(cx: &Cx<'_, Self::Row>, state: &Self::State, user: UserId) -> Vec<Known>;

    /// Forgets somebody at once. In a guild they are not recorded again until
    /// [`Machine::record_again`].
    fn forget(cx: &mut Cx<'_, Self::Row>, state: &mut Self::State, user: UserId);

    /// Who asked not to be recorded, where it records anybody: a restored copy of the store learns it again.
    fn forgotten(state: &mut Self::State) -> Option<&mut Forgotten>;

    /// Somebody who was forgotten may be recorded again.
    fn record_again(cx: &mut Cx<'_, Self::Row>, state: &mut Self::State, user: UserId);
}

/// Named examples of what a machine stores.
pub struct Samples<M: Machine> {
    /// Heads.
    pub heads: Vec<(&'static str, M::State)>,
    /// Rows.
    pub rows: Vec<(&'static str, M::Row)>,
}

/// An invariant that does not hold, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken(pub String);

/// The answer to a person who waits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reply {
    /// Nobody waits, or there is nothing to say.
    #[default]
    Nothing,
    /// An ephemeral message.
    Say(Message),
    /// Completions.
    Choices(Vec<Choice>),
    /// A form.
    Modal(Modal),
    /// The answer follows when an effect's outcome is known: see [`Cx::answer`].
    Later,
    /// A message in the place of the one whose button was pressed. Only where nothing was changed: what
    /// was decided is said in a message of its own.
    Replace(Message),
    /// An ephemeral message with files; only where nothing was changed, because files are not kept.
    Files(Message, Vec<Attachment>),
}

impl Reply {
    /// A reply of plain text; already escaped.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Say(Message::text(text))
    }
}

/// The rows a turn needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Needs {
    /// None.
    Nothing,
    /// These, where they exist.
    Rows(Vec<RowKey>),
    /// At most `limit` rows from `from` on.
    Range {
        /// The first key.
        from: RowKey,
        /// How many at most.
        limit: usize,
    },
    /// These, where they exist; and every row from `from` to before `to` is shown to
    /// [`Machine::scan`] before the turn. Nothing is kept of a walk, so it is for what reads.
    Every {
        /// The rows the turn needs besides.
        rows: Vec<RowKey>,
        /// The first key.
        from: RowKey,
        /// The first key that is no longer wanted.
        to: RowKey,
    },
}

/// The key of a row within its machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RowKey(pub SmallVec<[u8; 16]>);

impl RowKey {
    /// The key with these bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(SmallVec::from_slice(bytes))
    }

    /// The row of a user.
    #[must_use]
    pub fn user(user: UserId) -> Self {
        Self::new(&user.get().to_be_bytes())
    }

    /// The user whose row this is.
    #[must_use]
    pub fn as_user(&self) -> Option<UserId> {
        UserId::new(u64::from_be_bytes(self.0.as_slice().try_into().ok()?))
    }

    /// Behind the rows of all users.
    #[must_use]
    pub fn after_users() -> Self {
        Self::new(&[0xff])
    }

    /// The very next possible key.
    #[must_use]
    pub fn successor(&self) -> Self {
        let mut bytes = self.0.clone();
        bytes.push(0);
        Self(bytes)
    }
}

/// For machines without rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoRow {}

impl Snapshot for NoRow {
    const KIND: u16 = 0x4000;
    const VERSION: u16 = 1;

    fn upcast<C: super::record::Codec>(_: &C, version: u16, _: &[u8]) -> Result<Self, CodecFault> {
        Err(CodecFault::Newer {
            kind: Self::KIND,
            found: version,
            known: 0,
        })
    }
}

/// A change to a machine's timers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimerChange {
    /// Wake at this instant; replaces an earlier timer with the same key.
    Set {
        /// When.
        due: Timestamp,
        /// Takes something from somebody (kick, close, forfeit): waits until the guild is surely
        /// up to date.
        punishing: bool,
    },
    /// No longer.
    Cancel,
}

/// What an index row maps from: something an inbound names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IndexKey {
    /// Events in this channel concern the machine.
    Channel(ChannelId),
    /// Events of this user concern the machine.
    User(UserId),
    /// Events on this message concern the machine.
    Message(MessageId),
    /// What becomes of the guild's messages concerns the machine: [`Inbound::Noted`]. In guilds without
    /// such a machine nobody even looks.
    Guild(GuildId),
    /// What changes about the guild's members (roles, names) concerns the machine.
    Members(GuildId),
}
