//! One turn: from an input to a commit. The actor shell and the seeded proof call the same function.

use super::{
    address::Address,
    call::{Call, Origin, Permissions},
    command::{Command, Place, Who},
    effect::{Effect, Instant, OutboxRow},
    inbound::{EffectId, Inbound, Input},
    machine::{
        ANSWER_LIFETIME, Broken, Cx, IndexKey, Machine, Needs, Reply, RowKey, Scanned, TimerChange,
        answer_targets,
    },
    own,
    record::{Codec, CodecFault, Key, MAX_ROWS_PER_TURN, Record, Schema, Snapshot, Space, Write},
    spool::Line,
    text::{Attachment, Choice, Message},
    time::Timestamp,
};
use std::collections::BTreeMap;

/// Everything a turn changes, to be absorbed into the current epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Commit {
    /// Whose turn.
    pub address: Address,
    /// Head, rows and index rows.
    pub writes: Vec<Write>,
    /// Effects wanted.
    pub outbox: Vec<OutboxRow>,
    /// Effects of earlier turns that are no longer wanted.
    pub withdrawn: Vec<EffectId>,
    /// Timers set and cancelled; a fired timer is cancelled unless it was set again.
    pub timers: BTreeMap<String, TimerChange>,
    /// `Some(true)`: goes on reconciling a gap. `Some(false)`: has caught up.
    pub reconciling: Option<bool>,
    /// Lines for whoever gets them: see [`super::spool`].
    pub spooled: Vec<Line>,
}

impl Commit {
    /// A commit that changes nothing.
    #[must_use]
    pub const fn empty(address: Address) -> Self {
        let timers = BTreeMap::new();
        Self {
            address,
            writes: Vec::new(),
            outbox: Vec::new(),
            withdrawn: Vec::new(),
            timers,
            reconciling: None,
            spooled: Vec::new(),
        }
    }

    /// Whether anything would be different afterwards.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
            && self.outbox.is_empty()
            && self.withdrawn.is_empty()
            && self.timers.is_empty()
            && self.reconciling.is_none()
            && self.spooled.is_empty()
    }
}

/// What came of a turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Turned {
    /// What to make durable.
    pub commit: Commit,
    /// An answer that may leave at once, because it carries no decision.
    pub instant: Option<Instant>,
    /// The rules said no: why.
    pub refused: Option<String>,
}

/// A turn that cannot be kept. The machine must be loaded again from its last commit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TurnFault {
    /// State or row would not fit.
    #[error("the turn does not fit the store")]
    Codec(#[from] CodecFault),
    /// Too many rows at once.
    #[error("the turn writes {0} rows, more than {MAX_ROWS_PER_TURN}")]
    TooManyRows(usize),
}

/// A machine with its state, behind one face for every feature.
pub trait Hosted: Send {
    /// Who it is.
    fn address(&self) -> Address;
    /// The rows this input needs.
    fn needs(&self, what: &Inbound) -> Needs;
    /// Some rows of the walk that this input needs ([`Needs::Every`]), in key order from call to call;
    /// with the `first` of them what was gathered before is forgotten.
    ///
    /// # Errors
    /// When a row cannot be read. The machine must not be used again then.
    fn scan(
        &mut self,
        input: &Input,
        first: bool,
        rows: &[(RowKey, Record)],
    ) -> Result<(), CodecFault>;
    /// Runs one turn, with what was gathered for it.
    ///
    /// # Errors
    /// When the result cannot be stored, or a row cannot be read. The machine must not be used
    /// again then.
    fn turn(
        &mut self,
        input: &Input,
        rows: &[(RowKey, Record)],
        now: Timestamp,
    ) -> Result<Turned, TurnFault>;
    /// Runs the turn of a question ([`Machine::asks_about`]) as if the machine had worked off `past`
    /// before; nothing is changed.
    ///
    /// # Errors
    /// As [`Hosted::turn`], but the machine can be used again.
    fn ask(
        &self,
        question: &Input,
        past: &Input,
        rows: Vec<(RowKey, Record)>,
    ) -> Result<Turned, TurnFault>;
    /// The state as it would be stored, to see whether it changed.
    ///
    /// # Errors
    /// When it cannot be encoded.
    fn encoded(&self) -> Result<Vec<u8>, CodecFault>;
    /// Invariants that do not hold.
    fn broken(&self) -> Vec<Broken>;
}

