//! What a turn sees and what it wants.

use super::{
    IndexKey, RowKey, Scanned, TimerChange,
    names::{effect_id, stable_hash},
};
use crate::kernel::{
    address::Address,
    call::Origin,
    effect::{Effect, OutboxRow, Target},
    fact::{Fact, Shared},
    ids::{ChannelId, GuildId},
    inbound::{EffectId, InputId},
    spool::Line,
    text::Message,
    time::{Span, Timestamp},
};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng as _, SeedableRng as _},
};
use std::collections::BTreeMap;

/// What a turn sees and what it wants. `R` is the machine's row type.
pub struct Cx<'a, R> {
    /// When it happened: the only clock a rule has.
    pub now: Timestamp,
    /// Which machine this is.
    pub me: Address,
    pub(in crate::kernel) input: &'a InputId,
    pub(in crate::kernel) loaded: BTreeMap<RowKey, R>,
    pub(in crate::kernel) rows: BTreeMap<RowKey, Option<R>>,
    pub(in crate::kernel) index: BTreeMap<IndexKey, bool>,
    pub(in crate::kernel) timers: BTreeMap<String, TimerChange>,
    pub(in crate::kernel) effects: Vec<OutboxRow>,
    pub(in crate::kernel) withdrawn: Vec<EffectId>,
    pub(in crate::kernel) reconciling: Option<bool>,
    pub(in crate::kernel) scanned: Scanned,
    pub(in crate::kernel) spooled: Vec<Line>,
    rng: Option<ChaCha8Rng>,
}

impl<'a, R: Clone> Cx<'a, R> {
    pub(in crate::kernel) fn new(
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
            withdrawn: Vec::new(),
            reconciling: None,
            scanned: Scanned::default(),
            spooled: Vec::new(),
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
        #[cfg(feature = "sabotage")]
        let seed = match self.rng {
            None => seed ^ crate::kernel::core::sabotage::salt(),
            Some(_) => seed,
        };
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

    /// What [`Machine::scan`](super::Machine::scan) has gathered for this turn; as new the second time.
    #[must_use]
    pub fn scanned<T: Default + Send + 'static>(&mut self) -> T {
        self.scanned.take()
    }

    /// Writes a row; at most [`crate::kernel::record::MAX_ROWS_PER_TURN`] a turn.
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

    /// Sends a line to where the community wants it, if that is anywhere; in order, after this turn is
    /// durable. At most a few hundred a turn, and only from a machine of a guild.
    pub fn spool(&mut self, line: Line) {
        self.spooled.push(line);
    }

    /// Tells another machine a fact.
    pub fn tell(&mut self, to: Address, fact: Fact) {
        self.effect(Effect::Tell { to, fact });
    }

    /// Gives the answer that [`Reply::Later`](super::Reply::Later) promised.
    pub fn answer(&mut self, origin: &Origin, message: Message) {
        let effect = Effect::Say {
            to: answer_targets(origin),
            message,
        };
        self.push(effect, ANSWER_LIFETIME, false, None);
    }

    /// No longer wants an effect of an earlier turn. If it has not left yet, it never will, and nothing
    /// is heard of it. Else it may happen all the same: how it ended is told as usual, but it is not
    /// tried again.
    pub fn withdraw(&mut self, effect: EffectId) {
        self.withdrawn.push(effect);
    }

    /// The gap this inbound tells of is not closed by this turn; [`Cx::reconciled`] will say when.
    pub fn still_reconciling(&mut self) {
        self.reconciling = Some(true);
    }

    /// This machine has caught up after a gap.
    pub fn reconciled(&mut self) {
        self.reconciling = Some(false);
    }

    pub(in crate::kernel) fn push(
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
