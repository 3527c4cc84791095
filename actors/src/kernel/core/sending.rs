//! What leaves once its batch is durable, and what becomes of it.

use super::{Core, MAX_DEAD_LETTERS, behind};
use crate::kernel::{
    address::Address,
    answers::Route,
    call::Ticket,
    effect::{DeadLetter, Effect, Failure, Lane, OutboxRow, Outcome},
    epoch::Haste,
    fact::Fact,
    ids::{ChannelId, MessageId},
    inbound::{EffectId, Inbound, Input, InputId},
    machine::effect_id,
    outbox::{Ended, Job, Sent},
    record::{Codec, Snapshot as _, Space, Write},
    stored::effect_key,
    time::{Span, Timestamp},
};
use std::sync::Arc;

impl<C: Codec> Core<C> {
    pub(super) fn depart(&mut self, effects: Vec<OutboxRow>, now: Timestamp) {
        for row in effects {
            let again = self.retried.remove(&row.id);
            match &row.effect {
                Effect::Tell { .. } => self.deliver_fact(&row, now),
                // It may have arrived in spite of all: to be looked for first.
                _ if again => self.outbox.restore(row),
                _ => self.outbox.add(row),
            }
        }
    }

    pub(super) fn deliver_fact(&mut self, row: &OutboxRow, now: Timestamp) {
        let Effect::Tell { to, fact } = &row.effect else {
            return;
        };
        let what = Inbound::Told {
            from: row.from,
            fact: fact.clone(),
        };
        let input = Input {
            id: InputId::Fact(row.id),
            at: now,
            what,
        };
        self.wakes
            .extend(self.ledger.add_local(*to, Arc::new(input)));
    }

    /// Tells a machine something that no machine knows. What is told to it twice under one `name` before it
    /// has heard it, it hears once.
    pub fn tell_from_outside(&mut self, to: Address, fact: Fact, name: u64, now: Timestamp) {
        let source = InputId::Timer {
            key: format!("from outside {name:016x}"),
            due: Timestamp::EPOCH,
        };
        let id = effect_id(to, &source, 0);
        if self.ledger.is_waiting(to, &InputId::Fact(id)) {
            return;
        }
        let effect = Effect::Tell { to, fact };
        let row = OutboxRow {
            id,
            order: self.outbox.take_order(),
            from: to,
            made_at: now,
            expires_at: now + effect.lifetime(),
            effect,
            reports: false,
            origin: None,
        };
        let write = self.outbox_write(&row);
        self.assembler.add([write], vec![row], now, Haste::Now);
        self.seal_if_full();
    }

    /// What is to be sent now. `offline` says of a shard since when it has not been in step with
    /// Discord: as [`Core::poll_timers`], but for effects that punish.
    pub fn poll_outbox(
        &mut self,
        now: Timestamp,
        offline: impl Fn(u32) -> Option<Timestamp>,
    ) -> Vec<Job> {
        let (gaps, positions) = (&self.gaps, &self.positions);
        let is_behind = |guild| behind(gaps, positions, Some(guild), &offline).is_some();
        let (jobs, ended) = self.outbox.poll(now, is_behind);
        for ended in ended {
            self.ended(ended, now);
        }
        jobs
    }

    /// What became of a job.
    pub fn report(&mut self, id: EffectId, sent: Sent, now: Timestamp) {
        if let Some(ended) = self.outbox.report(id, sent, now) {
            self.ended(ended, now);
        }
    }

    /// Our own message with our nonce came over the gateway.
    pub fn observed(
        &mut self,
        id: EffectId,
        message: MessageId,
        channel: ChannelId,
        now: Timestamp,
    ) {
        if let Some(ended) = self.outbox.observed(id, message, channel) {
            self.ended(ended, now);
        }
    }

