//! An uninterrupted run: the kernel's own machines fed with the recorded events in one thread, where
//! every batch is durable at once and every effect succeeds. What it ends with is what a bot that was
//! killed again and again must end with too.

use crate::record::Frame;
use actors::{
    kernel::{
        address::Address,
        core::{Core, Loaded, Resumed},
        effect::{Effect, Outcome, Target},
        ids::{ApplicationId, ChannelId, MessageId, UserId},
        inbound::{Input, InputId, Seq},
        ledger::Next,
        machine::{Needs, RowKey},
        outbox::Sent,
        record::{CodecFault, Key, Record, Space},
        stored::Position,
        time::{Span, Timestamp},
        turn::{Commit, Hosted, TurnFault, head_key, row_key},
    },
    registry,
};
use guildhall::discord::{
    frame,
    from_discord::{Context, Decoded, decode},
};
use snapshots::Bincode;
use std::{collections::BTreeMap, sync::Arc};

/// The world of the uninterrupted run.
pub(crate) struct Oracle {
    core: Core<Bincode>,
    machines: BTreeMap<Address, Box<dyn Hosted>>,
    store: BTreeMap<Key, Record>,
    now: Timestamp,
    next_message: u64,
    /// Messages said, by channel.
    pub(crate) said: BTreeMap<ChannelId, Vec<String>>,
}

impl Oracle {
    pub(crate) fn new(start: Timestamp) -> Self {
        let (mut core, _) = Core::load(Bincode, 1, &Loaded::default(), start);
        core.began(Position {
            application: 1,
            shard: 0,
            shards: 1,
            gateway: String::new(),
            ordinal: 0,
            session_id: "oracle".into(),
            resume_url: String::new(),
            seq: 0,
            at: start,
        });
        Self {
            core,
            machines: BTreeMap::new(),
            store: BTreeMap::new(),
            now: start,
            next_message: 1,
            said: BTreeMap::new(),
        }
    }

    /// Runs all `frames`, leaving out interactions that were never accepted, then lets time pass
    /// until nothing is due any more.
    pub(crate) fn run(
        &mut self,
        frames: &[Frame],
        accepted: &dyn Fn(u64) -> bool,
        bot: u64,
        app: u64,
    ) {
        for recorded in frames {
            self.pass_to(recorded.at);
            let frame = frame::Frame::parse(&recorded.text).expect("frames parse");
            if frame.op == 0 {
                self.event(&frame, accepted, bot, app);
                self.settle();
            }
        }
        self.rest();
    }

    /// What decoding must know at this moment.
    pub(crate) fn context(&self, bot: u64, app: u64) -> Context {
        Context {
            bot: UserId::new(bot),
            application: ApplicationId::new(app),
            owners: Default::default(),
            incarnation: 0,
            now: self.now,
            offset: Span::ZERO,
            process: Default::default(),
            content: false,
        }
    }

    /// The next event of the stream, whatever came of reading its frame.
    pub(crate) fn suffer(&mut self, found: Decoded) {
        let seq = self.core.received(0).seq + 1;
        if let Resumed::Next(at) = self.core.check(0, seq) {
            self.take(at, found, &|_| true);
        }
        self.settle();
    }

    /// Lets time pass until nothing is due for a while.
    pub(crate) fn rest(&mut self) {
        for _ in 0..60 {
            self.pass_to(self.now + Span::seconds(10));
        }
    }

    fn event(
        &mut self,
        frame: &frame::Frame<'_>,
        accepted: &dyn Fn(u64) -> bool,
        bot: u64,
        app: u64,
    ) {
        let seq = frame.seq.expect("dispatches are numbered");
        let Resumed::Next(at) = self.core.check(0, seq) else {
            return;
        };
        let found = decode(frame, &self.context(bot, app)).expect("events decode");
        self.take(at, found, accepted);
    }

    fn take(&mut self, at: Seq, found: Decoded, accepted: &dyn Fn(u64) -> bool) {
        let events = match found {
            Decoded::Inputs(events) => events,
            _ => Vec::new(),
        };
        let mut inputs = Vec::new();
        let mut last = at;
        for (part, (happened, what)) in events.into_iter().enumerate() {
            let interaction = what.origin().map(|origin| origin.ticket.interaction.get());
            if interaction.is_some_and(|id| !accepted(id)) {
                continue;
            }
            last.part = u16::try_from(part).expect("few parts");
            let addresses = registry::route(&what, &|_| Vec::new()).unwrap_or_default();
            let id = InputId::Gateway { shard: 0, at: last };
            let input = Arc::new(Input {
                id,
                at: happened,
                what,
            });
            inputs.extend(
                addresses
                    .into_iter()
                    .map(|address| (address, Arc::clone(&input))),
            );
        }
        self.core.frame(0, last, inputs, self.now);
    }

