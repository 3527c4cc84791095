//! Roles.

use crate::ids::{Id, wire};
use serde_json::{Value, json};

#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) permissions: u64,
    pub(crate) position: i64,
    pub(crate) color: u64,
    pub(crate) hoist: bool,
    pub(crate) mentionable: bool,
    /// Belongs to a bot and cannot be given or deleted.
    pub(crate) managed_by: Option<Id>,
}

impl Role {
    pub(crate) fn new(id: Id, name: &str, permissions: u64, position: i64) -> Self {
        Self {
            id,
            name: name.to_owned(),
            permissions,
            position,
            color: 0,
            hoist: false,
            mentionable: false,
            managed_by: None,
        }
    }

    pub(crate) fn json(&self) -> Value {
        let mut role = json!({
            "id": wire(self.id),
            "name": self.name,
            "description": null,
            "color": self.color,
            "colors": {"primary_color": self.color, "secondary_color": null, "tertiary_color": null},
            "hoist": self.hoist,
            "icon": null,
            "unicode_emoji": null,
            "position": self.position,
            "permissions": self.permissions.to_string(),
            "managed": self.managed_by.is_some(),
            "mentionable": self.mentionable,
            "flags": 0,
        });
        if let Some(bot) = self.managed_by {
            role["tags"] = json!({"bot_id": wire(bot)});
        }
        role
    }
}
