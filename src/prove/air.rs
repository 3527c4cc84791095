//! The air between bot and Discord: REST calls under way, on virtual time. It is the executor's
//! [`Wire`]; the world decides when a request arrives, and what becomes of its answer.

use crate::discord::{
    rest::{Pending, RestAnswer, RestFault, Wire},
    to_discord::Request,
};
use actors::kernel::inbound::EffectId;
use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

type Answer = Result<RestAnswer, RestFault>;

/// A request under way.
#[derive(Debug)]
pub struct Call {
    /// What is asked.
    pub request: Request,
    /// For which effect, if for one.
    pub tag: Option<EffectId>,
    /// When its caller stops waiting, in milliseconds of true time.
    pub deadline: u64,
    /// Whether Discord has it already.
    pub arrived: bool,
    /// The answer on its way back, and when it is there.
    pub answer: Option<(u64, Answer)>,
}

/// What is under way; see the module docs.
#[derive(Debug, Default)]
pub struct Sky {
    /// True time in milliseconds since the world began.
    pub now: u64,
    next: u64,
    /// For which effect calls are made now.
    pub tag: Option<EffectId>,
    /// Calls whose caller waits.
    pub calls: BTreeMap<u64, Call>,
    /// Requests whose caller has gone, and which may arrive all the same.
    pub strays: Vec<(Request, Option<EffectId>)>,
    landed: BTreeMap<u64, Answer>,
    /// Ends of pauses.
    pub pauses: BTreeMap<u64, u64>,
}

impl Sky {
    /// Time is `now`: answers arrive, and callers give up.
    pub fn pass_to(&mut self, now: u64) {
        self.now = now;
        let due = |call: &Call| {
            call.deadline <= now || call.answer.as_ref().is_some_and(|(at, _)| *at <= now)
        };
        let ids: Vec<u64> = self
            .calls
            .iter()
            .filter(|(_, call)| due(call))
            .map(|(id, _)| *id)
            .collect();
        for id in ids {
            let Some(call) = self.calls.remove(&id) else {
                continue;
            };
            let answer = match call.answer {
                Some((at, answer)) if at <= now => answer,
                _ => Err(RestFault::TimedOut),
            };
            if !call.arrived {
                self.strays.push((call.request, call.tag));
            }
            self.landed.insert(id, answer);
        }
    }

    /// When something happens by itself.
    pub fn next_change(&self) -> Option<u64> {
        let calls = self.calls.values();
        let calls = calls.map(|call| {
            call.answer
                .as_ref()
                .map_or(call.deadline, |(at, _)| call.deadline.min(*at))
        });
        calls.chain(self.pauses.values().copied()).min()
    }
}

/// The executor's way to Discord. Clones are the same air.
#[derive(Clone, Debug, Default)]
pub struct Air(Arc<Mutex<Sky>>);

impl Air {
    /// What is under way.
    pub fn sky(&self) -> MutexGuard<'_, Sky> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Wire for Air {
    fn call<'a>(&'a self, request: &'a Request, deadline: Duration) -> Pending<'a, Answer> {
        let mut sky = self.sky();
        sky.next += 1;
        let id = sky.next;
        let call = Call {
            request: request.clone(),
            tag: sky.tag,
            deadline: sky.now.saturating_add(millis(deadline)),
            arrived: false,
            answer: None,
        };
        sky.calls.insert(id, call);
        drop(sky);
        Box::pin(Landing {
            air: self.clone(),
            id,
        })
    }

    fn pause(&self, pause: Duration) -> Pending<'_, ()> {
        let mut sky = self.sky();
        sky.next += 1;
        let (id, until) = (sky.next, sky.now.saturating_add(millis(pause)));
        sky.pauses.insert(id, until);
        drop(sky);
        Box::pin(Resting {
            air: self.clone(),
            id,
        })
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.sky().now)
    }

    fn token_is_bad(&self) -> bool {
        false
    }
}

struct Landing {
    air: Air,
    id: u64,
}

impl Future for Landing {
    type Output = Answer;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Answer> {
        match self.air.sky().landed.remove(&self.id) {
            Some(answer) => Poll::Ready(answer),
            None => Poll::Pending,
        }
    }
}

struct Resting {
    air: Air,
    id: u64,
}

impl Future for Resting {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let mut sky = self.air.sky();
        let now = sky.now;
        if sky.pauses.get(&self.id).is_some_and(|until| *until > now) {
            return Poll::Pending;
        }
        sky.pauses.remove(&self.id);
        Poll::Ready(())
    }
}
