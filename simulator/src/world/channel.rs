//! Channels of all kinds: text, voice, categories, forums, threads, direct messages.

use crate::dates::iso;
use crate::ids::{Id, wire, wire_or_null};
use crate::permissions::Overwrite;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The channel kinds a community bot meets, by Discord's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChannelKind {
    /// `#general`
    Text = 0,
    /// One to one with a user.
    Direct = 1,
    /// A room to talk in.
    Voice = 2,
    /// A heading over channels.
    Category = 4,
    /// Text that other guilds can follow.
    Announcement = 5,
    /// A thread of an announcement.
    AnnouncementThread = 10,
    /// A thread everybody sees.
    PublicThread = 11,
    /// A thread only its members see.
    PrivateThread = 12,
    /// A stage with an audience.
    Stage = 13,
    /// A place whose posts are threads.
    Forum = 15,
    /// A forum for pictures.
    Media = 16,
}

impl ChannelKind {
    pub(crate) fn from_number(number: u64) -> Option<Self> {
        use ChannelKind as K;
        [
            K::Text,
            K::Direct,
            K::Voice,
            K::Category,
            K::Announcement,
            K::AnnouncementThread,
            K::PublicThread,
            K::PrivateThread,
            K::Stage,
            K::Forum,
            K::Media,
        ]
        .into_iter()
        .find(|kind| *kind as u64 == number)
    }

    pub(crate) fn is_thread(self) -> bool {
        matches!(
            self,
            Self::AnnouncementThread | Self::PublicThread | Self::PrivateThread
        )
    }

    /// Whether messages can be posted directly.
    pub(crate) fn has_messages(self) -> bool {
        !matches!(self, Self::Category | Self::Forum | Self::Media)
    }
}

/// What makes a channel a thread.
#[derive(Clone, Debug)]
pub(crate) struct Thread {
    pub(crate) owner: Id,
    pub(crate) members: BTreeSet<Id>,
    pub(crate) archived: bool,
    pub(crate) locked: bool,
    pub(crate) invitable: bool,
    pub(crate) archive_after_min: u64,
    pub(crate) archive_changed_ms: i64,
    pub(crate) created_ms: i64,
    pub(crate) messages: u64,
}

impl Thread {
    fn metadata(&self, private: bool) -> Value {
        let mut metadata = json!({
            "archived": self.archived,
            "locked": self.locked,
            "auto_archive_duration": self.archive_after_min,
            "archive_timestamp": iso(self.archive_changed_ms),
            "create_timestamp": iso(self.created_ms),
        });
        if private {
            metadata["invitable"] = json!(self.invitable);
        }
        metadata
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Channel {
    pub(crate) id: Id,
    pub(crate) guild: Option<Id>,
    pub(crate) kind: ChannelKind,
    pub(crate) name: String,
    pub(crate) parent: Option<Id>,
    pub(crate) position: i64,
    pub(crate) overwrites: Vec<Overwrite>,
    /// The person at the other end of a direct message.
    pub(crate) recipient: Option<Id>,
    pub(crate) thread: Option<Thread>,
    pub(crate) last_message: Option<Id>,
    pub(crate) last_pin_ms: Option<i64>,
    /// Everything that has no rules here: topic, nsfw, bitrate, ...
    pub(crate) fields: Map<String, Value>,
    /// When name or topic were changed, for the limit of two per ten minutes.
    pub(crate) renamed_ms: Vec<i64>,
}

impl Channel {
    pub(crate) fn new(id: Id, guild: Option<Id>, kind: ChannelKind, name: &str) -> Self {
        Self {
            id,
            guild,
            kind,
            name: name.to_owned(),
            parent: None,
            position: 0,
            overwrites: Vec::new(),
            recipient: None,
            thread: None,
            last_message: None,
            last_pin_ms: None,
            fields: default_fields(kind),
            renamed_ms: Vec::new(),
        }
    }

    /// For guild channels and threads; direct messages need their recipient, see `World::channel_json`.
    pub(crate) fn json(&self) -> Value {
        let mut out = self.fields.clone();
        let mut put = |key: &str, value: Value| out.insert(key.to_owned(), value);
        put("id", wire(self.id));
        put("type", json!(self.kind as u64));
        put("flags", json!(0));
        if self.kind.has_messages() || self.kind == ChannelKind::Forum {
            put("last_message_id", wire_or_null(self.last_message));
            if let Some(at) = self.last_pin_ms {
                put("last_pin_timestamp", json!(iso(at)));
            }
        }
        if let Some(guild) = self.guild {
            put("guild_id", wire(guild));
            put("name", json!(self.name));
            put("parent_id", wire_or_null(self.parent));
            match &self.thread {
                Some(thread) => {
                    let private = self.kind == ChannelKind::PrivateThread;
                    put("owner_id", wire(thread.owner));
                    put("member_count", json!(thread.members.len().min(50)));
                    put("message_count", json!(thread.messages));
                    put("total_message_sent", json!(thread.messages));
                    put("thread_metadata", thread.metadata(private));
                }
                None => {
                    put("position", json!(self.position));
                    let overwrites = self.overwrites.iter().map(Overwrite::json).collect();
                    put("permission_overwrites", Value::Array(overwrites));
                }
            }
        }
        Value::Object(out)
    }
}

fn default_fields(kind: ChannelKind) -> Map<String, Value> {
    let fields = match kind {
        ChannelKind::Text | ChannelKind::Announcement => {
            json!({"topic": null, "nsfw": false, "rate_limit_per_user": 0})
        }
        ChannelKind::Voice | ChannelKind::Stage => {
            json!({"nsfw": false, "rate_limit_per_user": 0, "bitrate": 64_000, "user_limit": 0, "rtc_region": null})
        }
        ChannelKind::Forum | ChannelKind::Media => {
            json!({"topic": null, "nsfw": false, "rate_limit_per_user": 0, "available_tags": [],
                "default_reaction_emoji": null, "default_sort_order": null, "default_forum_layout": 0})
        }
        kind if kind.is_thread() => json!({"rate_limit_per_user": 0}),
        _ => json!({}),
    };
    match fields {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// A thread member as lists show it.
pub(crate) fn thread_member(thread: &Channel, user: Id) -> Value {
    let joined = thread.thread.as_ref().map_or(0, |t| t.created_ms);
    json!({
        "id": wire(thread.id),
        "user_id": wire(user),
        "join_timestamp": iso(joined),
        "flags": 0,
    })
}