    fn pass_to(&mut self, until: Timestamp) {
        while let Some(due) = self.core.next_timer().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.core.poll_timers(self.now, |_| None);
            self.settle();
        }
        self.now = self.now.max(until);
        self.settle();
    }

    /// Turns, commits and effects until nothing is left to do.
    fn settle(&mut self) {
        loop {
            self.core.cut(self.now);
            for address in self.core.take_wakes() {
                self.turns(address);
            }
            let committed = self.commit();
            let sent = self.send();
            if !committed && !sent {
                return;
            }
        }
    }

    fn turns(&mut self, address: Address) {
        while let Next::Run { input, .. } = self.core.next(address) {
            if !self.machines.contains_key(&address) {
                let head = self.read(&head_key(address));
                let machine =
                    registry::open(address, head.as_ref(), Bincode).expect("heads decode");
                self.machines.insert(address, machine);
            }
            let needs = self.machines[&address].needs(&input.what);
            if let Needs::Every { from, to, .. } = &needs {
                self.commit();
                let walked = self
                    .store
                    .range(row_key(address, from)..row_key(address, to));
                let walked: Vec<_> = walked.map(tailed).collect();
                let machine = self.machines.get_mut(&address).expect("just opened");
                machine.scan(&input, true, &walked).expect("rows decode");
            }
            let rows = self.rows(address, needs);
            let machine = self.machines.get_mut(&address).expect("just opened");
            let turned = match machine.turn(&input, &rows, input.at) {
                Ok(turned) => turned,
                // As the runtime does with a turn that does not fit: nothing of it is kept.
                Err(TurnFault::Codec(CodecFault::TooLarge { .. }) | TurnFault::TooManyRows(_)) => {
                    self.machines.remove(&address);
                    let commit = Commit::empty(address);
                    self.core.absorb(&input, commit, self.now);
                    continue;
                }
                Err(fault) => panic!("{address}: {fault}"),
            };
            assert!(
                machine.broken().is_empty(),
                "{address}: {:?}",
                machine.broken()
            );
            self.core.absorb(&input, turned.commit, self.now);
        }
    }

    fn read(&self, key: &Key) -> Option<Record> {
        self.core
            .pending(key)
            .unwrap_or_else(|| self.store.get(key).cloned())
    }

    fn rows(&mut self, address: Address, needs: Needs) -> Vec<(RowKey, Record)> {
        match needs {
            Needs::Nothing => Vec::new(),
            Needs::Rows(keys) | Needs::Every { rows: keys, .. } => keys
                .into_iter()
                .filter_map(|key| Some((key.clone(), self.read(&row_key(address, &key))?)))
                .collect(),
            Needs::Range { from, limit } => {
                self.commit();
                let prefix = Key::of(Space::Row, address, &[]);
                let range = row_key(address, &from)..snapshots::end_of(&prefix);
                let rows = self.store.range(range).take(limit);
                rows.map(tailed).collect()
            }
        }
    }

    fn commit(&mut self) -> bool {
        let mut any = false;
        while let Some(epoch) = self.core.prepare_last(self.now).cloned() {
            any = true;
            for write in epoch.write_list() {
                match write.record {
                    Some(record) => self.store.insert(write.key, record),
                    None => self.store.remove(&write.key),
                };
            }
            self.core.durable(epoch.number, self.now);
        }
        any
    }

    fn send(&mut self) -> bool {
        let jobs = self.core.poll_outbox(self.now, |_| None);
        for job in &jobs {
            let outcome = self.outcome(&job.row.effect);
            self.core.report(job.row.id, Sent::Done(outcome), self.now);
        }
        !jobs.is_empty()
    }

    fn outcome(&mut self, effect: &Effect) -> Outcome {
        self.next_message += 1;
        let message_id = MessageId::new(self.next_message).expect("not zero");
        match effect {
            Effect::Say { to, message } => {
                let channel = match to[0] {
                    Target::Channel(channel) => channel,
                    _ => ChannelId::new(1).expect("not zero"),
                };
                self.said
                    .entry(channel)
                    .or_default()
                    .push(message.content.clone());
                Outcome::Sent {
                    message_id,
                    channel,
                    target: 0,
                }
            }
            Effect::ReadAuditLog { .. } => Outcome::AuditLog(Vec::new()),
            Effect::ReadPermissions { .. } => Outcome::Permissions(Default::default()),
            _ => Outcome::Done,
        }
    }

    /// Heads and rows by key.
    pub(crate) fn states(&self) -> BTreeMap<Key, Record> {
        let kept = |key: &Key| matches!(key.space(), Some(Space::Head | Space::Row));
        self.store
            .iter()
            .filter(|(key, _)| kept(key))
            .map(|(key, record)| (key.clone(), record.clone()))
            .collect()
    }
}

fn tailed((key, record): (&Key, &Record)) -> (RowKey, Record) {
    (RowKey::new(key.tail()), record.clone())
}