/// The machine `M` at work.
pub struct Host<M: Machine, C: Codec> {
    address: Address,
    state: M::State,
    /// The state as last committed: what does not change is not written.
    encoded: Vec<u8>,
    /// Whether there is a head: what a machine owns besides never lies there without one.
    stored: bool,
    /// What was gathered for the turn to come.
    scanned: Scanned,
    codec: C,
}

impl<M: Machine, C: Codec> Host<M, C> {
    /// Wakes the machine at `address` from its stored head, or as new.
    ///
    /// # Errors
    /// When the head cannot be read.
    pub fn wake(address: Address, head: Option<&Record>, codec: C) -> Result<Self, CodecFault> {
        let state = match head {
            Some(record) => M::State::from_record(&codec, record)?,
            None => M::State::default(),
        };
        let encoded = codec.encode(&state)?;
        Ok(Self {
            address,
            state,
            encoded,
            stored: head.is_some(),
            scanned: Scanned::default(),
            codec,
        })
    }

    /// The state, for tests and inspection.
    pub const fn state(&self) -> &M::State {
        &self.state
    }

    fn decide(&mut self, cx: &mut Cx<'_, M::Row>, what: &Inbound) -> Result<Reply, String> {
        match what {
            Inbound::Called(call) => {
                let command = find::<M>(&call.command).ok_or(UNKNOWN_COMMAND)?;
                permit(command, M::shared(&self.state), call)?;
                (command.run)(cx, &mut self.state, call).map_err(|refusal| refusal.to_string())
            }
            Inbound::Completing(call) => Ok(complete::<M>(&self.state, call)),
            _ if own::told::<M>(cx, &mut self.state, what) => Ok(Reply::Nothing),
            _ => M::on(cx, &mut self.state, what).map_err(|refusal| refusal.to_string()),
        }
    }

    /// The key of a person's machine names them: one that knows nothing any more leaves nothing.
    fn knows_nothing(&self, cx: &Cx<'_, M::Row>) -> bool {
        let sets = |change: &TimerChange| matches!(change, TimerChange::Set { .. });
        self.address.guild_id().is_none()
            && cx.rows.is_empty()
            && cx.index.is_empty()
            && !cx.timers.values().any(sets)
            && self.state == M::State::default()
    }

    fn writes(&mut self, cx: &Cx<'_, M::Row>) -> Result<Vec<Write>, TurnFault> {
        if cx.rows.len() > MAX_ROWS_PER_TURN {
            return Err(TurnFault::TooManyRows(cx.rows.len()));
        }
        let mut writes = Vec::new();
        let head = self.state.to_record(&self.codec)?;
        let owns = !(cx.rows.is_empty() && cx.index.is_empty() && cx.timers.is_empty());
        if self.stored && self.knows_nothing(cx) {
            self.encoded.clone_from(&head.payload);
            self.stored = false;
            writes.push(Write {
                key: head_key(self.address),
                record: None,
            });
        } else if head.payload != self.encoded || (owns && !self.stored) {
            self.encoded.clone_from(&head.payload);
            self.stored = true;
            writes.push(Write {
                key: head_key(self.address),
                record: Some(head),
            });
        }
        for (key, row) in &cx.rows {
            let record = row
                .as_ref()
                .map(|row| row.to_record(&self.codec))
                .transpose()?;
            writes.push(Write {
                key: row_key(self.address, key),
                record,
            });
        }
        for (key, on) in &cx.index {
            let record = on.then(|| Record {
                schema: INDEX_SCHEMA,
                payload: Vec::new(),
            });
            writes.push(Write {
                key: index_key(*key, Some(self.address)),
                record,
            });
        }
        Ok(writes)
    }
}

impl<M: Machine, C: Codec> Hosted for Host<M, C> {
    fn address(&self) -> Address {
        self.address
    }

    fn needs(&self, what: &Inbound) -> Needs {
        own::needs::<M>(what).unwrap_or_else(|| M::needs(&self.state, what))
    }

    fn scan(
        &mut self,
        input: &Input,
        first: bool,
        rows: &[(RowKey, Record)],
    ) -> Result<(), CodecFault> {
        if first {
            self.scanned = Scanned::default();
        }
        for (key, record) in rows {
            let row = M::Row::from_record(&self.codec, record)?;
            M::scan(&self.state, input, &mut self.scanned, key, &row);
        }
        Ok(())
    }

