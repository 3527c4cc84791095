//! Faults as data: what goes wrong next, on which routes, and at the gateway.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Who is being limited by a 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// This bot, on this route.
    User,
    /// This bot, everywhere.
    Global,
    /// Everybody on this resource; does not count toward a ban.
    Shared,
}

impl Scope {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Global => "global",
            Self::Shared => "shared",
        }
    }
}

/// How a REST request goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Answered with this status and no effect: 500, 502, 503, ...
    Status(u16),
    /// Answered 429, with no effect.
    RateLimit {
        /// Seconds, as in the answer.
        retry_after: f64,
        /// Whether all routes are meant.
        global: bool,
        /// Who is being limited.
        scope: Scope,
    },
    /// Accepted and never answered, with no effect.
    Hang,
    /// The connection closes without an answer and without any effect.
    DropRequest,
    /// The effect happens, but the connection closes without an answer.
    DropAnswer,
    /// The effect happens and is answered late.
    Delay(#[serde(with = "millis")] Duration),
}

impl FaultKind {
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Status(status) => format!("status {status}"),
            Self::RateLimit { scope, .. } => format!("rate limit ({})", scope.name()),
            Self::Hang => "hang".to_owned(),
            Self::DropRequest => "request dropped".to_owned(),
            Self::DropAnswer => "answer dropped".to_owned(),
            Self::Delay(by) => format!("delay {} ms", by.as_millis()),
        }
    }
}

/// Durations as milliseconds in JSON.
mod millis {
    use serde::{Deserialize as _, Deserializer, Serializer};
    use std::time::Duration;

    pub(super) fn serialize<S: Serializer>(by: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(by.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_millis)
    }
}

/// Which requests a fault is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    method: String,
    part: String,
}

impl Fault {
    /// `method` may be `*`; `part` is a piece of the path or of the route template. In a template the names of
    /// parameters do not matter: `/channels/{id}/messages` is `/channels/{channel_id}/messages`.
    #[must_use]
    pub fn on(method: &str, part: &str) -> Self {
        Self {
            method: method.to_owned(),
            part: nameless(part),
        }
    }

    /// Every request.
    #[must_use]
    pub fn everywhere() -> Self {
        Self::on("*", "")
    }

    pub(crate) fn matches(&self, method: &str, path: &str, template: Option<&str>) -> bool {
        let method_fits = self.method == "*" || self.method.eq_ignore_ascii_case(method);
        let template_fits = || template.is_some_and(|t| fits(&nameless(t), &self.part));
        method_fits && (path.contains(&self.part) || template_fits())
    }
}

/// A part with parameters means the whole route, else any piece will do.
fn fits(template: &str, part: &str) -> bool {
    if part.starts_with('/') && part.contains("{}") {
        return template == part;
    }
    template.contains(part)
}

fn nameless(template: &str) -> String {
    let mut out = String::with_capacity(template.len());
    let mut inside = false;
    for c in template.chars() {
        match c {
            '{' => {
                inside = true;
                out.push_str("{}");
            }
            '}' => inside = false,
            _ if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

#[derive(Debug)]
struct Planned {
    fault: Fault,
    left: u64,
    kind: FaultKind,
}

/// Everything that is to go wrong.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    planned: Vec<Planned>,
    always: Option<FaultKind>,
    pub(crate) gateway_down: bool,
    pub(crate) accept_and_close: Option<u16>,
    pub(crate) refuse_resumes: u64,
    pub(crate) trim_on_resume: bool,
    pub(crate) duplicate_events: u64,
}

impl Faults {
    pub(crate) fn plan(&mut self, fault: Fault, times: u64, kind: FaultKind) {
        self.planned.push(Planned {
            fault,
            left: times,
            kind,
        });
    }

    pub(crate) fn always(&mut self, kind: FaultKind) {
        self.always = Some(kind);
    }

    pub(crate) fn heal(&mut self) {
        *self = Self::default();
    }

    /// The fault for this request; one use of it is spent.
    pub(crate) fn take(
        &mut self,
        method: &str,
        path: &str,
        template: Option<&str>,
    ) -> Option<FaultKind> {
        let hit = self
            .planned
            .iter_mut()
            .find(|planned| planned.left > 0 && planned.fault.matches(method, path, template));
        let Some(planned) = hit else {
            return self.always.clone();
        };
        planned.left -= 1;
        let kind = planned.kind.clone();
        self.planned.retain(|planned| planned.left > 0);
        Some(kind)
    }

    /// Planned REST faults that have not happened yet.
    pub(crate) fn pending(&self) -> u64 {
        self.planned.iter().map(|planned| planned.left).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_hits_its_route_as_often_as_planned() {
        let mut faults = Faults::default();
        let messages = "/channels/{channel_id}/messages";
        faults.plan(
            Fault::on("POST", "/channels/{id}/messages"),
            2,
            FaultKind::Status(500),
        );
        assert_eq!(
            faults.take("GET", "/channels/1/messages", Some(messages)),
            None
        );
        let bulk = "/channels/{channel_id}/messages/bulk-delete";
        assert_eq!(
            faults.take("POST", "/channels/1/messages/bulk-delete", Some(bulk)),
            None
        );
        for _ in 0..2 {
            let hit = faults.take("POST", "/channels/1/messages", Some(messages));
            assert_eq!(hit, Some(FaultKind::Status(500)));
        }
        assert_eq!(
            faults.take("POST", "/channels/1/messages", Some(messages)),
            None
        );
    }

    #[test]
    fn a_piece_of_the_path_is_enough() {
        assert!(Fault::on("*", "/callback").matches("POST", "/interactions/1/x/callback", None));
        assert!(Fault::everywhere().matches("GET", "/gateway", None));
    }
}
