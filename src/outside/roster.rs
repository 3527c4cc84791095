//! The daily list of accounts, on its way from Discord to the sinks.
//!
//! The list of a guild comes in *sheets*, one for each page that Discord gives, and nothing of it is in our
//! store: what is in memory is one sheet, and the next is read when every sink has the last. A run that ends
//! early begins anew, with its first sheet; sinks show a list only once the last one is there, and the list
//! before it until then. So however often a run is cut short, each sink has one whole list of a day.
//!
//! Who asked to be forgotten is left out by what the messages machine has noted, looked up while the sink
//! is ours alone: the line that has them deleted there ([`actors::kernel::spool::Line::Forget`]) is made with
//! that note, so it comes behind every sheet that still has them.
//!
//! A sink that does not take its list is given it again later, and the others are not. Until then no list
//! is read for it, of whatever guild. A run whose list is no longer wanted ends at its next sheet.

use super::{Account, Outlet, Sheet, SinkFault};
use crate::runtime::{Hub, view};
use actors::{
    kernel::{
        address::{Address, Kind},
        effect::{Failure, Outcome},
        ids::GuildId,
        inbound::EffectId,
        outbox::Sent,
        record::Snapshot as _,
        time::{Span, Timestamp},
    },
    messages::State,
};
use snapshots::Bincode;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Lists under way at a time: each takes a place among all that leaves for Discord.
const AT_ONCE: usize = 2;
/// When to look for such a place again.
const CROWDED: Span = Span::seconds(5);
/// The longest pause before a sink is tried again that did not take a list; the first is two seconds.
const MAX_PAUSE: Span = Span::minutes(5);

/// Hands lists to the sinks.
pub struct Rosters {
    hub: Arc<Hub>,
    outlets: Vec<Outlet>,
    books: Mutex<Books>,
    room: Semaphore,
}

/// What need not outlive the process.
#[derive(Default)]
struct Books {
    /// Of each guild whose list is not everywhere: for which effect it is, and which sinks have it.
    have: BTreeMap<GuildId, (EffectId, BTreeSet<&'static str>)>,
    /// Sinks that did not take a list: how often, and until when they are left alone.
    away: BTreeMap<&'static str, (u32, Timestamp)>,
}

/// Somebody to hand a list to, sheet after sheet.
pub trait Takes {
    /// Whether it is worth going on.
    fn is_wanted(&self) -> bool;
    /// Hands on a sheet; returns when it has arrived.
    fn hand_on(&mut self, sheet: &Sheet) -> impl Future<Output = ()> + Send;
}

/// A run through the list of one guild.
pub struct Run<'a> {
    rosters: &'a Rosters,
    guild: GuildId,
    effect: EffectId,
    /// The sinks that go along, each with how many accounts it has.
    along: Vec<(&'a Outlet, u64)>,
    /// Nobody wants the list any more.
    unwanted: bool,
    _room: SemaphorePermit<'a>,
}

/// Why a sheet was not taken.
enum Stop {
    Unwanted,
    Fault(SinkFault),
}

impl Rosters {
    /// For these sinks; nothing where there are none.
    #[must_use]
    pub fn new(hub: &Arc<Hub>, outlets: &[Outlet]) -> Option<Self> {
        (!outlets.is_empty()).then(|| Self {
            hub: Arc::clone(hub),
            outlets: outlets.to_vec(),
            books: Mutex::default(),
            room: Semaphore::new(AT_ONCE),
        })
    }

    /// Begins a run with the sinks that do not have the list of this effect yet, and could take it.
    ///
    /// # Errors
    /// When to try again, if there are none, or too many runs are under way.
    pub fn begin(&self, guild: GuildId, effect: EffectId) -> Result<Run<'_>, Sent> {
        let room = self.room.try_acquire();
        let room = room.map_err(|_| Sent::Later(CROWDED))?;
        let (books, now) = (self.books(), self.running());
        let there = |outlet: &&Outlet| books.pause(outlet.name, now) <= Span::ZERO;
        let missing = self.outlets.iter();
        let missing = missing.filter(|outlet| !books.has(guild, effect, outlet.name));
        let along: Vec<_> = missing.filter(there).map(|outlet| (outlet, 0)).collect();
        if along.is_empty() {
            return Err(Sent::Later(self.next_try(&books, guild, effect)));
        }
        Ok(Run {
            rosters: self,
            guild,
            effect,
            along,
            unwanted: false,
            _room: room,
        })
    }

