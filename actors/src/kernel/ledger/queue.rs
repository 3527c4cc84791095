//! One machine's queue: its inputs in order, and how signs of life join each other at its end.

use crate::kernel::inbound::{Inbound, Input, InputId, Seq};
use std::{collections::VecDeque, sync::Arc};

/// One waiting input.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) input: Arc<Input>,
    /// The newest gateway event in it; its id names the oldest.
    pub(super) until: Seq,
    pub(super) tries: u8,
    /// Held back until the edge has made up its mind (see [`super::Ledger::hold`]).
    pub(super) held: bool,
}

/// One machine's inputs.
#[derive(Debug, Default)]
pub(super) struct Queue {
    pub(super) waiting: VecDeque<Waiting>,
    /// A wake-up is under way or the machine is at work: no second one is needed.
    pub(super) awake: bool,
    /// The front is handed out: nobody else gets it until it is absorbed, or its actor has ended.
    pub(super) running: bool,
}

impl Queue {
    pub(super) fn push(&mut self, input: Arc<Input>, until: Seq) {
        self.waiting.push_back(Waiting {
            input,
            until,
            tries: 0,
            held: false,
        });
    }

    /// Adds signs of life to those that wait last, if they gather; how much larger those are now.
    pub(super) fn join(
        &mut self,
        input: Arc<Input>,
        at: Seq,
        cut: Seq,
    ) -> Result<usize, Arc<Input>> {
        let Inbound::Activity(later) = &input.what else {
            return Err(input);
        };
        if self.running && self.waiting.len() == 1 {
            return Err(input);
        }
        let Some(last) = self.waiting.back_mut().filter(|last| last.gathers(cut)) else {
            return Err(input);
        };
        if last.until.session != at.session {
            return Err(input);
        }
        let gathered = Arc::make_mut(&mut last.input);
        let Inbound::Activity(activity) = &mut gathered.what else {
            return Err(input);
        };
        if !activity.takes(later) {
            return Err(input);
        }
        let before = activity.members.len();
        gathered.at = gathered.at.max(input.at);
        last.until = at;
        if let Inbound::Activity(later) = Arc::unwrap_or_clone(input).what {
            activity.add(later);
        }
        Ok(activity.members.len() - before)
    }

    /// Whether all it has are signs of life that gather: nothing to wake anybody for.
    pub(super) fn gathers(&self, cut: Seq) -> bool {
        self.waiting.len() == 1 && self.waiting[0].gathers(cut)
    }

    /// Whether the machine must be woken, which it then counts as.
    pub(super) fn wake(&mut self, cut: Seq) -> bool {
        let ready = self.waiting.front().is_some_and(|front| !front.held) && !self.gathers(cut);
        ready && !std::mem::replace(&mut self.awake, true)
    }
}

impl Waiting {
    fn gathers(&self, cut: Seq) -> bool {
        let InputId::Gateway { at, .. } = self.input.id else {
            return false;
        };
        matches!(self.input.what, Inbound::Activity(_)) && self.tries == 0 && at > cut
    }
}

/// What an input counts for among those that wait.
pub(super) fn weight(input: &Input) -> usize {
    match &input.what {
        Inbound::Activity(activity) => activity.members.len().max(1),
        _ => 1,
    }
}
