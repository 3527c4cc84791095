//! What goes wrong, done to the world.

use super::super::faults::Fault;
use super::{Check, World};
use crate::runtime::committer::batch;
use crate::runtime::ground::{Ground as _, Reads as _};
use actors::kernel::time::Span;
use snapshots::memory::Failure;

impl World {
    pub(super) fn fault(&mut self, fault: Fault) -> Check {
        match fault {
            Fault::Crash => self.crash("killed"),
            Fault::Stop => self.stop()?,
            Fault::CrashInCommit(strike) => {
                self.memory.fail_next(1, strike, Failure::Io);
                (self.crash_in_commit, self.struck) = (true, true);
            }
            Fault::StoreFails(strike) => {
                self.memory.fail_next(1, strike, Failure::Io);
                self.struck = true;
            }
            Fault::Cut => self.cut(),
            Fault::Forget => {
                if let Some(session) = self.discord.sessions.last_mut() {
                    session.dead = true;
                }
                self.cut();
            }
            Fault::Trim => {
                self.cut();
                if let Some(session) = self.discord.sessions.last_mut() {
                    session.trimmed = session.delivered;
                }
            }
            Fault::Rest(n) => self.trouble = n,
            Fault::Dark(span) => {
                self.cut();
                self.dark_until = self.discord.now + span;
            }
            Fault::Clock(span) => {
                self.skew = Span::millis(self.skew.as_millis() + span.as_millis());
                self.advance(Span::ZERO)?;
            }
            Fault::Panic(n) => self.panics = n,
            Fault::Sleep => {
                if let Some(life) = &mut self.life {
                    let here = &life.here;
                    life.machines
                        .retain(|address, _| here.core(|core| core.waiting_for(*address)) > 0);
                }
            }
            Fault::TooSoon => self.too_soon = true,
        }
        Ok(())
    }

    /// The process ends in order: its last batches are written.
    pub(super) fn stop(&mut self) -> Check {
        while let Some(life) = &mut self.life {
            if life.writing.is_none() {
                let now = life.here.now();
                life.writing = life.here.core(|core| core.prepare_last(now).map(batch));
            }
            if life.writing.is_none() {
                self.crash("stopped");
                return Ok(());
            }
            self.finish()?;
        }
        Ok(())
    }

    /// The process ends at once. What it had asked Discord for may arrive all the same.
    pub(super) fn crash(&mut self, why: &str) {
        if let Some(life) = self.life.take() {
            self.note(format_args!("the process ends: {why}"));
            let mut sky = life.air.sky();
            let calls = std::mem::take(&mut sky.calls).into_values();
            let under_way = calls
                .filter(|call| !call.arrived)
                .map(|call| (call.request, call.tag));
            for (request, tag) in under_way.chain(std::mem::take(&mut sky.strays)) {
                if self.chance.one_in(2) {
                    self.reach(&request, tag);
                }
            }
        }
        self.memory.crash();
        self.crash_in_commit = false;
    }

    pub(super) fn cut(&mut self) {
        let now = self.now();
        if let Some(life) = &mut self.life
            && life.link.take().is_some()
        {
            life.here.aside().connected = false;
            life.behind_since.get_or_insert(now);
        }
    }
}