    /// Now, on the clock that only goes forward.
    fn running(&self) -> Timestamp {
        Timestamp::EPOCH + self.hub.clock.running()
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How soon one of the sinks that are missing may be tried.
    fn next_try(&self, books: &Books, guild: GuildId, effect: EffectId) -> Span {
        let (now, missing) = (self.running(), self.outlets.iter());
        let missing = missing.filter(|outlet| !books.has(guild, effect, outlet.name));
        let pauses = missing.map(|outlet| books.pause(outlet.name, now));
        pauses.min().unwrap_or(Span::ZERO)
    }

    /// `sheet` for one sink, which is ours alone: who is forgotten by now is not on it. How many accounts the
    /// sink has with it.
    async fn hand_on(
        &self,
        outlet: &Outlet,
        sheet: &Sheet,
        run: (EffectId, u64),
    ) -> Result<u64, Stop> {
        let mut sink = outlet.sink.lock().await;
        let me = Address::guild(Kind::Messages, sheet.roster.guild);
        let state = self.state(me).map_err(Stop::Fault)?;
        if state.roster.taking != Some(run.0) {
            return Err(Stop::Unwanted);
        }
        let mut sheet = sheet.clone();
        let is_forgotten = |account: &Account| state.forgotten.has(me, account.user);
        sheet.accounts.retain(|account| !is_forgotten(account));
        let count = run.1 + sheet.accounts.len() as u64;
        sheet.total = sheet.total.map(|_| count);
        let taken = sink.take(&sheet).await;
        taken.map(|()| count).map_err(Stop::Fault)
    }

    /// What the machine that wants the list has decided so far.
    fn state(&self, machine: Address) -> Result<State, SinkFault> {
        let away = |why: String| SinkFault::Away(format!("the store: {why}"));
        let head = view::head(&*self.hub, machine).map_err(|why| away(why.to_string()))?;
        let state = head.map(|head| State::from_record(&Bincode, &head));
        let state = state.transpose().map_err(|why| away(why.to_string()))?;
        Ok(state.unwrap_or_default())
    }
}

impl Books {
    fn has(&self, guild: GuildId, effect: EffectId, sink: &str) -> bool {
        let have = self.have.get(&guild).filter(|(of, _)| *of == effect);
        have.is_some_and(|(_, names)| names.contains(sink))
    }

    /// For how long a sink is left alone.
    fn pause(&self, sink: &str, now: Timestamp) -> Span {
        let away = self.away.get(sink);
        away.map_or(Span::ZERO, |(_, until)| until.since(now))
    }

    fn failed(&mut self, sink: &'static str, now: Timestamp) {
        let (failures, until) = self.away.entry(sink).or_default();
        *failures += 1;
        let pause = Span::seconds(1 << (*failures).min(9)).min(MAX_PAUSE);
        *until = now + pause;
    }
}

impl Takes for Run<'_> {
    fn is_wanted(&self) -> bool {
        !self.along.is_empty()
    }

    /// A sink that does not take it no longer goes along.
    async fn hand_on(&mut self, sheet: &Sheet) {
        let (rosters, hub) = (self.rosters, &self.rosters.hub);
        for (outlet, before) in std::mem::take(&mut self.along) {
            match rosters.hand_on(outlet, sheet, (self.effect, before)).await {
                Ok(count) => {
                    hub.sink_took(outlet.name, count - before);
                    self.along.push((outlet, count));
                    continue;
                }
                Err(Stop::Unwanted) => self.unwanted = true,
                Err(Stop::Fault(why)) => {
                    let name = outlet.name;
                    tracing::warn!(sink = name, guild = %self.guild, %why, "it did not take a list of accounts");
                    hub.sink_failed(name, why.to_string());
                    rosters.books().failed(name, rosters.running());
                }
            }
            outlet.sink.lock().await.give_up(self.guild).await;
        }
    }
}

impl Run<'_> {
    /// The list was read to its end, or not: what became of the effect.
    pub async fn end(self, read: Result<(), Sent>) -> Sent {
        if let Err(fault) = read {
            for (outlet, _) in &self.along {
                outlet.sink.lock().await.give_up(self.guild).await;
            }
            return fault;
        }
        let mut books = self.rosters.books();
        let known = books.have.remove(&self.guild);
        let known = known.filter(|(of, _)| *of == self.effect);
        if self.unwanted {
            return Sent::Refused(Failure {
                status: 0,
                code: 0,
                text: "nobody wants it any more".to_owned(),
            });
        }
        let (_, mut have) = known.unwrap_or((self.effect, BTreeSet::new()));
        for (outlet, _) in &self.along {
            books.away.remove(outlet.name);
            have.insert(outlet.name);
        }
        if have.len() < self.rosters.outlets.len() {
            books.have.insert(self.guild, (self.effect, have));
            let pause = self.rosters.next_try(&books, self.guild, self.effect);
            return Sent::Later(pause);
        }
        let accounts = self.along.iter().map(|(_, accounts)| *accounts);
        let accounts = accounts.max().unwrap_or(0);
        Sent::Done(Outcome::Listed { accounts })
    }
}

#[cfg(test)]
mod tests;
