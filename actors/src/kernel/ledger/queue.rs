//! One machine's queue: its inputs in order, and how signs of life join each other at its end.

use crate::kernel::{
    activity::{Activity, Sign},
    ids::UserId,
    inbound::{Inbound, Input, InputId, Seq},
    note::Notes,
};
use std::{collections::VecDeque, sync::Arc};

/// One waiting input.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) input: Arc<Input>,
    /// The newest gateway event in it; its id names the oldest.
    pub(super) until: Seq,
    /// Its place among all inputs since the process started.
    pub(super) number: u64,
    /// It was handed out, perhaps more than once.
    pub(super) tried: bool,
    /// So often its turn has panicked.
    pub(super) panics: u8,
    /// Held back until the edge has made up its mind (see [`super::Ledger::hold`]).
    pub(super) held: bool,
    /// It was set aside and given back: the stream counts it as contained since then.
    pub(super) again: bool,
    /// A question that went past what gathers (see [`super::Ledger::asks_about`]): what it must see of that.
    pub(super) past: Option<Arc<Input>>,
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
    pub(super) fn push(&mut self, input: Arc<Input>, until: Seq, number: u64) {
        self.waiting.push_back(Waiting {
            input,
            until,
            number,
            tried: false,
            panics: 0,
            held: false,
            again: false,
            past: None,
        });
    }

    /// Lets the question that came last past what gathers, if that is what it waits for; it takes
    /// along what gathered of `about`.
    pub(super) fn let_past(&mut self, about: UserId, cut: Seq) {
        let Some(mut question) = self.waiting.pop_back() else {
            return;
        };
        let others = self.waiting.iter().rev();
        let place = self.waiting.len() - others.take_while(|waiting| waiting.gathers(cut)).count();
        if let Some(first) = self.waiting.get(place) {
            let heaps = self.waiting.iter().skip(place);
            let heaps = heaps.filter_map(|heap| match &heap.input.what {
                Inbound::Activity(activity) => Some(activity),
                _ => None,
            });
            question.past = Activity::about(heaps, about).map(|activity| {
                Arc::new(Input {
                    id: first.input.id.clone(),
                    at: first.input.at,
                    what: Inbound::Activity(activity),
                })
            });
        }
        self.waiting.insert(place, question);
    }

    /// Adds a sign of life to those that wait last, if they gather; how many members more they speak
    /// of now. `None`: it must wait by itself.
    pub(super) fn join(&mut self, sign: &Sign, at: Seq, cut: Seq) -> Option<usize> {
        let last = self.open(at, cut)?;
        let gathered = Arc::make_mut(&mut last.input);
        let Inbound::Activity(activity) = &mut gathered.what else {
            return None;
        };
        let before = activity.members.len();
        if !activity.add(sign.user, &sign.signs) {
            return None;
        }
        activity.until = at;
        let more = activity.members.len() - before;
        gathered.at = gathered.at.max(sign.at);
        last.until = at;
        Some(more)
    }

    /// What waits last, if it gathers and `at` may join it.
    fn open(&mut self, at: Seq, cut: Seq) -> Option<&mut Waiting> {
        if self.running && self.waiting.len() == 1 {
            return None;
        }
        let last = self.waiting.back_mut()?;
        (last.gathers(cut) && last.until.session == at.session).then_some(last)
    }

    /// Adds notes to those that wait last; how many more there are now. `None`: they must wait by
    /// themselves.
    fn join_notes(&mut self, notes: &Notes, input: &Input, at: Seq, cut: Seq) -> Option<usize> {
        let last = self.open(at, cut)?;
        let gathered = Arc::make_mut(&mut last.input);
        let Inbound::Noted(known) = &mut gathered.what else {
            return None;
        };
        if !known.add(notes) {
            return None;
        }
        known.until = at;
        gathered.at = gathered.at.max(input.at);
        last.until = at;
        Some(notes.notes.len())
    }

    /// As [`Queue::join`], for an input that is one member's sign of life, or notes.
    pub(super) fn join_whole(&mut self, input: &Input, at: Seq, cut: Seq) -> Option<usize> {
        let activity = match &input.what {
            Inbound::Activity(activity) => activity,
            Inbound::Noted(notes) => return self.join_notes(notes, input, at, cut),
            _ => return None,
        };
        let (user, signs) = activity.members.first_key_value()?;
        let sign = Sign {
            guild: activity.guild,
            user: *user,
            at: input.at,
            signs: signs.clone(),
        };
        (activity.members.len() == 1)
            .then(|| self.join(&sign, at, cut))
            .flatten()
    }

    /// Whether all it has are signs of life that gather: nothing to wake anybody for.
    pub(super) fn gathers(&self, cut: Seq) -> bool {
        !self.waiting.is_empty() && self.waiting.iter().all(|waiting| waiting.gathers(cut))
    }

    /// Whether the input that came last is of signs of life that gather.
    pub(super) fn newest_gathers(&self, cut: Seq) -> bool {
        self.waiting
            .back()
            .is_some_and(|waiting| waiting.gathers(cut))
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
        let fresh = !self.tried && !self.again;
        self.input.what.gathers() && fresh && at > cut
    }
}

/// What an input counts for among those that wait.
pub(super) fn weight(input: &Input) -> usize {
    match &input.what {
        Inbound::Activity(activity) => activity.members.len().max(1),
        Inbound::Noted(notes) => notes.notes.len().max(1),
        _ => 1,
    }
}
