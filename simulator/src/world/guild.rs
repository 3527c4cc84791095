//! A guild: its roles, members and everything that belongs to nobody else.

use super::member::{Member, Presence, VoiceState};
use super::role::Role;
use crate::ids::{Id, wire, wire_or_null};
use crate::permissions::Standing;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
pub(crate) struct Guild {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) owner: Id,
    pub(crate) locale: String,
    pub(crate) system_channel: Option<Id>,
    pub(crate) roles: BTreeMap<Id, Role>,
    pub(crate) members: BTreeMap<Id, Member>,
    pub(crate) presences: BTreeMap<Id, Presence>,
    pub(crate) voice: BTreeMap<Id, VoiceState>,
    pub(crate) bans: BTreeMap<Id, Option<String>>,
    /// Newest last.
    pub(crate) audit: Vec<Value>,
    pub(crate) events: BTreeMap<Id, Value>,
    /// Members who are interested in an event.
    pub(crate) interested: BTreeMap<Id, BTreeSet<Id>>,
    pub(crate) unavailable: bool,
    /// What PATCH may set and nothing here interprets.
    pub(crate) fields: Map<String, Value>,
}

impl Guild {
    pub(crate) fn new(id: Id, name: &str, owner: Id) -> Self {
        Self {
            id,
            name: name.to_owned(),
            owner,
            locale: "en-US".to_owned(),
            system_channel: None,
            roles: BTreeMap::new(),
            members: BTreeMap::new(),
            presences: BTreeMap::new(),
            voice: BTreeMap::new(),
            bans: BTreeMap::new(),
            audit: Vec::new(),
            events: BTreeMap::new(),
            interested: BTreeMap::new(),
            unavailable: false,
            fields: Map::new(),
        }
    }

    /// Fields common to GET, GUILD_UPDATE and GUILD_CREATE.
    pub(crate) fn json(&self) -> Value {
        let mut guild = plain_guild();
        guild["id"] = wire(self.id);
        guild["name"] = json!(self.name);
        guild["owner_id"] = wire(self.owner);
        guild["preferred_locale"] = json!(self.locale);
        guild["system_channel_id"] = wire_or_null(self.system_channel);
        guild["roles"] = self.roles.values().map(Role::json).collect();
        for (key, value) in &self.fields {
            guild[key] = value.clone();
        }
        guild
    }

    /// Bits of `@everyone` together with those of all roles of a member.
    fn base(&self, member: &Member) -> u64 {
        let everyone = self.roles.get(&self.id).map_or(0, |role| role.permissions);
        member
            .roles
            .iter()
            .filter_map(|role| self.roles.get(role))
            .fold(everyone, |bits, role| bits | role.permissions)
    }

    /// Calls `f` with the standing of a member; nothing for who is no member.
    pub(crate) fn standing<T>(
        &self,
        user: Id,
        now_ms: i64,
        f: impl FnOnce(&Standing<'_>) -> T,
    ) -> Option<T> {
        let member = self.members.get(&user)?;
        let roles: Vec<Id> = member.roles.iter().copied().collect();
        Some(f(&Standing {
            user,
            everyone: self.id,
            roles: &roles,
            owner: self.owner == user,
            timed_out: member.timed_out(now_ms),
            base: self.base(member),
        }))
    }

    /// The position of a member's highest role; the owner stands above all.
    pub(crate) fn rank(&self, user: Id) -> i64 {
        if self.owner == user {
            return i64::MAX;
        }
        let roles = self.members.get(&user).map(|member| &member.roles);
        roles
            .into_iter()
            .flatten()
            .filter_map(|role| self.roles.get(role))
            .map(|role| role.position)
            .max()
            .unwrap_or(0)
    }

    /// New roles go to the bottom: everything above `@everyone` moves up by one.
    pub(crate) fn make_room_at_bottom(&mut self) {
        for role in self.roles.values_mut() {
            if role.position > 0 {
                role.position += 1;
            }
        }
    }
}

/// Every documented field of a guild, with the value of a young guild without boosts.
pub(crate) fn plain_guild() -> Value {
    let mut guild = json!({
        "afk_timeout": 300, "system_channel_flags": 0, "verification_level": 0, "default_message_notifications": 1,
        "mfa_level": 0, "explicit_content_filter": 0, "premium_tier": 0, "premium_subscription_count": 0,
        "max_members": 500_000, "max_stage_video_channel_users": 50, "max_video_channel_users": 25,
        "widget_enabled": false, "premium_progress_bar_enabled": false, "nsfw": false, "nsfw_level": 0,
        "region": "deprecated", "emojis": [], "stickers": [], "features": [],
    });
    let absent = [
        "icon",
        "splash",
        "discovery_splash",
        "home_header",
        "banner",
        "description",
        "application_id",
        "afk_channel_id",
        "widget_channel_id",
        "max_presences",
        "vanity_url_code",
        "rules_channel_id",
        "safety_alerts_channel_id",
        "public_updates_channel_id",
        "premium_progress_bar_enabled_user_updated_at",
        "incidents_data",
        "hub_type",
    ];
    for key in absent {
        guild[key] = Value::Null;
    }
    guild
}
