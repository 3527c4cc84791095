//! The shell around a turn, and the timer driver; as `runtime::shell` and `runtime::timers` do it.

use super::{Check, Injected, World};
use crate::runtime::{
    ground::{Ground as _, Reads as _},
    view,
};
use actors::{
    kernel::{
        address::Address,
        effect::Instant,
        inbound::Input,
        ledger::Next,
        record::CodecFault,
        text::Message,
        time::Span,
        turn::{Commit, TurnFault, Turned},
    },
    registry,
};
use snapshots::Bincode;
use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Arc,
};

impl World {
    /// One machine looks for work, as its shell does.
    pub(super) fn turn(&mut self) -> Check {
        let Some(life) = &mut self.life else {
            return Ok(());
        };
        let woken: Vec<Address> = life.here.aside().woken.iter().copied().collect();
        let Some(address) = self.chance.pick(&woken).copied() else {
            return Ok(());
        };
        match life.here.core(|core| core.next(address)) {
            Next::Idle => {
                life.here.aside().woken.remove(&address);
                Ok(())
            }
            Next::Park(input) => {
                let epoch = life.here.core(|core| core.open_epoch());
                let now = life.here.now();
                life.here
                    .core(|core| core.park(address, &input, "it panicked three times", now));
                if let Some(origin) = input.what.origin() {
                    life.here.answer(
                        origin.ticket.clone(),
                        Instant::Message(Message::text("set aside")),
                    );
                }
                self.note(format_args!("{address} parks {}", input.what.name()));
                self.book.parked(address, &input, epoch)
            }
            Next::Run {
                input,
                careful: true,
                ..
            } => {
                let now = life.here.now();
                let note = Some((address, (*input).clone()));
                life.here.core(|core| core.about_to_handle(note, now));
                self.all_durable()?;
                self.take(address, &input, None)?;
                self.all_durable()
            }
            Next::Run { input, past, .. } => self.take(address, &input, past.as_deref()),
        }
    }

    pub(super) fn take(
        &mut self,
        address: Address,
        input: &Arc<Input>,
        past: Option<&Input>,
    ) -> Check {
        let Some(life) = &mut self.life else {
            return Ok(());
        };
        if !life.machines.contains_key(&address) {
            let head =
                view::head(&life.here, address).map_err(|why| format!("{address}: {why}"))?;
            let machine = registry::open(address, head.as_ref(), Bincode)
                .map_err(|why| format!("{address}: {why}"))?;
            life.machines.insert(address, machine);
        }
        let Some(machine) = life.machines.get_mut(&address) else {
            return Ok(());
        };
        let rows = view::load(&life.here, machine.as_mut(), input)
            .map_err(|why| format!("{address}: {why}"))?;
        let before = machine
            .encoded()
            .map_err(|why| format!("{address}: {why}"))?;
        let panics = self.panics > 0;
        self.panics = self.panics.saturating_sub(1);
        let early = panics && self.chance.one_in(2);
        let result = catch_unwind(AssertUnwindSafe(|| {
            if early {
                resume_unwind(Box::new(Injected));
            }
            let turned = match past {
                Some(past) => machine.ask(input, past, rows),
                None => machine.turn(input, &rows, input.at),
            };
            if panics {
                resume_unwind(Box::new(Injected));
            }
            turned
        }));
        match result {
            Err(payload) if payload.is::<Injected>() => {
                life.machines.remove(&address);
                life.here.core(|core| {
                    core.panicked(address);
                    core.asleep(address);
                });
                self.note(format_args!("{address} panics on {}", input.what.name()));
                Ok(())
            }
            Err(_) => Err(format!("{address} panics on {:?}", input.what)),
            Ok(Ok(turned)) => {
                let after = machine
                    .encoded()
                    .map_err(|why| format!("{address}: {why}"))?;
                let broken = machine.broken();
                if let Some(broken) = broken.first() {
                    return Err(format!(
                        "{address}: {} after {}",
                        broken.0,
                        input.what.name()
                    ));
                }
                if turned.refused.is_some() && (before != after || !turned.commit.is_empty()) {
                    return Err(format!(
                        "{address} refused {} and changed its state",
                        input.what.name()
                    ));
                }
                self.absorb(address, input, turned)
            }
            Ok(Err(TurnFault::Codec(CodecFault::TooLarge { .. }) | TurnFault::TooManyRows(_))) => {
                life.machines.remove(&address);
                let turned = Turned {
                    commit: Commit::empty(address),
                    instant: None,
                    refused: Some("too large".to_owned()),
                };
                self.absorb(address, input, turned)
            }
            Ok(Err(fault)) => Err(format!("{address}: {fault}")),
        }
    }

    pub(super) fn absorb(&mut self, address: Address, input: &Arc<Input>, turned: Turned) -> Check {
        let Some(life) = &mut self.life else {
            return Ok(());
        };
        let now = life.here.now();
        let epoch = life.here.core(|core| core.open_epoch());
        let refused = turned.refused.is_some();
        if let (Some(instant), Some(origin)) = (turned.instant, input.what.origin()) {
            life.here.answer(origin.ticket.clone(), instant);
        }
        // In the book first: with effects that leave too early the core may send within `absorb`.
        let line = format!(
            "{address} takes {} ({}, {} effects)",
            input.what.name(),
            if refused { "refused" } else { "done" },
            turned.commit.outbox.len()
        );
        self.book
            .turned(address, input, epoch, &turned.commit, now)?;
        life.here
            .core(|core| core.absorb(input, turned.commit, now));
        self.note(line);
        Ok(())
    }

    pub(super) fn timers(&mut self) {
        let now = self.now();
        if let Some(life) = &mut self.life {
            let behind = life.behind_since;
            life.here.core(|core| core.poll_timers(now, |_| behind));
            life.look_at = now + Span::seconds(1);
            self.note("timers are looked at");
        }
    }
}
