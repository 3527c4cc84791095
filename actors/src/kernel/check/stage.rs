//! One machine at work: what the runtime does around it, in memory.

use super::{codec::Json, names::Names};
use crate::kernel::{
    activity::Activity,
    address::Address,
    call::{Permissions, Process},
    core::index::Index,
    effect::OutboxRow,
    ids::{ChannelId, GuildId, UserId},
    inbound::{EffectId, Inbound, Input, InputId, Member, Seq},
    machine::{Machine, Needs, RowKey, TimerChange},
    record::{Record, Snapshot, Space},
    route,
    time::{Span, Timestamp},
    turn::{Commit, Host, Hosted, Turned},
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Monday, 2026-01-05 12:00 UTC.
pub(super) const BEGIN: Timestamp = Timestamp::from_seconds(1_767_614_400);

/// See the module docs.
pub(crate) struct Stage<M: Machine> {
    pub(crate) now: Timestamp,
    pub(crate) names: Names,
    pub(super) address: Address,
    host: Host<M, Json>,
    head: Option<Record>,
    pub(super) rows: BTreeMap<RowKey, Record>,
    index: Index,
    /// Head and rows before the input before, if that was signs of life.
    before_signs: Option<(Option<Record>, BTreeMap<RowKey, Record>, Input)>,
    pub(super) timers: BTreeMap<String, Timestamp>,
    inputs: u64,
    pub(super) messages: u64,
    /// Everybody who is here, as their events show them.
    pub(super) members: BTreeMap<UserId, Member>,
    pub(super) refusing: BTreeMap<ChannelId, u16>,
    /// Who takes no direct messages.
    pub(super) shut: BTreeSet<UserId>,
    pub(super) process: Process,
    /// What the bot may do where commands are used.
    pub(super) may: Permissions,
    /// Questions whose outcome the script gives.
    pub(super) asked: Vec<OutboxRow>,
    /// How many facts and outcomes are still delivered at once; `None` is all.
    patience: Option<usize>,
    /// Effects that were withdrawn.
    pub(crate) withdrawn: BTreeSet<EffectId>,
    /// Events are lost.
    away: bool,
    pub(super) last_event: Option<Inbound>,
    /// Facts of the machine to itself and outcomes, in order.
    pub(super) local: VecDeque<Input>,
    /// What was printed of the current step.
    pub(super) printed: Vec<String>,
    /// Everything ever posted: where, and the effect; for properties.
    pub(crate) effects: Vec<OutboxRow>,
}

impl<M: Machine> Stage<M> {
    /// A machine that knows nothing, in guild 1.
    pub(crate) fn new() -> Self {
        let address = Address::guild(M::KIND, GuildId::new(1).unwrap());
        let process = Process {
            version: "0.1.0".into(),
            commit: "0123456789abcdef".into(),
            started_at: BEGIN - Span::hours(2),
            gateway: "connected".into(),
            shard: (0, 1),
            tzdata: "2025b".into(),
            ..Process::default()
        };
        Self {
            now: BEGIN,
            names: Names::new(),
            address,
            host: Host::wake(address, None, Json).unwrap(),
            head: None,
            rows: BTreeMap::new(),
            index: Index::default(),
            before_signs: None,
            timers: BTreeMap::new(),
            inputs: 0,
            messages: 0,
            members: BTreeMap::new(),
            refusing: BTreeMap::new(),
            shut: BTreeSet::new(),
            process,
            may: Permissions::default(),
            asked: Vec::new(),
            patience: None,
            withdrawn: BTreeSet::new(),
            away: false,
            last_event: None,
            local: VecDeque::new(),
            printed: Vec::new(),
            effects: Vec::new(),
        }
    }

    /// The machine's state.
    pub(crate) fn state(&self) -> &M::State {
        self.host.state()
    }

    /// How many questions the machine has asked so far.
    pub(crate) fn questions(&self) -> usize {
        self.asked.len()
    }

    /// What is stored and names this user: heads, rows and their keys.
    pub(crate) fn traces_of(&self, user: UserId) -> Vec<String> {
        let number = user.to_string();
        let named = |record: &Record| {
            let text = String::from_utf8_lossy(&record.payload).into_owned();
            let mut numbers = text.split(|c: char| !c.is_ascii_digit());
            numbers.any(|found| found == number).then_some(text)
        };
        let keys = self.rows.keys().filter(|key| key.as_user() == Some(user));
        let keys = keys.map(|key| format!("{key:?}"));
        let records = self.head.iter().chain(self.rows.values());
        keys.chain(records.filter_map(named)).collect()
    }

    /// What scripts call this user.
    pub(crate) fn name_of(&self, user: UserId) -> String {
        self.names.of_user(user)
    }

    /// Steps whose events the machine never gets to see: what happens during a gap.
    pub(crate) fn step_away(&mut self, script: &str) {
        self.away = true;
        self.play(script);
        self.away = false;
    }

    /// A gateway event the machine wants, or an interaction, arrives; everything it leads to at once is run too.
    pub(crate) fn deliver(&mut self, what: Inbound) {
        for (_, what) in Activity::with_stay(self.now, what) {
            self.deliver_one(what);
        }
    }

    fn deliver_one(&mut self, what: Inbound) {
        let named = route::named(&what).into_iter();
        let wanted = what.origin().is_some()
            || M::wants(&what)
            || named.flat_map(|key| self.index.machines(key)).count() > 0;
        if self.away || !wanted {
            return;
        }
        self.last_event = Some(what.clone());
        if self.patience == Some(0) {
            self.patience = None;
        }
        self.inputs += 1;
        let at = Seq {
            session: 1,
            seq: self.inputs,
            part: 0,
        };
        self.run(InputId::Gateway { shard: 0, at }, what);
        self.settle();
    }

    /// What became of an effect, or a fact somebody tells.
    pub(super) fn deliver_local(&mut self, id: InputId, what: Inbound) {
        self.run(id, what);
        self.settle();
    }

    /// A name for an input that comes from elsewhere.
    pub(super) fn fresh(&mut self) -> EffectId {
        self.inputs += 1;
        EffectId(self.inputs)
    }

    /// Time passes; timers fire when they are due.
    pub(crate) fn pass(&mut self, span: Span) {
        let until = self.now + span;
        while let Some((key, due)) = self.next_timer().filter(|(_, due)| *due <= until) {
            self.timers.remove(&key);
            self.now = self.now.max(due);
            let what = Inbound::TimerFired {
                key: key.clone(),
                due,
            };
            self.run(InputId::Timer { key, due }, what);
            self.settle();
        }
        self.now = until;
    }

    /// Time passes in which the bot does not run; timers that were due meanwhile fire when it is over.
    pub(crate) fn sleep(&mut self, span: Span) {
        self.now = self.now + span;
        self.pass(Span::ZERO);
    }

    fn next_timer(&self) -> Option<(String, Timestamp)> {
        let (key, due) = self
            .timers
            .iter()
            .min_by_key(|(key, due)| (**due, (*key).clone()))?;
        Some((key.clone(), *due))
    }

    /// After `count` more facts and outcomes the next ones are held back until something else
    /// happens: to be in the middle of a sweep.
    pub(crate) fn hold_facts(&mut self, count: usize) {
        self.patience = Some(count);
    }

    fn settle(&mut self) {
        while self.patience != Some(0)
            && let Some(input) = self.local.pop_front()
        {
            self.patience = self.patience.map(|left| left - 1);
            self.run(input.id, input.what);
        }
    }

    fn run(&mut self, id: InputId, what: Inbound) {
        let input = Input {
            id,
            at: self.now,
            what,
        };
        let mut twin = self.twin();
        show_all(&self.rows, &mut self.host, &input, self.rows.len());
        // However a walk is cut into pages, it gathers the same.
        show_all(&self.rows, &mut twin, &input, 3);
        let rows = load(&self.rows, self.host.needs(&input.what));
        let turned = self
            .host
            .turn(&input, &rows, self.now)
            .expect("the turn fits the store");
        let again = twin
            .turn(&input, &rows, self.now)
            .expect("the turn fits the store");
        assert_eq!(
            turned, again,
            "the stored state and the same input give another result"
        );
        self.asked_past_what_gathers(&input, &turned);
        if let Some(refusal) = &turned.refused {
            assert!(
                *self.host.state() == *self.twin().state(),
                "changed and then refused: {refusal}"
            );
            assert!(turned.commit.writes.is_empty() && turned.commit.outbox.is_empty());
        }
        assert_eq!(self.host.broken(), [], "after {input:?}");
        self.show_turn(&input, &turned);
        self.apply(&turned.commit);
        self.withdrawn.extend(&turned.commit.withdrawn);
        assert!(
            *self.host.state() == *self.twin().state(),
            "the state does not read back"
        );
        self.carry_out(turned);
    }

    /// A question gets the same answer when it goes past the signs of life before it.
    fn asked_past_what_gathers(&mut self, input: &Input, turned: &Turned) {
        let before = self.before_signs.take();
        if matches!(input.what, Inbound::Activity(_)) {
            self.before_signs = Some((self.head.clone(), self.rows.clone(), input.clone()));
        }
        let Some((about, (head, rows, signs))) = M::asks_about(&input.what).zip(before) else {
            return;
        };
        assert!(turned.commit.is_empty(), "a question changes something");
        let Inbound::Activity(activity) = &signs.what else {
            return;
        };
        let what = Activity::about([activity], about).map(Inbound::Activity);
        let past = Input {
            what: what.expect("there is one heap"),
            ..signs.clone()
        };
        let host = Host::<M, Json>::wake(self.address, head.as_ref(), Json);
        let host = host.expect("the head reads back");
        let rows = load(&rows, host.needs(&input.what));
        let asked = host.ask(input, &past, rows).expect("it can be asked");
        assert_eq!(asked, *turned, "the question was asked too early");
    }

    /// The machine as it would wake from the store.
    fn twin(&self) -> Host<M, Json> {
        Host::wake(self.address, self.head.as_ref(), Json).expect("the head reads back")
    }

    fn apply(&mut self, commit: &Commit) {
        self.index.apply(&commit.writes);
        for write in &commit.writes {
            match write.key.space() {
                Some(Space::Head) => self.head.clone_from(&write.record),
                Some(Space::Row) => {
                    self.apply_row(RowKey::new(write.key.tail()), write.record.clone());
                }
                _ => {}
            }
        }
        for (key, change) in &commit.timers {
            match change {
                TimerChange::Set { due, .. } => self.timers.insert(key.clone(), *due),
                TimerChange::Cancel => self.timers.remove(key),
            };
        }
    }

    fn apply_row(&mut self, key: RowKey, record: Option<Record>) {
        let Some(record) = record else {
            self.rows.remove(&key);
            return;
        };
        let row = M::Row::from_record(&Json, &record).expect("the row reads back");
        assert_eq!(
            row.to_record(&Json).expect("it fits"),
            record,
            "the row does not read back"
        );
        self.rows.insert(key, record);
    }
}

/// Shows a machine the rows it walks over before a turn.
fn show_all<M: Machine>(
    rows: &BTreeMap<RowKey, Record>,
    host: &mut Host<M, Json>,
    input: &Input,
    page: usize,
) {
    let Needs::Every { from, to, .. } = host.needs(&input.what) else {
        return;
    };
    let rows = rows.range(from..to);
    let rows: Vec<_> = rows.map(|(key, row)| (key.clone(), row.clone())).collect();
    host.scan(input, true, &[])
        .expect("there is nothing to read");
    for page in rows.chunks(page.max(1)) {
        host.scan(input, false, page).expect("the rows read back");
    }
}

fn load(rows: &BTreeMap<RowKey, Record>, needs: Needs) -> Vec<(RowKey, Record)> {
    match needs {
        Needs::Nothing => Vec::new(),
        Needs::Rows(keys) | Needs::Every { rows: keys, .. } => {
            let known = keys.into_iter();
            known
                .filter_map(|key| rows.get(&key).map(|row| (key, row.clone())))
                .collect()
        }
        Needs::Range { from, limit } => {
            let rows = rows.range(from..).take(limit);
            rows.map(|(key, row)| (key.clone(), row.clone())).collect()
        }
    }
}
