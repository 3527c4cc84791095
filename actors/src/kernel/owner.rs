//! Text commands of whoever owns the application: `?reset`, `?delete member 123`, `?reload welcome`, `?setup`.
//!
//! The edge reads the text of nobody else for them, and keeps nothing of it but the command. Discord shows
//! us the text in direct messages, where we are mentioned, and everywhere with the intent Message Content; so
//! `@Guildhall reset` works in every channel we see.
//!
//! To add one: a variant at the end of [`Order`], its word in [`order`], and the feature that obeys.

use super::{
    address::Kind,
    ids::{ChannelId, GuildId, UserId},
};
use serde::{Deserialize, Serialize};

/// The application's owner wrote a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Who: the owner, or one of the team that owns it.
    pub user: UserId,
    /// The guild; `None` in direct messages.
    pub guild: Option<GuildId>,
    /// Where, and where the answer goes.
    pub channel: ChannelId,
    /// What.
    pub order: Order,
}

/// What is to be done in the guild in which it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// `?reset`: what is recorded of members begins anew.
    Reset,
    /// `?delete member 123`: what is recorded about one of them does.
    Delete(Whose),
    /// `?reload welcome`: a feature, or all of them, start again from what is stored.
    Reload(Option<Kind>),
    /// `?setup`: what is done after an invitation, once more.
    Setup,
    /// One of these, but it cannot be carried out.
    Unclear(Unclear),
}

/// Whose record is to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Whose {
    /// A member's.
    Member(UserId),
    /// A channel's.
    Channel(ChannelId),
}

/// Why a command cannot be carried out; its text is the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Unclear {
    /// `?delete` of something else.
    #[error(
        "I know the types `member` and `channel`: `?delete member 123`, `?delete channel 123`. A mention does as well."
    )]
    Type,
    /// `?delete` of nobody.
    #[error("Say which one, by its id or a mention: `?delete member 123`, `?delete channel 123`.")]
    Id,
    /// `?reload` of nothing there is.
    #[error(
        "I have no such feature. `?reload` alone starts all of them again; I have {}.",
        features()
    )]
    Feature,
    /// Something follows where nothing should.
    #[error("`?reset` and `?setup` stand alone, so nothing was done.")]
    Alone,
}

fn features() -> String {
    let names = Kind::ALL.map(|kind| format!("`{}`", kind.name()));
    names.join(", ")
}

/// The command in a message: `?word`, or the mention of `bot` and then `?word` or `word`. `None`: it is none of ours.
#[must_use]
pub fn order(text: &str, bot: UserId) -> Option<Order> {
    let text = text.trim_start();
    let after = after_mention(text, bot);
    let command = match (after.unwrap_or(text).strip_prefix('?'), after) {
        (Some(command), _) => command,
        (None, after) => after?,
    };
    if command.starts_with(char::is_whitespace) {
        return None;
    }
    let mut words = command.split_whitespace();
    let word = words.next()?.to_ascii_lowercase();
    // More than the longest command has say only that it is too long.
    let rest: Vec<&str> = words.take(3).collect();
    Some(match (word.as_str(), rest.as_slice()) {
        ("reset", []) => Order::Reset,
        ("setup", []) => Order::Setup,
        ("reset" | "setup", _) => Order::Unclear(Unclear::Alone),
        ("delete", rest) => target(rest).map_or_else(Order::Unclear, Order::Delete),
        ("reload", []) => Order::Reload(None),
        ("reload", [name]) => Kind::from_name(name)
            .map_or(Order::Unclear(Unclear::Feature), |kind| {
                Order::Reload(Some(kind))
            }),
        ("reload", _) => Order::Unclear(Unclear::Feature),
        _ => return None,
    })
}

fn after_mention(text: &str, bot: UserId) -> Option<&str> {
    let (mention, rest) = text.strip_prefix("<@")?.split_once('>')?;
    let id = mention.strip_prefix('!').unwrap_or(mention);
    (id.parse() == Ok(bot.get())).then(|| rest.trim_start())
}

