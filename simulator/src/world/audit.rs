//! The audit log: who did what to whom, and why.

use super::World;
use super::dispatch::Reach;
use crate::ids::{Id, wire, wire_or_null};
use crate::intents;
use serde_json::{Value, json};

/// Action types, by Discord's numbers.
pub(crate) mod action {
    pub(crate) const GUILD_UPDATE: u64 = 1;
    pub(crate) const CHANNEL_CREATE: u64 = 10;
    pub(crate) const CHANNEL_UPDATE: u64 = 11;
    pub(crate) const CHANNEL_DELETE: u64 = 12;
    pub(crate) const OVERWRITE_CREATE: u64 = 13;
    pub(crate) const OVERWRITE_UPDATE: u64 = 14;
    pub(crate) const OVERWRITE_DELETE: u64 = 15;
    pub(crate) const MEMBER_KICK: u64 = 20;
    pub(crate) const MEMBER_BAN_ADD: u64 = 22;
    pub(crate) const MEMBER_BAN_REMOVE: u64 = 23;
    pub(crate) const MEMBER_UPDATE: u64 = 24;
    pub(crate) const MEMBER_ROLE_UPDATE: u64 = 25;
    pub(crate) const BOT_ADD: u64 = 28;
    pub(crate) const ROLE_CREATE: u64 = 30;
    pub(crate) const ROLE_UPDATE: u64 = 31;
    pub(crate) const ROLE_DELETE: u64 = 32;
    pub(crate) const INVITE_CREATE: u64 = 40;
    pub(crate) const WEBHOOK_CREATE: u64 = 50;
    pub(crate) const WEBHOOK_UPDATE: u64 = 51;
    pub(crate) const WEBHOOK_DELETE: u64 = 52;
    pub(crate) const MESSAGE_DELETE: u64 = 72;
    pub(crate) const MESSAGE_BULK_DELETE: u64 = 73;
    pub(crate) const MESSAGE_PIN: u64 = 74;
    pub(crate) const MESSAGE_UNPIN: u64 = 75;
    pub(crate) const EVENT_CREATE: u64 = 100;
    pub(crate) const EVENT_UPDATE: u64 = 101;
    pub(crate) const EVENT_DELETE: u64 = 102;
    pub(crate) const THREAD_CREATE: u64 = 110;
    pub(crate) const THREAD_UPDATE: u64 = 111;
    pub(crate) const THREAD_DELETE: u64 = 112;
}

/// Entries kept per guild (Discord keeps 45 days).
const KEPT: usize = 5_000;

/// One deed.
pub(crate) struct Deed<'a> {
    pub(crate) guild: Id,
    pub(crate) by: Id,
    pub(crate) action: u64,
    pub(crate) target: Option<Id>,
    pub(crate) reason: Option<&'a str>,
}

impl World {
    pub(crate) fn audit(&mut self, deed: &Deed<'_>) {
        self.audit_with(deed, json!([]), Value::Null);
    }

    /// With changes and options, and GUILD_AUDIT_LOG_ENTRY_CREATE to who may read the log.
    pub(crate) fn audit_with(&mut self, deed: &Deed<'_>, changes: Value, options: Value) {
        let id = self.next_id();
        let mut entry = json!({
            "id": wire(id),
            "user_id": wire(deed.by),
            "target_id": wire_or_null(deed.target),
            "action_type": deed.action,
        });
        if changes.as_array().is_some_and(|list| !list.is_empty()) {
            entry["changes"] = changes;
        }
        if options.is_object() {
            entry["options"] = options;
        }
        if let Some(reason) = deed.reason {
            entry["reason"] = json!(reason);
        }
        let Some(guild) = self.guilds.get_mut(&deed.guild) else {
            return;
        };
        guild.audit.push(entry.clone());
        if guild.audit.len() > KEPT {
            guild.audit.remove(0);
        }
        if self.permissions_of(deed.guild, self.bot) & crate::permissions::VIEW_AUDIT_LOG == 0 {
            return;
        }
        entry["guild_id"] = wire(deed.guild);
        let reach = Reach::Guild(deed.guild);
        self.send(
            "GUILD_AUDIT_LOG_ENTRY_CREATE",
            reach,
            intents::GUILD_MODERATION,
            &entry,
        );
    }
}
