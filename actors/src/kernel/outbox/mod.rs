//! The outbox: what must still happen in the world, when it may, and what became of it.
//!
//! Rows come in when the batch that holds them is durable. Each belongs to a [`Lane`] (a channel, a
//! user, an interaction); a lane sends one at a time, in order. What fails for a passing reason is
//! tried again with growing, jittered pauses until it expires; an entry that keeps failing steps
//! aside so that it never blocks what comes behind it. What Discord refuses for good goes to its
//! next target, else back to the machine that wanted it, else to the dead letters.
//!
//! Nothing here knows HTTP: the runtime carries out [`Job`]s and reports [`Sent`].

mod nonce;
mod pacing;

pub use nonce::{NONCE_LENGTH, nonce, parse_nonce};
pub use pacing::Pacing;

use super::{
    effect::{Effect, Failure, Lane, OutboxRow, Outcome},
    ids::{ChannelId, GuildId, MessageId},
    inbound::EffectId,
    time::{Span, Timestamp},
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How many bulk effects may be under way at once. Answers to people have their own way.
pub const MAX_FLYING: usize = 16;
/// After this many failures an entry lets others pass.
pub const STEP_ASIDE_AFTER: u32 = 5;
/// The longest pause between two tries.
pub const MAX_PAUSE: Span = Span::seconds(60);
/// Discord remembers a nonce for a few minutes. Older than this, a message whose fate is unknown is
/// looked up in its channel before it is sent again.
pub const NONCE_TRUSTED: Span = Span::seconds(90);

/// How soon to look again at what waits until its guild is up to date.
const HELD_LOOK: Span = Span::seconds(2);

/// How much further back to look for what an earlier life may have sent: the clock may have been set
/// between the two.
const CLOCK_SLACK: Span = Span::minutes(10);

/// Something for the runtime to do now.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// The row.
    pub row: OutboxRow,
    /// Which of its targets, counted from 0.
    pub stage: usize,
    /// It may have happened already, too long ago for the nonce: look first, from this instant on.
    pub look_since: Option<Timestamp>,
    /// An earlier life may have sent it: whether its clock went like ours, only Discord's tells.
    pub of_earlier_life: bool,
}

/// What became of a job.
#[derive(Clone, Debug, PartialEq)]
pub enum Sent {
    /// It happened.
    Done(Outcome),
    /// Refused for good.
    Refused(Failure),
    /// Discord says we are too fast; again after this pause.
    Slow(Span),
    /// It cannot be tried now, and nothing was sent; again after this pause.
    Later(Span),
    /// It may or may not have happened: no answer, or a server error.
    Unclear,
}

/// A row that has come to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// The row.
    pub row: OutboxRow,
    /// How it ended.
    pub outcome: Outcome,
    /// Nobody wanted it any more.
    pub withdrawn: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ready,
    Waiting(Timestamp),
    Flying,
}

#[derive(Clone, Debug)]
struct Entry {
    row: OutboxRow,
    stage: usize,
    failures: u32,
    /// When it may first have reached Discord.
    first_try: Option<Timestamp>,
    /// An earlier life may have sent it …
    restored: bool,
    /// … and the clock was set back since, so that its age says nothing.
    doubtful: bool,
    /// It was withdrawn while it was under way: not to be tried again.
    withdrawn: bool,
    state: State,
}

/// See the module docs.
#[derive(Debug, Default)]
pub struct Outbox {
    entries: BTreeMap<EffectId, Entry>,
    lanes: BTreeMap<Lane, VecDeque<EffectId>>,
    /// Lanes in which something may be sent.
    ready: BTreeSet<Lane>,
    /// When to look at a lane again.
    wakes: BTreeSet<(Timestamp, Lane)>,
    flying: usize,
    pacing: Pacing,
    next_order: u64,
    /// When it was looked at last.
    looked_at: Timestamp,
}

impl Outbox {
    /// The place for the next effect; places grow over the life of the store.
    pub const fn take_order(&mut self) -> u64 {
        self.next_order += 1;
        self.next_order
    }

    /// A place taken by a row that does not come here.
    pub fn order_seen(&mut self, order: u64) {
        self.next_order = self.next_order.max(order);
    }

    /// A row whose batch is durable.
    pub fn add(&mut self, row: OutboxRow) {
        self.insert(row, None);
    }

