//! A message as a rule writes it: text, embeds, rows of buttons and menus, and whom it may ping.

use super::{Embed, Row};
use crate::kernel::ids::{RoleId, UserId};
use serde::{Deserialize, Serialize};

/// A message to post or to edit into place; call [`fit`](Message::fit) before it leaves the turn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Markdown text above the embeds.
    pub content: String,
    /// Cards below the text.
    pub embeds: Vec<Embed>,
    /// Buttons and menus below the embeds.
    pub rows: Vec<Row>,
    /// Who is notified; by default nobody, whatever the text says.
    pub mentions: Mentions,
    /// Whether it arrives without sound or push notification.
    pub silent: bool,
}

/// Whom a message may ping, besides naming them in its text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mentions {
    /// Users that are pinged where the text mentions them.
    pub users: Vec<UserId>,
    /// Roles that are pinged where the text mentions them.
    pub roles: Vec<RoleId>,
    /// Whether `@everyone` and `@here` work.
    pub everyone: bool,
}

impl Message {
    /// A message of markdown text.
    #[must_use]
    pub fn text(content: impl Into<String>) -> Self {
        Self {
            content: content.into(),
            ..Self::default()
        }
    }

    /// Adds an embed below the others.
    #[must_use]
    pub fn embed(mut self, embed: Embed) -> Self {
        self.embeds.push(embed);
        self
    }

    /// Adds a row of buttons or a menu below the others.
    #[must_use]
    pub fn row(mut self, row: Row) -> Self {
        self.rows.push(row);
        self
    }

    /// Lets a mention of this user notify them.
    #[must_use]
    pub fn ping_user(mut self, user: UserId) -> Self {
        self.mentions.users.push(user);
        self
    }

    /// Lets a mention of this role notify its members.
    #[must_use]
    pub fn ping_role(mut self, role: RoleId) -> Self {
        self.mentions.roles.push(role);
        self
    }

    /// Lets `@everyone` and `@here` in the text notify.
    #[must_use]
    pub fn ping_everyone(mut self) -> Self {
        self.mentions.everyone = true;
        self
    }

    /// Delivers it without sound or push notification.
    #[must_use]
    pub fn silently(mut self) -> Self {
        self.silent = true;
        self
    }
}
