//! The shape of a feature: a state, rows beside it, and a pure function from what happened to what
//! should be done.
//!
//! **Validate, then change**: everything that can refuse comes before the first mutation, because a
//! refused turn must leave the state as it was ([`super::turn`] checks it in debug builds).

use super::{
    address::{Address, Kind},
    call::Origin,
    command::Command,
    effect::{Effect, OutboxRow, Target},
    fact::{Fact, Shared},
    ids::{ChannelId, GuildId, MessageId, UserId},
    inbound::{EffectId, Inbound, InputId},
    record::{CodecFault, Snapshot},
    text::{Choice, Message, Modal},
    time::{Span, Timestamp},
};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};
use serde::{Deserialize, Serialize};
use siphasher::sip128::{Hasher128 as _, SipHasher13};
use std::{collections::BTreeMap, fmt, hash::Hasher as _};

/// A feature's rules.
pub trait Machine: Sized + 'static {
    /// Which feature.
    const KIND: Kind;
    /// Its slash commands.
    const COMMANDS: &'static [Command<Self>];
    /// Descriptions of command groups: `("welcome", "Greets who joins …")`.
    const GROUPS: &'static [(&'static str, &'static str)] = &[];
    /// What is rewritten whenever it changes; keep it small.
    type State: Snapshot + Default + PartialEq + fmt::Debug + Send;
    /// What there are many of: one record each, loaded only when [`Machine::needs`] asks.
    type Row: Snapshot + Clone + fmt::Debug + Send;
    /// Why the rules say no. Its text is the sentence the user reads, with the way out.
    type Refusal: fmt::Display;

    /// Whether gateway events of this sort concern the feature at all.
    fn wants(what: &Inbound) -> bool;

    /// The rows that must be at hand for this input.
    fn needs(address: Address, what: &Inbound) -> Needs {
        let _ = (address, what);
        Needs::Nothing
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
}

/// The key of a row within its machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RowKey(pub Vec<u8>);

impl RowKey {
    /// The row of a user.
    #[must_use]
    pub fn user(user: UserId) -> Self {
        Self(user.get().to_be_bytes().to_vec())
    }

    /// The user whose row this is.
    #[must_use]
    pub fn as_user(&self) -> Option<UserId> {
        UserId::new(u64::from_be_bytes(self.0.as_slice().try_into().ok()?))
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
}

/// What a turn sees and what it wants. `R` is the machine's row type.
pub struct Cx<'a, R> {
    /// When it happened: the only clock a rule has.
    pub now: Timestamp,
    /// Which machine this is.
    pub me: Address,
    pub(super) input: &'a InputId,
    pub(super) loaded: BTreeMap<RowKey, R>,
    pub(super) rows: BTreeMap<RowKey, Option<R>>,
    pub(super) index: BTreeMap<IndexKey, bool>,
    pub(super) timers: BTreeMap<String, TimerChange>,
    pub(super) effects: Vec<OutboxRow>,
    pub(super) reconciling: Option<bool>,
    rng: Option<ChaCha8Rng>,
}

impl<'a, R: Clone> Cx<'a, R> {
    pub(super) fn new(
        now: Timestamp,
        me: Address,
        input: &'a InputId,
        loaded: BTreeMap<RowKey, R>,
    ) -> Self {
        Self {
            now,
            me,
            input,
            loaded,
            rows: BTreeMap::new(),
            index: BTreeMap::new(),
            timers: BTreeMap::new(),
            effects: Vec::new(),
            reconciling: None,
            rng: None,
        }
    }

    /// The guild this machine serves; for machines that only guilds have.
    ///
    /// # Panics
    /// When the machine serves a user: a wiring mistake.
    #[must_use]
    pub fn guild(&self) -> GuildId {
        self.me
            .guild_id()
            .expect("guild machines live at guild addresses")
    }

    /// A number below `bound` (0 when `bound` is 0); the same again when this input is run again.
    pub fn random_below(&mut self, bound: u64) -> u64 {
        let seed = stable_hash(self.me, self.input, u64::MAX);
        let rng = self.rng.get_or_insert_with(|| {
            let mut bytes = [0; 32];
            bytes[..16].copy_from_slice(&seed.to_le_bytes());
            ChaCha8Rng::from_seed(bytes)
        });
        if bound == 0 {
            0
        } else {
            rng.next_u64() % bound
        }
    }

