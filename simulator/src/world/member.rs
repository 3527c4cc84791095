//! A user's membership of one guild, with what hangs on it: presence and voice.

use super::user::User;
use crate::dates::iso;
use crate::ids::{Id, wire, wire_or_null};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) user: Id,
    pub(crate) nick: Option<String>,
    pub(crate) roles: BTreeSet<Id>,
    pub(crate) joined_at_ms: i64,
    pub(crate) timeout_until_ms: Option<i64>,
    pub(crate) mute: bool,
    pub(crate) deaf: bool,
    pub(crate) flags: u64,
}

impl Member {
    pub(crate) fn new(user: Id, joined_at_ms: i64) -> Self {
        Self {
            user,
            nick: None,
            roles: BTreeSet::new(),
            joined_at_ms,
            timeout_until_ms: None,
            mute: false,
            deaf: false,
            flags: 0,
        }
    }

    /// Without `user`, as inside messages.
    pub(crate) fn partial_json(&self) -> Value {
        json!({
            "nick": self.nick,
            "roles": self.roles.iter().map(|role| wire(*role)).collect::<Vec<_>>(),
            "joined_at": iso(self.joined_at_ms),
            "communication_disabled_until": self.timeout_until_ms.map(iso),
            "mute": self.mute,
            "deaf": self.deaf,
            "flags": self.flags,
            "pending": false,
            "premium_since": null,
            "avatar": null,
            "banner": null,
            "avatar_decoration_data": null,
            "collectibles": null,
        })
    }

    pub(crate) fn json(&self, user: &User) -> Value {
        let mut member = self.partial_json();
        member["user"] = user.json();
        member
    }

    pub(crate) fn timed_out(&self, now_ms: i64) -> bool {
        self.timeout_until_ms.is_some_and(|until| until > now_ms)
    }
}

/// What a member's client shows of itself.
#[derive(Clone, Debug)]
pub(crate) struct Presence {
    pub(crate) status: String,
    pub(crate) activities: Vec<Value>,
}

impl Presence {
    pub(crate) fn json(&self, guild: Id, user: Id) -> Value {
        let client = if self.status == "offline" {
            json!({})
        } else {
            json!({"desktop": self.status})
        };
        json!({
            "user": {"id": wire(user)},
            "guild_id": wire(guild),
            "status": self.status,
            "activities": self.activities,
            "client_status": client,
        })
    }
}

/// Where a member is heard.
#[derive(Clone, Debug)]
pub(crate) struct VoiceState {
    pub(crate) channel: Option<Id>,
    pub(crate) session: String,
    pub(crate) mute: bool,
    pub(crate) deaf: bool,
    pub(crate) self_mute: bool,
    pub(crate) self_deaf: bool,
    pub(crate) self_video: bool,
    pub(crate) self_stream: bool,
}

impl VoiceState {
    pub(crate) fn json(&self, user: Id) -> Value {
        json!({
            "channel_id": wire_or_null(self.channel),
            "user_id": wire(user),
            "session_id": self.session,
            "deaf": self.deaf,
            "mute": self.mute,
            "self_deaf": self.self_deaf,
            "self_mute": self.self_mute,
            "self_video": self.self_video,
            "self_stream": self.self_stream,
            "suppress": false,
            "request_to_speak_timestamp": null,
        })
    }
}
