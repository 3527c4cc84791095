//! What was asked of Discord's API and what became of it, for people.
//!
//! Counted behind a lock and in a map, because a call takes milliseconds anyway. The map is bounded by
//! what can be its key: routes are the templates in `to_discord`, results those of [`CallResult`].

use super::{RestAnswer, RestFault};
use crate::{
    discord::to_discord::{Method, Request},
    runtime::meters::Count,
};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
};

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallResult {
    /// With this HTTP status; 0 stands for one that does not exist.
    Status(u16),
    /// Without an answer of Discord's, in a word.
    Fault(&'static str),
}

/// Which calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sort {
    /// The path as a template.
    pub route: &'static str,
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// How they ended.
    pub result: CallResult,
}

/// See the module docs.
#[derive(Debug, Default)]
pub struct Calls {
    by_sort: Mutex<BTreeMap<Sort, u64>>,
    /// Calls that Discord answered, whatever it said, if it was not that it is broken.
    pub answered: Count,
    /// Calls since the last such answer that got none.
    pub failing: Count,
}

impl Calls {
    /// A call has ended.
    pub(super) fn note(&self, request: &Request, result: &Result<RestAnswer, RestFault>) {
        let result = CallResult::of(result);
        match result {
            CallResult::Status(500..) | CallResult::Fault("timeout" | "lost" | "garbled") => {
                self.failing.up();
            }
            CallResult::Status(_) => {
                self.answered.up();
                self.failing.clear();
            }
            // It never left: that says nothing about Discord.
            CallResult::Fault(_) => {}
        }
        let sort = Sort {
            route: request.route,
            method: name(request.method),
            result,
        };
        let mut by_sort = self.by_sort.lock().unwrap_or_else(PoisonError::into_inner);
        *by_sort.entry(sort).or_default() += 1;
    }

    /// How many calls of each sort.
    #[must_use]
    pub fn by_sort(&self) -> BTreeMap<Sort, u64> {
        self.by_sort
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl CallResult {
    fn of(result: &Result<RestAnswer, RestFault>) -> Self {
        match result {
            Ok(answer) if (100..600).contains(&answer.status) => Self::Status(answer.status),
            Ok(_) => Self::Status(0),
            Err(RestFault::Unsent) => Self::Fault("held-back"),
            Err(RestFault::TimedOut) => Self::Fault("timeout"),
            Err(RestFault::Lost(_)) => Self::Fault("lost"),
            Err(RestFault::Garbled { .. }) => Self::Fault("garbled"),
            Err(RestFault::BadToken) => Self::Fault("bad-token"),
            Err(RestFault::Unsendable(_)) => Self::Fault("unsendable"),
        }
    }
}

impl fmt::Display for CallResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(0) => f.write_str("other"),
            Self::Status(status) => write!(f, "{status}"),
            Self::Fault(word) => f.write_str(word),
        }
    }
}

const fn name(method: Method) -> &'static str {
    match method {
        Method::Delete => "DELETE",
        Method::Get => "GET",
        Method::Patch => "PATCH",
        Method::Post => "POST",
        Method::Put => "PUT",
        // The enum may grow; we send nothing else.
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discord::to_discord;

    #[test]
    fn calls_are_counted_by_template_and_result() {
        let calls = Calls::default();
        let guild = |id| to_discord::guild(actors::kernel::ids::GuildId::new(id).unwrap());
        calls.note(&guild(1), &Ok(RestAnswer::bare(200)));
        calls.note(&guild(2), &Ok(RestAnswer::bare(200)));
        calls.note(&guild(2), &Ok(RestAnswer::bare(999)));
        calls.note(&guild(2), &Err(RestFault::TimedOut));
        let counted: Vec<_> = calls
            .by_sort()
            .into_iter()
            .map(|(sort, count)| {
                (
                    format!("{} {} {}", sort.method, sort.route, sort.result),
                    count,
                )
            })
            .collect();
        let route = "GET guilds/{guild}";
        let expected = [("other", 1), ("200", 2), ("timeout", 1)];
        assert_eq!(
            counted,
            expected.map(|(result, count)| (format!("{route} {result}"), count))
        );
    }

    #[test]
    fn discord_fails_from_the_first_missing_answer_to_the_next_one_of_any_kind() {
        let calls = Calls::default();
        let request = to_discord::gateway_bot();
        let lost = || Err(RestFault::Lost(String::new()));
        for (result, failing) in [
            (Ok(RestAnswer::bare(204)), 0),
            (Err(RestFault::TimedOut), 1),
            (Ok(RestAnswer::bare(502)), 2),
            (lost(), 3),
            (Err(RestFault::Unsent), 3),
            (Ok(RestAnswer::bare(429)), 0),
            (lost(), 1),
            (Ok(RestAnswer::bare(403)), 0),
        ] {
            calls.note(&request, &result);
            assert_eq!(calls.failing.get(), failing, "{result:?}");
        }
        assert_eq!(calls.answered.get(), 3);
    }
}
