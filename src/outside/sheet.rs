//! A list of accounts as it comes and goes: in sheets, and as JSON.
//!
//! | `kind` | what it says |
//! |---|---|
//! | `account` | an account of the server, with its names, picture and names of roles |
//! | `roster` | the list is whole, and so many `members` are on it |
//!
//! The fields of an account have the names that such lists have had elsewhere. `(server_id, day, discord_id)`
//! names a line.

use super::line::instant;
use actors::kernel::{
    civil::CivilDate,
    ids::{GuildId, UserId},
    time::Timestamp,
};
use serde::Serialize;

/// Which list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// Of which guild.
    pub guild: GuildId,
    /// The guild's name.
    pub guild_name: String,
    /// Of which day, by the guild's clocks.
    pub day: CivilDate,
    /// When reading it began, on Discord's clock: no two runs have the same.
    pub at: Timestamp,
}

/// An account on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Which.
    pub user: UserId,
    /// Its unique name.
    pub name: String,
    /// What it is called in the guild.
    pub display_name: String,
    /// Whether it is a bot, or Discord's own.
    pub bot: bool,
    /// Its picture, or the one that Discord shows without one.
    pub avatar_url: String,
    /// Names of its roles, `@everyone` first, the highest last.
    pub roles: Vec<String>,
}

/// Some accounts of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// The list.
    pub roster: Roster,
    /// In the order of their ids, each once in the whole list.
    pub accounts: Vec<Account>,
    /// The list begins with these.
    pub first: bool,
    /// The list ends with these, and so many accounts are on it.
    pub total: Option<u64>,
}

/// An account as people outside read it.
#[derive(Serialize)]
struct Line<'a> {
    v: u8,
    kind: &'static str,
    day: String,
    #[serde(serialize_with = "instant")]
    at: Option<Timestamp>,
    server_id: String,
    server_name: &'a str,
    #[serde(flatten)]
    what: What<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum What<'a> {
    Account {
        discord_id: String,
        discord_name: &'a str,
        discord_bot: bool,
        discord_avatar_url: &'a str,
        discord_display_name: &'a str,
        discord_roles: &'a [String],
    },
    Whole {
        members: u64,
    },
}

impl Sheet {
    /// Its accounts as JSON, each with its id, …
    pub(super) fn lines(&self) -> impl Iterator<Item = (UserId, String)> {
        self.accounts.iter().map(|account| {
            let what = What::Account {
                discord_id: account.user.to_string(),
                discord_name: &account.name,
                discord_bot: account.bot,
                discord_avatar_url: &account.avatar_url,
                discord_display_name: &account.display_name,
                discord_roles: &account.roles,
            };
            (account.user, self.line("account", what))
        })
    }

    /// … and what says that the list is whole, if it is.
    pub(super) fn end(&self) -> Option<String> {
        let whole = |members| self.line("roster", What::Whole { members });
        self.total.map(whole)
    }

    fn line(&self, kind: &'static str, what: What<'_>) -> String {
        let line = Line {
            v: 1,
            kind,
            day: self.roster.day.to_string(),
            at: Some(self.roster.at),
            server_id: self.roster.guild.to_string(),
            server_name: &self.roster.guild_name,
            what,
        };
        serde_json::to_string(&line).expect("texts and numbers become JSON")
    }
}

#[cfg(test)]
pub(in crate::outside) mod tests;
