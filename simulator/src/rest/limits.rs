//! Rate limits per route and major parameter, with the documented headers.
//!
//! Discord publishes no table; the numbers are the ones widely seen. `X-RateLimit-Scope` is sent with 429 only, as
//! documented, which is what makes clients pace themselves by the other headers.

use serde_json::json;
use std::collections::BTreeMap;

/// So many requests in so many milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    pub(crate) limit: u64,
    pub(crate) window_ms: i64,
}

pub(crate) const MESSAGES: Rule = Rule {
    name: "messages",
    limit: 5,
    window_ms: 5_000,
};
pub(crate) const EDITS: Rule = Rule {
    name: "edits",
    limit: 5,
    window_ms: 5_000,
};
pub(crate) const DELETES: Rule = Rule {
    name: "deletes",
    limit: 5,
    window_ms: 1_000,
};
pub(crate) const REACTIONS: Rule = Rule {
    name: "reactions",
    limit: 4,
    window_ms: 1_000,
};
pub(crate) const WEBHOOKS: Rule = Rule {
    name: "webhooks",
    limit: 5,
    window_ms: 2_000,
};
pub(crate) const MEMBERS: Rule = Rule {
    name: "members",
    limit: 10,
    window_ms: 10_000,
};
pub(crate) const COMMON: Rule = Rule {
    name: "common",
    limit: 50,
    window_ms: 1_000,
};

/// 50 requests per second over everything.
const GLOBAL: Rule = Rule {
    name: "global",
    limit: 50,
    window_ms: 1_000,
};

/// Two changes of name or topic per channel in ten minutes; no header tells.
pub(crate) const RENAMES: usize = 2;
pub(crate) const RENAME_WINDOW_MS: i64 = 600_000;

#[derive(Clone, Copy, Debug)]
struct Window {
    used: u64,
    ends_ms: i64,
}

/// All counters that run now.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    windows: BTreeMap<(&'static str, String), Window>,
}

/// Where a request stands in its bucket.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Standing {
    pub(crate) rule: Rule,
    pub(crate) major: String,
    pub(crate) remaining: u64,
    pub(crate) reset_ms: i64,
    pub(crate) exceeded: bool,
    pub(crate) global: bool,
}

impl Buckets {
    pub(crate) fn take(&mut self, rule: Rule, major: &str, now_ms: i64) -> Standing {
        let key = (rule.name, major.to_owned());
        let fresh = Window {
            used: 0,
            ends_ms: now_ms + rule.window_ms,
        };
        let window = self.windows.entry(key).or_insert(fresh);
        if now_ms >= window.ends_ms {
            *window = fresh;
        }
        let exceeded = window.used >= rule.limit;
        window.used += u64::from(!exceeded);
        Standing {
            rule,
            major: major.to_owned(),
            remaining: rule.limit - window.used,
            reset_ms: window.ends_ms,
            exceeded,
            global: rule == GLOBAL,
        }
    }

    /// The global limit, if it is exceeded.
    pub(crate) fn take_global(&mut self, now_ms: i64) -> Option<Standing> {
        let standing = self.take(GLOBAL, "", now_ms);
        standing.exceeded.then_some(standing)
    }
}

impl Standing {
    pub(crate) fn retry_after_s(&self, now_ms: i64) -> f64 {
        seconds((self.reset_ms - now_ms).max(1))
    }

    /// The headers of an answer that was let through (or not).
    pub(crate) fn headers(&self, now_ms: i64) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("x-ratelimit-limit", self.rule.limit.to_string()),
            ("x-ratelimit-remaining", self.remaining.to_string()),
            (
                "x-ratelimit-reset",
                format!("{:.3}", seconds(self.reset_ms)),
            ),
            (
                "x-ratelimit-reset-after",
                format!("{:.3}", self.retry_after_s(now_ms)),
            ),
            ("x-ratelimit-bucket", bucket_name(self.rule.name)),
        ];
        if self.exceeded {
            let scope = if self.global { "global" } else { "user" };
            headers.extend(refusal_headers(
                self.retry_after_s(now_ms),
                self.global,
                scope,
            ));
        }
        headers
    }

    pub(crate) fn body(&self, now_ms: i64) -> serde_json::Value {
        limited_body(self.retry_after_s(now_ms), self.global)
    }
}

/// The headers that come with 429 only.
pub(crate) fn refusal_headers(
    retry_after_s: f64,
    global: bool,
    scope: &str,
) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("retry-after", format!("{:.0}", retry_after_s.ceil())),
        ("x-ratelimit-scope", scope.to_owned()),
    ];
    if global {
        headers.push(("x-ratelimit-global", "true".to_owned()));
    }
    headers
}

pub(crate) fn limited_body(retry_after_s: f64, global: bool) -> serde_json::Value {
    json!({"message": "You are being rate limited.", "retry_after": retry_after_s, "global": global, "code": 0})
}

/// Clients must treat it as opaque, so it looks so.
fn bucket_name(name: &str) -> String {
    let hash = name.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    format!("{hash:016x}")
}

#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds fit a double for 285,000 years"
)]
fn seconds(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}

/// Milliseconds that a channel must wait for its next rename, if any.
pub(crate) fn rename_wait_ms(renamed_ms: &mut Vec<i64>, now_ms: i64) -> Option<i64> {
    renamed_ms.retain(|at| now_ms < at + RENAME_WINDOW_MS);
    if renamed_ms.len() < RENAMES {
        renamed_ms.push(now_ms);
        return None;
    }
    renamed_ms
        .first()
        .map(|oldest| oldest + RENAME_WINDOW_MS - now_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_messages_in_five_seconds_per_channel() {
        let mut buckets = Buckets::default();
        for left in [4, 3, 2, 1, 0] {
            assert_eq!(buckets.take(MESSAGES, "7", 1_000).remaining, left);
        }
        let sixth = buckets.take(MESSAGES, "7", 2_000);
        assert!(sixth.exceeded);
        assert!((sixth.retry_after_s(2_000) - 4.0).abs() < 1e-9);
        assert!(!buckets.take(MESSAGES, "8", 2_000).exceeded);
        assert!(!buckets.take(MESSAGES, "7", 6_000).exceeded);
    }

    #[test]
    fn scope_is_told_with_refusals_only() {
        let mut buckets = Buckets::default();
        let has_scope = |s: &Standing| {
            s.headers(0)
                .iter()
                .any(|(name, _)| *name == "x-ratelimit-scope")
        };
        assert!(!has_scope(&buckets.take(MESSAGES, "", 0)));
        for _ in 0..4 {
            buckets.take(MESSAGES, "", 0);
        }
        assert!(has_scope(&buckets.take(MESSAGES, "", 0)));
    }

    #[test]
    fn the_third_rename_waits_ten_minutes() {
        let mut renamed = Vec::new();
        assert_eq!(rename_wait_ms(&mut renamed, 0), None);
        assert_eq!(rename_wait_ms(&mut renamed, 60_000), None);
        assert_eq!(rename_wait_ms(&mut renamed, 120_000), Some(480_000));
        assert_eq!(rename_wait_ms(&mut renamed, 600_000), None);
    }
}
