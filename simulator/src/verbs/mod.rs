//! Verbs: what people, moderators and misfortune do to the world. All are methods of `Simulator`.
//!
//! | file | verbs |
//! |---|---|
//! | `building` | guilds, channels, roles, users; who is where |
//! | `acting` | saying, reacting, voice, presence |
//! | `interacting` | commands, buttons, menus, forms |
//! | `handle` | how a member waits for the bot's answer |
//! | `breaking` | faults of gateway and REST |
//! | `observing` | messages, requests, counters, the feed |
//!
//! A new verb is a method in one of these files and, to be reachable from outside, a line in `control`'s table.

mod acting;
mod breaking;
mod building;
mod command_line;
mod handle;
mod interacting;
mod observing;
mod payload;
mod pressing;
mod values;

pub(crate) use acting::emoji_json;
pub use building::GuildOptions;
pub use handle::{InteractionAnswer, InteractionHandle};
pub use observing::Snapshot;
pub(crate) use payload::id_of_token;

/// Why a member's client would not let them do that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerbError {
    /// No such command is registered where the member is.
    #[error("no command `{0}` is registered here")]
    UnknownCommand(String),
    /// The command has subcommands and none of them was named.
    #[error("`{0}` needs one of its subcommands")]
    SubcommandMissing(String),
    /// The command has no such option.
    #[error("`{command}` has no option in `{text}`")]
    UnknownOption {
        /// The command with its subcommand.
        command: String,
        /// What was typed.
        text: String,
    },
    /// A required option was left out.
    #[error("option `{0}` is required")]
    OptionMissing(String),
    /// An option's value is none of what it may be.
    #[error("`{value}` is no value for option `{option}`: {reason}")]
    BadValue {
        /// The option.
        option: String,
        /// What was typed.
        value: String,
        /// What it should be.
        reason: String,
    },
    /// The member may not do this.
    #[error("{0}")]
    NotAllowed(String),
    /// The thing meant does not exist.
    #[error("no such {0}")]
    NoSuch(String),
}
