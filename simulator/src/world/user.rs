//! People and bots, as every payload shows them.

use crate::ids::{Id, wire};
use serde_json::{Value, json};

#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) global_name: Option<String>,
    pub(crate) bot: bool,
    /// People may close their direct messages; then 50007 is the answer.
    pub(crate) accepts_dms: bool,
}

impl User {
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": wire(self.id),
            "username": self.name,
            "global_name": self.global_name,
            "discriminator": if self.bot { "0420" } else { "0" },
            "avatar": null,
            "avatar_decoration_data": null,
            "accent_color": null,
            "banner": null,
            "bot": self.bot,
            "system": false,
            "public_flags": 0,
            "flags": 0,
            "clan": null,
            "collectibles": null,
            "primary_guild": null,
        })
    }

    /// How a transcript calls this person.
    pub(crate) fn shown(&self) -> &str {
        self.global_name.as_deref().unwrap_or(&self.name)
    }

    /// The bot about itself (`/users/@me`, READY).
    pub(crate) fn current_json(&self) -> Value {
        let mut me = self.json();
        me["mfa_enabled"] = json!(true);
        me["locale"] = json!("en-US");
        me["verified"] = json!(true);
        me["email"] = Value::Null;
        me["premium_type"] = json!(0);
        me
    }
}
