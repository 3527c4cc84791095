//! The book of a world: which turns are part of which epoch, what is durable, and what was noticed on the
//! way. A crash takes back what was not durable.

use super::{
    discord::{Discord, What},
    world::Check,
};
use actors::{
    kernel::{
        activity::Signs,
        address::Address,
        call::Ticket,
        effect::OutboxRow,
        ids::{GuildId, InteractionId, UserId},
        inbound::{EffectId, Inbound, Input, InputId, Seq},
        stored::Position,
        time::Timestamp,
        turn::Commit,
    },
    registry,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A turn that was absorbed, or an input that was set aside.
#[derive(Debug)]
pub struct Turn {
    /// Whose.
    pub address: Address,
    /// Which input.
    pub input: Arc<Input>,
    /// The epoch that holds it.
    pub epoch: u64,
    /// What it wanted.
    pub effects: Vec<OutboxRow>,
    /// What it no longer wanted.
    pub withdrawn: Vec<EffectId>,
    /// It was set aside.
    pub parked: bool,
    /// When it was absorbed, on our clock.
    pub at: Timestamp,
}

/// See the module docs.
#[derive(Debug, Default)]
pub struct Book {
    /// What is part of an epoch, in its order. Without what a crash took back.
    pub log: Vec<Turn>,
    pub(super) handled: BTreeSet<(Address, InputId)>,
    /// So many of `log` are durable.
    settled: usize,
    pub(super) effects: BTreeMap<EffectId, OutboxRow>,
    dropped: BTreeSet<InteractionId>,
    sessions: BTreeMap<u32, usize>,
    claimed: BTreeMap<u32, usize>,
    pub(super) reached: BTreeMap<EffectId, u32>,
    early: Option<String>,
    /// Deeds in frames that are contained, by who did them.
    done: BTreeMap<(GuildId, UserId), u64>,
}

impl Book {
    /// A turn is about to be absorbed.
    ///
    /// # Errors
    /// When the machine holds this input already.
    pub fn turned(
        &mut self,
        address: Address,
        input: &Arc<Input>,
        epoch: u64,
        commit: &Commit,
        at: Timestamp,
    ) -> Check {
        self.enter(Turn {
            address,
            input: Arc::clone(input),
            epoch,
            effects: commit.outbox.clone(),
            withdrawn: commit.withdrawn.clone(),
            parked: false,
            at,
        })
    }

    /// An input is set aside.
    ///
    /// # Errors
    /// When the machine holds this input already.
    pub fn parked(&mut self, address: Address, input: &Arc<Input>, epoch: u64) -> Check {
        self.enter(Turn {
            address,
            input: Arc::clone(input),
            epoch,
            effects: Vec::new(),
            withdrawn: Vec::new(),
            parked: true,
            at: input.at,
        })
    }

    fn enter(&mut self, entry: Turn) -> Check {
        if !self.handled.insert((entry.address, entry.input.id.clone())) {
            let (kind, what) = (entry.address.kind, &entry.input.what);
            if registry::asks_about(kind, what).is_some() {
                // It went past what gathers, so no mark contains it: after a crash it comes again, changes
                // nothing again, and the edge finds it answered.
                self.log.extend(Some(entry).filter(|entry| entry.parked));
                return Ok(());
            }
            return Err(format!(
                "{} handles {:?} ({}) twice",
                entry.address,
                entry.input.id,
                entry.input.what.name()
            ));
        }
        self.log.push(entry);
        Ok(())
    }

    /// This epoch is durable.
    pub fn durable(&mut self, epoch: u64) {
        while let Some(entry) = self
            .log
            .get(self.settled)
            .filter(|entry| entry.epoch <= epoch)
        {
            let rows = entry.effects.iter();
            self.effects.extend(rows.map(|row| (row.id, row.clone())));
            self.settled += 1;
        }
    }

    /// A life has ended, and this epoch was the last durable one.
    pub fn ended(&mut self, epoch: u64) {
        self.durable(epoch);
        for entry in self.log.drain(self.settled..) {
            self.handled
                .remove(&(entry.address, entry.input.id.clone()));
        }
    }

    /// An interaction was dropped, because its author saw it fail.
    pub fn dropped(&mut self, ticket: &Ticket) {
        self.dropped.insert(ticket.interaction);
    }

    /// A session of Discord's has this number here.
    pub fn session(&mut self, ordinal: u32, session: usize) {
        self.sessions.insert(ordinal, session);
    }

    /// Discord has got a request for this effect.
    pub fn reached(&mut self, tag: Option<EffectId>, route: &str, success: bool) {
        let Some(id) = tag else { return };
        if !self.effects.contains_key(&id) {
            self.early.get_or_insert_with(|| {
                format!("effect {id} reaches {route} before its epoch is durable")
            });
        }
        *self.reached.entry(id).or_default() += u32::from(success);
    }

    /// What was noticed on the way.
    ///
    /// # Errors
    /// With the first thing that does not hold.
    pub fn so_far(&self) -> Check {
        self.early.clone().map_or(Ok(()), Err)
    }

    /// A process starts and says up to where it holds the stream: does it?
    ///
    /// # Errors
    /// When it claims what it does not hold.
    pub fn claims(&mut self, discord: &Discord, position: Option<&Position>) -> Check {
        let Some(position) = position else {
            return Ok(());
        };
        self.contained(discord, position.ordinal, position.seq)
    }

    pub(super) fn contained(&mut self, discord: &Discord, ordinal: u32, until: u64) -> Check {
        let Some(number) = self.sessions.get(&ordinal) else {
            return Ok(());
        };
        let session = &discord.sessions[*number];
        let until = usize::try_from(until).unwrap_or(usize::MAX);
        if until > session.events.len() {
            return Err(format!(
                "the position claims frame {until} of a session of {}",
                session.events.len()
            ));
        }
        let from = self.claimed.get(&ordinal).copied().unwrap_or(0);
        for (place, event) in session.events.iter().enumerate().take(until).skip(from) {
            let what = match &event.what {
                What::Happened(what) => what,
                What::Signed(sign) => {
                    let deeds = deeds(&sign.signs);
                    *self.done.entry((sign.guild, sign.user)).or_default() += deeds;
                    continue;
                }
                _ => continue,
            };
            let seq = place as u64 + 1;
            let at = Seq {
                session: ordinal,
                seq,
                part: 0,
            };
            for address in self.owed(what) {
                let id = InputId::Gateway { shard: 0, at };
                if !self.handled.contains(&(address, id)) {
                    return Err(format!(
                        "{address} never got frame {seq} of session {ordinal} ({}), and the position claims it",
                        what.name()
                    ));
                }
            }
        }
        self.claimed.insert(ordinal, until.max(from));
        Ok(())
    }

    /// Each sign of life in a contained frame was handed to its machine, once: they gather on the way,
    /// so no input has the name of one.
    /// What was in a session that ended may be lost with it, and then was in a gap.
    pub(super) fn signs(&self, discord: &Discord) -> Check {
        let mut ever: BTreeMap<(GuildId, UserId), u64> = BTreeMap::new();
        for event in discord.sessions.iter().flat_map(|session| &session.events) {
            if let What::Signed(sign) = &event.what {
                let deeds = deeds(&sign.signs);
                *ever.entry((sign.guild, sign.user)).or_default() += deeds;
            }
        }
        let mut told: BTreeMap<(GuildId, UserId), u64> = BTreeMap::new();
        for entry in &self.log {
            let Inbound::Activity(activity) = &entry.input.what else {
                continue;
            };
            for (user, signs) in &activity.members {
                let deeds = deeds(signs);
                *told.entry((activity.guild, *user)).or_default() += deeds;
            }
        }
        for of in self.done.keys().chain(told.keys()) {
            let count = |of_whom: &BTreeMap<_, u64>| of_whom.get(of).copied().unwrap_or(0);
            let (least, counted, most) = (count(&self.done), count(&told), count(&ever));
            if counted < least || counted > most {
                let (guild, user) = of;
                return Err(format!(
                    "user {user} of guild {guild} did {least} to {most} things, and {counted} were counted"
                ));
            }
        }
        Ok(())
    }

    /// Who must have handled an event.
    fn owed(&self, what: &Inbound) -> Vec<Address> {
        let excused = what
            .origin()
            .is_some_and(|origin| self.dropped.contains(&origin.ticket.interaction));
        // A completion that comes late is nobody's any more.
        if excused || matches!(what, Inbound::Completing(_)) {
            return Vec::new();
        }
        registry::route(what, &|_| Vec::new()).unwrap_or_default()
    }
}

/// How much somebody did.
fn deeds(signs: &Signs) -> u64 {
    signs.all().map(|did| u64::from(did.times)).sum()
}
