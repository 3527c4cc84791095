//! The outbox driver and the executor at work, and what becomes of their requests.

use super::super::{
    life::{Flight, Landed},
    rest,
};
use super::{Check, World};
use crate::{
    discord::{
        executor::Acknowledged,
        rest::{RestAnswer, RestFault},
    },
    runtime::ground::{Ground as _, Reads as _},
};
use actors::kernel::{call::Ticket, effect::Instant, time::Span};
use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
};

/// The longest sleep of the outbox driver.
const LOOK_EVERY: Span = Span::seconds(30);

impl World {
    /// What may leave, leaves: as the outbox driver does it.
    pub(super) fn send(&mut self) -> Check {
        let now = self.now();
        let Some(life) = &mut self.life else {
            return Ok(());
        };
        let behind = life.behind_since;
        life.send_at = self.discord.now + LOOK_EVERY;
        let (jobs, overdue) = life
            .here
            .core(|core| (core.poll_outbox(now, |_| behind), core.overdue_answers(now)));
        let mut lines = Vec::new();
        for job in jobs {
            let (here, executor, id) = (life.here.clone(), Arc::clone(&life.executor), job.row.id);
            lines.push(format!(
                "{} {id} leaves for target {}",
                job.row.effect.name(),
                job.stage
            ));
            let work = Box::pin(async move { Landed::Sent(id, executor.run(&job, &here).await) });
            life.flights.push(Flight {
                tag: Some(id),
                work,
            });
        }
        let defer = overdue
            .into_iter()
            .map(|ticket| (ticket, Instant::Defer, true));
        let instants = std::mem::take(&mut life.here.aside().instants);
        let instants = instants
            .into_iter()
            .map(|(ticket, instant)| (ticket, instant, false));
        let answers: Vec<(Ticket, Instant, bool)> = defer.chain(instants).collect();
        for (ticket, instant, callback) in answers {
            let (here, executor) = (life.here.clone(), Arc::clone(&life.executor));
            let work = Box::pin(async move {
                let route = if callback {
                    actors::kernel::answers::Route::Callback
                } else {
                    crate::discord::executor::World::answer_route(&here, &ticket)
                };
                executor.send_instant(&ticket, &instant, route).await;
                Landed::Nothing
            });
            life.flights.push(Flight { tag: None, work });
        }
        let judged = std::mem::take(&mut life.here.aside().judged);
        for (address, id, ticket) in judged {
            let (here, executor) = (life.here.clone(), Arc::clone(&life.executor));
            let work = Box::pin(async move {
                let now = here.now() + here.offset();
                let age = now.since(ticket.interaction.created_at());
                let verdict = executor.was_acknowledged(&ticket, age).await;
                Landed::Judged(address, id, ticket, verdict)
            });
            life.flights.push(Flight { tag: None, work });
        }
        for line in lines {
            self.note(line);
        }
        Ok(())
    }

    /// The executor goes on where it can.
    pub(super) fn fly(&mut self) -> Check {
        let now = self.now();
        let Some(life) = &mut self.life else {
            return Ok(());
        };
        let mut context = Context::from_waker(Waker::noop());
        let mut landed = Vec::new();
        let mut still = Vec::new();
        for mut flight in std::mem::take(&mut life.flights) {
            life.air.sky().tag = flight.tag;
            match flight.work.as_mut().poll(&mut context) {
                Poll::Ready(what) => landed.push(what),
                Poll::Pending => still.push(flight),
            }
        }
        life.flights = still;
        for what in landed {
            let Some(life) = &mut self.life else {
                return Ok(());
            };
            match what {
                Landed::Nothing => {}
                Landed::Sent(id, sent) => {
                    let line = format!("{id}: {sent:?}");
                    // An answer that comes twice changes nothing.
                    let twice = self.chance.one_in(8).then(|| sent.clone());
                    life.here.core(|core| core.report(id, sent, now));
                    if let Some(sent) = twice {
                        life.here.core(|core| core.report(id, sent, now));
                    }
                    self.note(line);
                }
                Landed::Judged(address, id, ticket, Acknowledged::Yes) => {
                    life.here
                        .core(|core| core.release(address, &id, &ticket, now));
                }
                Landed::Judged(address, id, ticket, _) => {
                    life.here.core(|core| core.drop_interaction(address, &id));
                    self.book.dropped(&ticket);
                    self.note(format_args!(
                        "interaction {} of the past is dropped",
                        ticket.interaction
                    ));
                }
            }
        }
        Ok(())
    }

    /// One request under way reaches Discord, or not; and so does its answer.
    pub(super) fn reach_one(&mut self) {
        let Some(life) = &self.life else { return };
        let waiting: Vec<u64> = {
            let sky = life.air.sky();
            sky.calls
                .iter()
                .filter(|(_, call)| !call.arrived)
                .map(|(id, _)| *id)
                .collect()
        };
        let Some(id) = self.chance.pick(&waiting).copied() else {
            return;
        };
        let trouble = self.trouble > 0;
        self.trouble = self.trouble.saturating_sub(1);
        let latency = 5 + self.chance.below(200);
        let fate = if self.discord.now < self.dark_until {
            self.chance.below(2)
        } else if trouble {
            self.chance.below(8)
        } else {
            8
        };
        let Some((request, tag)) = life
            .air
            .sky()
            .calls
            .get(&id)
            .map(|call| (call.request.clone(), call.tag))
        else {
            return;
        };
        let lost = || Err(RestFault::Lost("connection reset".to_owned()));
        let (answer, after) = match fate {
            0 => (lost(), latency),
            1 => {
                self.reach(&request, tag);
                (lost(), latency)
            }
            2 => {
                let answer = RestAnswer {
                    retry_after: Some(Span::millis(700)),
                    ..RestAnswer::bare(429)
                };
                (Ok(answer), latency)
            }
            3 => (Ok(RestAnswer::bare(500)), latency),
            4 => {
                self.reach(&request, tag);
                (Ok(RestAnswer::bare(502)), latency)
            }
            // Later than anybody waits.
            5 => (Ok(self.reach(&request, tag)), 20_000),
            // It gets there twice, and only the second answer comes back.
            7 => {
                self.reach(&request, tag);
                (Ok(self.reach(&request, tag)), latency)
            }
            6 => (
                Ok(self.reach(&request, tag)),
                1_000 + self.chance.below(4_000),
            ),
            _ => (Ok(self.reach(&request, tag)), latency),
        };
        if let Some(life) = &self.life {
            let mut sky = life.air.sky();
            let at = sky.now + after;
            if let Some(call) = sky.calls.get_mut(&id) {
                (call.arrived, call.answer) = (true, Some((at, answer)));
            }
        }
    }

    pub(super) fn reach(
        &mut self,
        request: &crate::discord::to_discord::Request,
        tag: Option<actors::kernel::inbound::EffectId>,
    ) -> RestAnswer {
        let answer = rest::handle(&mut self.discord, request, tag);
        self.book.reached(tag, request.route, answer.is_success());
        self.note(format_args!(
            "Discord gets {:?} {}: {}",
            request.method, request.route, answer.status
        ));
        answer
    }

    /// A request whose caller has given up arrives after all, or never.
    pub(super) fn stray(&mut self) {
        let stray = self
            .life
            .as_ref()
            .and_then(|life| life.air.sky().strays.pop());
        if let Some((request, tag)) = stray
            && self.chance.one_in(2)
        {
            self.reach(&request, tag);
        }
    }
}