    /// A row found at start: an earlier life may have sent it.
    pub fn restore(&mut self, row: OutboxRow) {
        let made_at = row.made_at;
        self.insert(row, Some(made_at));
    }

    /// A life begins at `now`; the store speaks of `newest`. If that is still to come, the clock was set
    /// back in between, nobody knows how far.
    pub fn begin(&mut self, now: Timestamp, newest: Timestamp) {
        let made = self.entries.values().map(|entry| entry.row.made_at);
        let newest = made.chain([newest]).max().unwrap_or(newest);
        for entry in self.entries.values_mut() {
            entry.doubtful = now < newest;
        }
        self.looked_at = now;
    }

    fn insert(&mut self, row: OutboxRow, first_try: Option<Timestamp>) {
        self.next_order = self.next_order.max(row.order);
        let lane = row.effect.lane(0);
        let id = row.id;
        let entry = Entry {
            row,
            stage: 0,
            failures: 0,
            restored: first_try.is_some(),
            doubtful: false,
            withdrawn: false,
            first_try,
            state: State::Ready,
        };
        if self.entries.insert(id, entry).is_none() {
            self.enqueue(lane, id);
        }
    }

    /// Puts `id` into `lane` where its order belongs.
    fn enqueue(&mut self, lane: Lane, id: EffectId) {
        let order = self.entries[&id].row.order;
        let queue = self.lanes.entry(lane).or_default();
        let place = queue.partition_point(|other| self.entries[other].row.order <= order);
        queue.insert(place, id);
        self.ready.insert(lane);
    }

    /// Everything that may be done at `now`, answers to people first. `behind` says of a guild that it is
    /// not surely up to date: what punishes waits there, and lets others pass.
    pub fn poll(
        &mut self,
        now: Timestamp,
        behind: impl Fn(GuildId) -> bool,
    ) -> (Vec<Job>, Vec<Ended>) {
        self.notice_jump(now);
        while let Some((at, lane)) = self.wakes.first().copied()
            && at <= now
        {
            self.wakes.pop_first();
            self.ready.insert(lane);
        }
        let (mut jobs, mut ended) = (Vec::new(), Vec::new());
        for lane in std::mem::take(&mut self.ready) {
            self.expire(lane, now, &mut ended);
            match self.pick(lane, now, &behind) {
                Pick::Send(id) => jobs.push(self.launch(lane, id, now)),
                Pick::Later(at) => {
                    self.wakes.insert((at, lane));
                }
                Pick::Crowded => {
                    self.ready.insert(lane);
                }
                Pick::Nothing => {}
            }
        }
        (jobs, ended)
    }

    /// A clock that was set back does not make first tries younger: they move with it, and a pause
    /// more, because it went on running since the last look.
    fn notice_jump(&mut self, now: Timestamp) {
        if now < self.looked_at {
            let back = self.looked_at.since(now);
            for first in self
                .entries
                .values_mut()
                .filter_map(|entry| entry.first_try.as_mut())
            {
                *first = *first - back - MAX_PAUSE;
            }
        }
        self.looked_at = now;
    }

    /// Whether there are lanes to look at now. While too much is flying, crowded lanes wait for a
    /// report instead.
    #[must_use]
    pub fn has_ready(&self) -> bool {
        let answers = matches!(self.ready.first(), Some(Lane::Answer(_)));
        answers || (!self.ready.is_empty() && self.flying < MAX_FLYING)
    }