    /// A row this turn loaded or wrote.
    #[must_use]
    pub fn row(&self, key: &RowKey) -> Option<&R> {
        match self.rows.get(key) {
            Some(written) => written.as_ref(),
            None => self.loaded.get(key),
        }
    }

    /// All loaded rows in key order, as they were before this turn.
    pub fn loaded(&self) -> impl Iterator<Item = (&RowKey, &R)> {
        self.loaded.iter()
    }

    /// Writes a row; at most [`super::record::MAX_ROWS_PER_TURN`] a turn.
    pub fn put(&mut self, key: RowKey, row: R) {
        self.rows.insert(key, Some(row));
    }

    /// Removes a row.
    pub fn remove(&mut self, key: RowKey) {
        self.rows.insert(key, None);
    }

    /// From now on routes inbounds that name `key` to this machine, or no longer.
    pub fn index(&mut self, key: IndexKey, on: bool) {
        self.index.insert(key, on);
    }

    /// Wakes this machine at `due` with `Inbound::TimerFired`; replaces the timer of that key.
    pub fn wake_at(&mut self, key: &str, due: Timestamp) {
        self.timers.insert(
            key.to_owned(),
            TimerChange::Set {
                due,
                punishing: false,
            },
        );
    }

    /// As [`Cx::wake_at`], for what takes something from somebody: it also waits until the guild
    /// is surely up to date.
    pub fn punish_at(&mut self, key: &str, due: Timestamp) {
        self.timers.insert(
            key.to_owned(),
            TimerChange::Set {
                due,
                punishing: true,
            },
        );
    }

    /// Forgets the timer of that key.
    pub fn cancel(&mut self, key: &str) {
        self.timers.insert(key.to_owned(), TimerChange::Cancel);
    }

    /// Wants `effect`, worth trying for as long as is usual.
    pub fn effect(&mut self, effect: Effect) -> EffectId {
        let lifetime = effect.lifetime();
        self.push(effect, lifetime, false, None)
    }

    /// Wants `effect` and to hear how it ended, as `Inbound::Done`.
    pub fn ask(&mut self, effect: Effect) -> EffectId {
        let lifetime = effect.lifetime();
        self.push(effect, lifetime, true, None)
    }

    /// As [`Cx::ask`] while `origin` waits for the answer; it comes back with the outcome.
    pub fn ask_for(&mut self, effect: Effect, origin: &Origin) -> EffectId {
        let lifetime = effect.lifetime();
        self.push(effect, lifetime, true, Some(origin.clone()))
    }

    /// Says something in a channel.
    pub fn say(&mut self, channel: ChannelId, message: Message) -> EffectId {
        self.effect(Effect::Say {
            to: vec![Target::Channel(channel)],
            message,
        })
    }

    /// Says something in a channel and wants to hear whether it got there.
    pub fn say_and_hear(&mut self, channel: ChannelId, message: Message) -> EffectId {
        self.ask(Effect::Say {
            to: vec![Target::Channel(channel)],
            message,
        })
    }

    /// Tells the guild's moderators: log channel, else the owner by direct message.
    pub fn alert(&mut self, shared: &Shared, message: Message) {
        let channel = shared.log_channel.map(Target::Channel);
        let to: Vec<_> = channel
            .into_iter()
            .chain(shared.owner.map(Target::User))
            .collect();
        if !to.is_empty() {
            self.effect(Effect::Say { to, message });
        }
    }

    /// Tells another machine a fact.
    pub fn tell(&mut self, to: Address, fact: Fact) {
        self.effect(Effect::Tell { to, fact });
    }

    /// Gives the answer that [`Reply::Later`] promised.
    pub fn answer(&mut self, origin: &Origin, message: Message) {
        let effect = Effect::Say {
            to: answer_targets(origin),
            message,
        };
        self.push(effect, ANSWER_LIFETIME, false, None);
    }

    /// The gap this inbound tells of is not closed by this turn; [`Cx::reconciled`] will say when.
    pub fn still_reconciling(&mut self) {
        self.reconciling = Some(true);
    }