    fn turn(
        &mut self,
        input: &Input,
        rows: &[(RowKey, Record)],
        now: Timestamp,
    ) -> Result<Turned, TurnFault> {
        let mut loaded = BTreeMap::new();
        for (key, record) in rows {
            loaded.insert(key.clone(), M::Row::from_record(&self.codec, record)?);
        }
        let mut cx = Cx::new(now, self.address, &input.id, loaded);
        cx.scanned = std::mem::take(&mut self.scanned);
        let decided = self.decide(&mut cx, &input.what);
        let mut turned = Turned {
            commit: Commit::empty(self.address),
            instant: None,
            refused: None,
        };
        match decided {
            Ok(reply) => {
                turned.commit.writes = self.writes(&cx)?;
                turned.commit.timers = std::mem::take(&mut cx.timers);
                turned.commit.reconciling = cx.reconciling;
                turned.commit.withdrawn = std::mem::take(&mut cx.withdrawn);
                turned.commit.spooled = std::mem::take(&mut cx.spooled);
                let changes = !(turned.commit.is_empty() && cx.effects.is_empty());
                turned.instant = answer(&mut cx, &input.what, reply, changes);
                turned.commit.outbox = cx.effects;
            }
            Err(refusal) => {
                debug_assert_eq!(
                    self.codec.encode(&self.state).as_ref(),
                    Ok(&self.encoded),
                    "{} changed its state and then refused {}",
                    self.address,
                    input.what.name(),
                );
                turned.instant = input
                    .what
                    .origin()
                    .map(|_| Instant::Message(Message::text(refusal.clone()).fit()));
                turned.refused = Some(refusal);
            }
        }
        Ok(turned)
    }

    fn ask(
        &self,
        question: &Input,
        past: &Input,
        mut rows: Vec<(RowKey, Record)>,
    ) -> Result<Turned, TurnFault> {
        let head = Record {
            schema: Schema {
                kind: M::State::KIND,
                version: M::State::VERSION,
            },
            payload: self.encoded.clone(),
        };
        let mut pretended = Self::wake(self.address, Some(&head), self.codec.clone())?;
        let before = pretended.turn(past, &rows, past.at)?;
        for write in before.commit.writes {
            let key = RowKey::new(write.key.tail());
            if write.key.space() == Some(Space::Row) {
                rows.retain(|(known, _)| *known != key);
                rows.extend(write.record.map(|record| (key, record)));
            }
        }
        let mut turned = pretended.turn(question, &rows, question.at)?;
        debug_assert!(
            turned.commit.is_empty(),
            "{} says that {} changes nothing",
            self.address,
            question.what.name(),
        );
        turned.commit = Commit::empty(self.address);
        Ok(turned)
    }

    fn encoded(&self) -> Result<Vec<u8>, CodecFault> {
        self.codec.encode(&self.state)
    }

    fn broken(&self) -> Vec<Broken> {
        M::invariants(&self.state)
    }
}

const UNKNOWN_COMMAND: &str = "I do not know this command any more. Discord may still show an old list: try again in a minute.";

/// Finds a command by its full name. A group named alone means its `show` command.
fn find<M: Machine>(name: &str) -> Option<&'static Command<M>> {
    let named = |wanted: &str| {
        M::COMMANDS
            .iter()
            .find(|command| command.spec.name == wanted)
    };
    named(name).or_else(|| named(&format!("{name} show")))
}

/// Checks place and person when the command runs; Discord's own check is only a first fence.
fn permit<M: Machine>(
    command: &Command<M>,
    shared: Option<&super::fact::Shared>,
    call: &Call,
) -> Result<(), String> {
    if command.spec.place == Place::Guild && call.origin.guild.is_none() {
        let name = command.spec.name;
        return Err(format!(
            "`/{name}` works in a server. Use it there; `/help` lists what works here."
        ));
    }
    match command.spec.who {
        Who::Moderators if !is_moderator(shared, &call.origin.caller) => {
            Err(FOR_MODERATORS.to_owned())
        }
        Who::Owner if !is_owner(shared, &call.origin.caller) => Err(FOR_THE_OWNER.to_owned()),
        _ => Ok(()),
    }
}

/// What somebody reads who is no moderator.
pub const FOR_MODERATORS: &str = "This is for moderators: you need the permission *Manage Server*, \
    or a role that a moderator has set with `/setup moderators`.";