    /// A row has come to its end: its machine hears of it and removes it in its turn, or it goes now.
    pub(super) fn ended(&mut self, ended: Ended, now: Timestamp) {
        let Ended {
            row,
            outcome,
            withdrawn,
        } = ended;
        let failure = match &outcome {
            Outcome::Failed(failure) => Some(failure.clone()),
            Outcome::Expired => Some(Failure {
                status: 0,
                code: 0,
                text: "ran out of time".into(),
            }),
            _ => None,
        };
        if failure.is_some() {
            self.counters.failed += 1;
        } else {
            self.counters.sent += 1;
        }
        if row.reports {
            let what = Inbound::Done {
                effect: row.id,
                outcome,
                origin: row.origin,
            };
            let input = Input {
                id: InputId::Outcome(row.id),
                at: now,
                what,
            };
            self.wakes
                .extend(self.ledger.add_local(row.from, Arc::new(input)));
            return;
        }
        let mut writes = vec![Write {
            key: effect_key(Space::Outbox, row.id),
            record: None,
        }];
        if let Some(why) = failure.filter(|_| !withdrawn) {
            writes.extend(self.bury(row, why, now));
        }
        self.assembler.add(writes, Vec::new(), now, Haste::Soon);
        self.seal_if_full();
    }

    /// These effects are no longer wanted: the rows of those that have not left go.
    pub(super) fn withdraw(&mut self, effects: &[EffectId]) -> Vec<Write> {
        let gone = effects.iter().filter(|id| {
            let early = self.assembler.withdraw(**id);
            let waiting = self.outbox.withdraw(**id);
            early || waiting
        });
        gone.map(|id| Write {
            key: effect_key(Space::Outbox, *id),
            record: None,
        })
        .collect()
    }

    pub(super) fn bury(&mut self, row: OutboxRow, why: Failure, now: Timestamp) -> Vec<Write> {
        let mut writes = Vec::new();
        if self.dead_letters.len() >= MAX_DEAD_LETTERS
            && let Some((_, oldest)) = self.dead_letters.pop_first()
        {
            self.named.remove(&oldest);
            writes.push(Write {
                key: oldest,
                record: None,
            });
        }
        let Some(row) = self.cleaned(row) else {
            return writes;
        };
        let key = effect_key(Space::DeadLetter, row.id);
        self.dead_letters.insert((now, key.clone()));
        self.named.add(&key, row.from.scope, now, &row);
        let record = DeadLetter { row, at: now, why }.to_record(&self.codec).ok();
        writes.push(Write { key, record });
        writes
    }

    /// By which route to answer an interaction now.
    pub fn answer_route(&mut self, ticket: &Ticket, now: Timestamp, discord_offset: Span) -> Route {
        let age = (now + discord_offset).since(ticket.interaction.created_at());
        self.answers.route(ticket, age)
    }

    /// Interactions that need a bare defer now.
    pub fn overdue_answers(&mut self, now: Timestamp) -> Vec<Ticket> {
        self.answers.overdue(now)
    }

    /// Whether [`Core::poll_outbox`] may have something to send at once.
    #[must_use]
    pub fn has_sendable(&self) -> bool {
        self.outbox.has_ready()
    }

    /// When the outbox or an unanswered interaction needs attention because of the time alone.
    #[must_use]
    pub fn next_send(&self) -> Option<Timestamp> {
        self.outbox
            .next_wake()
            .into_iter()
            .chain(self.answers.next_wake())
            .min()
    }

    /// How many effects are on their way, and since when the oldest.
    #[must_use]
    pub fn outbox_size(&self) -> (usize, Option<Timestamp>) {
        (self.outbox.len(), self.outbox.oldest())
    }

    /// How many effects were given up and are kept for people to see.
    #[must_use]
    pub fn dead_letter_count(&self) -> usize {
        self.dead_letters.len()
    }

    /// Whether sending is braked because Discord refused too much.
    pub fn braked(&mut self, now: Timestamp) -> bool {
        self.outbox.braked(now)
    }

    /// The lane in which an effect would be sent first.
    #[must_use]
    pub fn lane(effect: &Effect) -> Lane {
        effect.lane(0)
    }
}