fn target(words: &[&str]) -> Result<Whose, Unclear> {
    let found = match words {
        ["member", id] => number(id, "<@").and_then(UserId::new).map(Whose::Member),
        ["channel", id] => number(id, "<#")
            .and_then(ChannelId::new)
            .map(Whose::Channel),
        ["member" | "channel", ..] => None,
        _ => return Err(Unclear::Type),
    };
    found.ok_or(Unclear::Id)
}

/// An id, bare or in a mention.
fn number(word: &str, mention: &str) -> Option<u64> {
    let inside = word
        .strip_prefix(mention)
        .and_then(|word| word.strip_suffix('>'));
    let digits = inside.map(|id| id.strip_prefix('!').unwrap_or(id));
    digits.unwrap_or(word).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<Order> {
        order(text, UserId::new(900).unwrap())
    }

    fn member(id: u64) -> Option<Order> {
        UserId::new(id).map(|user| Order::Delete(Whose::Member(user)))
    }

    #[test]
    fn a_command_begins_with_a_question_mark_or_our_mention() {
        for text in [
            "?reset",
            "  ?reset \n",
            "?Reset",
            "<@900> ?reset",
            "<@!900>?reset",
            "<@900> reset",
            "<@900>reset",
        ] {
            assert_eq!(read(text), Some(Order::Reset), "{text}");
        }
    }

    #[test]
    fn what_is_said_to_others_or_about_it_is_no_command() {
        for text in [
            "",
            "?",
            "??reset",
            "? reset",
            "reset",
            "what does ?reset do",
            "?help",
            "?resets",
            "<@900>",
            "<@900> hello",
            "<@900> ? reset",
            "<@901> reset",
            "<@901> ?reset",
            "<@&900> reset",
            "<@900 reset",
            "!reset",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn each_command_takes_what_it_needs() {
        for (text, expected) in [
            ("?setup", Some(Order::Setup)),
            ("?setup now", Some(Order::Unclear(Unclear::Alone))),
            ("?reset everything", Some(Order::Unclear(Unclear::Alone))),
            ("?reload", Some(Order::Reload(None))),
            ("?reload welcome", Some(Order::Reload(Some(Kind::Welcome)))),
            ("?reload tickets", Some(Order::Unclear(Unclear::Feature))),
            (
                "?reload welcome now",
                Some(Order::Unclear(Unclear::Feature)),
            ),
            ("?delete", Some(Order::Unclear(Unclear::Type))),
            ("?delete role 7", Some(Order::Unclear(Unclear::Type))),
            ("?delete 7", Some(Order::Unclear(Unclear::Type))),
            ("?delete member", Some(Order::Unclear(Unclear::Id))),
            ("?delete member ann", Some(Order::Unclear(Unclear::Id))),
            ("?delete member 0", Some(Order::Unclear(Unclear::Id))),
            ("?delete member <#7>", Some(Order::Unclear(Unclear::Id))),
            ("?delete member 7 8", Some(Order::Unclear(Unclear::Id))),
            ("?delete member 7", member(7)),
            ("?delete member <@7>", member(7)),
            ("<@900> delete member <@!7>", member(7)),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        let channel = Order::Delete(Whose::Channel(ChannelId::new(30).unwrap()));
        for text in ["?delete channel 30", "?delete  channel\n<#30>"] {
            assert_eq!(read(text), Some(channel.clone()), "{text}");
        }
    }

    #[test]
    fn every_feature_can_be_reloaded_and_is_named_where_none_fits() {
        for kind in Kind::ALL {
            let name = kind.name();
            assert_eq!(
                read(&format!("?reload {name}")),
                Some(Order::Reload(Some(kind)))
            );
            assert!(Unclear::Feature.to_string().contains(name));
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_or_left(text in "(<@!?900> ?)?\\??(delete|reload|.{0,8}) ?(member|channel)? ?.{0,24}") {
            let _ = read(&text);
        }
    }
}