/// What somebody reads who does not own the server.
pub const FOR_THE_OWNER: &str =
    "This is for the server's owner, because it concerns what is stored about everybody here.";

/// Whether `caller` owns the server; buttons and forms ask this themselves.
#[must_use]
pub fn is_owner(shared: Option<&super::fact::Shared>, caller: &super::call::Caller) -> bool {
    shared.is_some_and(|shared| shared.owner == Some(caller.user))
}

/// Whether `caller` may use what is for moderators; buttons and forms ask this themselves.
#[must_use]
pub fn is_moderator(shared: Option<&super::fact::Shared>, caller: &super::call::Caller) -> bool {
    let by_role = shared.is_some_and(|shared| {
        caller
            .roles
            .iter()
            .any(|role| shared.moderators.contains(role))
    });
    by_role || caller.permissions.allow(Permissions::MANAGE_GUILD)
}

fn complete<M: Machine>(state: &M::State, call: &Call) -> Reply {
    let typed = call
        .focused
        .as_deref()
        .and_then(|option| call.text(option))
        .unwrap_or_default();
    let choices = find::<M>(&call.command)
        .and_then(|command| command.complete)
        .map_or_else(Vec::new, |complete| complete(state, call, typed));
    Reply::Choices(choices)
}

/// The answer's class: what changes something waits in the outbox until it is durable, everything
/// else leaves at once.
fn answer<R: Clone>(
    cx: &mut Cx<'_, R>,
    what: &Inbound,
    reply: Reply,
    changes: bool,
) -> Option<Instant> {
    let origin = what.origin()?;
    let reply = match reply {
        Reply::Nothing => Reply::text("Done."),
        reply => reply,
    };
    match reply {
        Reply::Say(message) if changes => {
            say(cx, origin, message);
            None
        }
        // Files are not kept, and a button that decided something keeps what it stood for.
        Reply::Replace(message) | Reply::Files(message, _) if changes => {
            debug_assert!(false, "{} changes something and shows it", cx.me);
            say(cx, origin, message);
            None
        }
        Reply::Say(message) => Some(Instant::Message(message.fit())),
        Reply::Replace(message) if matches!(what, Inbound::Pressed(_)) => {
            Some(Instant::Replace(message.fit()))
        }
        Reply::Replace(message) => Some(Instant::Message(message.fit())),
        Reply::Files(message, files) => Some(Instant::Files(message.fit(), Attachment::fit(files))),
        Reply::Choices(choices) => Some(Instant::Choices(Choice::fit(choices))),
        Reply::Modal(modal) => Some(Instant::Modal(modal.fit())),
        Reply::Later => Some(Instant::Defer),
        Reply::Nothing => None,
    }
}

/// Says it when what it tells of is durable.
fn say<R: Clone>(cx: &mut Cx<'_, R>, origin: &Origin, message: Message) {
    let effect = Effect::Say {
        to: answer_targets(origin),
        message,
    };
    cx.push(effect, ANSWER_LIFETIME, false, None);
}

/// Schema of index rows: they are all key.
pub const INDEX_SCHEMA: super::record::Schema = super::record::Schema {
    kind: 0x8006,
    version: 1,
};

/// The key of a machine's head.
#[must_use]
pub fn head_key(address: Address) -> Key {
    Key::of(Space::Head, address, &[])
}

/// The key of a machine's row.
#[must_use]
pub fn row_key(address: Address, key: &RowKey) -> Key {
    Key::of(Space::Row, address, &key.0)
}

/// The key of an index row; without an address the prefix of all rows of `key`.
#[must_use]
pub fn index_key(key: IndexKey, address: Option<Address>) -> Key {
    let (tag, id) = match key {
        IndexKey::Channel(channel) => (b'c', channel.get()),
        IndexKey::User(user) => (b'u', user.get()),
        IndexKey::Message(message) => (b'm', message.get()),
        IndexKey::Guild(guild) => (b'g', guild.get()),
        IndexKey::Members(guild) => (b'r', guild.get()),
    };
    let mut body = vec![tag];
    body.extend_from_slice(&id.to_be_bytes());
    if let Some(address) = address {
        body.extend_from_slice(&address.to_bytes());
    }
    Key::new(Space::Index, &body)
}

/// The address an index row leads to.
#[must_use]
pub fn indexed(key: &Key) -> Option<Address> {
    Address::from_bytes(key.body().get(9..)?)
}

#[cfg(test)]
mod tests;
