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
use std::collections::BTreeMap;

/// How long an answer may take before a defer goes first.
pub const DEFER_AFTER: Span = Span::seconds(1);
/// Discord takes a first response for this long.
pub const CALLBACK_WINDOW: Span = Span::seconds(3);
/// An interaction that reaches us with less than this left is answered only if it was acknowledged
/// in an earlier life; see [`super::core::Core`].
pub const CALLBACK_MARGIN: Span = Span::millis(1_500);

/// By which route to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// As first response.
    Callback,
    /// As edit of the response already there.
    Edit,
}

#[derive(Clone, Debug)]
struct Waiting {
    ticket: Ticket,
    arrived: Timestamp,
    /// A first response was sent, or is on its way.
    acknowledged: bool,
}

/// See the module docs.
#[derive(Debug, Default)]
pub struct Answers {
    waiting: BTreeMap<InteractionId, Waiting>,
}

impl Answers {
    /// An interaction came in.
    pub fn arrived(&mut self, ticket: &Ticket, now: Timestamp) {
        self.waiting
            .retain(|_, waiting| now.since(waiting.arrived) < ANSWER_LIFETIME);
        let waiting = Waiting {
            ticket: ticket.clone(),
            arrived: now,
            acknowledged: false,
        };
        self.waiting.insert(ticket.interaction, waiting);
    }

    /// By which route to answer it now; from here on it counts as acknowledged.
    pub fn route(&mut self, ticket: &Ticket, age: Span) -> Route {
        match self.waiting.get_mut(&ticket.interaction) {
            Some(waiting) if waiting.acknowledged => Route::Edit,
            Some(waiting) => {
                waiting.acknowledged = true;
                Route::Callback
            }
            None if age < CALLBACK_WINDOW => Route::Callback,
            None => Route::Edit,
        }
    }

    /// Discord knows a response already: found in an earlier life, or a first try that got through.
    pub fn acknowledged(&mut self, ticket: &Ticket, now: Timestamp) {
        let waiting = Waiting {
            ticket: ticket.clone(),
            arrived: now,
            acknowledged: true,
        };
        self.waiting.insert(ticket.interaction, waiting);
    }

    /// Interactions that have waited long enough for a bare defer; each is named once.
    pub fn overdue(&mut self, now: Timestamp) -> Vec<Ticket> {
        let mut overdue = Vec::new();
        for waiting in self.waiting.values_mut() {
            if !waiting.acknowledged && now.since(waiting.arrived) >= DEFER_AFTER {
                waiting.acknowledged = true;
                overdue.push(waiting.ticket.clone());
            }
        }
        overdue
    }

    /// When [`Answers::overdue`] has something to say, unless an answer comes first.
    #[must_use]
    pub fn next_wake(&self) -> Option<Timestamp> {
        let waiting = self
            .waiting
            .values()
            .filter(|waiting| !waiting.acknowledged);
        waiting.map(|waiting| waiting.arrived + DEFER_AFTER).min()
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
