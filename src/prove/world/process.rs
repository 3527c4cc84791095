//! The start of a process, as `bot` does it, and its committer.

use super::super::{
    air::Air,
    discord::APPLICATION,
    life::{Aside, GATEWAY, Life},
    outside::SINK,
};
use super::{Check, INCARNATION, TICK, World};
use crate::runtime::committer::batch;
use crate::{
    bot::load,
    runtime::ground::{Ground as _, Reads as _},
};
use actors::kernel::core::Core;
use snapshots::Bincode;
use std::sync::Arc;

impl World {
    /// A process starts, as `bot` does it.
    pub(super) fn start(&mut self) -> Check {
        self.lives += 1;
        let now = self.now();
        let store = match self.memory.open(INCARNATION) {
            Ok(store) => store,
            // What was to strike a commit strikes the making of the store.
            Err(_) if std::mem::take(&mut self.struck) => {
                self.memory.crash();
                return Ok(());
            }
            Err(why) => return Err(format!("the store does not open: {why}")),
        };
        let loaded = load::read(&*store.reader(), &*store)
            .map_err(|why| format!("the store cannot be read: {why}"))?;
        self.book.ended(store.last_epoch());
        let (mut core, faults) = Core::load(Bincode, 1, &loaded.core, now);
        core.tell_questions_by(actors::registry::asks_about);
        core.set_sinks(&[SINK], now);
        if let Some(fault) = faults.first() {
            return Err(format!("{fault}"));
        }
        core.counters.parked = loaded.parked;
        #[cfg(feature = "sabotage")]
        {
            core.sabotage = self.sabotage;
        }
        load::check_positions(&mut core, APPLICATION, GATEWAY, 1);
        self.note(format_args!(
            "a process starts, {} epochs durable",
            store.last_epoch()
        ));
        self.book.claims(&self.discord, core.positions.current(0))?;
        let unfinished = core.process().about_to_handle.clone();
        let epoch = core.open_epoch();
        load::count_start(&mut core, now);
        if let Some((address, input)) = unfinished {
            self.note(format_args!(
                "{address} sets {} aside, which an earlier process did not finish",
                input.what.name()
            ));
            self.book.parked(address, &Arc::new(input), epoch)?;
        }
        let air = Air::default();
        let elapsed = self.discord.now.since(self.born).as_millis().unsigned_abs();
        air.sky().pass_to(elapsed);
        let aside = Aside {
            now,
            offset: self.offset(),
            guilds: loaded.guilds.into_iter().collect(),
            #[cfg(feature = "sabotage")]
            no_nonce: self.sabotage.no_nonce,
            ..Aside::default()
        };
        let life = Life::new(core, store, aside, air);
        life.here.core(|_| ());
        self.life = Some(life);
        // As the bot: that it started is durable before anything can end it.
        self.all_durable()
    }

    /// Commits until everything absorbed so far is durable: a start, and each input in careful mode.
    pub(super) fn all_durable(&mut self) -> Check {
        while let Some(life) = &mut self.life {
            if life.writing.is_none() {
                let now = life.here.now();
                let (open, durable) = life
                    .here
                    .core(|core| (core.gathering(), core.durable_until()));
                if durable >= open {
                    return Ok(());
                }
                life.writing = life.here.core(|core| core.prepare_last(now).map(batch));
            }
            self.finish()?;
        }
        Ok(())
    }

    pub(super) fn begin(&mut self) {
        let now = self.now();
        if let Some(life) = &mut self.life {
            life.writing = life.here.core(|core| core.prepare(now, TICK).map(batch));
        }
    }

    /// The batch is written; or the process ends in the middle of it.
    pub(super) fn finish(&mut self) -> Check {
        let now = self.now();
        let Some(life) = &mut self.life else {
            return Ok(());
        };
        let Some(batch) = life.writing.take() else {
            return Ok(());
        };
        match life.store.commit(&batch) {
            Ok(_) => {
                life.here.core(|core| core.durable(batch.epoch, now));
                self.book.durable(batch.epoch);
                let rows = self.chance.below(4);
                self.deliver(rows)?;
                self.note(format_args!(
                    "epoch {} is durable: {} writes",
                    batch.epoch,
                    batch.writes.len()
                ));
            }
            Err(_) if self.crash_in_commit => self.crash("in a commit"),
            Err(fault) => {
                life.store
                    .reopen()
                    .map_err(|why| format!("the store does not open again: {why}"))?;
                life.writing = Some(batch);
                self.note(format_args!("the store fails: {fault}"));
            }
        }
        Ok(())
    }
}
