//! Time, and which move is next.

use super::super::chance::Chance;
use super::{Check, Move, REST_WITHIN, TICK, World};
use crate::runtime::ground::Reads as _;
use actors::kernel::time::{Span, Timestamp};

impl World {
    /// Time passes, and with it what was waiting for it.
    pub(super) fn advance(&mut self, by: Span) -> Check {
        self.discord.now = self.discord.now + by;
        let (now, offset) = (self.now(), self.offset());
        let elapsed = self.discord.now.since(self.born).as_millis().unsigned_abs();
        if let Some(life) = &mut self.life {
            {
                let mut aside = life.here.aside();
                (aside.now, aside.offset) = (now, offset);
            }
            life.air.sky().pass_to(elapsed);
        }
        self.fly()
    }

    /// A long time passes, with everything that happens by itself.
    pub(super) fn pass(&mut self, span: Span) -> Check {
        let end = self.discord.now + span;
        while self.discord.now < end {
            for _ in 0..40 {
                if !self.one_move()? {
                    break;
                }
            }
            let next = self.next_change().unwrap_or(end).min(end);
            let by = next.since(self.discord.now).max(Span::millis(20));
            self.advance(by)?;
        }
        Ok(())
    }

    /// When something happens by itself, in true time.
    pub(super) fn next_change(&self) -> Option<Timestamp> {
        let life = self.life.as_ref()?;
        let ours = life.here.core(|core| {
            let timer = core.next_timer().map(|due| due.max(life.look_at));
            core.next_commit(TICK)
                .into_iter()
                .chain(core.next_send())
                .chain(timer)
                .min()
        });
        let again = life.here.aside().again.iter().map(|(due, ..)| *due).min();
        let ours = ours.into_iter().chain(again).min().map(|at| at - self.skew);
        let sky = life.air.sky().next_change();
        let sky = sky.map(|at| self.born + Span::millis(at.cast_signed()));
        let light = Some(self.dark_until).filter(|at| *at > self.discord.now);
        let owed = life.here.core(|core| core.outbox_size().0 > 0);
        let look = Some(life.send_at).filter(|_| owed);
        ours.into_iter().chain(sky).chain(light).chain(look).min()
    }

    /// Faults are over: everything that is owed happens.
    ///
    /// # Errors
    /// When something does not hold, or the world does not come to rest.
    pub fn settle(&mut self) -> Check {
        self.chance = Chance::new(self.seed, 4);
        (self.trouble, self.panics, self.too_soon) = (0, 0, false);
        self.dark_until = self.discord.now;
        self.note("-- all faults are over");
        let end = self.discord.now + REST_WITHIN;
        loop {
            while self.one_move()? {
                self.advance(Span::millis(1))?;
            }
            if self.is_quiet() {
                return Ok(());
            }
            if self.discord.now > end {
                return Err(format!(
                    "the world does not come to rest: {}",
                    self.unrest()
                ));
            }
            let next = self.next_change();
            let by = next.map_or(Span::seconds(1), |at| at.since(self.discord.now));
            self.advance(by.max(Span::millis(1)))?;
        }
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.life.as_ref().is_some_and(|life| {
            let soon = self.now() + Span::minutes(10);
            let still = life.here.core(|core| {
                core.decided()
                    && core.outbox_size().0 == 0
                    && core.gaps.is_empty()
                    && core.next_timer().is_none_or(|due| due > soon)
            });
            let aside = life.here.aside();
            still
                && life.flights.is_empty()
                && life.writing.is_none()
                && aside.again.is_empty()
                && aside.connected
        })
    }

    pub(super) fn unrest(&self) -> String {
        let Some(life) = &self.life else {
            return "there is no process".to_owned();
        };
        life.here.core(|core| {
            format!(
                "{} inputs wait, {} effects, {} gaps, next timer {:?}, {} under way",
                core.waiting(),
                core.outbox_size().0,
                core.gaps.len(),
                core.next_timer(),
                life.flights.len()
            )
        })
    }

    /// One move of those that are possible; `false` when there is none.
    pub(super) fn one_move(&mut self) -> Result<bool, String> {
        let possible = self.possible();
        let Some(next) = self.chance.pick(&possible).copied() else {
            return Ok(false);
        };
        self.moves += 1;
        match next {
            Move::Start => self.start()?,
            Move::Connect => self.connect(),
            Move::Frame => self.frame()?,
            Move::Turn => self.turn()?,
            Move::Begin => self.begin(),
            Move::Finish => self.finish()?,
            Move::Send => self.send()?,
            Move::Reach => self.reach_one(),
            Move::Stray => self.stray(),
            Move::Timers => self.timers(),
            Move::Ask => self.ask(),
            Move::Again => self.again(),
        }
        self.fly()?;
        Ok(true)
    }

    pub(super) fn possible(&self) -> Vec<Move> {
        let Some(life) = &self.life else {
            return vec![Move::Start];
        };
        let now = self.now();
        let aside = life.here.aside();
        let sky = life.air.sky();
        let frames = life.link.as_ref().is_some_and(|link| {
            link.replaying && link.next >= link.until
                || link.next < self.discord.sessions[link.session].events.len()
        });
        let again = aside.connected && aside.again.iter().any(|(due, ..)| *due <= now);
        let (woken, asked) = (!aside.woken.is_empty(), !aside.asked.is_empty());
        let instant = !aside.instants.is_empty() || !aside.judged.is_empty();
        drop(aside);
        let (commit, send, timer) = life.here.core(|core| {
            let commit = core.urgent()
                || core.next_commit(TICK).is_some_and(|at| at <= now)
                || core.store_lag(now).as_millis() < 0;
            let send = core.has_sendable() || core.next_send().is_some_and(|at| at <= now);
            (
                commit,
                send,
                core.next_timer().is_some_and(|due| due <= now),
            )
        });
        let writing = life.writing.is_some();
        let owed = life.here.core(|core| core.outbox_size().0 > 0);
        let table = [
            (
                life.link.is_none() && self.discord.now >= self.dark_until,
                Move::Connect,
            ),
            (frames, Move::Frame),
            (woken, Move::Turn),
            (commit && !writing, Move::Begin),
            (writing, Move::Finish),
            (
                send || instant || owed && life.send_at <= self.discord.now,
                Move::Send,
            ),
            (sky.calls.values().any(|call| !call.arrived), Move::Reach),
            (!sky.strays.is_empty(), Move::Stray),
            (timer && life.look_at <= now, Move::Timers),
            (asked, Move::Ask),
            (again, Move::Again),
        ];
        table
            .into_iter()
            .filter(|(can, _)| *can)
            .map(|(_, what)| what)
            .collect()
    }
}
