//! Interactions that wait for an answer: when to say "thinking…", and by which route to answer.
//!
//! Discord gives three seconds for the first response. A changing command answers when its change is
//! durable; if that takes more than a second, a bare defer goes first and the answer follows as an
//! edit. After a restart we no longer know whether an interaction was responded to; its age decides
//! what to try first, and the runtime tries the other way when Discord says so.

use super::{
    call::Ticket,
    ids::InteractionId,
    machine::ANSWER_LIFETIME,
    time::{Span, Timestamp},
};
use std::collections::{BTreeMap, BTreeSet};

/// How long an answer may take before a defer goes first.
pub const DEFER_AFTER: Span = Span::seconds(1);
/// Discord takes a first response for this long.
pub const CALLBACK_WINDOW: Span = Span::seconds(3);
/// A replayed interaction with less than this left is carried out only if it was acknowledged in an
/// earlier life.
pub const CALLBACK_MARGIN: Span = Span::millis(1_500);

/// By which route to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// As first response.
    Callback,
    /// As edit of the response already there.
    Edit,
}

/// See the module docs.
#[derive(Debug, Default)]
pub struct Answers {
    /// Whether a first response was sent, or is on its way.
    acknowledged: BTreeMap<InteractionId, bool>,
    /// All of them by arrival, to forget them in time.
    by_arrival: BTreeSet<(Timestamp, InteractionId)>,
    /// Those without a response yet.
    open: BTreeMap<(Timestamp, InteractionId), Ticket>,
}

impl Answers {
    /// An interaction came in.
    pub fn arrived(&mut self, ticket: &Ticket, now: Timestamp) {
        self.forget(now);
        self.acknowledged.insert(ticket.interaction, false);
        self.by_arrival.insert((now, ticket.interaction));
        self.open.insert((now, ticket.interaction), ticket.clone());
    }

    fn forget(&mut self, now: Timestamp) {
        while let Some((arrived, id)) = self.by_arrival.first().copied()
            && now.since(arrived) >= ANSWER_LIFETIME
        {
            self.by_arrival.pop_first();
            self.open.remove(&(arrived, id));
            self.acknowledged.remove(&id);
        }
    }

    /// By which route to answer it now; from here on it counts as acknowledged.
    pub fn route(&mut self, ticket: &Ticket, age: Span) -> Route {
        match self.acknowledged.get_mut(&ticket.interaction) {
            Some(true) => Route::Edit,
            Some(acknowledged) => {
                *acknowledged = true;
                self.open.retain(|(_, id), _| *id != ticket.interaction);
                Route::Callback
            }
            None if age < CALLBACK_WINDOW => Route::Callback,
            None => Route::Edit,
        }
    }

    /// Discord knows a response already: found in an earlier life, or a first try that got through.
    pub fn acknowledged(&mut self, ticket: &Ticket, now: Timestamp) {
        self.forget(now);
        self.acknowledged.insert(ticket.interaction, true);
        self.by_arrival.insert((now, ticket.interaction));
    }

    /// Interactions that have waited long enough for a bare defer; each is named once.
    pub fn overdue(&mut self, now: Timestamp) -> Vec<Ticket> {
        let mut overdue = Vec::new();
        while let Some(first) = self.open.first_entry()
            && now.since(first.key().0) >= DEFER_AFTER
        {
            let ticket = first.remove();
            self.acknowledged.insert(ticket.interaction, true);
            overdue.push(ticket);
        }
        overdue
    }

    /// When [`Answers::overdue`] has something to say, unless an answer comes first.
    #[must_use]
    pub fn next_wake(&self) -> Option<Timestamp> {
        let first = self.open.first_key_value();
        first.map(|((arrived, _), _)| *arrived + DEFER_AFTER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{call::Token, ids::ApplicationId};

    fn ticket(n: u64) -> Ticket {
        Ticket {
            interaction: InteractionId::new(n).unwrap(),
            application: ApplicationId::new(1).unwrap(),
            token: Token("secret".into()),
        }
    }

    #[test]
    fn an_answer_in_time_is_the_first_response_and_a_late_one_edits_the_defer() {
        let mut answers = Answers::default();
        let now = Timestamp::from_seconds(100);
        answers.arrived(&ticket(1), now);
        answers.arrived(&ticket(2), now);
        assert_eq!(answers.route(&ticket(1), Span::ZERO), Route::Callback);
        assert_eq!(
            answers.route(&ticket(1), Span::ZERO),
            Route::Edit,
            "a second try"
        );
        assert!(answers.overdue(now + Span::millis(999)).is_empty());
        assert_eq!(answers.next_wake(), Some(now + DEFER_AFTER));
        assert_eq!(answers.overdue(now + DEFER_AFTER), [ticket(2)]);
        assert!(answers.overdue(now + Span::seconds(2)).is_empty());
        assert_eq!(answers.route(&ticket(2), Span::seconds(2)), Route::Edit);
    }

    #[test]
    fn after_a_restart_the_age_decides_what_to_try_first() {
        let mut answers = Answers::default();
        assert_eq!(answers.route(&ticket(1), Span::seconds(2)), Route::Callback);
        assert_eq!(answers.route(&ticket(1), Span::seconds(4)), Route::Edit);
    }

    #[test]
    fn tokens_do_not_print() {
        assert!(!format!("{:?}", ticket(1)).contains("secret"));
    }
}
