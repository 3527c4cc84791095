//! Questions on their way and what became of them.

use super::{Ask, Tally};
use crate::ids::Id;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::Notify;

/// Shared by the gateway, which asks, and REST, which is answered.
#[derive(Default)]
pub(super) struct Answers {
    inside: Mutex<Inside>,
    changed: Notify,
}

#[derive(Default)]
struct Inside {
    open: HashMap<Id, (Instant, Ask)>,
    /// When milestones were answered, in order, as Unix microseconds.
    milestones: Vec<u64>,
    /// Answered at all, by id; small numbers of ids only, forgotten with each tally.
    answered: HashMap<Id, ()>,
    tally: Tally,
}

impl Answers {
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn asked(&self, id: Id, ask: Ask) {
        self.lock().open.insert(id, (Instant::now(), ask));
    }

    pub(super) fn is_answered(&self, id: Id) -> bool {
        self.lock().answered.contains_key(&id)
    }

    pub(super) fn answered(&self, id: Id, text: &str) {
        let now = Instant::now();
        let mut inside = self.lock();
        let again = inside.answered.insert(id, ()).is_some();
        inside.tally.doubled += u64::from(again);
        let Some((asked, ask)) = inside.open.remove(&id) else {
            return;
        };
        let us = us(now.duration_since(asked));
        let said = messages_in(text);
        match ask {
            Ask::Milestone => inside.milestones.push(unix_us()),
            Ask::Change => inside.tally.durable_us.push(us),
            Ask::Read { expected } => {
                inside.tally.read_us.push(us);
                if let Some(said) = said {
                    inside.tally.counted += 1;
                    inside.tally.stale += u64::from(said < expected);
                }
            }
            Ask::Exact { expected } => {
                // No number is the number zero: "never seen".
                let said = said.unwrap_or(0);
                inside.tally.audited += 1;
                inside.tally.lost += expected.saturating_sub(said);
                inside.tally.surplus += said.saturating_sub(expected);
            }
        }
        drop(inside);
        self.changed.notify_waiters();
    }

    /// Waits until nothing is open; says how many were left when patience ended.
    pub(super) async fn all(&self, patience: Duration) -> usize {
        let all = async {
            loop {
                let rung = self.changed.notified();
                if self.lock().open.is_empty() {
                    return;
                }
                rung.await;
            }
        };
        drop(tokio::time::timeout(patience, all).await);
        self.lock().open.len()
    }

    /// What happened since the last call; questions still open are given up and counted.
    pub(super) fn take(&self) -> (Tally, Vec<u64>) {
        let mut inside = self.lock();
        inside.tally.unanswered = inside.open.len() as u64;
        inside.open.clear();
        inside.answered.clear();
        (
            std::mem::take(&mut inside.tally),
            std::mem::take(&mut inside.milestones),
        )
    }
}

/// The number before the word "message" or "messages".
fn messages_in(text: &str) -> Option<u64> {
    let counts = text.match_indices(" message").filter_map(|(at, _)| {
        let digits: Vec<char> = text[..at]
            .chars()
            .rev()
            .take_while(|c| c.is_ascii_digit() || *c == ',' || *c == '*')
            .filter(char::is_ascii_digit)
            .collect();
        digits.iter().rev().collect::<String>().parse().ok()
    });
    counts.into_iter().next()
}

fn us(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

/// This moment in microseconds since 1970, the clock that processes share.
pub(super) fn unix_us() -> u64 {
    us(SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_messages_is_read_from_the_answer() {
        let text = "Last activity 3 minutes ago, **1,204** messages, voice 2 hours";
        assert_eq!(messages_in(text), Some(1_204));
        assert_eq!(messages_in("1 message"), Some(1));
        assert_eq!(messages_in("never seen"), None);
        assert_eq!(messages_in("many messages"), None);
    }

    #[test]
    fn an_older_count_is_stale_and_a_second_answer_doubled() {
        let answers = Answers::default();
        for id in [1, 2] {
            answers.asked(id, Ask::Read { expected: 5 });
        }
        answers.asked(3, Ask::Exact { expected: 7 });
        answers.answered(1, "4 messages");
        answers.answered(2, "6 messages");
        answers.answered(2, "6 messages");
        answers.answered(3, "5 messages");
        answers.asked(4, Ask::Change);
        let (tally, _) = answers.take();
        assert_eq!((tally.counted, tally.stale, tally.doubled), (2, 1, 1));
        assert_eq!((tally.audited, tally.lost, tally.surplus), (1, 2, 0));
        assert_eq!((tally.read_us.len(), tally.unanswered), (2, 1));
    }
}
