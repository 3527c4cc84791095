//! Who removed whom, from the audit log.

use super::{Executor, World};
use crate::discord::{
    from_discord::audit_line,
    to_discord::{self, AUDIT_LOG_LIMIT},
    wire::{Audited, List, Maybe},
};
use actors::kernel::{
    effect::Outcome, ids::GuildId, inbound::AuditEntry, outbox::Sent, time::Timestamp,
};
use serde::Deserialize as _;
use serde_json::Value;

/// Kick, prune, ban.
const REMOVALS: [u8; 3] = [20, 21, 22];

impl Executor {
    /// The removals since an instant, newest first. One page of everything usually holds them; where
    /// it is full of newer lines, each kind of removal is asked for by itself.
    pub(super) async fn read_audit_log(
        &self,
        guild: GuildId,
        since: Timestamp,
        world: &dyn World,
    ) -> Sent {
        let page = match self.ask(&to_discord::audit_log(guild, None)).await {
            Ok(answer) => Page::read(&answer.body, since, world),
            Err(sent) => return sent,
        };
        let mut entries = page.removals;
        if page.goes_on {
            entries.clear();
            for action in REMOVALS {
                match self.ask(&to_discord::audit_log(guild, Some(action))).await {
                    Ok(answer) => entries.extend(Page::read(&answer.body, since, world).removals),
                    Err(sent) => return sent,
                }
            }
        }
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.at));
        Sent::Done(Outcome::AuditLog(entries))
    }
}

struct Page {
    removals: Vec<AuditEntry>,
    /// It is full, and even its oldest line is newer than what we look for.
    goes_on: bool,
}

impl Page {
    fn read(body: &Value, since: Timestamp, world: &dyn World) -> Self {
        let lines = List::<Maybe<Audited<'_>>>::deserialize(&body["audit_log_entries"]);
        let lines = lines.unwrap_or_default();
        let recent =
            |line: &&Audited<'_>| line.id.number().is_some_and(|id| at(id, world) >= since);
        let newer = lines.objects().filter(recent).count();
        let removals = lines.objects().filter(recent);
        Self {
            goes_on: newer >= AUDIT_LOG_LIMIT,
            removals: removals
                .filter_map(|line| audit_line(line, |id| at(id, world)))
                .collect(),
        }
    }
}

fn at(id: u64, world: &dyn World) -> Timestamp {
    actors::kernel::ids::snowflake_time(id) - world.offset()
}