    /// This machine has caught up after a gap.
    pub fn reconciled(&mut self) {
        self.reconciling = Some(false);
    }

    pub(super) fn push(
        &mut self,
        effect: Effect,
        lifetime: Span,
        reports: bool,
        origin: Option<Origin>,
    ) -> EffectId {
        let n = self.effects.len() as u64;
        let id = effect_id(self.me, self.input, n);
        let effect = effect.fit();
        self.effects.push(OutboxRow {
            id,
            order: 0,
            from: self.me,
            effect,
            made_at: self.now,
            expires_at: self.now + lifetime,
            reports,
            origin,
        });
        id
    }
}

/// Discord forgets an interaction's token after 15 minutes; we stop half a minute earlier.
pub const ANSWER_LIFETIME: Span = Span::seconds(14 * 60 + 30);

/// Where the answer of an accepted change may go: its interaction, else a direct message, else a
/// notice where it was asked.
#[must_use]
pub fn answer_targets(origin: &Origin) -> Vec<Target> {
    let user = origin.caller.user;
    let notice = origin.channel.filter(|_| origin.guild.is_some());
    let mut to = vec![Target::Answer(origin.ticket.clone()), Target::User(user)];
    to.extend(notice.map(|channel| Target::Notice { channel, user }));
    to
}

/// The name of the `n`th effect of the turn of `me` on `input`.
#[must_use]
pub fn effect_id(me: Address, input: &InputId, n: u64) -> EffectId {
    // The low half of 128 bits is as good as 64 bits of hash get.
    #[allow(clippy::cast_possible_truncation)]
    EffectId(stable_hash(me, input, n) as u64)
}

/// A hash that is the same on every machine and in every version: SipHash-1-3 with fixed keys.
fn stable_hash(me: Address, input: &InputId, n: u64) -> u128 {
    let mut hasher = SipHasher13::new_with_keys(0x6775_696c_6468_616c, 0x6c00_0000_0000_0001);
    hasher.write(&me.to_bytes());
    match input {
        InputId::Gateway { shard, at } => {
            hasher.write(b"g");
            hasher.write(&shard.to_le_bytes());
            hasher.write(&at.session.to_le_bytes());
            hasher.write(&at.seq.to_le_bytes());
            hasher.write(&at.part.to_le_bytes());
        }
        InputId::Timer { key, due } => {
            hasher.write(b"t");
            hasher.write(&due.millis().to_le_bytes());
            hasher.write(key.as_bytes());
        }
        InputId::Fact(id) => {
            hasher.write(b"f");
            hasher.write(&id.0.to_le_bytes());
        }
        InputId::Outcome(id) => {
            hasher.write(b"o");
            hasher.write(&id.0.to_le_bytes());
        }
    }
    hasher.write(&n.to_le_bytes());
    hasher.finish128().as_u128()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::inbound::Seq;

    #[test]
    fn effect_names_and_randomness_repeat_for_the_same_input_and_differ_for_others() {
        let me = Address::guild(Kind::Welcome, GuildId::new(7).unwrap());
        let first = InputId::Gateway {
            shard: 0,
            at: Seq {
                session: 1,
                seq: 9,
                part: 0,
            },
        };
        let second = InputId::Gateway {
            shard: 0,
            at: Seq {
                session: 1,
                seq: 10,
                part: 0,
            },
        };
        assert_eq!(effect_id(me, &first, 0), effect_id(me, &first, 0));
        assert_ne!(effect_id(me, &first, 0), effect_id(me, &first, 1));
        assert_ne!(effect_id(me, &first, 0), effect_id(me, &second, 0));
        // The name is on disk and in nonces: a change of the hash would double messages once.
        assert_eq!(effect_id(me, &first, 0).to_string(), "b03cff3331335f6c");
        let draw = |input| {
            let mut cx = Cx::<NoRow>::new(Timestamp::EPOCH, me, input, BTreeMap::new());
            [
                cx.random_below(1000),
                cx.random_below(1000),
                cx.random_below(0),
            ]
        };
        assert_eq!(draw(&first), draw(&first));
        assert_ne!(draw(&first), draw(&second));
    }
}