    /// When [`Outbox::poll`] has something to do again, unless something else happens first.
    #[must_use]
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.wakes.first().map(|(at, _)| *at)
    }

    fn pick(&mut self, lane: Lane, now: Timestamp, behind: &impl Fn(GuildId) -> bool) -> Pick {
        let Some(queue) = self.lanes.get(&lane) else {
            return Pick::Nothing;
        };
        let mut later: Option<Timestamp> = None;
        for id in queue {
            let entry = &self.entries[id];
            match entry.state {
                State::Flying => return Pick::Nothing,
                State::Waiting(until) if until > now => {
                    later = Some(later.map_or(until, |other| other.min(until)));
                    if entry.failures < STEP_ASIDE_AFTER {
                        break;
                    }
                }
                State::Ready | State::Waiting(_)
                    if entry.row.effect.punishes().is_some_and(behind) =>
                {
                    let until = now + HELD_LOOK;
                    later = Some(later.map_or(until, |other| other.min(until)));
                }
                State::Ready | State::Waiting(_) => {
                    let answer = matches!(lane, Lane::Answer(_));
                    if !answer && self.flying >= MAX_FLYING {
                        return Pick::Crowded;
                    }
                    if !answer && let Some(at) = self.pacing.wait(lane, now) {
                        return Pick::Later(at);
                    }
                    return Pick::Send(*id);
                }
            }
        }
        later.map_or(Pick::Nothing, Pick::Later)
    }

    fn launch(&mut self, lane: Lane, id: EffectId, now: Timestamp) -> Job {
        self.pacing.spend(lane, now);
        let entry = self
            .entries
            .get_mut(&id)
            .expect("lanes name entries that exist");
        entry.state = State::Flying;
        if !matches!(lane, Lane::Answer(_)) {
            self.flying += 1;
        }
        let before = entry.first_try;
        entry.first_try.get_or_insert(now);
        let doubtful = entry.doubtful;
        let look_since = before
            .filter(|first| doubtful || now.since(*first) > NONCE_TRUSTED)
            .map(|first| {
                if entry.restored {
                    first.min(now) - CLOCK_SLACK
                } else {
                    first
                }
            });
        Job {
            row: entry.row.clone(),
            stage: entry.stage,
            look_since,
            of_earlier_life: entry.restored,
        }
    }

    fn expire(&mut self, lane: Lane, now: Timestamp, ended: &mut Vec<Ended>) {
        let Some(queue) = self.lanes.get(&lane) else {
            return;
        };
        let late: Vec<EffectId> = queue
            .iter()
            .filter(|id| {
                let entry = &self.entries[*id];
                entry.state != State::Flying && entry.row.expires_at <= now
            })
            .copied()
            .collect();
        for id in late {
            // An answer nobody waits for any more may still have another way to its reader.
            if self.step(id) {
                continue;
            }
            ended.extend(self.end(id, Outcome::Expired));
        }
    }

    /// Moves an entry on to its next target, if it has one.
    fn step(&mut self, id: EffectId) -> bool {
        let Some(entry) = self.entries.get_mut(&id) else {
            return false;
        };
        let Effect::Say { to, .. } = &entry.row.effect else {
            return false;
        };
        if entry.stage + 1 >= to.len() {
            return false;
        }
        let from = entry.row.effect.lane(entry.stage);
        entry.stage += 1;
        entry.state = State::Ready;
        entry.failures = 0;
        // A new way gets a day of its own, or an answer that came too late would expire with it.
        entry.row.expires_at = entry.row.expires_at + Span::hours(24);
        let to = entry.row.effect.lane(entry.stage);
        self.leave(from, id);
        self.enqueue(to, id);
        true
    }

    fn leave(&mut self, lane: Lane, id: EffectId) {
        if let Some(queue) = self.lanes.get_mut(&lane) {
            queue.retain(|other| *other != id);
            if queue.is_empty() {
                self.lanes.remove(&lane);
            }
        }
        self.ready.insert(lane);
    }

    fn end(&mut self, id: EffectId, outcome: Outcome) -> Option<Ended> {
        let entry = self.entries.remove(&id)?;
        let lane = entry.row.effect.lane(entry.stage);
        if entry.state == State::Flying && !matches!(lane, Lane::Answer(_)) {
            self.flying -= 1;
        }
        self.leave(lane, id);
        Some(Ended {
            row: entry.row,
            outcome,
            withdrawn: entry.withdrawn,
        })
    }

    /// Nobody wants this effect any more. `true`: it has not left, and is gone. What is under way is not
    /// tried again.
    pub fn withdraw(&mut self, id: EffectId) -> bool {
        match self.entries.get_mut(&id) {
            Some(entry) if entry.state == State::Flying => {
                entry.withdrawn = true;
                false
            }
            Some(_) => self.end(id, Outcome::Expired).is_some(),
            None => false,
        }
    }

    /// Takes a row out without an end.
    pub fn forget(&mut self, id: EffectId) {
        self.end(id, Outcome::Expired);
    }

    /// Every row on its way.
    pub fn rows(&self) -> impl Iterator<Item = &OutboxRow> {
        self.entries.values().map(|entry| &entry.row)
    }

    /// Puts `row` in the place of the row of this name, or takes it out. One that is under way goes on as
    /// it left; only what is tried after it says something else.
    pub fn replace(&mut self, id: EffectId, row: Option<OutboxRow>) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let flying = entry.state == State::Flying;
        let lane = entry.row.effect.lane(entry.stage);
        match row {
            None if !flying => self.forget(id),
            Some(row) if row.effect.lane(entry.stage) == lane => entry.row = row,
            Some(row) if !flying => {
                entry.row = row;
                entry.stage = 0;
                let to = entry.row.effect.lane(0);
                self.leave(lane, id);
                self.enqueue(to, id);
            }
            _ => {}
        }
    }

    /// What became of a job. A report about a row that has ended already changes nothing.
    pub fn report(&mut self, id: EffectId, sent: Sent, now: Timestamp) -> Option<Ended> {
        let entry = self.entries.get_mut(&id)?;
        if entry.state != State::Flying {
            return None;
        }
        let lane = entry.row.effect.lane(entry.stage);
        match sent {
            Sent::Done(outcome) => return self.end(id, outcome),
            Sent::Slow(_) | Sent::Later(_) | Sent::Unclear if entry.withdrawn => {
                return self.end(id, Outcome::Expired);
            }
            Sent::Refused(failure) => {
                if matches!(failure.status, 401 | 403) {
                    self.pacing.invalid(now);
                }
                return self.refused(id, lane, failure);
            }
            Sent::Slow(pause) => {
                self.pacing.invalid(now);
                entry.state = State::Waiting(now + pause.max(Span::millis(50)));
            }
            Sent::Later(pause) => {
                entry.state = State::Waiting(now + pause.max(Span::millis(50)));
            }
            Sent::Unclear => {
                entry.failures += 1;
                entry.state = State::Waiting(now + pause(id, entry.failures));
            }
        }
        self.land(lane);
        None
    }

    fn refused(&mut self, id: EffectId, lane: Lane, failure: Failure) -> Option<Ended> {
        let bulk = !matches!(lane, Lane::Answer(_));
        let wanted = !self.entries.get(&id)?.withdrawn;
        if wanted && self.step(id) {
            if bulk {
                self.flying -= 1;
            }
            return None;
        }
        self.end(id, Outcome::Failed(failure))
    }

    fn land(&mut self, lane: Lane) {
        if !matches!(lane, Lane::Answer(_)) {
            self.flying -= 1;
        }
        self.ready.insert(lane);
    }

    /// Our own message with our own nonce came back over the gateway: it is there.
    pub fn observed(
        &mut self,
        id: EffectId,
        message_id: MessageId,
        channel: ChannelId,
    ) -> Option<Ended> {
        let target = u8::try_from(self.entries.get(&id)?.stage).unwrap_or(u8::MAX);
        self.end(
            id,
            Outcome::Sent {
                message_id,
                channel,
                target,
            },
        )
    }

    /// Whether a row of this name is on its way.
    #[must_use]
    pub fn contains(&self, id: EffectId) -> bool {
        self.entries.contains_key(&id)
    }

    /// How many rows are on their way.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is on its way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// When the oldest row was made.
    #[must_use]
    pub fn oldest(&self) -> Option<Timestamp> {
        self.entries.values().map(|entry| entry.row.made_at).min()
    }

    /// Whether sending is braked because Discord refused too much.
    #[must_use]
    pub fn braked(&mut self, now: Timestamp) -> bool {
        self.pacing.braked(now)
    }
}

enum Pick {
    Send(EffectId),
    Later(Timestamp),
    Crowded,
    Nothing,
}

/// 1, 2, 4, … seconds up to [`MAX_PAUSE`], the second half of it drawn from the row's name: entries
/// that failed together do not come back together.
fn pause(id: EffectId, failures: u32) -> Span {
    let full = (1000_i64 << failures.saturating_sub(1).min(10)).min(MAX_PAUSE.as_millis());
    let draw = id.0.rotate_left(failures * 7) % 1000;
    Span::millis(full / 2 + full / 2 * draw.cast_signed() / 1000)
}

#[cfg(test)]
mod tests;
